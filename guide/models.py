"""Questions that people ask, with their answers: for everybody, or of one managing company."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from properties.capabilities import Capability
from properties.models import ManagingCompany, PaymentBook


class Topic(models.Model):
    """What a group of questions is about."""

    title = models.CharField(_("title"), max_length=100)
    title_en = models.CharField(_("title in English"), max_length=100)
    position = models.PositiveSmallIntegerField(_("position"), default=100)

    class Meta:
        ordering = ["position", "id"]
        verbose_name = _("topic of questions")
        verbose_name_plural = _("topics of questions")
        constraints = [
            models.CheckConstraint(
                condition=~Q(title="") & ~Q(title_en=""), name="topic_has_a_title_in_both_languages"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class QuestionQuerySet(models.QuerySet["Question"]):
    def visible_to(self, user: Any, *, at: datetime) -> "QuestionQuerySet":
        """Narrow to published ones: those for everybody, and of the companies of this person's objects."""
        offered = Q(managing_company__isnull=True)
        if user.is_authenticated:
            books = PaymentBook.objects.visible_to(user, Capability.SEE_OBJECT, at=at)
            offered |= Q(managing_company__in=books.values("managing_company"))
        return self.filter(offered, is_published=True)


class Question(models.Model):
    topic = models.ForeignKey(
        Topic, on_delete=models.PROTECT, related_name="questions", verbose_name=_("topic")
    )
    # Empty: for everybody.
    managing_company = models.ForeignKey(
        ManagingCompany,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("managing company"),
    )
    question = models.CharField(_("question"), max_length=200)
    answer = models.TextField(
        _("answer"), max_length=5000, help_text=_("An empty line begins a new paragraph.")
    )
    question_en = models.CharField(
        _("question in English"),
        max_length=200,
        blank=True,
        help_text=_("Without it the Lithuanian one is shown on the English page."),
    )
    answer_en = models.TextField(_("answer in English"), max_length=5000, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=100)
    is_published = models.BooleanField(_("published"), default=True)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        ordering = ["topic__position", "topic_id", "position", "id"]
        verbose_name = _("question and answer")
        verbose_name_plural = _("questions and answers")
        constraints = [
            models.CheckConstraint(condition=~Q(question="") & ~Q(answer=""), name="question_has_an_answer"),
            models.CheckConstraint(
                condition=Q(question_en="", answer_en="") | (~Q(question_en="") & ~Q(answer_en="")),
                name="english_question_has_an_english_answer",
            ),
        ]

    def __str__(self) -> str:
        return self.question
