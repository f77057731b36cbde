"""How invoices and amounts are said on a page: ready strings, so that templates only loop over them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from django.conf import settings
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from lithuanian.dates import for_month, long_day, short_day
from lithuanian.numbers import money
from properties.models import PaymentBook

from .amounts import ZERO, InvoiceState, ShownInvoice, state_of
from .models import Invoice
from .orders import Earlier
from .references import grouped
from .statements import OpenInvoice, Statement

_LOOKS = {
    InvoiceState.PAID: ("ok", "check"),
    InvoiceState.UNPAID: ("warn", "clock"),
    InvoiceState.PARTLY_PAID: ("warn", "clock"),
    InvoiceState.OVERDUE: ("bad", "triangle-alert"),
    InvoiceState.CREDIT_NOTE: ("info", "undo-2"),
    InvoiceState.CANCELLED: ("", "x"),
    InvoiceState.IN_OPENING_BALANCE: ("", "hourglass"),
}


@dataclass(frozen=True, slots=True)
class Tag:
    """A state: a tone, an icon's address and a word."""

    tone: str
    icon: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentDetails:
    """What a person types into their bank."""

    heading: str
    beneficiary: str
    iban: str
    payer_code: str
    purpose: str
    amount: str
    pay_by: str
    company: str
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a list of invoices; a row without an address of its own says how to pay it instead."""

    title: str
    about: str
    amount: str
    tag: Tag
    url: str = ""
    pay: PaymentDetails | None = None

    @property
    def how_to_pay(self) -> str:
        """Return the drawn details of paying: of a long list hardly a row has them, so the others ask no `if`."""
        return render_to_string("invoices/how_to_pay_row.html", {"pay": self.pay}) if self.pay else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueSummary:
    """„Mokėtina suma“ with what is said below it."""

    amount: str
    is_nothing: bool
    words: str
    # The one invoice to pay, or the page to pay all from when there are several.
    pay_url: str


def tag_of(state: InvoiceState) -> Tag:
    """Return a state's look and word in the active language."""
    return _tag_of(state, get_language() or settings.LANGUAGE_CODE)


@lru_cache
def _tag_of(state: InvoiceState, language: str) -> Tag:
    tone, name = _LOOKS[state]
    return Tag(tone, icon(name), str(state.label))


@lru_cache
def icon(name: str) -> str:
    """Return the address of an icon in the sprite."""
    return f"{static('icons.svg')}#i-{name}"


def day_words(day: date, *, today: date) -> str:
    """Return „spalio 31 d.“, with the year when it is not the current one."""
    return short_day(day) if day.year == today.year else long_day(day)


def month_words(month: date, *, today: date) -> str:
    """Return „už rugsėjį“, with the year when it is not the current one."""
    return for_month(month, with_year=month.year != today.year)


def overdue_words(due_on: date, *, today: date) -> str:
    """Return how many days ago an invoice had to be paid."""
    days = (today - due_on).days
    return ngettext("%(count)s day overdue", "%(count)s days overdue", days) % {"count": days}


def title_of(period: date, *, today: date) -> str:
    """Return „Sąskaita už rugsėjį“."""
    return _title_of(period, today.year, get_language())


@lru_cache(maxsize=1024)
def _title_of(period: date, year: int, _language: str | None) -> str:
    month = for_month(period, with_year=period.year != year)
    return _("Invoice %(month)s") % {"month": month}


def pay_words(invoice: OpenInvoice, *, today: date) -> str:
    """Return by when an open invoice is to be paid, and of how much it is the rest."""
    if invoice.due_on < today:
        words = overdue_words(invoice.due_on, today=today)
    else:
        words = _("pay by %(day)s") % {"day": day_words(invoice.due_on, today=today)}
    if invoice.open_part == invoice.charged:
        return words
    return f"{words} · " + _("left of %(amount)s") % {"amount": money(invoice.charged)}


def open_state(invoice: OpenInvoice, *, today: date) -> InvoiceState:
    """Return how an invoice with something left to pay stands."""
    if invoice.due_on < today:
        return InvoiceState.OVERDUE
    return InvoiceState.UNPAID if invoice.open_part == invoice.charged else InvoiceState.PARTLY_PAID


def open_row(invoice: OpenInvoice, *, address: str, today: date) -> Row:
    """Return an invoice with something left to pay, by the address of its object."""
    return Row(
        title=address,
        about=f"{month_words(invoice.period, today=today)} · {pay_words(invoice, today=today)}",
        amount=money(invoice.open_part),
        tag=tag_of(open_state(invoice, today=today)),
        url=detail_url(invoice.id),
    )


def settled_row(invoice: Invoice, *, address: str, statement: Statement, today: date) -> Row:
    """Return an invoice with nothing left to pay, by the address of its object."""
    state = state_of(invoice=invoice, open_part=ZERO, opening_on=statement.opening_on, today=today)
    return Row(
        title=address,
        about=f"{month_words(invoice.period, today=today)} · {_issued_words(invoice, today=today)}",
        amount=money(invoice.charged),
        tag=tag_of(state),
        url=detail_url(invoice.pk),
    )


def opening_row(statement: Statement, *, address: str, book: PaymentBook) -> Row:
    """Return the debt that no counted invoice explains, with how to pay it."""
    return Row(
        title=_("Previous balance"),
        about=address,
        amount=money(statement.opening_due),
        tag=tag_of(InvoiceState.UNPAID),
        pay=payment_details(book=book, purpose=_("Previous balance"), amount=money(statement.opening_due)),
    )


