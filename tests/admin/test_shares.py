"""Shares in the administration: staff end one with a reason, and both people are told."""

from collections.abc import Callable

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import User
from notifications import outbox
from notifications.models import Letter
from properties.capabilities import Capability
from properties.models import Access, PaymentBook
from sharing.models import Offer
from tests.factories import OfferFactory

ClientFor = Callable[[User], Client]
LIST = "/admin/sharing/offer/"


def address(offer: Offer) -> str:
    return f"{LIST}{offer.pk}/change/"


def sees(person: User, book: PaymentBook) -> bool:
    books = PaymentBook.objects.visible_to(person, Capability.SEE_OBJECT, at=timezone.now())
    return books.filter(pk=book.pk).exists()


@pytest.fixture
def share(guest: User) -> Offer:
    found: Offer = guest.accesses.get().offer
    return found


def test_staff_end_a_share_with_a_reason(
    client_for: ClientFor, staff_a: User, share: Offer, guest: User, holder: User, book: PaymentBook
) -> None:
    client = client_for(staff_a)
    assert sees(guest, book)
    answer = client.post(address(share), {"reason": "  "})
    assert answer.status_code == 200
    assert "Parašykite priežastį: ją laišku gaus abu žmonės." in answer.content.decode()
    assert sees(guest, book)

    assert client.post(address(share), {"reason": "Butas parduotas."}).status_code == 302
    assert not sees(guest, book)
    share.refresh_from_db()
    assert (share.revoked_by, share.reason) == (staff_a, "Butas parduotas.")
    for letter in Letter.objects.filter(kind="share_revoked"):
        outbox.send(letter_id=letter.pk, at=timezone.now())
    assert {letter.to[0] for letter in mail.outbox} == {holder.email, guest.email}
    assert all("Priežastis: Butas parduotas." in str(letter.body) for letter in mail.outbox)

    # What has ended stays as it was.
    assert client.post(address(share), {"reason": "Kita"}).status_code == 403
    share.refresh_from_db()
    assert share.reason == "Butas parduotas."


def test_an_offer_that_waits_ends_too(client_for: ClientFor, staff_a: User, holder_access: Access) -> None:
    offer = OfferFactory(granted_by=holder_access, email="kviesta@pastas.example")
    client_for(staff_a).post(address(offer), {"reason": "Klaida."})
    offer.refresh_from_db()
    assert (offer.answer, offer.reason) == (Offer.Answer.WITHDRAWN, "Klaida.")


def test_a_guest_is_not_ended_without_a_reason(
    client_for: ClientFor, staff_a: User, share: Offer, guest: User, holder: User, book: PaymentBook
) -> None:
    assert share.access is not None
    rows = [share.access.pk, share.granted_by_id]
    action = {"action": "end", "_selected_action": rows[:1], "index": "0"}
    answer = client_for(staff_a).post("/admin/properties/access/", action, follow=True)
    assert "Svečio prieiga baigiama skiltyje „Dalinimaisi“." in answer.content.decode()
    assert sees(guest, book)
    client_for(staff_a).post("/admin/properties/access/", action | {"_selected_action": rows})
    assert not sees(guest, book)
    assert not sees(holder, book)


def test_lists_are_found_and_filtered(
    client_for: ClientFor, staff_a: User, share: Offer, holder_access: Access
) -> None:
    waiting = OfferFactory(granted_by=holder_access, email="kviesta@pastas.example")
    client = client_for(staff_a)

    def shown(query: str) -> set[int]:
        return {offer.pk for offer in client.get(f"{LIST}?{query}").context["cl"].result_list}

    assert shown("") == shown("state=in_force") == shown("q=KN0418") == {share.pk, waiting.pk}
    assert shown("state=waiting") == shown("q=kviesta@pastas.example") == {waiting.pk}
    assert shown("q=nieko") == set()
    Access.objects.filter(pk=holder_access.pk).update(ends_at=timezone.now())
    assert shown("state=in_force") == set()
    assert "Baigėsi su savininku" in client.get(LIST).content.decode()
