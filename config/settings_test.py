"""Settings of the test suite: the real settings on a throw-away cluster, with a fast hasher."""

import os
from pathlib import Path

from config import devdb

BASE_DIR = Path(__file__).resolve().parent.parent

os.environ.setdefault("DEBUG", "0")
os.environ.setdefault("SECRET_KEY", "only-for-tests-and-long-enough-to-pass-the-deployment-checks-0123456789")
os.environ.setdefault("ACTIVATION_KEY", "only-for-tests")
os.environ.setdefault("BASE_URL", "http://savitarna.test")
os.environ.setdefault("ALLOWED_HOSTS", "testserver,savitarna.test,localhost,127.0.0.1")
if not os.environ.get("DATABASE_URL"):
    os.environ["DATABASE_URL"] = devdb.ensure(BASE_DIR / ".data" / "pg18-test", durable=False)

from config.settings import *  # noqa: E402, F403
from config.settings import DATABASE_URL, DATABASES, database  # noqa: E402

DATABASES["default"] = database(DATABASE_URL, pool=True)
# Kept like the portal's own, as a new connection has all to look up again; as many as a race of a test has threads.
DATABASES["default"]["OPTIONS"]["pool"] |= {"min_size": 0, "max_size": 40}
DATABASES["default"]["CONN_HEALTH_CHECKS"] = False
# Two runs at once must not share a database.
DATABASES["default"]["TEST"] = {"NAME": f"test_savitarna_{os.getpid()}"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
BRAND_NAME = "Kiemo namai"
CARE_PHONE = "+370 700 00000"
CARE_HOURS = "I–V 8–17 val."
CARE_EMAIL = "pagalba@kiemonamai.example"
FAKE_PROVIDER = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Static files straight from their sources: tests need no `collectstatic` before them.
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = True
