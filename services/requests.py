"""What becomes of an order, a fault or a question: sent once, answered, arranged, done, opened again."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from files.documents import stored
from lithuanian.holidays import working_day_after
from properties.capabilities import Capability
from properties.models import BookPremises, ManagingCompany, PaymentBook, Property

from . import telling
from .models import CatalogueItem, Message, Photo, Request
from .wording import wish_words

Kind, State, Deed, Urgency = Request.Kind, Request.State, Message.Deed, Request.Urgency

# Working days until the answer; an emergency is for the same day, whatever day that is.
FAULT_DAYS = {Urgency.ORDINARY: 5, Urgency.URGENT: 1, Urgency.EMERGENCY: 0}
CONTACT_DAYS = 1
# Of one person, within 24 hours: a mistake or a machine beyond that.
MOST_REQUESTS_A_DAY, MOST_MESSAGES_A_DAY = 20, 60
# How far ahead a day may be wished for.
LATEST_WISH = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """For what an order or a fault is: a payment book and, where it has any, one of its premises."""

    book: PaymentBook
    premises: Property | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What came with one press of a form: words, photos ready to be kept, and the key that its page carried."""

    text: str
    form_key: uuid.UUID
    photos: Sequence[bytes] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """When it would suit; both may be left open."""

    part: str = ""
    on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Somebody without an account, as they named themselves."""

    name: str
    email: str
    phone: str = ""
    language: str = field(default="lt")


# ── Sent ────────────────────────────────────────────────────────────────────────────────────────


def order(*, item: CatalogueItem, place: Place, told: Told, wish: Wish, by: User, at: datetime) -> Request:
    """Order a service for an object; raise ValidationError not_yours, not_offered, past_day, late_day, too_many."""
    _check_place(place, by=by, at=at)
    _check_wish(wish, at=at)
    if not item.is_offered or item.managing_company_id != place.book.managing_company_id:
        raise ValidationError(_("This service is not offered for the chosen object."), code="not_offered")
    new = Request(kind=Kind.ORDER, item=item, wished_part=wish.part, wished_on=wish.on)
    return _send(new, place=place, told=told, by=by, days=item.answer_days, at=at)


def report_fault(*, urgency: str, place: Place, told: Told, wish: Wish, by: User, at: datetime) -> Request:
    """Report what is broken; raise ValidationError not_yours, past_day, late_day, too_many."""
    _check_place(place, by=by, at=at)
    _check_wish(wish, at=at)
    new = Request(kind=Kind.FAULT, urgency=urgency, wished_part=wish.part, wished_on=wish.on)
    return _send(new, place=place, told=told, by=by, days=FAULT_DAYS[Urgency(urgency)], at=at)


def ask(*, company: ManagingCompany, told: Told, by: User, at: datetime) -> Request:
    """Ask the company something, as somebody with an account; raise ValidationError too_many."""
    new = Request(kind=Kind.CONTACT, managing_company=company)
    return _send(new, place=None, told=told, by=by, days=CONTACT_DAYS, at=at)


def ask_without_account(*, company: ManagingCompany, told: Told, sender: Sender, at: datetime) -> Request:
    """Ask the company something; nobody looks whether the email has an account."""
    new = Request(
        kind=Kind.CONTACT,
        managing_company=company,
        name=sender.name,
        email=sender.email,
        phone=sender.phone,
        language=sender.language,
    )
    return _send(new, place=None, told=told, by=None, days=CONTACT_DAYS, at=at)


def _check_place(place: Place, *, by: User, at: datetime) -> None:
    books = PaymentBook.objects.visible_to(by, Capability.ORDER, at=at)
    of_the_book = BookPremises.objects.filter(payment_book=place.book, property=place.premises)
    if not books.filter(pk=place.book.pk).exists() or (place.premises and not of_the_book.exists()):
        raise ValidationError(_("Choose the object from the list."), code="not_yours")


def _check_wish(wish: Wish, *, at: datetime) -> None:
    today = timezone.localdate(at)
    if wish.on and wish.on < today:
        raise ValidationError(_("This day is over. Choose another."), code="past_day")
    if wish.on and wish.on > today + LATEST_WISH:
        raise ValidationError(_("Choose a day within three months."), code="late_day")


@transaction.atomic
def _send(
    new: Request, *, place: Place | None, told: Told, by: User | None, days: int, at: datetime
) -> Request:
    """Keep it under the company's next number; the same press again gives what the first one made."""
    if place:
        new.managing_company = place.book.managing_company
        new.payment_book, new.premises = place.book, place.premises
    # One at a time per company, so that numbers have no gaps; keys that point at it are not held up.
    company = ManagingCompany.objects.select_for_update(no_key=True).get(pk=new.managing_company_id)
    new.form_key = _press(told, by, new.kind, new.item_id, new.urgency, new.payment_book_id, new.premises_id)
    mine = Request.objects.filter(managing_company=company)
    if made := mine.filter(form_key=new.form_key).first():
        return made
    if by:
        _check_pace(by=by, at=at)
        new.person, new.language = by, by.language
    new.text = told.text
    new.number = (mine.aggregate(last=Max("number"))["last"] or 0) + 1
    new.sent_at = at
    new.deadline_on = working_day_after(timezone.localdate(at), days=days)
    new.save()
    _keep_photos(told, asked=new)
    telling.company(asked=new, what="new", at=at)
    return new


