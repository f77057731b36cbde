"""Merging a staged statement of the bank: what is new is matched to payment books, posted, and kept for staff.

Every credit becomes an entry, known by the account and the bank's reference, so that the same or an overlapping
statement posts nothing twice. All books are judged as they stood before the file: the order of its rows is nobody's
doing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from imports.cells import Parse
from imports.kinds import Context, Counts
from imports.merging import count
from imports.tables import FileNotTaken
from lithuanian.codes import clean_iban
from lithuanian.folding import fold_name
from properties.company_codes import collect_codes, lock_company
from properties.models import ManagingCompany

from .bank_entries import close_posted
from .bank_ledger import Ledger
from .bank_matching import Credit, Match, Part
from .freshness import mark_updated
from .models import BankEntry, Payment

State, FoundBy, Reason = BankEntry.State, BankEntry.FoundBy, BankEntry.Reason
_BATCH = 1000


def bank_text(limit: int) -> Parse:
    """Take whatever a bank passes on; what cannot be shown becomes a space, what is too long is cut."""

    def parse(typed: str) -> str:
        shown = "".join(char if char.isprintable() else " " for char in typed.removeprefix("'"))
        return " ".join(shown.split())[:limit]

    return parse


def merge_bank_statement(cursor: Any, context: Context) -> Counts:
    """Post the credits whose books are certain, note settlements, and leave the rest to staff."""
    company_id = lock_company(cursor, context)
    company = ManagingCompany.objects.get(pk=company_id)
    _refuse_other_accounts(cursor, company)
    _refuse_repeats(cursor)
    close_posted(company=company_id, at=context.at)
    unchanged = _set_known_apart(cursor, company_id)
    collect_codes(cursor, company_id)
    ledger = Ledger(cursor=cursor, company=company_id, today=timezone.localdate(context.at))
    providers = _providers()
    created, entries, payments = 0, [], []
    waiting: list[tuple[int, str]] = []
    for rows in _new_rows(cursor):
        on_file = _sums_on_file(company_id, rows)
        ledger.look_up([row.credit for row in rows])
        for row in rows:
            entry = _entry(row, company_id, context)
            entries.append(entry)
            if row.reference in on_file:
                _as_on_file(entry, row, on_file[row.reference], context)
                unchanged += entry.state == State.POSTED
            elif row.credit.amount > 0 and _is_provider(row, providers):
                entry.state, entry.settled_at = State.SETTLEMENT, context.at
            else:
                found = ledger.judge(row.credit)
                if isinstance(found, Match):
                    entry.state, entry.found_by, entry.settled_at = State.POSTED, found.found_by, context.at
                    payments += _payments(entry, found.parts)
                else:
                    entry.reason = found
            if entry.state == State.WAITING:
                waiting.append((row.line, str(Reason(entry.reason).label)))
            elif row.reference not in on_file:
                created += 1
    BankEntry.objects.bulk_create(entries, batch_size=_BATCH)
    Payment.objects.bulk_create(payments, batch_size=_BATCH)
    _tell_waiting(cursor, waiting)
    mark_updated(cursor, company_id, context)
    return Counts(
        created=created,
        updated=0,
        unchanged=unchanged,
        rejected=count(cursor, "staging WHERE error IS NOT NULL"),
    )


# ── What of the file is new ─────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    line: int
    credit: Credit
    payer_account: str
    reference: str
    account: str


def _refuse_other_accounts(cursor: Any, company: ManagingCompany) -> None:
    if not company.iban:
        raise FileNotTaken(_("The company has no account number (IBAN) on file."))
    cursor.execute("SELECT EXISTS (SELECT FROM staging WHERE account IS DISTINCT FROM %s)", [company.iban])
    if cursor.fetchone()[0]:
        raise FileNotTaken(_("The statement is of an account that is not the company's (%s).") % company.iban)


def _refuse_repeats(cursor: Any) -> None:
    """Of the same credit keep the first; credits of one reference that differ are nobody's to sort out here."""
    cursor.execute(
        """
        UPDATE staging s SET error = %s FROM (
            SELECT bank_reference FROM staging WHERE error IS NULL GROUP BY bank_reference
            HAVING count(DISTINCT ROW(booking_date, amount, coalesce(text, ''), coalesce(payer_name, ''))) > 1
        ) AS differing WHERE s.error IS NULL AND s.bank_reference = differing.bank_reference
        """,
        [_("the file says different things about the same bank reference")],
    )
    cursor.execute(
        "DELETE FROM staging s USING staging earlier WHERE s.error IS NULL AND earlier.error IS NULL "
        "AND s.bank_reference = earlier.bank_reference AND s.line > earlier.line"
    )


