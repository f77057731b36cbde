"""Every page a person can see: readable by everybody, whole on every width, silent in the console."""

import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from django.contrib.auth.tokens import default_token_generator
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver, path
from django.utils import timezone
from django.utils.http import int_to_base36
from playwright.sync_api import Page

from accounts.models import User
from config.errors import too_many_requests
from config.urls import handler400, handler404, handler429, handler500  # noqa: F401 - Django looks for them here
from config.urls import urlpatterns as portal
from files.documents import Document
from invoices import payer_links
from invoices.models import Invoice, Line, Order
from invoices.payer_links import address_of
from meters import reminder_links
from meters.models import Meter, Reading
from meters.window import Days, latest_window
from noticeboard.models import Work
from notifications import choices, outbox
from notifications.models import Letter
from properties.models import Access, AccessNotice, Claim, ManagingCompany, PaymentBook
from services.models import Message, Request
from tests.browser.conftest import DESKTOP, HEIGHT, PHONE, Window
from tests.estate import tiny_photo
from tests.factories import (
    PASSWORD,
    AccessFactory,
    AnnouncementFactory,
    AttachmentFactory,
    BalanceFactory,
    BookFactory,
    BuildingFactory,
    BuildingFileFactory,
    InvoiceFactory,
    LineFactory,
    MeterFactory,
    OfferFactory,
    OrderFactory,
    PaymentFactory,
    PropertyFactory,
    QuestionFactory,
    ReadingFactory,
    RequestFactory,
    TopicFactory,
    UserFactory,
    WorkFactory,
)
from voting import ballots, closing, documents, electorate
from voting.models import Vote

NARROWEST = 320
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
# Half of its time it reads the same few colours again: let it remember what it read.
AXE += """
(() => {
  const { prototype } = axe.commons.color.Color, read = prototype.parseString, known = new Map();
  prototype.parseString = function (text) {
    if (known.has(text)) [this.r, this.g, this.b, this.alpha] = known.get(text);
    else {
      read.call(this, text);
      known.set(text, [this.r, this.g, this.b, this.alpha]);
    }
    return this;
  };
})();
"""
Open = Callable[..., Window]


# ── Errors need something that goes wrong ───────────────────────────────────────────────────────


def breaks(request: HttpRequest) -> HttpResponse:
    raise RuntimeError


