"""The command that writes the payment references of a company's books and open invoices, for paper bills."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from invoices.references_file import write_references
from properties.models import ManagingCompany

NOT_WRITTEN = 2


class Command(BaseCommand):
    help = "Writes payment references with payers, addresses and amounts, of books and of open invoices: CSV or XLSX."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the command line."""
        parser.add_argument("file", type=Path, help="ends with .csv or .xlsx")
        parser.add_argument("--company", required=True, help="company code")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file and print how many rows; exit 2 with one line when it cannot be written."""
        path: Path = options["file"]
        company = ManagingCompany.objects.filter(company_code=options["company"]).first()
        if company is None:
            raise CommandError(
                _("There is no company with the code %(code)s.") % {"code": options["company"]},
                returncode=NOT_WRITTEN,
            )
        if path.suffix.lower() not in {".csv", ".xlsx"}:
            raise CommandError(_("Name a file that ends with .csv or .xlsx."), returncode=NOT_WRITTEN)
        try:
            count = write_references(company=company, path=path, today=timezone.localdate())
        except OSError as problem:
            raise CommandError(
                _("%(file)s cannot be written.") % {"file": path}, returncode=NOT_WRITTEN
            ) from problem
        self.stdout.write(f"written={count}")
