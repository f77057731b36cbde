"""The portal and the floors beside it as one WSGI application, for the web server that production uses."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings")
django.setup()

from benchmarks.floor import Application  # noqa: E402

application = Application()
