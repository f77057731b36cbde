"""The page „Kliento informacija“: one's payment books, who else uses them, and what waits to be saved.

Three queries read it whole. A prepared line whose object is no longer one's own is shown without its address, or not
at all where there is nothing left to do.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Case, When
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lithuanian.dates import long_day, short_day
from properties.capabilities import Capability
from properties.models import Access, PaymentBook
from properties.objects import OwnObject, may_of, object_of, objects_of, places

from .answers import Problems, reason
from .models import DraftLine, Offer
from .waiting import shown
from .wording import until_words

Kind = DraftLine.Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What there is at one moment: objects, shares of those that are held, offers to this person, prepared lines."""

    person: Any
    today: date
    objects: list[OwnObject]
    shared: list[Any]
    waiting: list[Any]
    additions: list[OwnObject]
    # By what they are about: payment book, payment book, offer.
    add_lines: dict[int, int]
    removals: dict[int, int]
    endings: dict[int, int]
    share_lines: list[DraftLine]

    @property
    def lines(self) -> list[int]:
        """Return the ids of the prepared lines that the page shows; only these are saved."""
        staged = (self.add_lines, self.removals, self.endings)
        return [pk for lines in staged for pk in lines.values()] + [line.pk for line in self.share_lines]

    @property
    def shareable(self) -> list[OwnObject]:
        """Return what can be shared: held and not about to be removed, or about to be added."""
        held = [
            own for own in self.objects if Capability.SHARE in own.may and own.book.pk not in self.removals
        ]
        return held + self.additions


def read(*, person: Any, at: datetime) -> State:
    """Read everything the page shows about this person, in three queries."""
    objects = objects_of(user=person, at=at)
    held = {own.book.pk for own in objects if own.is_held}
    seen = {own.book.pk for own in objects if Capability.SEE_ACCESS in own.may}
    offers = _offers(person, seen, at)
    shared = [offer for offer in offers if offer.granted_by.payment_book_id in seen]
    mine = {offer.pk for offer in shared if offer.granted_by.person_id == person.pk}
    draft = DraftLine.objects.of(person, at=at).select_related("payment_book__managing_company")
    lines: list[Any] = list(draft.annotate(places=places(book="payment_book")))
    added = [line for line in lines if line.kind == Kind.ADD and line.payment_book_id not in held]
    return State(
        person=person,
        today=timezone.localdate(at),
        objects=objects,
        shared=shared,
        waiting=[offer for offer in offers if offer.granted_by.payment_book_id not in seen],
        additions=[object_of(book=line.payment_book, rows=line.places) for line in added],
        add_lines={line.payment_book_id: line.pk for line in added},
        removals={
            line.payment_book_id: line.pk
            for line in lines
            if line.kind == Kind.REMOVE and line.payment_book_id in held
        },
        endings={
            line.offer_id: line.pk for line in lines if line.kind == Kind.UNSHARE and line.offer_id in mine
        },
        share_lines=[line for line in lines if line.kind == Kind.SHARE],
    )


def _offers(person: Any, books: set[int], at: datetime) -> list[Any]:
    """Return what is shared of these books and what is offered to this person; each half finds its rows by index."""
    of_books = Offer.objects.in_force(at=at).filter(granted_by__payment_book__in=books)
    to_person = Offer.objects.waiting_for(person, at=at)
    wanted = of_books.order_by().values("pk").union(to_person.order_by().values("pk"))
    related = ("granted_by__person", "granted_by__payment_book__managing_company", "access__person")
    offers = Offer.objects.filter(pk__in=wanted).select_related(*related).order_by("offered_at", "pk")
    # Whoever is offered an object does not have its address yet; of one's own it is known.
    own = When(granted_by__payment_book__in=books, then=None)
    return list(offers.annotate(places=Case(own, default=places(book="granted_by__payment_book"))))


# ── Payment books ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class BookRow:
    """One payment book in words; `addition` and `removal` are the prepared lines about it."""

    pk: int
    address: str
    street_address: str
    payer_code: str
    company: str
    # How long it lasts, whose it is, what one may do.
    more: tuple[str, ...] = ()
    is_held: bool = False
    addition: int | None = None
    removal: int | None = None
    problem: str = ""


def books_of(*, state: State, problems: Problems) -> list[BookRow]:
    """Return one's payment books and those prepared to be added, each with what is prepared about it."""
    listed = [
        _book_row(own, more=_terms(own, state.today), removal=state.removals.get(own.book.pk))
        for own in state.objects
    ]
    for own in state.additions:
        line = state.add_lines[own.book.pk]
        listed.append(_book_row(own, addition=line, problem=_problem(problems, line)))
    return listed


def _book_row(own: OwnObject, **other: Any) -> BookRow:
    return BookRow(
        pk=own.book.pk,
        address=own.address,
        street_address=own.street_address,
        payer_code=own.book.payer_code,
        company=own.book.managing_company.name,
        is_held=own.is_held,
        **other,
    )


def _terms(own: OwnObject, today: date) -> tuple[str, ...]:
    opened_on = own.book.opened_on
    opened = _("Open since %(day)s") % {"day": long_day(opened_on)} if opened_on else ""
    until = until_words(own.last_day)
    return tuple(
        filter(None, (opened, own.closed_words(today=today), own.shared_words, own.guest_words, until))
    )


# ── Shares ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareRow:
    """Somebody who uses an object of one's own, or is to; `addition` and `ending` are the prepared lines."""

    who: str
    address: str
    # Of a guest who has accepted.
    name: str = ""
    more: tuple[str, ...] = ()
    used: str = ""
    is_waiting: bool = False
    # What the „x“ ends; nothing where another holder lets them in.
    offer: int | None = None
    addition: int | None = None
    ending: int | None = None
    problem: str = ""

    @property
    def pieces(self) -> list[str]:
        """Return the parts between which a narrow screen may break an email."""
        return self.who.split("@")


