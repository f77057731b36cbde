"""The page „Kliento informacija“."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from properties.contacts import contacts_of
from properties.models import ManagingCompany
from properties.objects import objects_of

from .books import books_of


@require_safe
def client_information(request: HttpRequest) -> HttpResponse:
    """Show one's payment books and whom to ask for another."""
    at = timezone.now()
    today = timezone.localdate(at)
    objects = objects_of(user=request.user, at=at)
    context = {
        "books": books_of(objects=objects, today=today),
        "companies": contacts_of(companies=ManagingCompany.objects.all()),
    }
    return render(request, "sharing/client_information.html", context)
