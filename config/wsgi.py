"""The portal as a WSGI application."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application
from django.db import connection

# gunicorn gives up on this exit status; on any other it would start the worker again for ever.
CANNOT_BOOT = 3

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
try:
    application = get_wsgi_application()

    from config.checks import refuse_forgetful_database

    refuse_forgetful_database()
    connection.close()  # back to the pool, for the requests
except ImproperlyConfigured as refusal:
    sys.stderr.write(f"{refusal}\n")
    sys.exit(CANNOT_BOOT)
