"""Meters in the administration: found, declared on behalf, looked into, opened late, handed to accounting."""

import csv
import io
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from meters import cases
from meters.last import keep_last
from meters.models import LateWindow, Meter, Reading, ReadingCase, ReadingExport
from meters.window import VILNIUS
from properties.models import Building, ManagingCompany, PaymentBook, Property
from tests import tables
from tests.admin.test_fence import page
from tests.factories import BookFactory, MeterFactory, PropertyFactory, ReadingFactory
from tests.meters.conftest import AT

OCTOBER = date(2026, 10, 1)


@pytest.fixture(autouse=True)
def _october() -> Any:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def meter(flat: Property) -> Meter:
    """Read three times: 100, 103 and 106 m³, the last one on 20 September."""
    return MeterFactory(property=flat, serial="AB-418 20", place="Virtuvė")


@pytest.fixture
def history(meter: Meter, book: PaymentBook) -> list[Reading]:
    return [
        ReadingFactory(meter=meter, payment_book=book, read_on=date(2026, month, 20), value=value)
        for month, value in ((7, 100), (8, 103), (9, 106))
    ]


def listed(client: Client, model: Any, query: str = "") -> set[Any]:
    response = client.get(f"{page(model, 'changelist')}?{query}")
    assert response.status_code == 200, query
    return set(response.context["cl"].result_list)


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().replace("\xa0", " ").split())


# ── Found ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "words", ["AB-418 20", "ab418", "Beržyno g. 8-15", "KN-0418 22-15", "Birutė Pavyzdienė"]
)
def test_a_meter_and_its_readings_are_found_however_they_are_named(
    words: str, as_a: Client, meter: Meter, history: list[Reading], company_a: ManagingCompany
) -> None:
    ReadingFactory(meter__property__building__managing_company=company_a)
    assert listed(as_a, Meter, f"q={words}") == {meter}
    assert listed(as_a, Reading, f"q={words}") == set(history)
    assert listed(as_a, Meter, "q=XX-1") == listed(as_a, Reading, "q=XX-1") == set()


def test_meters_are_filtered(as_a: Client, meter: Meter, flat: Property) -> None:
    gas = MeterFactory(property=flat, type="gas", is_remote=True)
    gone = MeterFactory(property=flat, removed_on=date(2026, 10, 19))
    assert listed(as_a, Meter, "type__exact=gas") == listed(as_a, Meter, "is_remote__exact=1") == {gas}
    assert listed(as_a, Meter, "state=removed") == {gone}
    assert listed(as_a, Meter, "state=in_place") == {meter, gas}


def test_what_is_missing_of_a_building_for_a_month(
    as_a: Client, meter: Meter, history: list[Reading], book: PaymentBook, building: Building
) -> None:
    asked = "q=Beržyno 8&missing=2026-09"
    other = MeterFactory(property=PropertyFactory(building=building, unit="16"))
    MeterFactory(property=PropertyFactory(building__managing_company=building.managing_company))
    assert listed(as_a, Meter, asked) == {other}
    assert listed(as_a, Meter, "q=Beržyno 8&missing=2026-10") == {meter, other}
    # Only what stands, and only a real one.
    Reading.objects.filter(period="2026-09-01").update(kind="estimate")
    keep_last(meter_ids=[meter.pk])
    assert listed(as_a, Meter, asked) == {meter, other}
    Reading.objects.filter(period="2026-09-01").update(kind="monthly", replaced_at=AT)
    keep_last(meter_ids=[meter.pk])
    assert listed(as_a, Meter, asked) == {meter, other}
    # What was not there yet, or no longer, is not missing.
    Meter.objects.filter(pk=meter.pk).update(removed_on=date(2026, 9, 30))
    Meter.objects.filter(pk=other.pk).update(installed_on=OCTOBER)
    assert listed(as_a, Meter, asked) == set()
    Meter.objects.filter(pk=meter.pk).update(removed_on=OCTOBER)
    Meter.objects.filter(pk=other.pk).update(installed_on=date(2026, 9, 30))
    assert listed(as_a, Meter, asked) == {meter, other}


