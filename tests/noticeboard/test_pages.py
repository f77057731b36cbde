"""The page „Pranešimai ir darbai“, one item of it, files, and the part of it on the main window."""

from collections.abc import Callable
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

from accounts.models import User
from noticeboard.home import card
from noticeboard.models import Announcement, Seen, Work
from noticeboard.of_object import of_object
from noticeboard.wording import size_words, when_words, where_words
from properties.models import Building, ManagingCompany, PaymentBook, Property
from properties.objects import objects_of
from tests.factories import (
    AccessFactory,
    AnnouncementFactory,
    AttachmentFactory,
    BookFactory,
    BuildingFileFactory,
    WorkFactory,
)

ClientFor = Callable[[User], Client]
TODAY = date(2026, 10, 21)


def text(response: Any) -> str:
    assert response.status_code == 200
    body: str = response.content.decode()
    return body


# ── The list ────────────────────────────────────────────────────────────────────────────────────


def test_the_list_puts_what_comes_first(client_for: ClientFor, holder: User, building: Building) -> None:
    today = timezone.localdate()
    done = WorkFactory(building=building, state="done", title="Išvalyta", starts_on=today - timedelta(days=3))
    told = AnnouncementFactory(building=building, title="Pasakyta")
    far, near, undated, off = (
        WorkFactory(building=building, **fields)
        for fields in (
            {"starts_on": today + timedelta(days=9)},
            {"starts_on": today + timedelta(days=1)},
            {"starts_on": None, "state": "postponed"},
            {"starts_on": today + timedelta(days=2), "state": "cancelled"},
        )
    )
    page = client_for(holder).get("/notices").context["page"]
    assert [item.thing for item in page.ahead] == [near, off, far, undated]
    assert [item.thing for month in page.months for item in month.items] == [told, done]


@pytest.mark.parametrize(
    ("show", "titles"),
    [
        ("", {"Bus", "Buvo", "Sakome"}),
        ("planned", {"Bus"}),
        ("done", {"Buvo"}),
        ("announcements", {"Sakome"}),
        ("nothing-like-that", {"Bus", "Buvo", "Sakome"}),
    ],
)
def test_the_list_is_narrowed(
    client_for: ClientFor, holder: User, building: Building, show: str, titles: set[str]
) -> None:
    WorkFactory(building=building, title="Bus")
    WorkFactory(building=building, title="Buvo", state="done", starts_on=timezone.localdate())
    AnnouncementFactory(building=building, title="Sakome")
    page = client_for(holder).get("/notices", {"show": show}).context["page"]
    assert {item.title for item in page.items} == titles


