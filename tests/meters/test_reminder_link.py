"""The link of a reminder opens one declaration, and nothing else of the portal."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from meters import late_windows, reminder_links
from meters.models import Meter, Reading
from meters.window import VILNIUS, Days, Window, window_of
from properties.models import Access, ManagingCompany, PaymentBook
from tests import tables
from tests.estate import Estate, everything_of, secrets_in
from tests.factories import AccessFactory, MeterFactory
from tests.meters.conftest import Declare
from tests.test_access_matrix import ROWS

WINDOW = window_of(days=Days(15, 27), period=date(2026, 10, 1))
AT = datetime(2026, 10, 24, 9, tzinfo=VILNIUS)


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(AT, tick=False) as traveller:
        yield traveller


@pytest.fixture
def address(holder: User) -> str:
    return address_of(holder)


@pytest.fixture
def visitor(db: None) -> Client:
    return Client(enforce_csrf_checks=True)


def address_of(person: User) -> str:
    return reminder_links.address_of(person=person, window=WINDOW).removeprefix("http://savitarna.test")


def declare(visitor: Client, address: str, **typed: str) -> Any:
    data = {name.replace("_", "-"): value for name, value in typed.items()}
    return visitor.post(address, data | {"declare": "all"})


def fields(page: Any) -> list[int]:
    return [int(pk) for pk in re.findall(r'name="now-(\d+)"', page.content.decode())]


@pytest.mark.usefixtures("history")
class TestDeclaring:
    def test_it_shows_what_is_to_be_declared(self, visitor: Client, address: str, meter: Meter) -> None:
        page = visitor.get(address)
        text = page.content.decode()
        assert fields(page) == [meter.pk]
        for words in ("Beržyno g. 8-15, Klaipėda", meter.serial, "Šaltas vanduo, virtuvė", "106", "rugsėjo"):
            assert words in text
        assert "Pavyzdienė" not in text
        assert not Reading.objects.filter(period=WINDOW.period).exists()

    def test_it_takes_the_reading_as_the_person_s_own_and_dies(
        self, visitor: Client, address: str, meter: Meter, holder: User
    ) -> None:
        page = declare(visitor, address, **{f"now_{meter.pk}": "110,5"})
        assert page.status_code == 200
        assert fields(page) == []
        assert "Viskas deklaruota" in page.content.decode()
        reading = Reading.objects.get(period=WINDOW.period)
        assert (reading.value, reading.declared_by, reading.source) == (Decimal("110.5"), holder, "resident")
        assert visitor.get(address).status_code == 404
        assert declare(visitor, address, **{f"now_{meter.pk}": "111"}).status_code == 404
        assert Reading.objects.filter(period=WINDOW.period).count() == 1

    def test_what_is_refused_comes_back_as_typed(self, visitor: Client, address: str, meter: Meter) -> None:
        other = MeterFactory(property=meter.property)
        page = declare(visitor, address, **{f"now_{meter.pk}": "99", f"now_{other.pk}": "5"})
        assert fields(page) == [meter.pk]
        assert 'value="99"' in page.content.decode()
        assert "Deklaruotas 1 rodmuo" in page.content.decode()
        assert [reading.meter for reading in Reading.objects.filter(period=WINDOW.period)] == [other]
        page = declare(visitor, address, **{f"now_{meter.pk}": "šimtas"})
        assert 'value="šimtas"' in page.content.decode()

    def test_an_unusual_value_is_asked_and_taken_when_confirmed(
        self, visitor: Client, address: str, meter: Meter
    ) -> None:
        page = declare(visitor, address, **{f"now_{meter.pk}": "300"})
        assert fields(page) == [meter.pk]
        assert f'name="sure-{meter.pk}" value="300"' in page.content.decode()
        page = declare(visitor, address, **{f"now_{meter.pk}": "300", f"sure_{meter.pk}": "300"})
        assert Reading.objects.get(period=WINDOW.period).is_unusual

    def test_nothing_typed_is_said_and_changes_nothing(
        self, visitor: Client, address: str, meter: Meter
    ) -> None:
        page = declare(visitor, address)
        assert "Įrašykite rodmenį" in page.content.decode()
        assert not Reading.objects.filter(period=WINDOW.period).exists()

    def test_it_corrects_nothing_and_does_not_tell_what_another_declared(
        self, visitor: Client, address: str, meter: Meter, press: Declare, co_holder: User
    ) -> None:
        MeterFactory(property=meter.property)
        first = press("117.25", at=AT, by=co_holder, confirmed=Decimal("117.25"))
        typed = {f"now_{meter.pk}": "118", f"seen_{meter.pk}": str(first.reading_id)}
        page = declare(visitor, address, **typed)
        text = page.content.decode()
        assert "118" in text
        assert "117,25" not in text
        assert "Jonas" not in text
        assert Reading.objects.get(period=WINDOW.period).pk == first.reading_id

    def test_another_s_meter_is_not_taken(self, visitor: Client, address: str, stranger: User) -> None:
        book = Access.objects.get(person=stranger).payment_book
        theirs = MeterFactory(property=book.premises.get())
        declare(visitor, address, **{f"now_{theirs.pk}": "5"})
        assert not Reading.objects.filter(meter=theirs).exists()


@pytest.mark.usefixtures("history")
class TestDead:
    """Each on the same page, which says nothing of why."""

    def is_dead(self, visitor: Client, address: str) -> bool:
        page = visitor.get(address)
        if page.status_code == 200:
            assert fields(page)
            return False
        assert page.status_code == 404
        assert page.content == visitor.get("/declare/nonsense").content
        return True

    def test_it_lives_until_the_window_is_over(self, visitor: Client, address: str, clock: Any) -> None:
        clock.move_to(WINDOW.ends_at - timedelta(microseconds=1))
        assert not self.is_dead(visitor, address)
        clock.move_to(WINDOW.ends_at)
        assert self.is_dead(visitor, address)
        clock.move_to(AT + timedelta(days=31))
        assert self.is_dead(visitor, address)

    @pytest.mark.parametrize(
        "change", ["email", "closed", "ended", "frozen", "sold", "company", "other_days", "declared"]
    )
    def test_when_nothing_of_it_is_true_any_more(
        self,
        visitor: Client,
        address: str,
        holder: User,
        holder_access: Access,
        book: PaymentBook,
        press: Declare,
        change: str,
    ) -> None:
        assert not self.is_dead(visitor, address)
        company = ManagingCompany.objects.filter(pk=book.managing_company_id)
        access = Access.objects.filter(pk=holder_access.pk)
        person = User.objects.filter(pk=holder.pk)
        changes = {
            "email": lambda: person.update(email="kita@pastas.example"),
            "closed": lambda: person.update(is_active=False),
            "ended": lambda: access.update(ends_at=AT),
            "frozen": lambda: access.update(frozen_at=AT),
            "sold": lambda: PaymentBook.objects.filter(pk=book.pk).update(closed_on=date(2026, 10, 23)),
            "company": lambda: company.update(declares_readings=False),
            "other_days": lambda: company.update(window_opens=14),
            "declared": lambda: press("110", at=AT),
        }
        changes[change]()
        assert self.is_dead(visitor, address)

    def test_a_revoked_guest_s_link_dies_with_the_share(self, visitor: Client, guest_declares: User) -> None:
        address = address_of(guest_declares)
        assert not self.is_dead(visitor, address)
        Access.objects.filter(person=guest_declares).update(ends_at=AT)
        assert self.is_dead(visitor, address)

    def test_forged_ones(self, visitor: Client, address: str, holder: User, co_holder: User) -> None:
        token = address.removeprefix("/declare/")
        signed, _dot, signature = token.partition(".")
        others = address_of(co_holder).partition(".")[2]
        for wrong in (
            signed,
            f"{signed}.{others}",
            f"{signed}.{signature[:-1]}",
            f"{signed}.{signature}x",
            f"{signed}-late.{signature}",
            f"{signed.replace('202610', '202611')}.{signature}",
            f"0{token}",
            "9" * 18 + signed[len(str(holder.pk)) :] + "." + signature,
        ):
            assert self.is_dead(visitor, f"/declare/{wrong}"), wrong

    def test_a_late_window_has_a_link_of_its_own(
        self, visitor: Client, address: str, meter: Meter, holder: User, clock: Any
    ) -> None:
        ends = datetime(2026, 11, 5, 14, tzinfo=VILNIUS)
        late_windows.open_late(
            meter=meter, period=WINDOW.period, opens_at=WINDOW.ends_at, ends_at=ends, by=None
        )
        clock.move_to(WINDOW.ends_at)
        late = reminder_links.address_of(
            person=holder,
            window=Window(period=WINDOW.period, opens_at=WINDOW.ends_at, ends_at=ends, is_late=True),
        ).removeprefix("http://savitarna.test")
        assert not self.is_dead(visitor, late)
        assert self.is_dead(visitor, address)
        assert "iki lapkričio 5 d., 14:00" in visitor.get(late).content.decode()


@pytest.mark.usefixtures("history")
def test_it_is_told_to_nobody_and_asks_no_cookie(visitor: Client, address: str) -> None:
    for page in (visitor.get(address), visitor.get("/declare/nonsense")):
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["X-Robots-Tag"] == "noindex"
        assert page.headers["Cache-Control"] == "no-store, private"
        assert not page.cookies
        assert "csrfmiddlewaretoken" not in page.content.decode()


@pytest.mark.usefixtures("history")
def test_it_looks_the_same_to_whoever_is_signed_in(
    visitor: Client, address: str, stranger: User, client_for: Any
) -> None:
    assert client_for(stranger).get(address).content == visitor.get(address).content


@pytest.mark.usefixtures("history")
def test_sent_forms_are_limited(visitor: Client, address: str, settings: Any) -> None:
    assert settings.ACCOUNT_RATE_LIMITS["reminder"] == "60/m/ip"
    settings.ACCOUNT_RATE_LIMITS = {"reminder": "2/m/ip"}
    assert [declare(visitor, address).status_code for _ in range(3)] == [200, 200, 429]


@pytest.mark.usefixtures("history")
def test_a_page_of_many_objects_asks_as_much_as_of_one(
    visitor: Client, address: str, holder: User, company_a: ManagingCompany, django_assert_num_queries: Any
) -> None:
    for more in (0, 2):
        for _ in range(more):
            book = AccessFactory(person=holder, payment_book__managing_company=company_a).payment_book
            MeterFactory(property=book.premises.get())
        with django_assert_num_queries(6):
            assert len(fields(visitor.get(address))) == 1 + more


def test_whoever_has_the_link_is_shown_nothing_else(
    visitor: Client, address: str, holder_access: Access, book: PaymentBook, meter: Meter
) -> None:
    """Walk every address there is, after opening the link, as the same visitor."""
    estate: Estate = everything_of(book, holder_access, is_held=False)
    assert "Beržyno g. 8-15" in visitor.get(address).content.decode()
    nobody, before = Client(), tables.state()
    for name, row in ROWS.items():
        here = row.address(estate)
        response, other = visitor.get(here), nobody.get(here)
        assert response.status_code == other.status_code, name
        assert secrets_in(response) == secrets_in(other), name
    assert tables.state() == before
    assert "sessionid" not in visitor.cookies
