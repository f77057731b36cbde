"""A daughter is invited: the letter, registering from it, „Priimti“, and the object of her mother."""

import re
from collections.abc import Callable

import pytest
from django.core import mail
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from invoices.models import Invoice
from notifications import outbox
from notifications.models import Letter
from properties.models import PaymentBook
from tests.browser.conftest import PHONE, Window
from tests.browser.test_registration import confirm, fill, heading, press
from tests.factories import InvoiceFactory, LineFactory

Open = Callable[..., Window]
EMAIL = "dukra@pastas.example"
PASSWORD = "Liepos-Rytas-7"


@pytest.fixture
def invoice(book: PaymentBook) -> Invoice:
    made: Invoice = InvoiceFactory(payment_book=book, issued_on=timezone.localdate(), charged="61.94")
    LineFactory(invoice=made, amount="61.94")
    return made


def letter_to(email: str, kind: str) -> str:
    """Let the worker's turn come, and return the letter as the person reads it."""
    outbox.send(letter_id=Letter.objects.get(kind=kind, address=email).pk, at=timezone.now())
    assert mail.outbox[-1].to == [email]
    return str(mail.outbox[-1].body)


def link_in(letter: str) -> str:
    return re.findall(r"https?://[^/\s]+(/invitation/\S+)", letter)[0]  # type: ignore[no-any-return]


def share(page: Page) -> None:
    page.get_by_label("Objektas", exact=True).select_option("Beržyno g. 8-15, Klaipėda")
    page.get_by_label("El. paštas", exact=True).fill(EMAIL)
    page.get_by_label("Teisės", exact=True).select_option("Tik matyti sąskaitas ir mokėti")
    page.locator("#dalinimasis form").get_by_role("button", name="Pridėti").click()
    page.get_by_role("button", name="Išsaugoti", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("Kvietimą išsiuntėme.")


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_the_other_registers_from_the_letter_and_accepts(
    window: Open, holder: User, book: PaymentBook, invoice: Invoice, script: bool
) -> None:
    mother = window(person=holder, script=script)
    mother.open("/client-information")
    share(mother.page)
    expect(mother.page.get_by_role("main")).to_contain_text("Laukiame patvirtinimo")

    daughter = window(width=PHONE, script=script)
    page = daughter.page
    daughter.open(link_in(letter_to(EMAIL, "offer")))
    heading(page, "Registracija")
    expect(page.get_by_label("El. paštas", exact=True)).to_have_value(EMAIL)
    expect(page.get_by_label("El. paštas", exact=True)).not_to_be_editable()
    expect(page.get_by_label("Mokėtojo kodas", exact=True)).to_have_count(0)
    fill(page, Vardas="Ieva", Pavardė="Dukrelė", Telefono_numeris="8 612 34567", Slaptažodis=PASSWORD)
    page.get_by_label("Susipažinau ir sutinku su privatumo politika", exact=True).check()
    press(page, "Registruotis")
    daughter.expect_address("/confirm-email")
    confirm(page, re.findall(r"^[A-Z]{4}-[A-Z]{4}$", str(mail.outbox[-1].body), re.MULTILINE)[0])
    daughter.expect_address("/login")
    page.get_by_label("El. paštas", exact=True).fill(EMAIL)
    page.get_by_label("Slaptažodis", exact=True).fill(PASSWORD)
    press(page, "Prisijungti")

    offer = page.get_by_role("region", name="Su Jumis dalinamasi objektu")
    expect(offer).to_contain_text("Beržyno g. 8-15, Klaipėda")
    expect(offer).to_contain_text("Dalinasi: Birutė Pavyzdienė")
    offer.get_by_role("button", name="Priimti", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("Kvietimas priimtas.")
    expect(page.get_by_role("region", name="Mokėtina suma").locator(".sum")).to_have_text("61,94\u00a0€")
    assert "priėmė Jūsų kvietimą" in letter_to(holder.email, "offer_accepted")

    mother.open("/client-information")
    expect(mother.page.get_by_role("main")).to_contain_text("Naudojasi nuo")
