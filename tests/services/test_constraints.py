"""What PostgreSQL itself refuses about requests, whoever writes."""

import uuid
from datetime import date, time
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from properties.models import PaymentBook
from services.models import CatalogueItem, Message, Photo, Request
from tests.factories import CatalogueItemFactory, RequestFactory


def refused(constraint: str, rows: Any, **values: Any) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        rows.update(**values)


CHANGES = [
    ("requests_are_numbered_from_one", {"number": 0}),
    ("order_names_its_service", {"item": None}),
    ("order_or_fault_is_for_an_object", {"payment_book": None, "premises": None}),
    ("fault_says_how_urgent_it_is", {"urgency": "urgent"}),
    ("request_is_of_a_person_or_of_an_email", {"person": None}),
    ("request_is_of_a_person_or_of_an_email", {"email": "a@b.example"}),
    ("request_says_something", {"text": ""}),
    ("closed_request_has_its_moment", {"state": "done"}),
    ("assigned_request_names_who_is_in_charge", {"state": "assigned"}),
    ("visit_has_its_day_and_hours", {"visit_on": date(2026, 11, 24)}),
    (
        "visit_has_its_day_and_hours",
        {"visit_on": date(2026, 11, 24), "visit_from": time(16), "visit_to": time(14)},
    ),
    ("arranged_visit_has_its_day", {"state": "scheduled"}),
]


@pytest.mark.parametrize(("constraint", "values"), CHANGES)
def test_a_request_that_cannot_be(
    constraint: str, values: dict[str, Any], book: PaymentBook, holder: User
) -> None:
    request = RequestFactory(payment_book=book, person=holder)
    refused(constraint, Request.objects.filter(pk=request.pk), **values)


def test_what_is_once(book: PaymentBook, holder: User) -> None:
    one = RequestFactory(payment_book=book, person=holder)
    two = RequestFactory(payment_book=book, person=holder, item=one.item)
    rows = Request.objects.filter(pk=two.pk)
    refused("one_request_per_number_of_a_company", rows, number=one.number)
    refused("one_request_per_press_of_a_form", rows, form_key=one.form_key)
    item = CatalogueItemFactory(managing_company=book.managing_company)
    items = CatalogueItem.objects.filter(pk=item.pk)
    refused("service_is_once_in_a_catalogue", items, title=one.item.title)
    refused("service_is_answered_within_sixty_days", items, answer_days=61)


def test_messages_and_photos(book: PaymentBook, holder: User) -> None:
    request = RequestFactory(payment_book=book, person=holder)
    said = [
        Message.objects.create(
            request=request,
            by=holder,
            is_of_staff=False,
            text="x",
            written_at=timezone.now(),
            form_key=uuid.uuid4(),
        )
        for _ in range(2)
    ]
    rows = Message.objects.filter(pk=said[1].pk)
    refused("one_message_per_press_of_a_form", rows, form_key=said[0].form_key)
    refused("message_refusal_and_reopening_say_something", rows, text="")
    for place in (1, 2):
        photo = Photo.objects.create(request=request, place=place, file="services/x.jpg")
    refused("one_photo_per_place", Photo.objects.filter(pk=photo.pk), place=1)
    refused("at_most_five_photos_at_once", Photo.objects.filter(pk=photo.pk), place=6)
