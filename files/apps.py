"""The app has no models of its own: whoever keeps a file keeps it beside what it belongs to."""

from django.apps import AppConfig


class FilesConfig(AppConfig):
    """Know what may be kept of a file that people send."""

    name = "files"
    label = "files"
