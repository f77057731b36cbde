"""The one settings file: production defaults, everything that differs comes from the environment.

`make run` keeps a development environment in `.data/env`; see `config/environment.py`.
"""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict

from config import devdb, environment

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = BASE_DIR / ".data"
ENV = environment.load(BASE_DIR)

DEBUG = ENV.get("DEBUG", "").lower() in {"1", "true", "yes", "on"}


def required(name: str, why: str, *, in_development: str = "") -> str:
    """Return the environment variable, or stop the start with one sentence that names it."""
    value = ENV.get(name, "").strip()
    if not value and DEBUG:
        return in_development
    if not value:
        raise ImproperlyConfigured(f"Set {name} in the environment: {why}.")
    return value


# ── What an installation must say ───────────────────────────────────────────────────────────────

SECRET_KEY = required(
    "SECRET_KEY", "sessions and letters are signed with it", in_development="development-only"
)
ACTIVATION_KEY = required(
    "ACTIVATION_KEY", "activation codes of payment books are made with it", in_development="development-only"
)
DATABASE_URL = required("DATABASE_URL", "the portal keeps everything in that PostgreSQL database")
BASE_URL = required(
    "BASE_URL", "links in letters start with it, e.g. https://savitarna.example", in_development=""
).rstrip("/")
ALLOWED_HOSTS = [
    host.strip()
    for host in required(
        "ALLOWED_HOSTS",
        "the exact names the portal answers to, separated by commas",
        in_development="localhost,127.0.0.1,[::1]",
    ).split(",")
    if host.strip()
]
if not DEBUG and any("*" in host or host.startswith(".") for host in ALLOWED_HOSTS):
    raise ImproperlyConfigured(
        "List exact names in ALLOWED_HOSTS: a wildcard lets strangers past the limits on guessing."
    )
if DEBUG and not BASE_URL:
    BASE_URL = f"http://127.0.0.1:{ENV.get('PORT', '8000')}"
if urlsplit(BASE_URL).scheme not in {"http", "https"} or not urlsplit(BASE_URL).hostname:
    raise ImproperlyConfigured("BASE_URL must be a whole address, e.g. https://savitarna.example")
if DEBUG and not DATABASE_URL:
    DATABASE_URL = devdb.ensure(DATA_DIR / "pg18")

# One brand and one customer-care number per installation; each object also shows its own company's.
BRAND_NAME = ENV.get("BRAND_NAME", "Kiemo namai" if DEBUG else "Savitarna")
BRAND_CSS = ENV.get("BRAND_CSS", "css/brand.css")
CARE_PHONE = ENV.get("CARE_PHONE", "+370 700 00000" if DEBUG else "")
CARE_HOURS = ENV.get("CARE_HOURS", "I–V 8–17 val." if DEBUG else "")
CARE_EMAIL = ENV.get("CARE_EMAIL", "pagalba@kiemonamai.example" if DEBUG else "")
# Accounts (IBAN) or names from which payment providers send what they collected: settlement, nobody's payment.
PAYMENT_PROVIDERS = [told.strip() for told in ENV.get("PAYMENT_PROVIDERS", "").split(";") if told.strip()]

# ── Payments through a provider ─────────────────────────────────────────────────────────────────

PAYSERA_URL = ENV.get("PAYSERA_URL", "https://www.paysera.com/pay/")
# One project a company, so that its residents' money goes to its own account:
# {"company code": {"project": "12345", "password": "…", "test": false}}
try:
    PAYSERA_PROJECTS: dict[str, dict[str, Any]] = json.loads(ENV.get("PAYSERA_PROJECTS") or "{}")
    for project in PAYSERA_PROJECTS.values():
        if not (project["project"].isdigit() and project["password"]):
            raise ValueError("no number of a project, or no password")
except (ValueError, KeyError, TypeError, AttributeError) as error:
    raise ImproperlyConfigured(
        'PAYSERA_PROJECTS must be like {"300000000": {"project": "12345", "password": "…"}}.'
    ) from error
# A page of our own that plays the provider; it is for trying out and lets anybody „pay“.
FAKE_PROVIDER = DEBUG

# ── Django ──────────────────────────────────────────────────────────────────────────────────────

INSTALLED_APPS = [
    "config.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "csp",
    "phonenumber_field",
    "procrastinate.contrib.django",
    "demo",
    "home",
    "sharing",
    "invoices",
    "services",
    "voting",
    "guide",
    "noticeboard",
    "meters",
    "accounts",
    "properties",
    "notifications",
    "imports",
    "files",
    "printing",
    "lithuanian",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.NeverStore",
    "csp.middleware.CSPMiddleware",
    "config.middleware.RefuseBrokenInput",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.ChosenLanguage",
    "config.middleware.SignedIn",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
if DEBUG:
    MIDDLEWARE.append("config.middleware.OwnNotFoundPage")

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "home.frame.frame",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static"],
        },
    }
]
FORM_RENDERER = "config.forms.PortalRenderer"


