"""The least that makes each row valid; a test names what it is about."""

# mypy: disable-error-code="misc, untyped-decorator"

import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import factory
from allauth.account.models import EmailAddress
from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.models import User
from guide.models import Question, Topic
from invoices.models import Balance, BankEntry, Invoice, Line, Order, OrderPart, Payment
from meters.models import Meter, Reading
from noticeboard.models import Announcement, Attachment, BuildingFile, Work
from properties.models import Access, BookPremises, Building, ManagingCompany, PaymentBook, Property
from services.models import CatalogueItem, Request
from sharing.models import Offer

PASSWORD = "Savitarna-2026"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class UserFactory(factory.django.DjangoModelFactory):
    """A person with a confirmed email."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@pastas.example")
    first_name = "Rasa"
    last_name = "Bandomoji"

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **fields: Any) -> User:
        user: User = model_class.objects.create_user(password=fields.pop("password", PASSWORD), **fields)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return user


class CompanyFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ManagingCompany

    company_code = factory.Sequence(lambda n: f"{310000000 + n}")
    name = factory.Sequence(lambda n: f"UAB „Namų priežiūra {n}“")
    declares_readings = True
    phone = "+370 700 11111"
    email = "namai@imone.example"
    iban = "LT601010012345678901"
    beneficiary_name = factory.SelfAttribute("name")


class BuildingFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Building

    managing_company = factory.SubFactory(CompanyFactory)
    city = "Klaipėda"
    street = "Liepų g."
    house = factory.Sequence(lambda n: str(n + 1))


class PropertyFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Property

    building = factory.SubFactory(BuildingFactory)
    kind = Property.Kind.FLAT
    unit = "15"


class BookFactory(factory.django.DjangoModelFactory):
    """An open book for one flat; `premises=[]` makes it without any."""

    class Meta:
        model = PaymentBook
        skip_postgeneration_save = True

    managing_company = factory.SubFactory(CompanyFactory)
    payer_code = factory.Sequence(lambda n: f"KN-{n:06}")
    payer_name = "Rasa Bandomoji"
    payer_kind = PaymentBook.PayerKind.PERSON

    @factory.post_generation
    def premises(self: Any, create: bool, extracted: list[Property] | None, **kwargs: Any) -> None:
        if extracted is None:
            extracted = [PropertyFactory(building__managing_company=self.managing_company)]
        for place in extracted:
            BookPremises.objects.create(payment_book=self, property=place)


class AccessFactory(factory.django.DjangoModelFactory):
    """A holder's row; with `granted_by` a guest's."""

    class Meta:
        model = Access

    person = factory.SubFactory(UserFactory)
    payment_book = factory.SubFactory(BookFactory)
    starts_at = LONG_AGO


class OfferFactory(factory.django.DjangoModelFactory):
    """An offer that waits; with `access` it is that guest's accepted one."""

    class Meta:
        model = Offer

    class Params:
        accepted = factory.LazyAttribute(lambda o: o.access is not None)

    access = None
    granted_by = factory.Maybe(
        "accepted", factory.SelfAttribute("access.granted_by"), factory.SubFactory(AccessFactory)
    )
    email = factory.LazyAttribute(
        lambda o: o.access.person.email if o.access else f"kviestas{o.granted_by.pk}@pastas.example"
    )
    scope = factory.LazyAttribute(lambda o: o.access.scope if o.access else Access.Scope.ALL)
    token = factory.Sequence(lambda n: f"kvietimas-{n:033}")
    offered_at = factory.LazyAttribute(lambda o: o.access.starts_at if o.access else datetime.now(UTC))
    expires_at = factory.LazyAttribute(lambda o: o.offered_at + Offer.WAITS)
    answer = factory.LazyAttribute(lambda o: Offer.Answer.ACCEPTED if o.access else "")
    answered_at = factory.LazyAttribute(lambda o: o.access.starts_at if o.access else None)


class BalanceFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Balance

    payment_book = factory.SubFactory(BookFactory)
    as_of_on = date(2025, 12, 31)
    amount = Decimal("0.00")


