"""The town in the database: through the importer, with accounts that see what they should."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import User
from demo.history import history
from demo.loading import is_loaded, load
from demo.people import PASSWORD, accounts, declarations
from demo.places import books
from imports.models import ImportRun
from invoices.models import Balance, Invoice, Payment
from meters.models import Meter, Reading
from meters.readings import Line, declare
from notifications.models import Letter
from properties.capabilities import Capability
from properties.models import Access, Building, ManagingCompany, PaymentBook
from sharing import grants
from sharing.models import Offer
from tests import tables
from voting.models import Elector, Result, Vote

TODAY = date(2026, 11, 22)
NOVEMBER = date(2026, 11, 1)
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=ZoneInfo("Europe/Vilnius"))

# One of companies, four of each company, two of the one that takes declarations.
FILES = 1 + 3 * 4 + 2

# The importer commits each file, so these tests cannot live inside one transaction.
pytestmark = pytest.mark.django_db(transaction=True)

Command = Callable[[], str]


@pytest.fixture
def load_demo(settings: Settings, tmp_path: Path) -> Command:
    settings.DEBUG = True
    settings.DATA_DIR = tmp_path

    def run() -> str:
        out = StringIO()
        call_command("load_demo", stdout=out)
        return out.getvalue()

    return run


def counts() -> dict[str, int]:
    models = (
        ManagingCompany, Building, PaymentBook, Balance, Invoice, Payment, User, EmailAddress, Access, Offer, Meter,
        Reading, Letter,
    )  # fmt: skip
    return {model.__name__: model._default_manager.count() for model in models}


def test_the_town_from_its_first_day_to_the_next_month(load_demo: Command, settings: Settings) -> None:
    """One story, as loading takes some seconds: the first day, what people do, the same day again, a month on."""
    folder = settings.DATA_DIR / "demo"
    with time_machine.travel(NOON, tick=False):
        assert "register.csv" in load_demo()
        assert "loaded already" in load_demo()
    goes_in_whole()
    every_book_owes_what_its_history_says()
    accounts_see_what_they_should()
    meters_tell_their_stories()
    there_is_something_left_to_declare_and_to_accept()
    the_building_votes()
    the_note_of_the_day_is_not_believed_about_another_database(folder)

    corrected = what_people_do()
    once = counts()
    load(today=TODAY, at=NOON, folder=folder)
    again = ImportRun.objects.order_by("-id")[:FILES]
    assert {(run.created, run.updated, run.rejected) for run in again} == {(0, 0, 0)}
    assert counts() == once
    what_people_did_stays(corrected)

    load(today=date(2026, 12, 22), at=NOON.replace(month=12), folder=folder)
    later = {run.kind: run for run in ImportRun.objects.order_by("-id")[:FILES]}
    assert {run.rejected for run in later.values()} == {0}
    assert (later["invoices"].updated, later["payments"].updated, later["register"].updated) == (0, 0, 0)
    assert later["invoices"].created > 0


def goes_in_whole() -> None:
    assert set(ImportRun.objects.values_list("rejected", "updated")) == {(0, 0)}
    # Asked for twice, taken in once.
    assert ImportRun.objects.count() == FILES
    once = counts()
    assert (once["ManagingCompany"], once["Building"], once["User"], once["Access"]) == (3, 12, 8, 6)


def every_book_owes_what_its_history_says() -> None:
    assert not Invoice.objects.filter(is_held=True).exists()
    for book in books(today=TODAY):
        stored = PaymentBook.objects.filter(
            managing_company__company_code=book.company.code,
            payer_code=book.payer_code,
            opened_on=book.opened_on,
        ).first()
        if stored is None:
            assert book.closed_on is not None
            continue
        opening = Balance.objects.filter(payment_book=stored).first()
        owed = opening.amount if opening else Decimal(0)
        owed += sum(stored.invoices.values_list("charged", flat=True))
        owed -= sum(stored.payments.values_list("amount", flat=True))
        assert (book.payer_code, owed) == (book.payer_code, history(book, today=TODAY).balance(on=TODAY))


def accounts_see_what_they_should() -> None:
    seen = {
        user.email: sorted(
            PaymentBook.objects.filter(accesses__person=user).values_list("payer_code", "closed_on"), key=str
        )
        for user in User.objects.all()
    }
    assert seen == {
        "birute@pavyzdys.example": [
            ("AU-0611 07-G7", None),
            ("KN-0418 22-15", None),
            ("KN-0419 23-42", None),
        ],
        "dukra@pavyzdys.example": [("KN-0418 22-15", None)],
        "buhalterija@pavyzdine-kepykla.example": [("KN-0418 22-K1", None)],
        "naujas@pavyzdys.example": [],
        "pardaves@pavyzdys.example": [("KN-0419 23-7", date(2026, 3, 31))],
        "jurate@kiemonamai.example": [],
        "darius@kiemonamai.example": [],
        "administratorius@kiemonamai.example": [],
    }
    staffed = {
        user.email: [c.name for c in user.staffed_companies.all()]
        for user in User.objects.filter(is_staff=True)
    }
    assert staffed == {
        "jurate@kiemonamai.example": ["Kiemo namai Pajūris"],
        "darius@kiemonamai.example": ["Kiemo namai Aukštuma"],
        "administratorius@kiemonamai.example": [],
    }
    assert [user.email for user in User.objects.filter(is_superuser=True)] == [
        "administratorius@kiemonamai.example"
    ]
    assert EmailAddress.objects.filter(verified=True, primary=True).count() == len(seen)
    for user in User.objects.all():
        # The portal's own rules hold for these accounts too.
        validate_password(PASSWORD, user)
        assert user.check_password(PASSWORD)
        user.full_clean()


def meters_tell_their_stories() -> None:
    readings = Reading.objects.all()
    declared = [reading for day in declarations(today=TODAY) for reading in day.readings]
    assert readings.filter(source="resident").count() == len(declared)
    assert readings.filter(source="resident", replaced_at__isnull=False).count() == 0
    assert readings.filter(source="remote", meter__is_remote=True).exists()
    # The bakery's old dial, and whoever lives where winter is not like summer.
    assert [row.meter.integer_digits for row in readings.filter(is_rollover=True)] == [4]
    assert 1 <= readings.filter(is_unusual=True).count() <= readings.count() * 0.02
    assert Meter.objects.filter(replaces__isnull=False).count() >= 20
    assert not Meter.objects.filter(removed_on__isnull=False, replaced_by__isnull=True).exists()
    # What the seller left: staff read it on the last day, and the buyer's begin from there.
    handed_over = readings.filter(kind="handover")
    assert {(row.source, row.read_on, row.payment_book.closed_on) for row in handed_over} == {
        ("staff", date(2026, 3, 31), date(2026, 3, 31))
    }
    assert handed_over.count() == 5


def there_is_something_left_to_declare_and_to_accept() -> None:
    for email, todo, done in (
        ("birute@pavyzdys.example", 4, 4),
        ("buhalterija@pavyzdine-kepykla.example", 1, 2),
    ):
        person = User.objects.get(email=email)
        mine = Meter.objects.visible_to(person, Capability.DECLARE, at=NOON).in_place(on=TODAY)
        own = mine.filter(is_remote=False)
        assert (email, own.exclude(last_period=NOVEMBER).count(), own.filter(last_period=NOVEMBER).count()) == (
            email, todo, done,
        )  # fmt: skip
    daughter = User.objects.get(email="dukra@pavyzdys.example")
    assert Access.objects.live(at=NOON).get(person=daughter).granted_by is not None
    offer = Offer.objects.waiting_for(daughter, at=NOON).get()
    assert (offer.granted_by.payment_book.payer_code, offer.scope) == ("KN-0419 23-42", "declare")


def the_building_votes() -> None:
    votes = Vote.objects.with_turnout().order_by("opens_at")
    assert [(vote.state, vote.has_quorum, vote.turnout) for vote in votes] == [
        ("closed", False, 3),
        ("closed", True, 9),
        ("open", None, 6),
    ]
    assert [row.outcome for row in Result.objects.order_by("pk")] == ["no_quorum", "adopted"]
    holder = User.objects.get(email="birute@pavyzdys.example")
    running = Vote.objects.visible_to(holder, at=NOON).running(at=NOON).get()
    assert Elector.objects.votable_by(holder, at=NOON).filter(vote=running).count() == 1


def the_note_of_the_day_is_not_believed_about_another_database(folder: Path) -> None:
    assert is_loaded(today=TODAY, folder=folder)
    assert not is_loaded(today=date(2026, 11, 23), folder=folder)
    with tables.undone():
        Payment.objects.all().delete()
        company = ManagingCompany.objects.get(name="Kiemo namai Lyguma")
        Invoice.objects.filter(managing_company=company).delete()
        assert not is_loaded(today=TODAY, folder=folder)
    assert is_loaded(today=TODAY, folder=folder)


def what_people_do() -> Reading:
    """Change a number and a password, end one share, decline another and correct a reading; return that."""
    birute = User.objects.get(email="birute@pavyzdys.example")
    birute.phone = "+37070000999"
    birute.set_password("Kitas-slaptas-7")
    birute.save()
    accepted, waiting = Offer.objects.order_by("id")
    grants.revoke(offer=accepted, by=birute, at=NOON)
    grants.decline(offer=waiting, by=User.objects.get(email="dukra@pavyzdys.example"), at=NOON)
    reading = Reading.objects.filter(declared_by=birute, period=NOVEMBER).order_by("id").first()
    assert reading is not None
    line = Line(
        meter_id=reading.meter_id,
        payment_book_id=reading.payment_book_id,
        value=reading.value + 1,
        corrects=reading.pk,
    )
    [outcome] = declare(lines=[line], by=birute, at=NOON, source=Reading.Source.RESIDENT)
    assert outcome.is_kept
    assert outcome.reading_id is not None
    corrected = Reading.objects.get(pk=outcome.reading_id)
    assert corrected.value == reading.value + 1
    return corrected


def what_people_did_stays(corrected: Reading) -> None:
    birute = User.objects.get(email="birute@pavyzdys.example")
    assert (str(birute.phone), birute.check_password("Kitas-slaptas-7")) == ("+37070000999", True)
    assert [offer.answer for offer in Offer.objects.order_by("id")] == ["accepted", "declined"]
    assert not Access.objects.live(at=NOON).filter(person__email="dukra@pavyzdys.example").exists()
    assert Reading.objects.current().get(pk=corrected.pk).value == corrected.value


def test_nothing_is_loaded_outside_development(settings: Settings, load_demo: Command) -> None:
    settings.DEBUG = False
    with pytest.raises(CommandError, match="DEBUG"):
        load_demo()
    assert (User.objects.count(), ManagingCompany.objects.count()) == (0, 0)


def test_a_line_for_each_account() -> None:
    out = StringIO()
    call_command("demo_accounts", stdout=out)
    lines = [line.split("  ") for line in out.getvalue().splitlines()]
    assert [(email, password) for _who, email, password in lines] == [
        (account.email, PASSWORD) for account in accounts(today=timezone.localdate())
    ]
    assert len({who for who, _email, _password in lines}) == 8
