"""Every address of the admin, walked as staff of another company."""

import re
from itertools import product
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import User
from config.admin import SuperusersOnly
from guide.models import Question, Topic
from imports.models import ImportRun
from invoices.models import Balance, BankEntry, Invoice, Order, Payment
from meters.models import LateWindow, Meter, Reading, ReadingCase
from noticeboard.models import Announcement, BuildingFile, Work
from notifications.models import Letter
from properties.admin import CompanyScopedAdmin, ServedCompanies
from properties.models import Access, Building, LinkRequest, ManagingCompany, PaymentBook, Property
from services.models import CatalogueItem, Request
from sharing.models import Offer
from tests import tables
from tests.estate import SECRETS, Estate, secrets_in
from tests.parts import Apart, parts
from voting.models import Conflict, PaperBallot, Vote

SCOPED = (
    ManagingCompany,
    Building,
    Property,
    PaymentBook,
    Access,
    LinkRequest,
    Offer,
    Invoice,
    Payment,
    Balance,
    BankEntry,
    Order,
    Meter,
    Reading,
    LateWindow,
    ReadingCase,
    CatalogueItem,
    Request,
    Announcement,
    Work,
    BuildingFile,
    Question,
    Vote,
    PaperBallot,
    Conflict,
)
SUPERUSERS = (User, Topic, ImportRun, Letter)
# The background queue's jobs hold ids alone and have no row here; superusers only, as the next test says.
THIRD_PARTY = {"procrastinate"}

# Every kind of page that the admin has for a model, with what staff of A get for A's object.
OBJECT_PAGES = ("change", "history", "delete")
LIST_PAGES = ("changelist", "add")


