"""„Pridėti“: a proof is judged as linking judges it, and opens nothing yet."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from notifications.models import Letter
from properties import activation, attempts, linking
from properties.linking import Outcome
from properties.models import Access, Claim, LinkAttempt, ManagingCompany, PaymentBook
from tests import tables
from tests.factories import AccessFactory, BookFactory, UserFactory
from tests.properties.conftest import AT, CODE, HOME, claimant_of, failed_claim, hold

Prove = Callable[..., Outcome]
NOT_LINKED = Outcome(Claim.Outcome.NOT_LINKED)


@pytest.fixture
def prove(book: PaymentBook, company_a: ManagingCompany) -> Prove:
    """Let somebody prove a payer code of company A, or link it where a test compares."""

    def run(person: User, payer_code: str = CODE, *, rule: Any = linking.prove, **changes: Any) -> Outcome:
        who = {name: changes.pop(name) for name in ("kind", "name", "email") if name in changes}
        values = {"company": company_a, "network": HOME, "at": AT, "activation_code": "", **changes}
        outcome: Outcome = rule(claimant=claimant_of(person, **who), payer_code=payer_code, **values)
        return outcome

    return run


def waiting(person: User) -> list[str]:
    claims = Claim.objects.waiting_for(person, at=AT).order_by("pk")
    return list(claims.values_list("payer_code", flat=True))


# ── What proves ─────────────────────────────────────────────────────────────────────────────────


def test_a_name_proves_and_opens_nothing(prove: Prove, birute: User, book: PaymentBook) -> None:
    before = tables.state()
    assert prove(birute) == Outcome(Claim.Outcome.LINKED, book)
    # The slot is given back; no access, no notice, no claim.
    assert tables.state() == before


def test_an_activation_code_proves_and_is_not_used_up(
    prove: Prove, newcomer: User, book: PaymentBook, code: str, holder: User
) -> None:
    before = tables.state()
    for _again in range(2):
        assert prove(newcomer, activation_code=code) == Outcome(Claim.Outcome.LINKED, book, 1)
    assert tables.state() == before
    assert not Letter.objects.exists()


def test_the_code_is_named_as_the_proof_though_the_name_would_do(
    prove: Prove, birute: User, book: PaymentBook, code: str
) -> None:
    assert prove(birute, activation_code=code).activation_no == book.activation_no
    assert prove(birute, activation_code="WRONG").activation_no is None


def test_ones_own_is_said_to_be_ones_own(prove: Prove, holder: User, book: PaymentBook) -> None:
    assert prove(holder) == Outcome(Claim.Outcome.ALREADY_MINE, book)
    assert (LinkAttempt.objects.count(), waiting(holder)) == (0, [])


def test_success_gives_the_slot_back(prove: Prove, birute: User, company_a: ManagingCompany) -> None:
    for number in range(4):
        prove(birute, f"NERA-{number}")
    for _more in range(3):
        assert prove(birute).kind == "linked"
    assert LinkAttempt.objects.count() == 4
    assert prove(birute, "NERA-5") == NOT_LINKED
    # All five are taken now.
    assert prove(birute) == NOT_LINKED


# ── The same judge ──────────────────────────────────────────────────────────────────────────────


def policy(name: str) -> Callable[[PaymentBook, User], None]:
    def change(book: PaymentBook, person: User) -> None:
        ManagingCompany.objects.filter(pk=book.managing_company_id).update(linking_policy=name)

    return change


def fails(count: int, **of: Any) -> Callable[[PaymentBook, User], None]:
    """Let so many attempts have failed today, by the same person, network or company as is given."""

    def change(book: PaymentBook, person: User) -> None:
        LinkAttempt.objects.bulk_create(
            LinkAttempt(
                managing_company=book.managing_company,
                person=person if of.get("person") else None,
                network=of.get("network", f"tinklas {number}"),
                payer_code_key=of.get("code", f"X{number}"),
                day=AT.date(),
                attempted_at=AT,
                is_name_judged=True,
            )
            for number in range(count)
        )

    return change


STATES: dict[str, Callable[[PaymentBook, User], Any]] = {
    "untouched": lambda book, person: None,
    "held": lambda book, person: hold(UserFactory(), book),
    "held once": lambda book, person: hold(UserFactory(), book, ends_at=AT),
    "mine": lambda book, person: hold(person, book),
    "frozen": lambda book, person: hold(person, book, frozen_at=AT),
    "closed": lambda book, person: PaymentBook.objects.filter(pk=book.pk).update(
        closed_on=AT.date() - timedelta(days=1)
    ),
    "another email": lambda book, person: PaymentBook.objects.filter(pk=book.pk).update(
        payer_email="kita@pastas.example"
    ),
    "by code": policy("code"),
    "by staff": policy("staff"),
    "no slot of the person": fails(attempts.OF_A_PERSON, person=True),
    "no slot of the network": fails(attempts.OF_A_NETWORK, network=HOME),
    "no name for the code": fails(5, network=HOME, code="KN04182215"),
    "no name at the company": fails(attempts.FAILURES_AT_A_COMPANY),
}


@pytest.mark.parametrize("is_code_typed", [False, True])
@pytest.mark.parametrize("name", ["Birutė Pavyzdienė", "Kas Kitas"])
@pytest.mark.parametrize("state", STATES)
def test_judges_as_linking_does(
    state: str, name: str, is_code_typed: bool, prove: Prove, birute: User, book: PaymentBook
) -> None:
    STATES[state](book, birute)
    taken = LinkAttempt.objects.count()
    typed = {"name": name, "activation_code": activation.code_of(book) if is_code_typed else ""}
    proven = prove(birute, **typed)
    left_by_prove = LinkAttempt.objects.count() - taken
    LinkAttempt.objects.filter(attempted_at=AT, payer_code_key="KN04182215", person=birute).delete()
    linked = prove(birute, rule=linking.link, **typed)
    assert (proven.kind, proven.book, proven.activation_no) == (
        linked.kind,
        linked.book,
        linked.activation_no,
    )
    has_slot = not state.startswith("no slot")
    assert left_by_prove == (1 if proven.kind == "not_linked" and has_slot else 0)


@pytest.mark.parametrize(
    "state", [state for state in STATES if state not in {"untouched", "mine", "by code"}]
)
def test_every_failure_says_and_does_the_same(
    state: str, prove: Prove, birute: User, newcomer: User, book: PaymentBook
) -> None:
    def failure(person: User, code: str) -> tuple[Outcome, list[str]]:
        """Return the answer and the statements about claims."""
        with CaptureQueriesContext(connection) as asked:
            outcome = prove(person, code, name="Kas Kitas")
        return outcome, [row["sql"].split(" ")[0] for row in asked if "properties_claim" in row["sql"]]

    expected = failure(newcomer, "NERA-1")
    STATES[state](book, birute)
    assert failure(birute, CODE) == expected
    assert expected[0] == NOT_LINKED
    assert (waiting(newcomer), waiting(birute)) == (["NERA-1"], [] if state == "frozen" else [CODE])


# ── What a failure leaves ───────────────────────────────────────────────────────────────────────


def test_a_failure_waits_on_home_decided(prove: Prove, newcomer: User, code: str) -> None:
    assert prove(newcomer, " kn-0418 22-15 ") == NOT_LINKED
    claim = Claim.objects.get()
    assert (claim.payer_code, claim.outcome, claim.decided_at) == ("kn-0418 22-15", "not_linked", AT)
    # Nothing is left for the next sign-in to decide.
    linking.decide_claims(claimant=claimant_of(newcomer), network=HOME, at=AT)
    assert LinkAttempt.objects.count() == 1
    assert prove(newcomer, activation_code=code).kind == "linked"
    # Still there: nothing is opened yet.
    assert waiting(newcomer) == ["kn-0418 22-15"]


def test_the_activation_code_is_not_kept(prove: Prove, newcomer: User) -> None:
    prove(newcomer, activation_code="ACDEF-GHJKM")
    assert Claim.objects.get().activation_seal == ""


def test_only_the_newest_failures_wait(prove: Prove, newcomer: User, stranger: User) -> None:
    prove(stranger, "NERA-0", network="192.0.2.8")
    for number in range(12):
        LinkAttempt.objects.all().delete()
        prove(newcomer, f"NERA-{number}", at=AT + timedelta(seconds=number - 60))
    assert waiting(newcomer) == [f"NERA-{number}" for number in range(2, 12)]
    assert waiting(stranger) == ["NERA-0"]
    # The same code again is the same claim, and the newest.
    LinkAttempt.objects.all().delete()
    prove(newcomer, "nera 2")
    prove(newcomer, "NERA-12")
    assert sorted(waiting(newcomer)) == sorted([f"NERA-{number}" for number in range(4, 13)] + ["nera 2"])


def test_a_success_does_not_push_failures_out(prove: Prove, birute: User, company_a: ManagingCompany) -> None:
    failed_claim(birute, company_a, "NERA-1", AT)
    prove(birute)
    assert waiting(birute) == ["NERA-1"]


@pytest.mark.parametrize("typed", ["", " - ", "x" * 101, "A" * 51])
def test_what_is_no_code_is_refused_before_anything(typed: str, prove: Prove, newcomer: User) -> None:
    before = tables.state()
    with pytest.raises(ValidationError) as refused:
        prove(newcomer, typed)
    assert refused.value.code == "bad_payer_code"
    assert tables.state() == before


# ── Opening what was proven ─────────────────────────────────────────────────────────────────────


def test_opening_tells_the_others_and_uses_the_code_up(
    prove: Prove, newcomer: User, holder: User, book: PaymentBook, code: str
) -> None:
    outcome = prove(newcomer, activation_code=code)
    access = linking.open_proven(
        claimant=claimant_of(newcomer), book=book, activation_no=outcome.activation_no, at=AT
    )
    assert access == Access.objects.get(person=newcomer)
    assert Letter.objects.get(kind="object_linked").address == holder.email
    book.refresh_from_db()
    assert book.activation_no == 2


def test_opening_what_is_held_does_nothing(holder: User, book: PaymentBook) -> None:
    before = tables.state()
    mine = claimant_of(holder)
    assert linking.open_proven(claimant=mine, book=book, activation_no=1, at=AT) is None
    assert linking.open_proven(claimant=mine, book=book, activation_no=None, at=AT) is None
    assert tables.state() == before


def test_a_guests_book_is_not_yet_theirs(prove: Prove, guest: User, book: PaymentBook, code: str) -> None:
    assert prove(guest) == NOT_LINKED
    assert prove(guest, activation_code=code).kind == "linked"


def test_an_earlier_code_proves_the_same_book(prove: Prove, birute: User, book: PaymentBook) -> None:
    book.aliases.create(managing_company=book.managing_company, payer_code="SENAS-1", payer_code_key="SENAS1")
    assert prove(birute, "senas 1").book == book
    AccessFactory(payment_book=BookFactory(managing_company=book.managing_company, payer_code="SENAS-1"))
    assert prove(birute, "senas 1") == NOT_LINKED
