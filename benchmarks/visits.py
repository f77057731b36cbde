"""Which pages are asked for at both sizes, and by whom: residents with one, three and fifty objects, and staff.

People are chosen alike at every size: as many objects, meters and invoices, so that what differs is the country
around them.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.contrib import admin
from django.urls import reverse

from benchmarks.country import Person, Sessions
from benchmarks.floor import ask

# The link to the last page of a list of the administration.
LAST = "before=end"
# So many people of each kind have their visits added up; at every size as many, or the sums would not compare.
ALIKE = {"one": 12, "three": 5, "fifty": 1}
_LINK = re.compile(r'href="\?([^"]*)"')
_OLDER = re.compile(r'href="[^"?]*\?([^"]*before=[^"]*)"')


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One page asked for by one person."""

    # The same at both sizes.
    name: str
    path: str
    query: str = ""
    session_key: str
    # The model of a list of the administration.
    list: str = ""

    @property
    def cookie(self) -> str:
        """Return the header that signs the person in."""
        return f"sessionid={self.session_key}"


def of_residents(found: Sessions) -> Iterator[Visit]:
    """Yield every page of residents, of people who have the same number of everything at every size.

    Raise LookupError where there are fewer of them than are compared.
    """
    # A flat with three meters each.
    one = [person for person in found.one if len(person.meter_ids) == 3]
    three = [person for person in found.three if len(person.meter_ids) == 9]
    for kind, people in (("one", one), ("three", three), ("fifty", [found.fifty])):
        if len(people) < ALIKE[kind]:
            raise LookupError(f"Only {len(people)} people have {kind} and as many meters each.")
        for person in people[: ALIKE[kind]]:
            for name, path, query in _pages(person):
                yield Visit(name=f"{name}, {kind}", path=path, query=query, session_key=person.session_key)


def _pages(person: Person) -> Iterator[tuple[str, str, str]]:
    yield "home", reverse("home:main"), ""
    yield "an object", reverse("home:object", args=[person.book_ids[0]]), ""
    yield "invoices", reverse("invoices:list"), ""
    yield "an invoice", reverse("invoices:detail", args=[person.invoice_ids[0]]), ""
    yield "payments", reverse("invoices:payments"), ""
    yield "declaring", reverse("meters:declare"), ""
    yield "history", reverse("meters:history"), ""
    yield "history of a meter type", reverse("meters:history"), "type=cold_water"
    yield "notices", reverse("noticeboard:list"), ""
    yield "votes", reverse("voting:list"), ""
    yield "services", reverse("services:list"), ""
    yield "client information", reverse("sharing:client_information"), ""
    yield "contacts", reverse("account_contacts"), ""
    yield "letters", reverse("notifications:letters"), ""


def of_staff(
    application: Any, found: Sessions, *, terms: dict[str, str], lists: Collection[str] | None = None
) -> Iterator[Visit]:
    """Yield these lists of the administration, or all, without and with each of the words searched for."""
    for who, person in _staff(found):
        for model in admin.site._registry:
            meta = model._meta
            if meta.app_label == "procrastinate" or (lists is not None and meta.model_name not in lists):
                continue
            path = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
            what = str(meta.model_name)
            common = {"path": path, "session_key": person.session_key, "list": what}
            # Of accounts companies' staff have no list.
            if ask(application, path, cookie=f"sessionid={person.session_key}")[0] != 200:
                continue
            yield Visit(name=f"{what}, {who}", **common)
            for kind, term in terms.items():
                yield Visit(name=f"{what} by {kind}, {who}", query=urlencode({"q": term}), **common)


def offered(application: Any, visit: Visit, *, most: int) -> Iterator[Visit]:
    """Yield what a list offers: so many choices of each filter, and the pages around this one."""
    status, body = ask(application, visit.path, query=visit.query, cookie=visit.cookie)
    if status != 200:
        return
    choices: dict[str, int] = {}
    seen = set()
    for query in map(unescape, _LINK.findall(body.decode())):
        names = [name for name, _value in parse_qsl(query, keep_blank_values=True)]
        if not names or query in seen or "_facets" in names or query == visit.query:
            continue
        seen.add(query)
        choices[names[-1]] = choices.get(names[-1], 0) + 1
        if choices[names[-1]] <= most or query == LAST:
            name = f"{visit.name}: {names[-1]} {choices[names[-1]]}"
            yield replace(visit, name=name, query=query)


def _staff(found: Sessions) -> Iterator[tuple[str, Person]]:
    yield "staff of the smallest company", found.staff_of_small
    yield "staff of the largest company", found.staff_of_large
    yield "superuser", found.superuser


def long_list(application: Any, *, name: str, path: str, session_key: str) -> tuple[Visit, Visit]:
    """Return the second page of a resident's list and the last but one: both are full and have no charts."""
    pages = [Visit(name=name, path=path, session_key=session_key)]
    while True:
        _status, body = ask(application, path, query=pages[-1].query, cookie=pages[-1].cookie)
        older = _OLDER.search(body.decode())
        if older is None:
            return pages[1], pages[-2]
        query = unescape(older[1])
        pages.append(Visit(name=name, path=path, query=query, session_key=session_key))


def terms(cursor: Any) -> dict[str, str]:
    """Return words that staff search by, each of which finds something in the largest company."""
    cursor.execute(
        """
        SELECT b.payer_code, split_part(b.payer_name, ' ', 2), h.street || ' ' || h.house || '-' || p.unit,
               i.number, m.serial, pay.bank_reference
        FROM properties_paymentbook b JOIN properties_bookpremises l ON l.payment_book_id = b.id
        JOIN properties_property p ON p.id = l.property_id JOIN properties_building h ON h.id = p.building_id
        JOIN LATERAL (SELECT number FROM invoices_invoice WHERE payment_book_id = b.id LIMIT 1) i ON true
        JOIN LATERAL (SELECT serial FROM meters_meter WHERE property_id = p.id LIMIT 1) m ON true
        JOIN LATERAL (SELECT bank_reference FROM invoices_payment WHERE payment_book_id = b.id LIMIT 1) pay ON true
        WHERE b.managing_company_id = 1 AND b.id > 60 AND b.payer_kind = 'person' LIMIT 1
        """
    )
    names = ("payer code", "surname", "address", "invoice number", "serial", "bank reference")
    return dict(zip(names, cursor.fetchone(), strict=True)) | {"nothing": "zzzqqq"}
