"""„Deklaruotų skaitiklių duomenys“: one's readings, what was used, who declared, and nothing of anybody else."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from meters.ends import settle_ends
from meters.models import Meter, Reading
from properties.models import Access, Building, ManagingCompany, PaymentBook, Property
from tests.factories import (
    AccessFactory,
    BookFactory,
    BuildingFactory,
    MeterFactory,
    PropertyFactory,
    ReadingFactory,
)
from tests.meters.conftest import AT

pytestmark = [pytest.mark.django_db]
ClientFor = Callable[[User], Client]
LIST = "/meters/history"


@pytest.fixture(autouse=True)
def _october() -> Any:
    with time_machine.travel(AT, tick=False):
        yield


def shown(client: Client, query: str = "") -> list[Any]:
    response = client.get(f"{LIST}?{query}")
    assert response.status_code == 200
    return list(response.context["rows"])


def values(client: Client, query: str = "") -> list[str]:
    return [row.value.partition("\xa0")[0] for row in shown(client, query)]


def text_of(client: Client, query: str = "") -> str:
    text = client.get(f"{LIST}?{query}").content.decode()
    return " ".join(re.sub(r"<[^>]*>", " ", text).split()).replace("\xa0", " ")


# ── What is shown ───────────────────────────────────────────────────────────────────────────────


def test_readings_come_newest_first_with_what_was_used(
    client_for: ClientFor, holder: User, history: list[Reading]
) -> None:
    rows = shown(client_for(holder))
    assert [(row.day, row.value, row.used) for row in rows] == [
        ("2026-09-20", "106\xa0m³", "3\xa0m³"),
        ("2026-08-20", "103\xa0m³", "3\xa0m³"),
        ("2026-07-20", "100\xa0m³", ""),
    ]
    assert {(row.title, row.address) for row in rows} == {
        ("Šaltas vanduo, virtuvė", "Beržyno g. 8-15, Klaipėda")
    }


def test_only_what_stands_is_shown(
    client_for: ClientFor, holder: User, history: list[Reading], press: Callable[..., Any]
) -> None:
    press("108")
    press("109", corrects=Reading.objects.latest("pk").pk)
    rows = shown(client_for(holder))
    assert [row.value for row in rows][:2] == ["109\xa0m³", "106\xa0m³"]
    assert rows[0].notes == ("patikslinta",)


def test_a_missed_month_is_shown_with_its_days(
    client_for: ClientFor, holder: User, meter: Meter, book: PaymentBook, history: list[Reading]
) -> None:
    ReadingFactory(meter=meter, payment_book=book, read_on=date(2026, 11, 20), value=112)
    newest = shown(client_for(holder))[0]
    assert newest.used == "6\xa0m³"
    assert newest.notes == ("sunaudota per 61 dieną (2026-09-20 – 2026-11-20)",)


def test_a_replaced_meter_and_a_dial_that_went_round(
    client_for: ClientFor, holder: User, meter: Meter, book: PaymentBook, history: list[Reading]
) -> None:
    meter.refresh_from_db()
    meter.removed_on, meter.final_reading = date(2026, 10, 1), Decimal("107.5")
    meter.save()
    new = MeterFactory(
        property=meter.property, replaces=meter, installed_on=date(2026, 10, 1), initial_reading=99990
    )
    settle_ends(meter_ids=[meter.pk, new.pk], at=AT, source=Reading.Source.IMPORT)
    ReadingFactory(meter=new, payment_book=book, value=5, is_rollover=True)
    rows = {row.value.partition("\xa0")[0]: row for row in shown(client_for(holder))}
    # 1,5 of the old one, 15 of the new one.
    assert rows["5"].used == "16,5\xa0m³"
    assert rows["5"].notes == ("įskaitytas ir pakeisto skaitiklio kiekis", "skaitiklis prasisuko iš naujo")
    assert (rows["107,5"].used, rows["107,5"].notes) == ("", ("galutinis rodmuo",))
    opening = rows["99"]
    assert (opening.value, opening.used) == ("99\xa0990\xa0m³", "")


def test_declaration_date_is_the_day_of_declaring_or_of_reading(
    client_for: ClientFor, holder: User, staff_a: User, meter: Meter, book: PaymentBook
) -> None:
    late = datetime(2026, 10, 19, 22, 30, tzinfo=UTC)  # the 20th in Vilnius
    given = {"meter": meter, "payment_book": book, "declared_at": late}
    ReadingFactory(**given, read_on=date(2026, 10, 20), value=4)
    ReadingFactory(**given, read_on=date(2026, 9, 30), value=3, source="staff", declared_by=staff_a)
    ReadingFactory(**given, read_on=date(2026, 8, 31), value=2, source="import")
    ReadingFactory(**given, read_on=date(2026, 7, 31), value=1, source="estimate", kind="estimate")
    client = client_for(holder)
    assert [(row.day, row.said) for row in shown(client)] == [
        ("2026-10-20", "Gyventojas"),
        ("2026-10-20", "Darbuotojas"),
        ("2026-08-31", "Įmonės duomenys"),
        ("2026-07-31", "Apskaičiuota"),
    ]
    assert shown(client)[1].notes[0] == "nurašyta 2026-09-30"
    # The filter means the same days.
    assert values(client, "from=2026-10-20&to=2026-10-20") == ["4", "3"]
    assert values(client, "from=2026-08-31") == ["4", "3", "2"]
    assert values(client, "to=2026-10-19") == ["2", "1"]
    assert "Asta" not in text_of(client)


def test_filters_by_type_and_object(
    client_for: ClientFor, holder: User, meter: Meter, book: PaymentBook, history: list[Reading]
) -> None:
    hot = MeterFactory(property=meter.property, type="hot_water")
    ReadingFactory(meter=hot, payment_book=book, value=55)
    other = ReadingFactory(value=77)
    AccessFactory(person=holder, payment_book=other.payment_book)
    client = client_for(holder)
    assert values(client) == ["77", "55", "106", "103", "100"]
    assert values(client, "type=hot_water") == ["55"]
    assert values(client, f"object={other.payment_book.pk}") == ["77"]
    assert values(client, f"object={other.payment_book.pk}&type=hot_water") == []
    assert "Tokių rodmenų nėra." in text_of(client, "type=gas")
    # Charts follow the type and the object, never the days.
    types = [chart.type for chart in client.get(LIST).context["charts"]]
    assert types == ["cold_water"]
    assert client.get(f"{LIST}?type=hot_water").context["charts"] == []
    assert len(client.get(f"{LIST}?to=2026-07-31").context["charts"]) == 1


def test_filters_stay_in_the_address_and_in_the_fields(
    client_for: ClientFor, holder: User, book: PaymentBook, meter: Meter
) -> None:
    for month in range(1, 31):
        ReadingFactory(
            meter=meter, payment_book=book, read_on=date(2026, 9, month), value=month, kind="estimate"
        )
    client = client_for(holder)
    query = f"type=cold_water&object={book.pk}&from=2026-01-01"
    response = client.get(f"{LIST}?{query}")
    older = response.context["addresses"]["older"]
    assert older == f"{LIST}?{query}&before=2026-09-07_{Reading.objects.get(value=7).pk}"
    assert response.context["addresses"]["csv"] == f"{LIST}.csv?{query}"
    body = response.content.decode()
    assert '<option value="cold_water" selected>' in body
    assert 'value="2026-01-01"' in body
    # A page holds although something came in above it.
    ReadingFactory(meter=meter, payment_book=book, read_on=date(2026, 10, 1), value=31)
    assert [row.value.partition("\xa0")[0] for row in client.get(older).context["rows"]] == [
        "6",
        "5",
        "4",
        "3",
        "2",
        "1",
    ]
    assert client.get(older).context["addresses"]["older"] == ""


@pytest.mark.parametrize(
    ("query", "typed", "words"),
    [
        ("from=2026-02-30", "2026-02-30", "Datą rašykite taip: 2026-10-31."),
        ("to=rytoj", "rytoj", "Datą rašykite taip: 2026-10-31."),
        ("from=2026-10-02&to=2026-10-01", "2026-10-01", "Paskutinė diena yra ankstesnė už pirmąją."),
    ],
)
def test_with_a_wrong_day_nothing_is_listed(
    client_for: ClientFor, holder: User, history: list[Reading], query: str, typed: str, words: str
) -> None:
    client = client_for(holder)
    page = client.get(f"{LIST}?{query}&type=cold_water")
    assert page.context["rows"] == []
    body = page.content.decode()
    assert body.count(words) == 2  # on top, and at the field
    assert "<title>Klaida: " in body
    assert f'value="{typed}"' in body
    assert "Rodmenys bus čia, kai pataisysite deklaravimo datą." in body
    # A file would not tell that it is of something else.
    for ending in ("csv", "xlsx"):
        answer = client.get(f"{LIST}.{ending}?{query}&type=cold_water")
        assert answer.status_code == 302
        assert client.get(answer.headers["Location"]).content.decode().count(words) == 2


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("from=0001-01-01&to=9999-12-31", ["106", "103", "100"]),
        ("to=0001-01-01", []),
        ("from=9999-12-31", []),
        ("from=2026.8.1&to=2026 09 01", ["103"]),
    ],
)
def test_any_day_is_a_bound(
    client_for: ClientFor, holder: User, history: list[Reading], query: str, found: list[str]
) -> None:
    Reading.objects.update(source="import")
    assert values(client_for(holder), query) == found


@pytest.mark.parametrize(
    "query", ["type=x", "before=x", "before=2026-02-30_1", "object=", "before=2026-09-21_9"]
)
def test_what_makes_no_sense_is_left_out(
    client_for: ClientFor, holder: User, history: list[Reading], query: str
) -> None:
    assert values(client_for(holder), query) == ["106", "103", "100"]


# ── Whose it is ─────────────────────────────────────────────────────────────────────────────────


def test_who_declared_is_told_to_those_who_may_know(
    client_for: ClientFor,
    holder: User,
    co_holder: User,
    guest: User,
    guest_declares: User,
    meter: Meter,
    book: PaymentBook,
) -> None:
    people = [holder, co_holder, guest, guest_declares]
    for month, person in enumerate(people, start=6):
        ReadingFactory(
            meter=meter, payment_book=book, read_on=date(2026, month, 20), value=month, declared_by=person
        )

    def said(person: User) -> list[str]:
        return [row.said for row in reversed(shown(client_for(person)))]

    guests = "Ieva Svetimavičė"
    assert said(holder) == ["Jūs", "Jonas Pavyzdys", guests, guests]
    assert said(co_holder) == ["Birutė Pavyzdienė", "Jūs", guests, guests]
    # A guest knows the holders, and of other guests nothing.
    assert said(guest) == ["Birutė Pavyzdienė", "Jonas Pavyzdys", "Jūs", "Gyventojas"]
    assert said(guest_declares) == ["Birutė Pavyzdienė", "Jonas Pavyzdys", "Gyventojas", "Jūs"]


def test_who_may_see_readings(
    client_for: ClientFor,
    guest_declares: User,
    guest_pays: User,
    revoked_guest: User,
    stranger: User,
    holder: User,
    history: list[Reading],
    book: PaymentBook,
) -> None:
    assert len(shown(client_for(holder))) == len(shown(client_for(guest_declares))) == 3
    for person in (guest_pays, revoked_guest, stranger):
        client = client_for(person)
        assert shown(client) == []
        assert client.get(f"{LIST}?object={book.pk}").status_code == 404
        assert client.get(f"{LIST}.csv?object={book.pk}").status_code == 404
        assert "106" not in client.get(f"{LIST}.csv").content.decode()
    assert "Čia nėra objektų, kurių rodmenis galite matyti." in text_of(client_for(guest_pays))


def test_a_sold_flat_is_split_at_the_handover(
    client_for: ClientFor,
    holder: User,
    meter: Meter,
    book: PaymentBook,
    flat: Property,
    history: list[Reading],
) -> None:
    PaymentBook.objects.filter(pk=book.pk).update(closed_on=date(2026, 9, 30))
    Reading.objects.filter(value=106).update(declared_by=holder)
    new = BookFactory(managing_company=book.managing_company, premises=[flat], opened_on=date(2026, 10, 1))
    buyer = AccessFactory(payment_book=new).person
    client = client_for(buyer)

    [only] = shown(client)
    assert (only.value, only.day, only.used, only.said) == ("106\xa0m³", "2026-09-20", "", "")
    assert only.notes == ("perdavimo rodmuo",)
    assert "Birut" not in text_of(client)
    assert "Birut" not in client.get(f"{LIST}.csv").content.decode()
    ReadingFactory(meter=meter, payment_book=new, value=108)
    assert [(row.value, row.used) for row in shown(client)] == [("108\xa0m³", "2\xa0m³"), ("106\xa0m³", "")]
    assert values(client, "from=2026-10-01") == ["108"]
    # Something entered for the new book from before its first day is nobody's.
    ReadingFactory(meter=meter, payment_book=new, value=1, read_on=date(2026, 5, 1))
    assert values(client) == ["108", "106"]
    # What staff enter as handover goes first.
    ReadingFactory(
        meter=meter, payment_book=new, value=107, read_on=date(2026, 10, 1), kind="handover", source="staff"
    )
    assert values(client) == ["108", "107"]

    # The former owner keeps their own and sees nothing later.
    assert values(client_for(holder)) == ["106", "103", "100"]


def test_what_was_handed_over_is_of_its_type(
    client_for: ClientFor, book: PaymentBook, flat: Property, history: list[Reading]
) -> None:
    PaymentBook.objects.filter(pk=book.pk).update(closed_on=date(2026, 9, 30))
    new = BookFactory(managing_company=book.managing_company, premises=[flat], opened_on=date(2026, 10, 1))
    client = client_for(AccessFactory(payment_book=new).person)
    assert values(client, "type=cold_water") == ["106"]
    assert values(client, "type=hot_water") == []


def test_of_a_meter_removed_before_one_s_time_nothing_is_handed_over(
    client_for: ClientFor, meter: Meter, book: PaymentBook, flat: Property, history: list[Reading]
) -> None:
    PaymentBook.objects.filter(pk=book.pk).update(closed_on=date(2026, 9, 30))
    Meter.objects.filter(pk=meter.pk).update(removed_on=date(2026, 9, 30))
    new = BookFactory(managing_company=book.managing_company, premises=[flat], opened_on=date(2026, 10, 1))
    client = client_for(AccessFactory(payment_book=new).person)
    assert values(client) == []
    Meter.objects.filter(pk=meter.pk).update(removed_on=date(2026, 10, 1))
    assert values(client) == ["106"]


def test_who_held_the_flat_before_too_sees_a_handover_once(
    client_for: ClientFor,
    holder: User,
    meter: Meter,
    book: PaymentBook,
    flat: Property,
    history: list[Reading],
) -> None:
    PaymentBook.objects.filter(pk=book.pk).update(closed_on=date(2026, 9, 30))
    new = BookFactory(managing_company=book.managing_company, premises=[flat], opened_on=date(2026, 10, 1))
    AccessFactory(person=holder, payment_book=new)
    client = client_for(holder)
    assert values(client) == ["106", "103", "100"]
    assert shown(client)[0].used == "3\xa0m³"
    assert values(client, f"object={new.pk}") == ["106"]
    assert client.get(f"{LIST}.csv").content.decode().count(";106;") == 1


def test_nothing_yet(client_for: ClientFor, holder: User, newcomer: User) -> None:
    assert "Rodmenų dar nėra." in text_of(client_for(holder))
    assert "Čia nėra objektų" in text_of(client_for(newcomer))


# ── Charts ──────────────────────────────────────────────────────────────────────────────────────


def bars(client: Client, query: str = "") -> list[tuple[str, str, int | None, int]]:
    [chart] = client.get(f"{LIST}?{query}").context["charts"]
    return [(bar.label, bar.amount.replace("\xa0", " "), bar.days, bar.height) for bar in chart.bars]


def test_a_chart_says_its_numbers(
    client_for: ClientFor, holder: User, meter: Meter, book: PaymentBook, history: list[Reading]
) -> None:
    ReadingFactory(meter=meter, payment_book=book, value=Decimal("107.5"))
    client = client_for(holder)
    assert bars(client) == [
        ("rgp", "3 m³", None, 100),
        ("rgs", "3 m³", None, 100),
        ("spa", "1,5 m³", None, 50),
    ]
    assert "Už spalį – 1,5 m³ , 1,5 m³ mažiau nei prieš mėnesį." in text_of(client)


def test_a_month_declared_in_part_is_not_compared(
    client_for: ClientFor, holder: User, meter: Meter, book: PaymentBook, history: list[Reading]
) -> None:
    second = MeterFactory(property=meter.property, place="Vonia")
    for month in (8, 9):
        ReadingFactory(meter=second, payment_book=book, read_on=date(2026, month, 20), value=10 * month)
    ReadingFactory(meter=meter, payment_book=book, value=109)
    client = client_for(holder)
    assert "Už spalį kol kas deklaruota 1 iš 2 skaitiklių." in text_of(client)
    [chart] = client.get(LIST).context["charts"]
    assert (chart.compared, chart.median) == ("", "")
    # All the meters are compared with all of them.
    last = ReadingFactory(meter=second, payment_book=book, value=95)
    assert "Už spalį – 8 m³ , 5 m³ mažiau nei prieš mėnesį." in text_of(client)
    # Nobody waits for what is taken out.
    last.delete()
    Meter.objects.filter(pk=second.pk).update(removed_on=date(2026, 10, 5))
    assert "kol kas" not in text_of(client)
    # A meter less is no saving.
    assert "mažiau" not in text_of(client)


def test_a_missed_month_has_no_bar(
    client_for: ClientFor, holder: User, meter: Meter, book: PaymentBook, history: list[Reading]
) -> None:
    Reading.objects.filter(value=103).delete()
    assert bars(client_for(holder)) == [("rgs", "6 m³", 62, 100)]
    ReadingFactory(meter=meter, payment_book=book, read_on=date(2026, 6, 20), value=98)
    assert bars(client_for(holder)) == [
        ("lie", "2 m³", None, 33),
        ("rgp", "–", None, 0),
        ("rgs", "6 m³", 62, 100),
    ]


def test_a_chart_is_of_thirteen_months_and_of_all_dials_of_a_type(
    client_for: ClientFor, holder: User, meter: Meter, book: PaymentBook
) -> None:
    second = MeterFactory(property=meter.property, place="Vonia")
    for dial in (meter, second):
        for back in range(20):
            year, month = divmod(2026 * 12 + 9 - back, 12)
            ReadingFactory(meter=dial, payment_book=book, read_on=date(year, month + 1, 20), value=100 - back)
    shown_bars = bars(client_for(holder))
    assert [label for label, *_rest in shown_bars] == [
        "spa", "lap", "gru", "sau", "vas", "kov", "bal", "geg", "bir", "lie", "rgp", "rgs", "spa",
    ]  # fmt: skip
    assert {amount for _label, amount, *_rest in shown_bars} == {"2 m³"}
    assert client_for(holder).get(f"{LIST}?before=2026-01-01_1").context["charts"] == []


# ── The neighbours ──────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def neighbours(building: Building, meter: Meter, book: PaymentBook, history: list[Reading]) -> list[Reading]:
    """With one's own, 15 flats that used 3, 1, 2, … 14 m³ in September."""
    found: list[Reading] = []
    for number in range(1, 15):
        dial = MeterFactory(property=PropertyFactory(building=building, unit=str(100 + number)))
        first = ReadingFactory(meter=dial, read_on=date(2026, 8, 21), value=10)
        found.append(
            ReadingFactory(
                meter=dial, payment_book=first.payment_book, read_on=date(2026, 9, 21), value=10 + number
            )
        )
    return found


