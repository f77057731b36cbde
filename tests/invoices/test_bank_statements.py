"""The bank's statement: what is certain is posted, once; the rest waits for staff; what is no statement stays out."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from imports.models import ImportRun
from invoices.models import BankEntry, Invoice, Payment
from invoices.references import reference_for_book, reference_for_invoice, reference_for_parts
from properties.models import ManagingCompany, PaymentBook
from tests import tables
from tests.drills.statements import IBAN, Score, Town, Transfer, statement
from tests.factories import BookFactory, BuildingFactory, CompanyFactory, InvoiceFactory, PropertyFactory
from tests.imports.conftest import Result, counted, import_path

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 10)
CODE = "300000017"
Take = Callable[..., Result]


@pytest.fixture
def company(db: None) -> ManagingCompany:
    return CompanyFactory(company_code=CODE, iban=IBAN)


@pytest.fixture
def book(company: ManagingCompany) -> PaymentBook:
    return household(company, "KN-0418 22-15", "Birutė Pavyzdienė", "15")


def household(company: ManagingCompany, code: str, name: str, flat: str, **fields: Any) -> PaymentBook:
    building = company.buildings.first() or BuildingFactory(
        managing_company=company, street="Beržyno g.", house="8"
    )
    place = PropertyFactory(building=building, unit=flat)
    return BookFactory(managing_company=company, payer_code=code, payer_name=name, premises=[place], **fields)


@pytest.fixture
def bill(book: PaymentBook) -> Invoice:
    return InvoiceFactory(payment_book=book, number="BN-2026-000123", charged=Decimal("45.67"))


@pytest.fixture
def take(tmp_path: Path) -> Take:
    """Write a statement of these credits, or this content, and import it."""

    def run(*transfers: Transfer, content: str | bytes | None = None, **options: Any) -> Result:
        for number, transfer in enumerate(transfers):
            transfer.reference = transfer.reference or f"BANK-{number}"
            transfer.day = DAY
        version, iban = options.pop("version", "02"), options.pop("iban", IBAN)
        text = statement(list(transfers), version=version, iban=iban) if content is None else content
        path = tmp_path / "statement.xml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return import_path("bank_statement", path, company=options.pop("company", CODE), **options)

    return run


def paid(amount: str, **fields: Any) -> Transfer:
    return Transfer(Decimal(amount), **{"payer": "Kas Nors", **fields})


def posted() -> list[tuple[PaymentBook, Decimal, str]]:
    payments = Payment.objects.order_by("bank_reference", "part_no")
    return [(payment.payment_book, payment.amount, payment.invoice_number) for payment in payments]


# ── Whose it is ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("version", ["02", "08"])
def test_a_reference_is_posted_to_its_invoice(bill: Invoice, take: Take, version: str) -> None:
    result = take(paid("20.00", structured=reference_for_invoice(invoice=bill)), version=version)
    assert (result.status, result.counts) == (0, counted(created=1))
    assert posted() == [(bill.payment_book, Decimal("20.00"), "BN-2026-000123")]
    payment = Payment.objects.get()
    assert (payment.bank_reference, payment.part_no, payment.paid_on) == ("BANK-0", 1, DAY)
    entry = BankEntry.objects.get()
    assert (entry.state, entry.found_by) == ("posted", "reference")


@pytest.mark.parametrize("way", ["fours", "small", "letter O", "no letters", "in words", "closed"])
def test_a_typed_reference_is_read_as_people_type_it(
    company: ManagingCompany, book: PaymentBook, take: Take, way: str
) -> None:
    reference = reference_for_book(book=book)
    if way == "closed":
        PaymentBook.objects.update(closed_on=date(2026, 6, 30))
    text = {
        "fours": " ".join(reference[at : at + 4] for at in range(0, len(reference), 4)),
        "small": reference.lower(),
        "letter O": reference.replace("0", "O"),
        "no letters": reference[2:],
        "in words": f"už butą 15 {reference}, rugsėjis",
    }.get(way, reference)
    assert take(paid("7.00", text=text)).counts == counted(created=1)
    assert posted() == [(book, Decimal("7.00"), "")]


def test_a_reference_with_a_wrong_digit_is_none(bill: Invoice, take: Take) -> None:
    reference = reference_for_invoice(invoice=bill)
    check = f"{(int(reference[2:4]) + 1) % 100:02}"
    result = take(*(paid("45.67", text=f"RF{digits}{reference[4:]}") for digits in (check, "")))
    assert result.counts == counted(rejected=2)


def test_a_list_s_reference_posts_its_parts_and_only_its_sum(
    company: ManagingCompany, book: PaymentBook, take: Take
) -> None:
    other = household(company, "KN-0418 22-16", "Kazys Kitas", "16")
    parts = {book.pk: Decimal("10.00"), other.pk: Decimal("5.50")}
    reference = reference_for_parts(company=company, parts=parts)
    result = take(paid("15.50", structured=reference), paid("15.00", structured=reference))
    assert (result.status, result.counts) == (1, counted(created=1, rejected=1))
    assert posted() == [(book, Decimal("10.00"), ""), (other, Decimal("5.50"), "")]
    assert BankEntry.objects.get(state="waiting").reason == "sum_differs"


OWN, OTHER_PAYER = "Pavyzdienė Birutė", "Kas Nors"


@pytest.mark.parametrize(
    ("text", "payer", "amount", "found_by"),
    [
        ("mok. kodas KN-0418 22-15", OWN, "30.00", "code"),
        ("kn04182215 rugsėjis 2026-09", OTHER_PAYER, "45.67", "code"),
        ("už butą 15 kodas KN 0418 22/15", "Jonas Pavyzdys", "30.00", "code"),
        ("sąsk. bn-2026-000123", OTHER_PAYER, "45.67", "invoice"),
        ("KN-0418 22-15, BN 2026 000123", OTHER_PAYER, "1.00", "code_and_invoice"),
        ("už butą 15 rugsėjis", OWN, "45.67", "sum_and_payer"),
        ("", "PAVYZDIENE BIRUTE", "45.67", "sum_and_payer"),
        ("KN-0418 22-1", OWN, "45.67", "sum_and_payer"),
        ("už Birutė Pavyzdienė", OTHER_PAYER, "45.67", "sum_and_payer"),
    ],
)
def test_what_the_text_the_sum_and_the_payer_tell(
    bill: Invoice, take: Take, text: str, payer: str, amount: str, found_by: str
) -> None:
    household(bill.managing_company, "KN-0418 22-16", "Kazys Kitas", "16")
    assert take(paid(amount, text=text, payer=payer)).counts == counted(created=1)
    assert [(book, sum_) for book, sum_, _number in posted()] == [(bill.payment_book, Decimal(amount))]
    assert BankEntry.objects.get().found_by == found_by


@pytest.mark.parametrize(
    ("text", "payer", "amount", "reason"),
    [
        ("komunaliniai", OTHER_PAYER, "45.67", "nothing"),
        # Nothing confirms the code, which has no check digits.
        ("KN-0418 22-16", OTHER_PAYER, "45.60", "not_confirmed"),
        # A slip: the code is the neighbour's, the name and the sum are one's own.
        ("KN-0418 22-16", OWN, "45.67", "contradiction"),
        ("KN-0418 22-15 už butą 16", OWN, "45.67", "contradiction"),
        ("už butą 16", OWN, "45.67", "contradiction"),
        ("BN-2026-000123", "Kazys Kitas", "11.00", "contradiction"),
        ("KN-0418 22-15 ir KN-0418 22-16", OWN, "45.67", "several"),
        ("už butą 15 rugsėjis", OWN, "45.66", "nothing"),
        ("rugsėjis", "Vardenis Dviejų", "9.99", "several"),
    ],
)
def test_what_is_not_certain_waits_for_staff(
    bill: Invoice, take: Take, text: str, payer: str, amount: str, reason: str
) -> None:
    company = bill.managing_company
    household(company, "KN-0418 22-16", "Kazys Kitas", "16")
    for flat in ("17", "18"):
        namesake = household(company, f"KN-0418 22-{flat}", "Vardenis Dviejų", flat)
        InvoiceFactory(payment_book=namesake, charged=Decimal("9.99"))
    result = take(paid(amount, text=text, payer=payer))
    assert (result.status, result.counts) == (1, counted(rejected=1))
    assert posted() == []
    assert BankEntry.objects.get().reason == reason
    [row] = result.errors
    assert (row["booking_date"], row["amount"], row["text"], row["line"]) == (
        "2026-11-10",
        amount,
        text,
        "1",
    )
    assert row["error"]


def test_one_transfer_for_two_books_is_split_when_it_is_all_that_they_owe(bill: Invoice, take: Take) -> None:
    other = household(bill.managing_company, "KN-0418 22-16", "Kazys Kitas", "16")
    InvoiceFactory(payment_book=other, charged=Decimal("4.33"))
    assert take(paid("50.00", text="KN-0418 22-15, KN-0418 22-16")).counts == counted(created=1)
    assert posted() == [(bill.payment_book, Decimal("45.67"), ""), (other, Decimal("4.33"), "")]


def test_the_sum_and_the_payer_tell_once_what_is_owed_once(bill: Invoice, take: Take) -> None:
    result = take(*(paid("45.67", payer=OWN) for _time in range(2)))
    assert result.counts == counted(created=1, rejected=1)
    assert take(paid("45.67", payer=OWN, reference="BANK-8")).counts == counted(rejected=1)


def test_a_code_that_passed_on_means_who_pays(bill: Invoice, take: Take) -> None:
    seller = bill.payment_book
    PaymentBook.objects.filter(pk=seller.pk).update(closed_on=date(2026, 9, 30))
    buyer = household(
        bill.managing_company, seller.payer_code, "Nauja Šeimininkė", "15b", opened_on=date(2026, 10, 1)
    )
    InvoiceFactory(payment_book=buyer, charged=Decimal("12.00"))
    code = seller.payer_code
    result = take(
        paid("45.67", text=code, payer=OWN),
        paid("100.00", text=code, payer="Nauja Šeimininkė"),
        paid("33.00", text=code, payer=OWN),
    )
    assert result.counts == counted(created=2, rejected=1)
    assert [book for book, _amount, _number in posted()] == [seller, buyer]


def test_a_provider_s_lump_is_settlement_and_nobody_s_payment(bill: Invoice, take: Take) -> None:
    iban = "LT663500010000000009"
    lumps = [
        paid("45.67", text="KN-0418 22-15", payer="X", payer_iban=iban),
        paid("45.67", text="KN-0418 22-15", payer="Mokėjimai, UAB"),
    ]
    with override_settings(PAYMENT_PROVIDERS=["LT66 3500 0100 0000 0009", "UAB „Mokėjimai“"]):
        assert take(*lumps).counts == counted(created=2)
    assert posted() == []
    assert set(BankEntry.objects.values_list("state", flat=True)) == {"settlement"}


# ── Once ────────────────────────────────────────────────────────────────────────────────────────


def test_the_same_and_an_overlapping_statement_post_nothing_twice(bill: Invoice, take: Take) -> None:
    one, two = (paid(amount, text="KN-0418 22-15", payer=OWN) for amount in ("10.00", "20.00"))
    unknown = paid("3.00", text="už ką nors")
    assert take(one, two, unknown).counts == counted(created=2, rejected=1)
    assert take(one, two, unknown).counts == counted(unchanged=2, rejected=1)
    three = paid("30.00", text="KN-0418 22-15", payer=OWN, reference="BANK-9")
    assert take(three, unknown, two, version="08").counts == counted(created=1, unchanged=1, rejected=1)
    assert [amount for _book, amount, _number in posted()] == [10, 20, 30]
    BankEntry.objects.filter(state="waiting").update(
        state="other", note="Bandymas", settled_at=datetime(2026, 11, 11, tzinfo=UTC)
    )
    assert take(unknown).counts == counted(unchanged=1)


def test_where_the_bank_gives_no_reference_equal_credits_of_a_day_are_counted(
    bill: Invoice, take: Take
) -> None:
    def coins(count: int) -> str:
        made = [paid("5.00", text="KN-0418 22-15", payer=OWN, day=DAY) for _coin in range(count)]
        return statement(made)

    assert take(content=coins(2)).counts == counted(created=2)
    assert take(content=coins(2)).counts == counted(unchanged=2)
    assert take(content=coins(3)).counts == counted(created=1, unchanged=2)
    assert len(posted()) == 3


def test_what_the_accounting_posted_is_not_posted_again(bill: Invoice, take: Take, tmp_path: Path) -> None:
    file = tmp_path / "payments.csv"
    rows = ["BANK-0;KN-0418 22-15;2026-11-10;10,00", "BANK-1;KN-0418 22-15;2026-11-10;20,00"]
    file.write_text("\n".join(["bank_reference;payer_code;paid_on;amount", *rows]))
    import_path("payments", file, company=CODE)
    result = take(paid("10.00", text="už viską"), paid("21.00", text="KN-0418 22-15", payer=OWN))
    assert result.counts == counted(unchanged=1, rejected=1)
    assert [entry.found_by or entry.reason for entry in BankEntry.objects.order_by("amount")] == [
        "accounting",
        "on_file",
    ]
    assert len(posted()) == 2
    # And the other way round: what waits is settled when the accounting's file brings it.
    take(paid("7.00", text="už ką nors", reference="BANK-7"))
    assert BankEntry.objects.get(bank_reference="BANK-7").state == "waiting"
    file.write_text(
        "\n".join(["bank_reference;payer_code;paid_on;amount", "BANK-7;KN-0418 22-15;2026-11-10;7,00"])
    )
    import_path("payments", file, company=CODE)
    assert BankEntry.objects.get(bank_reference="BANK-7").state == "posted"


def test_a_reference_that_comes_with_another_sum_is_refused(bill: Invoice, take: Take) -> None:
    take(paid("10.00", text="KN-0418 22-15", payer=OWN))
    assert take(paid("11.00", text="KN-0418 22-15", payer=OWN)).counts == counted(rejected=1)
    twice = [paid(amount, text="KN-0418 22-15", payer=OWN, reference="BANK-5") for amount in ("1.00", "2.00")]
    assert take(*twice).counts == counted(rejected=2)
    assert [amount for _book, amount, _number in posted()] == [10]


def test_a_dry_run_writes_the_errors_file_alone(bill: Invoice, take: Take) -> None:
    before = tables.state()
    result = take(paid("10.00", text="KN-0418 22-15", payer=OWN), paid("1.00"), dry_run=True)
    assert (result.status, result.counts) == (1, counted(created=1, rejected=1))
    assert len(result.errors) == 1
    assert tables.state() == before


# ── What a statement holds besides ──────────────────────────────────────────────────────────────


def test_debits_other_currencies_and_what_is_not_booked_are_left_out_and_said(
    bill: Invoice, take: Take
) -> None:
    own = {"text": "KN-0418 22-15", "payer": OWN}
    result = take(
        paid("1.00", **own),
        paid("2.00", **own, is_credit=False),
        paid("3.00", **own, currency="USD"),
        paid("4.00", **own, status="PDNG"),
    )
    assert result.counts == counted(created=1)
    assert len(result.said.splitlines()) == 3


def test_what_the_bank_took_back_waits_for_staff(bill: Invoice, take: Take) -> None:
    own = {"text": "KN-0418 22-15", "payer": OWN, "is_reversal": True}
    assert take(paid("45.67", **own, is_credit=False), paid("45.67", **own)).counts == counted(rejected=2)
    assert list(BankEntry.objects.order_by("amount").values_list("amount", "reason")) == [
        (Decimal("-45.67"), "reversal"),
        (Decimal("45.67"), "reversal"),
    ]


def test_a_batch_is_taken_apart_only_when_its_parts_add_up(bill: Invoice, take: Take) -> None:
    parts = [paid("10.00", text="KN-0418 22-15", payer=OWN), paid("20.00", text="nieko")]
    assert take(paid("30.00", parts=parts)).counts == counted(created=1, rejected=1)
    assert Payment.objects.get().bank_reference == "BANK-0/1"
    assert take(paid("31.00", parts=parts, reference="BANK-B")).counts == counted(rejected=1)
    assert BankEntry.objects.get(bank_reference="BANK-B").reason == "batch"


def test_whatever_is_written_stays_text(bill: Invoice, take: Take) -> None:
    texts = ["=1+1", "@cmd", "-", "<b>&amp;", "\u202eKN", "x" * 3000]
    result = take(*(paid("1.00", text=text) for text in texts))
    assert result.counts == counted(rejected=len(texts))
    kept = list(BankEntry.objects.order_by("bank_reference").values_list("text", flat=True))
    assert kept[:4] == ["=1+1", "@cmd", "", "<b>&amp;"]
    assert [row["text"][:2] for row in result.errors][:2] == ["'=", "'@"]


# ── What is no statement ────────────────────────────────────────────────────────────────────────

WHOLE = statement([Transfer(Decimal("1.00"), "Kas Nors", "x", day=DAY)])
BOMB = '<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
EXTERNAL = '<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/hostname">]>'


def with_prolog(prolog: str, text: str = "x") -> str:
    head, body = WHOLE.split("\n", 1)
    return f"{head}\n{prolog}{body.replace('<Ustrd>x<', f'<Ustrd>{text}<')}"


@pytest.mark.parametrize(
    "content",
    [
        "",
        "payer_code;amount\nA;1\n",
        WHOLE[: len(WHOLE) // 2],
        WHOLE.replace("camt.053.001.02", "camt.053.001.99"),
        WHOLE.replace("camt.053.001.02", "pain.001.001.03"),
        WHOLE.replace("Document", "Dokumentas"),
        WHOLE.replace('<?xml version="1.0" encoding="UTF-8"?>', '<?xml version="1.0" encoding="x-nothing"?>'),
        WHOLE.replace(">1.00<", ">1e400<"),
        WHOLE.replace(">1.00<", ">NaN<"),
        WHOLE.replace(">1.00<", "><"),
        WHOLE.replace("x</Ustrd>", "\0</Ustrd>"),
        b"\xff\xfe\x00 nothing",
        with_prolog(BOMB, "&b;"),
        with_prolog(EXTERNAL, "&a;"),
        with_prolog("<!DOCTYPE d>"),
        WHOLE.replace(IBAN, "LT663500010000000009"),
        WHOLE.replace(f"<IBAN>{IBAN}</IBAN>", "<Othr><Id>1</Id></Othr>", 1),
        statement([]),
        statement([Transfer(Decimal("1.00"), is_credit=False)]),
    ],
)
def test_what_is_no_statement_of_the_company_s_is_not_taken(
    company: ManagingCompany, take: Take, content: str | bytes
) -> None:
    before = tables.state()
    result = take(content=content)
    assert result.status == 2
    assert len(result.said.splitlines()) == 1
    assert tables.state() == before
    assert not ImportRun.objects.exists()


def test_a_company_without_an_account_takes_no_statement(company: ManagingCompany, take: Take) -> None:
    ManagingCompany.objects.update(iban="")
    assert take(paid("1.00")).status == 2


def test_codes_of_another_company_mean_nothing(bill: Invoice, take: Take) -> None:
    CompanyFactory(company_code="300000024", iban=IBAN)
    reference = reference_for_invoice(invoice=bill)
    result = take(
        paid("45.67", text="KN-0418 22-15 BN-2026-000123", payer=OWN),
        paid("45.67", structured=reference),
        company="300000024",
    )
    assert result.counts == counted(rejected=2)
    assert posted() == []


# ── A small one of the long proof ───────────────────────────────────────────────────────────────


def test_of_what_people_really_write_nothing_is_placed_wrongly(db: None, take: Take) -> None:
    town = Town(seed=7, flats=80)
    transfers = town.transfers(90)
    take(content=statement(transfers))
    score = Score()
    score.add(transfers)
    assert score.wrong == []
    assert score.share >= 0.95
