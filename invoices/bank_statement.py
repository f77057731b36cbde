"""A bank's statement, camt.053 (ISO 20022), read as rows of credits while it streams by.

XML from outside is parsed by defusedxml, which refuses document types and entities.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from os import SEEK_END
from pathlib import Path
from typing import BinaryIO
from xml.etree.ElementTree import Element

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, iterparse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from imports.tables import FileNotTaken, Row, Table

NAMESPACES = (
    "urn:iso:std:iso:20022:tech:xsd:camt.053.001.02",
    "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08",
)
# The cells of a row, as the kind of file names its columns.
CELLS = (
    "booking_date",
    "amount",
    "text",
    "payer_name",
    "payer_account",
    "bank_reference",
    "account",
    "nature",
)
REVERSAL, BATCH = "reversal", "batch"
CURRENCY = "EUR"
LONGEST_TEXT, _LONGEST_NAME = 1000, 200
# As the standard has it: no sign, at most 18 digits, 5 of them after the point.
_SUM = re.compile(r"[0-9]{1,13}(?:\.[0-9]{0,5})?")


@dataclass
class _LeftOut:
    """What is no credit in euros that was booked; told once the statement is read."""

    debits: int = 0
    currencies: int = 0
    not_booked: int = 0

    def words(self) -> list[str]:
        told = []
        if self.debits:
            told.append(
                ngettext("%(count)d debit is left out.", "%(count)d debits are left out.", self.debits)
                % {"count": self.debits}
            )
        if self.currencies:
            told.append(
                ngettext(
                    "%(count)d entry in another currency is left out.",
                    "%(count)d entries in other currencies are left out.",
                    self.currencies,
                )
                % {"count": self.currencies}
            )
        if self.not_booked:
            told.append(
                ngettext(
                    "%(count)d entry that is not booked yet is left out.",
                    "%(count)d entries that are not booked yet are left out.",
                    self.not_booked,
                )
                % {"count": self.not_booked}
            )
        return told


@dataclass
class _Reading:
    """One pass through the file."""

    # How often something without a reference of the bank's came already: two equal coins in one day are two.
    seen: Counter[str] = field(default_factory=Counter)
    left_out: _LeftOut = field(default_factory=_LeftOut)
    account: str = ""
    count: int = 0


def open_statement(path: Path) -> Table:
    """Return the credits of a statement as a table; raise FileNotTaken when it is none, at the latest in reading."""
    notes: list[str] = []

    def rows() -> Iterator[Row]:
        reading = _Reading()
        yield 0, list(CELLS)
        with path.open("rb") as file:
            yield from _credits(path, file, reading)
        notes[:] = reading.left_out.words()

    try:
        with path.open("rb") as file:
            size = file.seek(0, SEEK_END)
    except OSError:
        raise FileNotTaken(_("%(file)s cannot be read.") % {"file": path.name}) from None
    return Table(path=path, encoding="utf-8", rows=rows, size=size, notes=notes)


def _credits(path: Path, file: BinaryIO, reading: _Reading) -> Iterator[Row]:
    """Yield the credits with their place among them; let go of each entry as soon as it is told."""
    try:
        parents: list[Element] = []
        for event, element in iterparse(file, events=("start", "end"), forbid_dtd=True):
            if event == "start":
                if not parents:
                    _check_root(path, element)
                parents.append(element)
                continue
            parents.pop()
            name = element.tag.rpartition("}")[2]
            inside = parents[-1].tag.rpartition("}")[2] if parents else ""
            if inside == "Stmt" and name == "Acct":
                reading.account = _text(element, "Id/IBAN") or _text(element, "Id/Othr/Id")
            elif inside == "Stmt" and name == "Ntry":
                for cells in _of_entry(element, reading):
                    reading.count += 1
                    yield reading.count, cells
                parents[-1].remove(element)
            elif name == "Stmt":
                reading.account = ""
    except DefusedXmlException:
        raise FileNotTaken(
            _("%(file)s is not taken: it has a document type or entities, which no bank writes.")
            % {"file": path.name}
        ) from None
    except (ParseError, UnicodeError, LookupError, ValueError):
        raise FileNotTaken(_("%(file)s is not XML, or is cut short.") % {"file": path.name}) from None


def _check_root(path: Path, root: Element) -> None:
    namespace, _brace, name = root.tag.removeprefix("{").rpartition("}")
    if name != "Document" or namespace not in NAMESPACES:
        raise FileNotTaken(
            _("%(file)s is not a bank statement of the kind camt.053.001.02 or camt.053.001.08.")
            % {"file": path.name}
        )


def _of_entry(entry: Element, reading: _Reading) -> Iterator[list[str]]:
    """Yield the rows of one booked sum: one, or one for each payment of a batch that the bank takes apart."""
    status = _text(entry, "Sts/Cd") or _text(entry, "Sts")
    is_reversal = _text(entry, "RvslInd").lower() in {"true", "1"}
    is_credit = _text(entry, "CdtDbtInd") == "CRDT"
    amount, currency = _amount(entry.find("{*}Amt"))
    if status != "BOOK":
        reading.left_out.not_booked += 1
    elif not is_credit and not is_reversal:
        reading.left_out.debits += 1
    elif currency != CURRENCY:
        reading.left_out.currencies += 1
    else:
        details = entry.findall("{*}NtryDtls/{*}TxDtls")
        parts = _parts(details, amount) if len(details) > 1 and not is_reversal else None
        nature = REVERSAL if is_reversal else ""
        if parts is None:
            if not nature and (len(details) > 1 or _is_untold_batch(entry, details)):
                nature = BATCH
            total = amount if is_credit else -amount
            yield _cells(entry, details, total, nature, _reference(entry, details), reading)
            return
        own = _own_references(details)
        whole = _text(entry, "AcctSvcrRef")
        for place, (part, detail) in enumerate(zip(parts, details, strict=True), start=1):
            reference = own[place - 1] if own else (f"{whole}/{place}" if whole else "")
            yield _cells(entry, [detail], part, "", reference, reading)


def _amount(element: Element | None) -> tuple[Decimal, str]:
    told = (element.text or "").strip() if element is not None else ""
    if element is None or not _SUM.fullmatch(told):
        raise ValueError("bad_amount")
    return Decimal(told), element.get("Ccy", "")


def _parts(details: list[Element], amount: Decimal) -> list[Decimal] | None:
    """Return the sums of a batch's payments when they are all told, in euros, and add up to the batch's."""
    found = []
    for detail in details:
        if _text(detail, "CdtDbtInd") not in {"", "CRDT"}:
            return None
        told = detail.find("{*}Amt")
        if told is None:
            told = detail.find("{*}AmtDtls/{*}TxAmt/{*}Amt")
        if told is None:
            return None
        part, currency = _amount(told)
        if currency != CURRENCY or part <= 0:
            return None
        found.append(part)
    return found if sum(found) == amount else None


def _is_untold_batch(entry: Element, details: list[Element]) -> bool:
    count = _text(entry, "NtryDtls/Btch/NbOfTxs")
    return count.isascii() and count.isdigit() and int(count[:9]) > max(len(details), 1)


def _own_references(details: list[Element]) -> list[str]:
    """Return the bank's references of a batch's payments, when each has one of its own."""
    found = [_text(detail, "Refs/AcctSvcrRef") for detail in details]
    return found if all(found) and len(set(found)) == len(found) else []


def _reference(entry: Element, details: list[Element]) -> str:
    told = _text(entry, "AcctSvcrRef")
    return told or (_text(details[0], "Refs/AcctSvcrRef") if len(details) == 1 else "")


def _cells(
    entry: Element, details: list[Element], amount: Decimal, nature: str, reference: str, reading: _Reading
) -> list[str]:
    detail = details[0] if len(details) == 1 else None
    day = _day(entry)
    payer = _party(detail, "Dbtr")
    text = _cut(_purpose(details, payer), LONGEST_TEXT)
    payer_account = _text(detail, "RltdPties/DbtrAcct/Id/IBAN") or _text(
        detail, "RltdPties/DbtrAcct/Id/Othr/Id"
    )
    if detail is not None and detail.find("{*}RtrInf") is not None:
        nature = nature or REVERSAL
    if not reference:
        told = "\0".join((day, str(amount), text, payer, payer_account))
        reading.seen[told] += 1
        digest = hashlib.sha256(f"{told}\0{reading.seen[told]}".encode()).hexdigest()
        reference = f"camt-{digest[:40]}"
    cells = [
        day,
        str(amount),
        text,
        _cut(payer, _LONGEST_NAME),
        _cut(payer_account, 34),
        _cut(reference, 100),
        reading.account,
        nature,
    ]
    return [_plain(cell) for cell in cells]


def _day(entry: Element) -> str:
    for place in ("BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm"):
        if told := _text(entry, place):
            return told[:10]
    return ""


def _party(detail: Element | None, name: str) -> str:
    """Return a party's name; the newer version keeps it one step deeper."""
    return _text(detail, f"RltdPties/{name}/Pty/Nm") or _text(detail, f"RltdPties/{name}/Nm")


def _purpose(details: list[Element], payer: str) -> str:
    """Return all that the payer wrote: structured references, text, and for whom it was paid."""
    words: list[str] = []
    for detail in details:
        for place in ("Strd/{*}CdtrRefInf/{*}Ref", "Ustrd", "Strd/{*}AddtlRmtInf"):
            words += [
                " ".join((found.text or "").split()) for found in detail.iterfind(f"{{*}}RmtInf/{{*}}{place}")
            ]
        meant = _party(detail, "UltmtDbtr")
        if meant and meant != payer:
            words.append(meant)
    return "; ".join(dict.fromkeys(filter(None, words)))


def _text(element: Element | None, place: str) -> str:
    if element is None:
        return ""
    found = element.find("/".join(f"{{*}}{step}" for step in place.split("/")))
    return " ".join((found.text or "").split()) if found is not None else ""


def _cut(text: str, limit: int) -> str:
    return text[:limit]


def _plain(cell: str) -> str:
    """Return a cell of which the importer does not think that it is a formula."""
    return f"'{cell}" if cell.startswith("=") else cell
