"""The town in the database: its files through the importer, its accounts with what they may see."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.models import User
from demo.history import newest_period
from demo.people import PASSWORD, Account, accounts
from demo.places import COMPANIES
from demo.town import KINDS, render
from imports.kinds import all_kinds
from imports.runs import import_file
from invoices.models import Invoice
from properties.models import Access, ManagingCompany, PaymentBook

# Told the file that is being taken in.
Progress = Callable[[Path], None]


class DemoRefused(Exception):
    """The importer did not take one of the town's files as a whole; the message says which."""


def is_loaded(*, today: date, folder: Path) -> bool:
    """Tell whether this day's files were taken in, and into this very database."""
    note = _note_in(folder)
    if not note.exists() or note.read_text() != today.isoformat():
        return False
    emails = {account.email for account in accounts(today=today)}
    newest = Invoice.objects.filter(period=newest_period(today=today))
    return User.objects.filter(email__in=emails).count() == len(emails) and newest.filter(
        managing_company__company_code__in=[company.code for company in COMPANIES]
    ).values("managing_company").distinct().count() == len(COMPANIES)


def load(*, today: date, at: datetime, folder: Path, progress: Progress = lambda path: None) -> None:
    """Render the town of this day, take it in and open the accounts; raise DemoRefused if a row was not."""
    note = _note_in(folder)
    note.unlink(missing_ok=True)
    render(today, folder)
    for kind in KINDS:
        for company_code in [""] if kind == "companies" else [company.code for company in COMPANIES]:
            path = folder / company_code / f"{kind}.csv"
            progress(path)
            _take_in(kind, path, company_code, at=at)
    with transaction.atomic():
        for account in accounts(today=today):
            _open(account, at=at)
    note.write_text(today.isoformat())


def _note_in(folder: Path) -> Path:
    return folder / "rendered-on"


def _take_in(kind: str, path: Path, company_code: str, *, at: datetime) -> None:
    outcome = import_file(kind=all_kinds()[kind], path=path, company_code=company_code, dry_run=False, at=at)
    if outcome.errors_path:
        raise DemoRefused(f"Rows of {path} were rejected, see {outcome.errors_path}.")


def _open(account: Account, *, at: datetime) -> None:
    is_company = bool(account.company_name)
    user, is_new = User.objects.update_or_create(
        email=account.email,
        defaults={
            "kind": User.Kind.LEGAL_PERSON if is_company else User.Kind.NATURAL_PERSON,
            "first_name": account.first_name,
            "last_name": account.last_name,
            "company_name": account.company_name,
            "company_code": account.company_code,
            "contact_person": account.contact_person,
            "is_staff": account.is_superuser or bool(account.staff_of),
            "is_superuser": account.is_superuser,
        },
    )
    if is_new:
        # Later on both are the person's own: a day's new files do not bring them back.
        user.phone = account.phone
        user.set_password(PASSWORD)
        user.save()
    EmailAddress.objects.update_or_create(
        user=user, email=account.email, defaults={"verified": True, "primary": True}
    )
    for book in account.holds:
        Access.objects.get_or_create(
            person=user,
            payment_book=PaymentBook.objects.get(
                managing_company__company_code=book.company.code,
                payer_code=book.payer_code,
                opened_on=book.opened_on,
            ),
            granted_by=None,
            ends_at=None,
            defaults={"starts_at": at},
        )
    user.staffed_companies.set(
        ManagingCompany.objects.filter(company_code__in=[company.code for company in account.staff_of])
    )
