"""Voting online: one ballot per premises, which its owners may change until the vote closes."""

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from properties.activation import ALPHABET
from properties.capabilities import Capability
from properties.models import Access, PaymentBook

from . import conflicts
from .models import Ballot, BallotChange, Elector, Question, Vote
from .tally import BLANK

RECEIPT_LENGTH = 10


def questions_of(vote: Vote) -> list[Question]:
    """Return the questions with their options, in order; two queries."""
    return list(vote.questions.prefetch_related("options"))


def answers_in(
    answers: Mapping[str, str], *, questions: Iterable[Question], is_paper: bool = False
) -> dict[str, str]:
    """Return the answers by question id, all of them and nothing else.

    On paper a question may have been left empty: then it is "blank". Raise ValidationError missing_answer or
    unknown_answer, each with the question in `params`.
    """
    found = {}
    for question in questions:
        answer = answers.get(str(question.pk), "")
        if is_paper and not answer:
            answer = BLANK
        if not answer:
            raise ValidationError(
                _("Answer the question “%(question)s”."), "missing_answer", {"question": question.text}
            )
        if answer not in question.asked.answers and not (is_paper and answer == BLANK):
            raise ValidationError(
                _("Choose one of the answers to “%(question)s”."),
                "unknown_answer",
                {"question": question.text},
            )
        found[str(question.pk)] = answer
    if answers.keys() - found.keys():
        raise ValidationError(_("This question is not in the vote."), code="unknown_answer")
    return found


def printed(receipt: str) -> str:
    """Return a receipt code as it is read out, in two groups: „ACDEF-GHJKM“."""
    return f"{receipt[: RECEIPT_LENGTH // 2]}-{receipt[RECEIPT_LENGTH // 2 :]}"


def name_of(person: User) -> str:
    """Return who clicked, as it is kept: of a company, with the person who uses its account."""
    name = person.get_full_name() or person.email
    if person.kind == User.Kind.LEGAL_PERSON and person.contact_person:
        return f"{name} ({person.contact_person})"
    return name


@transaction.atomic
def cast(*, elector: Elector, answers: Mapping[str, str], by: User, at: datetime) -> Ballot:
    """Cast the ballot of premises, or change it, and return it as it stands; `at` is when it was received.

    The same answers by the same person again change nothing and keep the receipt.
    Raise ValidationError not_yours, not_open, closed, missing_answer or unknown_answer.
    """
    _lock_right(elector, by=by, at=at)
    elector = held(elector)
    vote = elector.vote
    if not vote.is_running(at=at):
        if vote.is_over(at=at):
            raise ValidationError(_("The vote is over."), code="closed")
        raise ValidationError(_("The vote is not open yet."), code="not_open")
    given = answers_in(answers, questions=questions_of(vote))
    ballot = Ballot.objects.filter(elector=elector).first()
    if ballot is not None and ballot.answers == given and ballot.by_id == by.pk:
        return ballot
    ballot = _written(ballot or Ballot(elector=elector), given, by=by, at=at)
    conflicts.review(elector=elector, at=at)
    return ballot


def held(elector: Elector) -> Elector:
    """Return the premises with their vote as it is now: until the transaction ends nobody else's ballot of
    these premises comes in between, and nobody counts."""
    elector = Elector.objects.select_for_update().get(pk=elector.pk)
    with connection.cursor() as cursor:
        # Ballots of a building come side by side; they wait for who counts, and for nobody else.
        cursor.execute("SELECT FROM voting_vote WHERE id = %s FOR SHARE", [elector.vote_id])
    return elector


def _lock_right(elector: Elector, *, by: User, at: datetime) -> None:
    """Hold the books and the rights by which somebody votes, so that they cannot end in between."""
    books = PaymentBook.objects.visible_to(by, Capability.VOTE, at=at).filter(
        pk__in=elector.elector_books.values("payment_book")
    )
    locked = [book.pk for book in books.order_by("pk").select_for_update(of=("self",))]
    rows = Access.objects.live(at=at).filter(person=by, payment_book__in=locked, granted_by__isnull=True)
    if not list(rows.order_by("pk").select_for_update(of=("self",))):
        raise ValidationError(_("Only owners of these premises vote."), code="not_yours")


def _written(ballot: Ballot, answers: dict[str, str], *, by: User, at: datetime) -> Ballot:
    ballot.answers, ballot.cast_at = answers, at
    ballot.by, ballot.by_name = by, name_of(by)
    ballot.receipt = "".join(secrets.choice(ALPHABET) for _place in range(RECEIPT_LENGTH))
    ballot.save()
    BallotChange.objects.create(
        ballot=ballot,
        answers=answers,
        cast_at=at,
        by=by,
        by_name=ballot.by_name,
        receipt=ballot.receipt,
    )
    return ballot