def database(url: str, *, pool: bool) -> dict[str, Any]:
    """Return Django's settings for a PostgreSQL address (any libpq form, sockets included)."""
    try:
        parts = conninfo_to_dict(url)
    except Exception as error:
        raise ImproperlyConfigured(
            "DATABASE_URL must be an address like postgresql://user:password@host/name"
        ) from error
    known = {"dbname", "user", "password", "host", "port"}
    options: dict[str, Any] = {key: value for key, value in parts.items() if key not in known}
    # Prepared statements and a pool: several times the requests per second of Django's defaults.
    options |= {"server_side_binding": True, "prepare_threshold": 2}
    if pool:
        options["pool"] = {"min_size": 1, "max_size": 8, "timeout": 20}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.get("dbname", ""),
        "USER": parts.get("user", ""),
        "PASSWORD": parts.get("password", ""),
        "HOST": parts.get("host", ""),
        "PORT": str(parts.get("port", "")),
        # Asked of a pooled connection before each request: after a restart of the database nobody meets a dead one.
        "CONN_HEALTH_CHECKS": pool,
        "OPTIONS": options,
    }


DATABASES = {"default": database(DATABASE_URL, pool=True)}

# Limits on guessing must be shared by all processes, so they live in the database.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "django_cache",
        # At Django's 300 a guesser would push the counts of other people out of the table.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
}

# ── Languages, numbers, time ────────────────────────────────────────────────────────────────────

LANGUAGE_CODE = "lt"
LANGUAGES = [("lt", "Lietuvių"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["config.formats"]
TIME_ZONE = "Europe/Vilnius"
USE_TZ = True
PHONENUMBER_DEFAULT_REGION = "LT"
PHONENUMBER_DB_FORMAT = "E164"
PHONENUMBER_DEFAULT_FORMAT = "E164"

# ── Accounts ────────────────────────────────────────────────────────────────────────────────────

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["accounts.passwords.PortalArgon2Hasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "accounts.passwords.UpperCaseLetterValidator"},
    {"NAME": "accounts.passwords.DigitValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "first_name", "last_name", "company_name")},
    },
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home:main"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.forms.LoginForm",
    "change_password": "accounts.forms.ChangePasswordForm",
    "reset_password": "accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.forms.NewPasswordForm",
    "confirm_email_verification_code": "accounts.forms.CodeForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
# Longer than a code lives: one sent again restarts the code's clock, not that of the login.
ACCOUNT_LOGIN_TIMEOUT = 60 * 60
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = True
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "reset_password": "20/m/ip,5/m/key",
    "reset_password_from_key": "20/m/ip",
    "change_password": "5/m/user",
    "reauthenticate": "10/m/user",
    "signup": "20/m/ip",
    "register": "3/h/key",
    "confirm_email": "6/m/key",
    # Forms sent by the links of reminders.
    "reminder": "60/m/ip",
    "contact": "10/h/ip,5/h/key",
}
# Behind a proxy every resident would otherwise share one address, and one bucket of every limit.
ALLAUTH_TRUSTED_PROXY_COUNT = int(ENV.get("TRUSTED_PROXY_COUNT", "0"))

# ── Safety ──────────────────────────────────────────────────────────────────────────────────────

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
# „Deklaruoti visus“ of a thousand meters: a field, a tick, the reading it corrects and an empty place for a photo
# for each, which counts as a field as well.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
SESSION_ENGINE = "config.sessions"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "config.errors.csrf_failure"
if urlsplit(BASE_URL).scheme == "https":
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
    if ALLAUTH_TRUSTED_PROXY_COUNT:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# ── Files ───────────────────────────────────────────────────────────────────────────────────────

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
# What people send: not under any address, handed out by pages that ask who wants it.
MEDIA_ROOT = Path(ENV.get("UPLOADS_DIR", DATA_DIR / "uploads"))
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"file_permissions_mode": 0o600, "directory_permissions_mode": 0o700},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# ── Letters ─────────────────────────────────────────────────────────────────────────────────────

DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENV.get("FROM_EMAIL", CARE_EMAIL or "savitarna@localhost")
if DEBUG:
    EMAIL_BACKEND = "config.mail.FileBackend"
else:
    EMAIL_HOST = ENV.get("EMAIL_HOST", "localhost")
    EMAIL_PORT = int(ENV.get("EMAIL_PORT", "25"))
    EMAIL_HOST_USER = ENV.get("EMAIL_HOST_USER", "")
    EMAIL_HOST_PASSWORD = ENV.get("EMAIL_HOST_PASSWORD", "")
    EMAIL_USE_TLS = ENV.get("EMAIL_USE_TLS", "").lower() in {"1", "true", "yes", "on"}
    EMAIL_TIMEOUT = 10
MAIL_DIR = Path(ENV.get("MAIL_DIR", DATA_DIR / "mail"))

# ── Logs: one JSON object a line, with ids and never with emails, codes or names ────────────────

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "config.logs.JsonFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "procrastinate": {"handlers": ["console"], "level": "WARNING", "propagate": False},
    },
}

SILENCED_SYSTEM_CHECKS: list[str] = []
