"""„Skaitiklių deklaravimas“ through its address: what is shown, taken, asked about, refused and kept."""

import html
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
from meters.late_windows import open_late
from meters.models import Meter, Reading, ReadingCase
from properties.models import ManagingCompany, PaymentBook, Property
from tests import tables
from tests.factories import (
    AccessFactory,
    BookFactory,
    BuildingFactory,
    MeterFactory,
    PropertyFactory,
    ReadingFactory,
)
from tests.meters.conftest import AT
from tests.test_bad_input import VALUES, send

ClientFor = Callable[[User], Client]
PAGE = "/meters"
OCTOBER = date(2026, 10, 1)


@pytest.fixture(autouse=True)
def now() -> Any:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def hot(flat: Property, book: PaymentBook) -> Meter:
    """A second meter, read once: 50 m³."""
    meter: Meter = MeterFactory(property=flat, type="hot_water", place="Virtuvė", serial="41829999")
    ReadingFactory(meter=meter, payment_book=book, read_on=date(2026, 9, 20), value=50)
    return meter


def words(body: str) -> str:
    """Return a part of a page as a reader sees it."""
    text = re.sub(r"[ \n]+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body))).strip()
    # „22 d.“ does not break.
    return text.replace("\u00a0d.", " d.")


def group_of(response: Any, meter: Meter) -> str:
    """Return the markup of one meter."""
    body = response.content.decode()
    found = re.search(
        rf'<div class="meter" role="group" aria-labelledby="meter-{meter.pk}">.*?(?=<div class="meter"|</section>)',
        body,
        re.S,
    )
    return found[0] if found else ""


def message(client: Client) -> str:
    """Return the green message at the top of the next page."""
    found = re.search(r'<div class="note ok toast-gap".*?</div>', client.get(PAGE).content.decode(), re.S)
    return words(found[0]) if found else ""


def top(response: Any) -> str:
    """Return everything that is said above the heading."""
    return words(
        re.split(r'<div class="page-head">', response.content.decode())[0].split(
            '<main id="content" tabindex="-1">'
        )[1]
    )


def current() -> list[tuple[int, Decimal]]:
    rows = Reading.objects.current().filter(period=OCTOBER).order_by("meter_id")
    return [(row.meter_id, row.value) for row in rows]


def line(response: Any, meter: Meter) -> str:
    return words(group_of(response, meter))


def typed(response: Any, meter: Meter) -> str:
    """Return what stands in a meter's field."""
    found = re.search(rf'<input id="now-{meter.pk}"[^>]* value="([^"]*)"', group_of(response, meter))
    assert found is not None
    return html.unescape(found[1])


# ── What is shown ───────────────────────────────────────────────────────────────────────────────


def test_a_meter_has_its_number_its_reading_and_a_field(
    client_for: ClientFor, holder: User, meter: Meter, history: list[Reading]
) -> None:
    response = client_for(holder).get(PAGE)
    body = response.content.decode()
    assert "Liko 8 dienos spalio 15 d. spalio 27 d." in words(body)
    assert '<h2 id="object-' in body
    assert "Beržyno g. 8-15, Klaipėda" in body
    number = f"Skaitiklis Nr. {meter.serial}"
    assert line(response, meter) == (
        f"Šaltas vanduo, virtuvė {number} Buvo rugsėjo 20 d. 106 Dabar, m³ – {number} "
        f"Sunaudota – Deklaruoti – {number}"
    )
    assert re.search(rf'<input id="now-{meter.pk}"[^>]* type="text" inputmode="decimal"', body)
    # Enter presses the first button of the form.
    assert re.search(
        r'<form class="stack"[^>]*>\s*<input type="hidden"[^>]*>\s*<button class="vh"[^>]*value="check"', body
    )
    # One meter needs no button for all.
    assert "Deklaruoti visus" not in body


def test_meters_stand_by_object_and_place(
    client_for: ClientFor,
    holder: User,
    flat: Property,
    book: PaymentBook,
    company_a: ManagingCompany,
    meter: Meter,
) -> None:
    bath = MeterFactory(property=flat, place="Vonia", type="cold_water")
    kitchen = MeterFactory(property=flat, place="Virtuvė", type="hot_water")
    zones = [
        MeterFactory(property=flat, type="electricity", serial="E-1", register=zone) for zone in ("T2", "T1")
    ]
    other = PropertyFactory(
        building=BuildingFactory(managing_company=company_a, street="Ąžuolų g.", house="1")
    )
    AccessFactory(person=holder, payment_book=BookFactory(managing_company=company_a, premises=[other]))
    elsewhere = MeterFactory(property=other)
    MeterFactory(property=flat, removed_on=AT.date() - timedelta(days=1))
    MeterFactory(property=flat, installed_on=AT.date() + timedelta(days=1))
    MeterFactory()
    body = client_for(holder).get(PAGE).content.decode()
    assert [int(pk) for pk in re.findall(r'aria-labelledby="meter-([0-9]+)"', body)] == [
        one.pk for one in (elsewhere, zones[1], zones[0], meter, kitchen, bath)
    ]
    assert re.findall(r'<h2 id="object-[0-9]+">([^<]*)', body) == [
        "Ąžuolų g. 1-15, Klaipėda",
        "Beržyno g. 8-15, Klaipėda",
    ]
    assert body.count("Skaitiklis Nr. E-1, T1") == 3  # beside the name, in the label and on the button
    assert "Deklaruoti visus" in body


def test_a_remote_meter_is_shown_without_a_field(
    client_for: ClientFor, holder: User, flat: Property, meter: Meter
) -> None:
    remote = MeterFactory(property=flat, type="heat", is_remote=True)
    response = client_for(holder).get(PAGE)
    assert "Skaitiklis nuskaitomas nuotoliniu būdu" in line(response, remote)
    assert f'name="now-{remote.pk}"' not in response.content.decode()


def test_a_company_that_takes_no_readings_says_so(
    client_for: ClientFor, holder: User, meter: Meter, company_a: ManagingCompany
) -> None:
    company_a.declares_readings = False
    company_a.save()
    client = client_for(holder)
    body = client.get(PAGE).content.decode()
    assert "Jūsų prižiūrinti įmonė rodmenų savitarnoje nepriima. Juos teikite taip, kaip iki šiol." in words(
        body
    )
    assert "now-" not in body
    assert client.post(PAGE, {"declare": meter.pk, f"now-{meter.pk}": "109"}).status_code == 404
    assert current() == []


def test_a_new_owner_sees_only_the_value_and_day_of_the_handover(
    client_for: ClientFor,
    former_book: PaymentBook,
    former_holder: User,
    company_a: ManagingCompany,
) -> None:
    flat = former_book.premises.get()
    meter = MeterFactory(property=flat)
    former_book.closed_on = date(2026, 9, 25)
    former_book.save()
    for day, value in ((date(2026, 8, 20), 70), (date(2026, 9, 20), 77)):
        ReadingFactory(
            meter=meter, payment_book=former_book, read_on=day, value=value, declared_by=former_holder
        )
    new = BookFactory(managing_company=company_a, premises=[flat], opened_on=date(2026, 9, 26))
    client = client_for(AccessFactory(payment_book=new).person)
    response = client.get(PAGE)
    assert "Buvo rugsėjo 20 d. 77 " in line(response, meter)
    assert "Kazys" not in response.content.decode()
    # The former owner declares no more.
    body = client_for(former_holder).get(PAGE).content.decode()
    assert "Objektų, kurių skaitiklius galite deklaruoti, čia nėra." in words(body)
    assert meter.serial not in body


def test_who_bought_a_flat_back_declares_for_the_open_book(
    client_for: ClientFor, former_book: PaymentBook, former_holder: User, company_a: ManagingCompany
) -> None:
    flat = former_book.premises.get()
    meter = MeterFactory(property=flat)
    former_book.closed_on = date(2026, 8, 31)
    former_book.save()
    ReadingFactory(meter=meter, payment_book=former_book, read_on=date(2026, 8, 20), value=77)
    new = BookFactory(managing_company=company_a, premises=[flat], opened_on=date(2026, 9, 1))
    AccessFactory(person=former_holder, payment_book=new)
    client = client_for(former_holder)
    assert client.post(PAGE, {"declare": meter.pk, f"now-{meter.pk}": "79"}).status_code == 302
    assert Reading.objects.get(period=OCTOBER).payment_book == new
    assert client.get(PAGE).content.decode().count("Deklaruota spalio 20\u00a0d.") == 1


# ── Taken ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("value", ["109.5", "109,5", " 109,500 "])
def test_one_meter_is_declared(
    client_for: ClientFor, holder: User, meter: Meter, history: list[Reading], value: str
) -> None:
    client = client_for(holder)
    response = client.post(PAGE, {"declare": meter.pk, f"now-{meter.pk}": value})
    assert (response.status_code, response.headers["Location"]) == (302, PAGE)
    row = Reading.objects.get(period=OCTOBER)
    assert (row.meter, row.value, row.source, row.declared_by) == (
        meter,
        Decimal("109.5"),
        "resident",
        holder,
    )
    said = message(client)
    assert said == f"Rodmuo deklaruotas: Šaltas vanduo, virtuvė, Nr. {meter.serial}, 109,5\u00a0m³."
    after = client.get(PAGE)
    assert (
        "Deklaruota spalio 20 d. Rodmuo 109,5\u00a0m³ , sunaudota 3,5\u00a0m³ . Deklaravote Jūs savitarnoje. Taisyti"
        in line(after, meter)
    )
    assert f'name="now-{meter.pk}"' not in after.content.decode()


def test_the_same_press_twice_is_one_reading(
    client_for: ClientFor, holder: User, meter: Meter, history: list[Reading]
) -> None:
    client = client_for(holder)
    for _ in range(2):
        assert client.post(PAGE, {"declare": meter.pk, f"now-{meter.pk}": "109"}).status_code == 302
    assert Reading.objects.filter(period=OCTOBER).count() == 1


def test_a_declared_meter_is_corrected(
    client_for: ClientFor, holder: User, co_holder: User, meter: Meter, history: list[Reading]
) -> None:
    client = client_for(holder)
    client_for(co_holder).post(PAGE, {"declare": meter.pk, f"now-{meter.pk}": "109,5"})
    assert "Savitarnoje deklaravo Jonas Pavyzdys." in line(client.get(PAGE), meter)
    first = Reading.objects.get(period=OCTOBER)
    opened = client.post(PAGE, {"edit": meter.pk})
    assert typed(opened, meter) == "109,5"
    assert "autofocus" in group_of(opened, meter)
    assert f'name="seen-{meter.pk}" value="{first.pk}"' in group_of(opened, meter)
    sent = {"declare": meter.pk, f"now-{meter.pk}": "108", f"seen-{meter.pk}": first.pk}
    assert client.post(PAGE, sent).status_code == 302
    assert message(client).startswith("Rodmuo pataisytas: ")
    assert current() == [(meter.pk, Decimal(108))]
    assert Reading.objects.get(value=108).replaces == first


def test_the_second_of_two_people_sees_who_declared_what_and_when(
    client_for: ClientFor, holder: User, co_holder: User, meter: Meter, history: list[Reading]
) -> None:
    client_for(co_holder).post(PAGE, {"declare": meter.pk, f"now-{meter.pk}": "109"})
    client = client_for(holder)
    sent = {"declare": meter.pk, f"now-{meter.pk}": "108"}
    response = client.post(PAGE, sent)
    assert response.status_code == 200
    said = "Jonas Pavyzdys jau deklaravo 109\u00a0m³ už 2026 m. spalį (2026 m. spalio 20 d., 15:00)."
    assert f"{said} Jei norite pataisyti, spauskite „Deklaruoti“ dar kartą." in line(response, meter)
    assert typed(response, meter) == "108"
    assert current() == [(meter.pk, Decimal(109))]
    seen = re.search(rf'name="seen-{meter.pk}" value="([0-9]+)"', group_of(response, meter))
    assert seen is not None
    assert client.post(PAGE, sent | {f"seen-{meter.pk}": seen[1]}).status_code == 302
    assert current() == [(meter.pk, Decimal(108))]


def test_in_a_second_tab_one_hears_of_oneself(
    client_for: ClientFor, holder: User, meter: Meter, history: list[Reading]
) -> None:
    client = client_for(holder)
    client.post(PAGE, {"declare": meter.pk, f"now-{meter.pk}": "109"})
    response = client.post(PAGE, {"declare": meter.pk, f"now-{meter.pk}": "108"})
    assert "Jūs jau deklaravote 109\u00a0m³ už 2026 m. spalį (" in line(response, meter)
    assert current() == [(meter.pk, Decimal(109))]


def test_a_correction_is_given_up(
    client_for: ClientFor, holder: User, meter: Meter, hot: Meter, history: list[Reading]
) -> None:
    client = client_for(holder)
    client.post(PAGE, {"declare": meter.pk, f"now-{meter.pk}": "109"})
    opened = client.post(PAGE, {"edit": meter.pk, f"now-{hot.pk}": ""})
    assert f'name="cancel" value="{meter.pk}"' in group_of(opened, meter)
    first = Reading.objects.get(period=OCTOBER)
    sent = {"cancel": meter.pk, f"now-{meter.pk}": "108", f"seen-{meter.pk}": first.pk}
    assert client.post(PAGE, sent | {f"now-{hot.pk}": ""}).status_code == 302
    kept = client.post(PAGE, sent | {f"now-{hot.pk}": "52"})
    assert typed(kept, hot) == "52"
    assert "Taisyti" in line(kept, meter)
    assert f'name="now-{meter.pk}"' not in group_of(kept, meter)
    assert current() == [(meter.pk, Decimal(109))]


def test_a_correction_without_a_change_is_not_entered(
    client_for: ClientFor, holder: User, meter: Meter, hot: Meter, history: list[Reading]
) -> None:
    client = client_for(holder)
    client.post(PAGE, {"declare": meter.pk, f"now-{meter.pk}": "109"})
    opened = client.post(PAGE, {"edit": meter.pk, f"now-{hot.pk}": "52"})
    assert "Įvesta 1 iš 2" in words(opened.content.decode())
    first = Reading.objects.get(period=OCTOBER)
    sent = {f"now-{meter.pk}": "109", f"seen-{meter.pk}": first.pk, f"now-{hot.pk}": "52"}
    assert client.post(PAGE, {"declare": "all"} | sent).status_code == 302
    assert message(client) == "Deklaruotas 1 rodmuo."


def test_red_digits_are_shown_only_where_a_dial_has_them(
    client_for: ClientFor, holder: User, meter: Meter, history: list[Reading]
) -> None:
    client = client_for(holder)
    assert "juodus skaitmenis" in words(client.get(PAGE).content.decode())
    Meter.objects.filter(pk=meter.pk).update(decimal_digits=0)
    assert "juodus skaitmenis" not in words(client.get(PAGE).content.decode())


def test_enter_only_calculates(
    client_for: ClientFor, holder: User, meter: Meter, hot: Meter, history: list[Reading]
) -> None:
    client = client_for(holder)
    before = tables.state()
    response = client.post(PAGE, {"declare": "check", f"now-{meter.pk}": "109,25", f"now-{hot.pk}": ""})
    assert "Sunaudota 3,25 m³" in line(response, meter)
    assert "Sunaudota – " in line(response, hot)
    assert "Dar nedeklaruota" in top(response)
    assert "Įvesta 1 iš 2" in words(response.content.decode())
    asked = client.post(PAGE, {"declare": "check", f"now-{meter.pk}": "190", f"now-{hot.pk}": "x"})
    assert "Patikrinau, rodmuo teisingas" in line(asked, meter)
    assert "Rodmenį rašykite skaitmenimis" in line(asked, hot)
    assert tables.state() == before


# ── Asked ───────────────────────────────────────────────────────────────────────────────────────


def test_an_unusual_reading_is_asked_about_and_taken_when_confirmed(
    client_for: ClientFor, holder: User, meter: Meter, history: list[Reading]
) -> None:
    client = client_for(holder)
    sent = {"declare": meter.pk, f"now-{meter.pk}": "190"}
    asked = client.post(PAGE, sent)
    assert asked.status_code == 200
    assert "Per 30 dienų sunaudota 84\u00a0m³, o paprastai – apie 2,9\u00a0m³." in line(asked, meter)
    assert "Patikrinau, rodmuo teisingas" in line(asked, meter)
    assert "checked" not in group_of(asked, meter)
    assert (typed(asked, meter), current()) == ("190", [])
    tick = re.search(rf'name="sure-{meter.pk}" value="([^"]*)"', group_of(asked, meter))
    assert tick is not None
    # The tick is for 190: another value is asked about again, and is not ticked.
    other = client.post(PAGE, sent | {f"now-{meter.pk}": "195", f"sure-{meter.pk}": tick[1]})
    assert "Patikrinau, rodmuo teisingas" in line(other, meter)
    assert "checked" not in group_of(other, meter)
    assert current() == []
    assert client.post(PAGE, sent | {f"sure-{meter.pk}": tick[1]}).status_code == 302
    row = Reading.objects.get(period=OCTOBER)
    assert (row.value, row.is_unusual) == (Decimal(190), True)


def test_a_dial_that_went_round_is_asked_about(
    client_for: ClientFor, holder: User, flat: Property, book: PaymentBook
) -> None:
    meter = MeterFactory(property=flat)
    ReadingFactory(meter=meter, payment_book=book, read_on=date(2026, 9, 20), value="99998.5")
    client = client_for(holder)
    asked = client.post(PAGE, {"declare": meter.pk, f"now-{meter.pk}": "1,5"})
    assert "Ar skaitiklis po 99\u00a0999 vėl pradėjo skaičiuoti nuo nulio? Tada sunaudota 3\u00a0m³." in line(
        asked, meter
    )
    client.post(PAGE, {"declare": meter.pk, f"now-{meter.pk}": "1,5", f"sure-{meter.pk}": "1,5"})
    assert Reading.objects.get(period=OCTOBER).is_rollover
    assert "sunaudota 3\u00a0m³" in line(client.get(PAGE), meter)


# ── Refused ─────────────────────────────────────────────────────────────────────────────────────

NOT_A_NUMBER = "Rodmenį rašykite skaitmenimis, kaip rodo skaitiklis, pavyzdžiui, 482 arba 482,5."


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("1e5", NOT_A_NUMBER),
        ("NaN", NOT_A_NUMBER),
        ("٣", NOT_A_NUMBER),
        ("1 234", NOT_A_NUMBER),
        ("1_000", NOT_A_NUMBER),
        ("12,345,6", NOT_A_NUMBER),
        ("<b>109</b>", NOT_A_NUMBER),
        ("9" * 40, NOT_A_NUMBER),
        ("-1", "Rodmuo negali būti mažesnis už nulį."),
        ("1234567", "Skaitiklis prieš kablelį rodo tik 5 skaitmenis."),
        ("9" * 20, "Skaitiklis prieš kablelį rodo tik 5 skaitmenis."),
        ("109,1234", "Po kablelio rašykite ne daugiau kaip 3 skaitmenis."),
        ("99", "Tai mažiau, nei skaitiklis rodė 2026 m. rugsėjo 20 d.: 106\u00a0m³."),
        ("", "Įrašykite rodmenį."),
    ],
)
@pytest.mark.parametrize("press", ["one", "check"])
def test_a_refused_value_comes_back_with_its_reason(
    client_for: ClientFor,
    holder: User,
    meter: Meter,
    history: list[Reading],
    value: str,
    reason: str,
    press: str,
) -> None:
    if (value, press) == ("", "check"):
        return
    client = client_for(holder)
    before = tables.state()
    sent = {"declare": meter.pk if press == "one" else "check", f"now-{meter.pk}": value}
    response = client.post(PAGE, sent)
    assert response.status_code == 200
    assert reason in line(response, meter)
    assert typed(response, meter) == value
    assert 'aria-invalid="true"' in group_of(response, meter)
    assert f'aria-describedby="said-{meter.pk} used-{meter.pk}"' in group_of(response, meter)
    assert re.search(rf'<a href="#now-{meter.pk}">', response.content.decode())
    assert "<title>Klaida: Skaitiklių deklaravimas" in response.content.decode()
    assert tables.state() == before


