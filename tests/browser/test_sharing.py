"""„Kliento informacija“ by hand, in the words of the guide: more objects, somebody let in and out again, a sale."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from properties import activation
from properties.models import ManagingCompany, PaymentBook
from tests.browser.conftest import DESKTOP, PHONE, Window
from tests.factories import AccessFactory, BookFactory, BuildingFactory, PropertyFactory
from tests.sharing.test_client_information import accepted, offered

Open = Callable[..., Window]
PAGE = "/client-information"


@pytest.fixture
def garage(transactional_db: None, company_b: ManagingCompany) -> PaymentBook:
    """A book that nobody has ever held; the file names the holder of the cast as its payer."""
    building = BuildingFactory(managing_company=company_b, city="Kaunas", street="Topolių g.", house="11")
    return BookFactory(
        managing_company=company_b,
        payer_code="AU-0611 07-G7",
        payer_name="Birutė Pavyzdienė",
        premises=[PropertyFactory(building=building, kind="garage", unit="G7")],
    )


@pytest.fixture
def cottage(transactional_db: None, company_b: ManagingCompany) -> PaymentBook:
    """A book of somebody else's name."""
    building = BuildingFactory(managing_company=company_b, city="Kaunas", street="Kaštonų al.", house="25")
    return BookFactory(
        managing_company=company_b,
        payer_code="AU-2506 25-6",
        payer_name="Kazys Kitas",
        premises=[PropertyFactory(building=building, unit="6")],
    )


def row(page: Page, words: str) -> Locator:
    return page.locator(".rows > li", has_text=words)


def add(page: Page, book: PaymentBook, code: str = "") -> None:
    page.get_by_label("Prižiūrinti įmonė").select_option(book.managing_company.name)
    page.get_by_label("Aktyvavimo kodas").fill(code)
    page.get_by_label("Mokėjimo knygelės ID").fill(book.payer_code)
    page.get_by_label("Mokėjimo knygelės ID").press("Enter")


def save(page: Page) -> None:
    page.get_by_role("button", name="Išsaugoti", exact=True).click()


def says(page: Page, words: str) -> None:
    expect(page.locator(".note.ok")).to_have_text(words)


@pytest.mark.parametrize(("width", "script"), [(DESKTOP, True), (PHONE, False)])
def test_a_second_and_a_third_object(
    width: int,
    script: bool,
    window: Open,
    holder: User,
    book: PaymentBook,
    garage: PaymentBook,
    cottage: PaymentBook,
) -> None:
    shown = window(width=width, script=script, person=holder)
    page = shown.page
    shown.open(PAGE)
    expect(page.get_by_label("Mokėjimo knygelės ID")).to_be_hidden()
    add(page, garage)
    expect(row(page, "Garažas, Topolių g. 11-G7, Kaunas")).to_contain_text("Dar neišsaugota")

    add(page, cottage)
    expect(page.locator(".summary")).to_contain_text("Objekto pagal šiuos duomenis pridėti nepavyko.")
    expect(page).to_have_title(re.compile("^Klaida: Kliento informacija"))
    expect(page.get_by_label("Mokėjimo knygelės ID")).to_have_value(cottage.payer_code)
    expect(page.get_by_role("button", name="Siųsti prašymą administratoriui")).to_be_visible()
    add(page, cottage, activation.printed(activation.code_of(cottage)).lower())
    expect(row(page, "Kaštonų al. 25-6, Kaunas")).to_contain_text("Dar neišsaugota")
    expect(page.locator(".dock")).to_contain_text("2 neišsaugoti pakeitimai")
    # Enter in a field pressed „Pridėti“ and neither removed nor saved anything.
    expect(row(page, "Beržyno g. 8-15").get_by_role("button")).to_have_text(
        "Pašalinti knygelę: Beržyno g. 8-15"
    )

    save(page)
    says(page, "Pridėta: Garažas, Topolių g. 11-G7, Kaunas; Kaštonų al. 25-6, Kaunas.")
    expect(page.get_by_text("Dar neišsaugota")).to_have_count(0)
    expect(page.locator("#knygeles .rows > li")).to_have_count(3)