def median(client: Client) -> str:
    [chart] = client.get(LIST).context["charts"]
    return str(chart.median).replace("\xa0", " ")


SAID = "Pusė Jūsų namo butų sunaudojo ne daugiau kaip %s."


def test_the_median_stands_beside_one_s_own_month(
    client_for: ClientFor, holder: User, neighbours: list[Reading]
) -> None:
    # 1, 2, 3, 3, 4 … 14: the eighth of fifteen.
    assert median(client_for(holder)) == SAID % "7 m³"


def test_no_median_of_fourteen(client_for: ClientFor, holder: User, neighbours: list[Reading]) -> None:
    neighbours[0].delete()
    assert median(client_for(holder)) == ""


def test_no_median_where_one_flat_makes_up_more_than_15_per_cent(
    client_for: ClientFor, holder: User, neighbours: list[Reading]
) -> None:
    # The other fourteen use 94; 16 of 110 are 14.5 %, 17 of 111 are 15.3 %.
    Reading.objects.filter(pk=neighbours[-1].pk).update(value=26)
    assert median(client_for(holder)) == SAID % "7 m³"
    Reading.objects.filter(pk=neighbours[-1].pk).update(value=27)
    assert median(client_for(holder)) == ""


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "estimate"},
        {"period": date(2026, 10, 1)},
        {"replaced_at": AT},
        {"value": 5},
    ],
    ids=str,
)
def test_a_flat_without_a_whole_month_does_not_count(
    client_for: ClientFor, holder: User, neighbours: list[Reading], change: dict[str, Any]
) -> None:
    Reading.objects.filter(pk=neighbours[0].pk).update(**change)
    assert median(client_for(holder)) == ""


