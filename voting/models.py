"""What a building decides by voting: votes and their questions, who may vote, ballots, conflicts, results.

Triggers of the first migration keep what must not change: the wording and the electorate once a vote is open,
everything about it once it is closed. People's names stand beside the keys to their accounts, so that an
account may go and the paper trail stays.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Count, Exists, ExpressionWrapper, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from properties.capabilities import Capability
from properties.models import BookPremises, Building, ManagingCompany, PaymentBook, Property

from .tally import Asked, Kind, Of, Outcome, Rules, Threshold

LONGEST_PAPER_WAIT = 30
# A wrong year could not be taken back: an open vote ends no sooner than it says.
LONGEST_VOTE = timedelta(days=366)


def _person(label: Any) -> models.ForeignKey:
    """Return a column of who did it; the name beside it outlives the account."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=label,
        editable=False,
    )


def _name(label: Any) -> models.CharField:
    return models.CharField(label, max_length=420, blank=True, editable=False)


def _part(label: Any, **options: Any) -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(
        label, validators=[MinValueValidator(1), MaxValueValidator(1000)], **options
    )


class VoteQuerySet(models.QuerySet["Vote"]):
    def visible_to(self, user: Any, *, at: datetime) -> "VoteQuerySet":
        """Narrow to votes in which premises of this person's objects are; of a closed book to those of its time."""
        if not user.is_authenticated:
            return self.none()
        return self.reaching(books=PaymentBook.objects.visible_to(user, Capability.SEE_OBJECT, at=at), at=at)

    def reaching(self, *, books: models.QuerySet[PaymentBook], at: datetime) -> "VoteQuerySet":
        """Narrow to votes in which premises of these books are; of a closed book to those of its time."""
        today = timezone.localdate(at)
        of = ExpressionWrapper(OuterRef("staircase"), output_field=models.CharField())
        mine = BookPremises.objects.alias(of=of).filter(
            Q(of="") | Q(property__staircase=F("of")),
            Q(payment_book__closed_on__isnull=True)
            | Q(payment_book__closed_on__gte=today)
            | Q(payment_book__closed_on__gte=OuterRef("opened_at__date")),
            payment_book__in=books,
            property__building=OuterRef("building"),
        )
        return self.told().filter(Exists(mine))

    def told(self) -> "VoteQuerySet":
        """Narrow to votes that residents may know of."""
        return self.filter(state__in=Vote.TOLD)

    def running(self, *, at: datetime) -> "VoteQuerySet":
        """Narrow to votes in which one may vote at this moment."""
        return self.filter(state=Vote.State.OPEN, opens_at__lte=at, closes_at__gt=at)

    def with_turnout(self) -> "VoteQuerySet":
        """Add `turnout`."""
        return self.annotate(turnout=self.turnout())

    @staticmethod
    def turnout() -> Coalesce:
        """Return an annotation: of how many premises a ballot came, conflicting ones too."""
        voted = Elector.objects.voted().filter(vote=OuterRef("pk")).order_by()
        counted = voted.values("vote").annotate(n=Count("pk")).values("n")
        return Coalesce(Subquery(counted, output_field=models.IntegerField()), 0)


