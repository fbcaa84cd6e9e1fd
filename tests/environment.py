"""Loaded by pytest before Django's settings: tests have a home and a database server of their own."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

os.environ["CONTO_HOME"] = os.environ.get("CONTO_TEST_HOME") or str(ROOT / ".cache" / "test-home")
os.environ["DJANGO_SETTINGS_MODULE"] = "conto.config.settings"
for name in ("DATABASE_URL", "CONTO_APP_DATABASE_URL", "CONTO_BOOK", "CONTO_DB_ROLE", "CONTO_URL", "CONTO_PORT"):
    os.environ.pop(name, None)
