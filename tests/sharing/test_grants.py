"""Who is let in to an object, by whom, how far and how long, and what ends it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail

from accounts.models import User
from notifications import outbox
from notifications.models import Letter
from properties import access as accesses
from properties.capabilities import Capability
from properties.models import Access, PaymentBook
from properties.objects import objects_of
from sharing import grants
from sharing.models import Offer
from tests import tables
from tests.factories import BookFactory, UserFactory
from tests.sharing.conftest import AT, MakeOffer, refusal, sees

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


def co_holders_row(co_holder: User) -> Access:
    return Access.objects.get(person=co_holder)


# ── Offering ────────────────────────────────────────────────────────────────────────────────────


def test_an_offer_opens_nothing_until_it_is_accepted(
    offer_of: MakeOffer, newcomer: User, book: PaymentBook, holder_access: Access
) -> None:
    made = offer_of(newcomer, scope=Access.Scope.INVOICES, until_on=date(2026, 12, 31))
    assert not sees(newcomer, book)
    access = grants.accept(offer=made, by=newcomer, at=AT + SECOND)
    assert (access.person, access.payment_book, access.granted_by) == (newcomer, book, holder_access)
    assert (access.scope, access.starts_at) == ("invoices", AT + SECOND)
    made.refresh_from_db()
    assert (made.answer, made.answered_at, made.access) == ("accepted", AT + SECOND, access)
    assert sees(newcomer, book, AT + SECOND)
    assert sees(newcomer, book, AT + SECOND, Capability.SEE_INVOICES)
    assert not sees(newcomer, book, AT + SECOND, Capability.DECLARE)
    assert not sees(newcomer, book, AT)


def test_only_a_holder_of_an_open_book_shares_it(
    offer_of: MakeOffer,
    guest: User,
    stranger: User,
    staff_a: User,
    removed_holder: User,
    former_holder: User,
    former_book: PaymentBook,
    newcomer: User,
    co_holder: User,
) -> None:
    before = tables.state()
    for nobody in (guest, stranger, staff_a):
        assert refusal(offer_of, to=newcomer, by=nobody) == "not_a_holder"
    Access.objects.filter(person=removed_holder).update(ends_at=AT)
    assert refusal(offer_of, to=newcomer, by=removed_holder) == "not_a_holder"
    PaymentBook.objects.filter(pk=former_book.pk).update(closed_on=date(2026, 11, 21))
    assert refusal(offer_of, to=newcomer, book=former_book, by=former_holder) == "not_a_holder"
    assert {name for name, content in tables.state().items() if content != before[name]} <= {
        "properties_access",
        "properties_paymentbook",
    }
    PaymentBook.objects.filter(pk=former_book.pk).update(closed_on=date(2026, 11, 22))
    assert offer_of(newcomer, book=former_book, by=former_holder).granted_by.person == former_holder
    assert offer_of(newcomer, by=co_holder).granted_by.person == co_holder


def test_a_frozen_holder_shares_nothing(offer_of: MakeOffer, newcomer: User, holder_access: Access) -> None:
    mine = Access.objects.filter(pk=holder_access.pk)
    accesses.freeze(accesses=mine, at=AT)
    assert refusal(offer_of, to=newcomer) == "not_a_holder"
    accesses.unfreeze(accesses=mine)
    assert offer_of(newcomer).pk


def test_ones_own_email_is_not_offered(offer_of: MakeOffer, holder: User, newcomer: User) -> None:
    assert refusal(offer_of, to=holder) == "own_email"
    assert offer_of(newcomer).email == newcomer.email


def test_an_offer_lasts_at_least_today(offer_of: MakeOffer, newcomer: User, guest: User) -> None:
    # 22:30 UTC is half past midnight in Vilnius in winter.
    night = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)
    assert refusal(offer_of, to=newcomer, until_on=date(2026, 11, 22), at=night) == "day_has_passed"
    assert offer_of(newcomer, until_on=date(2026, 11, 23), at=night).until_on == date(2026, 11, 23)
    assert offer_of("kita@pastas.example", until_on=date(2026, 11, 22), at=night - timedelta(hours=1)).pk


def test_an_email_is_shared_with_once_by_each_holder(
    offer_of: MakeOffer, newcomer: User, co_holder: User
) -> None:
    made = offer_of(newcomer)
    assert refusal(offer_of, to=newcomer, scope=Access.Scope.DECLARE, at=AT + DAY) == "shared_already"
    grants.accept(offer=made, by=newcomer, at=AT + DAY)
    assert refusal(offer_of, to=newcomer, at=AT + 2 * DAY) == "shared_already"
    assert offer_of(newcomer, by=co_holder).pk
    assert Offer.objects.count() == 2


def test_an_address_without_an_account_is_offered_alike(
    offer_of: MakeOffer, newcomer: User, book: PaymentBook
) -> None:
    known, unknown = offer_of(newcomer), offer_of("niekas@pastas.example")
    fields = ("granted_by_id", "scope", "until_on", "offered_at", "expires_at", "answer", "access_id")
    assert [getattr(known, name) for name in fields] == [getattr(unknown, name) for name in fields]
    letters = Letter.objects.order_by("pk").values_list("kind", "address", "language")
    assert list(letters) == [("offer", newcomer.email, "lt"), ("offer", "niekas@pastas.example", "lt")]


def test_the_letter_is_in_the_readers_language_where_it_is_known(
    offer_of: MakeOffer, newcomer: User, holder: User
) -> None:
    newcomer.language = "en"
    newcomer.save()
    offer_of(newcomer)
    offer_of("niekas@pastas.example")
    assert list(Letter.objects.order_by("pk").values_list("language", flat=True)) == ["en", "lt"]


def test_two_hundred_offers_a_day_of_vilnius(
    offer_of: MakeOffer, co_holder: User, newcomer: User, holder_access: Access
) -> None:
    midnight = datetime(2026, 11, 21, 22, tzinfo=UTC)
    Offer.objects.bulk_create(
        Offer(
            granted_by=holder_access,
            managing_company=holder_access.payment_book.managing_company,
            email=f"kviestas{number}@pastas.example",
            token=f"senas-{number}",
            offered_at=midnight - SECOND if number == 0 else midnight,
            expires_at=midnight + DAY,
            answer=Offer.Answer.DECLINED,
            answered_at=midnight,
        )
        for number in range(grants.OFFERS_A_DAY)
    )
    assert offer_of(newcomer).pk
    assert refusal(offer_of, to="dar.vienas@pastas.example") == "too_many_offers"
    assert offer_of("dar.vienas@pastas.example", by=co_holder).pk
    assert offer_of("dar.vienas@pastas.example", at=midnight + DAY).pk


# ── How long an offer waits ─────────────────────────────────────────────────────────────────────


def test_an_offer_lapses_after_thirty_days(offer_of: MakeOffer, newcomer: User, book: PaymentBook) -> None:
    made = offer_of(newcomer)
    over = AT + timedelta(days=30)
    assert refusal(grants.accept, offer=made, by=newcomer, at=over) == "offer_over"
    assert refusal(grants.decline, offer=made, by=newcomer, at=over) == "offer_over"
    assert not Offer.objects.waiting_for(newcomer, at=over).exists()
    assert not Offer.objects.visible_to_link(made.token, at=over).exists()
    last = over - timedelta(microseconds=1)
    assert Offer.objects.waiting_for(newcomer, at=last).get() == made
    assert Offer.objects.visible_to_link(made.token, at=last).get() == made
    grants.accept(offer=made, by=newcomer, at=last)
    assert sees(newcomer, book, last)


def test_what_lapsed_is_offered_again(offer_of: MakeOffer, newcomer: User, book: PaymentBook) -> None:
    first = offer_of(newcomer)
    second = offer_of(newcomer, at=AT + timedelta(days=30))
    first.refresh_from_db()
    assert (first.answer, first.answered_at) == ("lapsed", AT + timedelta(days=30))
    assert Offer.objects.waiting_for(newcomer, at=AT + timedelta(days=30)).get() == second
    assert Letter.objects.filter(kind="offer").count() == 2


def test_an_offer_lapses_with_its_own_last_day(offer_of: MakeOffer, newcomer: User) -> None:
    made = offer_of(newcomer, until_on=date(2026, 11, 24))
    midnight = datetime(2026, 11, 24, 22, tzinfo=UTC)
    assert refusal(grants.accept, offer=made, by=newcomer, at=midnight) == "offer_over"
    assert offer_of(newcomer, at=midnight).pk
    other = offer_of("kita@pastas.example", until_on=date(2026, 11, 24))
    guest = UserFactory(email="kita@pastas.example")
    access = grants.accept(offer=other, by=guest, at=midnight - SECOND)
    assert access.ends_at == midnight


@pytest.mark.parametrize("end", ["decline", "withdraw", "leave", "revoke"])
def test_what_ended_is_offered_again(
    end: str, offer_of: MakeOffer, newcomer: User, holder: User, book: PaymentBook
) -> None:
    first = offer_of(newcomer)
    if end in {"leave", "revoke"}:
        grants.accept(offer=first, by=newcomer, at=AT)
    if end == "decline":
        grants.decline(offer=first, by=newcomer, at=AT + DAY)
    elif end == "leave":
        assert grants.leave(book=book, by=newcomer, at=AT + DAY)
    else:
        assert grants.revoke(offer=first, by=holder, at=AT + DAY)
    assert not sees(newcomer, book, AT + DAY)
    second = offer_of(newcomer, scope=Access.Scope.DECLARE, at=AT + DAY)
    grants.accept(offer=second, by=newcomer, at=AT + DAY)
    assert Access.objects.live(at=AT + DAY).get(person=newcomer).scope == "declare"


# ── Accepting and declining ─────────────────────────────────────────────────────────────────────


def test_only_whom_it_was_sent_to_answers(
    offer_of: MakeOffer, newcomer: User, stranger: User, holder: User
) -> None:
    made = offer_of(newcomer)
    for other in (stranger, holder):
        assert refusal(grants.accept, offer=made, by=other, at=AT) == "offer_over"
        assert refusal(grants.decline, offer=made, by=other, at=AT) == "offer_over"
    assert grants.accept(offer=made, by=newcomer, at=AT).person == newcomer


def test_the_email_must_be_confirmed(offer_of: MakeOffer, newcomer: User) -> None:
    made = offer_of(newcomer)
    EmailAddress.objects.filter(user=newcomer).update(verified=False)
    assert refusal(grants.accept, offer=made, by=newcomer, at=AT) == "offer_over"
    EmailAddress.objects.filter(user=newcomer).update(verified=True)
    assert grants.accept(offer=made, by=newcomer, at=AT).pk


def test_a_look_alike_address_is_another_person(offer_of: MakeOffer) -> None:
    victim, other = UserFactory(email="victim@pastas.example"), UserFactory(email="vıctim@pastas.example")
    made = offer_of("victim@pastas.example")
    assert refusal(grants.accept, offer=made, by=other, at=AT) == "offer_over"
    assert grants.accept(offer=made, by=victim, at=AT).pk


def test_an_offer_is_answered_once(offer_of: MakeOffer, newcomer: User, book: PaymentBook) -> None:
    made = offer_of(newcomer)
    grants.accept(offer=made, by=newcomer, at=AT)
    assert refusal(grants.accept, offer=made, by=newcomer, at=AT) == "offer_over"
    assert refusal(grants.decline, offer=made, by=newcomer, at=AT) == "offer_over"
    assert Access.objects.filter(person=newcomer).count() == 1
    declined = offer_of("kita@pastas.example")
    guest = UserFactory(email="kita@pastas.example")
    grants.decline(offer=declined, by=guest, at=AT)
    assert refusal(grants.accept, offer=declined, by=guest, at=AT) == "offer_over"
    declined.refresh_from_db()
    assert (declined.answer, declined.answered_at, declined.access) == ("declined", AT, None)
    assert not sees(guest, book)


def test_the_holder_is_told_once_that_it_was_accepted(
    offer_of: MakeOffer, newcomer: User, holder: User, co_holder: User
) -> None:
    made = offer_of(newcomer)
    grants.accept(offer=made, by=newcomer, at=AT)
    assert refusal(grants.accept, offer=made, by=newcomer, at=AT) == "offer_over"
    told = Letter.objects.get(kind="offer_accepted")
    assert (told.address, told.language) == (holder.email, "lt")
    assert (told.context["guest"], told.context["address"]) == (newcomer.email, "Beržyno g. 8-15, Klaipėda")


def test_nobody_is_told_of_a_refusal(offer_of: MakeOffer, newcomer: User) -> None:
    grants.decline(offer=offer_of(newcomer), by=newcomer, at=AT)
    assert list(Letter.objects.values_list("kind", flat=True)) == ["offer"]


def test_two_addresses_of_one_person_make_one_grant(
    offer_of: MakeOffer, newcomer: User, book: PaymentBook
) -> None:
    first = offer_of(newcomer)
    second = offer_of("antras@pastas.example", scope=Access.Scope.DECLARE)
    EmailAddress.objects.create(user=newcomer, email="antras@pastas.example", verified=True)
    grants.accept(offer=first, by=newcomer, at=AT)
    grants.accept(offer=second, by=newcomer, at=AT + DAY)
    assert Access.objects.live(at=AT + DAY).get(person=newcomer).scope == "declare"


# ── Until ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("day", "midnight"),
    [
        (date(2026, 11, 24), datetime(2026, 11, 24, 22, tzinfo=UTC)),
        (date(2027, 7, 1), datetime(2027, 7, 1, 21, tzinfo=UTC)),
        # Clocks go forward: the day is an hour shorter, and ends in summer time.
        (date(2027, 3, 28), datetime(2027, 3, 28, 21, tzinfo=UTC)),
        (date(2027, 3, 27), datetime(2027, 3, 27, 22, tzinfo=UTC)),
        # Clocks go back: an hour longer, ending in winter time.
        (date(2027, 10, 31), datetime(2027, 10, 31, 22, tzinfo=UTC)),
        (date(2027, 10, 30), datetime(2027, 10, 30, 21, tzinfo=UTC)),
    ],
)
def test_the_last_day_is_whole(
    day: date, midnight: datetime, offer_of: MakeOffer, newcomer: User, book: PaymentBook
) -> None:
    access = grants.accept(offer=offer_of(newcomer, until_on=day), by=newcomer, at=AT)
    assert access.ends_at == midnight
    assert sees(newcomer, book, midnight - timedelta(microseconds=1))
    assert not sees(newcomer, book, midnight)


def test_the_last_day_of_the_calendar_is_no_end(
    offer_of: MakeOffer, newcomer: User, book: PaymentBook
) -> None:
    access = grants.accept(offer=offer_of(newcomer, until_on=date.max), by=newcomer, at=AT)
    assert access.ends_at is None


def test_after_the_last_day_it_is_offered_again(offer_of: MakeOffer, newcomer: User) -> None:
    grants.accept(offer=offer_of(newcomer, until_on=date(2026, 11, 24)), by=newcomer, at=AT)
    midnight = datetime(2026, 11, 24, 22, tzinfo=UTC)
    assert refusal(offer_of, to=newcomer, at=midnight - SECOND) == "shared_already"
    grants.accept(offer=offer_of(newcomer, at=midnight), by=newcomer, at=midnight)


# ── Ending it ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def shared(offer_of: MakeOffer, newcomer: User) -> Offer:
    made = offer_of(newcomer)
    grants.accept(offer=made, by=newcomer, at=AT)
    Letter.objects.all().delete()
    return made


def test_only_the_holder_who_shares_revokes(
    shared: Offer,
    holder: User,
    co_holder: User,
    guest: User,
    stranger: User,
    staff_b: User,
    newcomer: User,
    book: PaymentBook,
) -> None:
    for other in (co_holder, guest, stranger, newcomer, staff_b):
        assert refusal(grants.revoke, offer=shared, by=other, at=AT, reason="Taip noriu") == "not_a_holder"
    assert sees(newcomer, book)
    assert grants.revoke(offer=shared, by=holder, at=AT + DAY)
    assert not sees(newcomer, book, AT + DAY)
    assert sees(newcomer, book, AT + DAY - SECOND)
    # In silence.
    assert not Letter.objects.exists()
    assert not grants.revoke(offer=shared, by=holder, at=AT + 2 * DAY)


def test_an_offer_is_withdrawn(offer_of: MakeOffer, newcomer: User, holder: User, co_holder: User) -> None:
    made = offer_of(newcomer)
    assert refusal(grants.revoke, offer=made, by=co_holder, at=AT) == "not_a_holder"
    assert grants.revoke(offer=made, by=holder, at=AT)
    made.refresh_from_db()
    assert (made.answer, made.answered_at) == ("withdrawn", AT)
    assert refusal(grants.accept, offer=made, by=newcomer, at=AT) == "offer_over"
    assert not grants.revoke(offer=made, by=holder, at=AT)


def test_staff_revoke_with_a_reason_that_both_are_told(
    shared: Offer, staff_a: User, staff_b: User, holder: User, newcomer: User, book: PaymentBook
) -> None:
    assert refusal(grants.revoke, offer=shared, by=staff_a, at=AT, reason=" ") == "no_reason"
    assert refusal(grants.revoke, offer=shared, by=staff_b, at=AT, reason="Svetimi") == "not_a_holder"
    assert sees(newcomer, book)
    assert grants.revoke(offer=shared, by=staff_a, at=AT, reason=" Teismo sprendimas ")
    assert not sees(newcomer, book)
    shared.refresh_from_db()
    assert (shared.revoked_by, shared.reason) == (staff_a, "Teismo sprendimas")
    told = {
        letter.address: letter.context["reason"] for letter in Letter.objects.filter(kind="share_revoked")
    }
    assert told == {holder.email: "Teismo sprendimas", newcomer.email: "Teismo sprendimas"}
    assert not grants.revoke(offer=shared, by=staff_a, at=AT, reason="Dar kartą")


@pytest.mark.parametrize("state", ["lapsed", "declined"])
def test_what_is_over_is_not_revoked(state: str, offer_of: MakeOffer, newcomer: User, staff_a: User) -> None:
    made = offer_of(newcomer)
    if state == "declined":
        grants.decline(offer=made, by=newcomer, at=AT)
    Letter.objects.all().delete()
    before = tables.state()
    assert not grants.revoke(offer=made, by=staff_a, at=AT + timedelta(days=31), reason="Klaida")
    assert tables.state() == before


def test_a_guest_leaves_what_every_holder_gave(
    shared: Offer, offer_of: MakeOffer, co_holder: User, newcomer: User, guest: User, book: PaymentBook
) -> None:
    grants.accept(offer=offer_of(newcomer, by=co_holder), by=newcomer, at=AT)
    assert grants.leave(book=book, by=newcomer, at=AT + DAY)
    assert not sees(newcomer, book, AT + DAY)
    assert sees(guest, book, AT + DAY)
    assert not grants.leave(book=book, by=newcomer, at=AT + DAY)


def test_leaving_is_not_how_a_holder_gives_up(holder: User, book: PaymentBook) -> None:
    assert not grants.leave(book=book, by=holder, at=AT)
    assert sees(holder, book)


def test_leaving_one_object_leaves_the_other(
    shared: Offer, offer_of: MakeOffer, holder: User, newcomer: User, book: PaymentBook
) -> None:
    other = BookFactory(managing_company=book.managing_company)
    Access.objects.create(person=holder, payment_book=other, starts_at=AT)
    grants.accept(offer=offer_of(newcomer, book=other), by=newcomer, at=AT)
    assert grants.leave(book=book, by=newcomer, at=AT)
    assert (sees(newcomer, book), sees(newcomer, other)) == (False, True)


# ── Two holders ─────────────────────────────────────────────────────────────────────────────────


def test_of_two_holders_access_is_the_union(
    offer_of: MakeOffer, holder: User, co_holder: User, newcomer: User, book: PaymentBook
) -> None:
    first = offer_of(newcomer, scope=Access.Scope.DECLARE)
    second = offer_of(newcomer, scope=Access.Scope.INVOICES, by=co_holder)
    for one in (first, second):
        grants.accept(offer=one, by=newcomer, at=AT)

    def may(at: datetime) -> set[Any]:
        return {what for what in (Capability.DECLARE, Capability.PAY) if sees(newcomer, book, at, what)}

    assert may(AT) == {Capability.DECLARE, Capability.PAY}
    (own,) = objects_of(user=newcomer, at=AT)
    assert own.hosts == ["Birutė Pavyzdienė", "Jonas Pavyzdys"]
    grants.revoke(offer=first, by=holder, at=AT + DAY)
    assert may(AT + DAY) == {Capability.PAY}
    grants.revoke(offer=second, by=co_holder, at=AT + 2 * DAY)
    assert may(AT + 2 * DAY) == set()


def test_one_holder_gone_the_others_guests_stay(
    shared: Offer,
    offer_of: MakeOffer,
    holder_access: Access,
    co_holder: User,
    newcomer: User,
    book: PaymentBook,
) -> None:
    other = UserFactory()
    grants.accept(offer=offer_of(other, by=co_holder), by=other, at=AT)
    accesses.end(accesses=Access.objects.filter(pk=holder_access.pk), at=AT + DAY)
    assert (sees(newcomer, book, AT + DAY), sees(other, book, AT + DAY)) == (False, True)


# ── What ends with the holder's own row ─────────────────────────────────────────────────────────


def end_of_the_granter(how: str, row: Access) -> None:
    mine = Access.objects.filter(pk=row.pk)
    if how == "removed":
        accesses.end(accesses=mine, at=AT + DAY)
    elif how == "frozen":
        accesses.freeze(accesses=mine, at=AT + DAY)
    else:
        PaymentBook.objects.filter(pk=row.payment_book_id).update(closed_on=date(2026, 11, 22))


@pytest.mark.parametrize("how", ["removed", "frozen", "closed"])
def test_a_guest_is_out_with_the_holder_and_offers_are_over(
    how: str, shared: Offer, offer_of: MakeOffer, holder_access: Access, newcomer: User, book: PaymentBook
) -> None:
    invited = UserFactory()
    waiting = offer_of(invited)
    rows = list(Access.objects.filter(granted_by=holder_access).values())
    end_of_the_granter(how, holder_access)
    at = AT + DAY
    assert not sees(newcomer, book, at)
    assert not Offer.objects.waiting_for(invited, at=at).exists()
    assert not Offer.objects.visible_to_link(waiting.token, at=at).exists()
    assert not Offer.objects.in_force(at=at).exists()
    assert refusal(grants.accept, offer=waiting, by=invited, at=at) == "offer_over"
    # One row was written; nothing is copied into the guests'.
    assert list(Access.objects.filter(granted_by=holder_access).values()) == rows


def test_an_unfrozen_holder_has_the_guests_back(
    shared: Offer, holder_access: Access, newcomer: User, book: PaymentBook
) -> None:
    end_of_the_granter("frozen", holder_access)
    accesses.unfreeze(accesses=Access.objects.filter(pk=holder_access.pk))
    assert sees(newcomer, book, AT + DAY)


def test_a_holder_who_links_again_starts_without_guests(
    shared: Offer, offer_of: MakeOffer, holder_access: Access, holder: User, newcomer: User, book: PaymentBook
) -> None:
    end_of_the_granter("removed", holder_access)
    Access.objects.create(person=holder, payment_book=book, starts_at=AT + DAY)
    at = AT + 2 * DAY
    assert (sees(holder, book, at), sees(newcomer, book, at)) == (True, False)
    assert not Offer.objects.in_force(at=at).exists()
    grants.accept(offer=offer_of(newcomer, at=at), by=newcomer, at=at)
    assert sees(newcomer, book, at)


def test_sharing_again_does_not_thaw_a_frozen_guest(
    shared: Offer, offer_of: MakeOffer, holder: User, newcomer: User, book: PaymentBook
) -> None:
    accesses.freeze(accesses=Access.objects.filter(person=newcomer), at=AT)
    assert not sees(newcomer, book)
    assert refusal(offer_of, to=newcomer) == "shared_already"
    assert grants.revoke(offer=shared, by=holder, at=AT)
    accesses.unfreeze(accesses=Access.objects.filter(person=newcomer))
    assert not sees(newcomer, book)


# ── The invitation's letter ─────────────────────────────────────────────────────────────────────


def test_the_invitation_goes_out_while_the_offer_is_open(offer_of: MakeOffer, newcomer: User) -> None:
    made = offer_of(newcomer)
    assert outbox.send(letter_id=Letter.objects.get().pk, at=AT)
    assert made.token in str(mail.outbox[0].body)


@pytest.mark.parametrize("how", ["withdrawn", "declined", "removed", "lapsed"])
def test_the_invitation_stays_when_the_offer_is_over(
    how: str, offer_of: MakeOffer, newcomer: User, holder: User, holder_access: Access
) -> None:
    made = offer_of(newcomer)
    at = AT
    if how == "withdrawn":
        grants.revoke(offer=made, by=holder, at=AT)
    elif how == "declined":
        grants.decline(offer=made, by=newcomer, at=AT)
    elif how == "removed":
        accesses.end(accesses=Access.objects.filter(pk=holder_access.pk), at=AT)
    else:
        at = AT + timedelta(days=30)
    assert not outbox.send(letter_id=Letter.objects.get().pk, at=at)
    assert Letter.objects.get().dropped_at == at
    assert mail.outbox == []
