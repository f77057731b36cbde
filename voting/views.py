"""The pages of votes."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST, require_safe

from files.views import hand_out
from properties.objects import may_of, objects_of

from . import ballots
from .mine import OwnVote, votes_of
from .minutes import minutes_pdf
from .models import Elector, Vote, VoteDocument
from .page import cast_words, form_of, list_of, page_of, problems_of, waiting


@require_safe
def vote_list(request: HttpRequest) -> HttpResponse:
    """Show the votes in the buildings of this person's objects."""
    at = timezone.now()
    objects = objects_of(user=request.user, at=at)
    votes = votes_of(user=request.user, objects=objects, at=at)
    context = {"may": may_of(objects), "has_objects": bool(objects), **list_of(votes=votes, at=at)}
    return render(request, "voting/list.html", context)


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one vote: what is proposed, the ballots, or the results."""
    at = timezone.now()
    objects = objects_of(user=request.user, at=at)
    votes = votes_of(user=request.user, objects=objects, at=at)
    context = {
        "may": may_of(objects),
        "to_vote": waiting(votes=votes, at=at),
        "page": page_of(own=_the(votes, pk), votes=votes, at=at),
    }
    return render(request, "voting/detail.html", context)


@require_POST
def cast(request: HttpRequest, pk: int, elector: int) -> HttpResponse:
    """Cast or change the ballot of one's premises; a ballot that is not taken comes back as it was."""
    at = timezone.now()
    user: Any = request.user
    of_whom = get_object_or_404(Elector.objects.votable_by(user, at=at), vote=pk, pk=elector)
    objects = objects_of(user=user, at=at)
    votes = votes_of(user=user, objects=objects, at=at)
    own = _the(votes, pk)
    form = form_of(own=own, elector=_elector(own, elector), data=request.POST)
    if form.is_valid():
        try:
            ballot = ballots.cast(elector=of_whom, answers=form.answers, by=user, at=at)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, cast_words(receipt=ballot.receipt))
            return redirect("voting:detail", pk)
    context = {
        "may": may_of(objects),
        "to_vote": waiting(votes=votes, at=at),
        "page": page_of(own=own, votes=votes, at=at, sent={elector: form}),
        "problems": problems_of(form=form),
    }
    return render(request, "voting/detail.html", context)


@require_safe
def document(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a document of a vote to those who see the vote."""
    votes = Vote.objects.visible_to(request.user, at=timezone.now())
    kept = get_object_or_404(VoteDocument, vote__in=votes, pk=pk)
    return hand_out(file=kept.file, name=kept.name, content_type=kept.content_type)


@require_safe
def minutes(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the minutes of a vote whose results are known."""
    closed = Vote.objects.visible_to(request.user, at=timezone.now()).filter(state=Vote.State.CLOSED)
    vote = get_object_or_404(closed.select_related("managing_company"), pk=pk)
    name = f"{pgettext('file name', 'minutes')}-{vote.pk}.pdf"
    headers = {"Content-Disposition": content_disposition_header(as_attachment=True, filename=name) or ""}
    return HttpResponse(minutes_pdf(vote=vote), content_type="application/pdf", headers=headers)


def _the(votes: list[OwnVote], pk: int) -> OwnVote:
    """Return the vote of that number; raise Http404 when it is not among this person's."""
    for own in votes:
        if own.vote.pk == pk:
            return own
    raise Http404("not a vote in a building of this person's")


def _elector(own: OwnVote, pk: int) -> Any:
    for elector, _may in own.electors:
        if elector.pk == pk:
            return elector
    raise Http404("no longer this person's")
