"""Who is told when somebody links an object, and what „Tai ne aš“ does."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from notifications import outbox
from notifications.models import Letter
from properties import access, activation, linking, notices
from properties.capabilities import Capability
from properties.models import Access, AccessNotice, LinkRequest, PaymentBook
from tests import tables
from tests.factories import AccessFactory, UserFactory
from tests.properties.conftest import HOME, claimant_of, holders_of, html_of, masked

NOW_ON_FILE = "faile@pastas.example"


@pytest.fixture
def intruder(newcomer: User) -> User:
    return newcomer


@pytest.fixture
def told(book: PaymentBook, holder: User, intruder: User) -> Callable[..., AccessNotice]:
    """Let the intruder in by a stolen activation code, and return the notice of one who was told."""

    def link(to: str = "birute@pastas.example", on_file: str = "") -> AccessNotice:
        PaymentBook.objects.filter(pk=book.pk).update(payer_email=on_file)
        book.refresh_from_db()
        outcome = linking.link(
            claimant=claimant_of(intruder),
            company=book.managing_company,
            payer_code=book.payer_code,
            activation_code=activation.code_of(book),
            network=HOME,
            at=timezone.now(),
        )
        assert outcome.kind == "linked"
        return AccessNotice.objects.get(token=Letter.objects.get(address=to).context["token"])

    return link


def address_of(notice: AccessNotice) -> str:
    return f"/not-me/{notice.token}"


def is_open_to(person: User, book: PaymentBook) -> bool:
    return (
        PaymentBook.objects.visible_to(person, Capability.SEE_OBJECT, at=timezone.now())
        .filter(pk=book.pk)
        .exists()
    )


def test_holders_and_the_email_on_file_are_told_and_nobody_else(
    told: Any, book: PaymentBook, holder: User, co_holder: User, guest: User, stranger: User
) -> None:
    AccessFactory(payment_book=book, ends_at=timezone.now() - timedelta(days=1))
    AccessFactory(payment_book=book, frozen_at=timezone.now() - timedelta(days=1))
    told(on_file=NOW_ON_FILE)
    assert sorted(Letter.objects.values_list("address", flat=True)) == sorted(
        [holder.email, co_holder.email, NOW_ON_FILE]
    )
    assert set(Letter.objects.values_list("kind", flat=True)) == {"object_linked"}


def test_the_first_holder_by_name_on_file_is_told_nothing(book: PaymentBook, birute: User) -> None:
    book.payer_email = birute.email
    book.save()
    linking.link(
        claimant=claimant_of(birute),
        company=book.managing_company,
        payer_code=book.payer_code,
        network=HOME,
        at=timezone.now(),
    )
    assert holders_of(book) == [birute.email]
    assert not Letter.objects.exists()


def test_a_holder_whose_email_is_on_file_gets_one_letter_with_the_stronger_right(
    told: Any, holder: User
) -> None:
    notice = told(on_file=holder.email)
    assert Letter.objects.count() == 1
    assert (notice.holder, notice.email) == (None, holder.email)


@pytest.mark.parametrize("language", ["lt", "en"])
def test_the_letter_says_which_object_and_leads_to_the_page(
    language: str, told: Any, holder: User, intruder: User, client: Client
) -> None:
    User.objects.update(language=language, last_name="https://evil.example")
    notice = told()
    letter = Letter.objects.get()
    assert letter.language == language
    assert outbox.send(letter_id=letter.pk, at=timezone.now())
    (sent,) = mail.outbox
    page = html_of(sent)
    for text in (sent.body, page):
        assert "Beržyno g. 8-15, Klaipėda" in text
        assert f"http://savitarna.test{address_of(notice)}" in text
        # What the new person typed about themself stands in no letter.
        assert "evil" not in text
    assert "Beržyno g. 8-15, Klaipėda" in sent.subject
    assert client.get(address_of(notice)).status_code == 200


def test_looking_changes_nothing_and_the_button_freezes(
    told: Any, holder: User, intruder: User, book: PaymentBook, client: Client
) -> None:
    notice = told()
    assert is_open_to(intruder, book)
    before = tables.state()
    shown = client.get(address_of(notice))
    assert "Beržyno g. 8-15, Klaipėda" in shown.content.decode()
    assert "Nauja Naujokė" in shown.content.decode()
    assert client.head(address_of(notice)).status_code == 200
    assert tables.state() == before
    response = client.post(address_of(notice), follow=True)
    assert [message.level_tag for message in response.context["messages"]] == ["success"]
    row = Access.objects.get(person=intruder)
    assert row.frozen_at is not None
    assert row.ends_at is None
    assert not is_open_to(intruder, book)
    assert is_open_to(holder, book)
    request = LinkRequest.objects.get()
    assert (request.person, request.payment_book, request.origin) == (intruder, book, "not_me")
    assert (request.payer_code, request.managing_company) == (book.payer_code, book.managing_company)


def test_it_works_once(told: Any, intruder: User, book: PaymentBook, client: Client) -> None:
    notice = told()
    assert client.post(address_of(notice)).status_code == 302
    access.unfreeze(accesses=Access.objects.filter(person=intruder))
    before = tables.state()
    for response in (client.get(address_of(notice)), client.post(address_of(notice))):
        assert response.status_code == 404
        assert "Beržyno" not in response.content.decode()
    assert tables.state() == before
    assert is_open_to(intruder, book)


@pytest.mark.parametrize("days", [14, 13])
def test_it_works_for_fourteen_days(days: int, told: Any, client: Client) -> None:
    notice = told()
    AccessNotice.objects.update(
        created_at=timezone.now() - timedelta(days=days), expires_at=notice.expires_at - timedelta(days=days)
    )
    assert notice.expires_at - notice.created_at == timedelta(days=14)
    expected = 404 if days == 14 else 200
    assert client.get(address_of(notice)).status_code == expected
    assert client.post(address_of(notice)).status_code == (404 if days == 14 else 302)


def test_used_unknown_and_expired_look_the_same(told: Any, client: Client) -> None:
    notice = told()
    unknown = client.get(f"/not-me/{'A' * 43}")
    client.post(address_of(notice))
    # The message of the press before is shown once.
    client.get("/login")
    used = client.get(address_of(notice))
    assert unknown.status_code == used.status_code == 404
    assert masked(used).replace(notice.token, "A" * 43) == masked(unknown)


def test_a_holder_who_is_out_or_later_may_not_object(
    told: Any, holder: User, holder_access: Access, client: Client
) -> None:
    notice = told()
    now = timezone.now()
    for changed in (
        {"ends_at": now},
        {"frozen_at": now},
        {"starts_at": notice.access.starts_at + timedelta(seconds=1)},
        {"starts_at": notice.access.starts_at},
    ):
        Access.objects.filter(pk=holder_access.pk).update(**changed)
        before = tables.state()
        assert client.post(address_of(notice)).status_code == 404, changed
        assert tables.state() == before
        Access.objects.filter(pk=holder_access.pk).update(
            ends_at=None, frozen_at=None, starts_at=holder_access.starts_at
        )
    assert client.post(address_of(notice)).status_code == 302


def test_the_email_on_file_may_object_to_any_while_it_is_on_file(
    told: Any, intruder: User, book: PaymentBook, client: Client
) -> None:
    notice = told(to=NOW_ON_FILE, on_file=NOW_ON_FILE)
    PaymentBook.objects.update(payer_email="kita@pastas.example")
    assert client.post(address_of(notice)).status_code == 404
    PaymentBook.objects.update(payer_email="Faile@Pastas.example")
    assert client.post(address_of(notice)).status_code == 302
    assert not is_open_to(intruder, book)


def test_the_intruder_cannot_answer_with_the_same_weapon(
    told: Any, holder: User, intruder: User, client: Client
) -> None:
    told()
    assert not AccessNotice.objects.filter(holder__person=intruder).exists()
    assert not Letter.objects.filter(address=intruder.email).exists()


def test_guests_of_a_frozen_holder_are_out_too(
    told: Any, intruder: User, book: PaymentBook, client: Client
) -> None:
    notice = told()
    friend = AccessFactory(
        payment_book=book, granted_by=Access.objects.get(person=intruder), person=UserFactory()
    ).person
    assert is_open_to(friend, book)
    client.post(address_of(notice))
    assert not is_open_to(friend, book)


def test_a_request_that_waits_is_not_doubled(
    told: Any, intruder: User, co_holder: User, book: PaymentBook, client: Client
) -> None:
    notice = told()
    other = AccessNotice.objects.exclude(pk=notice.pk).get()
    assert client.post(address_of(notice)).status_code == 302
    assert client.post(address_of(other)).status_code == 302
    assert LinkRequest.objects.count() == 1


def test_a_form_without_its_token_does_nothing(told: Any) -> None:
    notice = told()
    before = tables.state()
    assert Client(enforce_csrf_checks=True).post(address_of(notice)).status_code == 403
    assert tables.state() == before


def test_the_rule_itself_refuses_a_second_press(told: Any) -> None:
    notice = told()
    notices.not_me(notice=notice, at=timezone.now())
    with pytest.raises(Exception, match="used") as refused:
        notices.not_me(notice=notice, at=timezone.now())
    assert refused.value.code == "notice_used"  # type: ignore[attr-defined]


def test_the_database_refuses_a_notice_to_nobody_or_to_two(told: Any, holder_access: Access) -> None:
    notice = told()
    for holder, email in ((None, ""), (holder_access, "a@b.example")):
        with pytest.raises(IntegrityError, match="notice_tells_a_holder_or_the_email"), transaction.atomic():
            AccessNotice.objects.filter(pk=notice.pk).update(holder=holder, email=email)
    with pytest.raises(IntegrityError, match="notice_expires_after"), transaction.atomic():
        AccessNotice.objects.filter(pk=notice.pk).update(expires_at=notice.created_at)