def refuses(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


urlpatterns = [
    *portal,
    path("breaks", breaks),
    path("refuses", refuses),
    path("hurries", too_many_requests),
]
pytestmark = pytest.mark.urls(__name__)


# ── What there is to see ────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class World:
    """Who may look, and the numbers that addresses are made with."""

    people: dict[str, User]
    numbers: dict[str, Any]


@pytest.fixture
def world(
    transactional_db: None,
    book: PaymentBook,
    holder: User,
    newcomer: User,
    guest_declares: User,
    staff_a: User,
    superuser: User,
    company_b: ManagingCompany,
) -> World:
    """A resident with three objects: one owed for, one overdue, one closed; and an odd invoice of each sort."""
    today = timezone.localdate()
    garage = AccessFactory(
        person=holder,
        payment_book=BookFactory(
            managing_company=company_b,
            payer_code="AU-0611 07-G7",
            premises=[
                PropertyFactory(
                    building=BuildingFactory(managing_company=company_b, city="Kaunas"),
                    kind="garage",
                    unit="G7",
                )
            ],
        ),
    ).payment_book
    sold = AccessFactory(
        person=holder,
        payment_book__managing_company=company_b,
        payment_book__closed_on=today - timedelta(days=40),
    ).payment_book
    BalanceFactory(payment_book=sold, as_of_on=today - timedelta(days=90), amount=Decimal("-12.50"))
    for month in range(1, 16):
        issued_on = months_ago(today, month)
        InvoiceFactory(payment_book=book, issued_on=issued_on, number=f"KN-{month}")
        PaymentFactory(payment_book=book, paid_on=issued_on, invoice_number=f"KN-{month}")
    BalanceFactory(payment_book=garage, as_of_on=today - timedelta(days=70), amount=Decimal("7.77"))
    overdue = InvoiceFactory(
        payment_book=garage, issued_on=today - timedelta(days=60), due_on=today - timedelta(days=30)
    )
    InvoiceFactory(payment_book=book, status="cancelled", issued_on=today, number="KN-CANCELLED")
    claimant: User = UserFactory(first_name="Vaiva")
    claim = Claim.objects.create(
        person=claimant,
        managing_company=company_b,
        payer_code="AU-0611 07-G7",
        payer_code_key="AU061107G7",
        made_at=timezone.now(),
    )
    notice = AccessNotice.objects.create(
        token="t" * 43,
        holder=AccessFactory(payment_book=garage),
        access=AccessFactory(payment_book=garage, starts_at=timezone.now()),
        created_at=timezone.now(),
        expires_at=timezone.now() + AccessNotice.LASTS,
    )
    questions_of_all_sorts(book.managing_company)
    host = Access.objects.get(payment_book=garage, person=holder)
    invited: User = UserFactory(first_name="Eglė")
    OfferFactory(granted_by=host, email=invited.email)
    invitation = OfferFactory(granted_by=host, token="k" * 43)
    meters_of_all_sorts(book, today)
    told, work = notices_of_all_sorts(book, today)
    usual = usual_invoice(book, today)
    own = Access.objects.get(payment_book=book, person=holder)
    link = payer_links.make(invoice=usual, access=own.pk, at=timezone.now())
    asked = asked_for(book, holder)
    numbers = {
        "item": asked.item_id,
        "asked": asked.pk,
        "invitation": invitation.token,
        "claim": claim.pk,
        "notice": notice.token,
        "invoice": usual.pk,
        "odd": odd_invoice(book, today).pk,
        "overdue": overdue.pk,
        "paid": Invoice.objects.get(number="KN-1").pk,
        "cancelled": Invoice.objects.get(number="KN-CANCELLED").pk,
        "link": address_of(link.pk).rpartition("/")[2],
        "reminder": reminder_of(holder),
        "letters_off": choices.token_of(letter=of_an_invoice()),
        "order": paying(book, holder, "started").number,
        "received": paying(book, holder, "received").number,
        "book": book.pk,
        "sold": sold.pk,
        "meter": Meter.objects.get(serial="P-1").pk,
        "declared": Reading.objects.get(value=12345).pk,
        "month": f"{today:%Y-%m}",
        "building": book.premises.get().building_id,
        "told": told,
        "work": work,
        "person": newcomer.pk,
        "reset": f"{int_to_base36(newcomer.pk)}-{default_token_generator.make_token(newcomer)}",
        "year": months_ago(today, 14).year,
        **votes_of_all_sorts(book, holder),
    }
    people = {
        "resident": holder,
        "newcomer": newcomer,
        "claimant": claimant,
        "invited": invited,
        "declarer": guest_declares,
        "too_late": too_late(today),
        "staff": staff_a,
        "superuser": superuser,
    }
    return World(people=people, numbers=numbers)


def asked_for(book: PaymentBook, person: User) -> Request:
    """Two orders: one with a visit and words of any length in its thread, and one that is over."""
    company = book.managing_company
    company.emergency_phone = "+370 700 00001"
    company.save()
    now = timezone.now()
    made: Request = RequestFactory(
        payment_book=book,
        person=person,
        text="Neperskiriamaszodis" * 20,
        state="scheduled",
        in_charge_name="Algis Meistraitis",
        in_charge_phone="+370 600 00001",
        assigned_at=now,
        visit_on=timezone.localdate(),
        visit_from=time(14),
        visit_to=time(16),
    )
    Message.objects.create(
        request=made, by=person, is_of_staff=False, text="Ilgas" * 100, written_at=now, form_key=uuid.uuid4()
    )
    RequestFactory(payment_book=book, person=person, item=made.item, state="done", closed_at=now)
    return made


def meters_of_all_sorts(book: PaymentBook, today: date) -> None:
    """Some to declare, one declared, one read remotely; the window is always open."""
    company, place = book.managing_company, book.premises.get()
    company.window_opens, company.window_closes = 1, 31
    company.save()
    for serial, kind in (("P-1", "cold_water"), ("P-2", "hot_water"), ("P-3", "gas")):
        meter = MeterFactory(property=place, serial=serial, type=kind, place="Vonia")
        for day in (95, 65, 35):
            ReadingFactory(
                meter=meter, payment_book=book, read_on=today - timedelta(days=day), value=130 - day
            )
    MeterFactory(property=place, serial="N" * 50, type="electricity", register="T1", place="Vieta" * 20)
    declared = MeterFactory(property=place, type="electricity", place="Laiptinė")
    ReadingFactory(meter=declared, payment_book=book, read_on=today, value=12345)
    MeterFactory(property=place, type="heat", is_remote=True)


def reminder_of(holder: User) -> str:
    """Return the token of a letter's link for the window that is always open."""
    window = latest_window(days=Days(1, 31), at=timezone.now())
    return reminder_links.address_of(person=holder, window=window).rpartition("/")[2]


def votes_of_all_sorts(book: PaymentBook, holder: User) -> dict[str, int]:
    """One to vote in, one with words of any length in which one voted already, and one that is counted."""
    now, building = timezone.now(), book.premises.get().building
    ready: dict[str, dict[str, Any]] = {
        "vote": {"total_cost": Decimal("18400"), "paid_from": "Iš kaupiamųjų lėšų"},
        "voted": {"title": "Neperskiriamasbalsavimas" * 5, "description": "Neperskiriamasaprašymas" * 40},
        "counted": {"kind": "written_vote"},
    }
    found = {}
    for name, fields in ready.items():
        opened_at = now - timedelta(days=30 if name == "counted" else 2)
        usual: dict[str, Any] = {
            "title": "Laiptinių remontas",
            "description": "Perdažyti sienas.\n\nPakeisti dėžutes.",
        }
        vote = Vote.objects.create(
            building=building,
            opens_at=opened_at,
            closes_at=opened_at + timedelta(days=14),
            **{**usual, **fields},
        )
        vote.questions.create(text="Ar pritariate remontui?")
        choice = vote.questions.create(text="Kokia spalva?" * 9, kind="choice", position=2)
        options = [choice.options.create(text=text) for text in ("Pilka", "Neperskiriamaspalva" * 9)]
        paper = Document(name=f"{'Sąmata' * 12}.pdf", content_type="application/pdf", content=b"%PDF-1.4")
        documents.attach(vote=vote, document=paper)
        documents.attach(vote=vote, document=paper, option=options[1])
        electorate.open_vote(vote=vote, at=opened_at)
        if name != "vote":
            answers = {str(question.pk): "abstain" for question in vote.questions.all()}
            elector = vote.electors.votable_by(holder, at=now).get()
            ballots.cast(elector=elector, answers=answers, by=holder, at=opened_at)
        if name == "counted":
            closing.close(vote=vote, at=vote.closes_at)
        found[name] = vote.pk
    return found


def questions_of_all_sorts(company: ManagingCompany) -> None:
    """One for everybody, one of a company without English, one with words of any length."""
    topic = TopicFactory()
    QuestionFactory(topic=topic, question="Kaip apmokėti sąskaitą?", answer="Taip.\n\n- Pirma.\n- Antra.")
    QuestionFactory(
        topic=topic, managing_company=company, question="Kur sąskaitų kasa?", question_en="", answer_en=""
    )
    QuestionFactory(question="Neperskiriamasklausimas" * 8, answer="Neperskiriamasatsakymas" * 200)


def notices_of_all_sorts(book: PaymentBook, today: date) -> tuple[int, int]:
    """A work in every state, one with everything and important, more announcements than a page holds."""
    building, now = book.premises.get().building, timezone.now()
    for number, state in enumerate(Work.State):
        WorkFactory(building=building, state=state, kind=Work.Kind.values[number])
    work = WorkFactory(
        building=building,
        title="Neperskiriamasdarbas" * 7,
        description="Neperskiriamasaprašymas" * 40,
        starts_on=today + timedelta(days=1),
        ends_on=today + timedelta(days=40),
        from_time=time(8, 30),
        until_time=time(16),
        cost=Decimal("99999999.99"),
        paid_from="residents",
        paying_words="Po lygiai. " * 20,
        contractor="Neperskiriamasrangovas" * 9,
        contact_name="Neperskiriamasvardas" * 5,
        contact_phone="+370 700 00021",
        is_important=True,
        important_until=now + timedelta(days=1),
    )
    photo = {"content_type": "image/jpeg", "name": "nuotrauka.jpg", "title": ""}
    for kind in ("before", "after"):
        content = ContentFile(tiny_photo(), name="nuotrauka.jpg")
        AttachmentFactory(work=work, kind=kind, file=content, **photo)
    AttachmentFactory(work=work, title="Neperskiriamasaktas" * 7)
    BuildingFileFactory(building=building, title="Neperskiriamasplanas" * 7)
    for days in range(21):
        AnnouncementFactory(building=building, published_at=now - timedelta(days=days))
    text = "Pirma eilutė.\n\nhttps://pavyzdys.example/" + "ilgas-adresas-" * 20
    return AnnouncementFactory(building=building, text=text).pk, work.pk


def too_late(today: date) -> User:
    """Somebody whose window is closed."""
    book = BookFactory()
    company, place = book.managing_company, book.premises.get()
    company.window_opens = company.window_closes = 1 if today.day > 14 else 28
    company.save()
    for serial in ("P-8", "P-9"):
        ReadingFactory(meter=MeterFactory(property=place, serial=serial), payment_book=book)
    person: User = AccessFactory(payment_book=book).person
    return person


def paying(book: PaymentBook, person: User, state: str) -> Order:
    """A payment of a cent through the provider for trying out, started just now."""
    order: Order = OrderFactory(
        managing_company=book.managing_company,
        person=person,
        amount=Decimal("0.01"),
        parts={book: Decimal("0.01")},
        state=state,
        received_at=timezone.now() if state == "received" else None,
    )
    if state == "received":
        order.parts.update(counted_on=timezone.localdate())
    return order


def months_ago(today: date, months: int) -> date:
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    return date(year, month + 1, 5)


def usual_invoice(book: PaymentBook, today: date) -> Invoice:
    invoice: Invoice = InvoiceFactory(
        payment_book=book,
        number="KN-USUAL",
        issued_on=today,
        due_on=today + timedelta(days=9),
        charged=Decimal("61.94"),
        opening_balance=Decimal("49.54"),
        received=Decimal("49.54"),
        total=Decimal("61.94"),
        revision=2,
        revised_at=timezone.now(),
    )
    LineFactory(
        invoice=invoice,
        service="Karštas vanduo",
        quantity=Decimal("4"),
        unit="m³",
        unit_price=Decimal("8.123456"),
        amount=Decimal("32.49"),
        vat_rate=Decimal("9"),
        vat_amount=Decimal("2.68"),
    )
    LineFactory(invoice=invoice, amount=Decimal("29.45"))
    return invoice


def of_an_invoice() -> Letter:
    outbox.post(kind="new_invoice", to="birute@pastas.example", event="7", language="lt", at=timezone.now())
    return Letter.objects.get(kind="new_invoice", event="7")


def odd_invoice(book: PaymentBook, today: date) -> Invoice:
    """200 lines, one with a name of 300 letters without a space, one negative, great numbers."""
    invoice: Invoice = InvoiceFactory(
        payment_book=book,
        number="KN-ILGA-SĄSKAITA-SU-LABAI-ILGU-NUMERIU-00000000001",
        issued_on=today,
        charged=Decimal("1234567.89"),
        late_interest=Decimal("0.07"),
        total=Decimal("1234567.89"),
    )
    Line.objects.bulk_create(
        Line(
            invoice=invoice,
            line_no=number,
            service=("Neperskiriamaipavadintapaslauga" * 10)[:300]
            if number == 7
            else f"Paslauga nr. {number}",
            quantity=Decimal("1234.567891"),
            unit="kWh",
            unit_price=Decimal("1234.567891"),
            amount=Decimal("-1234567.89" if number == 8 else "12345.67"),
        )
        for number in range(1, 201)
    )
    return invoice


@dataclass(frozen=True)
class Screen:
    """One thing to look at: an address, who looks, and what is pressed there first."""

    name: str
    address: str
    url_name: str = ""
    who: str = ""
    status: int = 200
    then: Callable[[Page], object] | None = None


def fails_to_sign_in(page: Page) -> None:
    page.get_by_label("El. paštas").fill("kas@pastas.example")
    page.locator("main button[type=submit]").click()
    page.locator(".summary").wait_for()


def unfolds_the_table(page: Page) -> None:
    page.locator("details.plain").first.locator("summary").click()


def declares_nothing(page: Page) -> None:
    page.locator("input[type=submit].default").click()
    page.locator(".errornote").wait_for()


def is_a_company(page: Page) -> None:
    page.get_by_label("Juridinis asmuo").check()


def registers_with_nothing(page: Page) -> None:
    page.locator("main button[type=submit]").click()
    page.locator(".summary").wait_for()


def registers(page: Page) -> None:
    page.get_by_label("Vardas").fill("Kas")
    page.get_by_label("Pavardė").fill("Kasdienis")
    page.get_by_label("El. paštas").fill("kas@pastas.example")
    page.get_by_label("Telefono numeris").fill("8 600 00000")
    page.get_by_label("Slaptažodis", exact=True).fill(PASSWORD)
    page.get_by_label("Turiu kvietimą").check()
    page.get_by_label("Susipažinau ir sutinku").check()
    page.locator("main button[type=submit]").click()
    page.wait_for_url("**/confirm-email")


def asks_for_a_letter(page: Page) -> None:
    page.get_by_label("El. paštas").fill("kas@pastas.example")
    page.locator("main button[type=submit]").click()
    page.wait_for_url("**/password/reset/done")


def signs_in_without_a_token(page: Page) -> None:
    page.context.clear_cookies()
    page.get_by_label("El. paštas").fill("kas@pastas.example")
    page.get_by_label("Slaptažodis", exact=True).fill(PASSWORD)
    page.locator("main button[type=submit]").click()
    page.locator(".empty").wait_for()


def saves(page: Page) -> None:
    page.locator("main button[type=submit]").first.click()
    page.locator("[role=status], .summary").first.wait_for()


def prepares_changes(page: Page) -> None:
    page.get_by_role("button", name="Pašalinti knygelę: Garažas").click()
    page.get_by_role("button", name="Grąžinti").wait_for()
    shares(page, "labai.ilgas.vardas.ir.pavarde@labai-ilgas-pastas.example")
    page.get_by_text("Dar neišsaugota").wait_for()


def declares_strange_readings(page: Page) -> None:
    for serial, value in (("P-1", "1e5"), ("P-2", "5"), ("P-3", "99999")):
        page.get_by_label(f"Skaitiklis Nr. {serial}").fill(value)
    page.get_by_role("button", name="Deklaruoti visus").click()
    page.get_by_role("button", name="Siųsti rodmenį patikrai").wait_for()
    page.get_by_label("Patikrinau, rodmuo teisingas").wait_for()


def fails_to_add(page: Page) -> None:
    page.get_by_label("Prižiūrinti įmonė").select_option(index=1)
    page.get_by_label("Mokėjimo knygelės ID").fill("KN-NERA")
    page.locator("#knygeles form button[type=submit]").click()
    page.locator(".summary").wait_for()


def fails_to_share(page: Page) -> None:
    shares(page, "ne")
    page.locator(".summary").wait_for()


def shares(page: Page, email: str) -> None:
    page.get_by_label("Objektas", exact=True).select_option(index=1)
    page.get_by_label("El. paštas", exact=True).fill(email)
    page.locator("#dalinimasis form button[type=submit]").click()


def types_half_a_password(page: Page) -> None:
    page.locator("[data-rules]").press_sequentially("Slapta")


def opens_the_menus(page: Page) -> None:
    for menu in page.locator("details.menu > summary").all():
        if menu.is_visible():
            menu.click()


def unfolds(page: Page) -> None:
    page.locator("main details > summary").first.click()


def unfolds_all(page: Page) -> None:
    for summary in page.locator("main details > summary").all():
        summary.click()


def pays_too_much(page: Page) -> None:
    for amount in page.get_by_label("Mokama suma, €").all():
        amount.fill("999999999,99")
    page.get_by_role("button", name="Apmokėti").first.click()
    page.locator(".summary").wait_for()


def pays_again(page: Page) -> None:
    company = page.get_by_role("region", name="UAB „Pajūrio namai“")
    company.get_by_role("button", name="Apmokėti").click()
    page.get_by_label("Taip, noriu mokėti dar kartą").wait_for()


SIGNED_OUT = [
    Screen("login", "/login", "account_login"),
    Screen("login-failed", "/login", then=fails_to_sign_in),
    Screen("register", "/register", "account_register"),
    Screen("register-company", "/register", then=is_a_company),
    Screen("register-failed", "/register", then=registers_with_nothing),
    Screen("register-code", "/register", then=registers),
    Screen("privacy", "/privacy", "account_privacy"),
    Screen("privacy-version", "/privacy/2026-11-22", "account_privacy_version"),
    Screen("faq", "/help", "guide:faq", then=unfolds_all),
    Screen("faq-found", "/help?q=saskait", "", "resident"),
    Screen("faq-nothing", "/help?q=%25_%27%22"),
    Screen("accessibility", "/accessibility", "guide:accessibility"),
    Screen("reset", "/password/reset", "account_reset_password"),
    Screen("reset-done", "/password/reset", "account_reset_password_done", then=asks_for_a_letter),
    Screen("reset-key", "/password/reset/key/{reset}", "account_reset_password_from_key"),
    Screen("reset-key-used", "/password/reset/key/{reset}x"),
    Screen("not-me", "/not-me/{notice}", "properties:not_me"),
    Screen("invitation", "/invitation/{invitation}", "sharing:invitation"),
    Screen("invitation-over", "/invitation/" + "x" * 43),
    Screen("not-me-over", "/not-me/" + "x" * 43, status=404),
    Screen("inactive", "/inactive", "account_inactive"),
    Screen("400", "/login?q=%00", status=400),
    Screen("403", "/refuses", status=403, who="resident"),
    Screen("403-csrf", "/login", status=403, then=signs_in_without_a_token),
    Screen("404", "/no/such/page", status=404),
    Screen("429", "/hurries", status=429, who="resident"),
    Screen("500", "/breaks", status=500, who="resident"),
]
RESIDENTS = [
    Screen("home", "/", "home:main", "resident"),
    Screen("home-menus", "/", who="resident", then=opens_the_menus),
    Screen("home-nothing-yet", "/", who="newcomer"),
    Screen("home-claim", "/", who="claimant"),
    Screen("home-offer", "/", who="invited"),
    Screen("object", "/objects/{book}", "home:object", "resident"),
    Screen("object-sold", "/objects/{sold}", who="resident"),
    Screen("object-guest", "/objects/{book}", who="declarer"),
    Screen("notices", "/notices", "noticeboard:list", "resident"),
    Screen("notices-nothing-yet", "/notices", who="newcomer"),
    Screen("announcement", "/notices/announcements/{told}", "noticeboard:announcement", "resident"),
    Screen("work", "/notices/works/{work}", "noticeboard:work", "resident"),
    Screen("building-files", "/buildings/{building}/files", "noticeboard:building_files", "resident"),
    Screen("claim", "/claims/{claim}", "properties:claim", "claimant"),
    Screen("claim-failed", "/claims/{claim}", who="claimant", then=saves),
    Screen("home-no-invoices", "/", who="declarer"),
    Screen("invoices", "/invoices", "invoices:list", "resident"),
    Screen("invoices-debt-unfolded", "/invoices", who="resident", then=unfolds),
    Screen("invoices-of-a-year", "/invoices?object={book}&year={year}", who="resident"),
    Screen("invoices-nothing-yet", "/invoices", who="newcomer"),
    Screen("invoice", "/invoices/{invoice}", "invoices:detail", "resident"),
    Screen("invoice-odd", "/invoices/{odd}", who="resident"),
    Screen("invoice-overdue", "/invoices/{overdue}", who="resident"),
    Screen("invoice-paid", "/invoices/{paid}", who="resident"),
    Screen("pay", "/invoices/pay", "invoices:pay", "resident"),
    Screen("pay-refused", "/invoices/pay", who="resident", then=pays_too_much),
    Screen("pay-asked", "/invoices/pay", who="resident", then=pays_again),
    Screen("order", "/invoices/orders/{order}", "invoices:order", "resident"),
    Screen("order-received", "/invoices/orders/{received}", who="resident"),
    Screen("trial-payment", "/invoices/orders/{order}/trial", "invoices:fake_provider", "resident"),
    Screen("payments", "/invoices/payments", "invoices:payments", "resident"),
    Screen("payer-link", "/pay-for/{link}", "invoices:payer_link"),
    Screen("payer-link-over", "/pay-for/nonsense", status=404),
    Screen("votes", "/votes", "voting:list", "resident"),
    Screen("votes-nothing-yet", "/votes", who="newcomer"),
    Screen("vote", "/votes/{vote}", "voting:detail", "resident"),
    Screen("vote-refused", "/votes/{vote}", who="resident", then=saves),
    Screen("vote-cast", "/votes/{voted}", who="resident"),
    Screen("vote-counted", "/votes/{counted}", who="resident"),
    Screen("vote-of-others", "/votes/{vote}", who="declarer"),
    Screen("invoice-cancelled", "/invoices/{cancelled}", who="resident"),
    Screen("services", "/services", "services:list", "resident"),
    Screen("services-nothing-yet", "/services", who="newcomer"),
    Screen("order-service", "/services/order/{item}", "services:order", "resident"),
    Screen("order-service-failed", "/services/order/{item}", who="resident", then=saves),
    Screen("fault", "/services/fault", "services:fault", "resident"),
    Screen("request", "/services/requests/{asked}", "services:request", "resident", then=unfolds),
    Screen("contact", "/contact", "services:contact", "resident"),
    Screen("contact-signed-out", "/contact"),
    Screen("contact-failed", "/contact", then=saves),
    Screen("meters", "/meters", "meters:declare", "resident"),
    Screen("meters-refused", "/meters", who="resident", then=declares_strange_readings),
    Screen("photo", "/meters/readings/{declared}/photo", "meters:add_photo", "resident"),
    Screen("history", "/meters/history", "meters:history", "resident", then=unfolds_the_table),
    Screen("history-of-nothing", "/meters/history?type=heat&from=2026-10-02&to=2026-10-01", who="resident"),
    Screen("history-nothing-yet", "/meters/history", who="newcomer"),
    Screen("meters-closed", "/meters", who="too_late"),
    Screen("client", "/client-information", "sharing:client_information", "resident"),
    Screen("client-nothing-yet", "/client-information", who="newcomer"),
    Screen("client-draft", "/client-information", who="resident", then=prepares_changes),
    Screen("client-not-added", "/client-information", who="resident", then=fails_to_add),
    Screen("client-not-shared", "/client-information", who="resident", then=fails_to_share),
    Screen("client-guest", "/client-information", who="declarer"),
    Screen("contacts", "/contacts", "account_contacts", "resident"),
    Screen("contacts-failed", "/contacts", who="resident", then=saves),
    Screen("reminder", "/declare/{reminder}", "meters:reminder"),
    Screen("reminder-over", "/declare/nonsense", status=404),
    Screen("calendar", "/calendar", "meters:calendar", "resident"),
    Screen("letters", "/letters", "notifications:letters", "resident"),
    Screen("letters-off", "/letters/off/{letters_off}", "notifications:unsubscribe"),
    Screen("letters-off-over", "/letters/off/nonsense", status=404),
    Screen("password", "/password/change", "account_change_password", "resident", then=types_half_a_password),
    Screen("password-failed", "/password/change", who="resident", then=saves),
    Screen("logout", "/logout", "account_logout", "resident"),
    Screen("404-resident", "/invoices/999999999", who="resident", status=404),
]
STAFF = [
    Screen("home-staff", "/", who="staff"),
    Screen("admin", "/admin/", who="staff"),
    Screen("admin-books", "/admin/properties/paymentbook/", who="staff"),
    Screen("admin-book", "/admin/properties/paymentbook/{book}/change/", who="staff"),
    Screen("admin-invoices", "/admin/invoices/invoice/", who="staff"),
    Screen("admin-invoice", "/admin/invoices/invoice/{invoice}/change/", who="staff"),
    Screen("admin-new-access", "/admin/properties/access/add/", who="staff"),
    Screen("admin-meters", "/admin/meters/meter/?missing={month}", who="staff"),
    Screen("admin-declare", "/admin/meters/meter/{meter}/declare/", who="staff", then=declares_nothing),
    Screen("admin-export", "/admin/meters/reading/export/", who="staff"),
    Screen("admin-new-announcement", "/admin/noticeboard/announcement/add/", who="staff"),
    Screen("admin-work", "/admin/noticeboard/work/{work}/change/", who="staff"),
    Screen("admin-request", "/admin/services/request/{asked}/change/", who="staff"),
    Screen("admin-people", "/admin/accounts/user/", who="superuser"),
    Screen("admin-person", "/admin/accounts/user/{person}/change/", who="superuser"),
]
SCREENS = SIGNED_OUT + RESIDENTS + STAFF

NO_PAGES = {
    "invoices:start_order",  # leads to its page whoever only comes to it
    "invoices:hand_over",  # leads on to the payment provider
    "invoices:callback",  # for machines
    "account_language",  # answers forms only
    "properties:send_request",  # answers forms only
    "properties:dismiss",  # answers forms only
    "sharing:accept",  # answers forms only
    "sharing:decline",  # answers forms only
    "sharing:add",  # these seven lead to their page whoever only comes to them
    "sharing:send_request",
    "sharing:share",
    "sharing:change",
    "sharing:save",
    "sharing:discard",
    "sharing:leave",
    "account_reset_password_from_key_done",  # leads to the sign-in
    "account_email_verification_sent",  # leads away from everybody whose email needs no code
    "invoices:pdf",  # a file
    "invoices:make_payer_link",  # answers forms only
    "invoices:take_back_payer_link",  # answers forms only
    "meters:case_photo",  # a picture
    "services:photo",  # a picture
    "services:write",  # these four lead to their page whoever only comes to them
    "services:reopen",
    "services:cancel",
    "services:change_time",
    "meters:reading_photo",  # a picture
    "meters:history_csv",  # a file
    "meters:calendar_feed",  # a file
    "meters:history_xlsx",  # a file
    "noticeboard:file",  # a file
    "noticeboard:building_file",  # a file
    "voting:cast",  # answers forms only
    "voting:document",  # a file
    "voting:minutes",  # a file
    "healthz",  # for machines
}


# ── The list is whole ───────────────────────────────────────────────────────────────────────────


def names_of(resolver: URLResolver, namespace: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}"
        else:
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from names_of(pattern, inner)


def test_every_page_is_looked_at() -> None:
    """A new page without a row here fails; the administration is walked by its own tests."""
    names = {name for name in names_of(get_resolver("config.urls")) if not name.startswith("admin:")}
    assert {screen.url_name for screen in SCREENS if screen.url_name} == names - NO_PAGES


# What Django's own templates and select2 bring into the administration; nothing of it is in the portal.
DJANGOS_OWN = [
    "aria-input-field-name",  # select2 does not name its box
    "empty-table-header",  # the column of what an inline's row is, and that of its deletion
    "label-title-only",  # the search box is named by a picture
    "scrollable-region-focusable",  # wide tables of read-only rows
]


# ── What is asked of each ───────────────────────────────────────────────────────────────────────


def violations(page: Page, ignored: list[str]) -> list[str]:
    """Return what axe-core finds wrong, of any weight, each with where it is."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    rules = {rule: {"enabled": False} for rule in ignored}
    options = {"resultTypes": ["violations"], "preload": False, "rules": rules}
    found = page.evaluate("(options) => axe.run(document, options)", options)
    return [
        f"{rule['id']} ({rule['impact']}): {node['target']} {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def sideways(page: Page, width: int) -> str:
    """Return what would make the reader scroll sideways at this width, or nothing."""
    page.set_viewport_size({"width": width, "height": HEIGHT})
    wide: str = page.evaluate(
        """() => {
          const wide = document.documentElement;
          if (wide.scrollWidth <= wide.clientWidth) return "";
          const out = [...document.body.querySelectorAll("*")]
            .filter((one) => one.getBoundingClientRect().right > wide.clientWidth + 1)
            .map((one) => one.outerHTML.slice(0, 80));
          return `${wide.scrollWidth} > ${wide.clientWidth}: ${out.slice(0, 5).join(" | ")}`;
        }"""
    )
    return wide


def looks_of(screen: Screen) -> list[tuple[str, int]]:
    """Return how a page is looked at: by turns in light or in dark, in the drill each in both."""
    looks = [("light", DESKTOP), ("dark", PHONE)]
    return looks if os.environ.get("DRILL") else [looks[SCREENS.index(screen) % 2]]


# Screens of one part share one world and one window, in which one after another signs in. Those where
# something is pressed come last.
PARTS = 8


@pytest.mark.parametrize("part", range(PARTS))
def test_page_is_readable_by_everybody(
    window: Open, world: World, part: int, subtests: pytest.Subtests
) -> None:
    opened = window()
    for screen in sorted(SCREENS, key=lambda screen: screen.then is not None)[part::PARTS]:
        with subtests.test(screen.name):
            cache.clear()  # limits on guessing
            opened.sign_in(world.people.get(screen.who))
            look_at(screen, opened, world)


def look_at(screen: Screen, opened: Window, world: World) -> None:
    opened.complaints.expected = {screen.status}
    page = opened.page
    response = opened.open(screen.address.format(**world.numbers))
    if screen.then:
        screen.then(page)
    else:
        assert response.status == screen.status

    ignored = DJANGOS_OWN if screen.address.startswith("/admin/") else []
    wrong: dict[str, Any] = {}
    for scheme, width in looks_of(screen):
        page.set_viewport_size({"width": width, "height": HEIGHT})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        # Colours on their way from one scheme to the other would be measured.
        page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished))")
        wrong[scheme] = violations(page, ignored)
    for width in (NARROWEST, PHONE, DESKTOP):
        wrong[f"{width} px"] = sideways(page, width)
    assert {where: what for where, what in wrong.items() if what} == {}


def test_the_first_tab_skips_to_the_content(window: Open, world: World, subtests: pytest.Subtests) -> None:
    opened = window()
    for screen in SCREENS:
        if screen.name not in {"login", "home", "invoice", "404", "admin"}:
            continue
        with subtests.test(screen.name):
            opened.sign_in(world.people.get(screen.who))
            opened.complaints.expected = {screen.status}
            opened.open(screen.address.format(**world.numbers))
            opened.page.keyboard.press("Tab")
            first = opened.page.locator(":focus")
            assert first.get_attribute("class") in {"skip", "skip-to-content-link"}
            assert first.is_visible()
            opened.page.keyboard.press("Enter")
            target = opened.page.evaluate("document.querySelector(location.hash).tagName")
            assert target in {"MAIN", "DIV"}
