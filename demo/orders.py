"""What the companies of the town offer, and what its people have asked for."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from accounts.models import User
from demo.places import COMPANIES, PAJURIS, Book, Company, books
from lithuanian.holidays import is_working_day, working_day_after
from meters.window import VILNIUS
from notifications.models import Letter
from properties.models import ManagingCompany, PaymentBook, Property
from services import requests
from services.models import CatalogueItem, Request
from services.requests import Place, Sender, Told, Wish

Icon = CatalogueItem.Icon


@dataclass(frozen=True)
class Service:
    """One tile of a catalogue, in both languages."""

    title: str
    title_en: str
    price: str
    price_en: str
    icon: str
    answer_days: int = 2
    description: str = ""
    description_en: str = ""


_CALL = ("nuo 25 € už iškvietimą", "from €25 a call")
_PRICE = (
    "Tikslią kainą pasakysime prieš pradėdami darbą.",
    "We tell the exact price before the work begins.",
)
CATALOGUE = (
    Service("Santechnikas", "Plumber", *_CALL, Icon.WATER, 1, *_PRICE),
    Service("Elektrikas", "Electrician", *_CALL, Icon.ELECTRICITY, 1, *_PRICE),
    Service(
        "Skaitiklio keitimas",
        "Replacing a meter",
        "nuo 38 € už vienetą",
        "from €38 each",
        Icon.METER,
        3,
        "Kaina su skaitikliu, darbu ir plombavimu.",
        "With the meter, the work and the seal.",
    ),
    Service(
        "Raktai ir telefonspynė",
        "Keys and intercom",
        "8 € už raktą",
        "€8 a key",
        Icon.KEY,
        3,
        "Telefonspynės raktą atnešime arba palauksime Jūsų įmonėje.",
        "We bring the intercom key, or you fetch it from us.",
    ),
    Service(
        "Pažymos",
        "Certificates",
        "nemokamai, per 2 darbo dienas",
        "free of charge, in 2 working days",
        Icon.PAPER,
        2,
        "Apie įsiskolinimą, gyvenamąją vietą ar namo būklę.",
        "About debts, the place of residence or the state of the house.",
    ),
)


def furnish(*, today: date, at: datetime) -> None:
    """Give each company its catalogue, and the town its requests; what is there already stays."""
    for company in COMPANIES:
        _offer(company)
    if Request.objects.filter(managing_company__company_code=PAJURIS.code).exists():
        return
    _ask(today=today, now=at)
    # What is days old was told days ago.
    Letter.objects.filter(kind__in=("request_step", "request_for_staff"), sent_at__isnull=True).delete()


def _offer(company: Company) -> None:
    stored = ManagingCompany.objects.get(company_code=company.code)
    for position, service in enumerate(CATALOGUE):
        CatalogueItem.objects.get_or_create(
            managing_company=stored,
            title=service.title,
            defaults={
                "title_en": service.title_en,
                "price": service.price,
                "price_en": service.price_en,
                "icon": service.icon,
                "answer_days": service.answer_days,
                "description": service.description,
                "description_en": service.description_en,
                "position": position,
            },
        )


def _ask(*, today: date, now: datetime) -> None:
    """Send what was sent, oldest first, so that numbers follow the days."""
    open_books = {book.payer_code: book for book in books(today=today) if book.closed_on is None}
    _keys(open_books["KN-0419 23-42"], today=today, now=now)
    _bakery(open_books["KN-0418 22-K1"], today=today, now=now)
    _tap(open_books["KN-0418 22-15"], today=today, now=now)
    _neighbour(today=today)
    _lamp(open_books["KN-0418 22-15"], today=today, now=now)


def _keys(book: Book, *, today: date, now: datetime) -> None:
    """Done half a month ago."""
    birute, clerk = _person("birute"), _clerk()
    sent = _working(today, back=21)
    order = requests.order(
        item=_item(book, "Raktai ir telefonspynė"),
        place=_place(book),
        told=_told("Du telefonspynės raktai. Vienas pasimetė, kitas dukrai."),
        wish=Wish(),
        by=birute,
        at=now,
    )
    _was_sent(order, at=_at(sent, 9, 12))
    requests.assign(
        asked=order, name="Rimantas Raktininkėlis", phone="+370 700 00022", told=_told(""), by=clerk,
        at=_at(sent, 13, 40),
    )  # fmt: skip
    requests.finish(
        asked=order,
        told=_told("Raktus palikome pašto dėžutėje, 16 € įrašysime į kitą sąskaitą."),
        by=clerk,
        at=_at(_working(today, back=18), 15, 5),
    )


def _tap(book: Book, *, today: date, now: datetime) -> None:
    """The plumber comes on the next working day."""
    birute, clerk = _person("birute"), _clerk()
    sent = _working(today, back=3)
    order = requests.order(
        item=_item(book, "Santechnikas"),
        place=_place(book),
        told=_told("Teka maišytuvas virtuvėje. Laša net užsuktas, po kriaukle pastačiau indą."),
        wish=Wish(part=Request.DayPart.DAY),
        by=birute,
        at=now,
    )
    _was_sent(order, at=_at(sent, 18, 24))
    assigned = _working(today, back=2)
    requests.assign(
        asked=order, name="Algis Santechnikėlis", phone="+370 700 00021", told=_told(""), by=clerk,
        at=_at(assigned, 8, 35),
    )  # fmt: skip
    requests.schedule(
        asked=order,
        on=_working(today, ahead=1),
        start=time(14),
        end=time(16),
        told=_told("Ar maišytuvas su ištraukiamu snapu? Pasiimsiu tinkamą kasetę."),
        by=clerk,
        at=_at(assigned, 10, 2),
    )
    requests.write(
        asked=order, told=_told("Ne, paprastas, su viena rankena."), by=birute, at=_at(assigned, 12, 47)
    )


def _lamp(book: Book, *, today: date, now: datetime) -> None:
    """A fault of yesterday's evening that nobody has taken up."""
    fault = requests.report_fault(
        urgency=Request.Urgency.ORDINARY,
        place=_place(book),
        told=_told("Laiptinėje, trečiame aukšte, nedega šviesa."),
        wish=Wish(),
        by=_person("birute"),
        at=now,
    )
    _was_sent(fault, at=_at(today - timedelta(days=1), 20, 15))


