"""An invoice as a PDF: what stands in it, what a bank's app reads from it, and who gets it."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine
from django.test import Client
from django.utils import translation

from accounts.models import User
from invoices.models import Invoice, Line, PaymentReference
from invoices.paper import invoice_pdf
from invoices.references import grouped, reference_for_invoice
from invoices.statements import statements_of
from properties.models import Access, PaymentBook
from tests.factories import InvoiceFactory, LineFactory, PaymentFactory
from tests.printing.documents import marked_as, pages_of, text_of, widest
from tests.printing.scanner import page_of, scanned

TODAY = date(2026, 11, 22)
ADDRESS = "Beržyno g. 8-15, Klaipėda"
ClientFor = Callable[[User], Client]


@pytest.fixture
def invoice(book: PaymentBook) -> Invoice:
    """A bill as most are: metered and unmetered lines, VAT, something from before."""
    company = book.managing_company
    company.vat_code, company.address = "LT100001738313", "Pavyzdžio g. 1, Klaipėda"
    company.save()
    bill: Invoice = InvoiceFactory(
        payment_book=book,
        number="KN-2026-11-4218",
        issued_on=date(2026, 11, 5),
        due_on=date(2026, 11, 30),
        charged="1261.94",
        late_interest="0.44",
        opening_balance="49.54",
        received="49.54",
        total="1261.94",
    )
    LineFactory(
        invoice=bill, line_no=1, service="Karštas vanduo", quantity="4", unit="m³", unit_price="6.32",
        amount="25.28", vat_rate="9", vat_amount="2.09",
    )  # fmt: skip
    LineFactory(
        invoice=bill, line_no=2, service="Fasado remontas", quantity="52.30", unit="m²", unit_price="23.828107",
        amount="1246.21", vat_rate="21", vat_amount="216.28",
    )  # fmt: skip
    LineFactory(invoice=bill, line_no=3, service="Grąžinimas už šildymą", amount="-9.99")
    return bill


def printed(invoice: Invoice, *, today: date = TODAY) -> bytes:
    book = invoice.payment_book
    invoice.refresh_from_db()
    return invoice_pdf(
        invoice=invoice,
        address=ADDRESS,
        statement=statements_of(books=[book.pk], today=today)[book.pk],
        today=today,
    )


def plain(words: str) -> str:
    """A space is a space, however wide: readers of documents see no difference."""
    return words.replace("\u00a0", " ")


# ── What stands in it ───────────────────────────────────────────────────────────────────────────


def test_everything_of_the_bill_is_on_one_page(invoice: Invoice) -> None:
    (text,) = pages_of(printed(invoice))
    reference = grouped(reference_for_invoice(invoice=invoice))
    for words in (
        "UAB „Pajūrio namai“",
        "Sąskaita už 2026 m. spalį",
        ADDRESS,
        "Mokėtina suma 1 261,94 €",
        "Neapmokėta Apmokėkite iki 2026 m. lapkričio 30 d.",
        "Paslauga Kiekis Kaina, € PVM % PVM, € Suma, €",
        "Karštas vanduo 4 m³ 6,3200 9 2,09 25,28",
        "Fasado remontas 52,3 m² 23,828107 21 216,28 1 246,21",
        "Grąžinimas už šildymą −9,99",
        "Visos eilutės su PVM, € 1 261,50",
        "Ankstesnis likutis 49,54 €",
        "Gauta 49,54 €",
        "Delspinigiai 0,44 €",
        "Iš jų PVM 218,37 €",
        "Iš viso 1 261,94 €",
        "Gavėjas UAB „Pajūrio namai“",
        "Sąskaita (IBAN) LT60 1010 0123 4567 8901",
        f"Įmokos kodas {reference}",
        "Suma 1 261,94 €",
        "Apmokėti iki 2026 m. lapkričio 30 d.",
        "Laikotarpis 2026 m. spalis",
        "Sąskaitos Nr. KN-2026-11-4218",
        "Mokėtojo kodas KN-0418 22-15",
        "Išrašyta 2026 m. lapkričio 5 d.",
        "Mokėtojas Birutė Pavyzdienė",
        "įmonės kodas 300000017, PVM kodas LT100001738313, Pavyzdžio g. 1, Klaipėda",
        "parengta 2026 m. lapkričio 22 d.",
        "1 puslapis iš 1",
    ):
        assert words in plain(text), words


def test_it_is_read_aloud_in_the_language_of_the_reader(invoice: Invoice) -> None:
    with translation.override("en"):
        english = printed(invoice)
    lithuanian = printed(invoice)
    assert [marked_as(pdf).language for pdf in (lithuanian, english)] == ["lt", "en"]
    assert [marked_as(pdf).title for pdf in (lithuanian, english)] == [
        "Sąskaita Nr. KN-2026-11-4218",
        "Invoice No. KN-2026-11-4218",
    ]
    assert all(marked_as(pdf).is_pdf_ua and "/Figure" in marked_as(pdf).tags for pdf in (lithuanian, english))
    text = plain(text_of(english))
    assert "Service Quantity Price, € VAT % VAT, € Amount, €" in text
    assert "Page 1 of 1" in text
    assert "Mokėt" not in text


def test_without_vat_there_are_no_columns_of_it(invoice: Invoice) -> None:
    invoice.lines.update(vat_rate=None, vat_amount=None)
    assert "Paslauga Kiekis Kaina, € Suma, €" in text_of(printed(invoice))


def test_a_cancelled_one_says_so_and_asks_for_nothing(invoice: Invoice) -> None:
    Invoice.objects.filter(pk=invoice.pk).update(status="cancelled")
    pdf = printed(invoice)
    assert "Anuliuota" in text_of(pdf)
    assert "Sąskaita (IBAN)" not in text_of(pdf)
    assert scanned(page_of(pdf)) == []


def test_a_corrected_one_says_since_when(invoice: Invoice) -> None:
    assert "Patikslinta" not in text_of(printed(invoice))
    Invoice.objects.filter(pk=invoice.pk).update(revision=2, revised_at=datetime(2026, 11, 7, tzinfo=UTC))
    assert "Patikslinta 2026 m. lapkričio 7 d." in text_of(printed(invoice))


# ── What a bank's app reads ─────────────────────────────────────────────────────────────────────


def test_the_code_holds_what_is_left_to_pay(invoice: Invoice) -> None:
    PaymentFactory(
        payment_book=invoice.payment_book, invoice_number=invoice.number, amount="1200", paid_on=TODAY
    )
    (code,) = scanned(page_of(printed(invoice)))
    assert code.text == (
        "BCD\n002\n1\nSCT\n\nUAB „Pajūrio namai“\nLT601010012345678901\nEUR61.94\n\n"
        + reference_for_invoice(invoice=invoice)
    )


@pytest.mark.parametrize("charged", ["0.00", "-61.94"])
def test_what_asks_for_nothing_has_no_code(invoice: Invoice, charged: str) -> None:
    Invoice.objects.filter(pk=invoice.pk).update(charged=Decimal(charged))
    pdf = printed(invoice)
    assert scanned(page_of(pdf)) == []
    assert "Sąskaita (IBAN)" not in text_of(pdf)
    assert not PaymentReference.objects.exists()


def test_a_paid_one_has_no_code(invoice: Invoice) -> None:
    PaymentFactory(payment_book=invoice.payment_book, invoice_number=invoice.number, amount="1261.94")
    pdf = printed(invoice)
    assert scanned(page_of(pdf)) == []
    assert "Apmokėta" in text_of(pdf)


@pytest.mark.parametrize("iban", ["", "LT00"])
def test_an_account_that_no_bank_has_gives_no_code(invoice: Invoice, iban: str) -> None:
    company = invoice.payment_book.managing_company
    company.iban = iban
    company.save()
    invoice = Invoice.objects.select_related("payment_book__managing_company").get(pk=invoice.pk)
    pdf = printed(invoice)
    assert scanned(page_of(pdf)) == []
    assert ("sąskaitos numerio nenurodė" in text_of(pdf)) == (not iban)


# ── What is not as most are ─────────────────────────────────────────────────────────────────────


def test_two_hundred_lines_go_over_pages(invoice: Invoice) -> None:
    Line.objects.bulk_create(
        LineFactory.build(
            invoice=invoice, line_no=number, service=f"Paslauga Nr. {number}.", amount=Decimal("-0.01")
        )
        for number in range(4, 204)
    )
    pages = pages_of(printed(invoice))
    assert len(pages) > 3
    assert [page.count("Paslauga Kiekis Kaina") for page in pages] == [
        int("Nr. " in page.replace("Sąskaita Nr.", "").replace("Sąskaitos Nr.", "")) for page in pages
    ]
    assert [number for number in range(4, 204) if f"Paslauga Nr. {number}." not in " ".join(pages)] == []


@pytest.mark.parametrize("service", ["Ąžuolų " * 42 + "galas.", "Ž" * 300, '#eval("1") $x$ *a* @b \\ ' * 13])
def test_a_long_service_stays_within_its_column(invoice: Invoice, service: str) -> None:
    LineFactory(invoice=invoice, line_no=4, service=service[:300], amount="-0.01")
    invoice.payment_book.payer_name = service[:200]
    invoice.payment_book.save()
    pdf = printed(invoice)
    left, right = widest(pdf)
    assert left > 15
    assert right < 210 - 15
    assert service[:300].strip().replace(" ", "") in text_of(pdf).replace(" ", "")


# ── Who gets it ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def now() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 11, 22, 10, tzinfo=UTC), tick=False):
        yield


def test_it_comes_as_a_file_that_nobody_keeps(
    client_for: ClientFor, holder: User, invoice: Invoice, now: None
) -> None:
    Invoice.objects.filter(pk=invoice.pk).update(number='Ž/../1 "a"')
    response = client_for(holder).get(f"/invoices/{invoice.pk}/pdf")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Cache-Control"] == "no-store, private"
    assert response.headers["Content-Disposition"] == (
        "attachment; filename*=utf-8''saskaita-%C5%BD-..-1-a-.pdf"
    )
    assert 'Sąskaita Nr. Ž/../1 "a"' in text_of(response.content)


def test_the_old_link_of_a_revoked_guest_leads_nowhere(
    client_for: ClientFor, guest: User, invoice: Invoice, now: None
) -> None:
    client, link = client_for(guest), f"/invoices/{invoice.pk}/pdf"
    assert client.get(link).status_code == 200
    Access.objects.filter(person=guest).update(ends_at=datetime(2026, 11, 22, 10, tzinfo=UTC))
    assert client.get(link).status_code == 404


def test_what_is_held_back_has_no_document(
    client_for: ClientFor, holder: User, invoice: Invoice, now: None
) -> None:
    client, link = client_for(holder), f"/invoices/{invoice.pk}/pdf"
    assert client.get(link).status_code == 200
    Invoice.objects.filter(pk=invoice.pk).update(is_held=True)
    assert client.get(link).status_code == 404


def test_the_former_holder_of_a_closed_book_prints_its_invoices(
    client_for: ClientFor, former_holder: User, former_book: PaymentBook, now: None
) -> None:
    old = InvoiceFactory(payment_book=former_book, charged="7.00")
    pdf = client_for(former_holder).get(f"/invoices/{old.pk}/pdf").content
    (code,) = scanned(page_of(pdf))
    assert "EUR7.00" in code.text
