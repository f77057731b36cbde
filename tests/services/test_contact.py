"""The contact form: also for those without an account, limited, without puzzles and without an oracle."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import User
from notifications import outbox
from notifications.models import Letter
from properties.models import ManagingCompany, PaymentBook
from services.models import Message, Request
from tests import tables
from tests.test_bad_input import fuzz

ClientFor = Callable[[User], Client]
SAID = "Jūsų klausimą gavome. Atsakysime el. paštu."


def ask(client: Client, asked: ManagingCompany, **fields: Any) -> Any:
    sent = {
        "company": asked.pk,
        "name": "Vilma Klausutytė",
        "email": "vilma@pastas.example",
        "phone": "",
        "text": "Kada veikia kasa?",
    }
    return client.post("/contact", sent | fields, follow=True)


def test_a_question_without_an_account_is_answered_by_letter(
    client_for: ClientFor, company_a: ManagingCompany, staff_a: User
) -> None:
    answer = ask(Client(), company_a, phone="8 600 00000")
    assert SAID in answer.content.decode()
    made = Request.objects.get()
    assert (made.kind, made.person, made.name, made.email, made.phone) == (
        "contact",
        None,
        "Vilma Klausutytė",
        "vilma@pastas.example",
        "+37060000000",
    )
    done = {"deed": "done", "message": "Kasa veikia 8–17 val."}
    assert client_for(staff_a).post(f"/admin/services/request/{made.pk}/change/", done).status_code == 302
    letter = Letter.objects.get(kind="request_step")
    assert letter.address == "vilma@pastas.example"
    outbox.send(letter_id=letter.pk, at=timezone.now())
    told = str(mail.outbox[-1].body)
    assert "Kasa veikia 8–17 val." in told
    assert "Atsakyta" in told
    # There is no page for who has no account: the way to answer is the company's email.
    assert "/services/" not in told
    assert company_a.email in told


def test_a_known_email_gets_the_same_answer(company_a: ManagingCompany, holder: User) -> None:
    known = ask(Client(), company_a, email=holder.email.upper())
    unknown = ask(Client(), company_a)
    assert (known.status_code, SAID in known.content.decode()) == (200, True)
    assert len(known.content) == len(unknown.content)
    # It is nobody's in the portal: whoever typed it proved nothing.
    assert not Request.objects.filter(person__isnull=False).exists()


def test_who_fills_in_the_hidden_field_is_thanked_and_not_kept(company_a: ManagingCompany) -> None:
    assert SAID in ask(Client(), company_a, website="https://pirk.example").content.decode()
    assert not Request.objects.exists()
    assert SAID in ask(Client(), company_a).content.decode()
    assert Request.objects.count() == 1


def test_messages_of_one_email_are_limited_and_what_was_typed_stays(company_a: ManagingCompany) -> None:
    for number in range(5):
        assert SAID in ask(Client(), company_a, text=f"Klausimas {number}").content.decode()
    answer = ask(Client(), company_a, text="Klausimas, kuris per daug.")
    assert SAID not in answer.content.decode()
    assert "per daug žinučių" in answer.content.decode()
    assert "Klausimas, kuris per daug." in answer.content.decode()
    assert Request.objects.count() == 5
    # Another person, from the same place.
    assert SAID in ask(Client(), company_a, email="kitas@pastas.example").content.decode()


def test_messages_of_one_network_are_limited(company_a: ManagingCompany) -> None:
    for number in range(10):
        ask(Client(), company_a, email=f"a{number}@pastas.example")
    assert "per daug" in ask(Client(), company_a, email="a10@pastas.example").content.decode()
    assert Request.objects.count() == 10
    from_elsewhere = Client(REMOTE_ADDR="203.0.113.7")
    assert SAID in ask(from_elsewhere, company_a, email="a10@pastas.example").content.decode()


@pytest.mark.parametrize(
    "fields",
    [{"company": ""}, {"name": " "}, {"email": "x"}, {"text": ""}, {"phone": "12"}, {"text": "a" * 2001}],
)
def test_what_is_missing_is_asked_for(fields: dict[str, str], company_a: ManagingCompany) -> None:
    before = tables.state()
    answer = ask(Client(), company_a, **fields)
    assert "errors" in answer.content.decode()
    assert answer.redirect_chain == []
    assert tables.state() == before


def test_who_is_signed_in_types_less_and_reads_the_answer_here(
    client_for: ClientFor, holder: User, book: PaymentBook, staff_a: User
) -> None:
    client = client_for(holder)
    page = client.get("/contact").content.decode()
    assert holder.email in page
    assert 'name="email"' not in page
    assert f'<option value="{book.managing_company_id}" selected>' in page
    answer = client.post("/contact", {"company": book.managing_company_id, "text": "Kada šildysite?"})
    made = Request.objects.get()
    assert answer.headers["Location"] == f"/services/requests/{made.pk}"
    assert (made.person, made.email, made.payment_book) == (holder, "", None)
    done = {"deed": "written", "message": "Nuo spalio."}
    client_for(staff_a).post(f"/admin/services/request/{made.pk}/change/", done)
    assert Message.objects.get().text == "Nuo spalio."
    assert "Nuo spalio." in client.get(f"/services/requests/{made.pk}").content.decode()


def test_forms_take_nonsense(client_for: ClientFor, holder: User, book: PaymentBook, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = False
    from tests.factories import RequestFactory

    request = RequestFactory(payment_book=book, person=holder)
    cases = ("NUL", "broken UTF-8", "huge", "day that is not")
    wrong = []
    for client, address in (
        (Client(raise_request_exception=False), "/contact"),
        (client_for(holder), "/contact"),
        (client_for(holder), "/services/fault"),
        (client_for(holder), f"/services/order/{request.item_id}"),
    ):
        client.raise_request_exception = False
        wrong += fuzz(client, address, {"text": "x"}, cases, of=2)
    assert wrong == []