def test_a_refused_reading_is_sent_to_be_checked(
    client_for: ClientFor, holder: User, meter: Meter, hot: Meter, history: list[Reading], book: PaymentBook
) -> None:
    client = client_for(holder)
    sent = {f"now-{meter.pk}": "99", f"now-{hot.pk}": "5x"}
    refused = client.post(PAGE, sent | {"declare": meter.pk})
    assert "Siųsti rodmenį patikrai" in line(refused, meter)
    assert typed(refused, hot) == "5x"
    response = client.post(PAGE, sent | {"send": meter.pk})
    case = ReadingCase.objects.get()
    assert (case.meter, case.payment_book, case.period, case.value, case.person) == (
        meter,
        book,
        OCTOBER,
        Decimal(99),
        holder,
    )
    assert top(response).startswith("Rodmuo išsiųstas patikrai: ")
    assert "Rodmenį 99\u00a0m³ patikrai išsiuntėte spalio 20 d. Atsakymą rasite čia." in line(response, meter)
    assert (typed(response, meter), typed(response, hot)) == ("", "5x")
    assert current() == []
    case.outcome, case.reason, case.settled_at = "refused", "Nuotraukoje – kitas skaitiklis.", AT
    case.save()
    told = line(client.get(PAGE), meter)
    assert "Įmonė rodmenį 99\u00a0m³ patikrino ir jo nepriėmė: Nuotraukoje – kitas skaitiklis." in told


