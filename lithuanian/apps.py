"""The app exists for its commands; everything else in it is plain functions."""

from django.apps import AppConfig


class LithuanianConfig(AppConfig):
    """Know nothing of the rest of the portal: everybody may import from here."""

    name = "lithuanian"
    label = "lithuanian"
