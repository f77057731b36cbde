"""One row of everything at company A, and what of it strangers may never be shown."""

import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

from django.core.files.base import ContentFile
from django.db import connection
from django.db.models import Model
from django.utils import timezone
from PIL import Image

from accounts.models import User
from files.documents import Document
from guide.models import Question, Topic
from imports.models import ImportRun
from invoices import payer_links
from invoices.models import InvoiceRevision
from invoices.references import reference_for_book, reference_for_invoice
from meters.models import LateWindow, ReadingCase, ReadingPhoto
from notifications import choices, feeds
from notifications.models import FeedKey, Letter, Refusal
from properties.models import (
    Access,
    Claim,
    LinkRequest,
    PayerCodeAlias,
    PayerCorrection,
    PaymentBook,
    Property,
)
from services.models import CatalogueItem, Message, Photo, Request
from tests.factories import (
    AnnouncementFactory,
    AttachmentFactory,
    BalanceFactory,
    BankEntryFactory,
    BuildingFileFactory,
    InvoiceFactory,
    LineFactory,
    MeterFactory,
    OfferFactory,
    OrderFactory,
    PaymentFactory,
    ReadingFactory,
    UserFactory,
    WorkFactory,
)
from voting import ballots, closing, documents, electorate
from voting import paper as paper_ballots
from voting.models import Conflict, Elector, PaperBallot, Result, Vote, VoteDocument


@dataclass
class Estate:
    """One object of each kind of a company, by model."""

    objects: dict[type[Model], Model]

    def __getitem__(self, model: type[Model]) -> Any:
        return self.objects[model]


# Each of these is in company A's rows and nowhere else.
SECRETS = (
    "P-734177",
    "Slapta santechnika",
    "Pajūrio namai",
    "300000017",
    "Beržyno",
    "KN-0418",
    "SENAS-77",
    "Pavyzdien",
    "Klaidinga Pavardė",
    "birute@pastas.example",
    "SF-SLAPTA-1",
    "BANKAS-SLAPTAS-1",
    "SLAPTAS77777",
    "23,45",
    "Slapta paslauga",
    "987,65",
    "432,10",
    "76,54",
    "76.54",
    "registras-slaptas.csv",
    "PRASYMAS-5",
    "prasytoja@pastas.example",
    "slapta.dukra@pastas.example",
    "SLAPTAS-41",
    "5\u00a0432,1",
    "5432.1",
    "5432,1",
    "2019-07",
    "Slaptas pranešimas",
    "Slapti darbai",
    "SLAPTAS-AKTAS",
    "Slaptas planas",
    "SLAPTAS-PLANAS",
    "Slaptas klausimas",
    "Slaptas balsavimas",
    "slaptam remontui",
    "SLAPTA-SAMATA",
)


def text_of(response: Any) -> str:
    """Return everything that an answer says, headers included."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    headers = "".join(f"{name}: {value}" for name, value in response.headers.items())
    return (body.decode(errors="replace") + headers).replace("\\u017e", "ž").replace("\\u016b", "ū")


def secrets_in(response: Any) -> set[str]:
    """Return which of company A's secrets an answer holds."""
    text = text_of(response)
    return {secret for secret in SECRETS if secret in text}


def tiny_photo() -> bytes:
    """Return a picture of 4 × 4 pixels."""
    out = BytesIO()
    Image.new("RGB", (4, 4), "red").save(out, "JPEG")
    return out.getvalue()


def a_vote(place: Property, *, opened_at: datetime, lasts: timedelta) -> tuple[Vote, VoteDocument, Elector]:
    """Let the building of these premises vote, with a document and their one vote."""
    vote = Vote.objects.create(
        building=place.building,
        title="Slaptas balsavimas",
        opens_at=opened_at,
        closes_at=opened_at + lasts,
    )
    vote.questions.create(text="Ar pritariate slaptam remontui?")
    estimate = Document(
        name="Slapta sąmata.pdf", content_type="application/pdf", content=b"%PDF-1.7 SLAPTA-SAMATA"
    )
    document = documents.attach(vote=vote, document=estimate)
    electorate.open_vote(vote=vote, at=opened_at)
    return vote, document, vote.electors.get(premises=place)


