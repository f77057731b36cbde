"""What sharing means, written a second time in plain Python, and a machine that does anything in any order.

The model shares no code with the portal; after every step what each person sees is compared with it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import product
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import QuerySet
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from accounts import registration
from accounts.models import User
from properties import access as accesses
from properties import activation, linking
from properties.capabilities import Capability
from properties.models import Access, LinkAttempt, PaymentBook
from properties.objects import objects_of
from sharing import drafts, grants
from sharing.models import Offer
from tests.factories import BookFactory, CompanyFactory, UserFactory
from tests.properties.conftest import claimant_of

VILNIUS = ZoneInfo("Europe/Vilnius")
DAY = timedelta(days=1)
# Hours before the clocks go back.
BEGIN = datetime(2026, 10, 24, 9, 30, tzinfo=UTC)

SEE = {"see_object", "see_invoices", "see_readings"}
OPEN = SEE | {"pay", "declare", "order", "see_access", "share", "remove"}
CLOSED = SEE | {"pay", "remove"}
GUEST = {
    "all": SEE | {"pay", "declare", "order"},
    "declare": {"see_object", "see_readings", "declare"},
    "invoices": {"see_object", "see_invoices", "pay"},
}

# What may be done, by person and payment book.
Seen = dict[tuple[int, int], set[str]]


# ── The model ───────────────────────────────────────────────────────────────────────────────────


@dataclass(eq=False, kw_only=True)
class Book:
    pk: int
    code: str
    payer: int
    is_owners: bool
    first_day: date = date.min
    last_day: date = date.max
    was_held: bool = False

    def lasts(self, now: datetime) -> bool:
        return self.first_day <= day_of(now) <= self.last_day


@dataclass(eq=False, kw_only=True)
class Hold:
    access: int = 0
    person: int
    book: Book
    end: datetime | None = None
    is_frozen: bool = False

    def lasts(self, now: datetime) -> bool:
        return self.end is None or now < self.end

    def opens(self, now: datetime) -> bool:
        return self.lasts(now) and not self.is_frozen

    def may_give(self, now: datetime) -> bool:
        return self.opens(now) and day_of(now) <= self.book.last_day


@dataclass(eq=False, kw_only=True)
class Share:
    pk: int
    hold: Hold
    guest: int
    scope: str
    last_day: date
    waits_until: datetime
    is_answered: bool = False
    # The guest's row; none until it is accepted.
    access: int = 0
    end: datetime | None = None
    is_frozen: bool = False

    def waits(self, now: datetime) -> bool:
        in_time = now < self.waits_until and day_of(now) <= self.last_day
        return in_time and not self.is_answered and self.hold.may_give(now)

    def is_in(self, now: datetime) -> bool:
        return self.access > 0 and (self.end is None or now < self.end)

    def opens(self, now: datetime) -> bool:
        return self.is_in(now) and not self.is_frozen and self.hold.may_give(now)

    def is_in_force(self, now: datetime) -> bool:
        return self.waits(now) or (self.is_in(now) and self.hold.may_give(now))


@dataclass
class Model:
    """Everything that has happened; what is seen is worked out anew each time."""

    books: list[Book] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    shares: list[Share] = field(default_factory=list)

    def seen(self, now: datetime) -> Seen:
        seen: Seen = defaultdict(set)
        for hold in self.holds:
            if hold.opens(now):
                is_closed = hold.book.last_day < day_of(now)
                votes = {"vote"} if hold.book.is_owners else set()
                seen[hold.person, hold.book.pk] |= CLOSED if is_closed else OPEN | votes
        for share in self.shares:
            if share.opens(now):
                seen[share.guest, share.hold.book.pk] |= GUEST[share.scope]
        return dict(seen)

    def hold_of(self, person: int, book: Book, now: datetime) -> Hold | None:
        mine = [
            hold for hold in self.holds if hold.person == person and hold.book is book and hold.lasts(now)
        ]
        assert len(mine) < 2
        return mine[0] if mine else None

    def link(self, person: int, book: Book, now: datetime, *, has_code: bool) -> str:
        """Say what an attempt comes to, and make the hold of one that links; its row is not known yet."""
        mine = self.hold_of(person, book, now)
        if mine:
            return "not_linked" if mine.is_frozen else "already_mine"
        if not (has_code or (book.payer == person and not book.was_held)):
            return "not_linked"
        book.was_held = True
        self.holds.append(Hold(person=person, book=book))
        return "linked"

    def offer(self, person: int, book: Book, guest: int, now: datetime) -> str:
        """Say why an offer is impossible, or nothing; a former one that was never answered is over."""
        mine = self.hold_of(person, book, now)
        if not (mine and mine.may_give(now)):
            return "not_a_holder"
        if guest == person:
            return "own_email"
        same = [share for share in self.shares if share.hold is mine and share.guest == guest]
        if any(share.is_in_force(now) for share in same):
            return "shared_already"
        for share in same:
            share.is_answered = True
        return ""


def day_of(now: datetime) -> date:
    return now.astimezone(VILNIUS).date()


def midnight_after(day: date) -> datetime:
    return datetime.combine(day + DAY, time(), VILNIUS).astimezone(UTC)


# ── What the portal shows ───────────────────────────────────────────────────────────────────────

# They stand in a statement for whoever asks and whenever.
SOMEBODY, SOME_TIME = -714, datetime(1999, 9, 9, 9, 9, 9, 99, tzinfo=UTC)


@cache
def _statement() -> str:
    """Return the gates of every capability and of offers in one: Django takes longer to write them than to ask."""
    somebody = User(pk=SOMEBODY)
    asked: dict[str, QuerySet[Any]] = {
        str(capability): PaymentBook.objects.visible_to(somebody, capability, at=SOME_TIME)
        for capability in Capability
    }
    asked["waits"] = Offer.objects.waiting_for(somebody, at=SOME_TIME)
    asked["in force"] = Offer.objects.in_force(at=SOME_TIME)
    return " UNION ALL ".join(
        f"SELECT '{name}', person.id, found.id FROM unnest(%(people)s::bigint[]) AS person (id), "
        f"LATERAL ({_spelled(rows)}) AS found (id)"
        for name, rows in asked.items()
    )


def _spelled(rows: QuerySet[Any]) -> str:
    text, values = rows.order_by().values("pk").query.sql_with_params()
    names: dict[Any, str] = {
        SOMEBODY: "person.id",
        SOME_TIME: "%(now)s::timestamptz",
        day_of(SOME_TIME): "%(today)s::date",
    }
    assert SOME_TIME in values
    return text % tuple(names.get(value, f"'{value}'") for value in values)


def seen_at_the_gates(people: Iterable[int], now: datetime) -> tuple[Seen, set[tuple[int, int]], set[int]]:
    """Return what `seen_one_by_one` does, the offers that wait for each person, and those in force."""
    seen: Seen = defaultdict(set)
    waiting, in_force = set(), set()
    with connection.cursor() as cursor:
        cursor.execute(_statement(), {"people": list(people), "now": now, "today": day_of(now)})
        for name, person, found in cursor.fetchall():
            if name == "in force":
                in_force.add(found)
            elif name == "waits":
                waiting.add((person, found))
            else:
                seen[person, found].add(name)
    return dict(seen), waiting, in_force


def seen_one_by_one(people: Iterable[User], now: datetime) -> Seen:
    seen: Seen = defaultdict(set)
    for person, capability in product(people, Capability):
        for book in PaymentBook.objects.visible_to(person, capability, at=now):
            seen[person.pk, book.pk].add(str(capability))
    return dict(seen)


# ── Anything in any order ───────────────────────────────────────────────────────────────────────

NAMES = (("Ona", "Pirmutė"), ("Petras", "Antrasis"), ("Rūta", "Trečioji"), ("Jonas", "Ketvirtasis"))
CODES = ("KN-1", "KN-2", "KN-3")

who = st.integers(0, len(NAMES) - 1)
code = st.sampled_from(CODES)
which = st.integers(0, 50)
mostly = st.sampled_from([True, True, True, False])


def answer(deed: Callable[[], Any]) -> Any:
    """Return what a rule returns, or the code of its refusal."""
    try:
        return deed()
    except ValidationError as error:
        return error.code


class Sharing(RuleBasedStateMachine):
    """People, books and a clock; every rule of the machine is one of the portal's."""

    done: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        # As a test case's: what must be committed at once may be, and all of it is undone in the end.
        example: Any = transaction.atomic()
        example._from_testcase = True  # what Django's own test cases say
        example.__enter__()
        self.example = example
        self.now, self.model, self.turn = BEGIN, Model(), 0
        self.people: dict[int, User] = {}
        self.claimed: dict[int, str] = {}
        self.confirmed: list[int] = []
        self.company = CompanyFactory()
        self.staff = UserFactory(is_staff=True)
        self.company.staff.add(self.staff)
        for number, payer_code in enumerate(CODES):
            self._open_book(payer_code, payer=number, is_owners=number != 2)

    def teardown(self) -> None:
        """Look once more where every offer that waits has just lapsed, by the gates themselves too."""
        try:
            self.now = max([self.now, *(share.waits_until for share in self.model.shares)])
            self.everybody_sees_what_the_model_says()
            if self.confirmed:
                person = self.people[self._somebody(self.turn)]
                seen, _waiting, _in_force = seen_at_the_gates([person.pk], self.now)
                assert seen == seen_one_by_one([person], self.now)
            self.done["examples"] += 1
        finally:
            transaction.set_rollback(True)
            self.example.__exit__(None, None, None)

    def _open_book(self, payer_code: str, *, payer: int, is_owners: bool, first_day: date = date.min) -> None:
        real = BookFactory(
            managing_company=self.company,
            payer_code=payer_code,
            payer_name=" ".join(NAMES[payer]),
            payer_role="owner" if is_owners else "tenant",
            opened_on=None if first_day == date.min else first_day,
            premises=[],
        )
        self.model.books.append(
            Book(pk=real.pk, code=payer_code, payer=payer, is_owners=is_owners, first_day=first_day)
        )

    def _book(self, payer_code: str) -> Book:
        """Return the book that this code means now."""
        (book,) = [one for one in self.model.books if one.code == payer_code and one.lasts(self.now)]
        return book

    def _somebody(self, number: int) -> int:
        return self.confirmed[number % len(self.confirmed)]

    def _hold(self, number: int) -> Hold:
        """Return one that lasts, as long as there is any."""
        holds = [hold for hold in self.model.holds if hold.lasts(self.now)] or self.model.holds
        return holds[number % len(holds)]

    def _share(self, number: int) -> tuple[Share, Offer]:
        share = self.model.shares[-1 - number % len(self.model.shares)]
        return share, Offer.objects.get(pk=share.pk)

    def _know_the_row(self, expected: str) -> None:
        """Note which row the last hold is."""
        if expected == "linked":
            hold = self.model.holds[-1]
            mine = Access.objects.filter(person=self.people[hold.person], payment_book=hold.book.pk)
            hold.access = mine.filter(granted_by=None).latest("pk").pk

    @initialize(
        known=st.integers(1, len(CODES)),
        scopes=st.lists(st.sampled_from(sorted(GUEST)), min_size=1, max_size=3),
        has_accepted=st.booleans(),
    )
    def begin(self, known: int, scopes: list[str], has_accepted: bool) -> None:
        """Start with some who hold what is theirs and share it; the others come later, or never."""
        for number in range(known):
            self.register(number, CODES[number])
            self.confirm(number)
        for number, scope in enumerate(scopes, start=1):
            self.offer(0, number, scope, None, own=True)
            if has_accepted:
                self.accept(0, number, is_guest=True)

    @precondition(lambda self: len(self.people) < len(NAMES))
    @rule(number=who, payer_code=code)
    def register(self, number: int, payer_code: str) -> None:
        if number in self.people:
            return
        first_name, last_name = NAMES[number]
        made = registration.register(
            registration=registration.Registration(
                email=f"asmuo{number}@pastas.example",
                password="Savitarna-2026",
                kind=User.Kind.NATURAL_PERSON,
                first_name=first_name,
                last_name=last_name,
                phone="+37061234567",
                language="lt",
                policy_version="1",
                company=self.company,
                payer_code=payer_code,
            ),
            at=self.now,
        )
        assert made is not None
        self.people[number], self.claimed[number] = made, payer_code
        self.done["register"] += 1

    @precondition(lambda self: len(self.people) > len(self.confirmed))
    @rule(number=who)
    def confirm(self, number: int) -> None:
        if number not in self.people or number in self.confirmed:
            return
        self.confirmed.append(number)
        EmailAddress.objects.filter(user=self.people[number]).update(verified=True)
        expected = self.model.link(number, self._book(self.claimed[number]), self.now, has_code=False)
        registration.decide_claims(person=self.people[number], network="192.0.2.7", at=self.now)
        LinkAttempt.objects.all().delete()
        self._know_the_row(expected)
        self.done["confirm"] += 1

    @rule(number=which, payer_code=code, has_code=st.booleans())
    def link(self, number: int, payer_code: str, has_code: bool) -> None:
        person, book = self._somebody(number), self._book(payer_code)
        typed = activation.code_of(PaymentBook.objects.get(pk=book.pk)) if has_code else ""
        expected = self.model.link(person, book, self.now, has_code=has_code)
        outcome = linking.link(
            claimant=claimant_of(self.people[person]),
            company=self.company,
            payer_code=payer_code,
            activation_code=typed,
            network="192.0.2.7",
            at=self.now,
        )
        LinkAttempt.objects.all().delete()
        assert outcome.kind == expected
        self._know_the_row(expected)
        self.done[f"link: {expected}"] += 1

    @rule(
        number=which,
        guest=who,
        scope=st.sampled_from(sorted(GUEST)),
        days=st.sampled_from([None, None, 0, 1, 3]),
        own=mostly,
    )
    def offer(self, number: int, guest: int, scope: str, days: int | None, own: bool) -> None:
        person, book = self._somebody(number), self.model.books[number % len(self.model.books)]
        if own and self.model.holds:
            hold = self._hold(number)
            person, book = hold.person, hold.book
        last_day = None if days is None else day_of(self.now) + timedelta(days=days)
        expected = self.model.offer(person, book, guest, self.now)
        made = answer(
            lambda: grants.offer(
                book=PaymentBook.objects.get(pk=book.pk),
                email=f"asmuo{guest}@pastas.example",
                scope=scope,
                until_on=last_day,
                by=self.people[person],
                at=self.now,
            )
        )
        self.done[f"offer: {expected or 'sent'}"] += 1
        if expected:
            assert made == expected
            return
        mine = self.model.hold_of(person, book, self.now)
        assert mine is not None
        self.model.shares.append(
            Share(
                pk=made.pk,
                hold=mine,
                guest=guest,
                scope=scope,
                last_day=last_day or date.max,
                waits_until=self.now + timedelta(days=30),
            )
        )

    @precondition(lambda self: self.model.shares)
    @rule(number=which, by=which, is_guest=mostly)
    def accept(self, number: int, by: int, is_guest: bool) -> None:
        share, given = self._answer(grants.accept, number, by, is_guest=is_guest)
        if given != "offer_over":
            share.access = given.pk
            share.end = None if share.last_day == date.max else midnight_after(share.last_day)

    @precondition(lambda self: self.model.shares)
    @rule(number=which, by=which, is_guest=mostly)
    def decline(self, number: int, by: int, is_guest: bool) -> None:
        self._answer(grants.decline, number, by, is_guest=is_guest)

    def _answer(self, deed: Callable[..., Any], number: int, by: int, *, is_guest: bool) -> tuple[Share, Any]:
        share, offer = self._share(number)
        person = share.guest if is_guest and share.guest in self.confirmed else self._somebody(by)
        given = answer(lambda: deed(offer=offer, by=self.people[person], at=self.now))
        may = share.waits(self.now) and person == share.guest
        assert (given == "offer_over") is not may
        self.done[f"{deed.__name__}: {'done' if may else given}"] += 1
        share.is_answered = share.is_answered or may
        return share, given

    @precondition(lambda self: self.model.shares)
    @rule(number=which, by=which, is_holder=mostly, is_staff=st.sampled_from([False, False, False, True]))
    def revoke(self, number: int, by: int, is_holder: bool, is_staff: bool) -> None:
        share, offer = self._share(number)
        person = share.hold.person if is_holder else self._somebody(by)
        user = self.staff if is_staff else self.people[person]
        may = is_staff or (person == share.hold.person and share.hold.opens(self.now))
        expected: Any = (share.waits(self.now) or share.is_in(self.now)) if may else "not_a_holder"
        reason = "Klaida" if is_staff else ""
        done = answer(lambda: grants.revoke(offer=offer, by=user, at=self.now, reason=reason))
        assert done == expected
        self.done[f"revoke: {expected}"] += 1
        if expected is True and share.waits(self.now):
            share.is_answered = True
        elif expected is True:
            share.end = self.now

    @precondition(lambda self: self.model.shares)
    @rule(number=which)
    def leave(self, number: int) -> None:
        share, _offer = self._share(number)
        if share.guest not in self.confirmed:
            return
        mine = [
            other
            for other in self.model.shares
            if other.guest == share.guest and other.hold.book is share.hold.book and other.is_in(self.now)
        ]
        book = PaymentBook.objects.get(pk=share.hold.book.pk)
        assert grants.leave(book=book, by=self.people[share.guest], at=self.now) == bool(mine)
        self.done[f"leave: {bool(mine)}"] += 1
        for other in mine:
            other.end = self.now

    @precondition(lambda self: any(hold.lasts(self.now) for hold in self.model.holds))
    @rule(number=which)
    def remove(self, number: int) -> None:
        hold = self._hold(number)
        person, book = self.people[hold.person], PaymentBook.objects.get(pk=hold.book.pk)
        line = drafts.stage_remove(person=person, book=book, at=self.now)
        done = drafts.save(claimant=claimant_of(person), shown=[line.pk], at=self.now)
        mine = self.model.hold_of(hold.person, hold.book, self.now)
        is_mine = mine is not None and mine.opens(self.now)
        assert done.removed == ([book] if is_mine else [])
        self.done[f"remove: {is_mine}"] += 1
        if mine and is_mine:
            mine.end = self.now

    @precondition(lambda self: self.model.holds)
    @rule(number=which, is_guest=st.booleans())
    def freeze(self, number: int, is_guest: bool) -> None:
        """Freeze a row, or unfreeze it when it is frozen."""
        guests = [share for share in self.model.shares if share.access]
        chosen: Any = guests if is_guest and guests else self.model.holds
        row = chosen[number % len(chosen)]
        rows = Access.objects.filter(pk=row.access)
        if row.is_frozen:
            accesses.unfreeze(accesses=rows)
        else:
            accesses.freeze(accesses=rows, at=self.now)
        row.is_frozen = not row.is_frozen
        self.done["freeze" if row.is_frozen else "unfreeze"] += 1

    @rule(payer_code=code, payer=who)
    def sell(self, payer_code: str, payer: int) -> None:
        """Close a book with today, its last day; the next one opens tomorrow."""
        book, today = self._book(payer_code), day_of(self.now)
        if book.last_day == today:
            return
        PaymentBook.objects.filter(pk=book.pk).update(closed_on=today)
        book.last_day = today
        self._open_book(payer_code, payer=payer, is_owners=book.is_owners, first_day=today + DAY)
        self.done["sell"] += 1

    @rule(
        number=which,
        how=st.sampled_from(["an hour", "days", "to the end of a day", "past midnight", "it lapses"]),
    )
    def wait(self, number: int, how: str) -> None:
        midnight = midnight_after(day_of(self.now))
        ends = [share.waits_until for share in self.model.shares if not share.is_answered] or [midnight]
        self.now = {
            "an hour": self.now + timedelta(hours=1),
            "days": self.now + timedelta(days=1 + number % 9),
            "to the end of a day": midnight - timedelta(microseconds=1),
            "past midnight": midnight,
            "it lapses": max(self.now, ends[number % len(ends)]),
        }[how]
        self.done[f"wait: {how}"] += 1

    @invariant()
    def everybody_sees_what_the_model_says(self) -> None:
        numbers = {person.pk: number for number, person in self.people.items()}
        seen, waiting, in_force = seen_at_the_gates(numbers, self.now)
        shares = self.model.shares
        assert {(numbers[pk], book): may for (pk, book), may in seen.items()} == self.model.seen(self.now)
        assert {(numbers[pk], offer) for pk, offer in waiting} == {
            (share.guest, share.pk)
            for share in shares
            if share.guest in self.confirmed and share.waits(self.now)
        }
        assert in_force == {share.pk for share in shares if share.is_in_force(self.now)}
        self.done["steps"] += 1

    @invariant()
    def the_pages_say_the_same(self) -> None:
        """Ask one person after the other, now and then."""
        self.turn += 1
        if self.confirmed and self.turn % 5 == 0:
            number = self._somebody(self.turn // 5)
            shown = objects_of(user=self.people[number], at=self.now)
            expected = {key: may for key, may in self.model.seen(self.now).items() if key[0] == number}
            assert {(number, own.book.pk): {*own.may} for own in shown} == expected