def _press(told: Told, *said: object) -> uuid.UUID:
    """Return the key of this press: what is typed anew into the same page is another one."""
    return uuid.uuid5(told.form_key, "\n".join([told.text, *map(str, said)]))


def _check_pace(*, by: User, at: datetime) -> None:
    if Request.objects.filter(person=by, sent_at__gt=at - timedelta(days=1)).count() >= MOST_REQUESTS_A_DAY:
        words = _("You have sent %(most)s requests within a day. Send the next one tomorrow, or call.")
        raise ValidationError(words % {"most": MOST_REQUESTS_A_DAY}, code="too_many")


def _keep_photos(told: Told, *, asked: Request, message: Message | None = None) -> None:
    for place, content in enumerate(told.photos, start=1):
        Photo.objects.create(request=asked, message=message, place=place, file=stored(content))


# ── What its person does ────────────────────────────────────────────────────────────────────────


@transaction.atomic
def write(*, asked: Request, told: Told, by: User, at: datetime) -> None:
    """Write to the company; raise ValidationError over when 14 days have passed since the end, too_many."""
    asked = _locked(asked)
    if not asked.is_answered(at=at):
        raise ValidationError(over_words(asked), code="over")
    _by_person(asked, Deed.WRITTEN, told=told, by=by, at=at)


@transaction.atomic
def cancel(*, asked: Request, by: User, form_key: uuid.UUID, at: datetime) -> None:
    """Call a request off, in a second window too; raise ValidationError closed."""
    asked, told = _locked(asked), Told(text="", form_key=form_key)
    if asked.state == State.CANCELLED:
        return
    _check_open(asked)
    _by_person(asked, Deed.CANCELLED, told=told, by=by, at=at)
    _close(asked, State.CANCELLED, at=at)


@transaction.atomic
def wish_time(*, asked: Request, wish: Wish, by: User, form_key: uuid.UUID, at: datetime) -> None:
    """Ask for another time; a visit that was arranged stands until staff change it.

    Raise ValidationError closed, no_visit, past_day, late_day.
    """
    asked = _open(asked)
    if asked.kind == Kind.CONTACT:
        raise ValidationError(_("Nobody comes for a question."), code="no_visit")
    _check_wish(wish, at=at)
    asked.wished_part, asked.wished_on = wish.part, wish.on
    asked.save(update_fields=["wished_part", "wished_on"])
    told = Told(text=wish_words(asked), form_key=form_key)
    _by_person(asked, Deed.TIME_WISHED, told=told, by=by, at=at)


@transaction.atomic
def reopen(*, asked: Request, told: Told, by: User, at: datetime) -> None:
    """Say within 14 days that it is not done after all; raise ValidationError over, not_done, too_many."""
    asked = _locked(asked)
    if _was_pressed(asked, Deed.REOPENED, told=told, by=by):
        return
    if asked.state != State.DONE:
        raise ValidationError(_("Only what is done can be opened again."), code="not_done")
    if not asked.can_reopen(at=at):
        raise ValidationError(over_words(asked), code="over")
    _by_person(asked, Deed.REOPENED, told=told, by=by, at=at)
    asked.state = State.ASSIGNED if asked.in_charge_name else State.RECEIVED
    asked.closed_at = asked.visit_on = asked.visit_from = asked.visit_to = None
    asked.deadline_on = working_day_after(timezone.localdate(at), days=_days_of(asked))
    asked.save()


def over_words(asked: Request) -> str:
    """Return why nothing more can be written, and the way out."""
    if asked.kind == Kind.CONTACT:
        return _("This question was closed more than 14 days ago. Ask a new one.")
    if asked.kind == Kind.FAULT:
        return _("This was closed more than 14 days ago. Report the fault anew, and mention its number.")
    return _("This order was closed more than 14 days ago. Order anew, and mention its number.")