@pytest.mark.parametrize("value", ["9" * 10, "1234567,12345"])
def test_what_no_dial_shows_is_not_sent(
    client_for: ClientFor, holder: User, meter: Meter, history: list[Reading], value: str
) -> None:
    response = client_for(holder).post(PAGE, {"send": meter.pk, f"now-{meter.pk}": value})
    assert response.status_code == 200
    assert "Siųsti rodmenį patikrai" not in line(response, meter)
    assert ReadingCase.objects.count() == 0


def test_a_good_reading_that_is_sent_is_declared(
    client_for: ClientFor, holder: User, meter: Meter, history: list[Reading]
) -> None:
    assert client_for(holder).post(PAGE, {"send": meter.pk, f"now-{meter.pk}": "109"}).status_code == 302
    assert (current(), ReadingCase.objects.count()) == ([(meter.pk, Decimal(109))], 0)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        (
            {"is_remote": True},
            "Šis skaitiklis nuskaitomas nuotoliniu būdu, jo rodmenų čia deklaruoti nereikia.",
        ),
        ({"removed_on": date(2026, 10, 10)}, "Šis skaitiklis nuimtas 2026 m. spalio 10 d."),
    ],
)
def test_a_remote_or_removed_meter_in_an_old_tab(
    client_for: ClientFor,
    holder: User,
    meter: Meter,
    history: list[Reading],
    fields: dict[str, Any],
    reason: str,
) -> None:
    Meter.objects.filter(pk=meter.pk).update(**fields)
    client = client_for(holder)
    before = tables.state()
    for press in (meter.pk, "all", "check"):
        response = client.post(PAGE, {"declare": press, f"now-{meter.pk}": "109"})
        assert response.status_code == 200
        name = f"Šaltas vanduo, virtuvė, Nr. {meter.serial}"
        assert top(response) == f"Šių rodmenų nepriėmėme {name}: 109 – {reason}"
        assert f'name="now-{meter.pk}"' not in response.content.decode()
    assert tables.state() == before


