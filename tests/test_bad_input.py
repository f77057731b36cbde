"""Broken, huge and hostile input: a clear answer and never a 5xx.

What a page reads by itself is asked in full here. What is in front of all pages alike, and the administration's
many pages that are one another's like, are asked by turns: each takes some of the values, the next takes others.
In `make drill`, where DRILL is set, every one is asked everything.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from html.parser import HTMLParser
from typing import Any, TypeVar
from urllib.parse import quote

import pytest
from django.test import Client, override_settings
from django.urls import reverse

from accounts.models import User
from config.changelist import LONGEST_ID
from invoices.models import Invoice, Order
from properties.models import Access, ManagingCompany, PaymentBook
from tests import tables
from tests.estate import Estate, everything_of
from tests.parts import Apart, parts
from tests.test_access_matrix import POLICY, ROWS, check_body, is_of_staff

LONG = "x" * 100_000
HUGE = "9" * 30

# Already as they stand in an address or in the body of a form.
VALUES = {
    "NUL": "%00",
    "text with NUL": "a%00b",
    "broken UTF-8": "%ff%fe%c3",
    "lone surrogate": "%ed%a0%80",
    "new line": "%0d%0aSet-Cookie:+a=b",
    "very long": LONG,
    "negative": "-1",
    "huge": HUGE,
    "float": "1e5",
    "not a number": "NaN",
    "infinite": "-Infinity",
    "Arabic digits": "%D9%A1%D9%A2",
    "underscored": "1_000",
    "empty": "",
    "brackets": "((([",
    "quote": "%27%22%3C%2Fscript%3E",
    "percent": "%25%25%25s",
    "day that is not": "2026-02-30",
    "year that is not": "99999-01-01",
    "email that is long": "a" * 300 + "%40" + "b" * 300 + ".lt",
    "letters that grow": quote("㎢ß" * 100),
}

DRILL = bool(os.environ.get("DRILL"))
T = TypeVar("T")


def by_turns(values: Sequence[T], turn: int, of: int) -> Sequence[T]:
    """Return the values whose turn it is; so many neighbours ask all of them together."""
    return values if DRILL else values[turn % of :: of]


# What differs in kind; the others are for fields that look closer.
FEW = ("broken UTF-8", "huge", "brackets", "Arabic digits")
NAMES_OF_STAFF = (
    "o",
    "p",
    "e",
    "all",
    "_facets",
    "_popup",
    "_to_field",
    "_changelist_filters",
    "_selected_action",
    "after",
    "before",
    "id",
    "id__exact",
    "pk__in",
    "number__regex",
    "managing_company",
    "managing_company__id__exact",
    "company__id__exact",
    "payment_book__managing_company__id__exact",
    "payment_book",
    "building",
    "is_held__exact",
    "status__exact",
    "kind__exact",
    "kind",
    "state",
    "role",
    "issued_on__year",
    "charged__gt",
    "missing",
    "period",
    "type__exact",
    "premises",
    "next",
)
WHOLE_QUERIES = (
    "%00",
    "%ff=%ff",
    "&&&===&",
    "=",
    "q",
    "q=a&q=b&q=%D9%A1",
    "is_held__exact=1&is_held__exact=0",
    "state=live&state=%D9%A1",
    "e=1&id__exact=x",
    "o=1.2.3.-1.99",
    "p=2&all=",
    "after=1&before=1&before=end",
    "_facets",
    "_to_field=id&_popup=1",
    "&".join(f"a{number}=1" for number in range(1500)),
)


@pytest.fixture
def estate(book: PaymentBook, holder_access: Access) -> Estate:
    return everything_of(book, holder_access, is_held=True)


@pytest.fixture
def browser_of(client_for: Callable[[User], Client]) -> Callable[[User | None], Client]:
    """A browser that gets the page of an error, as people do, instead of its exception."""

    def browser(person: User | None) -> Client:
        client = client_for(person) if person else Client()
        client.raise_request_exception = False
        return client

    return browser


@pytest.fixture(autouse=True)
def _unlimited() -> Iterator[None]:
    """Limits on guessing would answer 429 before anything is read."""
    with override_settings(ACCOUNT_RATE_LIMITS=False):
        yield


SOME_OF_STAFF = (
    "admin:index",
    "admin:login",
    "admin:accounts_user_changelist",
    "admin:invoices_invoice_changelist",
    "admin:invoices_invoice_history",
    "admin:meters_meter_changelist",
    "admin:meters_meter_declare",
    "admin:meters_reading_export",
    "admin:properties_access_add",
    "admin:properties_building_change",
    "admin:properties_linkrequest_changelist",
    "admin:properties_paymentbook_changelist",
    "admin:properties_paymentbook_delete",
    "admin:procrastinate_procrastinatejob_changelist",
)
READ_BY_RESIDENTS: dict[str, tuple[str, ...]] = {
    "guide:faq": ("q",),
    "invoices:list": ("object", "year", "before"),
    "invoices:pay": ("object",),
    "invoices:order": ("data", "ss1", "cancelled"),
    "invoices:callback": ("data", "ss1"),
    "invoices:payments": ("object", "before"),
    "meters:history": ("object", "type", "from", "to", "before"),
    "noticeboard:list": ("show", "before"),
    "noticeboard:building_files": ("kind", "year"),
}
RESIDENTS_ROWS = {name: row for name, row in ROWS.items() if not is_of_staff(name)}
STAFF_ROWS = {
    name: row for name, row in ROWS.items() if is_of_staff(name) and (name in SOME_OF_STAFF or DRILL)
}


LISTS = {name: row for name, row in STAFF_ROWS.items() if name.endswith("_changelist")}
TURNS = {
    name: turn
    for rows in (set(RESIDENTS_ROWS), set(LISTS), set(STAFF_ROWS) - set(LISTS))
    for turn, name in enumerate(sorted(rows))
}


def asked(
    client: Client, name: str, estate: Estate, few: tuple[str, ...], every: tuple[str, ...] = ()
) -> dict[str, int]:
    """Put few values into some names of the query string and all into others; return what gave a 5xx."""
    address, turn = ROWS[name].address(estate), TURNS[name]
    joint = "&" if "?" in address else "?"
    queries = [
        f"{field}={VALUES[case]}"
        for place, field in enumerate(few)
        for case in by_turns(FEW, place + turn, len(FEW))
    ]
    queries += [f"{field}={value}" for field in every for value in VALUES.values()]
    queries += by_turns(WHOLE_QUERIES, turn, 3)
    answers = {query[:80]: client.get(f"{address}{joint}{query}").status_code for query in queries}
    return {query: status for query, status in answers.items() if status >= 500}


@parts(sorted(RESIDENTS_ROWS), of=8)
def test_query_strings_of_residents(
    cases: list[str], apart: Apart, estate: Estate, holder: User, browser_of: Callable[[User | None], Client]
) -> None:
    for name in cases:
        with apart(name):
            read = READ_BY_RESIDENTS.get(name, ())
            is_for_all = any(
                "anonymous" in group and status == 200 for group, status in ROWS[name].get.items()
            )
            for person in (None, holder) if DRILL else (None,) if is_for_all else (holder,):
                assert asked(browser_of(person), name, estate, ("page", "next"), read) == {}


@parts(sorted(LISTS), of=2)
def test_query_strings_of_the_lists_of_staff(
    cases: list[str],
    apart: Apart,
    estate: Estate,
    superuser: User,
    browser_of: Callable[[User | None], Client],
) -> None:
    for name in cases:
        with apart(name):
            # One class pages all lists, and what it reads is read in full once.
            read = ("q", "after", "before") if name == "admin:invoices_invoice_changelist" else ("q",)
            assert asked(browser_of(superuser), name, estate, NAMES_OF_STAFF, read) == {}


@parts(sorted(set(STAFF_ROWS) - set(LISTS)), of=2)
def test_query_strings_of_other_pages_of_staff(
    cases: list[str],
    apart: Apart,
    estate: Estate,
    superuser: User,
    browser_of: Callable[[User | None], Client],
) -> None:
    for name in cases:
        with apart(name):
            names = ("_to_field", "_changelist_filters", "building", "payment_book")
            assert asked(browser_of(superuser), name, estate, names) == {}


def test_query_strings_as_staff_of_a_company(
    estate: Estate, staff_a: User, browser_of: Callable[[User | None], Client]
) -> None:
    client = browser_of(staff_a)
    for name in LISTS:
        assert asked(client, name, estate, ("q", "managing_company__id__exact", "state")) == {}


def test_autocomplete(estate: Estate, superuser: User, browser_of: Callable[[User | None], Client]) -> None:
    client = browser_of(superuser)
    good = {"app_label": "properties", "model_name": "access", "field_name": "payment_book", "term": "a"}
    for field in (*good, "page"):
        for value in VALUES.values():
            query = "&".join(f"{name}={text}" for name, text in {**good, field: value}.items())
            assert client.get(f"/admin/autocomplete/?{query}").status_code < 500, (field, value[:20])


PLACES = (
    "/{}",
    "/invoices/{}",
    "/invoices/1/{}",
    "/invoices/pay/{}",
    "/invoices/orders/{}",
    "/invoices/orders/{}/pay",
    "/invoices/callback/{}/300000017",
    "/invoices/callback/fake/{}",
    "/offers/{}/accept",
    "/services/requests/{}",
    "/letters/off/{}",
    "/declare/{}",
    "/calendar/{}.ics",
    "/password/reset/key/{}",
    "/password/reset/key/1-{}",
    "/admin/{}",
    "/admin/{}/",
    "/admin/invoices/{}/",
    "/admin/invoices/invoice/{}/change/",
    "/admin/invoices/invoice/{}/history/",
    "/admin/invoices/invoice/{}/delete/",
    "/admin/invoices/invoice/{}/",
    "/admin/properties/managingcompany/{}/change/",
    "/admin/accounts/user/{}/change/",
    "/admin/accounts/user/{}/password/",
    "/admin/procrastinate/procrastinatejob/{}/change/",
    "/admin/r/{}/1/",
    "/static/{}",
    "/healthz{}",
)


@parts(PLACES, of=4)
def test_paths(
    cases: list[str],
    apart: Apart,
    estate: Estate,
    superuser: User,
    browser_of: Callable[[User | None], Client],
) -> None:
    for place in cases:
        with apart(place):
            pieces = [
                *(VALUES[case] for case in FEW),
                "-1",
                "_00",
                "_",
                "..%2f..%2fetc",
                "1%2f2",
                "%2e%2e",
                "%5c",
                "1;2",
                "%0a",
            ]
            for turn, person in enumerate((None, superuser), start=PLACES.index(place)):
                client = browser_of(person)
                for piece in by_turns(pieces, turn, 2):
                    for method in (client.get, client.post):
                        assert method(place.format(piece)).status_code < 500, piece[:20]


# ── Forms ───────────────────────────────────────────────────────────────────────────────────────


class Fields(HTMLParser):
    """Read what the forms of a page would send, each field with its value."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self._select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "select":
            self._select = name
        if tag == "option" and self._select and ("selected" in given or self._select not in self.found):
            self.found[self._select] = given.get("value") or ""
        elif tag in {"input", "textarea", "select"} and name and name != "csrfmiddlewaretoken":
            if given.get("type") not in {"checkbox", "radio", "submit"} or "checked" in given:
                self.found[name] = given.get("value") or ""
            else:
                self.found.setdefault(name, "")


