"""Votes for support staff: prepared, opened, made longer, paper ballots entered, conflicts settled, repeated."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import localize
from django.utils.html import format_html
from django.utils.http import content_disposition_header
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from files.views import hand_out
from properties import search
from properties.admin import CompanyScopedAdmin, Rows, ServedCompanies
from properties.models import Building
from properties.search import Found

from . import closing, conflicts, electorate, kept, paper
from .announcing import counted_questions, result_words
from .ballots import name_of, questions_of
from .minutes import minutes_pdf
from .models import Conflict, Elector, Option, PaperBallot, Question, Vote, VoteDocument
from .presets import FIELDS, preset_of
from .staff_forms import (
    NONE,
    ConflictForm,
    ExtensionForm,
    PaperForm,
    QuestionForm,
    ToldForm,
    VoteDocumentForm,
    VoteForm,
    WithdrawForm,
)
from .wording import said, until_words

_LONGEST_TERM = 100
_FOUND_BY = _("Words of the title, or street and house")
# A repeat vote begins in a fortnight: so much earlier people are to be told of it.
_NOTICE = timedelta(days=14)
State = Vote.State


def _staff(request: HttpRequest) -> User:
    """Return who is at work; nobody else comes into the administration."""
    return cast("User", request.user)


def find_votes(typed: str, companies: frozenset[int], *, vote: str = "") -> Found:
    """Return what narrows votes to a building's address or words of the title; with the path to a vote, its rows."""
    buildings = search.buildings(typed, companies)
    own = Building.objects.filter(buildings.rows, managing_company__in=companies)
    at_address = search.by_ids(own, field=f"{vote}building", most=search.MOST)
    title = Q(**{f"{vote}title__icontains": typed.strip()[:_LONGEST_TERM]})
    return at_address | Found(title, buildings.is_cut)


def find_of_premises(typed: str, companies: frozenset[int]) -> Found:
    """Return what narrows ballots and conflicts to a vote."""
    return find_votes(typed, companies, vote="elector__vote__")


# ── Votes ───────────────────────────────────────────────────────────────────────────────────────


