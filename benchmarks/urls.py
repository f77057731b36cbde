"""The portal's addresses, and before them the floors that its pages are measured against."""

from django.urls import path

from benchmarks import floor
from config.urls import handler400, handler404, handler429, handler500
from config.urls import urlpatterns as portal

__all__ = ["handler400", "handler404", "handler429", "handler500", "urlpatterns"]

urlpatterns = [
    path("floor/bare1/<path:page>", floor.bare1),
    path("floor/bare1/", floor.bare1, {"page": ""}),
    path("floor/auth1/<path:page>", floor.auth1),
    path("floor/auth1/", floor.auth1, {"page": ""}),
    *portal,
]
