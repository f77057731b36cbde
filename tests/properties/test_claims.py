"""A claim that opened nothing, on home: the neutral answer, the activation code and the request to staff."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from accounts.models import User
from properties import activation, linking
from properties.linking import neutral_answer
from properties.models import Access, Claim, LinkAttempt, LinkRequest, ManagingCompany, PaymentBook
from tests import tables
from tests.factories import BookFactory
from tests.properties.conftest import CODE, claimant_of, failed_claim, hold, holders_of, masked

ClientFor = Callable[[User], Client]


@pytest.fixture
def claim(book: PaymentBook, newcomer: User) -> Claim:
    return failed_claim(newcomer, book.managing_company, CODE, timezone.now())


@pytest.fixture
def client(client_for: ClientFor, newcomer: User) -> Client:
    return client_for(newcomer)


def answer() -> str:
    with translation.override("lt"):
        return neutral_answer()


def waits(client: Client) -> bool:
    return answer() in client.get("/").content.decode()


def test_the_words_of_the_contract(client: Client, claim: Claim) -> None:
    body = client.get("/").content.decode()
    for words in (
        "Objekto pagal šiuos duomenis pridėti nepavyko. Patikrinkite prižiūrinčią įmonę ir mokėtojo kodą, "
        "įveskite aktyvavimo kodą arba siųskite prašymą administratoriui.",
        "Aktyvavimo kodas",
        "Patvirtinti kodą",
        "Siųsti prašymą administratoriui",
    ):
        assert words in body, words
    outcome = linking.Outcome(Claim.Outcome.ALREADY_MINE)
    with translation.override("lt"):
        assert linking.said(outcome) == "Šis objektas jau Jūsų sąraše."


def test_home_says_what_was_typed_and_nothing_of_the_object(client: Client, claim: Claim) -> None:
    body = client.get("/").content.decode()
    assert CODE in body
    assert "UAB „Pajūrio namai“" in body
    assert "Beržyno" not in body
    assert "Pavyzdienė" not in body


def test_the_right_code_shows_the_object_at_once(
    client: Client, claim: Claim, book: PaymentBook, newcomer: User
) -> None:
    response = client.post(
        f"/claims/{claim.pk}", {"activation_code": activation.printed(activation.code_of(book)).lower()}
    )
    assert (response.status_code, response["Location"]) == (302, "/")
    home = client.get("/")
    assert [message.level_tag for message in home.context["messages"]] == ["success"]
    assert "Beržyno g. 8-15" in home.content.decode()
    assert not waits(client)
    claim.refresh_from_db()
    assert claim.outcome == "linked"
    assert holders_of(book) == [newcomer.email]


def test_a_wrong_code_gets_the_neutral_answer_and_does_not_come_back(
    client: Client, claim: Claim, book: PaymentBook
) -> None:
    response = client.post(f"/claims/{claim.pk}", {"activation_code": "ACDEF-GHJKM"})
    assert response.status_code == 200
    assert response.context["form"].errors == {"activation_code": [answer()]}
    assert "ACDEF-GHJKM" not in response.content.decode()
    assert holders_of(book) == []
    assert waits(client)


def test_every_failure_is_the_same_to_the_last_letter(
    client_for: ClientFor, book: PaymentBook, newcomer: User, company_a: ManagingCompany
) -> None:
    """The same typed input: no such code, held by another, right name, policy, limit reached, names off."""
    claim = failed_claim(newcomer, company_a, CODE, timezone.now())
    browser = client_for(newcomer)

    def asked() -> tuple[int, dict[str, str], str]:
        response = browser.post(f"/claims/{claim.pk}", {"activation_code": "ACDEF-GHJKM"})
        return response.status_code, dict(response.headers), masked(response)

    plain = asked()
    hold(User.objects.create_user("kitas@pastas.example"), book)
    assert asked() == plain
    ManagingCompany.objects.update(linking_policy="staff")
    assert asked() == plain
    PaymentBook.objects.update(closed_on=timezone.localdate() - timedelta(days=1))
    assert asked() == plain
    PaymentBook.objects.update(payer_code="KITAS-1", payer_code_key="KITAS1")
    assert asked() == plain
    assert LinkAttempt.objects.count() == 5
    assert asked() == plain
    assert LinkAttempt.objects.count() == 5
    right = BookFactory(managing_company=company_a, payer_code=CODE, payer_name="Nauja Naujokė")
    assert asked() == plain
    LinkAttempt.objects.all().delete()
    ManagingCompany.objects.update(linking_policy="name")
    assert asked() != plain
    assert holders_of(right) == [newcomer.email]


def test_home_after_a_failed_registration_is_the_same_for_a_real_code_and_for_none(
    client_for: ClientFor, book: PaymentBook, company_a: ManagingCompany, newcomer: User, birute: User
) -> None:
    hold(birute, book)
    claim = failed_claim(newcomer, company_a, CODE, timezone.now())
    browser = client_for(newcomer)
    real = browser.get("/")
    PaymentBook.objects.update(payer_code="KITAS-1", payer_code_key="KITAS1")
    Claim.objects.filter(pk=claim.pk).update(decided_at=None, outcome="")
    linking.decide_claims(claimant=claimant_of(newcomer), network="192.0.2.9", at=timezone.now())
    nothing = browser.get("/")
    assert (real.status_code, dict(real.headers), masked(real)) == (
        nothing.status_code,
        dict(nothing.headers),
        masked(nothing),
    )


def test_what_is_held_already_is_said(client_for: ClientFor, holder: User, book: PaymentBook) -> None:
    """An earlier code of one's own book: the claim waits, the book is in the list."""
    book.aliases.create(
        managing_company=book.managing_company, payer_code="SENAS-77", payer_code_key="SENAS77"
    )
    claim = linking.store_claim(
        person=holder, company=book.managing_company, payer_code="SENAS-77", at=timezone.now()
    )
    browser = client_for(holder)
    response = browser.post(f"/claims/{claim.pk}", {"activation_code": "ACDEF-GHJKM"}, follow=True)
    with translation.override("lt"):
        said = linking.said(linking.Outcome(Claim.Outcome.ALREADY_MINE))
    assert [str(message) for message in response.context["messages"]] == [said]
    assert not waits(browser)