# ── All at once ─────────────────────────────────────────────────────────────────────────────────


def test_all_keeps_the_good_and_brings_back_the_bad(
    client_for: ClientFor, holder: User, flat: Property, meter: Meter, hot: Meter, history: list[Reading]
) -> None:
    empty = MeterFactory(property=flat, type="electricity")
    gas = MeterFactory(property=flat, type="gas")
    client = client_for(holder)
    sent = {
        "declare": "all",
        f"now-{meter.pk}": "99",
        f"now-{hot.pk}": "52",
        f"now-{empty.pk}": "",
        f"now-{gas.pk}": "7",
    }
    response = client.post(PAGE, sent)
    assert response.status_code == 200
    assert "Deklaruoti 2 rodmenys." in top(response)
    assert "Pataisykite 1 rodmenį" in top(response)
    assert dict(current()) == {hot.pk: Decimal(52), gas.pk: Decimal(7)}
    assert typed(response, meter) == "99"
    assert typed(response, empty) == ""
    assert 'aria-invalid="true"' not in group_of(response, empty)
    assert "Deklaruota spalio 20 d." in line(response, hot)
    done = client.post(PAGE, {"declare": "all", f"now-{meter.pk}": "109", f"now-{empty.pk}": ""})
    assert done.status_code == 302
    assert message(client) == "Deklaruotas 1 rodmuo."