def send(client: Client, address: str, fields: dict[str, str]) -> int:
    """Post fields as they stand, so that broken bytes arrive broken; return the status."""
    body = "&".join(f"{quote(name)}={value}" for name, value in fields.items())
    return client.post(address, data=body, content_type="application/x-www-form-urlencoded").status_code


def fuzz(
    client: Client,
    address: str,
    extra: dict[str, str],
    cases: tuple[str, ...] = tuple(VALUES),
    *,
    of: int = 1,
) -> list[tuple[str, str, int]]:
    """Put each value into each field of the forms at an address; return what gave a 5xx."""
    page = client.get(address, follow=True)
    fields = {name: quote(value) for name, value in Fields(page.content.decode()).found.items()} | extra
    fields.pop("_saveasnew", None)
    assert fields
    wrong = []
    for place, name in enumerate(fields):
        # Counters of rows that a formset keeps for itself.
        for case in ("huge",) if "_FORMS" in name else by_turns(cases, place, of):
            status = send(client, address, fields | {name: VALUES[case]})
            if status >= 500:
                wrong.append((name, case, status))
        twice = send(client, address, {**fields, name: f"{fields[name]}&{quote(name)}=%D9%A1"})
        if twice >= 500:
            wrong.append((name, "twice", twice))
    return wrong


