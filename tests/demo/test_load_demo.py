"""The town in the database: through the importer, with accounts that see what they should."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import User
from demo.history import history
from demo.loading import is_loaded, load
from demo.people import PASSWORD, accounts
from demo.places import books
from imports.models import ImportRun
from invoices.models import Balance, Invoice, Payment
from meters.models import Meter, Reading
from notifications.models import Letter
from properties.models import Access, Building, ManagingCompany, PaymentBook
from sharing.models import Offer

TODAY = date(2026, 11, 22)
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


def test_the_town_goes_in_whole_and_again_the_next_month(tmp_path: Path) -> None:
    load(today=TODAY, at=NOON, folder=tmp_path)
    assert set(ImportRun.objects.values_list("rejected", "updated")) == {(0, 0)}
    assert ImportRun.objects.count() == FILES
    once = counts()
    assert (once["ManagingCompany"], once["Building"], once["User"], once["Access"]) == (3, 12, 8, 6)

    load(today=TODAY, at=NOON, folder=tmp_path)
    again = ImportRun.objects.order_by("-id")[:FILES]
    assert {(run.created, run.updated, run.rejected) for run in again} == {(0, 0, 0)}
    assert counts() == once

    load(today=date(2026, 12, 22), at=NOON.replace(month=12), folder=tmp_path)
    later = {run.kind: run for run in ImportRun.objects.order_by("-id")[:FILES]}
    assert {run.rejected for run in later.values()} == {0}
    assert (later["invoices"].updated, later["payments"].updated, later["register"].updated) == (0, 0, 0)
    assert later["invoices"].created > 0


def test_every_book_owes_what_its_history_says(tmp_path: Path) -> None:
    load(today=TODAY, at=NOON, folder=tmp_path)
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


def test_accounts_see_what_they_should(tmp_path: Path) -> None:
    load(today=TODAY, at=NOON, folder=tmp_path)
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


def test_a_person_keeps_the_phone_and_password_they_chose(tmp_path: Path) -> None:
    load(today=TODAY, at=NOON, folder=tmp_path)
    birute = User.objects.get(email="birute@pavyzdys.example")
    birute.phone = "+37070000999"
    birute.set_password("Kitas-slaptas-7")
    birute.save()
    load(today=TODAY, at=NOON, folder=tmp_path)
    birute.refresh_from_db()
    assert (str(birute.phone), birute.check_password("Kitas-slaptas-7")) == ("+37070000999", True)


def test_the_command_does_nothing_twice_a_day(load_demo: Command) -> None:
    assert "register.csv" in load_demo()
    runs = ImportRun.objects.count()
    assert "loaded already" in load_demo()
    assert ImportRun.objects.count() == runs


def test_the_note_of_the_day_is_not_believed_about_another_database(tmp_path: Path) -> None:
    load(today=TODAY, at=NOON, folder=tmp_path)
    assert is_loaded(today=TODAY, folder=tmp_path)
    assert not is_loaded(today=date(2026, 11, 23), folder=tmp_path)
    Payment.objects.all().delete()
    company = ManagingCompany.objects.get(name="Kiemo namai Lyguma")
    Invoice.objects.filter(managing_company=company).delete()
    assert not is_loaded(today=TODAY, folder=tmp_path)


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
