"""Lists are paged from a row of theirs: nothing is counted, nothing skipped over, nothing met twice."""

import re
from datetime import date
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.contrib import admin
from django.db import IntegrityError, connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext

from config.changelist import BoundedChangeList
from invoices.models import Invoice, Payment
from meters.models import Meter, Reading
from properties import search
from properties.models import ManagingCompany, PaymentBook, Property
from sharing.models import Offer
from tests.admin.test_fence import page
from tests.estate import Estate
from tests.factories import BookFactory, BuildingFactory, InvoiceFactory, PropertyFactory
from tests.parts import Apart, parts

ALL = tuple(admin.site._registry)
# A page of a test's list.
FEW = 3


@pytest.fixture
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    for registered in admin.site._registry.values():
        monkeypatch.setattr(registered, "list_per_page", FEW)


def shown(client: Client, model: Any, query: str = "") -> Any:
    response = client.get(f"{page(model, 'changelist')}{query}")
    assert response.status_code == 200
    return response.context["cl"]


def ids(changelist: Any) -> list[int]:
    return [row.pk for row in changelist.result_list]


def walk(client: Client, model: Any, query: str, link: str) -> list[list[int]]:
    """Follow a link from page to page; return the ids of each."""
    pages: list[list[int]] = []
    while True:
        assert len(pages) < 50, "the walk does not end"
        changelist = shown(client, model, query)
        pages.append(ids(changelist))
        query = getattr(changelist, link)
        if not query:
            return pages


@parts(ALL, of=4)
def test_no_list_counts_or_skips(
    cases: list[type[Model]], apart: Apart, as_superuser: Client, estate_a: Estate
) -> None:
    for model in cases:
        with apart(model.__name__):
            for query in ("", "?q=a", "?p=2&all=&_facets=True&o=1", "?before=end", "?after=1"):
                with CaptureQueriesContext(connection) as asked:
                    response = as_superuser.get(f"{page(model, 'changelist')}{query}")
                assert response.status_code == 200, query
                for question in asked:
                    assert not re.search(r"\bCOUNT\(|\bOFFSET\b", question["sql"]), question["sql"]


@parts(ALL, of=4)
def test_every_list_has_an_order_that_a_row_has_a_place_in(
    cases: list[type[Model]], apart: Apart, as_superuser: Client, estate_a: Estate
) -> None:
    """The keys all rise or all fall, none of them is ever empty, and the last tells any two rows apart."""
    for model in cases:
        with apart(model.__name__):
            changelist = shown(as_superuser, model)
            assert isinstance(changelist, BoundedChangeList)
            order = changelist.queryset.query.order_by
            assert len({name.startswith("-") for name in order}) == 1
            assert order[-1].lstrip("-") in {"id", "pk", "email"}
            for name in order:
                *steps, column = name.lstrip("-").split("__")
                owner: Any = model
                for step in steps:
                    owner = owner._meta.get_field(step).related_model
                assert column == "pk" or not owner._meta.get_field(column).null


@pytest.fixture
def invoices(company_a: ManagingCompany, company_b: ManagingCompany) -> list[int]:
    """Twenty invoices of A on four days, and B's among them; A's in the order of the list."""
    books = [BookFactory(managing_company=company) for company in (company_a, company_b)]
    rows = [
        InvoiceFactory(payment_book=books[number % 3 == 1], issued_on=date(2026, 1, 1 + number * 7 % 4))
        for number in range(30)
    ]
    mine = [row for row in rows if row.payment_book == books[0]]
    return [row.pk for row in sorted(mine, key=lambda row: (row.issued_on, row.pk), reverse=True)]


@pytest.mark.usefixtures("short_pages")
def test_a_walk_meets_every_row_once(invoices: list[int], as_a: Client) -> None:
    pages = walk(as_a, Invoice, "", "further")
    assert [pk for found in pages for pk in found] == invoices
    assert {len(found) for found in pages[:-1]} == {FEW}
    backward = walk(as_a, Invoice, "?before=end", "back")
    met = dict.fromkeys(pk for found in reversed(backward) for pk in found)
    assert list(met) == invoices
    # Where fewer are left than a page holds, the way back ends on the first page.
    assert backward[-1] == pages[0]
    assert all(len(found) == FEW for found in backward)


@pytest.mark.usefixtures("short_pages")
def test_a_walk_of_who_serves_several_companies(
    invoices: list[int], as_superuser: Client, company_a: ManagingCompany
) -> None:
    everything = list(Invoice.objects.order_by("-issued_on", "-pk").values_list("pk", flat=True))
    assert [pk for found in walk(as_superuser, Invoice, "", "further") for pk in found] == everything
    only = f"?managing_company__id__exact={company_a.pk}"
    assert [pk for found in walk(as_superuser, Invoice, only, "further") for pk in found] == invoices