SIGNED_OUT_FORMS = ("/login", "/password/reset", "/language", "/logout", "/confirm-email")


@pytest.mark.parametrize("address", SIGNED_OUT_FORMS)
def test_forms_of_who_is_signed_out(
    address: str, holder: User, browser_of: Callable[[User | None], Client]
) -> None:
    extra = {
        "/login": {"login": quote(holder.email), "password": "Wrong-1234", "next": "%2F"},
        "/language": {"language": "en", "next": "%2F"},
        "/password/reset": {"email": quote(holder.email)},
    }.get(address, {"next": "%2F"})
    client = browser_of(None)
    page = "/login" if address == "/language" else address
    fields = {
        name: quote(value)
        for name, value in Fields(client.get(page, follow=True).content.decode()).found.items()
    } | extra
    for name in fields:
        for case, value in VALUES.items():
            assert send(client, address, fields | {name: value}) < 500, (name, case)


def test_form_of_a_new_password(
    holder: User, browser_of: Callable[[User | None], Client], mailoutbox: list[Any]
) -> None:
    client = browser_of(None)
    send(client, "/password/reset", {"email": quote(holder.email)})
    link = next(word for word in mailoutbox[0].body.split() if "/password/reset/key/" in word)
    page = client.get(link[link.index("/password/") :]).headers["Location"]
    assert fuzz(client, page, {}) == []


