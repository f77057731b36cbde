"""The command that writes a month's declared readings for the accounting system."""

from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from imports import cells
from meters.export import export
from properties.models import ManagingCompany

NOT_WRITTEN = 2


class Command(BaseCommand):
    help = "Writes the declared readings of a month, CSV or XLSX; the file comes back in as readings."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the command line."""
        parser.add_argument("file", type=Path, help="ends with .csv or .xlsx")
        parser.add_argument("--company", required=True, help="company code")
        parser.add_argument("--period", required=True, help="month, YYYY-MM")
        parser.add_argument(
            "--since-last", action="store_true", help="only what no earlier export of the month had"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file and print how many readings; exit 2 with one line when it cannot be written."""
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
            count = export(
                company=company,
                period=self._period(options["period"]),
                path=path,
                at=timezone.now(),
                since_last=options["since_last"],
            )
        except OSError as problem:
            raise CommandError(
                _("%(file)s cannot be written.") % {"file": path}, returncode=NOT_WRITTEN
            ) from problem
        self.stdout.write(f"written={count}")

    def _period(self, typed: str) -> date:
        try:
            return date.fromisoformat(cells.period(typed))
        except ValueError as problem:
            raise CommandError(f"{typed}: {problem}", returncode=NOT_WRITTEN) from None
