"""A month of reminders, step by step, each step a process that can be killed: `python -m tests.drills.month STEP …`.

The hours are the drill's own: everything is told what time it is.
"""

import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import django

OBJECTS = 3
PERIOD = date(2026, 11, 1)
# What people of each of five groups do, see the drill.
GROUPS = 5


def make(people: int) -> None:
    """Fill the database: everybody holds three flats with a meter each, in houses of sixty flats."""
    from accounts.models import User
    from meters.models import Meter
    from properties.models import Access, BookPremises, Building, ManagingCompany, PaymentBook, Property

    company = ManagingCompany(company_code="300000017", name="Mėnesio namai", declares_readings=True)
    company.save()
    flats = people * OBJECTS
    houses = Building.objects.bulk_create(
        derived(Building(managing_company=company, city="Klaipėda", street="Liepų g.", house=str(n + 1)))
        for n in range(flats // 60 + 1)
    )
    persons = User.objects.bulk_create(
        [User(email=f"nr{n}@pastas.example", first_name="Rasa", password="!") for n in range(people)], 1000
    )
    places = Property.objects.bulk_create(
        [
            derived(Property(building=houses[n // 60], kind="flat", unit=str(n % 60 + 1)))
            for n in range(flats)
        ],
        1000,
    )
    books = PaymentBook.objects.bulk_create(
        [
            derived(
                PaymentBook(
                    managing_company=company, payer_code=f"M-{n}", payer_name="R", payer_kind="person"
                )
            )
            for n in range(flats)
        ],
        1000,
    )
    since = datetime(2020, 1, 1, tzinfo=UTC)
    BookPremises.objects.bulk_create(
        [BookPremises(payment_book=book, property=place) for book, place in zip(books, places, strict=True)],
        1000,
    )
    Access.objects.bulk_create(
        [
            Access(person=persons[n // OBJECTS], payment_book=book, starts_at=since)
            for n, book in enumerate(books)
        ],
        1000,
    )
    Meter.objects.bulk_create(
        [derived(Meter(property=place, serial=f"M{n}", type="cold_water")) for n, place in enumerate(places)],
        1000,
    )


def derived(row):
    """Set what `save` would."""
    row.derive_keys()
    return row


def declare(group: int, objects: int, at: datetime) -> None:
    """Let everybody of a group declare so many of their objects at that moment."""
    from meters.models import Meter, Reading
    from properties.models import BookPremises

    rows = BookPremises.objects.order_by("property_id").values_list("property_id", "payment_book_id")
    books = dict(rows)
    meters = Meter.objects.order_by("pk").values_list("pk", "property_id", "managing_company_id")
    Reading.objects.bulk_create(
        [
            Reading(
                meter_id=meter,
                payment_book_id=books[place],
                managing_company_id=company,
                period=PERIOD,
                value=Decimal(100),
                read_on=at.date(),
                declared_at=at,
                source="resident",
            )
            for n, (meter, place, company) in enumerate(meters)
            if n // OBJECTS % GROUPS == group and n % OBJECTS < objects
        ],
        1000,
    )


def refuse(every: int, at: datetime) -> None:
    """Let every so manyth person turn reminders off."""
    from accounts.models import User
    from notifications import choices

    emails = User.objects.order_by("pk").values_list("email", flat=True)
    for email in emails[every - 1 :: every]:
        choices.refuse(address=email, topic="meters", at=at)


def post(at: datetime) -> None:
    """Post what is due, as the worker's task does."""
    from meters import reminders

    print(reminders.post_due(at=at))


def send(at: datetime) -> None:
    """Sweep minute by minute until nothing waits, as the worker's task does."""
    from notifications import outbox
    from notifications.models import Letter

    while Letter.objects.filter(sent_at=None, dropped_at=None).exists():
        at += timedelta(minutes=1)
        for letter in outbox.overdue(at=at):
            outbox.send(letter_id=letter, at=at)


def send_blindly(at: datetime) -> None:
    """Send without asking whether a letter is still wanted: a control."""
    from meters.reminders import Told
    from notifications import letters

    for told in Told:
        kind = letters.kind_named(told)
        letters.register(letters.Kind(kind.name, kind.template, words=said_of_nothing))
    send(at)


def said_of_nothing(context: dict[str, object]) -> dict[str, object]:
    """Return no words: a control need not be well written."""
    return {}


def send_without_outbox(at: datetime) -> None:
    """Write to everybody in a loop and remember nothing: a control."""
    from accounts.models import User
    from notifications.compose import compose

    for email in User.objects.order_by("pk").values_list("email", flat=True):
        compose(template="account/email/unknown_account", to=email, language="lt", context={}).send()


if __name__ == "__main__":
    django.setup()
    step, *words = sys.argv[1:]
    if step == "make":
        make(int(words[0]))
    elif step == "declare":
        declare(int(words[0]), int(words[1]), datetime.fromisoformat(words[2]))
    elif step == "refuse":
        refuse(int(words[0]), datetime.fromisoformat(words[1]))
    else:
        steps = {"post": post, "send": send, "blind": send_blindly, "loop": send_without_outbox}
        for word in words:
            steps[step](datetime.fromisoformat(word))