def test_one_of_several_keeps_what_is_typed_for_the_others(
    client_for: ClientFor, holder: User, meter: Meter, hot: Meter, history: list[Reading]
) -> None:
    response = client_for(holder).post(
        PAGE, {"declare": meter.pk, f"now-{meter.pk}": "109", f"now-{hot.pk}": "5o"}
    )
    assert response.status_code == 200
    assert top(response).startswith("Rodmuo deklaruotas: ")
    assert typed(response, hot) == "5o"
    assert "Pataisykite" not in top(response)
    assert current() == [(meter.pk, Decimal(109))]


def test_correcting_keeps_what_is_typed_for_the_others(
    client_for: ClientFor, holder: User, meter: Meter, hot: Meter, history: list[Reading]
) -> None:
    client = client_for(holder)
    client.post(PAGE, {"declare": meter.pk, f"now-{meter.pk}": "109"})
    response = client.post(PAGE, {"edit": meter.pk, f"now-{hot.pk}": "52"})
    assert (typed(response, meter), typed(response, hot)) == ("109", "52")


def test_all_with_nothing_typed_says_so(
    client_for: ClientFor, holder: User, meter: Meter, hot: Meter
) -> None:
    response = client_for(holder).post(PAGE, {"declare": "all", f"now-{meter.pk}": " ", f"now-{hot.pk}": ""})
    assert response.status_code == 200
    assert "Neįrašėte nė vieno rodmens" in top(response)
    assert "Pataisykite" not in top(response)