def test_a_claim_is_its_person_s_alone(
    client: Client, claim: Claim, client_for: ClientFor, stranger: User, staff_a: User
) -> None:
    assert client.get(f"/claims/{claim.pk}").status_code == 200
    others = [client_for(person) for person in (stranger, staff_a)]
    before = tables.state()
    for other in others:
        nothing = without_addresses(other.get(f"/claims/{'9' * 21}"))
        for response in (
            other.get(f"/claims/{claim.pk}"),
            other.post(f"/claims/{claim.pk}", {"activation_code": "ACDEF-GHJKM"}),
            other.post(f"/claims/{claim.pk}/request"),
        ):
            assert response.status_code == 404
            assert CODE not in response.content.decode()
            assert without_addresses(response) == nothing
    assert tables.state() == before


def without_addresses(response: Any) -> str:
    """The language switch leads back to the page's own address."""
    return re.sub(r'"/claims/[^"]*"', '""', masked(response))


def test_a_request_goes_to_the_staff_once(client: Client, claim: Claim, book: PaymentBook) -> None:
    assert client.get(f"/claims/{claim.pk}/request").status_code == 405
    button = "Siųsti prašymą administratoriui"
    assert f"/claims/{claim.pk}/request" in client.get("/").content.decode()
    for _press in range(2):
        response = client.post(f"/claims/{claim.pk}/request", follow=True)
        assert [message.level_tag for message in response.context["messages"]] == ["success"]
        assert f"/claims/{claim.pk}/request" not in response.content.decode()
        assert button not in response.content.decode()
    request = LinkRequest.objects.get()
    assert (request.person, request.payment_book, request.origin) == (claim.person, book, "person")
    assert (request.payer_code, request.decided_at) == (CODE, None)
    # The activation code still works meanwhile, and settles the request.
    client.post(f"/claims/{claim.pk}", {"activation_code": activation.code_of(book)})
    request.refresh_from_db()
    assert request.decision == "settled"


def test_a_request_about_nothing_looks_the_same(
    client: Client, newcomer: User, claim: Claim, company_a: ManagingCompany
) -> None:
    nothing = failed_claim(newcomer, company_a, "NERA-1", timezone.now())
    answers = [client.post(f"/claims/{one.pk}/request") for one in (claim, nothing)]
    assert [(one.status_code, one["Location"]) for one in answers] == [(302, "/")] * 2
    assert LinkRequest.objects.get(payer_code="NERA-1").payment_book is None


def test_a_claim_leaves_home_when_the_object_is_there_or_after_a_month(
    client: Client, claim: Claim, book: PaymentBook, newcomer: User
) -> None:
    assert waits(client)
    access = hold(newcomer, book)
    assert not waits(client)
    access.delete()
    Claim.objects.update(made_at=timezone.now() - timedelta(days=29, hours=23))
    assert waits(client)
    Claim.objects.update(made_at=timezone.now() - timedelta(days=30))
    assert not waits(client)


def test_an_undecided_claim_waits_too(client: Client, claim: Claim) -> None:
    Claim.objects.update(decided_at=None, outcome="")
    assert waits(client)


def test_the_card_costs_one_query_however_many_claims(
    client_for: ClientFor, holder: User, company_a: ManagingCompany, company_b: ManagingCompany
) -> None:
    browser = client_for(holder)

    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert browser.get("/").status_code == 200
        return len(asked)

    none = cost()
    for number in range(3):
        failed_claim(holder, company_b, f"NERA-{number}", timezone.now())
    # What waits is asked for only where something does, and then in one query for all.
    assert cost() == none + 1
    assert Access.objects.count() == 1


@pytest.mark.parametrize("typed", ["", " ", "x" * 101])
def test_a_bad_shape_takes_no_slot(typed: str, client: Client, claim: Claim) -> None:
    response: Any = client.post(f"/claims/{claim.pk}", {"activation_code": typed})
    assert response.status_code == 200
    assert not LinkAttempt.objects.exists()
    client.post(f"/claims/{claim.pk}", {"activation_code": "x" * 100})
    assert LinkAttempt.objects.get().network == "127.0.0.1"


def test_a_mistyped_code_is_taken_off_home_by_its_person_alone(
    client: Client, client_for: ClientFor, holder: User, claim: Claim
) -> None:
    client.post(f"/claims/{claim.pk}/request")
    assert client_for(holder).post(f"/claims/{claim.pk}/dismiss").status_code == 404
    assert waits(client)
    assert client.post(f"/claims/{claim.pk}/dismiss").status_code == 302
    assert not waits(client)
    assert LinkRequest.objects.waiting().count() == 1
    assert client.post(f"/claims/{claim.pk}/dismiss").status_code == 404
