"""The town in the database: its files through the importer, its accounts with what they may see."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from itertools import groupby
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.models import User
from demo import guide, noticeboard, voting
from demo.history import newest_period
from demo.meters import Reading as Shown
from demo.meters import handovers
from demo.orders import furnish as furnish_orders
from demo.people import PASSWORD, Account, Declaration, Share, accounts, declarations, shares
from demo.places import COMPANIES, Book
from demo.town import KINDS, kinds_of, render
from imports.kinds import all_kinds
from imports.runs import import_file
from invoices.models import Invoice
from meters.models import Meter, Reading
from meters.readings import Line, declare
from meters.window import VILNIUS
from properties.models import Access, ManagingCompany, PaymentBook
from sharing import grants
from sharing.models import Offer

EVENING = time(19, 30, tzinfo=VILNIUS)

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
        for company in (None, *COMPANIES):
            if kind not in kinds_of(company):
                continue
            company_code = company.code if company else ""
            path = folder / company_code / f"{kind}.csv"
            progress(path)
            _take_in(kind, path, company_code, at=at)
    with transaction.atomic():
        for account in accounts(today=today):
            _open(account, at=at)
        for share in shares(today=today):
            _share(share, at=at)
        for declaration in declarations(today=today):
            _declare(declaration, at=at)
        _hand_over(handovers(today=today))
        noticeboard.load(today=today, at=at)
        guide.load()
        furnish_orders(today=today, at=at)
        voting.load(today=today, at=at)
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
            payment_book=_stored(book),
            granted_by=None,
            ends_at=None,
            defaults={"starts_at": at},
        )
    user.staffed_companies.set(
        ManagingCompany.objects.filter(company_code__in=[company.code for company in account.staff_of])
    )


def _stored(book: Book) -> PaymentBook:
    return PaymentBook.objects.get(
        managing_company__company_code=book.company.code,
        payer_code=book.payer_code,
        opened_on=book.opened_on,
    )


def _share(share: Share, *, at: datetime) -> None:
    """Offer the object once: whatever became of it since is the people's own."""
    book, holder = _stored(share.book), User.objects.get(email=share.holder)
    if Offer.objects.filter(granted_by__payment_book=book, email=share.guest).exists():
        return
    offer = grants.offer(book=book, email=share.guest, scope=share.scope, until_on=None, by=holder, at=at)
    if share.is_accepted:
        grants.accept(offer=offer, by=User.objects.get(email=share.guest), at=at)


def _declare(declaration: Declaration, *, at: datetime) -> None:
    """Declare in the evening of that day; what the person declared otherwise meanwhile stays."""
    moment = min(datetime.combine(declaration.declared_on, EVENING), at)
    by = User.objects.get(email=declaration.email)
    declare(lines=_lines(declaration.readings), by=by, at=moment, source=Reading.Source.RESIDENT)


def _hand_over(shown: Iterable[Shown]) -> None:
    """Enter what staff read when a flat was sold."""
    for read_on, own in groupby(sorted(shown, key=_when_read), key=_when_read):
        lines = _lines(tuple(own), kind=Reading.Kind.HANDOVER, read_on=read_on)
        moment = datetime.combine(read_on, EVENING)
        declare(lines=lines, by=None, at=moment, source=Reading.Source.STAFF)


def _when_read(reading: Shown) -> date:
    return reading.read_on


def _lines(shown: tuple[Shown, ...], **given: Any) -> list[Line]:
    stored = {
        (meter.managing_company.company_code, meter.serial, meter.type, meter.register): meter.pk
        for meter in Meter.objects.filter(serial__in=[each.meter.serial for each in shown]).select_related(
            "managing_company"
        )
    }
    books = {each.book: _stored(each.book).pk for each in shown}
    return [
        Line(
            meter_id=stored[
                each.book.company.code, each.meter.serial, each.meter.place.type, each.meter.register
            ],
            payment_book_id=books[each.book],
            value=each.value,
            confirmed=each.value,
            period=each.period,
            **given,
        )
        for each in shown
    ]