def page(model: Any, kind: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{kind}", args=args)


def names(patterns: Any, found: set[str]) -> set[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            names(pattern.url_patterns, found)
        elif isinstance(pattern, URLPattern) and pattern.name:
            found.add(pattern.name)
    return found


def admin_names() -> set[str]:
    resolver = next(
        entry
        for entry in get_resolver().url_patterns
        if isinstance(entry, URLResolver) and entry.namespace == "admin"
    )
    return names(resolver.url_patterns, set())


def test_the_walk_knows_every_address() -> None:
    """A newly registered model, or a new page of one, fails here until it has a row above."""
    models = [*SCOPED, *SUPERUSERS]
    known = {
        f"{model._meta.app_label}_{model._meta.model_name}_{kind}"
        for model in models
        for kind in (*OBJECT_PAGES, *LIST_PAGES)
    }
    known |= {"auth_user_password_change"}
    known |= {"index", "login", "logout", "password_change", "password_change_done"}
    known |= {"meters_meter_declare", "meters_reading_export"}
    known |= {
        f"voting_vote_{kind}" for kind in ("electors", "extend", "paper", "minutes", "ballots", "document")
    }
    known |= {"voting_paperballot_scan"}
    known |= {"autocomplete", "jsi18n", "app_list"}
    assert {name for name in admin_names() if name.split("_")[0] not in THIRD_PARTY} == known


def test_every_model_is_fenced_by_company_or_left_to_superusers() -> None:
    fenced = {
        model: issubclass(type(registered), CompanyScopedAdmin)
        for model, registered in admin.site._registry.items()
    }
    assert {model for model, is_fenced in fenced.items() if is_fenced} == set(SCOPED)
    for model, is_fenced in fenced.items():
        assert is_fenced or issubclass(type(admin.site._registry[model]), SuperusersOnly), model


def test_no_filter_lists_rows_of_other_companies() -> None:
    for model in SCOPED:
        for item in admin.site._registry[model].list_filter:
            if isinstance(item, tuple):
                assert item[1] is ServedCompanies
            elif isinstance(item, str):
                assert not model._meta.get_field(item).is_relation


@parts(SCOPED, of=4)
def test_an_object_of_another_company_is_not_there(
    cases: list[Any], estate_a: Estate, as_a: Client, as_b: Client, apart: Apart
) -> None:
    before = tables.state()
    for model, kind in product(cases, OBJECT_PAGES):
        with apart(f"{model.__name__} {kind}"):
            address = page(model, kind, estate_a[model].pk)
            allowed = as_a.get(address)
            if kind == "delete":
                assert allowed.status_code == 403
            else:
                assert allowed.status_code == 200
                assert secrets_in(allowed)
            nothing = page(model, kind, 999_999_999)
            for response in (
                as_b.get(address),
                as_b.post(address, {"post": "yes"}),
                as_b.post(address, form_of(as_a, address)),
            ):
                assert response.status_code == 404
                assert not secrets_in(response)
            assert told(as_b.get(address), address) == told(as_b.get(nothing), nothing)
            assert tables.state() == before


def told(response: Any, address: str) -> tuple[int, set[str], str]:
    """Return what an answer tells, leaving out the address itself and the token of its forms."""
    body = re.sub(r'(name="csrfmiddlewaretoken" value=)"\w+"', r"\1", response.content.decode())
    return response.status_code, set(response.headers), body.replace(address, "")


def form_of(client: Client, address: str) -> dict[str, Any]:
    """Return what a browser would send from the form at an address."""
    response = client.get(address)
    if response.status_code != 200 or "adminform" not in response.context:
        return {}
    data = sent_by(response.context["adminform"].form)
    for formset in response.context["inline_admin_formsets"]:
        data |= sent_by(formset.formset.management_form)
        for form in formset.formset.forms:
            data |= sent_by(form)
    return data


def sent_by(form: Any) -> dict[str, Any]:
    values = {form.add_prefix(name): form[name].value() for name in form.fields}
    return {name: value for name, value in values.items() if value is not None}


@parts(SCOPED, of=4)
def test_a_list_shows_one_s_own_rows_alone(
    cases: list[Any], apart: Apart, estate_a: Estate, estate_b: Estate, as_a: Client, as_b: Client
) -> None:
    for model in cases:
        with apart(model.__name__):
            address = page(model, "changelist")
            assert secrets_in(as_a.get(address))
            response = as_b.get(address)
            assert response.status_code == 200
            assert not secrets_in(response)


QUERIES = (
    "q=Beržyno",
    "q=KN0418",
    "q=Pavyzdienė",
    "q=SF-SLAPTA-1",
    "q=BANKAS-SLAPTAS-1",
    "q=birute@pastas.example",
    "q=PRASYMAS-5",
    "q=prasytoja@pastas.example",
    "state=all",
    "q=300000017",
    "o=1",
    "o=-1.2",
    "all=",
    "managing_company__id__exact={company}",
    "payment_book__managing_company__id__exact={company}",
    "id__exact={id}",
    "pk={id}",
    "payment_book={id}",
    "staff={staff}",
    "state=live",
    "is_held__exact=1",
    "q=SLAPTAS-41",
    "period=2019-07",
    "managing_company__id__exact={company}",
    "after={id}",
    "before={id}",
    "before=end",
)


@parts(SCOPED, of=4)
def test_no_query_string_brings_over_another_company_s_rows(
    cases: list[Any], apart: Apart, estate_a: Estate, estate_b: Estate, as_b: Client, staff_a: User
) -> None:
    for model in cases:
        with apart(model.__name__):
            for query in QUERIES:
                query = query.format(
                    company=estate_a[ManagingCompany].pk, id=estate_a[model].pk, staff=staff_a.pk
                )
                response = as_b.get(f"{page(model, 'changelist')}?{query}")
                assert response.status_code in {200, 302, 400}, query
                # The search box repeats what was typed, and nothing more.
                typed = {secret for secret in SECRETS if secret in query}
                assert secrets_in(response) <= typed, query
                assert response.status_code != 200 or not rows_of(response, estate_a[model]), query


def rows_of(response: Any, obj: Any) -> bool:
    return any(row.pk == obj.pk for row in response.context["cl"].result_list)


@parts(SCOPED, of=4)
def test_an_add_page_offers_nothing_of_another_company(
    cases: list[Any], apart: Apart, estate_a: Estate, estate_b: Estate, as_a: Client, as_b: Client
) -> None:
    for model in cases:
        with apart(model.__name__):
            address = page(model, "add")
            for company in ("", f"?managing_company={estate_a[ManagingCompany].pk}"):
                for field in (
                    "",
                    f"&building={estate_a[Building].pk}&payment_book={estate_a[PaymentBook].pk}",
                ):
                    response = as_b.get(address + (company or "?") + field)
                    assert response.status_code == as_a.get(address).status_code
                    assert not secrets_in(response)


def test_nothing_can_be_added_to_another_company(
    estate_a: Estate, estate_b: Estate, as_a: Client, as_b: Client, stranger: User
) -> None:
    company, house = estate_a[ManagingCompany], estate_a[Building]
    book, place = estate_a[PaymentBook], estate_a[Property]
    no_rows = {
        f"{prefix}-{count}": "0"
        for prefix in ("book_premises", "aliases", "corrections", "accesses")
        for count in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    forms: list[tuple[Any, dict[str, Any]]] = [
        (Building, {"managing_company": company.pk, "city": "X", "street": "Y", "house": "1"}),
        (Property, {"building": house.pk, "kind": "flat", "unit": "99"}),
        (
            PaymentBook,
            {
                "managing_company": company.pk,
                "payer_code": "NAUJAS",
                "payer_name": "Naujas",
                "payer_kind": "person",
                "payer_role": "owner",
                **no_rows,
            },
        ),
        (Access, {"payment_book": book.pk, "email": stranger.email}),
    ]
    for model, data in forms:
        before = tables.state()
        denied = as_b.post(page(model, "add"), data)
        assert denied.status_code == 200
        assert not secrets_in(denied)
        assert tables.state() == before
        allowed = as_a.post(page(model, "add"), data)
        assert allowed.status_code == 302, allowed.context["errors"]
        assert model._default_manager.count() == before[model._meta.db_table][0] + 1
    own = page(PaymentBook, "change", estate_b[PaymentBook].pk)
    data = form_of(as_b, own) | {
        "book_premises-TOTAL_FORMS": "2",
        "book_premises-1-property": place.pk,
        "book_premises-1-payment_book": estate_b[PaymentBook].pk,
    }
    before = tables.state()
    denied = as_b.post(own, data)
    assert denied.status_code == 200
    assert not secrets_in(denied)
    assert tables.state() == before


ACTIONS = (
    (Access, "end"),
    (Access, "freeze"),
    (Access, "unfreeze"),
    (PaymentBook, "reissue_activation_code"),
    (Invoice, "release"),
    (Announcement, "publish"),
    (Announcement, "stop_letters"),
    (Work, "publish"),
)
# What makes a row one that the action would change.
READY: dict[tuple[Any, str], dict[str, Any]] = {
    (Announcement, "publish"): {"published_at": None},
    (Announcement, "stop_letters"): {"sends_letters": True},
    (Work, "publish"): {"published_at": None},
}


@parts(ACTIONS, of=2)
def test_an_action_does_nothing_to_another_company_s_rows(
    cases: list[Any], apart: Apart, estate_a: Estate, estate_b: Estate, as_a: Client, as_b: Client
) -> None:
    for model, action in cases:
        with apart(f"{model.__name__} {action}"):
            row = estate_a[model]
            if (model, action) in READY:
                model._default_manager.filter(pk=row.pk).update(**READY[model, action])
            if action == "unfreeze":
                as_a.post(
                    page(model, "changelist"), {"action": "freeze", "index": 0, "_selected_action": row.pk}
                )
            before = tables.state()
            for data in ({"_selected_action": row.pk}, {"_selected_action": row.pk, "select_across": "1"}):
                response = as_b.post(
                    page(model, "changelist"), {"action": action, "index": 0, **data}, follow=True
                )
                assert not secrets_in(response)
                rest = dict(tables.state())
                if model is Invoice and "select_across" in data:
                    # Its own rows it may release; there are none held.
                    assert rest["invoices_invoice"] == before["invoices_invoice"]
                if model is PaymentBook and "select_across" in data:
                    # Its own books get new codes, and their history says so.
                    assert PaymentBook.objects.get(pk=row.pk).activation_no == row.activation_no
                else:
                    assert rest == before
            as_a.post(page(model, "changelist"), {"action": action, "index": 0, "_selected_action": row.pk})
            table = model._meta.db_table
            assert tables.state()[table] != before[table]


# Each needs a vote in a state of its own: tests/voting/test_admin.py.
OF_VOTES = {(Vote, action) for action in ("open_votes", "take_back", "give_up", "repeat")}


def test_every_action_has_a_row_above() -> None:
    declared = {(model, action) for model in SCOPED for action in admin.site._registry[model].actions or ()}
    assert declared == set(ACTIONS) | OF_VOTES


@parts(SCOPED, of=4)
def test_staff_delete_nothing(cases: list[Any], apart: Apart, estate_a: Estate, as_a: Client) -> None:
    before = tables.state()
    for model in cases:
        with apart(model.__name__):
            assert as_a.post(page(model, "delete", estate_a[model].pk), {"post": "yes"}).status_code == 403
            as_a.post(
                page(model, "changelist"),
                {
                    "action": "delete_selected",
                    "index": 0,
                    "_selected_action": estate_a[model].pk,
                    "post": "yes",
                },
            )
            assert tables.state() == before


@pytest.mark.parametrize("model", [Invoice, Payment, Balance])
def test_not_even_superusers_delete_or_change_money(
    model: Any, estate_a: Estate, as_superuser: Client
) -> None:
    # One that is held may be returned to the company, and then only the reason is taken.
    Invoice.objects.update(is_held=False)
    before = tables.state()
    pk = estate_a[model].pk
    assert as_superuser.post(page(model, "delete", pk), {"post": "yes"}).status_code == 403
    assert as_superuser.post(page(model, "change", pk), {"amount": "1"}).status_code == 403
    book = page(PaymentBook, "delete", estate_a[PaymentBook].pk)
    as_superuser.post(book, {"post": "yes"})
    assert tables.state() == before


AUTOCOMPLETES = (
    ("properties", "property", "building"),
    ("properties", "bookpremises", "property"),
    ("properties", "access", "payment_book"),
    ("properties", "building", "managing_company"),
    ("properties", "access", "granted_by"),
    ("properties", "linkrequest", "payment_book"),
    ("invoices", "invoice", "payment_book"),
    ("invoices", "payment", "payment_book"),
    ("invoices", "line", "invoice"),
    ("meters", "latewindow", "building"),
    ("meters", "latewindow", "meter"),
)


@parts(AUTOCOMPLETES, of=2)
def test_autocomplete_offers_one_s_own_rows_alone(
    cases: list[Any], apart: Apart, estate_a: Estate, estate_b: Estate, as_a: Client, as_b: Client
) -> None:
    for app, model, field in cases:
        with apart(f"{app} {model} {field}"):
            address = reverse("admin:autocomplete")
            asked = {"app_label": app, "model_name": model, "field_name": field}
            assert secrets_in(as_a.get(address, asked))
            for term in ("", "Beržyno", "KN-0418", "Pajūrio", "SF-SLAPTA"):
                response = as_b.get(address, {**asked, "term": term})
                assert response.status_code == 200
                assert not secrets_in(response)


def test_staff_cannot_browse_people(
    estate_a: Estate, as_a: Client, as_b: Client, as_superuser: Client
) -> None:
    asked = {"app_label": "properties", "model_name": "access", "field_name": "person", "term": "a"}
    address = reverse("admin:autocomplete")
    assert as_superuser.get(address, asked).status_code == 200
    for client in (as_a, as_b):
        response = client.get(address, asked)
        assert response.status_code == 403
        assert not secrets_in(response)


@parts(SUPERUSERS, of=1)
def test_superusers_pages_are_closed_to_staff(
    cases: list[Any], apart: Apart, estate_a: Estate, as_a: Client, as_b: Client, as_superuser: Client
) -> None:
    for model in cases:
        with apart(model.__name__):
            pk = estate_a[model].pk
            addresses = [page(model, kind, pk) for kind in OBJECT_PAGES] + [
                page(model, kind) for kind in LIST_PAGES
            ]
            if model is User:
                addresses.append(reverse("admin:auth_user_password_change", args=[pk]))
            assert as_superuser.get(page(model, "changelist")).status_code == 200
            before = tables.state()
            for address in addresses:
                for client in (as_a, as_b):
                    for response in (client.get(address), client.post(address, {"post": "yes"})):
                        assert response.status_code in {302, 403}, address
                        assert not secrets_in(response)
            assert tables.state() == before


def test_the_index_names_no_client(estate_a: Estate, estate_b: Estate, as_a: Client, as_b: Client) -> None:
    as_a.post(
        page(Access, "changelist"),
        {"action": "freeze", "index": 0, "_selected_action": estate_a[Access].pk},
    )
    for address in ("/admin/", "/admin/properties/", "/admin/invoices/", "/admin/jsi18n/"):
        for client in (as_a, as_b):
            response = client.get(address)
            assert response.status_code == 200
            assert not secrets_in(response)


def test_view_on_site_is_not_there(estate_a: Estate, as_superuser: Client) -> None:
    """Django's would tell of any row of any table whether it exists."""
    assert as_superuser.get(f"/admin/r/1/{estate_a[Building].pk}/").status_code == 404


def test_staff_of_no_company_see_nothing(estate_a: Estate, as_a: Client, staff_a: User) -> None:
    assert as_a.get(page(Building, "changelist")).status_code == 200
    staff_a.staffed_companies.clear()
    assert "Beržyno" not in as_a.get("/admin/").content.decode()
    for model in SCOPED:
        for kind in LIST_PAGES:
            response = as_a.get(page(model, kind))
            assert response.status_code == 403
            assert not secrets_in(response)
        assert as_a.get(page(model, "change", estate_a[model].pk)).status_code == 404


def test_rights_end_with_the_next_request(estate_a: Estate, as_a: Client, staff_a: User) -> None:
    address = page(PaymentBook, "change", estate_a[PaymentBook].pk)
    assert as_a.get(address).status_code == 200
    estate_a[ManagingCompany].staff.remove(staff_a)
    assert as_a.get(address).status_code == 404
    estate_a[ManagingCompany].staff.add(staff_a)
    User.objects.filter(pk=staff_a.pk).update(is_staff=False)
    assert as_a.get(address).status_code == 404


def test_staff_of_two_companies_cannot_mix_them(
    estate_a: Estate, estate_b: Estate, as_a: Client, staff_a: User
) -> None:
    estate_b[ManagingCompany].staff.add(staff_a)
    book = estate_a[PaymentBook]
    address = page(PaymentBook, "change", book.pk)
    data = form_of(as_a, address) | {
        "book_premises-TOTAL_FORMS": "2",
        "book_premises-1-property": estate_b[Property].pk,
        "book_premises-1-payment_book": book.pk,
    }
    before = tables.state()
    response = as_a.post(address, data)
    assert response.status_code == 200
    assert "belong to another company" in response.content.decode() or response.context["errors"]
    assert tables.state() == before
