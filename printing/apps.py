"""Documents and QR codes: plain functions, fonts and templates of typst."""

from django.apps import AppConfig


class PrintingConfig(AppConfig):
    """Know nothing of the rest of the portal: every app may have something to print."""

    name = "printing"
    label = "printing"
