"""The QR code of a payment: what it says, and that a decoder which is not ours reads it back."""

import unicodedata
from decimal import Decimal

import pytest

from printing.qr import LONGEST_PAYLOAD, epc_payload, qr_svg
from tests.printing.scanner import drawn, scanned

IBAN = "LT601010012345678901"
REFERENCE = "RF18539007547034"
NAMES = (
    "UAB „Žvaigždžių namai“",
    "Ąžuolų, Čiurlionio ir Ėglių DNSB",
    "VšĮ Šilutės būstas",
    "Ūkio ir įmonių „Ųžęėįš“ bendrija",
    "ŽEMAITIJOS ŠILUMA IR VANDUO, UAB",
)


def payload_of(*, beneficiary: str = "UAB „Namai“", **fields: object) -> str:
    defaults = {"iban": IBAN, "amount": Decimal("61.94"), "reference": REFERENCE}
    return epc_payload(**{"beneficiary": beneficiary, **defaults, **fields})  # type: ignore[arg-type]


def test_it_says_what_the_standard_asks_for_and_nothing_more() -> None:
    assert payload_of(iban="lt60 1010 0123 4567 8901", reference="RF18 5390 0754 7034") == (
        "BCD\n002\n1\nSCT\n\nUAB „Namai“\nLT601010012345678901\nEUR61.94\n\nRF18539007547034"
    )


@pytest.mark.parametrize("number", range(25))
def test_a_decoder_reads_back_exactly_what_is_to_be_paid(number: int) -> None:
    beneficiary = f"{NAMES[number % len(NAMES)]} {number}"
    amount = Decimal("0.01") + number * Decimal("41666666.58")
    expected = f"BCD\n002\n1\nSCT\n\n{beneficiary}\n{IBAN}\nEUR{amount}\n\n{REFERENCE}"
    svg = qr_svg(payload=payload_of(beneficiary=beneficiary, amount=amount), label="QR")
    (code,) = scanned(drawn(svg))
    assert code.bytes == expected.encode()
    assert code.ec_level == "M"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("Ž" * 71, "Ž" * 70),
        ("UAB " + "ąčęėįš" * 20, "UAB " + "ąčęėįš" * 11),
        ("Pirma\neilutė\r\nBCD\t„A“", "Pirma eilutė BCD „A“"),
        ("\u202f  Namai\u00a0ir \x00 kiemai ", "Namai ir kiemai"),
        (unicodedata.normalize("NFD", "Žėruolis"), "Žėruolis"),
        # The mark of the seventieth letter comes as the seventy-first sign: the letter goes with it.
        ("a" * 69 + "g\u0332" + "b", "a" * 69),
    ],
)
def test_a_name_is_one_line_of_at_most_seventy_whole_letters(typed: str, said: str) -> None:
    assert payload_of(beneficiary=typed).split("\n")[5] == said


def test_everything_fits_however_many_bytes_a_letter_takes() -> None:
    payload = payload_of(
        beneficiary="𝔸" * 70,
        iban="MT84MALT011000012345MTLCAST001S",
        amount=Decimal("999999999.99"),
        reference="RF762348231ABCDEFGHIJKLMN",
    )
    assert LONGEST_PAYLOAD - 4 < len(payload.encode()) <= LONGEST_PAYLOAD
    (code,) = scanned(drawn(qr_svg(payload=payload, label="QR")))
    assert code.bytes == payload.encode()


@pytest.mark.parametrize("amount", ["0.01", "999999999.99", "1"])
def test_amounts_that_a_bank_takes(amount: str) -> None:
    assert payload_of(amount=Decimal(amount)).split("\n")[7] == f"EUR{Decimal(amount):.2f}"


@pytest.mark.parametrize("amount", ["0", "-0.01", "0.001", "61.945", "1000000000", "NaN", "Infinity"])
def test_amounts_that_no_bank_takes(amount: str) -> None:
    with pytest.raises(ValueError, match="bad_amount"):
        payload_of(amount=Decimal(amount))


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("reference", "RF19539007547034", "bad_reference"),
        ("reference", "", "bad_reference"),
        ("iban", "LT601010012345678902", "bad_iban"),
        ("iban", "", "bad_iban"),
        ("beneficiary", " \n ", "no_beneficiary"),
    ],
)
def test_what_would_send_money_astray_is_refused(field: str, value: str, code: str) -> None:
    with pytest.raises(ValueError, match=code):
        payload_of(**{field: value})


def test_the_picture_brings_its_white_ground_and_breaks_no_policy() -> None:
    svg = qr_svg(payload=payload_of(), label='61,94 €, „A & B“ <b> "')
    assert '<path fill="#fff" d="M0 0h' in svg
    assert 'aria-label="61,94 €, „A &amp; B“ &lt;b&gt; &quot;"' in svg
    assert "style" not in svg
    assert len(svg) < 6000
