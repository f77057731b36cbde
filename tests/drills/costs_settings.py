"""Settings of the processes whose instructions are counted: production's, with static files from their sources."""

from benchmarks.settings import *  # noqa: F403
from config.settings_test import STORAGES, WHITENOISE_AUTOREFRESH, WHITENOISE_USE_FINDERS

__all__ = ["STORAGES", "WHITENOISE_AUTOREFRESH", "WHITENOISE_USE_FINDERS"]
