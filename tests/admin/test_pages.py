"""What support staff can do: find a client, hold their data right, let somebody in and out."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from invoices.models import Balance, Invoice, Payment
from properties.models import Access, Building, ManagingCompany, PaymentBook, Property
from tests import tables
from tests.admin.test_fence import SCOPED, form_of, page
from tests.estate import Estate
from tests.factories import (
    AccessFactory,
    BalanceFactory,
    BankEntryFactory,
    BookFactory,
    BuildingFactory,
    CompanyFactory,
    InvoiceFactory,
    LineFactory,
    PaymentFactory,
    PropertyFactory,
)


def found(client: Client, model: Any, words: str) -> list[Any]:
    response = client.get(page(model, "changelist"), {"q": words})
    return list(response.context["cl"].result_list)


@pytest.mark.parametrize(
    "words",
    [
        "KN-0418 22-15",
        "kn04182215",
        "KN 0418",
        "senas 77",
        "Birutė Pavyzdienė",
        "pavyzdiene birute",
        "Beržyno g. 8-15",
        "berzyno 8 15",
        "klaipėda beržyno 15",
        "Pavyzdienė Beržyno",
        "Beržyno 8-15 Birutė",
        "pavyzdienė 15",
    ],
)
def test_a_clerk_finds_the_client_however_they_are_named(
    words: str, estate_a: Estate, as_a: Client, former_book: PaymentBook
) -> None:
    BookFactory(managing_company=estate_a[ManagingCompany], payer_code="X-1", payer_name="Kitas Žmogus")
    book = estate_a[PaymentBook]
    if "0418" in words and "15" not in words:
        assert found(as_a, PaymentBook, words) == [book, former_book]
    else:
        assert found(as_a, PaymentBook, words) == [book]
    if words != "KN 0418":
        assert found(as_a, Invoice, words) == [estate_a[Invoice]]
        assert found(as_a, Payment, words) == [estate_a[Payment]]
        assert found(as_a, Balance, words) == [estate_a[Balance]]
        assert found(as_a, Access, words) == [estate_a[Access]]


@pytest.mark.parametrize("words", ["8-1", "Beržyno 1", "---", "Nėra Tokio", "%", "_", "x" * 100_000])
def test_what_does_not_fit_is_not_found(words: str, estate_a: Estate, as_a: Client) -> None:
    for model in (PaymentBook, Property, Invoice):
        assert found(as_a, model, words) == []


def test_invoices_and_payments_are_found_by_their_numbers(estate_a: Estate, as_a: Client) -> None:
    InvoiceFactory(payment_book=BookFactory(managing_company=estate_a[ManagingCompany]))
    assert found(as_a, Invoice, "sf-slapta") == [estate_a[Invoice]]
    assert found(as_a, Payment, "BANKAS-SLAPTAS") == [estate_a[Payment]]
    assert found(as_a, Access, "birute@pastas.example") == [estate_a[Access]]
    assert found(as_a, Building, "beržyno 8") == [estate_a[Building]]
    assert found(as_a, Property, "beržyno 8-15") == [estate_a[Property]]


def row_of_everything(company: ManagingCompany) -> None:
    house = BuildingFactory(managing_company=company)
    place, garage = PropertyFactory(building=house), PropertyFactory(building=house, kind="garage", unit="3")
    book = BookFactory(managing_company=company, premises=[place, garage])
    holder = AccessFactory(payment_book=book)
    AccessFactory(payment_book=book, granted_by=holder)
    LineFactory(invoice=InvoiceFactory(payment_book=book))
    PaymentFactory(payment_book=book)
    BalanceFactory(payment_book=book)
    BankEntryFactory(managing_company=company)


@pytest.mark.parametrize("model", SCOPED)
def test_a_list_asks_as_many_questions_for_three_rows_as_for_one(
    model: Any, as_a: Client, company_a: ManagingCompany, staff_a: User
) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert as_a.get(page(model, "changelist"), {"q": ""}).status_code == 200
        return len(asked)

    row_of_everything(company_a)
    as_a.get(page(model, "changelist"))
    one = count()
    for _more in range(2):
        if model is ManagingCompany:
            CompanyFactory().staff.add(staff_a)
        row_of_everything(company_a)
    assert count() == one


@pytest.mark.parametrize("model", [PaymentBook, Invoice])
def test_an_object_s_page_asks_as_many_questions_for_three_rows_as_for_one(
    model: Any, estate_a: Estate, as_a: Client
) -> None:
    address = page(model, "change", estate_a[model].pk)

    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert as_a.get(address).status_code == 200
        return len(asked)

    as_a.get(address)
    one = count()
    for number in range(2):
        LineFactory(invoice=estate_a[Invoice], line_no=1_000_000 + number)
        AccessFactory(payment_book=estate_a[PaymentBook])
        place = PropertyFactory(building=estate_a[Building], unit=f"2{number}")
        estate_a[PaymentBook].premises.add(place)
    assert count() == one


# ── Letting somebody in and out ─────────────────────────────────────────────────────────────────


def test_a_holder_is_let_in_by_the_exact_email(estate_a: Estate, as_a: Client, newcomer: User) -> None:
    book = estate_a[PaymentBook]
    address = page(Access, "add")
    [(_words, link)] = as_a.get(page(PaymentBook, "change", book.pk)).context["object_links"]
    assert link.startswith(f"{address}?")
    assert book.payer_name in as_a.get(link).content.decode()
    before = Access.objects.count()
    data = {"payment_book": book.pk, "email": " Nauja@Pastas.example "}
    assert as_a.post(address, data).status_code == 302
    row = Access.objects.get(person=newcomer)
    assert (row.payment_book, row.granted_by, row.scope, row.ends_at) == (book, None, "all", None)
    assert Access.objects.live(at=timezone.now()).filter(pk=row.pk).exists()
    again = as_a.post(address, data)
    assert again.status_code == 200
    assert [error.code for error in again.context["adminform"].form.non_field_errors().as_data()] == [
        "already_holder"
    ]
    assert Access.objects.count() == before + 1


@pytest.mark.parametrize("case", ["unknown", "unconfirmed", "inactive", "empty", "two", "NUL"])
def test_nobody_else_is_let_in(case: str, estate_a: Estate, as_a: Client, newcomer: User) -> None:
    typed = {"unknown": "kas@pastas.example", "empty": "", "two": "a@b.lt, c@d.lt", "NUL": "a\0@b.lt"}
    if case == "unconfirmed":
        EmailAddress.objects.filter(user=newcomer).update(verified=False)
    if case == "inactive":
        User.objects.filter(pk=newcomer.pk).update(is_active=False)
    before = tables.state()
    data = {"payment_book": estate_a[PaymentBook].pk, "email": typed.get(case, newcomer.email)}
    response = as_a.post(page(Access, "add"), data)
    assert response.status_code == 200
    assert list(response.context["adminform"].form.errors) == ["email"]
    assert tables.state() == before


def act(client: Client, model: Any, action: str, row: Any) -> Any:
    return client.post(
        page(model, "changelist"),
        {"action": action, "index": 0, "_selected_action": row.pk, "_back_to_object": "1"},
    )


def test_ending_access_shuts_the_holder_and_the_guests_out(
    estate_a: Estate,
    as_a: Client,
    holder: User,
    guest: User,
    co_holder: User,
    client_for: Callable[[User], Client],
) -> None:
    row = estate_a[Access]
    assert live(holder, guest, co_holder) == {holder, guest, co_holder}
    response = act(as_a, Access, "end", row)
    assert response.headers["Location"] == page(Access, "change", row.pk)
    assert live(holder, guest, co_holder) == {co_holder}
    ended = Access.objects.get(pk=row.pk).ends_at
    assert ended is not None
    act(as_a, Access, "end", row)
    assert Access.objects.get(pk=row.pk).ends_at == ended
    history = as_a.get(page(Access, "history", row.pk)).context["action_list"]
    assert len(history) == 1


def test_freezing_shuts_out_until_it_is_undone(
    estate_a: Estate, as_a: Client, holder: User, guest: User
) -> None:
    row = estate_a[Access]
    act(as_a, Access, "freeze", row)
    assert live(holder, guest) == set()
    act(as_a, Access, "unfreeze", row)
    assert live(holder, guest) == {holder, guest}


def test_access_that_was_to_start_later_ends_before_it_starts(
    estate_a: Estate, as_a: Client, newcomer: User
) -> None:
    later = timezone.now() + timedelta(days=3)
    row = AccessFactory(person=newcomer, payment_book=estate_a[PaymentBook], starts_at=later)
    act(as_a, Access, "end", row)
    row.refresh_from_db()
    assert row.ends_at == later
    assert not Access.objects.live(at=later + timedelta(days=1)).filter(pk=row.pk).exists()


def live(*people: User) -> set[User]:
    rows = Access.objects.live(at=timezone.now()).filter(person__in=people)
    return {row.person for row in rows.select_related("person")}


def test_access_is_not_rewritten(estate_a: Estate, as_a: Client, as_superuser: Client) -> None:
    before = tables.state()
    for client in (as_a, as_superuser):
        address = page(Access, "change", estate_a[Access].pk)
        assert client.post(address, {"scope": "all", "ends_at": ""}).status_code == 403
    assert tables.state() == before


def test_a_button_is_offered_where_it_changes_something(estate_a: Estate, as_a: Client) -> None:
    def buttons(model: Any) -> list[str]:
        response = as_a.get(page(model, "change", estate_a[model].pk))
        return [name for name, _words in response.context["object_actions"]]

    assert buttons(Access) == ["end", "freeze"]
    act(as_a, Access, "freeze", estate_a[Access])
    assert buttons(Access) == ["end", "unfreeze"]
    act(as_a, Access, "end", estate_a[Access])
    assert buttons(Access) == []
    assert buttons(Invoice) == ["release"]
    act(as_a, Invoice, "release", estate_a[Invoice])
    assert buttons(Invoice) == []


# ── Invoices that are held back ─────────────────────────────────────────────────────────────────


def test_a_held_invoice_is_found_looked_at_and_released(
    estate_a: Estate, as_a: Client, holder: User, client_for: Callable[[User], Client]
) -> None:
    invoice = estate_a[Invoice]
    free = InvoiceFactory(payment_book=estate_a[PaymentBook], number="SF-LAISVA")
    held = as_a.get(page(Invoice, "changelist"), {"is_held__exact": "1"})
    assert list(held.context["cl"].result_list) == [invoice]
    text = as_a.get(page(Invoice, "change", invoice.pk)).content.decode()
    assert "Slapta paslauga" in text
    assert "987,65" in text
    shown = reverse("invoices:detail", args=[invoice.pk])
    assert client_for(holder).get(shown).status_code == 404
    act(as_a, Invoice, "release", invoice)
    assert client_for(holder).get(shown).status_code == 200
    assert set(Invoice.objects.filter(is_held=False)) == {invoice, free}
    assert len(as_a.get(page(Invoice, "history", invoice.pk)).context["action_list"]) == 1


# ── Companies, buildings, books ─────────────────────────────────────────────────────────────────


def test_staff_change_contacts_and_nothing_that_money_follows(
    estate_a: Estate, as_a: Client, staff_a: User, newcomer: User
) -> None:
    company = estate_a[ManagingCompany]
    address = page(ManagingCompany, "change", company.pk)
    data = form_of(as_a, address)
    assert set(data) == {"address", "email", "phone", "emergency_phone", "window_opens", "window_closes"}
    sent = data | {
        "phone": "+370 700 99999",
        "iban": "LT121000011101001000",
        "company_code": "300000024",
        "name": "Kita",
        "staff": [newcomer.pk],
        "linking_policy": "staff",
    }
    before = ManagingCompany.objects.values().get(pk=company.pk)
    assert as_a.post(address, sent).status_code == 302
    assert ManagingCompany.objects.values().get(pk=company.pk) == before | {"phone": "+370 700 99999"}
    assert list(company.staff.all()) == [staff_a]


def test_superusers_say_who_serves_a_company(
    estate_a: Estate, as_superuser: Client, staff_a: User, staff_b: User, holder: User
) -> None:
    company = estate_a[ManagingCompany]
    address = page(ManagingCompany, "change", company.pk)
    data = form_of(as_superuser, address)
    # The factory's account number is made up.
    data |= {"iban": "LT12 1000 0111 0100 1000", "vat_code": ""}
    data["company_code"] = "300000007"
    refused = as_superuser.post(address, data | {"staff": [holder.pk]})
    assert "staff" in refused.context["adminform"].form.errors
    assert as_superuser.post(address, data | {"staff": [staff_b.pk]}).status_code in {200, 302}


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("company_code", "300000000"),
        ("company_code", "abc"),
        ("iban", "LT12 1000 0111 0100 1001"),
        ("iban", "LT"),
        ("vat_code", "LT123456789"),
    ],
)
def test_codes_with_wrong_check_digits_are_refused(
    field: str, typed: str, estate_a: Estate, as_superuser: Client
) -> None:
    address = page(ManagingCompany, "change", estate_a[ManagingCompany].pk)
    before = tables.state()
    response = as_superuser.post(address, form_of(as_superuser, address) | {field: typed})
    assert response.status_code == 200
    assert field in response.context["adminform"].form.errors
    assert tables.state() == before


def test_the_table_s_own_rules_are_told_in_words(estate_a: Estate, as_a: Client) -> None:
    house = estate_a[Building]
    same_house = {
        "managing_company": house.managing_company_id,
        "city": "KLAIPĖDA",
        "street": "berzyno g",
        "house": "8",
    }
    same_flat = {"building": house.pk, "kind": "flat", "unit": "15"}
    same_book = form_of(as_a, page(PaymentBook, "add")) | {
        "managing_company": house.managing_company_id,
        "payer_code": "kn 04182215",
        "payer_name": "Kitas",
        "payer_kind": "person",
        "payer_role": "owner",
    }
    backwards = same_book | {"payer_code": "N-1", "opened_on": "2026-02-01", "closed_on": "2026-01-01"}
    no_code = same_book | {"payer_code": "---"}
    long_code = same_book | {"payer_code": "㎢" * 50}
    before = tables.state()
    for model, data in (
        (Building, same_house),
        (Property, same_flat),
        (PaymentBook, same_book),
        (PaymentBook, backwards),
        (PaymentBook, no_code),
        (PaymentBook, long_code),
        (PaymentBook, same_book | {"payer_code": "N-2", "payer_name": "ß" * 200}),
        (Building, same_house | {"street": "㎢" * 150}),
    ):
        response = as_a.post(page(model, "add"), data)
        assert response.status_code == 200
        errors = response.context["adminform"].form.non_field_errors()
        assert len(errors) == 1
        assert "“" not in errors[0], errors
        assert tables.state() == before


def test_a_book_stays_the_book_that_files_know(estate_a: Estate, as_a: Client) -> None:
    book = estate_a[PaymentBook]
    address = page(PaymentBook, "change", book.pk)
    data = form_of(as_a, address) | {
        "payer_code": "KITAS",
        "opened_on": "2020-01-01",
        "payer_email": "naujas@pastas.example",
    }
    before = PaymentBook.objects.values().get(pk=book.pk)
    assert as_a.post(address, data).status_code == 302
    assert PaymentBook.objects.values().get(pk=book.pk) == before | {"payer_email": "naujas@pastas.example"}


# ── The site ────────────────────────────────────────────────────────────────────────────────────


def test_residents_find_nothing_there(
    holder: User, estate_a: Estate, client_for: Callable[[User], Client]
) -> None:
    client = client_for(holder)
    for address in ("/admin/", "/admin/login/", "/admin/nothing/", page(Invoice, "changelist")):
        assert client.get(address).status_code == 404
        assert client.post(address).status_code == 404


@pytest.mark.parametrize("address", ["/admin/", "/admin/invoices/invoice/", "/admin/nothing/"])
def test_the_way_in_is_the_portal_s_own(address: str, db: None) -> None:
    response = Client().get(address, follow=True)
    assert response.redirect_chain[-1][0].startswith("/login?next=")
    before = tables.state()
    response = Client().post("/admin/login/", {"username": "a@b.lt", "password": "x"})
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/login")
    assert tables.state() == before


def test_signing_out_and_changing_the_password_lead_to_the_portal(as_a: Client) -> None:
    assert as_a.get("/admin/password_change/").headers["Location"] == reverse("account_change_password")
    assert as_a.get("/admin/password_change/done/").headers["Location"] == reverse("account_change_password")
    assert as_a.get("/admin/logout/").status_code == 405
    assert as_a.post("/admin/logout/").headers["Location"] == reverse("account_login")
    assert as_a.get("/admin/").status_code == 302


def test_development_is_told_apart(as_a: Client) -> None:
    banner = 'class="development"'
    for address in ("/admin/", page(Invoice, "changelist")):
        assert banner not in as_a.get(address).content.decode()
        with override_settings(DEBUG=True):
            assert banner in as_a.get(address).content.decode()
    assert reverse("home:main") in as_a.get("/admin/").content.decode()
    assert settings.BRAND_NAME in as_a.get("/admin/").content.decode()
