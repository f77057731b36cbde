"""Ready-made parts for the quorum and the majority; staff choose one, and what is stored are its numbers.

The sources are in `tally`.
"""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .tally import Of


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    name: str
    label: str | Promise
    numbers: dict[str, Any]


def _numbers(
    *,
    quorum: tuple[int, int, bool],
    majority: tuple[int, int, bool],
    of: Of,
    floor: tuple[int, int] | None = None,
) -> dict[str, Any]:
    return {
        "quorum_numerator": quorum[0],
        "quorum_denominator": quorum[1],
        "quorum_is_strict": quorum[2],
        "majority_of": of.value,
        "majority_numerator": majority[0],
        "majority_denominator": majority[1],
        "majority_is_strict": majority[2],
        "floor_numerator": floor[0] if floor else None,
        "floor_denominator": floor[1] if floor else None,
    }


# 2·voted > all, and 2·for > all.
MORE_THAN_HALF = Preset(
    name="more_than_half",
    label=_("More than half of the owners"),
    numbers=_numbers(quorum=(1, 2, True), majority=(1, 2, True), of=Of.ALL),
)
# 4·voted >= all; 2·for > voted, and 4·for >= all.
REPEAT = Preset(
    name="repeat",
    label=_("Repeat vote: a majority of those who voted and at least a quarter of all owners"),
    numbers=_numbers(quorum=(1, 4, False), majority=(1, 2, True), of=Of.VOTED, floor=(1, 4)),
)
# 2·voted > all, and 3·for >= 2·all.
TWO_THIRDS = Preset(
    name="two_thirds",
    label=_("At least two thirds of the owners"),
    numbers=_numbers(quorum=(1, 2, True), majority=(2, 3, False), of=Of.ALL),
)

PRESETS = (MORE_THAN_HALF, REPEAT, TWO_THIRDS)
FIELDS = tuple(MORE_THAN_HALF.numbers)


def preset_of(vote: Any) -> Preset | None:
    """Return the preset whose numbers these are, or nothing for parts of one's own."""
    numbers = {field: getattr(vote, field) for field in FIELDS}
    return next((preset for preset in PRESETS if preset.numbers == numbers), None)