def test_readings_are_filtered(as_a: Client, meter: Meter, history: list[Reading], book: PaymentBook) -> None:
    july, august, september = history
    Reading.objects.filter(pk=july.pk).update(is_unusual=True, kind="handover")
    Reading.objects.filter(pk=august.pk).update(source="import", replaced_at=AT)
    for query in ("is_unusual__exact=1", "kind__exact=handover", "period=2026-07"):
        assert listed(as_a, Reading, query) == {july}
    assert (
        listed(as_a, Reading, "source__exact=import") == listed(as_a, Reading, "state=corrected") == {august}
    )
    assert listed(as_a, Reading, "state=current") == {july, september}


def test_readings_are_read_only_even_for_superusers(
    as_superuser: Client, as_a: Client, history: list[Reading]
) -> None:
    before = tables.state()
    for client in (as_superuser, as_a):
        assert client.get(page(Reading, "change", history[0].pk)).status_code == 200
        assert client.post(page(Reading, "change", history[0].pk), {"value": "1"}).status_code == 403
        assert client.post(page(Reading, "delete", history[0].pk), {"post": "yes"}).status_code == 403
    assert tables.state() == before


def test_staff_change_where_a_meter_hangs_and_nothing_that_readings_follow(
    as_a: Client, meter: Meter
) -> None:
    sent = {
        "place": "Vonia",
        "verified_until": "2027-01-31",
        "serial": "X",
        "is_remote": "on",
        "removed_on": "2026-10-01",
    }
    assert as_a.post(page(Meter, "change", meter.pk), sent).status_code == 302
    meter.refresh_from_db()
    assert (meter.place, meter.verified_until) == ("Vonia", date(2027, 1, 31))
    assert (meter.serial, meter.is_remote, meter.removed_on) == ("AB-418 20", False, None)


@pytest.mark.parametrize("model", [Meter, Reading, LateWindow, ReadingCase])
def test_a_list_asks_as_many_questions_for_three_rows_as_for_one(
    model: Any, as_a: Client, company_a: ManagingCompany, staff_a: User
) -> None:
    def row_of_each() -> None:
        row = ReadingFactory(meter__property__building__managing_company=company_a, declared_by=staff_a)
        moments = {"opens_at": AT, "ends_at": AT + timedelta(days=1), "opened_by": staff_a}
        LateWindow.objects.create(meter=row.meter, period=OCTOBER, **moments)
        LateWindow.objects.create(building=row.meter.property.building, period=OCTOBER, **moments)
        cases.send(
            meter=row.meter, payment_book=row.payment_book, period=OCTOBER, value=Decimal(1), note="", by=staff_a,
            at=AT,
        )  # fmt: skip

    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert listed(as_a, model)
        return len(asked)

    row_of_each()
    listed(as_a, model)
    one = count()
    row_of_each()
    row_of_each()
    assert count() == one


# ── Declared on behalf ──────────────────────────────────────────────────────────────────────────


@pytest.fixture
def sent(book: PaymentBook) -> dict[str, Any]:
    return {
        "payment_book": book.pk,
        "kind": "monthly",
        "period": "2026-10",
        "read_on": "2026-10-20",
        "value": "109,5",
        "asked": "",
        "corrects": "",
    }


def declaring(meter: Meter) -> str:
    return f"/admin/meters/meter/{meter.pk}/declare/"


def test_staff_declare_on_behalf(
    as_a: Client, staff_a: User, meter: Meter, history: list[Reading], sent: dict[str, Any]
) -> None:
    form = as_a.get(declaring(meter)).context["form"]
    assert (form.initial["payment_book"], form.initial["period"]) == (history[0].payment_book, OCTOBER)
    response = as_a.post(declaring(meter), sent, follow=True)
    assert "Deklaruota: 109,5 m³." in text_of(response)
    row = Reading.objects.latest("pk")
    assert (row.value, row.source, row.declared_by) == (Decimal("109.5"), "staff", staff_a)
    assert (row.period, row.read_on, row.is_unusual) == (OCTOBER, AT.date(), False)
    assert "Deklaruota: 109,5 m³." in text_of(as_a.get(page(Meter, "history", meter.pk)))


