"""Letters of a topic are turned off by the person, or by whoever has a letter's link; others always come."""

import re
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from notifications import choices, letters, outbox
from notifications.models import Letter, Refusal

AT = datetime(2026, 11, 22, 10, 0, tzinfo=timezone.get_fixed_timezone(120))
OF_MAIL_PROGRAMS = "List-Unsubscribe=One-Click"


@pytest.fixture(autouse=True)
def kind() -> Iterator[letters.Kind]:
    """Declare a kind of letter of the invoices' topic, and one of no topic."""
    template = "emails/sharing/share_revoked"
    kind = letters.Kind(name="test_bill", template=template, topic="invoices")
    letters.register(kind)
    letters.register(letters.Kind(name="test_safety", template=template))
    yield kind
    del letters._kinds["test_bill"], letters._kinds["test_safety"]


def post(kind: str = "test_bill", to: str = "birute@pastas.example", language: str = "lt") -> None:
    outbox.post(kind=kind, to=to, event="1", language=language, at=AT)


def token(kind: str = "test_bill") -> str:
    """Return what stands in the link of a letter to somebody."""
    post(kind, to="a@pastas.example")
    return choices.token_of(letter=Letter.objects.get(kind=kind, address="a@pastas.example"))


def go() -> list[list[str]]:
    outbox.send_overdue(at=AT + timedelta(minutes=1))
    return [message.to for message in mail.outbox]


def link_in(message: mail.EmailMessage) -> str:
    found = re.search(r"http://savitarna\.test(/letters/off/\S+)", str(message.body))
    assert found
    return found[1]


def press(address: str, body: str) -> int:
    browser = Client(enforce_csrf_checks=True)
    return browser.post(address, body, content_type="application/x-www-form-urlencoded").status_code


@pytest.mark.django_db
class TestOwnPage:
    def test_a_topic_turned_off_does_not_come_and_safety_does(self, holder: User, client_for) -> None:
        post()
        client = client_for(holder)
        assert client.post("/letters", {"chosen": "1"}).status_code == 302
        assert "invoices" in choices.refused_by(address=holder.email)
        post("test_safety")
        assert go() == [[holder.email]]
        assert mail.outbox[0].extra_headers.keys() == {"Message-ID"}

    def test_it_is_ticked_as_chosen_and_can_be_turned_on_again(self, holder: User, client_for) -> None:
        client = client_for(holder)
        choices.refuse(address=holder.email, topic="invoices", at=AT)
        assert 'name="invoices" checked' not in self.fields(client)
        every = {"chosen": "1"} | {topic.name: "on" for topic in letters.topics()}
        client.post("/letters", every)
        assert choices.refused_by(address=holder.email) == frozenset()
        post()
        assert go() == [[holder.email]]

    def fields(self, client: Client) -> str:
        page = client.get("/letters").content.decode()
        ticks = re.findall(r'<input type="checkbox" name="(\w+)"[^>]*?( checked)?>', page)
        return " ".join(f'name="{name}"{checked}' for name, checked in ticks)

    def test_a_choice_is_of_one_address_alone(self, holder: User, co_holder: User, client_for) -> None:
        client_for(holder).post("/letters", {"chosen": "1"})
        post(to=co_holder.email)
        assert go() == [[co_holder.email]]


@pytest.mark.django_db
class TestLink:
    def test_the_mail_program_turns_it_off_without_a_cookie(self) -> None:
        post()
        go()
        [message] = mail.outbox
        address = link_in(message)
        assert message.extra_headers["List-Unsubscribe"] == f"<http://savitarna.test{address}>"
        assert message.extra_headers["List-Unsubscribe-Post"] == OF_MAIL_PROGRAMS
        assert isinstance(message, mail.EmailMultiAlternatives)
        assert address in str(message.alternatives[0][0])
        assert press(address, OF_MAIL_PROGRAMS) == 200
        post(language="en")
        outbox.post(kind="test_bill", to="Birute@Pastas.example", event="2", language="lt", at=AT)
        assert len(go()) == 1

    def test_an_empty_form_changes_nothing(self, holder: User, client_for) -> None:
        address = f"/letters/off/{token()}"
        assert press(address, "") == 200
        assert client_for(holder).post("/letters", {}).status_code == 200
        assert not Refusal.objects.exists()

    def test_looking_changes_nothing_and_it_is_turned_on_again(self, client: Client) -> None:
        address = f"/letters/off/{token()}"
        assert client.get(address).status_code == 200
        assert not Refusal.objects.exists()
        assert press(address, OF_MAIL_PROGRAMS) == 200
        assert press(address, OF_MAIL_PROGRAMS) == 200
        assert [(row.address, row.topic) for row in Refusal.objects.all()] == [
            ("a@pastas.example", "invoices")
        ]
        assert press(address, "again=1") == 200
        assert not Refusal.objects.exists()

    def test_it_says_nothing_of_the_address_and_signs_nobody_in(self, client: Client) -> None:
        page = client.get(f"/letters/off/{token()}")
        assert "a@pastas" not in page.content.decode()
        assert "sessionid" not in page.cookies

    def test_a_forged_one_is_not_there(self, client: Client) -> None:
        payload, _sign = token().rsplit(".", 1)
        of_no_topic = token("test_safety")
        of_no_letter = choices._signer().sign(uuid.uuid4().hex)
        for wrong in (payload, f"{payload}.x", f"x{token()}", "x", of_no_topic, of_no_letter):
            assert press(f"/letters/off/{wrong}", OF_MAIL_PROGRAMS) == 404
        assert not Refusal.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "rule"),
    [
        ("a@pastas.example", "topic_is_refused_once_per_address"),
        ("B@pastas.example", "refusal_is_of_a_canonical_address"),
    ],
)
def test_the_database_refuses(address: str, rule: str) -> None:
    choices.refuse(address="a@pastas.example", topic="invoices", at=AT)
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        Refusal.objects.create(address=address, topic="invoices", refused_at=AT)


def test_a_kind_of_an_unknown_topic_is_a_fault_of_ours() -> None:
    with pytest.raises(KeyError):
        letters.register(letters.Kind(name="test_stray", template="x", topic="no_such_topic"))
