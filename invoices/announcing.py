"""Telling holders of a new invoice, when a file brings one."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from imports.kinds import Context
from notifications import outbox
from properties.models import Access

# An older invoice is history that somebody brings in, not news.
STILL_NEWS = timedelta(days=10)


def announce_new(cursor: Any, context: Context) -> int:
    """Put a letter per holder and new invoice of the staged file into the outbox; return how many.

    Only invoices that residents may see today and that were issued in the last ten days.
    """
    today = timezone.localdate(context.at)
    cursor.execute(
        """
        SELECT h.id, h.book_id, h.number, h.period, h.amounts + h.late_interest, h.due_on
        FROM heads h
        WHERE h.error IS NULL AND h.old_hash IS NULL AND h.status = 'live' AND h.is_held IS NOT TRUE
          AND h.issued_on BETWEEN %s AND %s
          AND EXISTS (SELECT FROM properties_access a WHERE a.payment_book_id = h.book_id)
        """,
        [today - STILL_NEWS, today],
    )
    news = cursor.fetchall()
    holders = Access.objects.live(at=context.at).filter(
        granted_by=None, payment_book__in={book_id for _id, book_id, *_rest in news}
    )
    by_book: dict[int, list[Access]] = {}
    for access in holders.select_related("person"):
        by_book.setdefault(access.payment_book_id, []).append(access)
    drafts = [
        outbox.Draft(
            kind="new_invoice",
            to=access.person.email,
            event=str(invoice_id),
            language=access.person.language,
            context={
                "invoice_id": invoice_id,
                "access_id": access.pk,
                "number": number,
                "period": period.isoformat(),
                "charged": str(charged),
                "due_on": due_on.isoformat(),
            },
        )
        for invoice_id, book_id, number, period, charged, due_on in news
        for access in by_book.get(book_id, [])
    ]
    return outbox.post_many(drafts=drafts, at=context.at) if drafts else 0