def _set_known_apart(cursor: Any, company_id: int) -> int:
    """Mark the credits that came before; return how many of them are settled and unchanged."""
    cursor.execute("ALTER TABLE staging ADD state text, ADD reason text")
    cursor.execute(
        """
        UPDATE staging s SET state = e.state, reason = e.reason,
            error = CASE WHEN e.amount <> s.amount OR e.booked_on <> s.booking_date THEN %s END
        FROM invoices_bankentry e
        WHERE s.error IS NULL AND e.managing_company_id = %s AND e.account = s.account
            AND e.bank_reference = s.bank_reference
        """,
        [_("this bank reference is already on file with another sum or day"), company_id],
    )
    for reason, words in Reason.choices:
        cursor.execute(
            "UPDATE staging SET error = %s WHERE error IS NULL AND state = 'waiting' AND reason = %s",
            [str(words), reason],
        )
    return count(cursor, "staging WHERE error IS NULL AND state IS NOT NULL")


def _new_rows(cursor: Any) -> Iterator[list[_Row]]:
    last = 0
    while True:
        cursor.execute(
            """
            SELECT line, booking_date, amount, coalesce(text, ''), coalesce(payer_name, ''),
                coalesce(nature, ''), coalesce(payer_account, ''), bank_reference, account
            FROM staging WHERE error IS NULL AND state IS NULL AND line > %s ORDER BY line LIMIT %s
            """,
            [last, _BATCH],
        )
        rows = [
            _Row(
                line=line,
                credit=Credit(
                    booked_on=booked_on, amount=amount, text=text, payer_name=payer_name, nature=nature
                ),
                payer_account=payer_account,
                reference=reference,
                account=account,
            )
            for (
                line, booked_on, amount, text, payer_name, nature, payer_account, reference, account,
            ) in cursor.fetchall()
        ]  # fmt: skip
        if not rows:
            return
        yield rows
        last = rows[-1].line


def _tell_waiting(cursor: Any, waiting: Sequence[tuple[int, str]]) -> None:
    cursor.execute(
        "UPDATE staging s SET error = told.reason "
        "FROM unnest(%s::bigint[], %s::text[]) AS told (line, reason) WHERE s.line = told.line",
        [[line for line, _reason in waiting], [reason for _line, reason in waiting]],
    )


# ── What becomes of a credit ────────────────────────────────────────────────────────────────────


def _sums_on_file(company_id: int, rows: list[_Row]) -> dict[str, Decimal]:
    """Return what the accounting's files brought under these bank references already."""
    on_file = Payment.objects.filter(
        managing_company=company_id, bank_reference__in=[row.reference for row in rows]
    )
    sums = on_file.order_by().values("bank_reference").annotate(total=Sum("amount"))
    return {row["bank_reference"]: row["total"] for row in sums}


def _as_on_file(entry: BankEntry, row: _Row, on_file: Decimal, context: Context) -> None:
    if on_file == row.credit.amount:
        entry.state, entry.found_by, entry.settled_at = State.POSTED, FoundBy.ACCOUNTING, context.at
    else:
        entry.reason = Reason.ON_FILE


def _entry(row: _Row, company_id: int, context: Context) -> BankEntry:
    return BankEntry(
        managing_company_id=company_id,
        account=row.account,
        bank_reference=row.reference,
        booked_on=row.credit.booked_on,
        amount=row.credit.amount,
        text=row.credit.text,
        payer_name=row.credit.payer_name,
        payer_account=row.payer_account,
        state=State.WAITING,
        brought_at=context.at,
    )


def _payments(entry: BankEntry, parts: Sequence[Part]) -> list[Payment]:
    return [
        Payment(
            managing_company_id=entry.managing_company_id,
            payment_book_id=part.book,
            bank_reference=entry.bank_reference,
            part_no=number,
            paid_on=entry.booked_on,
            amount=part.amount,
            invoice_number=part.invoice_number,
            payer_name=entry.payer_name,
            note=entry.text[:500],
        )
        for number, part in enumerate(parts, start=1)
    ]


def _providers() -> set[str]:
    """Return the payment providers' accounts and folded names, as the operator listed them."""
    found = set()
    for told in settings.PAYMENT_PROVIDERS:
        try:
            found.add(clean_iban(told))
        except ValueError:
            found.add(fold_name(told, is_company=True))
    return found


def _is_provider(row: _Row, providers: set[str]) -> bool:
    name = fold_name(row.credit.payer_name, is_company=True)
    return row.payer_account.replace(" ", "") in providers or (bool(name) and name in providers)
