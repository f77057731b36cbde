"""What a meter is called on pages and in messages."""

from django.utils.translation import gettext as _

from .models import Meter

# Water of both kinds has its own colour beside the words.
ICONS = {
    Meter.Type.COLD_WATER: "droplet",
    Meter.Type.HOT_WATER: "flame",
    Meter.Type.ELECTRICITY: "zap",
    Meter.Type.GAS: "flame",
    Meter.Type.HEAT: "thermometer",
}
TONES = {Meter.Type.COLD_WATER: "cold", Meter.Type.HOT_WATER: "hot"}
TYPES = list(Meter.Type)


def title_of(*, type: str, place: str) -> str:
    """Return „Šaltas vanduo, virtuvė“."""
    name = str(Meter.Type(type).label)
    if not place:
        return name
    # Companies write places with a capital; in the middle of words only abbreviations keep it.
    lowered = place[0].lower() + place[1:] if place[1:2].islower() else place
    return f"{name}, {lowered}"


def number_of(*, serial: str, register: str) -> str:
    """Return „Skaitiklis Nr. 41820731, T1“."""
    words = _("Meter No. %(serial)s") % {"serial": serial}
    return f"{words}, {register}" if register else words


def named(*, type: str, place: str, serial: str, register: str) -> str:
    """Return „Šaltas vanduo, virtuvė, Nr. 41820731 T1“."""
    number = _("No. %(serial)s") % {"serial": f"{serial} {register}".rstrip()}
    return f"{title_of(type=type, place=place)}, {number}"
