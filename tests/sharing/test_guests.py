"""The guest's side, through the pages: the letter's link, registering from it, the answer on home."""

import html
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.registration import is_known
from notifications import outbox
from notifications.models import Letter
from properties.capabilities import Capability
from properties.models import Access, Claim, PaymentBook
from sharing import grants
from sharing.models import Offer
from tests import tables
from tests.factories import PASSWORD

ClientFor = Callable[[User], Client]
EMAIL = "dukra@pastas.example"
DEAD = "Šis kvietimas nebegalioja. Galite registruotis ir be jo."
TYPED = {
    "kind": "natural_person",
    "first_name": "Ieva",
    "last_name": "Dukrelė",
    "phone": "8 612 34567",
    "password1": "Beržynas-815",
    "consent": "on",
}


def offered(book: PaymentBook, holder: User, email: str = EMAIL, **changes: object) -> Offer:
    values = {"scope": Access.Scope.ALL, "until_on": None, "at": timezone.now(), **changes}
    return grants.offer(book=book, email=email, by=holder, **values)  # type: ignore[arg-type]


def link(offer: Offer) -> str:
    return f"/invitation/{offer.token}"


def text_of(client: Client, address: str = "/") -> str:
    main = re.search(r"<main.*</main>", client.get(address).content.decode(), re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main[0] if main else "")).split())


def may(person: User, book: PaymentBook) -> set[Capability]:
    books, now = PaymentBook.objects.filter(pk=book.pk), timezone.now()
    return {one for one in Capability if books.visible_to(person, one, at=now).exists()}


def test_the_letter_leads_to_registration_and_the_offer(
    client: Client, client_for: ClientFor, holder: User, book: PaymentBook
) -> None:
    offer = offered(book, holder, until_on=timezone.localdate() + timedelta(days=400))
    body = client.get(link(offer)).content.decode()
    assert re.search(rf'<input type="email" name="email" value="{EMAIL}"[^>]* readonly', body)
    assert "Mokėtojo kodas" not in body
    assert "Turiu kvietimą" not in body

    answer = client.post(
        link(offer), TYPED | {"email": "kitas@pastas.example", "payer_code": book.payer_code}
    )
    assert answer["Location"] == "/confirm-email"
    assert mail.outbox[-1].to == [EMAIL]
    assert not User.objects.filter(email="kitas@pastas.example").exists()
    assert not Claim.objects.exists()
    code = next(
        line for line in str(mail.outbox[-1].body).splitlines() if re.fullmatch("[A-Z]{4}-[A-Z]{4}", line)
    )
    answer = client.post("/confirm-email", {"code": code, "action": "verify"})
    assert answer["Location"] == "/login"

    daughter = User.objects.get(email=EMAIL)
    assert may(daughter, book) == set()
    shown = text_of(client_for(daughter))
    assert "Beržyno g. 8-15, Klaipėda Dalinasi: Birutė Pavyzdienė" in shown
    assert (
        "Galite matyti sąskaitas ir mokėti, deklaruoti skaitiklius, užsakyti paslaugas. Galioja iki" in shown
    )
    assert "Priimti Atmesti" in shown


def test_accepting_opens_the_object_and_tells_the_holder(
    client_for: ClientFor, holder: User, newcomer: User, book: PaymentBook
) -> None:
    offer = offered(book, holder, newcomer.email, scope=Access.Scope.INVOICES)
    client = client_for(newcomer)
    assert "Galite tik matyti sąskaitas ir mokėti." in text_of(client)
    assert client.post(f"/offers/{offer.pk}/accept")["Location"] == "/"
    shown = text_of(client)
    assert "Kvietimas priimtas. Objektas jau Jūsų sąraše." in shown
    assert "Beržyno g. 8-15" in shown
    assert "Priimti" not in shown
    assert may(newcomer, book) == {Capability.SEE_OBJECT, Capability.SEE_INVOICES, Capability.PAY}
    assert client.post(f"/offers/{offer.pk}/accept").status_code == 404


def test_declining_opens_nothing(
    client_for: ClientFor, holder: User, newcomer: User, book: PaymentBook
) -> None:
    offer = offered(book, holder, newcomer.email)
    client = client_for(newcomer)
    client.post(f"/offers/{offer.pk}/decline")
    offer.refresh_from_db()
    assert offer.answer == Offer.Answer.DECLINED
    assert may(newcomer, book) == set()
    assert client.post(f"/offers/{offer.pk}/accept").status_code == 404


