"""Settings: one file. What can differ between installations is read from the environment and fails loudly."""

import hmac
import ipaddress
import os
import sys
from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from conto.config.address import NEEDED_BEYOND_THIS_MACHINE, host_of, is_this_machine, refuse_plain_http
from conto.config.book import current_book, database_settings
from conto.config.field_keys import KeyRing
from conto.config.home import Home
from conto.config.logs import logging_settings


def _flag(name: str, *, default: bool) -> bool:
    value = os.environ.get(name, "").strip().lower()
    if value not in {"", "0", "1", "true", "false"}:
        raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")
    return default if value == "" else value in {"1", "true"}


def _words(name: str, default: list[str]) -> list[str]:
    value = os.environ.get(name, "").replace(",", " ").split()
    return value or default


def _networks(name: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    try:
        return [ipaddress.ip_network(word) for word in _words(name, [])]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must list addresses or networks: {error}.") from error


PACKAGE = Path(__file__).resolve().parent.parent
_secrets = Home.current().secrets()
ANCHORS = Home.current().root / "anchors"  # seals over the facts, kept outside of the database

BOOK = current_book()
FILLS_DEMO = _flag("CONTO_FILLS_DEMO", default=False)  # set by `conto serve --demo` for its web process
DEBUG = _flag("CONTO_DEBUG", default=False)
SECRET_KEY = _secrets.django_key
BACKUPS = Home.current().backups
BACKUP_KEY = _secrets.backup_key
OWN_COMMAND = (sys.executable, "-m", "conto.config.cli")  # what a job starts that needs other rights than its own
FIELD_KEYS = KeyRing(Home.current())  # reads the file again when it was changed, so that keys rotate under a server
PROXIES = _networks("CONTO_PROXIES")  # whose X-Forwarded-For is believed
# Whether addresses that members give (webhooks, stores of backups) may lie in private networks, without encryption.
ALLOW_PRIVATE_TARGETS = _flag("CONTO_ALLOW_PRIVATE_TARGETS", default=False)
# A file with certificates of authorities that mailboxes are trusted by besides the known ones: a server of one's own.
MAIL_AUTHORITIES = os.environ.get("CONTO_MAIL_AUTHORITIES", "").strip()
METRICS_TOKEN = os.environ.get("CONTO_METRICS_TOKEN", "").strip()  # without it there are no metrics
PUBLIC_URL = os.environ.get("CONTO_URL", "").rstrip("/") or f"http://localhost:{os.environ.get('CONTO_PORT', '8000')}"
ALLOWED_HOSTS = _words("CONTO_HOSTS", list(dict.fromkeys(["localhost", "127.0.0.1", "[::1]", host_of(PUBLIC_URL)])))
refuse_plain_http(PUBLIC_URL, ALLOWED_HOSTS, is_wanted=_flag("CONTO_ALLOW_PLAIN_HTTP", default=False))
# The sandbox gateway is a program of its own on this machine, on the port beside ours; both derive the same key.
SANDBOX_GATEWAY_PORT = int(os.environ.get("CONTO_SANDBOX_PORT", "") or int(os.environ.get("CONTO_PORT", "8000")) + 1)
SANDBOX_GATEWAY_URL = f"http://localhost:{SANDBOX_GATEWAY_PORT}"
SANDBOX_GATEWAY_STATE = Home.current().root / "sandbox-gateway.sqlite"
SANDBOX_GATEWAY_KEY = hmac.digest(SECRET_KEY.encode(), b"sandbox gateway", "sha256")
PRACTICE_FOLDER = Home.current().root / "practice"  # where pages and their supervisor speak of the practice book
# Cookies don't know ports: the practice book on another port of this machine has its own, or it would sign people out.
_cookies = os.environ.get("CONTO_COOKIES", "").strip()
_mark = f"_{_cookies}" if _cookies else ""
_is_https = PUBLIC_URL.startswith("https://")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_cotton.apps.SimpleAppConfig",
    "template_partials.apps.SimpleAppConfig",
    "csp",
    "procrastinate.contrib.django",
    "allauth.account",
    "allauth.mfa",
    "conto.apps.vault",
    "conto.apps.audit",
    "conto.apps.upkeep",
    "conto.apps.accounts",
    "conto.apps.factors",
    "conto.apps.fields",
    "conto.apps.crm",
    "conto.apps.catalog",
    "conto.apps.ledger",
    "conto.apps.messaging",
    "conto.apps.correspondence",
    "conto.apps.leads",
    "conto.apps.deals",
    "conto.apps.quotes",
    "conto.apps.contracts",
    "conto.apps.plans",
    "conto.apps.projects",
    "conto.apps.stock",
    "conto.apps.repeats",
    "conto.apps.subscriptions",
    "conto.apps.usage",
    "conto.apps.quotas",
    "conto.apps.late",
    "conto.apps.invoicing",
    "conto.apps.payments",
    "conto.apps.integrations",
    "conto.web",
]
MIDDLEWARE = [
    "conto.web.request_log.RequestLogMiddleware",
    "conto.web.headers.HeadersMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "conto.web.middleware.BookMiddleware",
    "conto.web.middleware.NulMiddleware",
    "conto.web.accounts.presence.PresenceMiddleware",
    "conto.web.accounts.viewing.ViewAsMiddleware",
    "conto.web.setup.gate.SetUpMiddleware",
    "conto.web.errors.refusals.RefusalMiddleware",
    "conto.api.frame.ApiMiddleware",
]
ROOT_URLCONF = "conto.config.urls"
WSGI_APPLICATION = "conto.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web"],
        "OPTIONS": {
            # cotton compiles components innermost; partials must stay outside the cache or both break silently.
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [
                        (
                            "django.template.loaders.cached.Loader",
                            [
                                "django_cotton.cotton_loader.Loader",
                                "django.template.loaders.filesystem.Loader",
                                "django.template.loaders.app_directories.Loader",
                            ],
                        )
                    ],
                )
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "django_cotton.templatetags.cotton",
                "template_partials.templatetags.partials",
                "conto.web.templatetags.conto",
            ],
            "debug": False,  # cotton's nodes know no line of the source: the debug page would hide the real error
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "conto.web.context.frame",
            ],
        },
    },
]
COTTON_DIR = "components"

