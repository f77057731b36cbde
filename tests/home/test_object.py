"""The object's own page: whose it is, what it says to each, and what it costs."""

import html
import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from lithuanian.dates import long_day, short_day
from properties.models import Access, ManagingCompany, PaymentBook, Property
from tests.factories import (
    AccessFactory,
    BookFactory,
    InvoiceFactory,
    MeterFactory,
    OfferFactory,
    PaymentFactory,
    PropertyFactory,
    ReadingFactory,
    UserFactory,
    WorkFactory,
)

ClientFor = Callable[[User], Client]

# Of an earlier year, whenever it is asked.
READ_ON = timezone.localdate() - timedelta(days=400)


@pytest.fixture
def furnished(book: PaymentBook, flat: Property, company_a: ManagingCompany) -> PaymentBook:
    """Everything that the page has a place for."""
    flat.staircase, flat.area_m2 = "2", "62.50"
    flat.save()
    flat.building.postal_code, flat.building.manager_name = "LT-00001", "Rima Bandomoji"
    flat.building.manager_phone = "+370 700 33333"
    flat.building.save()
    company_a.emergency_phone, company_a.address = "+370 700 99999", "Bandymų g. 1, Klaipėda"
    company_a.save()
    book.opened_on = date(2020, 3, 1)
    book.save()
    InvoiceFactory(payment_book=book, number="SF-1", charged="61.94", due_on=timezone.localdate())
    meter = MeterFactory(property=flat, serial="41820731", place="Virtuvė")
    ReadingFactory(meter=meter, payment_book=book, read_on=READ_ON, value="123.4")
    return book


def text(client: Client, book: PaymentBook) -> str:
    response = client.get(f"/objects/{book.pk}")
    assert response.status_code == 200
    main = re.findall(r"<main.*</main>", response.content.decode(), re.S)[0]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", main)))


def test_the_holder_is_told_everything(
    client_for: ClientFor, holder: User, guest: User, co_holder: User, furnished: PaymentBook
) -> None:
    client = client_for(holder)
    said = text(client, furnished)
    for words in (
        "Beržyno g. 8-15",
        "Beržyno g. 8-15, LT-00001 Klaipėda",
        "Patalpos tipas Butas",
        "Plotas 62,5 m²",
        "Laiptinė 2",
        "Mokėtojo kodas KN-0418 22-15",
        "Mokėtojas Birutė Pavyzdienė",
        "Mokėtojo teisė Savininkas",
        "Mokėjimų knygelė atidaryta 2020 m. kovo 1 d.",
        "UAB „Pajūrio namai“ Bandymų g. 1, Klaipėda +370 700 11111 namai@pajurio.example",
        "+370 700 99999",
        "Rima Bandomoji",
        "61,94 € Neapmokėta",
        f"Šaltas vanduo, virtuvė Skaitiklis Nr. 41820731 123,4 m³ {long_day(READ_ON)}",
        "Jonas Pavyzdys Taip pat turi šį objektą",
        "Ieva Svetimavičė",
    ):
        assert words in said, words
    page = client.get(f"/objects/{furnished.pk}").content.decode()
    for address in (
        f"/invoices?object={furnished.pk}",
        f"/invoices/pay?object={furnished.pk}",
        f"/meters/history?object={furnished.pk}",
        "/client-information#dalinimasis",
        "tel:+37070099999",
        "tel:+37070033333",
    ):
        assert f'href="{address}"' in page


def test_home_leads_to_the_page_of_each_object(
    client_for: ClientFor, holder: User, guest_declares: User, book: PaymentBook
) -> None:
    for person in (holder, guest_declares):
        page = client_for(person).get("/").content.decode()
        assert f'<a class="cover" href="/objects/{book.pk}">Beržyno g. 8-15</a>' in page


def test_a_guest_sees_what_the_scope_opens(
    client_for: ClientFor,
    furnished: PaymentBook,
    guest: User,
    guest_declares: User,
    guest_pays: User,
) -> None:
    invoices, meters, holders = "61,94", "41820731", ("Kas dar naudojasi objektu", "Mokėtojas Birutė")
    shows = {
        person.email: [words in text(client_for(person), furnished) for words in (invoices, meters, *holders)]
        for person in (guest, guest_declares, guest_pays)
    }
    assert shows == {
        guest.email: [True, True, False, False],
        guest_declares.email: [False, True, False, False],
        guest_pays.email: [True, False, False, False],
    }
    assert "Dalinasi: Birutė Pavyzdienė" in text(client_for(guest), furnished)


def test_a_guest_s_last_day_is_said_to_both(
    client_for: ClientFor, holder: User, holder_access: Access, book: PaymentBook
) -> None:
    midnight = timezone.localtime().replace(2030, 6, 2, 0, 0, 0, 0)
    access = AccessFactory(payment_book=book, granted_by=holder_access, ends_at=midnight)
    OfferFactory(access=access)
    assert "Galioja iki 2030 m. birželio 1 d." in text(client_for(holder), book)
    assert "Galioja iki 2030 m. birželio 1 d." in text(client_for(access.person), book)


