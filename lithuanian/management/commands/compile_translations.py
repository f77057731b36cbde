"""Turn translations into the form that Django reads, as the system's msgfmt would."""

import os
from pathlib import Path
from typing import Any

import polib
from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.translation.reloader import translation_file_changed


class Command(BaseCommand):
    """Nothing else has to work for it: it runs before the database is there."""

    help = "Compile every locale/*/LC_MESSAGES/*.po that is newer than its .mo."
    requires_system_checks: list[str] = []  # noqa: RUF012 (as Django declares it)

    def handle(self, *args: Any, **options: Any) -> None:
        """Compile what is out of date; each .mo appears whole, whoever else compiles or reads at the time."""
        for folder in settings.LOCALE_PATHS:
            for source in sorted(Path(folder).glob("*/LC_MESSAGES/*.po")):
                target = source.with_suffix(".mo")
                if not target.exists() or target.stat().st_mtime_ns < source.stat().st_mtime_ns:
                    self._compile(source, target)

    def _compile(self, source: Path, target: Path) -> None:
        unfinished = target.with_name(f".{target.name}.{os.getpid()}")
        made_at = source.stat().st_mtime_ns
        unfinished.write_bytes(polib.pofile(str(source)).to_binary())
        # As old as its source: an edit made meanwhile is newer and is compiled the next time.
        os.utime(unfinished, ns=(made_at, made_at))
        unfinished.replace(target)
        # Whoever goes on in this process, as `make run` does, has perhaps read what was there before.
        translation_file_changed(sender=None, file_path=target)