class Vote(models.Model):
    """A poll or a written vote of a building's owners: one premises, one vote."""

    class VoteKind(models.TextChoices):
        OPINION_POLL = "opinion_poll", _("Opinion poll")
        WRITTEN_VOTE = "written_vote", _("Written vote of the owners")

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("vote", "Draft")
        SCHEDULED = "scheduled", pgettext_lazy("vote", "Opens by itself")
        OPEN = "open", pgettext_lazy("vote", "Open")
        COUNTING = "counting", pgettext_lazy("vote", "Over, being counted")
        CLOSED = "closed", pgettext_lazy("vote", "Closed")
        CANCELLED = "cancelled", pgettext_lazy("vote", "Cancelled")

    # What residents see.
    TOLD = (State.OPEN, State.COUNTING, State.CLOSED)
    # What staff may still change.
    PREPARED = (State.DRAFT, State.SCHEDULED)

    managing_company = models.ForeignKey(
        ManagingCompany,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("managing company"),
        db_index=False,
    )
    building = models.ForeignKey(
        Building, on_delete=models.PROTECT, related_name="votes", verbose_name=_("building")
    )
    staircase = models.CharField(
        _("staircase"), max_length=20, blank=True, help_text=_("Empty: the whole building.")
    )
    kind = models.CharField(
        pgettext_lazy("vote", "kind"), max_length=20, choices=VoteKind, default=VoteKind.OPINION_POLL
    )
    title = models.CharField(pgettext_lazy("vote", "title"), max_length=200)
    description = models.TextField(_("What is proposed"), max_length=5000, blank=True)
    total_cost = models.DecimalField(
        _("Total cost, €"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    paid_from = models.CharField(_("Who pays"), max_length=300, blank=True)
    opens_at = models.DateTimeField(pgettext_lazy("vote", "opens"))
    # The first moment at which nobody may vote any more.
    closes_at = models.DateTimeField(pgettext_lazy("vote", "closes"))
    paper_days = models.PositiveSmallIntegerField(
        _("Days to enter paper ballots after closing"),
        default=0,
        validators=[MaxValueValidator(LONGEST_PAPER_WAIT)],
        help_text=_("For paper ballots that came in time. The result is announced after these days."),
    )

    quorum_numerator = _part(_("quorum: part"), default=1)
    quorum_denominator = _part(_("quorum: of"), default=2)
    quorum_is_strict = models.BooleanField(_("quorum: more than this"), default=True)
    majority_of = models.CharField(_("majority: of whom"), max_length=10, choices=Of.choices, default=Of.ALL)
    majority_numerator = _part(_("majority: part"), default=1)
    majority_denominator = _part(_("majority: of"), default=2)
    majority_is_strict = models.BooleanField(_("majority: more than this"), default=True)
    # Beside the majority: at least this part of all.
    floor_numerator = _part(_("and at least: part"), null=True, blank=True)
    floor_denominator = _part(_("and at least: of all"), null=True, blank=True)

    state = models.CharField(
        pgettext_lazy("vote", "state"), max_length=10, choices=State, default=State.DRAFT, editable=False
    )
    repeat_of = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="repeats",
        verbose_name=_("repeat of"),
        editable=False,
    )
    prepared_by = _person(_("prepared by"))
    prepared_by_name = _name(_("prepared by"))
    # Written at opening: where it is as it was called then, and how many votes there are.
    place = models.CharField(_("place"), max_length=300, blank=True, editable=False)
    opened_at = models.DateTimeField(_("opened"), null=True, blank=True, editable=False)
    elector_count = models.PositiveIntegerField(
        _("premises that vote"), null=True, blank=True, editable=False
    )
    # Written at closing, beside the results of the questions.
    closed_at = models.DateTimeField(_("counted"), null=True, blank=True, editable=False)
    voted_count = models.PositiveIntegerField(_("premises that voted"), null=True, blank=True, editable=False)
    has_quorum = models.BooleanField(_("has a quorum"), null=True, blank=True, editable=False)

    objects = VoteQuerySet.as_manager()

    # Only on rows that `with_turnout` read.
    turnout: int

    class Meta:
        ordering = ["-opens_at", "-id"]
        verbose_name = pgettext_lazy("voting", "vote")
        verbose_name_plural = pgettext_lazy("voting", "votes")
        constraints = [
            models.UniqueConstraint(
                fields=["repeat_of"],
                condition=Q(repeat_of__isnull=False) & ~Q(state="cancelled"),
                name="vote_is_repeated_once",
            ),
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")), name="vote_closes_after_it_opens"
            ),
            models.CheckConstraint(
                condition=Q(quorum_numerator__gte=1, quorum_numerator__lte=F("quorum_denominator")),
                name="quorum_is_a_part_of_all",
            ),
            models.CheckConstraint(
                condition=Q(majority_numerator__gte=1, majority_numerator__lte=F("majority_denominator")),
                name="majority_is_a_part",
            ),
            models.CheckConstraint(
                condition=Q(floor_numerator__isnull=True, floor_denominator__isnull=True)
                | Q(
                    floor_numerator__isnull=False,
                    floor_denominator__isnull=False,
                    floor_numerator__gte=1,
                    floor_numerator__lte=F("floor_denominator"),
                ),
                name="floor_of_a_majority_is_a_part",
            ),
            models.CheckConstraint(
                condition=(
                    ~(Q(quorum_is_strict=True) & Q(quorum_numerator=F("quorum_denominator")))
                    & ~(Q(majority_is_strict=True) & Q(majority_numerator=F("majority_denominator")))
                ),
                name="more_than_all_is_never_asked",
            ),
            models.CheckConstraint(
                condition=Q(majority_of__in=Of.values), name="majority_is_of_all_or_of_those_who_voted"
            ),
            models.CheckConstraint(
                condition=Q(total_cost__isnull=True) | Q(total_cost__gte=0, total_cost__lt=10_000_000_000),
                name="cost_of_a_vote_is_a_sum",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "scheduled", "open", "counting", "closed", "cancelled"]),
                name="vote_state_is_known",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=["draft", "scheduled", "cancelled"],
                    opened_at__isnull=True,
                    elector_count__isnull=True,
                )
                | Q(
                    ~Q(place=""),
                    state__in=["open", "counting", "closed"],
                    opened_at__isnull=False,
                    elector_count__isnull=False,
                    elector_count__gt=0,
                ),
                name="opened_vote_has_a_place_and_electors",
            ),
            models.CheckConstraint(
                condition=Q(
                    state="closed",
                    closed_at__isnull=False,
                    voted_count__isnull=False,
                    has_quorum__isnull=False,
                )
                | (
                    ~Q(state="closed")
                    & Q(closed_at__isnull=True, voted_count__isnull=True, has_quorum__isnull=True)
                ),
                name="closed_vote_alone_is_counted",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("closes_at")),
                name="vote_is_counted_after_it_is_over",
            ),
            models.CheckConstraint(
                condition=Q(voted_count__isnull=True) | Q(voted_count__lte=F("elector_count")),
                name="no_more_votes_than_electors",
            ),
        ]
        indexes = [
            models.Index(fields=["managing_company", "-opens_at", "-id"], name="votes_of_a_company"),
            models.Index(
                fields=["state", "closes_at"],
                condition=~Q(state__in=["closed", "cancelled"]),
                name="votes_under_way",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the company beside the building that it comes from."""
        self.derive_keys()
        super().save(*args, **kwargs)

    def derive_keys(self) -> None:
        """Set what is derived; forms need it before they ask the constraints."""
        self.managing_company_id = self.building.managing_company_id
        self.staircase = self.staircase.strip()

    @property
    def is_binding(self) -> bool:
        """Tell whether the company accepts it as more than an opinion poll."""
        return self.kind == self.VoteKind.WRITTEN_VOTE

    @property
    def rules(self) -> Rules:
        """Return when it is valid and what decides."""
        floor = None
        if self.floor_numerator is not None and self.floor_denominator is not None:
            floor = Threshold(self.floor_numerator, self.floor_denominator, is_strict=False)
        return Rules(
            quorum=Threshold(self.quorum_numerator, self.quorum_denominator, is_strict=self.quorum_is_strict),
            majority=Threshold(
                self.majority_numerator, self.majority_denominator, is_strict=self.majority_is_strict
            ),
            majority_of=Of(self.majority_of),
            floor=floor,
        )

    def is_running(self, *, at: datetime) -> bool:
        """Tell whether one may vote at this moment, whether or not the worker has come to close it."""
        return self.state == self.State.OPEN and self.opens_at <= at < self.closes_at

    def is_over(self, *, at: datetime) -> bool:
        """Tell whether the time to vote has passed, counted or not."""
        return self.state in {self.State.COUNTING, self.State.CLOSED} or (
            self.state == self.State.OPEN and at >= self.closes_at
        )


class Question(models.Model):
    class QuestionKind(models.TextChoices):
        MOTION = Kind.MOTION.value, _("For, against or abstain")
        CHOICE = Kind.CHOICE.value, _("A choice of one")

    vote = models.ForeignKey(
        Vote, on_delete=models.CASCADE, related_name="questions", verbose_name=pgettext_lazy("voting", "vote")
    )
    position = models.PositiveSmallIntegerField(_("no."), default=1)
    text = models.CharField(_("question"), max_length=500)
    kind = models.CharField(
        pgettext_lazy("question", "kind"), max_length=10, choices=QuestionKind, default=QuestionKind.MOTION
    )

    class Meta:
        ordering = ["position", "id"]
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["motion", "choice"]), name="question_kind_is_known"),
            models.CheckConstraint(condition=~Q(text=""), name="question_says_something"),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def asked(self) -> Asked:
        """Return it as the tally takes it."""
        options = tuple(str(option.pk) for option in self.options.all())
        return Asked(id=self.pk, kind=Kind(self.kind), options=options)


class Option(models.Model):
    """One of the answers to a question that is a choice."""

    question = models.ForeignKey(
        Question, on_delete=models.CASCADE, related_name="options", verbose_name=_("question")
    )
    position = models.PositiveSmallIntegerField(_("no."), default=1)
    text = models.CharField(pgettext_lazy("voting", "option"), max_length=300)

    class Meta:
        ordering = ["position", "id"]
        verbose_name = pgettext_lazy("voting", "option")
        verbose_name_plural = pgettext_lazy("voting", "options")
        constraints = [
            models.UniqueConstraint(fields=["question", "text"], name="option_is_offered_once"),
            models.CheckConstraint(condition=~Q(text=""), name="option_says_something"),
        ]

    def __str__(self) -> str:
        return self.text


class VoteDocument(models.Model):
    """What people should read before they vote: of the whole vote, or of one option."""

    vote = models.ForeignKey(
        Vote, on_delete=models.CASCADE, related_name="documents", verbose_name=pgettext_lazy("voting", "vote")
    )
    option = models.ForeignKey(
        Option,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="documents",
        verbose_name=pgettext_lazy("voting", "option"),
    )
    file = models.FileField(_("File"), upload_to="voting")
    name = models.CharField(pgettext_lazy("document", "name"), max_length=120)
    content_type = models.CharField(max_length=100, editable=False)
    size = models.PositiveIntegerField(editable=False)
    sha256 = models.CharField(max_length=64, editable=False)

    class Meta:
        ordering = ["id"]
        verbose_name = _("document")
        verbose_name_plural = _("documents")

    def __str__(self) -> str:
        return self.name


# ── Who votes ───────────────────────────────────────────────────────────────────────────────────


class ElectorQuerySet(models.QuerySet["Elector"]):
    def votable_by(self, user: Any, *, at: datetime) -> "ElectorQuerySet":
        """Narrow to the premises for which this person may vote: holders of a book that was frozen with them."""
        return self.of_books(PaymentBook.objects.visible_to(user, Capability.VOTE, at=at))

    def of_books(self, books: models.QuerySet[PaymentBook] | list[int]) -> "ElectorQuerySet":
        """Narrow to the premises that were frozen with any of these books."""
        mine = ElectorBook.objects.filter(elector=OuterRef("pk"), payment_book__in=books)
        return self.filter(Exists(mine))

    def voted(self) -> "ElectorQuerySet":
        """Narrow to premises of which a ballot came, online or on paper."""
        paper = PaperBallot.objects.standing().filter(elector=OuterRef("pk"))
        # A join and not a second EXISTS, for which PostgreSQL may read every ballot that there is.
        return self.filter(Q(ballot__isnull=False) | Exists(paper))


class Elector(models.Model):
    """Premises with one vote, as they were when the vote opened."""

    vote = models.ForeignKey(
        Vote, on_delete=models.PROTECT, related_name="electors", verbose_name=pgettext_lazy("voting", "vote")
    )
    premises = models.ForeignKey(
        Property, on_delete=models.PROTECT, related_name="+", verbose_name=_("property")
    )
    books = models.ManyToManyField(PaymentBook, through="ElectorBook", related_name="+")
    kind = models.CharField(_("kind"), max_length=20, choices=Property.Kind)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    # „Beržyno g. 8-15“, without the kind, which each language says by itself.
    place = models.CharField(_("address"), max_length=200)
    sort_key = models.CharField(max_length=100, editable=False)

    objects = ElectorQuerySet.as_manager()

    class Meta:
        ordering = ["sort_key", "id"]
        verbose_name = _("premises that vote")
        verbose_name_plural = _("premises that vote")
        constraints = [
            models.UniqueConstraint(fields=["vote", "premises"], name="one_vote_per_premises"),
        ]

    def __str__(self) -> str:
        return self.address

    @property
    def address(self) -> str:
        """Return „Gatvė 8-15“, with the kind before it when it is not a flat."""
        if self.kind == Property.Kind.FLAT:
            return self.place
        return f"{self.get_kind_display()}, {self.place}"


class ElectorBook(models.Model):
    """An owner's book with which these premises were frozen; co-owners may pay by books of their own."""

    elector = models.ForeignKey(Elector, on_delete=models.PROTECT, related_name="elector_books")
    payment_book = models.ForeignKey(PaymentBook, on_delete=models.PROTECT, related_name="+")
    payer_name = models.CharField(_("payer"), max_length=200)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["elector", "payment_book"], name="book_votes_once_for_premises"),
        ]

    def __str__(self) -> str:
        return self.payer_name


