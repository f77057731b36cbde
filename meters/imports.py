"""Files about meters and what they showed."""

from imports import cells
from imports.kinds import Column, Derived, Kind, register_kind
from lithuanian.folding import fold_code, fold_text

from .dials import MOST_DECIMAL_DIGITS, MOST_INTEGER_DIGITS, VALUE_LIMIT
from .meters_file import merge_meters
from .readings_file import merge_readings

TYPES = {
    "cold_water": "cold_water",
    "hot_water": "hot_water",
    "electricity": "electricity",
    "gas": "gas",
    "heat": "heat",
    "šaltas vanduo": "cold_water",
    "karštas vanduo": "hot_water",
    "elektra": "electricity",
    "dujos": "gas",
    "šiluma": "heat",
}
VALUE = "numeric(12,3)"
DIAL = cells.number(places=MOST_DECIMAL_DIGITS, limit=int(VALUE_LIMIT))
# As the portal writes them, whatever the file's case and digits above the line.
UNITS = {fold_text(unit): unit for unit in ("m³", "kWh", "MWh", "GJ", "Gcal")}


def unit(typed: str) -> str:
    """Take a unit of measure; the usual ones are written as everybody writes them."""
    value = cells.text(20)(typed)
    return UNITS.get(fold_text(value), value)


PAYER_CODE = Column("payer_code", "Mokėtojo kodas", cells.payer_code, required=True)
# Like a payer code it is compared by its letters and digits alone.
SERIAL = Column("serial", "Skaitiklio Nr.", cells.payer_code, required=True)
TYPE = Column("type", "Skaitiklio tipas", cells.choice(TYPES), required=True)
REGISTER = Column("register", "Zona", cells.choice({"T1": "T1", "T2": "T2"}))
KEYS = (
    Derived("code_key", ("payer_code",), fold_code),
    Derived("serial_key", ("serial",), fold_code),
)

meters = Kind(
    name="meters",
    merge=merge_meters,
    columns=(
        PAYER_CODE,
        SERIAL,
        TYPE,
        Column("unit", "Mato vnt.", unit),
        REGISTER,
        Column("integer_digits", "Sveikųjų skaitmenų", cells.whole(1, MOST_INTEGER_DIGITS), "smallint"),
        Column("decimal_digits", "Skaitmenų po kablelio", cells.whole(0, MOST_DECIMAL_DIGITS), "smallint"),
        Column("place", "Vieta", cells.text(100)),
        Column("installed_on", "Įrengtas", cells.day, "date"),
        Column("initial_reading", "Pradinis rodmuo", DIAL, VALUE),
        Column("removed_on", "Nuimtas", cells.day, "date"),
        Column("final_reading", "Galutinis rodmuo", DIAL, VALUE),
        Column("verified_until", "Patikra galioja iki", cells.day, "date"),
        Column("remote", "Nuotolinis", cells.yes_no, "boolean"),
        Column("premises_code", "Unikalus Nr.", cells.text(50)),
    ),
    derived=KEYS,
)

readings = Kind(
    name="readings",
    merge=merge_readings,
    columns=(
        PAYER_CODE,
        SERIAL,
        TYPE,
        Column("period", "Laikotarpis", cells.period, "date", required=True),
        Column("value", "Rodmuo", DIAL, VALUE, required=True),
        Column("read_on", "Nurašymo data", cells.day, "date", required=True),
        REGISTER,
    ),
    derived=KEYS,
)

for kind in (meters, readings):
    register_kind(kind)