def test_somebody_else_s_meter(
    client_for: ClientFor, holder: User, meter: Meter, history: list[Reading]
) -> None:
    foreign = MeterFactory(serial="SVETIMAS-1")
    client = client_for(holder)
    before = tables.state()
    for pk in (foreign.pk, 0, 10**18 - 1):
        for button in ("declare", "edit", "cancel", "send"):
            assert (
                client.post(PAGE, {button: pk, f"now-{pk}": "5", f"now-{meter.pk}": "109"}).status_code == 404
            )
    assert tables.state() == before
    response = client.post(PAGE, {"declare": "all", f"now-{foreign.pk}": "5,25", f"now-{meter.pk}": "109"})
    assert response.status_code == 200
    assert "Deklaruotas 1 rodmuo." in top(response)
    assert "Jų skaitiklių dabar deklaruoti negalite. Jūs įrašėte: 5,25" in top(response)
    assert "SVETIMAS" not in response.content.decode()
    assert current() == [(meter.pk, Decimal(109))]


def test_a_thousand_lines_at_once(
    client_for: ClientFor, holder: User, meter: Meter, history: list[Reading]
) -> None:
    lines = {f"now-{10**9 + number}": "5" for number in range(999)}
    lines |= {f"seen-{10**9 + number}": "5" for number in range(999)}
    response = client_for(holder).post(PAGE, {"declare": "all", f"now-{meter.pk}": "109", **lines})
    assert response.status_code == 200
    assert "Deklaruotas 1 rodmuo." in top(response)
    assert current() == [(meter.pk, Decimal(109))]