class Notice(models.Model):
    """How the owners of premises were told of the vote."""

    class Way(models.TextChoices):
        LETTER = "letter", _("By email")
        PAPER = "paper", _("On paper")

    elector = models.ForeignKey(Elector, on_delete=models.PROTECT, related_name="notices")
    way = models.CharField(_("how"), max_length=10, choices=Way)
    # Who held the book by which they were told, and at which address; on paper: where it was left.
    person = _person(_("person"))
    to = models.CharField(_("to whom"), max_length=300)
    told_at = models.DateTimeField(_("told"))
    # Staff who brought it on paper.
    by = _person(_("by"))
    by_name = _name(_("by"))

    class Meta:
        ordering = ["told_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["elector", "way", "to"], name="told_once_in_one_way"),
            models.CheckConstraint(condition=~Q(to=""), name="notice_says_to_whom"),
            models.CheckConstraint(condition=Q(way__in=["letter", "paper"]), name="way_of_a_notice_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_way_display()}: {self.to}"


class Extension(models.Model):
    """Staff let people vote longer, and say why."""

    vote = models.ForeignKey(Vote, on_delete=models.PROTECT, related_name="extensions")
    closes_before = models.DateTimeField(_("closed until then"))
    closes_after = models.DateTimeField(_("closes"))
    reason = models.CharField(_("reason"), max_length=1000)
    extended_at = models.DateTimeField(_("extended"))
    by = _person(_("by"))
    by_name = _name(_("by"))

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_after__gt=F("closes_before")), name="vote_is_only_made_longer"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="longer_vote_has_a_reason"),
        ]

    def __str__(self) -> str:
        return self.reason