def _bakery(book: Book, *, today: date, now: datetime) -> None:
    """An order of the neighbour on the ground floor."""
    clerk = _clerk()
    sent = _working(today, back=6)
    order = requests.order(
        item=_item(book, "Elektrikas"),
        place=_place(book),
        told=_told("Reikia papildomos rozetės prie vitrinos."),
        wish=Wish(part=Request.DayPart.MORNING),
        by=User.objects.get(email="buhalterija@pavyzdine-kepykla.example"),
        at=now,
    )
    _was_sent(order, at=_at(sent, 11, 30))
    requests.assign(
        asked=order, name="Linas Elektrikėlis", phone="+370 700 00023", told=_told(""), by=clerk,
        at=_at(_working(today, back=5), 9, 20),
    )  # fmt: skip


def _neighbour(*, today: date) -> None:
    """A question of somebody without an account."""
    requests.ask_without_account(
        company=ManagingCompany.objects.get(company_code=PAJURIS.code),
        told=_told("Ar galima savitarnoje gauti sąskaitas, jei butą tik nuomojuosi?"),
        sender=Sender(name="Vilma Klausutytė", email="vilma@pavyzdys.example", phone="+37070000106"),
        at=_at(_working(today, back=1), 16, 50),
    )


def _was_sent(asked: Request, *, at: datetime) -> None:
    """Say that it came then: the town's people have had their objects only since it was loaded."""
    days = asked.item.answer_days if asked.item else requests.FAULT_DAYS[Request.Urgency(asked.urgency)]
    due = working_day_after(at.date(), days=days)
    Request.objects.filter(pk=asked.pk).update(sent_at=at, deadline_on=due)


def _person(name: str) -> User:
    return User.objects.get(email=f"{name}@pavyzdys.example")


def _clerk() -> User:
    return User.objects.get(email="jurate@kiemonamai.example")


def _place(book: Book) -> Place:
    stored = PaymentBook.objects.select_related("managing_company").get(
        managing_company__company_code=book.company.code, payer_code=book.payer_code, opened_on=book.opened_on
    )
    return Place(book=stored, premises=Property.objects.filter(payment_books=stored).first())


def _item(book: Book, title: str) -> CatalogueItem:
    return CatalogueItem.objects.get(managing_company__company_code=book.company.code, title=title)


def _told(text: str) -> Told:
    return Told(text=text, form_key=_key(text))


def _key(text: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"demo {text}")


def _at(day: date, hour: int, minute: int) -> datetime:
    return datetime.combine(day, time(hour, minute, tzinfo=VILNIUS))


def _working(today: date, *, back: int = 0, ahead: int = 0) -> date:
    """Return the day so many working days before or after today."""
    step, left = (1, ahead) if ahead else (-1, back)
    day = today
    while left:
        day += timedelta(days=step)
        left -= is_working_day(day)
    return day