@pytest.mark.parametrize("address", ["/contacts", "/password/change", "/language"])
def test_forms_of_residents(
    address: str, holder: User, estate: Estate, browser_of: Callable[[User | None], Client]
) -> None:
    client = browser_of(holder)
    if address == "/language":
        fields = {"language": "en", "next": "%2F"}
        for name in fields:
            for value in VALUES.values():
                assert send(client, address, fields | {name: value}) < 500
    else:
        assert fuzz(client, address, {}) == []


SOME_VALUES = tuple((case, VALUES[case]) for case in ("broken UTF-8", "huge", "NUL"))


def test_buttons_of_client_information(
    holder: User, estate: Estate, browser_of: Callable[[User | None], Client]
) -> None:
    company, book = str(estate[ManagingCompany].pk), str(estate[PaymentBook].pk)
    added = {"managing_company": company, "payer_code": "KN-1", "activation_code": "X"}
    forms: dict[str, dict[str, str]] = {
        "add": added,
        "request": added,
        "share": {"book": book, "email": "a%40b.example", "scope": "all", "until_on": "2199-01-01"},
        "change": {"remove": book, "unshare": "1", "undo": "1"},
        "save": {"line": "1"},
        "leave": {"book": book},
    }
    client, wrong = browser_of(holder), []
    for button, fields in forms.items():
        for name in fields:
            for case, value in VALUES.items() if DRILL else SOME_VALUES:
                status = send(client, f"/client-information/{button}", fields | {name: value})
                if status >= 500:
                    wrong.append((button, name, case, status))
    assert wrong == []


def test_buttons_of_paying(holder: User, estate: Estate, browser_of: Callable[[User | None], Client]) -> None:
    invoice, order = estate[Invoice], estate[Order]
    invoice.is_held = False
    invoice.save()
    book, client, wrong = str(estate[PaymentBook].pk), browser_of(holder), []
    forms = {
        f"/invoices/pay/{estate[ManagingCompany].pk}": {
            f"pick-{book}": "on",
            f"amount-{book}": "1",
            "again": "on",
        },
        f"/invoices/orders/{order.number}/trial": {"outcome": "paid"},
        "/invoices/callback/fake/300000017": {"data": "x", "ss1": "x"},
        "/invoices/callback/paysera/300000017": {"data": "x", "ss1": "x"},
    }
    for address, fields in forms.items():
        for name in fields:
            for case, value in VALUES.items() if DRILL else SOME_VALUES:
                status = send(client, address, fields | {name: value})
                if status >= 500:
                    wrong.append((address, name, case, status))
    assert wrong == []


@pytest.mark.parametrize("piece", ["x", "x" * 42, "x" * 44, "%C3%A9" * 43, "-" * 43, "%00" + "x" * 42])
def test_invitations_that_nobody_sent(db: None, piece: str) -> None:
    client = Client()
    assert client.get(f"/invitation/{piece}").status_code in {200, 400, 404}
    assert client.post(f"/invitation/{piece}", {"email": "a\x00"}).status_code in {200, 400, 404}


FORMS_OF_STAFF = (
    ("properties_managingcompany", "change"),
    ("properties_building", "add"),
    ("properties_property", "add"),
    ("properties_paymentbook", "add"),
    ("properties_paymentbook", "change"),
    ("properties_access", "add"),
    ("accounts_user", "add"),
    ("accounts_user", "change"),
    ("auth_user", "password_change"),
    ("meters_meter", "declare"),
    ("meters_latewindow", "add"),
    ("meters_readingcase", "change"),
    ("meters_reading", "export"),
)
SOME_FORMS_OF_STAFF = (
    ("properties_building", "add"),
    ("properties_access", "add"),
    ("meters_meter", "declare"),
    ("meters_latewindow", "add"),
)