def newest_row(invoice: ShownInvoice, *, address: str, statement: Statement, today: date) -> Row:
    """Return an invoice by its month, whatever its state; without an address with the day that matters."""
    unpaid = next((row for row in statement.unpaid if row.id == invoice.id), None)
    open_part = unpaid.open_part if unpaid else ZERO
    state = state_of(invoice=invoice, open_part=open_part, opening_on=statement.opening_on, today=today)
    return Row(
        title=title_of(invoice.period, today=today),
        about=address or _day_that_matters(invoice, unpaid, today=today),
        amount=money(open_part or invoice.charged),
        tag=tag_of(state),
        url=detail_url(invoice.id),
    )


def _day_that_matters(invoice: ShownInvoice, unpaid: OpenInvoice | None, *, today: date) -> str:
    if unpaid and unpaid.due_on >= today:
        day = day_words(unpaid.due_on, today=today)
        return pgettext("row of an invoice", "Pay by %(day)s") % {"day": day}
    words = overdue_words(unpaid.due_on, today=today) if unpaid else _issued_words(invoice, today=today)
    return words[:1].upper() + words[1:]


def _issued_words(invoice: Invoice | ShownInvoice, *, today: date) -> str:
    return _("issued %(day)s") % {"day": day_words(invoice.issued_on, today=today)}


def due_summary(*, statements: Collection[Statement], today: date) -> DueSummary:
    """Return „Mokėtina suma“ over these books: what each owes, added up; credit is said and not taken off."""
    dues = [statement.amount_due for statement in statements]
    due = sum(dues, ZERO)
    unpaid = [invoice for statement in statements for invoice in statement.unpaid]
    opening_due = sum((statement.opening_due for statement in statements), ZERO)
    pays_one = len(unpaid) == 1 and not opening_due
    return DueSummary(
        amount=money(due),
        is_nothing=not due,
        words=" ".join(
            _due_sentences(statements, len([due for due in dues if due]), unpaid, opening_due, today)
        ),
        pay_url=f"{detail_url(unpaid[0].id)}#mokejimas" if pays_one else pay_url(),
    )


def _due_sentences(
    statements: Collection[Statement],
    owing: int,
    unpaid: list[OpenInvoice],
    opening_due: Decimal,
    today: date,
) -> Iterable[str]:
    if len(statements) > 1 and owing:
        yield ngettext("For %(count)s object.", "For %(count)s objects.", owing) % {"count": owing}
    if not owing:
        yield _("Nothing to pay at the moment.")
    if opening_due:
        yield _("Previous balance: %(amount)s.") % {"amount": money(opening_due)}
    overdue = [invoice for invoice in unpaid if invoice.due_on < today]
    if overdue:
        several = len({invoice.due_on for invoice in overdue}) > 1
        words = (
            _("Overdue: %(amount)s, the oldest was to be paid by %(day)s.")
            if several
            else _("Overdue: %(amount)s, it was to be paid by %(day)s.")
        )
        yield words % {
            "amount": money(sum((invoice.open_part for invoice in overdue), ZERO)),
            "day": day_words(min(invoice.due_on for invoice in overdue), today=today),
        }
    coming = [invoice.due_on for invoice in unpaid if invoice.due_on >= today]
    if coming:
        words = _("Pay the rest by %(day)s.") if overdue else _("Pay by %(day)s.")
        yield words % {"day": day_words(min(coming), today=today)}
    pending = sum((statement.pending for statement in statements), ZERO)
    if pending:
        yield pending_words(pending)
    credit = sum((statement.credit for statement in statements), ZERO)
    if credit:
        yield _("Credit: %(amount)s.") % {"amount": money(credit)}


def pending_words(amount: Decimal) -> str:
    """Return what is said of money that a payment provider has and the accounting has not entered."""
    return _("Received online, not yet posted: %(amount)s.") % {"amount": money(amount)}


def earlier_words(earlier: Earlier, *, address: str) -> str:
    """Return what is said of a payment for the same object that is on its way or has come."""
    moment = timezone.localtime(earlier.at)
    told = {
        "address": address,
        "amount": money(earlier.amount),
        "day": short_day(moment.date()),
        "time": f"{moment:%H:%M}",
    }
    if earlier.is_received:
        return (
            _("%(address)s: %(amount)s was received online on %(day)s at %(time)s and is not posted yet.")
            % told
        )
    return (
        _(
            "%(address)s: a payment of %(amount)s was started on %(day)s at %(time)s, and there is no answer "
            "about it yet."
        )
        % told
    )


def payment_details(*, book: PaymentBook, purpose: str, amount: str, pay_by: str = "") -> PaymentDetails:
    """Return the company's bank details for a payment of this book."""
    company = book.managing_company
    return PaymentDetails(
        heading=_("Bank details for the payment"),
        beneficiary=company.beneficiary_name or company.name,
        iban=grouped(company.iban),
        payer_code=book.payer_code,
        purpose=purpose,
        amount=amount,
        pay_by=pay_by,
        company=company.name,
        phone=company.phone,
    )


def detail_url(invoice: int) -> str:
    """Return the address of one invoice."""
    # One reversal per process: a list has hundreds of these.
    return f"{list_url()}/{invoice}"


def pdf_url(invoice: int) -> str:
    """Return the address of one invoice as a document."""
    return f"{detail_url(invoice)}/pdf"


@lru_cache
def list_url() -> str:
    """Return the address of the list of invoices."""
    return reverse("invoices:list")


@lru_cache
def pay_url() -> str:
    """Return the address of the page that pays several at once."""
    return reverse("invoices:pay")
