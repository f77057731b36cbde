"""The command that fills the development database with the town."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from demo.loading import DemoRefused, is_loaded, load


class Command(BaseCommand):
    help = (
        "Renders the demonstration files relative to today and takes them in; does nothing when that is done."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Load the town; refuse outside development, where real people's data may be."""
        if not settings.DEBUG:
            raise CommandError("Demo data are for development only: they are not loaded while DEBUG is off.")
        at = timezone.now()
        today = timezone.localdate(at)
        folder = settings.DATA_DIR / "demo"
        if is_loaded(today=today, folder=folder):
            self.stdout.write(f"Demo data of {today} are loaded already.")
            return

        def say(path: Path) -> None:
            self.stdout.write(f"Taking in {path.relative_to(folder)} …")

        try:
            load(today=today, at=at, folder=folder, progress=say)
        except DemoRefused as refused:
            raise CommandError(str(refused)) from None
