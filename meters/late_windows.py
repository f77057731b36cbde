"""Staff let a building or one meter declare after the window has closed."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import User
from properties.models import Building

from .models import LateWindow, Meter
from .window import days_of, next_month, window_of


def open_late(
    *,
    period: date,
    opens_at: datetime,
    ends_at: datetime,
    by: User | None,
    building: Building | None = None,
    meter: Meter | None = None,
) -> LateWindow:
    """Open a window for a month whose own has closed, until the next one opens at the latest.

    Raise ValidationError one_of_both, ends_before_it_opens, not_closed_yet or ends_after_next_opens.
    """
    check(period=period, opens_at=opens_at, ends_at=ends_at, building=building, meter=meter)
    return LateWindow.objects.create(
        building=building,
        meter=meter,
        period=period.replace(day=1),
        opens_at=opens_at,
        ends_at=ends_at,
        opened_by=by,
    )


def check(
    *,
    period: date,
    opens_at: datetime,
    ends_at: datetime,
    building: Building | None = None,
    meter: Meter | None = None,
) -> None:
    """Raise the ValidationError that `open_late` would; a form asks before it saves."""
    place = building or (meter.property.building if meter else None)
    if place is None or (building is not None and meter is not None):
        raise ValidationError(_("Choose a building or a meter, one of the two."), code="one_of_both")
    if ends_at <= opens_at:
        raise ValidationError(_("The window must end after it opens."), code="ends_before_it_opens")
    days = days_of(company=place.managing_company, building=place)
    regular = window_of(days=days, period=period)
    following = window_of(days=days, period=next_month(period))
    if opens_at < regular.ends_at:
        raise ValidationError(
            _("The month's own window is open until %(day)s."),
            code="not_closed_yet",
            params={"day": regular.last_day.isoformat()},
        )
    if ends_at > following.opens_at:
        raise ValidationError(
            _("The window must end before the next one opens on %(day)s."),
            code="ends_after_next_opens",
            params={"day": following.first_day.isoformat()},
        )