def shares_of(*, state: State, problems: Problems) -> list[ShareRow]:
    """Return who uses each object that one holds, in the order of the objects, then what is prepared to be shared."""
    offers = defaultdict(list)
    for offer in state.shared:
        offers[offer.granted_by.payment_book_id].append(offer)
    listed = []
    for own in state.objects:
        if Capability.SEE_ACCESS not in own.may:
            continue
        listed += [
            ShareRow(who=holder.name, address=own.street_address, more=(_("Holds this object too"),))
            for holder in own.holders
            if holder.person != state.person.pk
        ]
        listed += [_share_row(offer, own, state, problems) for offer in offers[own.book.pk]]
    return listed + _prepared(state, problems)


def _share_row(offer: Any, own: OwnObject, state: State, problems: Problems) -> ShareRow:
    is_mine = offer.granted_by.person_id == state.person.pk
    giver = "" if is_mine else _("Let in by: %(name)s") % {"name": offer.granted_by.person.get_full_name()}
    ending = state.endings.get(offer.pk)
    return ShareRow(
        who=offer.email,
        address=own.street_address,
        name=offer.access.person.get_full_name() if offer.access else "",
        more=tuple(filter(None, (rights_of(offer.scope), until_words(offer.until_on), giver))),
        used=_used_words(offer, state.today),
        is_waiting=offer.access is None,
        offer=offer.pk if is_mine else None,
        ending=ending,
        problem=_problem(problems, ending),
    )


def _prepared(state: State, problems: Problems) -> list[ShareRow]:
    """Name what is to be shared; an object that went out of one's hands meanwhile is not named."""
    known = {own.book.pk: own.street_address for own in [*state.objects, *state.additions]}
    gone = _("An object that is no longer yours")
    return [
        ShareRow(
            who=line.email,
            address=known.get(line.payment_book_id, gone),
            more=tuple(filter(None, (rights_of(line.scope), until_words(line.until_on)))),
            addition=line.pk,
            problem=_problem(problems, line.pk),
        )
        for line in state.share_lines
    ]


def rights_of(scope: str) -> str:
    """Return what a guest with this scope may do, said of the guest."""
    if scope == Access.Scope.DECLARE:
        return _("May only declare meters")
    if scope == Access.Scope.INVOICES:
        return _("May only see invoices and pay")
    return _("May see invoices, pay, declare meters and order services")


def _used_words(offer: Any, today: date) -> str:
    if offer.access is None:
        return ""
    since = timezone.localdate(offer.access.starts_at)
    day = short_day(since) if since.year == today.year else long_day(since)
    return _("Used since %(day)s") % {"day": day}


# ── What waits to be saved ──────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A prepared line that can no longer be saved: what it is about, and why."""

    line: int
    about: str
    reason: str


def stopped_by(*, books: list[BookRow], shares: list[ShareRow]) -> list[Problem]:
    """Return the lines that stop the save, as they are listed."""
    found = [(row.addition, row.address, row.problem) for row in books if row.problem]
    found += [
        (row.addition or row.ending, f"{row.who}, {row.address}", row.problem)
        for row in shares
        if row.problem
    ]
    return [Problem(line=line, about=about, reason=why) for line, about, why in found if line]


def staged_words(*, state: State) -> str:
    """Return what saving would do: „Bus pridėta 1 knygelė, išsiųsti 2 kvietimai.“"""
    added, removed = len(state.add_lines), len(state.removals)
    sent, ended = len(state.share_lines), len(state.endings)
    parts = [
        added and ngettext("%(n)d payment book added", "%(n)d payment books added", added) % {"n": added},
        removed
        and ngettext("%(n)d payment book removed", "%(n)d payment books removed", removed) % {"n": removed},
        sent and ngettext("%(n)d invitation sent", "%(n)d invitations sent", sent) % {"n": sent},
        ended and ngettext("%(n)d share ended", "%(n)d shares ended", ended) % {"n": ended},
    ]
    what = ", ".join(part for part in parts if part)
    return _("Saving means: %(what)s.") % {"what": what} if what else ""


def _problem(problems: Problems, line: int | None) -> str:
    return reason(problems[line]) if line is not None and line in problems else ""


def context_of(*, state: State, problems: Problems) -> dict[str, Any]:
    """Return everything in words, as the template takes it."""
    books = books_of(state=state, problems=problems)
    shares = shares_of(state=state, problems=problems)
    return {
        "may": may_of(state.objects),
        "phone": state.person.phone.as_international if state.person.phone else "",
        "books": books,
        "shares": shares,
        "offers": [shown(offer) for offer in state.waiting],
        "can_share": bool(state.shareable),
        "lines": state.lines,
        "staged": staged_words(state=state),
        "problems": stopped_by(books=books, shares=shares),
    }


def books_ever_held(*, person: Any) -> Any:
    """Return the books that this person holds or held: pressing „x“ twice is not asking for another's object."""
    rows = Access.objects.filter(person=person, granted_by__isnull=True)
    return PaymentBook.objects.filter(pk__in=rows.order_by().values("payment_book"))


def books_ever_visited(*, person: Any) -> Any:
    """Return the books that this person uses or used as a guest."""
    rows = Access.objects.filter(person=person, granted_by__isnull=False)
    return PaymentBook.objects.filter(pk__in=rows.order_by().values("payment_book"))