def test_the_former_owner_sees_their_own_time_alone(
    client_for: ClientFor, former_holder: User, former_book: PaymentBook, building: object
) -> None:
    place = former_book.premises.get()
    buyer = BookFactory(
        managing_company=former_book.managing_company,
        payer_name="Pirkėja Naujoji",
        premises=[place],
        opened_on=former_book.closed_on + timedelta(days=1),  # type: ignore[operator]
    )
    AccessFactory(payment_book=buyer, person=UserFactory(first_name="Pirkėja", last_name="Naujoji"))
    meter = MeterFactory(property=place, serial="NAUJAS-1")
    ReadingFactory(meter=meter, payment_book=buyer, read_on=timezone.localdate(), value="777.7")
    InvoiceFactory(payment_book=former_book, charged="12.34", due_on=timezone.localdate())
    said = text(client_for(former_holder), former_book)
    assert "Uždaryta, paskutinė diena" in said
    assert "12,34" in said
    for words in ("NAUJAS-1", "777,7", "Naujoji", "Kas dar naudojasi", "Deklaruoti "):
        assert words not in said


def test_a_new_owner_is_not_told_what_the_former_read(
    client_for: ClientFor, former_book: PaymentBook
) -> None:
    place = former_book.premises.get()
    meter = MeterFactory(property=place, serial="SENAS-1")
    ReadingFactory(meter=meter, payment_book=former_book, read_on=former_book.closed_on, value="777.7")
    buyer = BookFactory(managing_company=former_book.managing_company, premises=[place])
    said = text(client_for(AccessFactory(payment_book=buyer).person), buyer)
    assert "Skaitiklis Nr. SENAS-1 Rodmenų dar nėra" in said
    assert "777,7" not in said


def test_a_book_without_premises_has_a_page_too(client_for: ClientFor, holder: User) -> None:
    bare = AccessFactory(person=holder, payment_book__premises=[]).payment_book
    assert f"Mokėjimų knygelė {bare.payer_code}" in text(client_for(holder), bare)


def test_what_comes_first_stands_first_and_what_is_over_last(
    client_for: ClientFor, holder: User, furnished: PaymentBook, flat: Property
) -> None:
    today = timezone.localdate()
    for title, day in (("Vėliau", 20), ("Rytoj", 1), ("Kitąmet", 300), ("Vakar", -1)):
        WorkFactory(building=flat.building, title=title, starts_on=today + timedelta(days=day))
    WorkFactory(building=flat.building, title="Nežinia kada", state="postponed", starts_on=None)
    WorkFactory(building=flat.building, title="Seniai", state="done", starts_on=today - timedelta(days=9))
    page = client_for(holder).get(f"/objects/{furnished.pk}").content.decode()
    assert re.findall(r'href="/notices/works/\d+">(.*?)</a>', page) == ["Vakar", "Rytoj", "Vėliau"]


def test_its_invoices_say_the_day_and_not_the_address_again(
    client_for: ClientFor, holder: User, furnished: PaymentBook
) -> None:
    issued, due = date(2024, 5, 3), timezone.localdate()
    InvoiceFactory(payment_book=furnished, charged="5.00", issued_on=issued, due_on=issued)
    PaymentFactory(payment_book=furnished, amount="5.00")
    page = client_for(holder).get(f"/objects/{furnished.pk}").content.decode()
    rows = re.findall(r'href="/invoices/\d+">[^<]*</a><p class="muted small">(.*?)</p>', page)
    assert rows == [f"Apmokėkite iki {short_day(due)}", "Išrašyta 2024 m. gegužės 3 d."]


def test_where_no_readings_are_taken_and_none_are_known_that_alone_is_said(
    client_for: ClientFor, holder: User, book: PaymentBook, company_a: ManagingCompany
) -> None:
    company_a.declares_readings = False
    company_a.save()
    client = client_for(holder)
    page = client.get(f"/objects/{book.pk}").content.decode()
    assert "rodmenų savitarnoje nepriima" in page
    assert "skaitiklių dar nepateikė" not in page
    assert "/meters/history?object=" not in page


# Session and person, the objects, this one, its invoices, and what is known of the building.
QUERIES = 6


def test_it_costs_as_much_however_much_there_is(
    client_for: ClientFor, holder: User, holder_access: Access, furnished: PaymentBook
) -> None:
    client = client_for(holder)
    counts = []
    for more in (0, 3):
        for _ in range(more):
            AccessFactory(person=holder)
            place = PropertyFactory(building__managing_company=furnished.managing_company)
            furnished.premises.add(place)
            MeterFactory(property=place)
            InvoiceFactory(payment_book=furnished)
            PaymentFactory(payment_book=furnished, amount="1.00")
            OfferFactory(access=AccessFactory(payment_book=furnished, granted_by=holder_access))
        with CaptureQueriesContext(connection) as asked:
            assert client.get(f"/objects/{furnished.pk}").status_code == 200
        counts.append(len(asked))
    assert counts == [QUERIES] * 2