@pytest.mark.parametrize(("model", "kind"), FORMS_OF_STAFF if DRILL else SOME_FORMS_OF_STAFF)
def test_forms_of_staff(
    model: str, kind: str, estate: Estate, superuser: User, browser_of: Callable[[User | None], Client]
) -> None:
    company, book = estate[ManagingCompany], estate[PaymentBook]
    address = ROWS[f"admin:{model}_{kind}"].address(estate)
    filled = {
        "properties_building": {
            "managing_company": str(company.pk),
            "city": "X",
            "street": "Y",
            "house": "1",
        },
        "properties_property": {"building": str(book.premises.get().building_id), "unit": "77"},
        "properties_paymentbook": {"payer_code": "N-1", "payer_name": "Naujas"},
        "properties_access": {"payment_book": str(book.pk), "email": "nauja%40pastas.example"},
        "meters_latewindow": {"building": str(book.premises.get().building_id), "last_day": "2026-10-14"},
    }
    extra = filled.get(model, {}) if kind == "add" else {}
    cases = (*FEW, "NUL", "very long", "empty", "letters that grow", "day that is not")
    assert fuzz(browser_of(superuser), address, extra, cases, of=3) == []


def test_actions_of_staff(
    estate: Estate, superuser: User, browser_of: Callable[[User | None], Client]
) -> None:
    client = browser_of(superuser)
    before = tables.state()
    for turn, (name, row) in enumerate(LISTS.items()):
        fields = {"action": "delete_selected", "index": "0", "_selected_action": "abc", "select_across": ""}
        for field in (*fields, "_save"):
            for case in by_turns((*FEW, "NUL", "empty"), turn, 3):
                status = send(client, row.address(estate), {**fields, field: VALUES[case]})
                assert status < 500, (name, field, case)
    assert tables.state() == before


def test_ids_of_an_action_are_numbers(
    estate: Estate, staff_a: User, browser_of: Callable[[User | None], Client]
) -> None:
    client = browser_of(staff_a)
    address = reverse("admin:invoices_invoice_changelist")
    fields = {"action": "release", "index": "0"}
    assert send(client, address, fields | {"_selected_action": "abc"}) == 400
    assert send(client, address, fields | {"_selected_action": "9" * (LONGEST_ID + 1)}) == 400
    assert send(client, address, fields | {"_selected_action": "9" * LONGEST_ID}) == 302


# ── Whole requests ──────────────────────────────────────────────────────────────────────────────

BODIES = (
    ("application/json", b"{"),
    ("application/json", b"\xff\x00"),
    ("text/plain", b"email=a"),
    ("", b"email=a"),
    ("application/x-www-form-urlencoded; charset=nonsense", b"email=%ff"),
    ("application/x-www-form-urlencoded; charset=utf-16", b"email=\xff\xfe"),
    ("multipart/form-data", b"--x\r\n"),
    ("multipart/form-data; boundary=", b"--\r\n"),
    ("multipart/form-data; boundary=" + "x" * 300, b"--x\r\n"),
    ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="email"\r\n\r\nabc'),
    (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="\x00"\r\n\r\n\xff\r\n--x--',
    ),
    (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="f"; filename="\x00/../a"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n!!!\r\n--x--",
    ),
    ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % number for number in range(1500))),
    ("application/x-www-form-urlencoded", b"email=" + b"x" * 3_000_000),
)


# What bodies, cookies and headers break is in front of every page alike.
OF_EACH_KIND = (
    "home:main",
    "invoices:detail",
    "healthz",
    "account_login",
    "account_language",
    "account_contacts",
    "admin:index",
    "admin:login",
    "admin:invoices_invoice_changelist",
    "admin:properties_building_change",
)


@parts(sorted(RESIDENTS_ROWS | STAFF_ROWS) if DRILL else OF_EACH_KIND, of=2)
def test_bodies_that_are_no_form(
    cases: list[str],
    apart: Apart,
    estate: Estate,
    holder: User,
    superuser: User,
    browser_of: Callable[[User | None], Client],
) -> None:
    for name in cases:
        with apart(name):
            address = ROWS[name].address(estate)
            before = tables.state()
            for person in (None, superuser if is_of_staff(name) else holder):
                client = browser_of(person)
                for content_type, body in by_turns(
                    BODIES, OF_EACH_KIND.index(name) if name in OF_EACH_KIND else 0, 3
                ):
                    if name.endswith("logout"):
                        client = browser_of(person)
                    # Not `post`: it would want to encode the body as it says itself.
                    status = client.generic("POST", address, body, content_type).status_code
                    assert status < 500, (content_type, body[:40])
            after = tables.state()
            del before["accounts_user"], after["accounts_user"]
            # Whatever a superuser posts to the question "delete?" is a yes.
            assert name.endswith("_delete") or after == before


