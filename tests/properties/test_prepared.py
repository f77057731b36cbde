from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db.models import F, QuerySet, Value
from psycopg import _queries

from accounts.models import User
from properties.capabilities import Capability
from properties.models import Access, PaymentBook
from properties.prepared import Prepared

AT = datetime(2026, 10, 20, 12, tzinfo=UTC)


def visible(user: Any, at: datetime) -> QuerySet[Any, Any]:
    return PaymentBook.objects.visible_to(user, Capability.SEE_INVOICES, at=at).values_list(
        "pk", "payer_code"
    )


def test_it_answers_each_person_and_moment_as_the_query_set_does(
    book: PaymentBook, holder: User, stranger: User
) -> None:
    prepared: Prepared[Any] = Prepared(visible)
    Access.objects.filter(person=holder).update(ends_at=AT)
    before = AT - timedelta(seconds=1)
    assert prepared.rows(user=holder, at=before) == [(book.pk, book.payer_code)]
    assert prepared.rows(user=holder, at=AT) == []
    [(other, _code)] = prepared.rows(user=stranger, at=before)
    assert other != book.pk


def test_days_and_moments_counted_from_the_moment_go_with_it(book: PaymentBook, holder: User) -> None:
    prepared: Prepared[Any] = Prepared(lambda user, at: visible(user, at + timedelta(days=1)))
    Access.objects.filter(person=holder).update(ends_at=AT)
    assert prepared.rows(user=holder, at=AT - timedelta(days=2)) == [(book.pk, book.payer_code)]
    assert prepared.rows(user=holder, at=AT - timedelta(days=1)) == []


def test_lists_are_filled_in_by_length_and_an_empty_one_finds_nothing(
    book: PaymentBook, former_book: PaymentBook
) -> None:
    prepared: Prepared[Any] = Prepared(lambda books: PaymentBook.objects.filter(pk__in=books).order_by("pk"))
    assert prepared.rows(books=[former_book.pk]) == [former_book]
    assert prepared.rows(books=[book.pk]) == [book]
    assert prepared.rows(books=[former_book.pk, book.pk]) == sorted(
        [book, former_book], key=lambda own: own.pk
    )
    assert prepared.rows(books=[]) == []


def test_models_come_with_their_relations_and_annotations(
    book: PaymentBook, django_assert_num_queries: Any
) -> None:
    prepared: Prepared[Any] = Prepared(
        lambda books: (
            PaymentBook.objects.filter(pk__in=books)
            .select_related("managing_company")
            .annotate(code=F("payer_code"))
        )
    )
    [found] = prepared.rows(books=[book.pk])
    with django_assert_num_queries(0):
        assert (found.code, found.managing_company.name) == (book.payer_code, "UAB „Pajūrio namai“")


def test_it_refuses_what_it_cannot_fill_in_anew() -> None:
    prepared: Prepared[Any] = Prepared(lambda user, at: visible(user, at.replace(day=1)))
    with pytest.raises(ValueError, match="Neither the person"):
        prepared.rows(user=User(pk=1), at=AT)


def test_it_refuses_a_statement_that_changes() -> None:
    def changing(user: Any, at: datetime) -> QuerySet[Any, Any]:
        return visible(user, at).filter(pk__gt=0) if at.year % 2 else visible(user, at)

    with pytest.raises(ValueError, match="depends"):
        Prepared(changing).rows(user=User(pk=1), at=AT)


def test_what_never_changes_stands_in_the_statement_itself(
    book: PaymentBook, former_book: PaymentBook
) -> None:
    """Percent signs of a constant and of what Django writes are none of the parameters."""
    PaymentBook.objects.filter(pk=book.pk).update(payer_name="50%s 'ir' \\ %(p0)s")

    def named(books: list[int]) -> QuerySet[Any, Any]:
        like = PaymentBook.objects.filter(pk__in=books, payer_name__contains="%s 'ir' \\ %(p0)s")
        return like.annotate(words=Value("100 %")).values_list("pk", "words")

    prepared: Prepared[Any] = Prepared(named)
    assert prepared.rows(books=[former_book.pk, book.pk]) == [(book.pk, "100 %")]


def test_a_long_statement_is_taken_apart_once(book: PaymentBook) -> None:
    """Longer than what psycopg remembers by itself."""
    long = [PaymentBook.objects.filter(payer_name=f"{'x' * 500}{number}") for number in range(10)]

    def unlike(books: list[int]) -> QuerySet[Any, Any]:
        found = PaymentBook.objects.filter(pk__in=books)
        for others in long:
            found = found.exclude(payer_name__in=others.values("payer_name"))
        return found.values_list("pk")

    prepared: Prepared[Any] = Prepared(unlike)
    before = _queries._query2pg.cache_info()
    assert [prepared.rows(books=[book.pk]) for _again in range(3)] == [[(book.pk,)]] * 3
    after = _queries._query2pg.cache_info()
    assert (after.misses - before.misses, after.hits - before.hits) == (1, 2)


def test_a_day_given_beside_a_moment_is_not_counted_from_it(book: PaymentBook) -> None:
    def opened(at: datetime, on: date) -> QuerySet[Any, Any]:
        return PaymentBook.objects.filter(opened_on=on, pk=book.pk).exclude(closed_on__lt=at.date())

    PaymentBook.objects.filter(pk=book.pk).update(opened_on=date(2020, 5, 5))
    prepared: Prepared[PaymentBook] = Prepared(opened)
    assert prepared.rows(at=AT, on=date(2020, 5, 5)) == [book]
    assert prepared.rows(at=AT, on=date(2020, 5, 6)) == []