def test_after_the_window_too(
    as_a: Client, meter: Meter, history: list[Reading], sent: dict[str, Any]
) -> None:
    with time_machine.travel(datetime(2026, 10, 29, 12, tzinfo=VILNIUS), tick=False):
        assert as_a.post(declaring(meter), sent).status_code == 302
    assert Reading.objects.latest("pk").period == OCTOBER


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"value": "1e5"}, "value", "skaitmenimis"),
        ({"value": "-1"}, "value", "nulį"),
        ({"value": ""}, "value", "privalomas"),
        ({"value": "105"}, "value", "106"),
        ({"value": "109,1234"}, "value", "3"),
        ({"read_on": "2026-10-21"}, "read_on", ""),
        ({"read_on": "20261021"}, "read_on", ""),
        ({"read_on": "0001-01-01"}, "read_on", ""),
        ({"period": "2026-13"}, "period", "2026-10"),
        ({"period": "9999-10"}, "period", "2026-10"),
        ({"kind": "final"}, "kind", ""),
        ({"payment_book": "0"}, "payment_book", ""),
    ],
)
def test_what_is_refused_is_said_at_its_field(
    as_a: Client,
    meter: Meter,
    history: list[Reading],
    sent: dict[str, Any],
    changed: dict[str, str],
    field: str,
    words: str,
) -> None:
    before = tables.state()
    response = as_a.post(declaring(meter), sent | changed)
    assert response.status_code == 200
    errors = response.context["form"].errors
    assert list(errors) == [field]
    assert words in str(errors[field])
    # Nothing typed is lost.
    typed = str(changed[field])
    assert not typed or field in {"kind", "payment_book"} or f'value="{typed}"' in response.content.decode()
    assert tables.state() == before


def test_what_is_asked_is_confirmed_with_a_tick(
    as_a: Client, meter: Meter, history: list[Reading], sent: dict[str, Any]
) -> None:
    before = tables.state()
    # A tick alone, before anything was asked, confirms nothing.
    response = as_a.post(declaring(meter), sent | {"value": "200", "is_checked": "on"})
    form = response.context["form"]
    assert [question.code for question in form.questions] == ["unusual"]
    assert form.asked_now == "200"
    assert "Patikrinau, rodmuo teisingas" in text_of(response)
    # Another value is asked about again.
    asked = {"asked": form.asked_now, "is_checked": "on"}
    assert as_a.post(declaring(meter), sent | asked | {"value": "201"}).status_code == 200
    assert tables.state() == before
    assert as_a.post(declaring(meter), sent | asked | {"value": "200"}).status_code == 302
    row = Reading.objects.latest("pk")
    assert (row.value, row.is_unusual) == (200, True)
    assert listed(as_a, Reading, "is_unusual__exact=1") == {row}


def test_a_reading_that_is_there_is_shown_before_it_is_corrected(
    as_a: Client, meter: Meter, history: list[Reading], sent: dict[str, Any], holder: User, book: PaymentBook
) -> None:
    there = ReadingFactory(meter=meter, payment_book=book, value=108, declared_by=holder)
    response = as_a.post(declaring(meter), sent)
    form = response.context["form"]
    assert "108" in str(form.errors["value"])
    assert form.corrects_now == str(there.pk)
    assert Reading.objects.latest("pk") == there
    assert as_a.post(declaring(meter), sent | {"corrects": form.corrects_now}).status_code == 302
    assert Reading.objects.latest("pk").replaces == there


def test_only_books_of_the_premises_are_offered(
    as_a: Client, meter: Meter, history: list[Reading], sent: dict[str, Any], company_a: ManagingCompany
) -> None:
    other = BookFactory(managing_company=company_a)
    before = tables.state()
    response = as_a.post(declaring(meter), sent | {"payment_book": other.pk})
    assert list(response.context["form"].errors) == ["payment_book"]
    assert tables.state() == before