COOKIES = (
    'sessionid="abcdefghijkl\\000mnop"',
    "sessionid=abcdefghijkl\x00mnop",
    "sessionid=" + "x" * 5000,
    "sessionid=\xff\xfe\xfd\xff\xfe\xfd",
    'csrftoken="a\\000b"',
    "csrftoken=" + "x" * 5000,
    'django_language="\\000"',
    "django_language=" + "x" * 5000,
    "django_language=../../etc",
    'messages="\\000"',
    "messages=a:b:c",
    ";;;=;=a;\\",
)


@parts(OF_EACH_KIND, of=2)
def test_cookies(
    cases: list[str],
    apart: Apart,
    estate: Estate,
    superuser: User,
    browser_of: Callable[[User | None], Client],
) -> None:
    for name in cases:
        with apart(name):
            address = ROWS[name].address(estate)
            signed_in = browser_of(superuser).cookies["sessionid"].value
            for cookie in by_turns(COOKIES, OF_EACH_KIND.index(name), 3):
                for also in ("", f"; sessionid={signed_in}"):
                    client = browser_of(None)
                    for method in (client.get, client.post):
                        status = method(address, HTTP_COOKIE=cookie + also).status_code
                        assert status < 500, cookie[:40]


HEADERS: tuple[dict[str, str], ...] = (
    {"HTTP_HOST": "evil.example"},
    {"HTTP_HOST": "a\x00b"},
    {"HTTP_HOST": "[::1"},
    {"HTTP_ACCEPT_LANGUAGE": "x" * 10_000},
    {"HTTP_ACCEPT": "\x00"},
    {"HTTP_X_FORWARDED_FOR": "\x00, nonsense, 999.999.999.999"},
    {"HTTP_REFERER": "https://[nonsense"},
    {"HTTP_ORIGIN": "null"},
    {"HTTP_USER_AGENT": "\x00\xff" * 500},
    {"CONTENT_LENGTH": "abc"},
    {"REQUEST_METHOD": "NONSENSE"},
    {"REQUEST_METHOD": "OPTIONS"},
    {"REQUEST_METHOD": "PUT"},
    {"REQUEST_METHOD": "DELETE"},
    {"REQUEST_METHOD": "TRACE"},
    {"HTTP_X_HTTP_METHOD_OVERRIDE": "DELETE"},
    {"HTTP_RANGE": "bytes=-1"},
    {"HTTP_IF_MODIFIED_SINCE": "nonsense"},
)


@parts(OF_EACH_KIND, of=2)
def test_headers(
    cases: list[str],
    apart: Apart,
    estate: Estate,
    superuser: User,
    browser_of: Callable[[User | None], Client],
) -> None:
    for name in cases:
        with apart(name):
            address = ROWS[name].address(estate)
            before = tables.state()
            for headers in by_turns(HEADERS, OF_EACH_KIND.index(name), 3):
                client: Any = browser_of(superuser)
                before.pop("accounts_user", None)
                for method in (client.get, client.post):
                    assert method(address, **headers).status_code < 500, headers
            after = tables.state()
            del after["accounts_user"]
            assert after == before


def test_a_wrong_token_changes_nothing_and_says_so(estate: Estate, superuser: User, holder: User) -> None:
    for person, address in ((holder, "/contacts"), (superuser, "/admin/properties/building/add/")):
        for token in ("", "x", "\0", LONG, "é" * 64):
            client = Client(enforce_csrf_checks=True, raise_request_exception=False)
            client.force_login(person, backend="accounts.backends.AuthenticationBackend")
            client.get(address)
            response = client.post(address, {"csrfmiddlewaretoken": token, "phone": "+37060000000"})
            assert response.status_code == 403
    holder.refresh_from_db()
    assert not holder.phone


def test_a_refused_request_keeps_the_policy(db: None) -> None:
    for headers in ({"QUERY_STRING": "q=%00"}, {"HTTP_COOKIE": 'a="\\000"'}):
        client: Any = Client()
        response = client.get("/login", **headers)
        assert response.status_code == 400
        assert response.headers["Cache-Control"] == "no-store, private"
        assert set(response.headers["Content-Security-Policy"].split("; ")) == POLICY
        check_body(response)
