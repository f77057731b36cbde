"""The link of a reminder: it opens one person's declaration in one window, without signing in, and nothing else.

It is signed together with the person's email, which does not stand in it: whoever changes the email makes every
link void, and nothing of it is stored.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from accounts.models import User

from .page import MeterRow, page_of
from .reminders import Declaration, declaration_of, read_window, written
from .sheet import Answered, Press, Sheet, carry_out
from .window import Window

_TOKEN = re.compile(r"(?P<signed>(?P<person>[0-9]{1,18})-(?P<window>[0-9]{6}-[0-9]{1,11}-[0-9]{1,11}(-late)?))"
                    r"\.(?P<signature>[-\w]{43})", re.ASCII)  # fmt: skip


def address_of(*, person: User, window: Window) -> str:
    """Return the whole address that opens this person's declaration in this window."""
    signed = f"{person.pk}-{written(window)}"
    return settings.BASE_URL + reverse("meters:reminder", args=[f"{signed}.{_signature(signed, person)}"])


def _signature(signed: str, person: User) -> str:
    return signing.Signer(salt="meters.reminder").signature(f"{signed} {person.email}")


def visible_to_link(token: str, *, at: datetime) -> Declaration | None:
    """Return the declaration that a link opens; None when it is forged, over, done, or no longer the person's."""
    match = _TOKEN.fullmatch(token)
    if match is None:
        return None
    person = User.objects.filter(pk=match["person"], is_active=True).first()
    if person is None or not constant_time_compare(match["signature"], _signature(match["signed"], person)):
        return None
    window = read_window(match["window"])
    found = declaration_of(person=person, window=window, at=at)
    return found if found.undeclared else None


# ── What it shows and takes ─────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """A meter that is not declared yet: what is known of it to whoever has the link, and what was typed."""

    pk: int
    address: str
    title: str
    number: str
    unit: str
    # „Buvo rugsėjo 20 d.“, and what it was.
    when: str
    value: str
    # The same for the script: digits with a point.
    exact: str
    used: str
    text: str
    error: str
    questions: tuple[str, ...]
    confirms: str
    is_confirmed: bool
    # Signed in it can be sent to the company.
    may_be_sent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkPage:
    dials: tuple[Dial, ...]
    # For the green message.
    said: str = ""
    # Typed for meters that were declared meanwhile.
    lost: str = ""

    @property
    def problems(self) -> tuple[Dial, ...]:
        """Return the meters to look at again."""
        return tuple(dial for dial in self.dials if dial.error or dial.questions)


def take(*, found: Declaration, sheet: Sheet, at: datetime) -> tuple[Sheet, Answered]:
    """Declare what was typed for meters that are not declared yet; nothing is corrected by a link.

    Return the sheet as it was taken, and what became of it.
    """
    entries = {pk: replace(entry, corrects=None, photo=b"") for pk, entry in sheet.entries.items()}
    taken = Sheet(press=Press.ALL, entries=entries, strange=sheet.strange)
    return taken, carry_out(sheet=taken, meters=found.undeclared, by=found.person, at=at)


def link_page(*, found: Declaration, sheet: Sheet, answered: Answered, at: datetime) -> LinkPage:
    """Return the meters of a declaration that are still to be declared, with what was typed and answered."""
    page = page_of(user=found.person, at=at, sheet=sheet, answered=answered)
    left = {one.pk for one in found.undeclared} - answered.settled
    rows = [(group.address, row) for group in page.groups for row in group.rows if row.pk in left]
    # Declared by somebody between our looking and taking; what they declared is theirs to tell.
    meanwhile = {pk for pk, answer in answered.answers.items() if answer.already}
    lost = [sheet.entries[pk].text for pk in sorted(meanwhile)]
    dials = tuple(_dial(address, row) for address, row in rows if row.pk not in meanwhile)
    if (
        sheet.press == Press.ALL
        and not answered.said
        and not answered.answers
        and not sheet.strange
        and dials
    ):
        dials = (replace(dials[0], error=_("Enter the reading.")), *dials[1:])
    return LinkPage(dials=dials, said=answered.said, lost=", ".join([*sheet.strange, *lost]))


def _dial(address: str, row: MeterRow) -> Dial:
    typing, previous = row.typing, row.previous
    answer = typing.answer if typing else None
    return Dial(
        pk=row.pk,
        address=address,
        title=row.title,
        number=row.number,
        unit=row.unit,
        when=previous.words if previous else "",
        value=previous.value if previous else "",
        exact=previous.exact if previous else "",
        used=typing.used if typing else "",
        text=typing.text if typing else "",
        error=answer.error if answer else "",
        questions=answer.questions if answer else (),
        confirms=typing.confirms if typing else "",
        is_confirmed=bool(typing and typing.is_confirmed),
        may_be_sent=bool(answer and answer.may_be_sent),
    )