DATABASES = {"default": database_settings(BOOK, "owner" if os.environ.get("CONTO_DB_ROLE") == "owner" else "app")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.Member"
LOGIN_URL = "/sign-in"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("name", "email"), "max_similarity": 0.6},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# Of allauth we use what proves a second factor: its tables, codes and WebAuthn. Its pages have no address here; what
# concerns its accounts only keeps its checks quiet. Members, passwords and sessions are ours.
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
MFA_ADAPTER = "conto.apps.factors.adapter.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"  # a passkey replaces the password: finger, face or PIN besides
MFA_TOTP_TOLERANCE = 1  # a phone may be half a minute early or late
MFA_RECOVERY_CODE_DIGITS = 10

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("de", _("German")), ("fr", _("French"))]
LOCALE_PATHS = [PACKAGE / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = PACKAGE / "web" / "static" / "build"  # hashed and pressed by the front-end build: nothing to collect
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},  # files live in the database
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_MAX_AGE = 3600
WHITENOISE_IMMUTABLE_FILE_TEST = r"^.+-[0-9A-Z]{8}\.[a-z0-9]+$"  # the build puts the hash into the name

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = _is_https
SESSION_COOKIE_NAME = f"__Host-conto{_mark}" if _is_https else f"conto{_mark}"
SESSION_COOKIE_AGE = 14 * 24 * 3600
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "conto.web.errors.pages.stale_form"
CSRF_COOKIE_SECURE = _is_https
CSRF_COOKIE_NAME = f"__Host-csrf{_mark}" if _is_https else f"csrf{_mark}"
SECURE_SSL_REDIRECT = _is_https
SECURE_REDIRECT_EXEMPT = [r"^health$", r"^metrics$"]  # a balancer or a monitor beside us asks without TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _is_https else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _is_https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _is_https
SECURE_HSTS_PRELOAD = _is_https
SILENCED_SYSTEM_CHECKS = (
    NEEDED_BEYOND_THIS_MACHINE if all(map(is_this_machine, ALLOWED_HOSTS)) and not _is_https else []
)
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}
# What takes longer is noted on the page of slow work, in milliseconds.
SLOW_QUERY_MS = int(os.environ.get("CONTO_SLOW_QUERY_MS", "") or 200)
SLOW_PAGE_MS = int(os.environ.get("CONTO_SLOW_PAGE_MS", "") or 1000)
# How many requests a program may make in a minute: with one key, and from one network address.
API_REQUESTS_OF_KEY = int(os.environ.get("CONTO_API_REQUESTS_OF_KEY", "") or 600)
API_REQUESTS_OF_ADDRESS = int(os.environ.get("CONTO_API_REQUESTS_OF_ADDRESS", "") or 1200)
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

PROCRASTINATE_ON_APP_READY = None
PROCRASTINATE_IMPORT_PATHS = ["conto.jobs.tasks", "conto.jobs.upkeep"]

MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
_log = os.environ.get("CONTO_LOG", "").strip() or ("text" if sys.stderr.isatty() else "json")
LOGGING = logging_settings(_log, os.environ.get("CONTO_LOG_LEVEL", "").strip().upper() or "WARNING", BOOK)
