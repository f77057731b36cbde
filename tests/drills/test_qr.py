"""A thousand bills' QR codes, drawn and read back by a decoder that is not ours; and that the proof can fail."""

import random
from decimal import Decimal

import pytest
import segno
from PIL import Image, ImageDraw

from invoices.models import Invoice
from invoices.paying import HowToPay, how_to_pay
from invoices.references import find, references_for_invoices
from properties.models import ManagingCompany
from tests.factories import BookFactory, CompanyFactory, InvoiceFactory
from tests.printing.scanner import drawn, scanned

BILLS = 1000
IBANS = ("LT601010012345678901", "LT577300010000000000", "LV80BANK0000435195001", "DE89370400440532013000")
WORDS = [
    *(
        "„Žvaigždė“",
        "Ąžuolų",
        "Čiurlionio",
        "Ėglių",
        "Šilutės",
        "Ūkio",
        "Įmonių",
        "Ųžęėįš",
        "būstas",
        "namai",
    ),
    *("ir", "UAB", "VšĮ", "DNSB", "&", "Co.", "Š.", "Ž-8", "O'Brien", "Łódź", "Æsir", "Иван", "(Klaipėda)"),
    *("šiluma,", "+10%", "#1"),
]


@pytest.fixture
def bills(db: None) -> list[tuple[Invoice, HowToPay, bytes]]:
    """Bills of companies with all kinds of names, each with what its code has to say."""
    chance = random.Random(11649)
    made = []
    for _ in range(20):
        company = CompanyFactory(
            iban=chance.choice(IBANS),
            beneficiary_name=" ".join(chance.choices(WORDS, k=chance.randint(1, 12)))[:200],
        )
        book = BookFactory(managing_company=company, premises=[])
        amounts = [
            Decimal(chance.randint(1, 10 ** chance.randint(2, 11))).scaleb(-2) for _ in range(BILLS // 20)
        ]
        invoices = Invoice.objects.bulk_create(
            InvoiceFactory.build(
                payment_book=book, managing_company=company, number=f"S-{number}", charged=amount
            )
            for number, amount in enumerate(amounts)
        )
        codes = references_for_invoices(company=company.pk, invoices=[invoice.pk for invoice in invoices])
        made += [(invoice, *_paid(company, codes[invoice.pk], invoice.charged)) for invoice in invoices]
    return made


def _paid(company: ManagingCompany, reference: str, amount: Decimal) -> tuple[HowToPay, bytes]:
    way = how_to_pay(company=company, reference=reference, amount=amount)
    assert way is not None
    name = company.beneficiary_name[:70].rstrip()
    lines = ("BCD", "002", "1", "SCT", "", name, company.iban, f"EUR{amount}", "", reference)
    return way, "\n".join(lines).encode()


def stained(picture: Image.Image, share: float) -> Image.Image:
    """Return the picture with an ink spot of this share of its width in the middle."""
    picture = picture.copy()
    middle, half = picture.width / 2, picture.width * share / 2
    ImageDraw.Draw(picture).rectangle((middle - half, middle - half, middle + half, middle + half), fill=0)
    return picture


def test_a_thousand_codes_are_read_back_exactly(bills: list[tuple[Invoice, HowToPay, bytes]]) -> None:
    wrong, expected = [], set()
    for invoice, way, says in bills:
        expected.add(says)
        (code,) = scanned(drawn(way.qr))
        target = find(company=invoice.managing_company, reference=code.text.split("\n")[9])
        if code.bytes != says or code.ec_level != "M" or target is None or target.invoice_id != invoice.pk:
            wrong.append((says, code.bytes))
    assert wrong == []
    assert len(bills) == len(expected) == BILLS
    print(f"\n{BILLS} codes read back, the longest of {max(map(len, expected))} bytes")


def test_the_proof_fails_when_something_is_wrong(bills: list[tuple[Invoice, HowToPay, bytes]]) -> None:
    some = bills[::40]
    spotted, spoilt = 0, 0
    for (_, way, says), (_, _, neighbour) in zip(some, some[1:] + some[:1], strict=True):
        picture = drawn(way.qr)
        # Another bill's reference, and one wrong digit.
        (code,) = scanned(picture)
        assert code.bytes != neighbour
        assert code.bytes != says[:-1] + (b"0" if says[-1:] != b"0" else b"1")
        # Level M mends a small spot and no large one.
        spotted += [code.bytes for code in scanned(stained(picture, 0.15))] == [says]
        spoilt += [code.bytes for code in scanned(stained(picture, 0.45))] != [says]
    assert spotted >= len(some) * 0.9
    assert spoilt == len(some)
    print(f"\nof {len(some)}: {spotted} read with a small spot, {spoilt} unread with a large one")


def test_the_proof_sees_a_weaker_level() -> None:
    weak = segno.make_qr("BCD\n002", error="l", boost_error=False).svg_inline(scale=4, border=4)
    (code,) = scanned(drawn(weak.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)))
    assert code.ec_level == "L"
