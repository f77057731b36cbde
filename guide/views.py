"""Questions with answers, and what the pages can do for everybody; open to those who cannot sign in."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from .answers import answers_of, found_in, sections_of, similar_to
from .forms import SearchForm
from .models import Question


@login_not_required
@require_safe
def faq(request: HttpRequest) -> HttpResponse:
    """Show every question by topic, or those in which the typed words are found."""
    form = SearchForm(request.GET)
    questions = Question.objects.visible_to(request.user, at=timezone.now())
    answers = answers_of(
        questions=questions.select_related("topic", "managing_company"),
        language=get_language() or settings.LANGUAGE_CODE,
    )
    found = found_in(answers=answers, typed=form.typed)
    context = {
        "form": form,
        "typed": form.typed,
        "found": found,
        "similar": [] if found else similar_to(answers=answers, typed=form.typed),
        "sections": [] if form.typed else sections_of(answers=answers),
    }
    return render(request, "guide/faq.html", context)


@login_not_required
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """Show how far everybody can use the portal, and how to complain."""
    language = get_language() or settings.LANGUAGE_CODE
    return render(request, "guide/accessibility.html", {"text": f"guide/accessibility.{language}.html"})