def test_somebody_is_let_in_and_out_again(
    window: Open, holder: User, newcomer: User, book: PaymentBook
) -> None:
    owner = window(person=holder)
    owner.open(PAGE)
    page = owner.page
    page.get_by_label("Objektas", exact=True).select_option("Beržyno g. 8-15, Klaipėda")
    page.get_by_label("El. paštas", exact=True).fill(newcomer.email)
    page.get_by_label("Galioja iki").fill("2090-12-31")
    page.locator("#dalinimasis form").get_by_role("button", name="Pridėti").click()
    expect(row(page, newcomer.email)).to_contain_text("Dar neišsaugota")
    save(page)
    says(page, "Kvietimą išsiuntėme.")
    expect(row(page, newcomer.email)).to_contain_text("Laukiame patvirtinimo")

    guest = window(width=PHONE, person=newcomer)
    guest.open(PAGE)
    guest.page.get_by_role("button", name="Priimti").click()
    guest.expect_address("/")
    guest.open(PAGE)
    expect(row(guest.page, "Beržyno g. 8-15")).to_contain_text("Galite viską, ką gali savininkas")

    page.reload()
    expect(row(page, newcomer.email)).to_contain_text("Naudojasi nuo")
    page.get_by_role("button", name=f"Panaikinti dalinimąsi su {newcomer.email}").click()
    expect(row(page, newcomer.email)).to_contain_text("Bus pašalinta")
    save(page)
    says(page, f"Su {newcomer.email} nebesidalinate: Beržyno g. 8-15, Klaipėda.")

    # The page was open all the while; the next click shows nothing of the object any more.
    guest.page.get_by_role("link", name="Pagrindinis", exact=True).click()
    guest.expect_address("/")
    expect(guest.page.get_by_role("heading", level=1)).to_be_visible()
    expect(guest.page.get_by_text("Beržyno")).to_have_count(0)
    guest.page.go_back()
    expect(guest.page.get_by_text("Mokėjimų knygelių čia dar neturite.")).to_be_visible()
    expect(guest.page.get_by_text("Beržyno")).to_have_count(0)


def test_a_guest_leaves_on_a_phone_without_the_script(
    window: Open, holder: User, newcomer: User, book: PaymentBook
) -> None:
    accepted(offered(book, holder, newcomer.email, scope="declare"), newcomer)
    shown = window(width=PHONE, script=False, person=newcomer)
    shown.open(PAGE)
    expect(row(shown.page, "Beržyno g. 8-15")).to_contain_text("Galite tik deklaruoti skaitiklius.")
    shown.page.get_by_role("button", name="Atsisakyti objekto").click()
    says(shown.page, "Objekto atsisakėte: Beržyno g. 8-15, Klaipėda.")
    expect(row(shown.page, "Beržyno g. 8-15")).to_have_count(0)


def test_two_windows_and_a_sold_object(
    window: Open, holder: User, book: PaymentBook, garage: PaymentBook
) -> None:
    """Each window saves what it showed; the other's preparations wait, and the sold object goes."""
    AccessFactory(person=holder, payment_book=garage)
    first, second = window(person=holder), window(person=holder)
    first.open(PAGE)
    second.open(PAGE)
    first.page.get_by_role("button", name="Pašalinti knygelę: Garažas, Topolių g. 11-G7").click()
    expect(first.page.locator(".dock")).to_contain_text("1 neišsaugotas pakeitimas")
    undo = first.page.get_by_role("button", name="Grąžinti knygelę: Garažas, Topolių g. 11-G7")
    undo.click()
    expect(first.page.locator(".dock")).to_have_count(0)
    first.page.get_by_role("button", name="Pašalinti knygelę: Garažas, Topolių g. 11-G7").click()
    expect(undo).to_be_visible()

    second.page.get_by_label("Objektas", exact=True).select_option("Beržyno g. 8-15, Klaipėda")
    second.page.get_by_label("El. paštas", exact=True).fill("dukra@pastas.example")
    second.page.get_by_label("El. paštas", exact=True).press("Enter")
    expect(second.page.locator(".dock")).to_contain_text("2 neišsaugoti pakeitimai")

    save(first.page)
    says(first.page, "Pašalinta: Garažas, Topolių g. 11-G7, Kaunas.")
    expect(row(first.page, "Garažas")).to_have_count(0)
    expect(row(first.page, "dukra@pastas.example")).to_contain_text("Dar neišsaugota")

    save(second.page)
    says(second.page, "Kvietimą išsiuntėme.")
    expect(second.page.locator(".note.warn")).to_contain_text("Peržiūrėkite sąrašą.")
    first.page.get_by_role("button", name="Atšaukti").click()
    expect(first.page.locator(".dock")).to_have_count(0)
    expect(row(first.page, "dukra@pastas.example")).to_contain_text("Laukiame patvirtinimo")