def test_a_handover_is_declared(
    as_a: Client, meter: Meter, history: list[Reading], sent: dict[str, Any], book: PaymentBook
) -> None:
    assert as_a.post(declaring(meter), sent | {"kind": "handover"}).status_code == 302
    assert Reading.objects.latest("pk").kind == "handover"


# ── Late windows ────────────────────────────────────────────────────────────────────────────────


def test_a_late_window_is_opened(as_a: Client, staff_a: User, building: Building, meter: Meter) -> None:
    asked = {"building": building.pk, "meter": "", "period": "2026-09", "last_day": "2026-10-14"}
    with time_machine.travel(datetime(2026, 10, 3, 9, tzinfo=VILNIUS), tick=False):
        assert as_a.get(page(LateWindow, "add")).context["adminform"].form.initial["period"] == date(
            2026, 9, 1
        )
        assert as_a.post(page(LateWindow, "add"), asked).status_code == 302
        window = LateWindow.objects.get()
        assert (window.building, window.period, window.opened_by) == (building, date(2026, 9, 1), staff_a)
        assert window.opens_at == datetime(2026, 10, 3, 9, tzinfo=VILNIUS)
        assert window.ends_at == datetime(2026, 10, 15, tzinfo=VILNIUS)
        only_one = asked | {"building": "", "meter": meter.pk}
        assert as_a.post(page(LateWindow, "add"), only_one).status_code == 302
    assert listed(as_a, LateWindow, "q=AB418") == listed(as_a, LateWindow) - {window}
    assert len(listed(as_a, LateWindow, "q=Beržyno 8")) == 2


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"building": ""}, "building"),
        ({"meter": "both"}, "building"),
        ({"period": "2026-10"}, "period"),
        ({"last_day": "2026-10-15"}, "last_day"),
        ({"last_day": "2026-10-02"}, "last_day"),
        ({"period": "x"}, "period"),
        ({"last_day": ""}, "last_day"),
    ],
)
def test_a_late_window_that_cannot_be_is_refused_at_its_field(
    as_a: Client, building: Building, meter: Meter, changed: dict[str, str], field: str
) -> None:
    asked = {"building": building.pk, "meter": "", "period": "2026-09", "last_day": "2026-10-14", **changed}
    if asked["meter"]:
        asked["meter"] = meter.pk
    with time_machine.travel(datetime(2026, 10, 3, 9, tzinfo=VILNIUS), tick=False):
        response = as_a.post(page(LateWindow, "add"), asked)
    assert response.status_code == 200
    assert list(response.context["adminform"].form.errors) == [field]
    assert not LateWindow.objects.exists()


def test_all_that_is_missing_of_a_late_window_is_said_in_words(as_a: Client) -> None:
    response = as_a.post(page(LateWindow, "add"), {"building": "", "meter": "", "period": "", "last_day": ""})
    assert set(response.context["adminform"].form.errors) == {"building", "period", "last_day"}
    shown = text_of(response)
    assert "late_window_is_for" not in shown
    assert "Laikotarpis:" in shown


def test_another_company_s_houses_and_meters_are_not_offered(
    as_b: Client, building: Building, meter: Meter
) -> None:
    asked = {"period": "2026-09", "last_day": "2026-10-14"}
    with time_machine.travel(datetime(2026, 10, 3, 9, tzinfo=VILNIUS), tick=False):
        for chosen in ({"building": building.pk}, {"meter": meter.pk}):
            assert as_b.post(page(LateWindow, "add"), asked | chosen).status_code == 200
    assert not LateWindow.objects.exists()


# ── Readings to be checked ──────────────────────────────────────────────────────────────────────


@pytest.fixture
def case(meter: Meter, book: PaymentBook, holder: User, history: list[Reading]) -> ReadingCase:
    return cases.send(
        meter=meter, payment_book=book, period=OCTOBER, value=Decimal(99), note="Keistas", by=holder, at=AT
    )