# ── Ballots ─────────────────────────────────────────────────────────────────────────────────────


class Ballot(models.Model):
    """The one ballot that came online for premises, as it stands; its history is in `BallotChange`.

    `answers` are {"<id of the question>": "for" | "against" | "abstain" | "<id of the option>"}.
    """

    elector = models.OneToOneField(Elector, on_delete=models.PROTECT, related_name="ballot")
    answers = models.JSONField()
    cast_at = models.DateTimeField(_("cast"))
    by = _person(_("by"))
    by_name = _name(_("by"))
    receipt = models.CharField(_("receipt code"), max_length=12)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.receipt


class BallotChange(models.Model):
    """One press of „Balsuoti“: who, when and what; the last one stands."""

    ballot = models.ForeignKey(Ballot, on_delete=models.PROTECT, related_name="changes")
    answers = models.JSONField()
    cast_at = models.DateTimeField(_("cast"))
    by = _person(_("by"))
    by_name = _name(_("by"))
    receipt = models.CharField(_("receipt code"), max_length=12, unique=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.receipt


class PaperBallotQuerySet(models.QuerySet["PaperBallot"]):
    def standing(self) -> "PaperBallotQuerySet":
        """Leave out those that were entered by mistake."""
        return self.filter(withdrawn_at__isnull=True)


class PaperBallot(models.Model):
    """A ballot on paper, entered by staff with its scan; a question left empty is answered "blank"."""

    elector = models.ForeignKey(
        Elector, on_delete=models.PROTECT, related_name="paper_ballots", verbose_name=_("premises that vote")
    )
    answers = models.JSONField()
    # The day on which the paper came.
    received_on = models.DateField(_("received"))
    scan = models.FileField(_("scan"), upload_to="voting")
    name = models.CharField(max_length=120, editable=False)
    content_type = models.CharField(max_length=100, editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    entered_at = models.DateTimeField(_("entered"))
    by = _person(_("by"))
    by_name = _name(_("by"))
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    withdrawn_by = _person(_("withdrawn by"))
    withdrawn_by_name = _name(_("withdrawn by"))
    withdrawn_reason = models.CharField(_("reason"), max_length=1000, blank=True)

    objects = PaperBallotQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name = _("paper ballot")
        verbose_name_plural = _("paper ballots")
        constraints = [
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_reason="")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_reason="")),
                name="withdrawn_paper_ballot_has_a_reason",
            ),
            models.CheckConstraint(condition=~Q(scan=""), name="paper_ballot_has_a_scan"),
        ]

    def __str__(self) -> str:
        return f"{self.elector}, {self.received_on}"


