"""PDFs of invoices per second, from the question to the database to the bytes, beside typst alone.

Typst alone makes the same kind of document from words that are ready. Every document is made once: typst
remembers what it has seen. Ours and typst's take turns, bill by bill.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.table import Row

BASE_DIR = Path(__file__).resolve().parent.parent
ROUNDS = 7
# Of each round, of each kind.
BILLS = 40


def measure(*, scale: str) -> Iterable[Row]:
    """Return the ratio of our documents per second to typst's own."""
    environment = {**os.environ, "BENCH_SCALE": scale, "DJANGO_SETTINGS_MODULE": "benchmarks.settings"}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.printing"],
        env=environment,
        cwd=BASE_DIR,
        check=True,
        capture_output=True,
        text=True,
    )
    found = json.loads(done.stdout)
    note = f"{found['per_second']:.0f} a second here, {found['bytes'] // 1024} KB each"
    yield Row(
        number="PDF",
        what="PDFs of invoices per second ÷ typst alone on the same documents",
        goal=0.6,
        rounds=found["ratios"],
        at_least=True,
        note=note,
    )


def main() -> None:
    """Measure on the newest invoices with something to pay; print the figures as JSON, keep nothing."""
    import django

    django.setup()
    from django.db import transaction
    from django.utils import translation

    with transaction.atomic(), translation.override("lt"):
        print(json.dumps(_measured()))
        transaction.set_rollback(True)


def _measured() -> dict[str, Any]:
    import typst

    from invoices import paper
    from invoices.models import Invoice
    from invoices.references import references_for_invoices
    from invoices.statements import statements_of
    from printing import pdf

    newest = Invoice.objects.order_by("-pk")[0]
    today = newest.issued_on + timedelta(days=7)
    wanted = 2 * BILLS * (ROUNDS + 1)
    found = Invoice.objects.shown_on(today).filter(status="live", charged__gt=0).order_by("-pk")
    invoices = list(found.select_related("payment_book__managing_company")[:wanted])

    # The page that links to the document has made its reference.
    for company in {invoice.managing_company_id for invoice in invoices}:
        references_for_invoices(company=company, invoices=[invoice.pk for invoice in invoices])

    def ours(invoice: Any) -> bytes:
        book = invoice.payment_book_id
        statement = statements_of(books=[book], today=today)[book]
        return paper.invoice_pdf(
            invoice=invoice, address="Liepų g. 1-2, Vilnius", statement=statement, today=today
        )

    def words_of(invoice: Any) -> dict[str, str]:
        """Return what typst is given for this invoice, without making the document."""
        given: dict[str, Any] = {}
        real, paper.pdf_of = paper.pdf_of, lambda **arguments: given.update(arguments) or b""
        try:
            ours(invoice)
        finally:
            paper.pdf_of = real
        data = json.dumps({**given["data"], "language": given["language"]}, ensure_ascii=False)
        return {**given["pictures"], "data": data}

    alone = typst.Compiler(root=pdf._TEMPLATES, font_paths=pdf._fonts(), ignore_system_fonts=True)

    def typsts_own(words: dict[str, str]) -> bytes:
        made = alone.compile(
            input=str(pdf._TEMPLATES / "bill.typ"), format="pdf", pdf_standards=["ua-1"], sys_inputs=words
        )
        assert isinstance(made, bytes)
        return made

    ratios, seconds, sizes = [], 0.0, []
    for turn in range(ROUNDS + 1):
        bills = invoices[2 * BILLS * turn : 2 * BILLS * (turn + 1)]
        spent = {"ours": 0.0, "typst": 0.0}
        for mine, its in zip(bills[::2], [words_of(invoice) for invoice in bills[1::2]], strict=True):
            began = time.perf_counter()
            sizes.append(len(ours(mine)))
            between = time.perf_counter()
            typsts_own(its)
            spent["ours"] += between - began
            spent["typst"] += time.perf_counter() - between
        if turn:  # the first one warms up
            ratios.append(spent["typst"] / spent["ours"])
            seconds += spent["ours"]
    return {
        "ratios": ratios,
        "per_second": BILLS * ROUNDS / seconds,
        "bytes": sum(sizes) // len(sizes),
    }


if __name__ == "__main__":
    main()