def test_older_ones_follow_without_a_gap(client_for: ClientFor, holder: User, building: Building) -> None:
    """Announcements and works of the same few days, more than two pages of them."""
    now = timezone.now()
    rows: list[Any] = []
    for number in range(45):
        told = now - timedelta(days=number // 9)
        factory: Any = AnnouncementFactory if number % 2 else WorkFactory
        more = {} if number % 2 else {"state": "done", "starts_on": timezone.localdate(told)}
        rows.append(factory(building=building, published_at=told, **more))
    client, shown, address = client_for(holder), [], "/notices"
    while address:
        response = client.get(address)
        shown.append([item.thing for item in response.context["page"].items])
        address = response.context["addresses"]["older"]
        # What comes meanwhile does not move what is below.
        AnnouncementFactory(building=building, title="Vėliau")
    assert [len(page) for page in shown] == [20, 20, 5]
    assert sorted(map(repr, (row for page in shown for row in page))) == sorted(map(repr, rows))


def test_nobody_without_an_object_is_left_alone(client_for: ClientFor, newcomer: User) -> None:
    assert "/client-information" in text(client_for(newcomer).get("/notices"))


def test_a_page_asks_as_much_however_many_objects(
    client_for: ClientFor, holder: User, book: PaymentBook
) -> None:
    client, counts = client_for(holder), []
    for more in (0, 2):
        for _ in range(more):
            AccessFactory(person=holder)
        for building in Building.objects.all():
            WorkFactory(building=building)
            AttachmentFactory(work=WorkFactory(building=building))
            AnnouncementFactory(building=building)
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/notices").status_code == 200
        counts.append(len(asked))
    # Session, person, objects, works, announcements, and what was seen of them.
    assert counts == [6, 6]


# ── What is written ─────────────────────────────────────────────────────────────────────────────


def test_what_staff_write_is_text(client_for: ClientFor, holder: User, building: Building) -> None:
    evil = "<script>alert(1)</script> <b>x</b>\n\nhttps://pavyzdys.example/?a=1&b=2 javascript:alert(1)"
    row = AnnouncementFactory(building=building, title="<img src=x onerror=y>", text=evil)
    client = client_for(holder)
    for address in ("/notices", f"/notices/announcements/{row.pk}", "/"):
        body = text(client.get(address))
        assert "<script>alert" not in body
        assert "<img src=x" not in body
        assert "<b>x" not in body
    body = text(client.get(f"/notices/announcements/{row.pk}"))
    assert 'href="https://pavyzdys.example/?a=1&amp;b=2"' in body
    assert 'href="javascript' not in body
    assert body.count("<p>&lt;script&gt;") == 1


def test_a_work_says_everything(client_for: ClientFor, holder: User, building: Building) -> None:
    work = WorkFactory(
        building=building,
        state="done",
        cost=Decimal("1240.00"),
        paid_from="residents",
        paying_words="Po 12,40 € kiekvienam butui.",
        contractor="„Meistrai“, UAB",
        contact_name="Rasa Prižiūrėtoja",
        contact_phone="+370 700 00021",
    )
    AttachmentFactory(work=work)
    AttachmentFactory(work=work, kind="after", content_type="image/jpeg", title="")
    body = text(client_for(holder).get(f"/notices/works/{work.pk}"))
    for words in (
        "1\u00a0240,00\u00a0€",
        "Po 12,40 € kiekvienam butui.",
        "„Meistrai“, UAB",
        "Rasa Prižiūrėtoja",
        'href="tel:+37070000021"',
        "Darbų aktas (PDF, 180\u00a0KB)",
        "<img",
    ):
        assert words in body


def test_a_file_goes_out_as_what_it_is(client_for: ClientFor, holder: User, building: Building) -> None:
    row = AttachmentFactory(work=WorkFactory(building=building), name='a"b\u0105.pdf')
    response = client_for(holder).get(f"/notices/files/{row.pk}")
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.content == b"%PDF-1.7"
    paper = BuildingFileFactory(building=building)
    assert client_for(holder).get(f"/buildings/files/{paper.pk}").content == b"%PDF-1.7"


def test_files_of_a_building_by_kind_and_year(
    client_for: ClientFor, holder: User, building: Building
) -> None:
    old = BuildingFileFactory(building=building, kind="minutes", year=2024)
    new = BuildingFileFactory(building=building, kind="minutes", year=2026)
    act = BuildingFileFactory(building=building, kind="act", year=2026)
    BuildingFileFactory()
    client = client_for(holder)
    for query, files in (
        ({}, [act, new, old]),
        ({"kind": "minutes"}, [new, old]),
        ({"kind": "minutes", "year": "2024"}, [old]),
        ({"kind": "plan", "year": "x"}, [act, new, old]),
    ):
        response = client.get(f"/buildings/{building.pk}/files", query)
        assert [row for row, _size in response.context["files"]] == files, query
    body = client.get(f"/buildings/{building.pk}/files").content.decode()
    assert "2026, Aktas · PDF, 1,4\u00a0MB" in body


# ── What was seen ───────────────────────────────────────────────────────────────────────────────


def unread(user: User) -> int:
    now = timezone.now()
    return card(user=user, objects=objects_of(user=user, at=now), at=now).unread


def test_what_was_shown_is_no_longer_new(client_for: ClientFor, holder: User, building: Building) -> None:
    told, work = AnnouncementFactory(building=building), WorkFactory(building=building)
    AnnouncementFactory(building=building, published_at=timezone.now() - timedelta(days=31))
    client = client_for(holder)
    assert unread(holder) == 2
    assert client.get("/").context["unread"] == 2
    client.get(f"/notices/announcements/{told.pk}")
    client.get(f"/notices/announcements/{told.pk}")
    (seen,) = Seen.objects.all()
    assert (seen.person, seen.announcement, seen.work) == (holder, told, None)
    assert unread(holder) == 1
    new = {item.thing: item.is_new for item in client.get("/notices").context["page"].items}
    assert (new[work], new[told]) == (True, False)
    assert unread(holder) == 0
    assert Seen.objects.count() == 2


def test_to_be_shown_is_everybody_s_own(
    client_for: ClientFor, holder: User, co_holder: User, building: Building
) -> None:
    AnnouncementFactory(building=building)
    client_for(holder).get("/notices")
    assert (unread(holder), unread(co_holder)) == (0, 1)


# ── The main window, and one object ─────────────────────────────────────────────────────────────


def test_the_card(holder: User, building: Building, company_b: Any, django_assert_num_queries: Any) -> None:
    now = timezone.now()
    tomorrow = timezone.localdate(now) + timedelta(days=1)
    gone = WorkFactory(building=building, is_important=True, important_until=now - timedelta(minutes=1))
    works = [WorkFactory(building=building, starts_on=tomorrow + timedelta(days=days)) for days in (1, 2, 3)]
    important = WorkFactory(
        building=building,
        title="Nebus vandens",
        starts_on=tomorrow,
        from_time=time(9),
        until_time=time(16),
        is_important=True,
        important_until=now + timedelta(minutes=1),
    )
    loud = AnnouncementFactory(
        building=building,
        published_at=now - timedelta(days=300),
        is_important=True,
        important_until=now + timedelta(minutes=1),
    )
    told = [
        AnnouncementFactory(building=building, published_at=now - timedelta(days=days)) for days in range(4)
    ]
    AnnouncementFactory(managing_company=company_b)
    objects = objects_of(user=holder, at=now)
    card(user=holder, objects=objects, at=now)
    with django_assert_num_queries(1):
        shown = card(user=holder, objects=objects, at=now)
    assert [banner.title for banner in shown.banners] == ["Nebus vandens", loud.title]
    first = [f"/notices/works/{row.pk}" for row in (important, works[0], works[1])]
    assert [line.url for line in shown.works] == first
    assert [line.url for line in shown.announcements] == [
        f"/notices/announcements/{row.pk}" for row in told[:3]
    ]
    assert shown.unread == 5 + 4
    assert gone.title not in {banner.title for banner in shown.banners}


def test_a_banner_says_where(holder: User, flat: Property, company_b: ManagingCompany) -> None:
    now = timezone.now()
    important = {"is_important": True, "important_until": now + timedelta(days=1)}
    here = flat.building
    flat.staircase = "1"
    flat.save()
    WorkFactory(building=here, staircase=flat.staircase, starts_on=None, **important)
    for fields in (
        {"building": here},
        {"building": here, "audience": "premises", "properties": [flat]},
        {"managing_company": here.managing_company},
    ):
        AnnouncementFactory(published_at=now - timedelta(days=1), **fields, **important)

    def said() -> list[str]:
        banners = card(user=holder, objects=objects_of(user=holder, at=now), at=now).banners
        return [f"{banner.where} {banner.when}".strip() for banner in banners]

    address = f"{here.street} {here.house}"
    with override("lt"):
        assert said() == [
            f"{address}, 1 laiptinė diena dar nežinoma",
            "Visi objektai",
            f"{address}, kai kurios patalpos",
        ]
        # Whoever has objects of another company too reads whose it is; a book may have no premises.
        AccessFactory(person=holder, payment_book=BookFactory(managing_company=company_b, premises=[]))
        assert said()[1] == here.managing_company.name


def test_a_book_without_premises_has_a_card(company_b: ManagingCompany) -> None:
    now = timezone.now()
    person = AccessFactory(payment_book=BookFactory(managing_company=company_b, premises=[])).person
    told = AnnouncementFactory(managing_company=company_b, published_at=now)
    shown = card(user=person, objects=objects_of(user=person, at=now), at=now)
    assert (shown.works, [line.title for line in shown.announcements]) == ([], [told.title])
    assert shown.unread == 1


def test_what_the_page_of_an_object_shows(
    holder: User, book: PaymentBook, building: Building, stranger: User, django_assert_num_queries: Any
) -> None:
    building.manager_name = "Rasa Prižiūrėtoja"
    building.save()
    now = timezone.now()
    work, paper = WorkFactory(building=building), BuildingFileFactory(building=building)
    WorkFactory()
    of_object(user=holder, book=book, at=now)
    with django_assert_num_queries(1):
        shown = of_object(user=holder, book=book, at=now)
    assert [item.thing.pk for item in shown.works] == [work.pk]
    assert [file.url for file in shown.files] == [f"/buildings/files/{paper.pk}"]
    assert [manager.name for manager in shown.managers] == ["Rasa Prižiūrėtoja"]
    nothing = of_object(user=stranger, book=book, at=now)
    assert (nothing.works, nothing.files, nothing.managers) == ((), (), ())


# ── Words ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"starts_on": date(2026, 10, 22), "from_time": time(9), "until_time": time(16)},
         "rytoj, spalio 22 d., 9–16 val."),
        ({"starts_on": date(2026, 10, 21)}, "šiandien, spalio 21 d."),
        ({"starts_on": date(2026, 10, 27), "ends_on": date(2026, 10, 28)}, "spalio 27–28 d."),
        ({"starts_on": date(2026, 10, 30), "ends_on": date(2026, 11, 2)}, "spalio 30 d. – lapkričio 2 d."),
        ({"starts_on": date(2027, 1, 5)}, "2027 m. sausio 5 d."),
        ({"starts_on": None}, "diena dar nežinoma"),
    ],
)  # fmt: skip
def test_when_in_words(fields: dict[str, Any], words: str) -> None:
    assert when_words(Work(**fields), today=TODAY) == words


def test_where_and_how_big_in_words() -> None:
    house = Building(street="Beržyno g.", house="8")
    assert where_words(Work(building=house, staircase="1")) == "Beržyno g. 8, 1 laiptinė"
    assert where_words(Announcement(audience="company")) == "Visi objektai"
    assert (size_words(180_000), size_words(1_440_000)) == ("180\u00a0KB", "1,4\u00a0MB")


def test_the_papers_of_one_s_buildings_are_near(
    client_for: ClientFor, holder: User, building: Building
) -> None:
    AnnouncementFactory(
        building=building, text="Žr. https://pavyzdys.example/planas " + "ir taip toliau " * 50
    )
    body = client_for(holder).get("/notices").content.decode()
    assert f'href="/buildings/{building.pk}/files"' in body
    assert 'href="https://pavyzdys.example/planas"' in body
