"""The settings of a later version."""

from conto.config.settings import *  # noqa: F403
from conto.config.settings import INSTALLED_APPS as _APPS

INSTALLED_APPS = [*_APPS, "tests.config.coming"]