@pytest.mark.usefixtures("short_pages")
def test_an_order_over_two_tables_is_walked_as_well(as_a: Client, company_a: ManagingCompany) -> None:
    houses = [
        BuildingFactory(managing_company=company_a, street=street) for street in ("Ąžuolų g.", "Liepų g.")
    ]
    for unit in ("10", "2", "1", "9"):
        for house in houses:
            PropertyFactory(building=house, unit=unit)
    pages = walk(as_a, Property, "", "further")
    names = [Property.objects.get(pk=pk).street_address.split()[-1] for found in pages for pk in found]
    assert [name.split("-")[1] for name in names] == ["1", "2", "9", "10"] * 2
    assert len({pk for found in pages for pk in found}) == 8


@pytest.mark.usefixtures("short_pages")
def test_what_changes_meanwhile_moves_nobody_else(invoices: list[int], as_a: Client) -> None:
    second = shown(as_a, Invoice).further
    book = Invoice.objects.get(pk=invoices[0]).payment_book
    InvoiceFactory(payment_book=book, issued_on=date(2026, 2, 1))
    assert ids(shown(as_a, Invoice, second)) == invoices[FEW : 2 * FEW]
    # The filters are kept from page to page, and a filter begins at the start.
    held = shown(as_a, Invoice, f"{second}&status__exact=live")
    assert parse_qs(held.further[1:])["status__exact"] == ["live"]
    assert set(parse_qs(held.get_query_string()[1:])) == {"status__exact"}


@pytest.mark.usefixtures("short_pages")
@pytest.mark.parametrize(
    "place",
    ["after=x", "after=-1", "after=%D9%A1", "before=", "before=9999999999999999999", "after=1e5", "p=7"],
)
def test_a_place_that_is_none_is_the_start(place: str, invoices: list[int], as_a: Client) -> None:
    assert ids(shown(as_a, Invoice, f"?{place}")) == invoices[:FEW]


@pytest.mark.usefixtures("short_pages")
def test_a_row_of_another_company_is_no_place(invoices: list[int], as_a: Client) -> None:
    theirs = Invoice.objects.exclude(pk__in=invoices).order_by("issued_on", "pk").first()
    mine = invoices[-2]
    assert theirs is not None
    for name in ("after", "before"):
        assert ids(shown(as_a, Invoice, f"?{name}={theirs.pk}")) == invoices[:FEW]
    assert ids(shown(as_a, Invoice, f"?after={mine}")) == invoices[-1:]


def test_an_action_is_of_the_ticked_rows_alone(invoices: list[int], as_a: Client) -> None:
    Invoice.objects.filter(pk__in=invoices).update(is_held=True)
    fields = {"action": "release", "index": "0", "select_across": "1", "_selected_action": str(invoices[0])}
    assert as_a.post(page(Invoice, "changelist"), fields).status_code == 302
    assert list(Invoice.objects.filter(is_held=False, pk__in=invoices).values_list("pk", flat=True)) == [
        invoices[0]
    ]


def test_a_search_for_what_is_everywhere_says_that_it_is_cut(
    as_a: Client, company_a: ManagingCompany, company_b: ManagingCompany, monkeypatch: pytest.MonkeyPatch
) -> None:
    for company in (company_b, company_b, company_b, company_a, company_a):
        PropertyFactory(building=BuildingFactory(managing_company=company, street="Liepų g."))
    changelist = shown(as_a, Property, "?q=liepų")
    assert (len(changelist.result_list), changelist.is_cut) == (2, False)
    monkeypatch.setattr(search, "MOST", 1)
    changelist = shown(as_a, Property, "?q=liepų")
    assert (len(changelist.result_list), changelist.is_cut) == (1, True)


@pytest.mark.parametrize(
    ("model", "scoped"),
    [
        (Reading, "meters_reading"),
        (Meter, "meters_meter"),
        (Payment, "invoices_payment"),
        (Offer, "sharing_offer"),
    ],
)
def test_who_serves_several_companies_reads_each_by_its_index(
    model: Any, scoped: str, estate_a: Estate, estate_b: Estate, as_superuser: Client
) -> None:
    with CaptureQueriesContext(connection) as asked:
        shown(as_superuser, model)
    [merged] = [question["sql"] for question in asked if "UNION ALL" in question["sql"]]
    assert merged.count(f'FROM "{scoped}"') == ManagingCompany.objects.count()


def test_what_is_found_is_put_in_order_before_it_is_joined(estate_a: Estate, as_superuser: Client) -> None:
    with CaptureQueriesContext(connection) as asked:
        changelist = shown(as_superuser, Reading, f"?q={estate_a[PaymentBook].payer_code}")
    assert estate_a[Reading] in changelist.result_list
    asked_for = [question["sql"] for question in asked]
    pages = [sql for sql in asked_for if 'FROM "meters_reading"' in sql and "ORDER BY" in sql]
    assert ["LIMIT" in sql for sql in pages] == [True, False]
    assert [" JOIN " in sql for sql in pages] == [False, True]


def test_a_reading_is_of_the_company_of_its_meter(estate_a: Estate, company_b: ManagingCompany) -> None:
    reading = estate_a[Reading]
    assert reading.managing_company_id == estate_a[ManagingCompany].pk
    change = "UPDATE meters_reading SET managing_company_id = %s WHERE id = %s"
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError, match="reading_is_of_the_company_of_its_meter"):
            cursor.execute(change, [company_b.pk, reading.pk])