class InvoiceFactory(factory.django.DjangoModelFactory):
    """A live invoice of 50 €, with no lines."""

    class Meta:
        model = Invoice

    payment_book = factory.SubFactory(BookFactory)
    managing_company = factory.SelfAttribute("payment_book.managing_company")
    number = factory.Sequence(lambda n: f"SF-{n:06}")
    issued_on = date(2026, 10, 5)
    period = factory.LazyAttribute(lambda i: _month_before(i.issued_on))
    due_on = factory.LazyAttribute(lambda i: i.issued_on.replace(day=28))
    charged = Decimal("50.00")
    content_hash = ""


class LineFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Line

    invoice = factory.SubFactory(InvoiceFactory)
    line_no = factory.Sequence(lambda n: n + 1)
    service = "Namo administravimas"
    amount = Decimal("50.00")


class PaymentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Payment

    payment_book = factory.SubFactory(BookFactory)
    managing_company = factory.SelfAttribute("payment_book.managing_company")
    bank_reference = factory.Sequence(lambda n: f"BANK-{n:06}")
    paid_on = date(2026, 10, 20)
    amount = Decimal("50.00")


class BankEntryFactory(factory.django.DjangoModelFactory):
    """A credit of the bank that waits for staff."""

    class Meta:
        model = BankEntry

    managing_company = factory.SubFactory(CompanyFactory)
    account = factory.SelfAttribute("managing_company.iban")
    bank_reference = factory.Sequence(lambda n: f"ENTRY-{n:06}")
    booked_on = date(2026, 10, 20)
    amount = Decimal("50.00")
    state = BankEntry.State.WAITING
    reason = BankEntry.Reason.NOTHING
    brought_at = LONG_AGO


class OrderFactory(factory.django.DjangoModelFactory):
    """A payment of 50 € through the provider for trying out, started just now; `parts` by payment book."""

    class Meta:
        model = Order
        skip_postgeneration_save = True

    number = factory.Sequence(lambda n: f"{n:012}")
    managing_company = factory.SubFactory(CompanyFactory)
    person = factory.SubFactory(UserFactory)
    provider = "fake"
    amount = Decimal("50.00")
    is_test = True
    started_at = factory.LazyFunction(lambda: datetime.now(UTC))
    changed_at = factory.SelfAttribute("started_at")

    @factory.post_generation
    def parts(self: Any, create: bool, extracted: dict[PaymentBook, Decimal] | None, **kwargs: Any) -> None:
        for book, amount in (extracted or {}).items():
            OrderPart.objects.create(order=self, payment_book=book, amount=amount)


def _month_before(day: date) -> date:
    return date(day.year - 1, 12, 1) if day.month == 1 else date(day.year, day.month - 1, 1)


class MeterFactory(factory.django.DjangoModelFactory):
    """A cold water meter of a flat."""

    class Meta:
        model = Meter

    property = factory.SubFactory(PropertyFactory)
    serial = factory.Sequence(lambda n: f"{41820000 + n}")
    type = Meter.Type.COLD_WATER


class ReadingFactory(factory.django.DjangoModelFactory):
    """A monthly reading by a resident, which is also the last one on the meter's row."""

    class Meta:
        model = Reading

    meter = factory.SubFactory(MeterFactory)
    payment_book = factory.LazyAttribute(
        lambda r: BookFactory(managing_company=r.meter.managing_company, premises=[r.meter.property])
    )
    read_on = date(2026, 10, 20)
    period = factory.LazyAttribute(lambda r: r.read_on.replace(day=1))
    value = Decimal("100")
    declared_at = factory.LazyAttribute(
        lambda r: datetime(r.read_on.year, r.read_on.month, r.read_on.day, 12, tzinfo=UTC)
    )
    source = Reading.Source.RESIDENT

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **fields: Any) -> Reading:
        reading: Reading = super()._create(model_class, *args, **fields)
        meter = reading.meter
        if reading.replaced_at is None and (meter.last_on is None or meter.last_on <= reading.read_on):
            meter.last_value, meter.last_on = reading.value, reading.read_on
            meter.last_kind, meter.last_period = reading.kind, reading.period
            meter.last_book = reading.payment_book
            meter.save()
        return reading


class TopicFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Topic

    title = factory.Sequence(lambda n: f"Tema {n}")
    title_en = factory.Sequence(lambda n: f"Topic {n}")


class QuestionFactory(factory.django.DjangoModelFactory):
    """A published question for everybody, in both languages."""

    class Meta:
        model = Question

    topic = factory.SubFactory(TopicFactory)
    question = "Kur rasti sąskaitas?"
    answer = "Meniu pasirinkite „Sąskaitos“."
    question_en = "Where are my invoices?"
    answer_en = "Choose “Invoices” in the menu."


class AnnouncementFactory(factory.django.DjangoModelFactory):
    """A published announcement for all of a company; with `building` for that building."""

    class Meta:
        model = Announcement
        skip_postgeneration_save = True

    managing_company = factory.LazyAttribute(
        lambda a: a.building.managing_company if a.building else CompanyFactory()
    )
    building = None
    audience = factory.LazyAttribute(
        lambda a: "staircase" if a.staircase else "building" if a.building else "company"
    )
    staircase = ""
    title = factory.Sequence(lambda n: f"Pranešimas {n}")
    text = "Rūšiavimo konteineriai stovi už namo."
    published_at = factory.LazyFunction(lambda: datetime.now(UTC) - timedelta(hours=1))

    @factory.post_generation
    def properties(self: Any, create: bool, extracted: list[Property] | None, **kwargs: Any) -> None:
        if extracted is not None:
            self.properties.set(extracted)


class WorkFactory(factory.django.DjangoModelFactory):
    """A published work that is planned for next week."""

    class Meta:
        model = Work

    building = factory.SubFactory(BuildingFactory)
    title = factory.Sequence(lambda n: f"Darbas {n}")
    starts_on = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=7))
    published_at = factory.LazyFunction(lambda: datetime.now(UTC) - timedelta(hours=1))


class AttachmentFactory(factory.django.DjangoModelFactory):
    """A document of a work."""

    class Meta:
        model = Attachment

    title = "Darbų aktas"
    name = "aktas.pdf"
    content_type = "application/pdf"
    file = factory.LazyAttribute(lambda a: ContentFile(b"%PDF-1.7", name="aktas.pdf"))
    size = 180_000


class BuildingFileFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = BuildingFile

    building = factory.SubFactory(BuildingFactory)
    kind = BuildingFile.Kind.MINUTES
    year = 2026
    title = factory.Sequence(lambda n: f"Protokolas {n}")
    name = "protokolas.pdf"
    content_type = "application/pdf"
    file = factory.LazyAttribute(lambda f: ContentFile(b"%PDF-1.7", name="protokolas.pdf"))
    size = 1_400_000
    added_on = factory.LazyFunction(timezone.localdate)


class CatalogueItemFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = CatalogueItem

    managing_company = factory.SubFactory(CompanyFactory)
    title = factory.Sequence(lambda n: f"Paslauga {n}")
    price = "nuo 25 € už iškvietimą"


class RequestFactory(factory.django.DjangoModelFactory):
    """An order for the first of a book's premises, received just now."""

    class Meta:
        model = Request

    kind = Request.Kind.ORDER
    number = factory.Sequence(lambda n: n + 1)
    payment_book = factory.SubFactory(BookFactory)
    managing_company = factory.SelfAttribute("payment_book.managing_company")
    premises = factory.LazyAttribute(lambda r: r.payment_book.premises.first())
    item = factory.LazyAttribute(lambda r: CatalogueItemFactory(managing_company=r.managing_company))
    person = factory.SubFactory(UserFactory)
    text = "Teka maišytuvas virtuvėje."
    sent_at = factory.LazyFunction(lambda: datetime.now(UTC))
    deadline_on = factory.LazyAttribute(lambda r: r.sent_at.date())
    form_key = factory.LazyFunction(uuid.uuid4)