@pytest.mark.parametrize("change", [{"kind": "estimate"}, {"period": date(2026, 7, 1)}], ids=str)
def test_a_flat_without_the_month_before_does_not_count(
    client_for: ClientFor, holder: User, neighbours: list[Reading], change: dict[str, Any]
) -> None:
    Reading.objects.filter(meter=neighbours[0].meter, value=10).update(**change)
    assert median(client_for(holder)) == ""


def test_a_flat_counts_with_all_its_meters_or_not_at_all(
    client_for: ClientFor, holder: User, neighbours: list[Reading]
) -> None:
    second = MeterFactory(property=neighbours[0].meter.property)
    assert median(client_for(holder)) == ""
    Meter.objects.filter(pk=second.pk).update(installed_on=date(2026, 10, 1))
    assert median(client_for(holder)) != ""


def test_other_buildings_shops_and_several_objects_have_no_part(
    client_for: ClientFor, holder: User, neighbours: list[Reading], building: Building
) -> None:
    shop = neighbours[0].meter.property
    Property.objects.filter(pk=shop.pk).update(kind="commercial")
    assert median(client_for(holder)) == ""
    Property.objects.filter(pk=shop.pk).update(kind="flat")
    assert median(client_for(holder)) != ""
    elsewhere = BuildingFactory(managing_company=building.managing_company)
    Property.objects.filter(pk=shop.pk).update(building=elsewhere)
    assert median(client_for(holder)) == ""
    Property.objects.filter(pk=shop.pk).update(building=building)
    AccessFactory(person=holder, payment_book=BookFactory(managing_company=building.managing_company))
    assert median(client_for(holder)) == ""


# ── How much it asks ────────────────────────────────────────────────────────────────────────────


def test_queries_do_not_grow(client_for: ClientFor, holder: User, company_a: ManagingCompany) -> None:
    client = client_for(holder)

    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(LIST)
        return len([one for one in queries if "SAVEPOINT" not in one["sql"]])

    ReadingFactory(meter__property=Access.objects.get(person=holder).payment_book.premises.get())
    counts = {asked()}
    for _number in range(12):
        book = BookFactory(managing_company=company_a)
        AccessFactory(person=holder, payment_book=book)
        dial = MeterFactory(property=book.premises.get())
        for back in range(3):
            ReadingFactory(
                meter=dial, payment_book=book, read_on=AT.date() - timedelta(days=30 * back), value=50 - back,
                declared_by=holder,
            )  # fmt: skip
    counts.add(asked())
    assert max(counts) <= 6
