"""The command that writes the activation codes of a company's open payment books, for printing letters."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from properties.activation_file import write_codes
from properties.models import ManagingCompany

NOT_WRITTEN = 2


class Command(BaseCommand):
    help = "Writes payer codes, payers, addresses and activation codes of open payment books: CSV or XLSX."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the command line."""
        parser.add_argument("file", type=Path, help="ends with .csv or .xlsx")
        parser.add_argument("--company", required=True, help="company code")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file and print how many codes; exit 2 with one line when it cannot be written."""
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
            count = write_codes(company=company, path=path, today=timezone.localdate())
        except OSError as problem:
            raise CommandError(
                _("%(file)s cannot be written.") % {"file": path}, returncode=NOT_WRITTEN
            ) from problem
        self.stdout.write(f"written={count}")
