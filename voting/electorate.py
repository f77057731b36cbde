"""Who votes: the premises of a building with an owner's book, written down at the moment a vote opens."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from properties.models import Access, BookPremises, PaymentBook, Property

from . import announcing, letters
from .models import LONGEST_VOTE, Elector, ElectorBook, Notice, Question, Vote


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Premises that would vote, with the owners' books that are open."""

    premises: Property
    books: list[PaymentBook] = field(default_factory=list)


def preview(*, vote: Vote, on: date) -> list[Place]:
    """Return which premises would vote if the vote opened on that day, in the order of their numbers; one query.

    Those with an owner's book that is open then, each once: where co-owners pay by books of their own, the
    holders of all of these books share the one vote. Tenants' books give none.
    """
    rows = (
        BookPremises.objects.filter(
            Q(payment_book__opened_on__isnull=True) | Q(payment_book__opened_on__lte=on),
            Q(payment_book__closed_on__isnull=True) | Q(payment_book__closed_on__gte=on),
            payment_book__payer_role=PaymentBook.PayerRole.OWNER,
            property__building=vote.building_id,
        )
        .select_related("property__building", "payment_book")
        .order_by("property__sort_key", "property_id", "payment_book_id")
    )
    if vote.staircase:
        rows = rows.filter(property__staircase=vote.staircase)
    found: dict[int, Place] = {}
    for row in rows:
        found.setdefault(row.property_id, Place(premises=row.property)).books.append(row.payment_book)
    return list(found.values())


def refusal(*, vote: Vote, on: date, at: datetime) -> ValidationError | None:
    """Return why a vote cannot be opened, or nothing when it can.

    Codes: already_open, closes_in_the_past, lasts_too_long, no_questions, few_options, not_the_same (as the
    vote that it repeats), no_electors.
    """
    if vote.state not in Vote.PREPARED:
        return ValidationError(_("This vote was opened or cancelled already."), code="already_open")
    if vote.closes_at <= at:
        return ValidationError(
            _("The vote would be over already. Choose when it closes."), "closes_in_the_past"
        )
    if vote.closes_at > max(vote.opens_at, at) + LONGEST_VOTE:
        words = _("A vote lasts a year at most. Look through the year of its last day.")
        return ValidationError(words, code="lasts_too_long")
    questions = list(vote.questions.prefetch_related("options"))
    if not questions:
        return ValidationError(_("Write at least one question."), code="no_questions")
    for question in questions:
        if question.kind == Question.QuestionKind.CHOICE and len(question.asked.options) < 2:
            words = _("“%(question)s” needs at least two options.") % {"question": question.text}
            return ValidationError(words, code="few_options")
    if vote.repeat_of is not None and _asked(vote) != _asked(vote.repeat_of):
        words = _("A repeat vote asks the same of the same owners. Prepare another vote for other questions.")
        return ValidationError(words, code="not_the_same")
    if not preview(vote=vote, on=on):
        return ValidationError(
            _("There are no premises with an owner’s payment book here."), code="no_electors"
        )
    return None


def _asked(vote: Vote) -> tuple[object, ...]:
    """Return what is asked and where; the lower threshold of a repeat vote is for the same alone."""
    questions = vote.questions.prefetch_related("options")
    return (
        vote.building_id,
        vote.staircase,
        vote.kind,
        [
            (question.text, question.kind, sorted(option.text for option in question.options.all()))
            for question in questions
        ],
    )


@transaction.atomic
def schedule(*, vote: Vote, at: datetime) -> None:
    """Let a prepared vote open by itself at `opens_at`, or now when that has come; raise as `open_vote`."""
    vote.refresh_from_db(from_queryset=Vote.objects.select_for_update(of=("self",)))
    if vote.opens_at <= at:
        open_vote(vote=vote, at=at)
        return
    if refused := refusal(vote=vote, on=timezone.localdate(vote.opens_at), at=at):
        raise refused
    vote.state = Vote.State.SCHEDULED
    vote.save(update_fields=["state"])


