"""The command that takes in a file of the accounting system."""

import os
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from imports.kinds import Kind, all_kinds
from imports.progress import shown
from imports.runs import Outcome, import_file
from imports.stopping import Stopped, Switch, stoppable
from imports.tables import FileNotTaken

NOT_TAKEN = 2
SOMETHING_REJECTED = 1
# Residents wait for a page, nobody waits for a file.
NICE = 10


class Command(BaseCommand):
    help = "Takes in a file of the managing company: good rows go in, bad rows come back in FILE.errors.csv."

    def run_from_argv(self, argv: list[str]) -> None:
        """Run as a process of its own, which lets the portal go first."""
        os.nice(NICE)
        super().run_from_argv(argv)

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the command line."""
        parser.add_argument("kind", help="one of: " + ", ".join(sorted(all_kinds())))
        parser.add_argument("file", type=Path)
        parser.add_argument("--company", default="", help="company code; every kind but companies needs it")
        parser.add_argument("--dry-run", action="store_true", help="do everything and undo it")
        parser.add_argument("--no-letters", action="store_true", help="send no letters about what is new")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, print the counts on the last line, exit 0, 1 (something rejected) or 2 (file not taken)."""
        kind = self._kind(options["kind"], options["company"])
        path: Path = options["file"]
        with stoppable() as switch:
            outcome = self._take(kind, path, switch, options)
            for warning in outcome.warnings:
                self.stdout.write(warning)
            if outcome.errors_path:
                self.stdout.write(_("Rejected rows are in %(file)s.") % {"file": outcome.errors_path})
            self.stdout.write(str(outcome.counts))
        if outcome.counts.rejected:
            sys.exit(SOMETHING_REJECTED)

    def _take(self, kind: Kind, path: Path, switch: Switch, options: dict[str, Any]) -> Outcome:
        try:
            with shown(sys.stderr, name=path.name) as progress:
                return import_file(
                    kind=kind,
                    path=path,
                    company_code=options["company"] if kind.needs_company else "",
                    dry_run=options["dry_run"],
                    at=timezone.now(),
                    sends_letters=not options["no_letters"],
                    progress=progress,
                    before_commit=switch.turn_off,
                )
        except FileNotTaken as reason:
            raise CommandError(str(reason), returncode=NOT_TAKEN) from None
        except Stopped:
            raise CommandError(
                _("%(file)s was stopped, nothing was written; it can be taken in again.")
                % {"file": path.name},
                returncode=NOT_TAKEN,
            ) from None

    def _kind(self, name: str, company_code: str) -> Kind:
        kind = all_kinds().get(name)
        if kind is None:
            raise CommandError(
                _("There is no kind “%(name)s”; there are: %(kinds)s.")
                % {"name": name, "kinds": ", ".join(sorted(all_kinds()))},
                returncode=NOT_TAKEN,
            )
        if kind.needs_company and not company_code:
            raise CommandError(_("Say whose file it is: --company COMPANY_CODE."), returncode=NOT_TAKEN)
        return kind
