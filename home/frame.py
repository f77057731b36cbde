"""What stands around every page: the brand, customer care and the way to the other pages."""

from dataclasses import dataclass
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
    # The page's own context says under this name how many things wait there: „unread“ or „to_vote“.
    counts: str = ""


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
    Place(_("Notices and works"), "bell", "noticeboard:list", counts="unread"),
    Place(_("Voting"), "vote", "voting:list", counts="to_vote"),
    Place(_("Services"), "wrench", "services:list"),
    Place(_("Client information"), "id-card", "sharing:client_information"),
)


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return the context of `base.html`; `here` names the page's own place in the navigation."""
    match = request.resolver_match
    here = match.view_name if match else ""
    if match and match.namespace and here not in _PLACE_NAMES:
        # An invoice belongs to the invoices: its list is the current place.
        here = next((name for name in _PLACE_NAMES if name.startswith(f"{match.namespace}:")), here)
    return {
        "brand": brand(),
        "here": here,
        "icons": _icons(),
        "may": _may(request),
        "navigation": _navigation(get_language() or settings.LANGUAGE_CODE),
        "who": _who(request),
    }


_PLACE_NAMES = [place.url_name for place in PLACES]


def _may(request: HttpRequest) -> Any:
    """Return what this person's objects open; asked for only where a page does not say it itself."""
    return SimpleLazyObject(lambda: capabilities_of(user=request.user, at=timezone.now()))


class Who(NamedTuple):
    """The person in the top bar: on a phone the short name alone, or the first part of a split one."""

    short: str
    is_split: bool
    rest: str
    full: str


def _who(request: HttpRequest) -> Who | None:
    """Return who is signed in; nobody before it is known who asks."""
    user: Any = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return None
    is_split = user.kind == "natural_person" and bool(user.first_name)
    return Who(
        short=user.first_name if is_split else user.get_short_name(),
        is_split=is_split,
        rest=user.last_name if is_split else "",
        full=str(user),
    )


@lru_cache
def _icons() -> str:
    """Return the address of the sprite with every icon."""
    return static("icons.svg")


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Brand:
    """The installation's name and customer care; one and the same object while the settings are the same."""

    name: str
    css: str
    home: str
    phone: str
    phone_link: str
    hours: str
    email: str


def brand() -> Brand:
    """Return the brand; needs neither a request nor a database."""
    return _brand(
        settings.BRAND_NAME,
        settings.BRAND_CSS,
        settings.CARE_PHONE,
        settings.CARE_HOURS,
        settings.CARE_EMAIL,
    )


@lru_cache
def _brand(name: str, css: str, phone: str, hours: str, email: str) -> Brand:
    return Brand(
        name=name,
        css=static(css),
        home=reverse("home:main"),
        phone=phone,
        phone_link=f"tel:{phone.replace(' ', '')}",
        hours=hours,
        email=email,
    )


@dataclass(frozen=True, eq=False, slots=True)
class Navigation:
    """The ways to the other pages in one language; one and the same object each time."""

    places: list[dict[str, str]]
    bar: list[dict[str, str]]
    more: list[dict[str, str]]
    more_names: list[str]


@lru_cache
def _navigation(language: str) -> Navigation:
    """Return ready strings, made once per language: the templates only loop over them."""
    places = [
        {
            "label": str(place.label),
            "phone_label": str(place.phone_label) if place.phone_label else "",
            "icon": static("icons.svg") + f"#i-{place.icon}",
            "url": reverse(place.url_name),
            "name": place.url_name,
            "needs": place.needs or "",
            "counts": place.counts,
        }
        for place in PLACES
    ]
    more = [place for place in places if not place["phone_label"]]
    return Navigation(
        places=places,
        bar=[place for place in places if place["phone_label"]],
        more=more,
        more_names=[place["name"] for place in more],
    )