# ── Who may ─────────────────────────────────────────────────────────────────────────────────────


def test_who_may_declare(
    client_for: ClientFor,
    meter: Meter,
    history: list[Reading],
    holder: User,
    co_holder: User,
    guest: User,
    guest_declares: User,
    guest_pays: User,
    revoked_guest: User,
    expired_guest: User,
    removed_holder: User,
    stranger: User,
    newcomer: User,
) -> None:
    sent = {"declare": meter.pk, f"now-{meter.pk}": "109"}
    for person in (guest_pays, revoked_guest, expired_guest, removed_holder, stranger, newcomer):
        client = client_for(person)
        assert meter.serial not in client.get(PAGE).content.decode()
        assert client.post(PAGE, sent).status_code == 404
        assert current() == []
    for person in (holder, co_holder, guest, guest_declares):
        client = client_for(person)
        assert meter.serial in client.get(PAGE).content.decode()
        assert client.post(PAGE, sent).status_code == 302
    assert Reading.objects.get(period=OCTOBER).declared_by == holder
    navigation = 'href="/meters"'
    assert navigation in client_for(guest_declares).get("/contacts").content.decode()
    assert navigation not in client_for(guest_pays).get("/contacts").content.decode()


def test_a_right_that_ended_ends_in_an_open_tab(
    client_for: ClientFor, holder: User, guest_declares: User, meter: Meter, history: list[Reading]
) -> None:
    client = client_for(guest_declares)
    assert meter.serial in client.get(PAGE).content.decode()
    access = guest_declares.accesses.get()
    access.ends_at = AT - timedelta(seconds=1)
    access.save()
    assert client.post(PAGE, {"declare": meter.pk, f"now-{meter.pk}": "109"}).status_code == 404
    told = client.post(PAGE, {"declare": "all", f"now-{meter.pk}": "109"})
    assert top(told).endswith("Jūs įrašėte: 109")
    assert meter.serial not in told.content.decode()
    assert current() == []


# ── Closed, and late ────────────────────────────────────────────────────────────────────────────

CLOSED = datetime(2026, 11, 3, 10, tzinfo=UTC)


def test_a_closed_window_has_no_fields(
    client_for: ClientFor, holder: User, meter: Meter, history: list[Reading]
) -> None:
    with time_machine.travel(CLOSED, tick=False):
        body = client_for(holder).get(PAGE).content.decode()
    told = words(body)
    assert "Deklaruosite nuo lapkričio 15 d." in told
    assert (
        "Rodmenis priimame nuo kiekvieno mėnesio 15 iki 27 dienos. Šiandien – lapkričio 3 d., todėl" in told
    )
    assert (
        f"Šaltas vanduo, virtuvė Skaitiklis Nr. {meter.serial} Deklaruota rugsėjo 20 d. 106\u00a0m³" in told
    )
    assert "now-" not in body
    for address in ("/letters", "/calendar"):
        assert f'href="{address}"' in body


def test_nothing_is_lost_from_a_tab_that_was_open_when_the_window_closed(
    client_for: ClientFor, holder: User, meter: Meter, hot: Meter, history: list[Reading]
) -> None:
    with time_machine.travel(CLOSED, tick=False):
        client = client_for(holder)
        before = tables.state()
        for press in (meter.pk, "all", "check"):
            sent = {"declare": press, f"now-{meter.pk}": "109,5", f"now-{hot.pk}": "52x"}
            response = client.post(PAGE, sent)
            assert response.status_code == 200
            assert top(response) == (
                "Šių rodmenų nepriėmėme Rodmenis priėmėme iki spalio 27 d. imtinai. "
                "Palikome, ką įrašėte, kad galėtumėte pasižymėti. "
                f"Šaltas vanduo, virtuvė, Nr. {meter.serial}: 109,5 "
                f"Karštas vanduo, virtuvė, Nr. {hot.serial}: 52x"
            )
            assert "Deklaruosite nuo lapkričio 15 d." in words(response.content.decode())
        assert tables.state() == before


