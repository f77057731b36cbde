"""Questions and answers: those for everybody are the superusers', a company's staff write their own."""

from typing import Any

from django.contrib import admin
from django.db.models import ForeignKey, Model, Q
from django.forms.models import ModelChoiceField
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from properties.admin import CompanyScopedAdmin
from properties.search import Found

from .models import Question, Topic


@admin.register(Topic)
class TopicAdmin(admin.ModelAdmin):
    list_display = ("title", "title_en", "position")

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Keep topics: one without questions is shown nowhere."""
        return False


def found_questions(typed: str, companies: frozenset[int]) -> Found:
    """Find questions by a part of what they say, in either language."""
    part, texts = typed.strip(), ("question", "answer", "question_en", "answer_en")
    found = Q()
    for name in texts:
        found |= Q(**{f"{name}__icontains": part})
    return Found(found)


@admin.register(Question)
class QuestionAdmin(CompanyScopedAdmin):
    company_path = "managing_company"
    found_by = staticmethod(found_questions)
    list_display = ("question", "topic", "managing_company", "position", "is_published")
    list_filter = ("is_published",)
    list_select_related = ("topic", "managing_company")
    search_help_text = _("A part of a question or answer")
    fields = (
        "topic",
        "managing_company",
        "question",
        "answer",
        "question_en",
        "answer_en",
        "position",
        "is_published",
    )

    def formfield_for_foreignkey(
        self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField | None:
        """Offer every topic to everybody; whoever serves companies writes for one of them."""
        if db_field.name == "topic":
            kwargs["queryset"] = Topic.objects.all()
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None and db_field.name == "managing_company":
            field.required = not request.user.is_superuser
            field.empty_label = str(_("For everybody")) if request.user.is_superuser else field.empty_label
        return field
