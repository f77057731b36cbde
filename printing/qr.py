"""The QR code from which a bank's app fills in a payment: EPC069-12, version 002."""

import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby

import segno
from django.utils.html import format_html
from django.utils.safestring import SafeString
from stdnum import iso11649

from lithuanian.codes import clean_iban
from lithuanian.numbers import round_cents

LONGEST_NAME = 70
LONGEST_PAYLOAD = 331
# The largest QR code that the standard allows.
_LARGEST_VERSION = 13
_QUIET_ZONE = 4
# Weighing all eight masks takes four fifths of the time, and blurred pictures are read no better for it.
_MASK = 4
_LEAST, _MOST = Decimal("0.01"), Decimal("999999999.99")


def epc_payload(*, beneficiary: str, iban: str, amount: Decimal, reference: str) -> str:
    """Return what the code says: a transfer in euros with a creditor reference (ISO 11649).

    A long name is cut by whole letters. Raise ValueError with "bad_amount", "bad_iban", "bad_reference" or
    "no_beneficiary".
    """
    if not (amount.is_finite() and _LEAST <= amount <= _MOST and round_cents(amount) == amount):
        raise ValueError("bad_amount")
    if not iso11649.is_valid(reference):
        raise ValueError("bad_reference")
    # Service tag, version, UTF-8, transfer, BIC (not needed within the EEA), name, account, amount, purpose.
    name, *rest = "", clean_iban(iban), f"EUR{round_cents(amount):f}", "", iso11649.compact(reference)
    fixed = len("\n".join(["BCD", "002", "1", "SCT", "", name, *rest]))
    name = _cut(_one_line(beneficiary), LONGEST_PAYLOAD - fixed)
    if not name:
        raise ValueError("no_beneficiary")
    return "\n".join(["BCD", "002", "1", "SCT", "", name, *rest])


def _one_line(text: str) -> str:
    """Return words with single spaces: a line break would begin the code's next field."""
    composed = unicodedata.normalize("NFC", text)
    return " ".join("".join(" " if unicodedata.category(c) == "Cc" else c for c in composed).split())


def _cut(name: str, most_bytes: int) -> str:
    length = min(len(name), LONGEST_NAME)
    while len(name[:length].encode()) > most_bytes:
        length -= 1
    # A mark belongs to the letter before it.
    while 0 < length < len(name) and unicodedata.combining(name[length]):
        length -= 1
    return name[:length].rstrip()


def qr_svg(*, payload: str, label: str) -> SafeString:
    """Return the code as a picture on a white ground of its own, so that it scans in dark mode too.

    `label` is read aloud in place of the picture.
    """
    code = segno.make_qr(payload, error="m", boost_error=False, encoding="utf-8", mask=_MASK)
    if int(code.version) > _LARGEST_VERSION:
        raise ValueError("too_long")
    rows = list(code.matrix)
    side = len(rows) + 2 * _QUIET_ZONE
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" role="img" aria-label="{label}"'
        ' shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{side}v{side}H0z"/>'
        '<path stroke="#000" d="{dark}"/></svg>',
        side=side,
        label=label,
        dark="".join(_strokes(rows)),
    )


def _strokes(rows: list[bytearray]) -> Iterator[str]:
    """Return each row's runs of dark modules as strokes of one module's width."""
    for y, row in enumerate(rows, start=_QUIET_ZONE):
        yield f"M{_QUIET_ZONE} {y}.5"
        for is_dark, run in groupby(row):
            length = len(list(run))
            yield f"h{length}" if is_dark else f"m{length} 0"
