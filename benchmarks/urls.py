"""The portal's addresses, and beside them the floors that its pages are measured against."""

from config.urls import *  # noqa: F403