class DraftRows(Rows):
    """Rows of a vote that may be written while it is a draft."""

    extra = 1

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return _is_draft(obj)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return _is_draft(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return _is_draft(obj)


class QuestionRows(DraftRows):
    model = Question
    form = QuestionForm
    can_delete = True
    max_num = 20
    readonly_fields = ("offered",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Ask for the options of a draft, show those of what was opened."""
        return ("position", "text", "kind", "options" if _is_draft(obj) else "offered")

    @admin.display(description=pgettext_lazy("voting", "options"))
    def offered(self, question: Question) -> str:
        """Return the options of a choice."""
        return "; ".join(option.text for option in question.options.all()) if question.pk else ""


class DocumentRows(DraftRows):
    model = VoteDocument
    form = VoteDocumentForm
    can_delete = True
    max_num = 30
    readonly_fields = ("opened",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Ask for files of a draft."""
        return ("upload", "option", "opened") if _is_draft(obj) else ("option", "opened")

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Offer the options of this vote alone."""
        formset = super().get_formset(request, obj, **kwargs)
        if _is_draft(obj):
            formset.form.base_fields["option"].queryset = Option.objects.filter(question__vote=obj)
        return formset

    @admin.display(description=_("File"))
    def opened(self, row: VoteDocument) -> SafeString | str:
        """Return a link to what is kept."""
        if not row.pk:
            return ""
        address = reverse("admin:voting_vote_document", args=[row.vote_id, row.pk])
        return format_html('<a href="{}">{}</a>', address, row.name)


def _is_draft(vote: Any) -> bool:
    return vote is None or vote.state == State.DRAFT


@admin.register(Vote)
class VoteAdmin(CompanyScopedAdmin):
    company_path = "managing_company"
    found_by = staticmethod(find_votes)
    is_read_by_company = True
    form = VoteForm
    inlines = (QuestionRows, DocumentRows)
    list_display = (
        "title",
        "building",
        "staircase",
        "kind",
        "state",
        "opens_at",
        "closes_at",
    )
    list_select_related = ("building", "managing_company")
    list_filter = ("state", "kind", ("managing_company", ServedCompanies))
    search_help_text = _FOUND_BY
    ordering = ("-opens_at", "-id")
    autocomplete_fields = ("building",)
    actions = ("open_votes", "take_back", "give_up", "repeat")
    object_actions = actions
    what = ("building", "staircase", "kind", "title", "description", "total_cost", "paid_from")
    course = (
        "state",
        "opens_at",
        "lasts_until",
        "paper_days",
        "repeat_of",
        "prepared_by_name",
        "extensions_words",
    )
    outcome = ("decides", "turnout_words", "results")
    fieldsets = (
        (None, {"fields": what}),
        (pgettext_lazy("vote", "Time"), {"fields": ("opens_at", "last_day", "paper_days")}),
        (_("What decides"), {"fields": ("preset",)}),
        (_("Parts of our own"), {"fields": FIELDS, "classes": ("collapse",)}),
    )
    opened_fieldsets = (
        (None, {"fields": what}),
        (pgettext_lazy("vote", "Course"), {"fields": course}),
        (_("Outcome"), {"fields": outcome}),
        (_("What decides"), {"fields": FIELDS, "classes": ("collapse",)}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the course of what is no longer a draft."""
        return self.fieldsets if _is_draft(obj) else self.opened_fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Show what is no longer a draft only."""
        return () if _is_draft(obj) else (*self.what, *self.course, *FIELDS, *self.outcome)

    def get_inlines(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for documents once the options are there to choose from."""
        return self.inlines if obj else self.inlines[:1]

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """What waits for its hour, is open or closed does not change."""
        return super().has_change_permission(request, obj) and _is_draft(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A vote is cancelled, not deleted."""
        return False

    def save_model(self, request: HttpRequest, obj: Vote, form: forms.ModelForm, change: bool) -> None:
        """Save a draft, with who prepared it."""
        if not change:
            obj.prepared_by, obj.prepared_by_name = _staff(request), name_of(_staff(request))
        super().save_model(request, obj, form, change)

    @admin.display(description=_("took part"))
    def turnout_words(self, vote: Any) -> str:
        """Return of how many premises a ballot came."""
        if vote.elector_count is None:
            return ""
        came = vote.voted_count
        if came is None:
            came = vote.electors.voted().count()
        return gettext("%(voted)d of %(all)d") % {"voted": came, "all": vote.elector_count}

    @admin.display(description=_("results"))
    def results(self, vote: Vote) -> str:
        """Return what was decided; nothing of it is told before the vote is counted."""
        if vote.state != State.CLOSED:
            return gettext("They are counted when the vote is over.")
        return "\n".join(result_words(question) for question in counted_questions(vote))

    @admin.display(description=_("Quorum and majority"))
    def decides(self, vote: Vote) -> str:
        """Return the preset, when the parts are those of one."""
        preset = preset_of(vote)
        return str(preset.label if preset else gettext("Parts of our own"))

    @admin.display(description=_("made longer"))
    def extensions_words(self, vote: Vote) -> str:
        """Return until when it was made longer, by whom and why."""
        return "\n".join(
            f"{localize(timezone.localtime(row.closes_after))}, {row.by_name}: {row.reason}"
            for row in vote.extensions.all()
        )

    @admin.display(description=pgettext_lazy("vote", "closes"))
    def lasts_until(self, vote: Vote) -> str:
        """Return the last day, not the midnight that the next one begins with."""
        return until_words(vote.closes_at)

    # Buttons

    def fits(self, action: str, obj: Vote) -> bool:
        """Offer what changes this vote."""
        return {
            "open_votes": obj.state == State.DRAFT,
            "take_back": obj.state == State.SCHEDULED,
            "give_up": obj.state in Vote.PREPARED,
            "repeat": obj.state == State.CLOSED
            and not obj.has_quorum
            and not obj.repeats.exclude(state=State.CANCELLED).exists(),
        }[action]

    def _carry_out(
        self, request: HttpRequest, votes: QuerySet[Vote], act: Callable[[Vote], Any], *, deed: str
    ) -> list[Any]:
        """Do something with each of the votes; what cannot be done is said."""
        done = []
        for vote in votes:
            try:
                done.append(act(vote))
            except ValidationError as refused:
                self.message_user(request, f"{vote}: {' '.join(refused.messages)}", messages.ERROR)
                continue
            self.log_deed(request, [vote], deed)
            self.message_user(request, f"{vote}: {deed}", messages.SUCCESS)
        return done

    @admin.action(permissions=["view"], description=_("Open: nothing but a later end changes after that"))
    def open_votes(self, request: HttpRequest, queryset: QuerySet[Vote]) -> None:
        """Open drafts now, or let them open at their hour."""
        at = timezone.now()
        waiting, due = queryset.filter(opens_at__gt=at), queryset.filter(opens_at__lte=at)
        self._carry_out(
            request,
            waiting,
            lambda vote: electorate.schedule(vote=vote, at=at),
            deed=gettext("opens by itself."),
        )
        self._carry_out(
            request, due, lambda vote: electorate.open_vote(vote=vote, at=at), deed=gettext("opened.")
        )

    @admin.action(permissions=["view"], description=_("Take back into preparation"))
    def take_back(self, request: HttpRequest, queryset: QuerySet[Vote]) -> None:
        """Let a vote that waits for its hour be changed again."""
        self._carry_out(
            request,
            queryset,
            lambda vote: electorate.unschedule(vote=vote),
            deed=gettext("is a draft again."),
        )

    @admin.action(permissions=["view"], description=pgettext_lazy("vote", "Cancel"))
    def give_up(self, request: HttpRequest, queryset: QuerySet[Vote]) -> None:
        """Give up votes that were not opened."""
        self._carry_out(request, queryset, lambda vote: closing.cancel(vote=vote), deed=gettext("cancelled."))

    @admin.action(permissions=["view"], description=_("Prepare the repeat vote"))
    def repeat(self, request: HttpRequest, queryset: QuerySet[Vote]) -> None:
        """Prepare a repeat vote with its lower threshold, as long as the first, in a fortnight."""
        opens_at = timezone.now() + _NOTICE

        def again(vote: Vote) -> Vote:
            lasts = vote.closes_at - vote.opens_at
            closes_at = closing.end_of_day(opens_at + lasts)
            return closing.repeat(vote=vote, opens_at=opens_at, closes_at=closes_at, by=_staff(request))

        made = self._carry_out(request, queryset, again, deed=gettext("the repeat vote is prepared."))
        for vote in made:
            address = reverse("admin:voting_vote_change", args=[vote.pk])
            self.message_user(
                request,
                format_html('<a href="{}">{}</a>', address, gettext("Look through the repeat vote")),
                messages.INFO,
            )

    # Pages of their own

    def get_urls(self) -> list[URLPattern]:
        """Add the pages on which a vote is looked after."""
        pages = {
            "electors": self.electors_view,
            "extend": self.extend_view,
            "paper": self.paper_view,
            "minutes": self.minutes_view,
            "ballots": self.ballots_view,
        }
        found = [
            path(f"<path:object_id>/{name}/", self.admin_site.admin_view(view), name=f"voting_vote_{name}")
            for name, view in pages.items()
        ]
        document = path(
            "<path:object_id>/documents/<int:document>/",
            self.admin_site.admin_view(self.document_view),
            name="voting_vote_document",
        )
        return [*found, document, *super().get_urls()]

    def get_links(self, request: HttpRequest, obj: Vote) -> list[tuple[str, str]]:
        """Lead to what may be done with the vote as it is now."""
        at = timezone.now()
        links = [(gettext("Who votes"), "electors")]
        if obj.is_running(at=at):
            links.append((gettext("Make it longer"), "extend"))
        if obj.state in {State.OPEN, State.COUNTING}:
            links.append((gettext("Enter paper ballots"), "paper"))
        if obj.state == State.CLOSED:
            links += [(gettext("Minutes (PDF)"), "minutes"), (gettext("Ballots"), "ballots")]
        found = [(words, reverse(f"admin:voting_vote_{name}", args=[obj.pk])) for words, name in links]
        if obj.state not in Vote.PREPARED:
            listed = f"{reverse('admin:voting_conflict_changelist')}?state=all&vote={obj.pk}"
            found.append((str(Conflict._meta.verbose_name_plural).capitalize(), listed))
        return found

    def _page(
        self, request: HttpRequest, vote: Vote, title: str, form: Any = None, **more: Any
    ) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "subtitle": str(vote),
            "original": vote,
            "form": form,
            **more,
        }

    def _vote(self, request: HttpRequest, object_id: str) -> Vote:
        return cast("Vote", self.get_object(request, unquote(object_id)))

    def _back(self, request: HttpRequest, vote: Vote, words: str, *, to: str = "change") -> HttpResponse:
        self.log_deed(request, [vote], words)
        self.message_user(request, words, messages.SUCCESS)
        return HttpResponseRedirect(reverse(f"admin:voting_vote_{to}", args=[vote.pk]))

    def electors_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show who votes, before the opening as it would be; then also how they were told, and note it."""
        vote, at = self._vote(request, object_id), timezone.now()
        if vote.state in {*Vote.PREPARED, State.CANCELLED}:
            on = timezone.localdate(max(vote.opens_at, at))
            context = self._page(
                request, vote, gettext("Who would vote"), places=electorate.preview(vote=vote, on=on), on=on
            )
            return TemplateResponse(request, "admin/voting/electors.html", context)
        form = ToldForm(request.POST or None, vote=vote) if vote.is_running(at=at) else None
        if form is not None and form.is_valid():
            try:
                new = electorate.note_paper(**form.cleaned_data, by=_staff(request), at=at)
            except ValidationError as refused:
                form.add_error(None, refused)
            else:
                words = gettext("Told on paper: %(count)d premises.") % {"count": new}
                return self._back(request, vote, words, to="electors")
        voted = Elector.objects.voted().filter(pk=OuterRef("pk"))
        electors = (
            vote.electors.annotate(has_voted=Exists(voted))
            .select_related("premises__building")
            .prefetch_related("notices", "elector_books")
        )
        context = self._page(request, vote, gettext("Who votes"), form, electors=electors)
        return TemplateResponse(request, "admin/voting/electors.html", context)

    def extend_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let people vote longer."""
        vote = self._vote(request, object_id)
        form = ExtensionForm(request.POST or None, until=until_words(vote.closes_at))
        if form.is_valid():
            reason = form.cleaned_data["reason"]
            try:
                closing.extend(
                    vote=vote, closes_at=form.closes_at, reason=reason, by=_staff(request), at=timezone.now()
                )
            except ValidationError as refused:
                is_of_day = refused.code in {"not_later", "lasts_too_long"}
                form.add_error("last_day" if is_of_day else None, refused)
            else:
                words = gettext("Made longer, until the end of %(day)s.") % {
                    "day": form.cleaned_data["last_day"]
                }
                return self._back(request, vote, words)
        context = self._page(request, vote, gettext("Make it longer"), form, button=gettext("Make it longer"))
        return TemplateResponse(request, "admin/voting/form.html", context)

    def paper_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Enter a paper ballot, and the next one after it."""
        vote = self._vote(request, object_id)
        if vote.state not in {State.OPEN, State.COUNTING}:
            raise Http404("nothing is entered into this vote")
        form = PaperForm(request.POST or None, request.FILES or None, vote=vote, questions=questions_of(vote))
        if form.is_valid():
            try:
                entered = paper.enter(
                    elector=form.cleaned_data["elector"],
                    answers=form.answers,
                    received_on=form.cleaned_data["received_on"],
                    scan=form.document,
                    by=_staff(request),
                    at=timezone.now(),
                )
            except ValidationError as refused:
                form.add_error("received_on" if str(refused.code).startswith("received") else None, refused)
            else:
                self._warn_of_conflict(request, entered)
                return self._back(
                    request, vote, gettext("Entered: %(ballot)s.") % {"ballot": entered}, to="paper"
                )
        entered_rows = (
            PaperBallot.objects.filter(elector__vote=vote).select_related("elector").order_by("-pk")
        )
        title = gettext("Enter paper ballots")
        context = self._page(
            request, vote, title, form, button=gettext("Enter"), has_file=True, papers=entered_rows[:100]
        )
        return TemplateResponse(request, "admin/voting/form.html", context)

    def _warn_of_conflict(self, request: HttpRequest, entered: PaperBallot) -> None:
        if Conflict.objects.filter(elector=entered.elector_id, settled_at__isnull=True).exists():
            words = gettext(
                "Ballots of these premises say different things: settle which counts when the vote is over."
            )
            self.message_user(request, words, messages.WARNING)

    def minutes_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give the minutes of a vote that is counted."""
        vote = self._vote(request, object_id)
        if vote.state != State.CLOSED:
            raise Http404("not counted yet")
        name = f"{pgettext('file name', 'minutes')}-{vote.pk}.pdf"
        headers = {"Content-Disposition": content_disposition_header(as_attachment=True, filename=name) or ""}
        return HttpResponse(minutes_pdf(vote=vote), content_type="application/pdf", headers=headers)

    def ballots_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the ballots of a vote that is counted; before that nobody sees how people vote."""
        vote = self._vote(request, object_id)
        if vote.state != State.CLOSED:
            raise Http404("not counted yet")
        context = self._page(request, vote, gettext("Ballots"), ballots=kept.ballots_of(vote=vote))
        return TemplateResponse(request, "admin/voting/ballots.html", context)

    def document_view(self, request: HttpRequest, object_id: str, document: int) -> HttpResponse:
        """Give a document of a vote."""
        row = get_object_or_404(self._vote(request, object_id).documents, pk=document)
        return hand_out(file=row.file, name=row.name, content_type=row.content_type)


# ── Paper ballots ───────────────────────────────────────────────────────────────────────────────


class OfVote(admin.SimpleListFilter):
    """Rows of one vote, as its page leads to them."""

    title = pgettext_lazy("voting", "vote")
    parameter_name = "vote"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the last votes of the person's companies that were opened."""
        votes = admin.site.get_model_admin(Vote).get_queryset(request)
        return [(str(vote.pk), vote.title) for vote in votes.filter(state__in=Vote.TOLD).order_by("-pk")[:20]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow to a vote; anything that is no number is nothing."""
        chosen = str(self.value() or "")
        if not (chosen.isascii() and chosen.isdigit() and len(chosen) < 19):
            return queryset
        return queryset.filter(elector__vote=int(chosen))


@admin.register(PaperBallot)
class PaperBallotAdmin(CompanyScopedAdmin):
    company_path = "elector__vote__managing_company"
    found_by = staticmethod(find_of_premises)
    form = WithdrawForm
    list_display = ("elector", "vote", "received_on", "entered_at", "by_name", "withdrawn_at")
    list_select_related = ("elector__vote__building", "elector__vote__managing_company")
    list_filter = (OfVote,)
    search_help_text = _FOUND_BY
    ordering = ("-id",)
    shown = ("vote", "elector", "answered", "received_on", "opened", "entered_at", "by_name")
    withdrawn = ("withdrawn_at", "withdrawn_by_name", "withdrawn_reason")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """They are entered from the page of their vote."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Let a mistake be taken back until the vote is counted."""
        return super().has_change_permission(request, obj) and (obj is None or _may_be_withdrawn(obj))

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """What was entered stays."""
        return False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for the reason while it may be withdrawn."""
        title = _("Withdraw: entered by mistake")
        fields = ("withdrawn_reason",) if obj and _may_be_withdrawn(obj) else self.withdrawn
        return ((None, {"fields": self.shown}), (title, {"fields": fields}))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Leave the reason to be written."""
        return self.shown if obj and _may_be_withdrawn(obj) else (*self.shown, *self.withdrawn)

    def save_model(self, request: HttpRequest, obj: PaperBallot, form: forms.ModelForm, change: bool) -> None:
        """Withdraw it."""
        try:
            paper.withdraw(paper=obj, reason=obj.withdrawn_reason, by=_staff(request), at=timezone.now())
        except ValidationError as refused:
            self.message_user(request, " ".join(refused.messages), messages.ERROR)

    def get_urls(self) -> list[URLPattern]:
        """Add the scan."""
        scan = path(
            "<path:object_id>/scan/",
            self.admin_site.admin_view(self.scan_view),
            name="voting_paperballot_scan",
        )
        return [scan, *super().get_urls()]

    def scan_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give the scan."""
        ballot: PaperBallot = self.get_object(request, unquote(object_id))
        return hand_out(file=ballot.scan, name=ballot.name, content_type=ballot.content_type)

    @admin.display(description=pgettext_lazy("voting", "vote"))
    def vote(self, ballot: PaperBallot) -> str:
        """Return of which vote it is."""
        return ballot.elector.vote.title

    @admin.display(description=_("answers"))
    def answered(self, ballot: PaperBallot) -> str:
        """Return what it says."""
        return said(ballot.answers, questions_of(ballot.elector.vote))

    @admin.display(description=_("scan"))
    def opened(self, ballot: PaperBallot) -> SafeString:
        """Return a link to the scan."""
        address = reverse("admin:voting_paperballot_scan", args=[ballot.pk])
        return format_html('<a href="{}">{}</a>', address, ballot.name)


def _may_be_withdrawn(ballot: Any) -> bool:
    return ballot.withdrawn_at is None and ballot.elector.vote.state in {State.OPEN, State.COUNTING}


# ── Conflicts ───────────────────────────────────────────────────────────────────────────────────


class ConflictState(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the choices; the queue itself is what is shown first."""
        return [("settled", _("Settled")), ("all", _("All"))]

    def choices(self, changelist: Any) -> Any:
        """Call what is shown first by its name, instead of "All"."""
        first, *rest = super().choices(changelist)
        return [{**first, "display": _("Waiting")}, *rest]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Conflict]) -> QuerySet[Conflict]:
        """Narrow to conflicts that wait, unless others are asked for."""
        if self.value() == "all":
            return queryset
        return queryset.filter(settled_at__isnull=self.value() != "settled")


@admin.register(Conflict)
class ConflictAdmin(CompanyScopedAdmin):
    company_path = "elector__vote__managing_company"
    found_by = staticmethod(find_of_premises)
    form = ConflictForm
    list_display = ("elector", "vote", "found_at", "outcome", "settled_at")
    list_select_related = ("elector__vote__building", "elector__vote__managing_company")
    list_filter = (ConflictState, OfVote)
    search_help_text = _FOUND_BY
    ordering = ("-id",)
    found = ("vote", "elector", "found_at", "papers")
    settled = ("outcome", "reason", "settled_at", "by_name")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Conflicts come of ballots."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Let a conflict be settled once, when nobody changes a ballot any more."""
        return super().has_change_permission(request, obj) and (obj is None or _may_be_settled(obj))

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """What was found stays."""
        return False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for the decision while there is one to be made."""
        fields = ("verdict", "reason") if obj and _may_be_settled(obj) else self.settled
        return ((None, {"fields": self.found}), (_("Decision"), {"fields": fields}))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Leave the decision to be made."""
        return self.found if obj and _may_be_settled(obj) else (*self.found, *self.settled)

    def save_model(self, request: HttpRequest, obj: Conflict, form: forms.ModelForm, change: bool) -> None:
        """Settle it; with the last one the vote may be counted."""
        verdict, at = str(form.cleaned_data["verdict"]), timezone.now()
        outcome = verdict if verdict in {NONE, conflicts.ONLINE} else Conflict.Settled.PAPER
        chosen = next(
            (row for row in obj.elector.paper_ballots.all() if conflicts.paper_source(row.pk) == verdict),
            None,
        )
        try:
            conflicts.settle(
                conflict=obj,
                outcome=Conflict.Settled(outcome),
                paper=chosen,
                reason=obj.reason,
                by=_staff(request),
                at=at,
            )
        except ValidationError as refused:
            self.message_user(request, " ".join(refused.messages), messages.ERROR)
        else:
            closing.close(vote=obj.elector.vote, at=at)

    @admin.display(description=pgettext_lazy("voting", "vote"))
    def vote(self, conflict: Conflict) -> str:
        """Return in which vote."""
        return conflict.elector.vote.title

    @admin.display(description=_("paper ballots"))
    def papers(self, conflict: Conflict) -> str:
        """Return how many there are, and what to do while owners may still agree."""
        count = conflict.elector.paper_ballots.standing().count()
        if conflict.settled_at is None and not _may_be_settled(conflict):
            return gettext("%(count)d; settled when the vote is over") % {"count": count}
        return str(count)


def _may_be_settled(conflict: Any) -> bool:
    vote = conflict.elector.vote
    return conflict.settled_at is None and vote.state != State.CLOSED and vote.is_over(at=timezone.now())