def papers_of(elector: Elector, *, by: User, at: datetime) -> tuple[PaperBallot, Conflict]:
    """Let two ballots on paper come of the same premises, which say different things."""
    [question] = elector.vote.questions.all()
    for answer in ("for", "against"):
        scan = Document(name="b.pdf", content_type="application/pdf", content=f"%PDF-1.7 {answer}".encode())
        day = timezone.localdate(at)
        said = {str(question.pk): answer}
        slip = paper_ballots.enter(elector=elector, answers=said, received_on=day, scan=scan, by=by, at=at)
    return slip, elector.conflicts.get()


def everything_of(book: PaymentBook, access: Access, *, is_held: bool) -> Estate:
    """Give a payment book one row of everything."""
    company, place, now = book.managing_company, book.premises.get(), timezone.now()
    PayerCodeAlias.objects.create(
        payment_book=book, managing_company=company, payer_code="SENAS-77", payer_code_key="SENAS77"
    )
    PayerCorrection.objects.create(
        payment_book=book, old_name="Klaidinga Pavardė", new_name=book.payer_name, corrected_at=now
    )
    invoice = InvoiceFactory(
        payment_book=book,
        number="SF-SLAPTA-1",
        issued_on=timezone.localdate() - timedelta(days=40),
        due_on=timezone.localdate() - timedelta(days=10),
        charged=Decimal("987.65"),
        is_held=is_held,
        revision=2,
    )
    LineFactory(invoice=invoice, service="Slapta paslauga", amount=Decimal("987.65"))
    InvoiceRevision.objects.create(
        invoice=invoice, revision=1, content={"service": "Slapta paslauga"}, replaced_at=now
    )
    # Made when it is first needed; here already, so that looking at an invoice changes nothing.
    reference_for_invoice(invoice=invoice)
    reference_for_book(book=book)
    link = payer_links.make(invoice=invoice, access=access.pk, at=now)
    payment = PaymentFactory(payment_book=book, bank_reference="BANKAS-SLAPTAS-1", amount=Decimal("432.10"))
    balance = BalanceFactory(payment_book=book, amount=Decimal("76.54"), as_of_on=date(2020, 1, 1))
    entry = BankEntryFactory(
        managing_company=company,
        bank_reference="BANKAS-SLAPTAS-1/2",
        amount=Decimal("432.10"),
        payer_name=book.payer_name,
        text=f"mok. kodas {book.payer_code}",
    )
    order = OrderFactory(
        number="SLAPTAS77777",
        managing_company=company,
        person=access.person,
        amount=Decimal("23.45"),
        parts={book: Decimal("23.45")},
        state="needs_review",
        reason="amount",
    )
    asker = UserFactory(email="prasytoja@pastas.example", first_name="Rita", last_name="Prašanti")
    asked = {"person": asker, "managing_company": company, "payer_code": "PRASYMAS-5"}
    claim = Claim.objects.create(**asked, payer_code_key="PRASYMAS5", made_at=now)
    request = LinkRequest.objects.create(
        **asked, payer_code_key="PRASYMAS5", payment_book=book, created_at=now
    )
    offer = OfferFactory(granted_by=access, email="slapta.dukra@pastas.example")
    meter = MeterFactory(property=place, serial="SLAPTAS-41", place="Slaptoji")
    reading = ReadingFactory(
        meter=meter,
        payment_book=book,
        read_on=timezone.localdate() - timedelta(days=40),
        value=Decimal("5432.1"),
    )
    photo = ReadingPhoto.objects.create(
        reading=reading,
        file=ContentFile(tiny_photo(), name="slaptas-skaitiklis.jpg"),
        added_by=access.person,
        added_at=now,
    )
    late = LateWindow.objects.create(
        meter=meter,
        period=date(2019, 7, 1),
        opens_at=datetime(2019, 8, 1, tzinfo=UTC),
        ends_at=datetime(2019, 8, 2, tzinfo=UTC),
    )
    case = ReadingCase.objects.create(
        meter=meter,
        payment_book=book,
        period=date(2019, 7, 1),
        value=Decimal("5432.1"),
        photo=ContentFile(tiny_photo(), name="slapta.jpg"),
        person=access.person,
        sent_at=now,
    )
    run = ImportRun.objects.create(
        kind="register",
        company_code=company.company_code,
        file_name="registras-slaptas.csv",
        started_at=now,
        finished_at=now,
        created=1,
        updated=0,
        unchanged=0,
        rejected=0,
    )
    letter = Letter.objects.create(
        kind="new_invoice",
        address="slapta@pastas.example",
        event=str(invoice.pk),
        language="lt",
        created_at=now,
        next_try_at=now,
        sent_at=now,
    )
    topic = Topic.objects.create(title="Slapta tema", title_en="Secret topic")
    question = Question.objects.create(
        topic=topic, managing_company=company, question="Slaptas klausimas", answer="Atsakymas"
    )
    # What is older than a month is no news: looking at it writes nothing down.
    told_at = now - timedelta(days=39)
    announcement = AnnouncementFactory(
        building=place.building, title="Slaptas pranešimas", published_at=told_at, text="Slapta žinia"
    )
    work = WorkFactory(building=place.building, title="Slapti darbai", published_at=told_at)
    attachment = AttachmentFactory(
        work=work, title="Slaptas aktas", file=ContentFile(b"%PDF-1.7 SLAPTAS-AKTAS", name="aktas.pdf")
    )
    paper = BuildingFileFactory(
        building=place.building,
        title="Slaptas planas",
        added_on=timezone.localdate(told_at),
        file=ContentFile(b"%PDF-1.7 SLAPTAS-PLANAS", name="planas.pdf"),
    )
    vote, document, elector = a_vote(place, opened_at=now - timedelta(days=36), lasts=timedelta(days=50))
    slip, conflict = papers_of(elector, by=access.person, at=now)
    counted, _document, voter = a_vote(place, opened_at=told_at, lasts=timedelta(days=2))
    answers = {str(asked.pk): "for" for asked in counted.questions.all()}
    ballots.cast(elector=voter, answers=answers, by=access.person, at=told_at + timedelta(days=1))
    closing.close(vote=counted, at=told_at + timedelta(days=3))
    choices.refuse(address="slapta@pastas.example", topic="invoices", at=now)
    feeds.renew(person=access.person, at=now)
    # The letters of these votes wait in the queue; its own pages are looked at as they are when it is empty.
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_events")
        cursor.execute("DELETE FROM procrastinate_jobs")
    objects = (
        *ordered_for(book, access, at=now),
        FeedKey.objects.get(person=access.person),
        Refusal.objects.get(),
        company,
        place.building,
        place,
        book,
        access,
        invoice,
        payment,
        entry,
        order,
        link,
        balance,
        run,
        claim,
        request,
        offer,
        letter,
        meter,
        reading,
        photo,
        late,
        case,
        announcement,
        work,
        attachment,
        paper,
        topic,
        question,
        vote,
        document,
        elector,
        Result.objects.get(question__vote=counted),
        slip,
        conflict,
    )
    return Estate({type(row): row for row in objects} | {User: access.person})


def ordered_for(book: PaymentBook, access: Access, *, at: datetime) -> tuple[Any, ...]:
    """Return an order of the access's person, with its service, a message and a photo."""
    item = CatalogueItem.objects.create(managing_company=book.managing_company, title="Slapta santechnika")
    ordered = Request.objects.create(
        kind=Request.Kind.ORDER,
        number=734177,
        managing_company=book.managing_company,
        payment_book=book,
        premises=book.premises.get(),
        item=item,
        person=access.person,
        text="Slaptas gedimas",
        sent_at=at,
        deadline_on=timezone.localdate(at),
        form_key=uuid.uuid4(),
    )
    message = Message.objects.create(
        request=ordered,
        by=access.person,
        is_of_staff=False,
        text="Slapta žinutė",
        written_at=at,
        form_key=uuid.uuid4(),
    )
    file = ContentFile(tiny_photo(), name="slapta.jpg")
    return item, ordered, message, Photo.objects.create(request=ordered, place=1, file=file)