class Conflict(models.Model):
    """Ballots of one premises that say different things; staff settle which of them counts, and why."""

    class Settled(models.TextChoices):
        ONLINE = "online", _("The ballot cast online counts")
        PAPER = "paper", _("A paper ballot counts")
        NONE = "none", _("None of them counts")
        AGREED = "agreed", _("They came to say the same")

    elector = models.ForeignKey(
        Elector, on_delete=models.PROTECT, related_name="conflicts", verbose_name=_("premises that vote")
    )
    found_at = models.DateTimeField(_("found"))
    outcome = models.CharField(
        pgettext_lazy("conflict", "outcome"), max_length=10, choices=Settled, blank=True
    )
    # Which paper ballot counts, when one does.
    paper = models.ForeignKey(
        PaperBallot,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("paper ballot"),
    )
    reason = models.CharField(_("reason"), max_length=1000, blank=True)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    by = _person(_("settled by"))
    by_name = _name(_("settled by"))

    class Meta:
        ordering = ["id"]
        verbose_name = _("conflict of ballots")
        verbose_name_plural = _("conflicts of ballots")
        constraints = [
            models.UniqueConstraint(
                fields=["elector"],
                condition=Q(settled_at__isnull=True),
                name="one_open_conflict_per_premises",
            ),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True, outcome="")
                | Q(settled_at__isnull=False, outcome="agreed")
                | (Q(settled_at__isnull=False, outcome__in=["online", "paper", "none"]) & ~Q(reason="")),
                name="settled_conflict_has_an_outcome_and_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(outcome="paper", paper__isnull=False)
                | (~Q(outcome="paper") & Q(paper__isnull=True)),
                name="conflict_settled_for_paper_names_it",
            ),
        ]

    def __str__(self) -> str:
        return str(self.elector)


# ── What was decided ────────────────────────────────────────────────────────────────────────────


class Result(models.Model):
    """What came out of one question, written once, at closing."""

    class Decision(models.TextChoices):
        ADOPTED = Outcome.ADOPTED.value, _("Adopted")
        REJECTED = Outcome.REJECTED.value, _("Not adopted")
        TIED = Outcome.TIED.value, _("Undecided: a tie")
        NO_QUORUM = Outcome.NO_QUORUM.value, _("Did not take place: no quorum")

    question = models.OneToOneField(Question, on_delete=models.PROTECT, related_name="result")
    # By answer, noughts too: {"for": 31, "against": 2, "abstain": 1, "blank": 0}, of a choice by option id.
    counts = models.JSONField()
    outcome = models.CharField(_("decision"), max_length=10, choices=Decision)
    # Of a choice that was decided.
    chosen = models.ForeignKey(Option, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["question__position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=["adopted", "rejected", "tied", "no_quorum"]),
                name="decision_is_known",
            ),
            models.CheckConstraint(
                condition=Q(outcome="adopted") | Q(chosen__isnull=True), name="chosen_option_is_adopted"
            ),
        ]

    def __str__(self) -> str:
        return str(self.get_outcome_display())