@pytest.mark.parametrize("answer", ["accept", "decline"])
def test_nobody_answers_an_offer_to_another(
    client_for: ClientFor, holder: User, stranger: User, newcomer: User, book: PaymentBook, answer: str
) -> None:
    offer = offered(book, holder, newcomer.email)
    for person in (stranger, holder):
        client = client_for(person)
        before = tables.state()
        assert client.post(f"/offers/{offer.pk}/{answer}").status_code == 404
        assert tables.state() == before
        assert newcomer.email not in text_of(client_for(stranger))
    assert client_for(newcomer).post(f"/offers/{offer.pk}/{answer}").status_code == 302


def test_an_email_that_is_not_confirmed_sees_no_offer(
    client_for: ClientFor, holder: User, newcomer: User, book: PaymentBook
) -> None:
    EmailAddress.objects.filter(user=newcomer).update(verified=False)
    offer = offered(book, holder, newcomer.email)
    client = client_for(newcomer)
    assert "Priimti" not in text_of(client)
    assert client.post(f"/offers/{offer.pk}/accept").status_code == 404


def test_a_dead_invitation_of_any_sort_shows_the_plain_form(
    client: Client, client_for: ClientFor, holder: User, book: PaymentBook, newcomer: User
) -> None:
    dead = [offered(book, holder, f"{name}@pastas.example") for name in ("a", "b", "c")]
    Offer.objects.filter(pk=dead[0].pk).update(answer="withdrawn", answered_at=timezone.now())
    Offer.objects.filter(pk=dead[1].pk).update(until_on=timezone.localdate() - timedelta(days=1))
    Offer.objects.filter(pk=dead[2].pk).update(
        offered_at=timezone.now() - timedelta(days=31), expires_at=timezone.now() - timedelta(days=1)
    )
    tokens = [*(offer.token for offer in dead), "x" * 43]
    # Beside the language stands the page's own address.
    pages = {client.get(f"/invitation/{token}").content.decode().replace(token, "") for token in tokens}
    pages = {re.sub(r'(csrfmiddlewaretoken" value=")[^"]+', r"\1", page) for page in pages}
    assert len(pages) == 1
    (page,) = pages
    assert DEAD in html.unescape(page)
    assert "Mokėtojo kodas" in page
    assert "readonly" not in page
    assert "@pastas.example" not in page


def test_who_has_an_account_is_led_to_sign_in(
    client: Client, holder: User, newcomer: User, book: PaymentBook
) -> None:
    offer = offered(book, holder, newcomer.email)
    answer = client.get(link(offer))
    assert answer["Location"] == "/login"
    assert "Prisijunkite – kvietimas laukia pagrindiniame lange." in client.get("/login").content.decode()
    client.post("/login", {"login": newcomer.email, "password": PASSWORD})
    assert "Priimti" in text_of(client)


def test_who_is_signed_in_is_led_home(
    client_for: ClientFor, holder: User, newcomer: User, stranger: User, book: PaymentBook
) -> None:
    offer = offered(book, holder, newcomer.email)
    mine, another = client_for(newcomer), client_for(stranger)
    assert mine.get(link(offer))["Location"] == another.get(link(offer))["Location"] == "/"
    assert "Priimti" in text_of(mine)
    assert "Kvietimas išsiųstas kitu el. paštu." in text_of(another)


def test_an_unconfirmed_account_is_not_known(db: None, newcomer: User) -> None:
    assert is_known(email=newcomer.email)
    assert not is_known(email="niekas@pastas.example")
    EmailAddress.objects.filter(user=newcomer).update(verified=False)
    newcomer.consents.create(policy_version="1", given_at=timezone.now())
    assert not is_known(email=newcomer.email)


@pytest.mark.parametrize("name", ["Laimėjote http://blogas.example", "Eikite į blogas.example", "a@b"])
def test_a_name_that_could_be_a_link_stays_out_of_the_letter(
    holder: User, book: PaymentBook, name: str
) -> None:
    holder.first_name, holder.last_name = name, ""
    holder.save()
    offered(book, holder)
    outbox.send(letter_id=Letter.objects.get(kind="offer").pk, at=timezone.now())
    letter = mail.outbox[-1]
    assert "Gyventojas" in letter.subject
    assert name not in letter.subject + str(letter.body) + letter.alternatives[0].content  # type: ignore[attr-defined]
