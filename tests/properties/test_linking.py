"""Whom a payer code opens its payment book to, and what everybody else hears."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from properties import activation, linking
from properties.capabilities import Capability
from properties.models import (
    Access,
    Claim,
    LinkAttempt,
    ManagingCompany,
    PayerCodeAlias,
    PaymentBook,
)
from tests import tables
from tests.factories import BookFactory
from tests.properties.conftest import AT, CODE, HOME, Try, claimant_of, hold, holders_of

DAY = timedelta(days=1)


# ── (a) The payer's name ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "name",
    [
        "Birutė Pavyzdienė",
        "BIRUTE PAVYZDIENE",
        "Pavyzdienė Birutė",
        "  birutė\u00a0\tpavyzdienė ",
        "„Birutė“ Pavyzdienė.",
    ],
)
def test_the_payer_on_file_gets_in_by_name(name: str, attempt: Try, birute: User, book: PaymentBook) -> None:
    outcome = attempt(birute, name=name)
    assert (outcome.kind, outcome.book) == ("linked", book)
    access = Access.objects.get()
    assert (access.person, access.payment_book, access.granted_by) == (birute, book, None)
    assert (access.starts_at, access.ends_at, access.frozen_at, access.scope) == (AT, None, None, "all")
    assert PaymentBook.objects.visible_to(birute, Capability.SEE_INVOICES, at=AT).get() == book


def test_two_surnames_in_either_order(attempt: Try, birute: User, book: PaymentBook) -> None:
    book.payer_name = "Birutė Pavyzdienė-Bandomoji"
    book.save()
    assert attempt(birute, name="BIRUTE BANDOMOJI PAVYZDIENE").kind == "linked"


@pytest.mark.parametrize(
    "name", ["", " ", "„“", "Birutė", "Birutė Pavyzdytė", "Pavyzdienė", "Birutė Pavyzdienė Birutė", "%"]
)
def test_another_name_does_not(name: str, attempt: Try, birute: User, book: PaymentBook) -> None:
    assert attempt(birute, name=name) == linking.Outcome(Claim.Outcome.NOT_LINKED)
    assert holders_of(book) == []
    assert attempt(birute).kind == "linked"


def test_a_payer_without_a_name_is_nobody(attempt: Try, birute: User, book: PaymentBook) -> None:
    PaymentBook.objects.update(payer_name="“”", payer_name_key="")
    assert attempt(birute, name="").kind == "not_linked"


@pytest.mark.parametrize(
    ("on_file", "typed"),
    [
        ("UAB „Vėtrungė“", "Vėtrungė, UAB"),
        ("„Vėtrungė“, UAB", "uždaroji akcinė bendrovė Vetrunge"),
        ("Uždaroji akcinė bendrovė „Vėtrungė“", "UAB VĖTRUNGĖ"),
        ("Vėtrungė UAB", "VETRUNGE UZDAROJI AKCINE BENDROVE"),
    ],
)
def test_a_company_gets_in_however_its_form_is_written(
    on_file: str, typed: str, attempt: Try, newcomer: User, book: PaymentBook
) -> None:
    book.payer_name, book.payer_kind = on_file, "company"
    book.save()
    assert attempt(newcomer, name=typed, kind="person").kind == "not_linked"
    assert attempt(newcomer, name="AB „Vėtrungė“", kind="company").kind == "not_linked"
    assert attempt(newcomer, name=typed, kind="company").kind == "linked"


def test_a_person_is_not_a_company_of_that_name(attempt: Try, birute: User, book: PaymentBook) -> None:
    assert attempt(birute, kind="company").kind == "not_linked"
    assert attempt(birute, kind="person").kind == "linked"


@pytest.mark.parametrize(
    ("on_file", "kind"),
    [
        ("", "linked"),
        ("birute@pastas.example", "linked"),
        ("Birute@Pastas.example", "linked"),
        ("kita@pastas.example", "not_linked"),
        # A look-alike letter is another address.
        ("bırute@pastas.example", "not_linked"),
    ],
)
def test_the_email_on_file_must_be_the_confirmed_one(
    on_file: str, kind: str, attempt: Try, birute: User, book: PaymentBook
) -> None:
    PaymentBook.objects.update(payer_email=on_file)
    assert attempt(birute).kind == kind


@pytest.mark.parametrize("state", ["live", "frozen", "ended"])
def test_a_book_that_somebody_ever_held_opens_by_no_name(
    state: str, attempt: Try, birute: User, newcomer: User, book: PaymentBook, code: str
) -> None:
    ended = {"ends_at": AT - DAY} if state == "ended" else {}
    hold(newcomer, book, frozen_at=AT - DAY if state == "frozen" else None, **ended)
    assert attempt(birute).kind == "not_linked"
    assert attempt(birute, activation_code=code).kind == "linked"


# ── (b) The activation code ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "spell",
    [
        lambda code: code,
        lambda code: activation.printed(code),
        lambda code: code.lower(),
        lambda code: f" {code[:3]} {code[3:7]}\u00a0-\t{code[7:]} ",
        lambda code: f"„{code}“",
    ],
)
def test_the_activation_code_opens_however_it_is_typed(
    spell: Any, attempt: Try, newcomer: User, book: PaymentBook, code: str
) -> None:
    assert attempt(newcomer, activation_code=spell(code)).kind == "linked"
    assert holders_of(book) == [newcomer.email]


def test_it_works_once(attempt: Try, newcomer: User, stranger: User, book: PaymentBook, code: str) -> None:
    before = book.activation_no
    assert attempt(newcomer, activation_code=code).kind == "linked"
    book.refresh_from_db()
    assert book.activation_no == before + 1
    assert attempt(stranger, activation_code=code).kind == "not_linked"
    assert attempt(stranger, activation_code=activation.code_of(book)).kind == "linked"


def test_a_wrong_one_opens_nothing(
    attempt: Try, newcomer: User, book: PaymentBook, code: str, company_a: ManagingCompany
) -> None:
    another = BookFactory(managing_company=company_a)
    for typed in ("", "0", code[:-1], code + "A", activation.code_of(another), code[::-1], "A" * 10_000):
        LinkAttempt.objects.all().delete()
        assert attempt(newcomer, activation_code=typed).kind == "not_linked"
    book.refresh_from_db()
    assert (holders_of(book), book.activation_no) == ([], 1)
    assert attempt(newcomer, activation_code=code).kind == "linked"


def test_a_name_uses_up_no_code(attempt: Try, birute: User, book: PaymentBook, code: str) -> None:
    assert attempt(birute).kind == "linked"
    book.refresh_from_db()
    assert activation.code_of(book) == code


# ── The company's policy ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("policy", "by_name", "by_code"),
    [("name", "linked", "linked"), ("code", "not_linked", "linked"), ("staff", "not_linked", "not_linked")],
)
def test_a_company_may_ask_for_more_than_a_name(
    policy: str,
    by_name: str,
    by_code: str,
    attempt: Try,
    birute: User,
    company_a: ManagingCompany,
    code: str,
) -> None:
    company_a.linking_policy = policy
    company_a.save()
    assert attempt(birute).kind == by_name
    Access.objects.all().delete()
    assert attempt(birute, activation_code=code).kind == by_code


# ── Which payment book a code means ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "typed",
    [
        "KN-0418 22-15",
        "kn04182215",
        "„KN–0418 22–15“",
        "KN\t0418\u00a022\u202f15",
        " KN-0418 22-15\n",
        "ＫＮ-0418 22-15",
        "senas-77",
    ],
)
def test_a_code_in_any_spelling_and_the_earlier_one(
    typed: str, attempt: Try, birute: User, book: PaymentBook
) -> None:
    PayerCodeAlias.objects.create(
        payment_book=book,
        managing_company=book.managing_company,
        payer_code="SENAS-77",
        payer_code_key="SENAS77",
    )
    assert attempt(birute, typed).book == book


@pytest.mark.parametrize("typed", ["", "„“", "KN-0418", "KN-0418 22-150", "x" * 10_000, "1" * 51, "\t\u00a0"])
def test_no_other_code_opens_it(typed: str, attempt: Try, birute: User, book: PaymentBook) -> None:
    assert attempt(birute, typed).kind == "not_linked"
    assert attempt(birute).kind == "linked"


def test_an_earlier_code_of_two_books_means_neither(
    attempt: Try, birute: User, book: PaymentBook, company_a: ManagingCompany
) -> None:
    for one in (book, BookFactory(managing_company=company_a, payer_name="Birutė Pavyzdienė")):
        PayerCodeAlias.objects.create(
            payment_book=one, managing_company=company_a, payer_code="SENAS-77", payer_code_key="SENAS77"
        )
    assert attempt(birute, "SENAS-77").kind == "not_linked"


def test_the_present_code_goes_before_an_earlier_one(
    attempt: Try, birute: User, book: PaymentBook, company_a: ManagingCompany
) -> None:
    other = BookFactory(managing_company=company_a)
    PayerCodeAlias.objects.create(
        payment_book=other, managing_company=company_a, payer_code=CODE, payer_code_key="KN04182215"
    )
    assert attempt(birute).book == book


def test_the_code_of_another_company_is_another_code(
    attempt: Try, birute: User, book: PaymentBook, company_b: ManagingCompany
) -> None:
    assert attempt(birute, company=company_b).kind == "not_linked"
    assert attempt(birute).kind == "linked"


@pytest.mark.parametrize(
    ("opened", "closed", "kind"),
    [
        (None, 0, "linked"),
        (None, -1, "not_linked"),
        (0, None, "linked"),
        (1, None, "not_linked"),
        (-30, 30, "linked"),
    ],
)
def test_only_an_open_book_is_linked(
    opened: int | None, closed: int | None, kind: str, attempt: Try, birute: User, book: PaymentBook
) -> None:
    today = timezone.localdate(AT)
    book.opened_on = None if opened is None else today + opened * DAY
    book.closed_on = None if closed is None else today + closed * DAY
    book.save()
    assert attempt(birute).kind == kind


# ── One's own already ───────────────────────────────────────────────────────────────────────────


def test_what_is_one_s_own_is_said_and_costs_nothing(
    attempt: Try, holder: User, book: PaymentBook, code: str
) -> None:
    for _more in range(7):
        outcome = attempt(holder, activation_code=code)
        assert (outcome.kind, outcome.book) == ("already_mine", book)
    book.refresh_from_db()
    assert (holders_of(book), LinkAttempt.objects.count(), book.activation_no) == ([holder.email], 0, 1)


def test_frozen_access_opens_by_nothing_that_is_typed(
    attempt: Try, holder: User, holder_access: Access, book: PaymentBook, code: str
) -> None:
    holder_access.frozen_at = AT - DAY
    holder_access.save()
    assert attempt(holder, activation_code=code).kind == "not_linked"
    assert not PaymentBook.objects.visible_to(holder, Capability.SEE_OBJECT, at=AT).exists()
    book.refresh_from_db()
    assert book.activation_no == 1


# ── Claims of a registration ────────────────────────────────────────────────────────────────────


def test_a_claim_waits_until_it_is_decided_and_is_decided_once(
    birute: User, book: PaymentBook, company_a: ManagingCompany
) -> None:
    claim = linking.store_claim(person=birute, company=company_a, payer_code=f" {CODE} ", at=AT)
    assert (claim.payer_code, claim.decided_at, claim.outcome) == (CODE, None, "")
    assert holders_of(book) == []
    linking.decide_claims(claimant=claimant_of(birute), network=HOME, at=AT + DAY)
    claim.refresh_from_db()
    assert (claim.decided_at, claim.outcome) == (AT + DAY, "linked")
    assert holders_of(book) == [birute.email]
    Access.objects.all().delete()
    linking.decide_claims(claimant=claimant_of(birute), network=HOME, at=AT + 2 * DAY)
    assert holders_of(book) == []


def test_a_claim_keeps_no_activation_code(
    newcomer: User, book: PaymentBook, company_a: ManagingCompany, code: str
) -> None:
    linking.store_claim(person=newcomer, company=company_a, payer_code=CODE, activation_code=code, at=AT)
    kept = str(Claim.objects.values().get())
    assert code not in kept
    linking.decide_claims(claimant=claimant_of(newcomer), network=HOME, at=AT)
    assert holders_of(book) == [newcomer.email]
    book.refresh_from_db()
    assert activation.code_of(book) != code


def test_storing_a_claim_looks_nothing_up(
    newcomer: User, book: PaymentBook, company_a: ManagingCompany
) -> None:
    def cost(code: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            linking.store_claim(person=newcomer, company=company_a, payer_code=code, at=AT)
        return len(asked)

    assert cost(CODE) == cost("NERA-1")
    assert not LinkAttempt.objects.exists()


def test_the_same_claim_again_is_the_same_claim(newcomer: User, company_a: ManagingCompany) -> None:
    linking.store_claim(person=newcomer, company=company_a, payer_code="KN 1", at=AT)
    linking.store_claim(person=newcomer, company=company_a, payer_code="kn-1", at=AT)
    assert Claim.objects.get().payer_code == "kn-1"


@pytest.mark.parametrize("typed", ["", " ", "„“", "x" * 10_000, "A" * 51, "-" * 101 + "1"])
def test_a_claim_has_the_shape_of_a_payer_code(
    typed: str, newcomer: User, company_a: ManagingCompany
) -> None:
    with pytest.raises(ValidationError) as refused:
        linking.store_claim(person=newcomer, company=company_a, payer_code=typed, at=AT)
    assert refused.value.code == "bad_payer_code"
    linking.store_claim(person=newcomer, company=company_a, payer_code="A" * 50, at=AT)


def test_a_claim_past_a_limit_is_answered_like_any_other(
    attempt: Try, birute: User, book: PaymentBook, company_a: ManagingCompany
) -> None:
    for number in range(5):
        attempt(birute, f"NERA-{number}")
    linking.store_claim(person=birute, company=company_a, payer_code=CODE, at=AT)
    linking.decide_claims(claimant=claimant_of(birute), network=HOME, at=AT)
    assert Claim.objects.get().outcome == "not_linked"
    assert holders_of(book) == []


def test_a_slot_is_never_part_of_another_transaction(
    attempt: Try, birute: User, transactional_db: None
) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError):
        attempt(birute)
    assert attempt(birute).kind == "linked"


def test_the_database_refuses_what_no_rule_makes(newcomer: User, company_a: ManagingCompany) -> None:
    good = {"person": newcomer, "managing_company": company_a, "payer_code": "1", "made_at": AT}
    refused: dict[str, dict[str, Any]] = {
        "claimed_code_has_letters_or_digits": {"payer_code_key": ""},
        "decided_claim_has_an_outcome": {"payer_code_key": "1", "decided_at": AT},
    }
    for name, bad in refused.items():
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            Claim.objects.create(**good, **bad)
    Claim.objects.create(**good, payer_code_key="1")
    with pytest.raises(IntegrityError, match="one_claim_per_person_company_and_code"), transaction.atomic():
        Claim.objects.create(**good, payer_code_key="1")


# ── On the pages ────────────────────────────────────────────────────────────────────────────────


def test_a_shape_is_asked_and_nothing_else_on_the_page(
    client_for: Callable[[User], Client], newcomer: User, company_a: ManagingCompany
) -> None:
    claim = linking.store_claim(person=newcomer, company=company_a, payer_code="NERA-1", at=timezone.now())
    client = client_for(newcomer)
    before = tables.state()
    for typed in ("", "   ", "x" * 10_000, "A\0B"):
        response = client.post(f"/claims/{claim.pk}", {"activation_code": typed})
        assert response.status_code == 200
        assert list(response.context["form"].errors) == ["activation_code"]
        assert not typed.strip() or typed not in response.content.decode()
    assert tables.state() == before