def _days_of(asked: Request) -> int:
    if asked.item:
        return asked.item.answer_days
    return FAULT_DAYS[Urgency(asked.urgency)] if asked.urgency else CONTACT_DAYS


def _by_person(asked: Request, deed: Message.Deed, *, told: Told, by: User, at: datetime) -> None:
    day_ago = at - timedelta(days=1)
    if Message.objects.filter(by=by, written_at__gt=day_ago).count() >= MOST_MESSAGES_A_DAY:
        raise ValidationError(_("That is too many messages for one day. Call us."), code="too_many")
    message = _note(asked, deed, told=told, by=by, is_of_staff=False, at=at)
    if message:
        telling.company(asked=asked, what=deed, message=message, at=at)


# ── What staff do ───────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def answer(*, asked: Request, told: Told, by: User, at: datetime) -> None:
    """Write to the person, also after the end."""
    _by_staff(_locked(asked), Deed.WRITTEN, told=told, by=by, at=at)


@transaction.atomic
def assign(*, asked: Request, name: str, phone: str, told: Told, by: User, at: datetime) -> None:
    """Name who is in charge, with the phone that the person may call; raise ValidationError closed."""
    asked = _open(asked)
    asked.in_charge_name, asked.in_charge_phone = name, phone
    if asked.state == State.RECEIVED:
        asked.state = State.ASSIGNED
    asked.assigned_at = asked.assigned_at or at
    asked.save()
    _by_staff(asked, Deed.ASSIGNED, told=told, by=by, at=at)


@transaction.atomic
def schedule(*, asked: Request, on: date, start: time, end: time, told: Told, by: User, at: datetime) -> None:
    """Arrange a visit; raise ValidationError closed, past_day."""
    asked = _open(asked)
    if on < timezone.localdate(at):
        raise ValidationError(_("This day is over. Choose another."), code="past_day")
    asked.visit_on, asked.visit_from, asked.visit_to = on, start, end
    asked.state, asked.deadline_on = State.SCHEDULED, on
    asked.save()
    _by_staff(asked, Deed.SCHEDULED, told=told, by=by, at=at)


@transaction.atomic
def finish(*, asked: Request, told: Told, by: User, at: datetime) -> None:
    """Say that it is done, or answered; raise ValidationError closed."""
    asked = _open(asked)
    _close(asked, State.DONE, at=at)
    _by_staff(asked, Deed.DONE, told=told, by=by, at=at)


@transaction.atomic
def refuse(*, asked: Request, told: Told, by: User, at: datetime) -> None:
    """Say no, with the reason as text; raise ValidationError closed."""
    asked = _open(asked)
    _close(asked, State.REFUSED, at=at)
    _by_staff(asked, Deed.REFUSED, told=told, by=by, at=at)


def _by_staff(asked: Request, deed: Message.Deed, *, told: Told, by: User, at: datetime) -> None:
    message = _note(asked, deed, told=told, by=by, is_of_staff=True, at=at)
    if message:
        telling.person(asked=asked, message=message, at=at)


# ── Both ────────────────────────────────────────────────────────────────────────────────────────


def _locked(asked: Request) -> Request:
    found = Request.objects.select_for_update(of=("self",))
    return found.select_related("managing_company", "item", "person").get(pk=asked.pk)


def _open(asked: Request) -> Request:
    asked = _locked(asked)
    _check_open(asked)
    return asked


def _check_open(asked: Request) -> None:
    if not asked.is_waiting:
        raise ValidationError(_("This is closed already."), code="closed")


def _close(asked: Request, state: Request.State, *, at: datetime) -> None:
    asked.state, asked.closed_at = state, at
    asked.save(update_fields=["state", "closed_at"])


def _was_pressed(asked: Request, deed: Message.Deed, *, told: Told, by: User) -> bool:
    return Message.objects.filter(request=asked, form_key=_press(told, by.pk, deed)).exists()


def _note(
    asked: Request, deed: Message.Deed, *, told: Told, by: User, is_of_staff: bool, at: datetime
) -> Message | None:
    """Write into the thread; return None for a second press, which the lock has let see the first."""
    if _was_pressed(asked, deed, told=told, by=by):
        return None
    message = Message.objects.create(
        request=asked,
        deed=deed,
        by=by,
        is_of_staff=is_of_staff,
        text=told.text,
        written_at=at,
        form_key=_press(told, by.pk, deed),
    )
    _keep_photos(told, asked=asked, message=message)
    return message
