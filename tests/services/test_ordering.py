"""Ordering, reporting a fault and what comes of it, through the pages and on real PostgreSQL."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone
from PIL import Image

from accounts.models import User
from notifications.models import Letter
from properties.models import Access, ManagingCompany, PaymentBook
from services import requests
from services.models import CatalogueItem, Message, Photo, Request
from tests import tables
from tests.factories import BookFactory, CatalogueItemFactory, CompanyFactory, RequestFactory
from tests.services.conftest import photo, typed

ClientFor = Callable[[User], Client]
# A Friday.
AT = datetime(2026, 11, 20, 12, 0, tzinfo=ZoneInfo("Europe/Vilnius"))


def letters(kind: str) -> list[str]:
    return list(Letter.objects.filter(kind=kind).order_by("pk").values_list("address", flat=True))


def order(client: Client, item: CatalogueItem, book: PaymentBook, **fields: Any) -> Any:
    return client.post(f"/services/order/{item.pk}", typed(book, **fields))


def test_an_order_is_kept_with_its_number_and_its_deadline(
    client_for: ClientFor, holder: User, book: PaymentBook, item: CatalogueItem
) -> None:
    with time_machine.travel(AT, tick=False):
        response = order(
            client_for(holder),
            item,
            book,
            photos=[photo(), photo()],
            wished_on="2026-11-24",
            text="Teka. Labai.",
        )
    made = Request.objects.get()
    assert (response.status_code, response.headers["Location"]) == (302, f"/services/requests/{made.pk}")
    assert (made.code, made.kind, made.state, made.person, made.title) == (
        "P-0001",
        "order",
        "received",
        holder,
        "Teka",
    )
    assert (made.payment_book, made.premises, made.item) == (book, book.premises.get(), item)
    assert (made.wished_part, made.wished_on) == ("morning", date(2026, 11, 24))
    # Two working days after a Friday.
    assert made.deadline_on == date(2026, 11, 24)
    assert [one.place for one in made.photos.all()] == [1, 2]
    assert letters("request_for_staff") == [book.managing_company.email]
    page = client_for(holder).get(f"/services/requests/{made.pk}").content.decode()
    assert "Nr. P-0001" in page
    assert "P-0001" in client_for(holder).get("/services").content.decode()


def test_the_same_press_makes_one_order_and_another_text_another(
    client_for: ClientFor, holder: User, book: PaymentBook, item: CatalogueItem
) -> None:
    client = client_for(holder)
    first, again = order(client, item, book), order(client, item, book)
    assert first.headers["Location"] == again.headers["Location"]
    order(client, item, book, text="Teka ir vonioje.")
    assert sorted(Request.objects.values_list("number", flat=True)) == [1, 2]
    assert len(letters("request_for_staff")) == 2


def test_numbers_are_of_each_company(
    client_for: ClientFor, holder: User, book: PaymentBook, item: CatalogueItem
) -> None:
    RequestFactory(number=41, managing_company=book.managing_company, payment_book=book)
    RequestFactory(number=700)
    order(client_for(holder), item, book)
    assert Request.objects.get(person=holder).number == 42


@pytest.mark.parametrize(
    "what", ["other_s_object", "other_s_premises", "closed", "guest_declares", "nonsense"]
)
def test_for_what_is_not_one_s_own_nothing_is_ordered(
    what: str,
    client_for: ClientFor,
    holder: User,
    guest_declares: User,
    stranger: User,
    book: PaymentBook,
    item: CatalogueItem,
) -> None:
    other = Access.objects.get(person=stranger).payment_book
    place, person = f"{book.pk}-{book.premises.get().pk}", holder
    if what == "other_s_object":
        place = f"{other.pk}-{other.premises.get().pk}"
    elif what == "other_s_premises":
        place = f"{book.pk}-{other.premises.get().pk}"
    elif what == "nonsense":
        place = "9" * 40
    elif what == "guest_declares":
        person = guest_declares
    else:
        PaymentBook.objects.filter(pk=book.pk).update(closed_on=timezone.localdate() - timedelta(days=1))
    client, before = client_for(person), tables.state()
    response = order(client, item, book, place=place)
    # Who may order for nothing of this company does not find what it offers.
    assert response.status_code == (404 if what in {"closed", "guest_declares"} else 200)
    assert tables.state() == before
    if response.status_code == 200:
        assert "Pasirinkite objektą iš sąrašo." in response.content.decode()
        # What was typed is still there.
        assert "Teka maišytuvas." in response.content.decode()
        assert order(client, item, book).status_code == 302


def test_only_what_is_offered_at_one_s_company_is_there(
    client_for: ClientFor, holder: User, book: PaymentBook, item: CatalogueItem
) -> None:
    client = client_for(holder)
    foreign = CatalogueItemFactory()
    assert client.get(f"/services/order/{foreign.pk}").status_code == 404
    assert client.get(f"/services/order/{item.pk}").status_code == 200
    CatalogueItem.objects.update(is_offered=False)
    assert client.get(f"/services/order/{item.pk}").status_code == 404
    assert order(client, item, book).status_code == 404
    page = client.get("/services").content.decode()
    assert "užsakymų savitarnoje nepriima" in page
    assert "/contact" in page


def test_a_fault_is_told_first_whom_to_call(
    client_for: ClientFor, holder: User, book: PaymentBook, item: CatalogueItem
) -> None:
    client = client_for(holder)
    page = client.get("/services/fault").content.decode()
    assert page.index("tel:+37070000001") < page.index("<textarea")
    with time_machine.travel(AT, tick=False):
        client.post("/services/fault", typed(book, urgency="urgent"))
    made = Request.objects.get()
    # One working day after a Friday.
    assert (made.kind, made.urgency, made.deadline_on) == ("fault", "urgent", date(2026, 11, 23))


@pytest.mark.parametrize(
    ("wished_on", "words"),
    [
        ("2026-11-19", "Ši diena jau praėjo"),
        ("2027-06-01", "per artimiausius tris"),
        ("rytoj", "Įrašykite metus"),
    ],
)
def test_a_day_that_cannot_be(
    wished_on: str, words: str, client_for: ClientFor, holder: User, book: PaymentBook, item: CatalogueItem
) -> None:
    with time_machine.travel(AT, tick=False):
        response = order(client_for(holder), item, book, wished_on=wished_on)
    assert words in response.content.decode()
    assert not Request.objects.exists()


def test_twenty_a_day_are_enough(
    client_for: ClientFor, holder: User, book: PaymentBook, item: CatalogueItem
) -> None:
    fields = {"payment_book": book, "person": holder, "item": item}
    RequestFactory.create_batch(20, **fields)
    assert "Per parą išsiuntėte 20" in order(client_for(holder), item, book).content.decode()
    Request.objects.filter(pk=Request.objects.first().pk).update(sent_at=timezone.now() - timedelta(days=1))  # type: ignore[union-attr]
    assert order(client_for(holder), item, book).status_code == 302


# ── Photos ──────────────────────────────────────────────────────────────────────────────────────


def picture(mode: str = "RGB", **options: Any) -> bytes:
    out, colour = BytesIO(), "red" if mode == "RGB" else 0
    Image.new(mode, options.pop("size", (4, 4)), colour).save(out, options.pop("format", "JPEG"), **options)
    return out.getvalue()


def located() -> bytes:
    exif = Image.Exif()
    exif.get_ifd(0x8825)[2] = (55.0, 42.0, 0.0)
    exif[0x0110] = "SLAPTA KAMERA"
    return picture(exif=exif)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<html><script>alert(1)</script></html>", "nuotrauk"),
        (b"\xff\xd8" + b"\0" * (40 * 1024 * 1024), "15 MB"),
        (picture("1", size=(20_000, 15_000), format="PNG"), "megapiks"),
    ],
    ids=["html", "40 MB", "300 megapixels"],
)
def test_a_photo_that_is_none(
    content: bytes,
    words: str,
    client_for: ClientFor,
    holder: User,
    book: PaymentBook,
    item: CatalogueItem,
    uploads: Path,
) -> None:
    response = order(client_for(holder), item, book, photos=[photo(), photo(content)])
    assert response.status_code == 200
    page = response.content.decode()
    assert words in page
    assert "Teka maišytuvas." in page
    assert not Request.objects.exists()
    assert not list(uploads.rglob("*.jpg"))


def test_six_photos_are_too_many_and_photos_are_asked_for_again(
    client_for: ClientFor, holder: User, book: PaymentBook, item: CatalogueItem
) -> None:
    client = client_for(holder)
    assert (
        "ne daugiau kaip 5" in order(client, item, book, photos=[photo() for _ in range(6)]).content.decode()
    )
    assert "iš naujo" in order(client, item, book, text="", photos=[photo()]).content.decode()


def test_photos_are_kept_without_a_location_and_shown_to_few(
    client_for: ClientFor,
    holder: User,
    co_holder: User,
    guest: User,
    stranger: User,
    staff_a: User,
    staff_b: User,
    book: PaymentBook,
    item: CatalogueItem,
    uploads: Path,
) -> None:
    order(client_for(guest), item, book, photos=[photo(located())])
    [file] = uploads.rglob("*.jpg")
    assert b"SLAPTA" not in file.read_bytes()
    with Image.open(file) as kept:
        assert not kept.getexif()
    address = f"/services/photos/{Photo.objects.get().pk}"
    for person in (guest, holder, co_holder, staff_a):
        response = client_for(person).get(address)
        assert (response.status_code, response.headers["Content-Type"]) == (200, "image/jpeg")
        assert response.content == file.read_bytes()
    for person in (stranger, staff_b):
        assert client_for(person).get(address).status_code == 404
    Access.objects.filter(person=guest).update(ends_at=timezone.now())
    assert client_for(guest).get(address).status_code == 404


# ── To and fro ──────────────────────────────────────────────────────────────────────────────────


def test_who_ordered_acts_and_the_holder_reads(
    client_for: ClientFor, holder: User, guest: User, stranger: User, book: PaymentBook, item: CatalogueItem
) -> None:
    order(client_for(guest), item, book)
    address = f"/services/requests/{Request.objects.get().pk}"
    assert client_for(holder).get(address).status_code == 200
    assert "Ieva Svetimavičė" in client_for(holder).get("/services").content.decode()
    assert client_for(stranger).get(address).status_code == 404
    for person in (holder, stranger):
        client, before = client_for(person), tables.state()
        for button in ("write", "cancel", "time", "reopen"):
            answer = client.post(f"{address}/{button}", {"text": "x", "wished_part": "day"})
            assert answer.status_code == 404
        assert tables.state() == before
    assert client_for(guest).post(f"{address}/write", {"text": "Kada?"}).status_code == 302
    assert client_for(guest).post(f"{address}/time", {"wished_part": "evening"}).status_code == 302
    assert client_for(guest).post(f"{address}/cancel").status_code == 302
    assert [one.deed for one in Message.objects.all()] == ["written", "time_wished", "cancelled"]
    request = Request.objects.get()
    assert (request.state, request.wished_part) == ("cancelled", "evening")
    assert len(letters("request_for_staff")) == 4


def test_a_message_pressed_twice_is_one(
    client_for: ClientFor, holder: User, book: PaymentBook, item: CatalogueItem
) -> None:
    request = RequestFactory(payment_book=book, person=holder, item=item)
    told = {"text": "Kada atvyksite?", "form_key": "22222222-2222-4222-8222-222222222222"}
    for _ in range(2):
        client_for(holder).post(f"/services/requests/{request.pk}/write", told | {"photos": [photo()]})
    assert (Message.objects.count(), Photo.objects.count()) == (1, 1)


@pytest.mark.parametrize(("days", "status"), [(14, 302), (15, 200)])
@pytest.mark.parametrize("button", ["write", "reopen"])
def test_what_is_done_may_be_answered_and_opened_for_fourteen_days(
    button: str,
    days: int,
    status: int,
    client_for: ClientFor,
    holder: User,
    book: PaymentBook,
    item: CatalogueItem,
) -> None:
    with time_machine.travel(AT, tick=False):
        closed_at = timezone.now() - timedelta(days=days)
        request = RequestFactory(
            payment_book=book, person=holder, item=item, state="done", closed_at=closed_at
        )
        response = client_for(holder).post(f"/services/requests/{request.pk}/{button}", {"text": "Vėl teka."})
    assert response.status_code == status
    request.refresh_from_db()
    assert Message.objects.count() == (1 if status == 302 else 0)
    if status == 200:
        assert "Užsakykite iš naujo" in response.content.decode()
        assert request.state == "done"
    elif button == "reopen":
        assert (request.state, request.closed_at, request.deadline_on) == (
            "received",
            None,
            date(2026, 11, 24),
        )


def test_what_is_cancelled_is_not_opened_again(
    client_for: ClientFor, holder: User, book: PaymentBook, item: CatalogueItem
) -> None:
    request = RequestFactory(
        payment_book=book, person=holder, item=item, state="cancelled", closed_at=timezone.now()
    )
    client, before = client_for(holder), tables.state()
    # What is gone already counts as done, so that a second window says nothing else than the first.
    for button, status in (("reopen", 200), ("cancel", 302), ("time", 200)):
        address = f"/services/requests/{request.pk}/{button}"
        answer = client.post(address, {"text": "x", "wished_part": "day"})
        assert answer.status_code == status
    assert tables.state() == before


def test_after_the_sale_one_s_own_order_is_only_read(
    client_for: ClientFor, holder: User, book: PaymentBook, item: CatalogueItem
) -> None:
    request = RequestFactory(payment_book=book, person=holder, item=item)
    address = f"/services/requests/{request.pk}"
    PaymentBook.objects.filter(pk=book.pk).update(closed_on=timezone.localdate() - timedelta(days=1))
    assert client_for(holder).get(address).status_code == 200
    assert client_for(holder).post(f"{address}/write", {"text": "x"}).status_code == 404


# ── The side of staff ───────────────────────────────────────────────────────────────────────────


def does(client: Client, request: Request, deed: str, **fields: Any) -> Any:
    return client.post(f"/admin/services/request/{request.pk}/change/", {"deed": deed, **fields})


def test_staff_bring_an_order_to_its_end_and_each_step_is_a_letter(
    client_for: ClientFor, holder: User, staff_a: User, book: PaymentBook, item: CatalogueItem
) -> None:
    request = RequestFactory(payment_book=book, person=holder, item=item)
    client = client_for(staff_a)
    assert does(client, request, "written", message="Atvyksime.").status_code == 302
    master = {"in_charge_name": "Algis Meistraitis", "in_charge_phone": "+370 600 00001"}
    assert does(client, request, "assigned", **master).status_code == 302
    day = timezone.localdate() + timedelta(days=1)
    visit = {"visit_on": day.isoformat(), "visit_from": "14:00", "visit_to": "16:00"}
    assert does(client, request, "scheduled", **visit).status_code == 302
    request.refresh_from_db()
    assert (request.state, request.in_charge_name) == ("scheduled", "Algis Meistraitis")
    assert (request.visit_on, request.visit_from, request.visit_to) == (day, time(14), time(16))
    page = client_for(holder).get(f"/services/requests/{request.pk}").content.decode()
    for words in (
        "Meistras atvyks rytoj",
        "14–16\u00a0val.",
        "Algis Meistraitis",
        "tel:+37060000001",
        "Atvyksime.",
    ):
        assert words in page
    assert does(client, request, "done", message="Pakeitėme tarpinę.").status_code == 302
    request.refresh_from_db()
    assert request.state == "done"
    assert letters("request_step") == [holder.email] * 4
    # What is over stays over, but may be answered.
    assert does(client, request, "refused", message="Ne.").status_code == 302
    assert does(client, request, "written", message="Ačiū.").status_code == 302
    request.refresh_from_db()
    assert request.state == "done"
    assert Message.objects.filter(deed="refused").count() == 0


@pytest.mark.parametrize(
    ("deed", "fields"),
    [
        ("", {}),
        ("written", {}),
        ("refused", {"message": " "}),
        ("assigned", {}),
        ("scheduled", {"visit_on": "2199-01-01"}),
        ("scheduled", {"visit_on": "2199-01-01", "visit_from": "16:00", "visit_to": "14:00"}),
        ("cancelled", {"message": "x"}),
    ],
)
def test_a_deed_needs_its_words(
    deed: str,
    fields: dict[str, str],
    client_for: ClientFor,
    staff_a: User,
    book: PaymentBook,
    item: CatalogueItem,
) -> None:
    request = RequestFactory(payment_book=book, item=item)
    client, before = client_for(staff_a), tables.state()
    assert does(client, request, deed, **fields).status_code == 200
    assert tables.state() == before


def test_a_visit_is_not_in_the_past(
    client_for: ClientFor, staff_a: User, book: PaymentBook, item: CatalogueItem
) -> None:
    request = RequestFactory(payment_book=book, item=item)
    yesterday = timezone.localdate() - timedelta(days=1)
    visit = {"visit_on": yesterday.isoformat(), "visit_from": "14:00", "visit_to": "16:00"}
    answer = does(client_for(staff_a), request, "scheduled", **visit)
    assert answer.headers["Location"] == f"/admin/services/request/{request.pk}/change/"
    request.refresh_from_db()
    assert (request.state, request.visit_on) == ("received", None)


def test_the_queue_shows_what_is_due_first_and_marks_what_is_late(
    client_for: ClientFor, staff_a: User, book: PaymentBook, item: CatalogueItem
) -> None:
    today = timezone.localdate()
    fields = {"payment_book": book, "item": item}
    later = RequestFactory(deadline_on=today, **fields)
    late = RequestFactory(deadline_on=today - timedelta(days=1), **fields)
    RequestFactory(deadline_on=today - timedelta(days=9), state="done", closed_at=timezone.now(), **fields)
    client = client_for(staff_a)
    shown = client.get("/admin/services/request/")
    assert [row.pk for row in shown.context["cl"].result_list] == [late.pk, later.pk]
    assert shown.content.decode().count("vėluojama") == 1
    shown = client.get("/admin/services/request/?state=overdue")
    assert [row.pk for row in shown.context["cl"].result_list] == [late.pk]
    shown = client.get(f"/admin/services/request/?state=all&q={late.code}")
    assert [row.pk for row in shown.context["cl"].result_list] == [late.pk]


def test_a_company_without_an_email_gets_no_letter(
    client_for: ClientFor, holder: User, book: PaymentBook, item: CatalogueItem
) -> None:
    ManagingCompany.objects.update(email="")
    assert order(client_for(holder), item, book).status_code == 302
    assert not letters("request_for_staff")


def test_emergency_phones_are_of_the_companies_of_one_s_objects(
    client_for: ClientFor, holder: User, book: PaymentBook, item: CatalogueItem
) -> None:
    CompanyFactory(emergency_phone="+370 700 99999")
    BookFactory(managing_company__emergency_phone="+370 700 88888")
    page = client_for(holder).get("/services").content.decode()
    assert "tel:+37070000001" in page
    assert "99999" not in page
    assert "88888" not in page


def test_the_rule_itself_asks_whose_object_it_is(
    holder: User, stranger: User, book: PaymentBook, item: CatalogueItem
) -> None:
    """A page may have been open since before the access ended."""
    place = requests.Place(book=book, premises=book.premises.get())
    other = Access.objects.get(person=stranger).payment_book.premises.get()
    given: dict[str, Any] = {"item": item, "wish": requests.Wish(), "at": timezone.now()}
    told = requests.Told(text="Teka.", form_key=uuid4())
    for by, where in ((stranger, place), (holder, requests.Place(book=book, premises=other))):
        with pytest.raises(ValidationError) as refused:
            requests.order(place=where, told=told, by=by, **given)
        assert refused.value.code == "not_yours"
    assert requests.order(place=place, told=told, by=holder, **given).code == "P-0001"


def test_whoever_may_not_order_still_has_whom_to_call(
    client_for: ClientFor, guest_declares: User, former_holder: User, newcomer: User, item: CatalogueItem
) -> None:
    for address in ("/services", "/services/fault"):
        assert "tel:+37070000001" in client_for(guest_declares).get(address).content.decode()
        # What is sold is no longer theirs to worry about.
        assert "tel:+37070000001" not in client_for(former_holder).get(address).content.decode()
    for person in (guest_declares, former_holder):
        body = client_for(person).get("/services").content.decode()
        assert "paslaugų užsakyti negalite" in body
        assert f"/services/order/{item.pk}" not in body
    assert "/client-information#knygeles" in client_for(newcomer).get("/services").content.decode()


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Teka kranas. Laša nuo vakar.", "Teka kranas"),
        (
            "Buto Nr. 5 balkone, 3 a. Kauno pusėje, teka. Labai.",
            "Buto Nr. 5 balkone, 3 a. Kauno pusėje, teka",
        ),
        ("Sausio 5 d. Neveikė liftas", "Sausio 5 d. Neveikė liftas"),
        ("Ar galite? Labai reikia", "Ar galite"),
        ("...\nTeka", "Santechnikas"),
        ("😀", "Santechnikas"),
        ("<b>" + "a" * 200, "<b>" + "a" * 76 + "…"),
    ],
)
def test_a_request_is_headed_by_its_first_sentence(text: str, title: str, item: CatalogueItem) -> None:
    assert Request(kind="order", item=item, text=text).title == title