@transaction.atomic
def unschedule(*, vote: Vote) -> None:
    """Take a vote that waits for its hour back into preparation; raise ValidationError already_open."""
    vote.refresh_from_db(from_queryset=Vote.objects.select_for_update(of=("self",)))
    if vote.state not in Vote.PREPARED:
        raise ValidationError(_("This vote was opened or cancelled already."), code="already_open")
    vote.state = Vote.State.DRAFT
    vote.save(update_fields=["state"])


@transaction.atomic
def open_vote(*, vote: Vote, at: datetime) -> None:
    """Write down who votes, and open: from here on only the closing time changes, forward.

    Raise ValidationError with the codes of `refusal`.
    """
    vote.refresh_from_db(from_queryset=Vote.objects.select_for_update(of=("self",)))
    on = timezone.localdate(at)
    if refused := refusal(vote=vote, on=on, at=at):
        raise refused
    places = preview(vote=vote, on=on)
    electors = _freeze(vote, places)
    vote.opens_at = vote.opened_at = at
    vote.place = _place_words(vote)
    vote.elector_count = len(electors)
    vote.state = Vote.State.OPEN
    vote.save()
    _note_letters(vote, at=at)
    announcing.announce_opening(vote=vote, at=at)
    letters.tell_opened(vote=vote, at=at)


def _place_words(vote: Vote) -> str:
    if not vote.staircase:
        return str(vote.building)
    # Written down once, in the language of the minutes.
    with translation.override(settings.LANGUAGE_CODE):
        return _("%(building)s, staircase %(staircase)s") % {
            "building": vote.building,
            "staircase": vote.staircase,
        }


def _freeze(vote: Vote, places: Iterable[Place]) -> list[Elector]:
    places = list(places)
    electors = Elector.objects.bulk_create(
        Elector(
            vote=vote,
            premises=place.premises,
            kind=place.premises.kind,
            unit=place.premises.unit,
            place=_without_kind(place.premises),
            sort_key=place.premises.sort_key,
        )
        for place in places
    )
    ElectorBook.objects.bulk_create(
        ElectorBook(elector=elector, payment_book=book, payer_name=book.payer_name)
        for elector, place in zip(electors, places, strict=True)
        for book in place.books
    )
    return electors


def _without_kind(place: Property) -> str:
    building = place.building
    return f"{building.street} {building.house}" + (f"-{place.unit}" if place.unit else "")


def _note_letters(vote: Vote, *, at: datetime) -> None:
    """Write down, by premises, to which address the letter about the vote goes."""
    books = ElectorBook.objects.filter(elector__vote=vote).values_list("elector_id", "payment_book_id")
    holders: dict[int, list[User]] = {}
    held = Access.objects.live(at=at).filter(
        granted_by__isnull=True, payment_book__in=[book for _elector, book in books]
    )
    for access in held.select_related("person").order_by("pk"):
        holders.setdefault(access.payment_book_id, []).append(access.person)
    Notice.objects.bulk_create(
        (
            Notice(elector_id=elector, way=Notice.Way.LETTER, person=person, to=person.email, told_at=at)
            for elector, book in books
            for person in holders.get(book, [])
        ),
        # Who holds two books of the same premises is told once.
        ignore_conflicts=True,
    )


@transaction.atomic
def note_paper(*, electors: Iterable[Elector], to: str, by: User, at: datetime) -> int:
    """Write down that staff told the owners of these premises on paper, and where; return how many are new.

    Raise ValidationError where_missing, or closed when the vote is no longer open.
    """
    to = to.strip()
    if not to:
        raise ValidationError(_("Write where the notice was left."), code="where_missing")
    electors = list(electors)
    for vote in Vote.objects.filter(electors__in=electors).distinct():
        if not vote.is_running(at=at):
            raise ValidationError(_("The vote is not open."), code="closed")
    known = set(
        Notice.objects.filter(elector__in=electors, way=Notice.Way.PAPER, to=to).values_list(
            "elector_id", flat=True
        )
    )
    rows = [
        Notice(
            elector=elector,
            way=Notice.Way.PAPER,
            to=to,
            told_at=at,
            by=by,
            by_name=by.get_full_name() or by.email,
        )
        for elector in electors
        if elector.pk not in known
    ]
    Notice.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)