def test_a_case_is_refused_with_a_reason(as_a: Client, staff_a: User, case: ReadingCase) -> None:
    address = page(ReadingCase, "change", case.pk)
    shown = text_of(as_a.get(address))
    assert all(words in shown for words in ("99 m³", "106 m³", "Keistas", "Birutė Pavyzdienė"))
    assert all(words in shown for words in (f"{case.meter}, 99 m³", "Pastaba:", "2026-10"))
    response = as_a.post(address, {"verdict": "refused", "reason": " "})
    assert list(response.context["adminform"].form.errors) == ["reason"]
    assert as_a.post(address, {"verdict": "refused", "reason": "Ne tas skaitiklis"}).status_code == 302
    case.refresh_from_db()
    assert (case.outcome, case.reason, case.settled_by) == ("refused", "Ne tas skaitiklis", staff_a)
    assert listed(as_a, ReadingCase) == set()
    assert listed(as_a, ReadingCase, "state=decided") == listed(as_a, ReadingCase, "state=all") == {case}
    # What is decided stays decided.
    assert as_a.post(address, {"verdict": "taken", "reason": ""}).status_code == 403


def test_a_case_is_taken_once_nothing_stands_in_its_way(
    as_a: Client, staff_a: User, case: ReadingCase
) -> None:
    address = page(ReadingCase, "change", case.pk)
    before = tables.state()
    response = as_a.post(address, {"verdict": "taken", "reason": ""})
    assert response.headers["Location"] == address
    assert "106" in text_of(as_a.get(address))
    # Nothing was decided, and the history of the case does not say so.
    assert {name: rows for name, rows in tables.state().items() if name != "django_session"} == {
        name: rows for name, rows in before.items() if name != "django_session"
    }
    Reading.objects.update(value=Decimal(95))
    assert as_a.post(address, {"verdict": "taken", "reason": ""}).status_code == 302
    row = Reading.objects.latest("pk")
    assert (row.value, row.source, row.declared_by) == (99, "staff", staff_a)
    case.refresh_from_db()
    assert case.outcome == "taken"


# ── Handed to accounting ────────────────────────────────────────────────────────────────────────

EXPORT = "/admin/meters/reading/export/"


def exported(client: Client, **asked: Any) -> list[dict[str, str]]:
    response: Any = client.post(EXPORT, {"file_type": "csv", "period": "2026-09", **asked})
    assert response.status_code == 200
    assert response.headers["Content-Disposition"] == 'attachment; filename="readings-300000017-2026-09.csv"'
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def test_a_month_is_downloaded(as_a: Client, company_a: ManagingCompany, history: list[Reading]) -> None:
    [row] = exported(as_a, company=company_a.pk)
    assert (row["reading_id"], row["value"], row["consumption"]) == (str(history[-1].pk), "106", "3")
    assert exported(as_a, company=company_a.pk, since_last="on") == []
    assert ReadingExport.objects.count() == 2


def test_only_one_s_own_company_is_exported(
    as_b: Client, company_a: ManagingCompany, company_b: ManagingCompany, history: list[Reading]
) -> None:
    response = as_b.post(EXPORT, {"company": company_a.pk, "file_type": "csv", "period": "2026-09"})
    assert list(response.context["form"].errors) == ["company"]
    assert not ReadingExport.objects.exists()
    company_b.staff.clear()
    assert as_b.get(EXPORT).status_code == 403
    assert (
        as_b.post(EXPORT, {"company": company_b.pk, "file_type": "csv", "period": "2026-09"}).status_code
        == 403
    )


@pytest.mark.parametrize("period", ["", "2026", "2026-00", "٢٠٢٦-09", "2026-09-01"])
def test_a_month_is_written_as_in_files(as_a: Client, company_a: ManagingCompany, period: str) -> None:
    response = as_a.post(EXPORT, {"company": company_a.pk, "file_type": "csv", "period": period})
    assert list(response.context["form"].errors) == ["period"]
