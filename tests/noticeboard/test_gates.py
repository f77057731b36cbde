"""Who sees what of the building: each edge asked of somebody just inside and somebody just outside."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from noticeboard.models import Announcement, Near, Work
from noticeboard.reach import people_of
from properties.models import Building, PaymentBook, Property
from properties.objects import objects_of
from tests.factories import (
    AccessFactory,
    AnnouncementFactory,
    AttachmentFactory,
    BookFactory,
    BuildingFactory,
    BuildingFileFactory,
    PropertyFactory,
    WorkFactory,
)


def ago(days: int) -> datetime:
    """Return noon of a day: counted in hours, a day in spring or autumn would be missed."""
    return timezone.make_aware(datetime.combine(timezone.localdate() - timedelta(days=days), time(12)))


def sees(person: User, row: Any) -> bool:
    """Tell whether the row is among what the person may see, the same for who knows where their objects are."""
    at = timezone.now()
    seen = bool(type(row).objects.visible_to(person, at=at).filter(pk=row.pk).exists())
    if isinstance(row, Announcement | Work):
        objects = objects_of(user=person, at=at)
        near = Near(
            companies=[own.book.managing_company_id for own in objects],
            buildings=[place.building_id for own in objects for place in own.premises],
        )
        books = PaymentBook.objects.filter(pk__in=[own.book.pk for own in objects])
        assert type(row).objects.reaching(books=books, near=near, at=at).filter(pk=row.pk).exists() is seen
    return seen


@pytest.fixture
def neighbour(building: Building) -> User:
    """Somebody of the same building, at the second staircase."""
    place = PropertyFactory(building=building, unit="77", staircase="2")
    book = BookFactory(managing_company=building.managing_company, premises=[place])
    person: User = AccessFactory(payment_book=book).person
    return person


@pytest.fixture
def first_staircase(flat: Property) -> Property:
    flat.staircase = "1"
    flat.save()
    return flat


def test_a_company_tells_its_own(
    building: Building, holder: User, stranger: User, company_b: Any, newcomer: User
) -> None:
    told = AnnouncementFactory(managing_company=building.managing_company)
    other = AnnouncementFactory(managing_company=company_b)
    assert [sees(person, told) for person in (holder, stranger, newcomer)] == [True, True, False]
    assert sees(holder, other) is False


def test_a_building_is_told_apart(building: Building, holder: User, stranger: User, neighbour: User) -> None:
    for row in (
        AnnouncementFactory(building=building),
        WorkFactory(building=building),
        BuildingFileFactory(building=building),
    ):
        assert [sees(person, row) for person in (holder, neighbour, stranger)] == [True, True, False]


def test_a_staircase_is_told_apart(
    building: Building, holder: User, neighbour: User, first_staircase: Property
) -> None:
    elsewhere = BuildingFactory(managing_company=building.managing_company)
    for factory in (AnnouncementFactory, WorkFactory):
        assert sees(holder, factory(building=building, staircase="1")) is True
        assert sees(neighbour, factory(building=building, staircase="1")) is False
        assert sees(neighbour, factory(building=building, staircase="2")) is True
        assert sees(holder, factory(building=elsewhere, staircase="1")) is False


def test_chosen_premises_are_told_apart(
    building: Building, holder: User, neighbour: User, flat: Property
) -> None:
    told = AnnouncementFactory(building=building, audience="premises", properties=[flat])
    assert [sees(person, told) for person in (holder, neighbour)] == [True, False]


def test_what_is_told_to_a_flat_is_not_told_to_who_buys_it(building: Building, flat: Property) -> None:
    today = timezone.localdate()
    buyer = AccessFactory(
        payment_book=BookFactory(
            managing_company=building.managing_company, premises=[flat], opened_on=today - timedelta(days=5)
        )
    ).person
    before, since = (
        AnnouncementFactory(
            building=building,
            audience="premises",
            properties=[flat],
            published_at=ago(days),
        )
        for days in (6, 5)
    )
    of_all = AnnouncementFactory(building=building, published_at=ago(6))
    assert [sees(buyer, row) for row in (before, since, of_all)] == [False, True, True]


@pytest.mark.parametrize("factory", [AnnouncementFactory, WorkFactory])
def test_drafts_and_what_is_to_be_published_wait(building: Building, holder: User, factory: Any) -> None:
    assert sees(holder, factory(building=building, published_at=None)) is False
    row = factory(building=building, published_at=timezone.now() + timedelta(minutes=1))
    assert sees(holder, row) is False
    rows = type(row).objects.visible_to(holder, at=row.published_at)
    assert row in rows


def test_a_former_owner_keeps_what_was_said_until_then(
    building: Building, former_holder: User, former_book: PaymentBook, neighbour: User
) -> None:
    now = timezone.now()
    assert former_book.closed_on is not None
    for factory in (AnnouncementFactory, WorkFactory):
        then, after = (factory(building=building, published_at=ago(days)) for days in (40, 39))
        assert [sees(former_holder, row) for row in (then, after)] == [True, False]
        then.changed_at = now
        then.save()
        assert [sees(person, then) for person in (former_holder, neighbour)] == [False, True]
    old, new = (
        BuildingFileFactory(building=building, added_on=former_book.closed_on + timedelta(days=days))
        for days in (0, 1)
    )
    assert [sees(former_holder, row) for row in (old, new)] == [True, False]
    company_wide = AnnouncementFactory(managing_company=building.managing_company)
    assert [sees(person, company_wide) for person in (former_holder, neighbour)] == [False, True]


def test_guests_see_it_while_they_are_guests(
    building: Building, guest_declares: User, guest_pays: User, revoked_guest: User, removed_holder: User
) -> None:
    for row in (
        AnnouncementFactory(building=building),
        AnnouncementFactory(managing_company=building.managing_company),
        WorkFactory(building=building),
        BuildingFileFactory(building=building),
    ):
        people = (guest_declares, guest_pays, revoked_guest, removed_holder)
        assert [sees(person, row) for person in people] == [True, True, False, False]


def test_what_is_attached_is_seen_with_what_it_is_attached_to(
    building: Building, holder: User, stranger: User, staff_a: User, staff_b: User, first_staircase: Property
) -> None:
    attached = [
        AttachmentFactory(work=WorkFactory(building=building)),
        AttachmentFactory(announcement=AnnouncementFactory(building=building)),
    ]
    hidden = AttachmentFactory(work=WorkFactory(building=building, staircase="2"))
    for row in attached:
        assert [sees(one, row) for one in (holder, stranger, staff_a, staff_b)] == [True, False, True, False]
    assert [sees(one, hidden) for one in (holder, staff_a)] == [False, True]


def test_letters_reach_exactly_those_who_may_see_it(
    building: Building,
    flat: Property,
    first_staircase: Property,
    book: PaymentBook,
    holder: User,
    co_holder: User,
    guest: User,
    revoked_guest: User,
    expired_guest: User,
    removed_holder: User,
    former_holder: User,
    stranger: User,
    neighbour: User,
    newcomer: User,
) -> None:
    """The gate asks of a person what it sees, the letters of an announcement whom it reaches: one rule."""
    cast = User.objects.all()
    now = timezone.now()
    for row in (
        AnnouncementFactory(managing_company=building.managing_company),
        AnnouncementFactory(building=building),
        AnnouncementFactory(building=building, staircase="1"),
        AnnouncementFactory(building=building, staircase="2"),
        AnnouncementFactory(building=building, audience="premises", properties=[flat]),
        AnnouncementFactory(building=building, published_at=ago(40)),
    ):
        told = set(people_of(announcement=row, at=now))
        assert told == {person for person in cast if sees(person, row)}
        assert told


def test_a_book_without_premises_is_told_what_its_company_says(building: Building, company_b: Any) -> None:
    company = building.managing_company
    alone = AccessFactory(payment_book=BookFactory(managing_company=company, premises=[])).person
    told = [AnnouncementFactory(managing_company=one) for one in (company, company_b)]
    assert [sees(alone, row) for row in told] == [True, False]
    assert sees(alone, AnnouncementFactory(building=building)) is False