def test_a_late_window_is_said_with_its_month_and_end(
    client_for: ClientFor, holder: User, staff_a: User, meter: Meter, hot: Meter, history: list[Reading]
) -> None:
    open_late(
        meter=meter,
        period=OCTOBER,
        opens_at=CLOSED - timedelta(days=1),
        ends_at=CLOSED + timedelta(days=2),
        by=staff_a,
    )
    with time_machine.travel(CLOSED, tick=False):
        client = client_for(holder)
        response = client.get(PAGE)
        assert "Rodmenis už spalį dar galite deklaruoti iki lapkričio 5 d. 12:00." in words(
            response.content.decode()
        )
        assert typed(response, meter) == ""
        assert f'name="now-{hot.pk}"' not in response.content.decode()
        assert "Deklaruosite nuo lapkričio 15 d." in line(response, hot)
        assert client.post(PAGE, {"declare": meter.pk, f"now-{meter.pk}": "109"}).status_code == 302
        refused = client.post(PAGE, {"declare": hot.pk, f"now-{hot.pk}": "52"})
        assert "Nepriimta: 52 Dabar rodmenų nepriimame." in line(refused, hot)
    row = Reading.objects.get(value=109)
    assert (row.meter, row.period) == (meter, OCTOBER)


def test_a_building_with_its_own_days(
    client_for: ClientFor, holder: User, company_a: ManagingCompany, meter: Meter, history: list[Reading]
) -> None:
    own = BuildingFactory(
        managing_company=company_a, street="Ramunių g.", house="3", window_opens=25, window_closes=5
    )
    other = PropertyFactory(building=own, unit="42")
    AccessFactory(person=holder, payment_book=BookFactory(managing_company=company_a, premises=[other]))
    there = MeterFactory(property=other)
    body = client_for(holder).get(PAGE)
    assert "Ramunių g. 3-42, Klaipėda Deklaruosite nuo spalio 25 d." in words(body.content.decode())
    assert f'name="now-{there.pk}"' not in body.content.decode()
    with time_machine.travel(datetime(2026, 10, 26, 10, tzinfo=UTC), tick=False):
        told = words(client_for(holder).get(PAGE).content.decode())
        assert "Liko 2 dienos spalio 15 d. spalio 27 d." in told
        assert "Ramunių g. 3-42, Klaipėda Liko 11 dienų, paskutinė – lapkričio 5 d." in told


# ── Hostile, in English, and how much it costs ──────────────────────────────────────────────────


@pytest.mark.parametrize(
    "name", ["now-{}", "sure-{}", "seen-{}", "declare", "edit", "cancel", "send", "now-%00{}"]
)
def test_no_input_breaks_it(
    client_for: ClientFor, holder: User, meter: Meter, history: list[Reading], name: str
) -> None:
    client = client_for(holder)
    client.raise_request_exception = False
    fields = {"declare": "all", f"now-{meter.pk}": "190"}
    for case, value in VALUES.items():
        assert send(client, PAGE, fields | {name.format(meter.pk): value}) < 500, case


def test_in_english(client_for: ClientFor, holder: User, meter: Meter, history: list[Reading]) -> None:
    client = client_for(holder)
    client.post("/language", {"language": "en"})
    response = client.post(PAGE, {"declare": meter.pk, f"now-{meter.pk}": "190"})
    assert "That makes 84\u00a0m³ in 30 days; usually it is about 2,9\u00a0m³." in line(response, meter)
    assert "I have checked, the reading is right" in line(response, meter)


@pytest.mark.parametrize("objects", [1, 3, 50])
def test_costs_the_same_however_many_objects(
    client_for: ClientFor,
    holder: User,
    co_holder: User,
    meter: Meter,
    history: list[Reading],
    book: PaymentBook,
    company_a: ManagingCompany,
    objects: int,
) -> None:
    ReadingFactory(meter=meter, payment_book=book, read_on=AT.date(), value=109, declared_by=co_holder)
    meters = []
    for number in range(objects - 1):
        place = PropertyFactory(building=BuildingFactory(managing_company=company_a, house=str(number)))
        more = BookFactory(managing_company=company_a, premises=[place])
        AccessFactory(person=holder, payment_book=more)
        meters.append(MeterFactory(property=place))
        ReadingFactory(meter=meters[-1], payment_book=more, read_on=date(2026, 9, 20))
    hot = MeterFactory(property=meter.property, type="hot_water")
    client = client_for(holder)
    assert queries(lambda: client.get(PAGE)) == 6
    sent = {f"now-{one.pk}": "101" for one in meters} | {f"now-{hot.pk}": "1"}
    assert queries(lambda: client.post(PAGE, sent | {"declare": "all"})) == 6
    assert len(current()) == objects + 1


def queries(act: Callable[[], Any]) -> int:
    """Return how many statements were sent, transactions' own left out."""
    with CaptureQueriesContext(
        connection,
    ) as captured:
        act()
    own = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    return sum(not query["sql"].startswith(own) for query in captured.captured_queries)
