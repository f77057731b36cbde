"""What stands around every page: the brand, customer care and the way to the other pages."""

from functools import lru_cache
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from properties.capabilities import Capability
from properties.objects import capabilities_of


class Place(NamedTuple):
    """One entry of the navigation; `phone_label` puts it on the phone's bar, the rest go under "More"."""

    label: Promise
    icon: str
    url_name: str
    phone_label: Promise | None = None
    # Without it, at any object of theirs, a person does not see the entry.
    needs: Capability | None = None


# In the order of the left navigation. A page enters this list together with its address.
PLACES = (
    Place(_("Main window"), "house", "home:main", pgettext_lazy("phone bar", "Main")),
    Place(
        _("Invoices"),
        "receipt-text",
        "invoices:list",
        pgettext_lazy("phone bar", "Invoices"),
        Capability.SEE_INVOICES,
    ),
    Place(
        _("Meter declaration"),
        "gauge",
        "meters:declare",
        pgettext_lazy("phone bar", "Meters"),
        Capability.DECLARE,
    ),
    Place(_("Declared meter readings"), "chart-column", "meters:history", needs=Capability.SEE_READINGS),
    Place(_("Client information"), "id-card", "sharing:client_information"),
)


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return the context of `base.html`; `here` names the page's own place in the navigation."""
    match = request.resolver_match
    here = match.view_name if match else ""
    if match and match.namespace and not any(place.url_name == here for place in PLACES):
        # An invoice belongs to the invoices: its list is the current place.
        here = next((p.url_name for p in PLACES if p.url_name.startswith(f"{match.namespace}:")), here)
    return {
        "brand": brand(),
        "here": here,
        "may": _may(request),
        **_navigation(get_language() or settings.LANGUAGE_CODE),
    }


def _may(request: HttpRequest) -> Any:
    """Return what this person's objects open; asked for only where a page does not say it itself."""
    return SimpleLazyObject(lambda: capabilities_of(user=request.user, at=timezone.now()))


def brand() -> dict[str, str]:
    """Return the installation's name and customer care; needs neither a request nor a database."""
    return {
        "name": settings.BRAND_NAME,
        "css": static(settings.BRAND_CSS),
        "home": reverse("home:main"),
        "phone": settings.CARE_PHONE,
        "phone_link": f"tel:{settings.CARE_PHONE.replace(' ', '')}",
        "hours": settings.CARE_HOURS,
        "email": settings.CARE_EMAIL,
    }


@lru_cache
def _navigation(language: str) -> dict[str, Any]:
    """Return ready strings, made once per language: the templates only loop over them."""
    places = [
        {
            "label": str(place.label),
            "phone_label": str(place.phone_label) if place.phone_label else "",
            "icon": static("icons.svg") + f"#i-{place.icon}",
            "url": reverse(place.url_name),
            "name": place.url_name,
            "needs": place.needs or "",
        }
        for place in PLACES
    ]
    more = [place for place in places if not place["phone_label"]]
    return {
        "places": places,
        "bar": [place for place in places if place["phone_label"]],
        "more": more,
        "more_names": [place["name"] for place in more],
    }
