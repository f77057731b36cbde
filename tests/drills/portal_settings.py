"""Settings of a portal that a drill starts: those of the tests, with the pool of the real ones."""

from config.settings_test import *  # noqa: F403
from config.settings_test import DATABASE_URL, DATABASES, database

DATABASES["default"] = database(DATABASE_URL, pool=True)
WHITENOISE_AUTOREFRESH = False
