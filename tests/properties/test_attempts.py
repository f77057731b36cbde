"""How often one may try in a day, and what still works past each limit."""

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.models import User
from notifications.models import Letter
from properties import activation, attempts
from properties.models import Access, LinkAttempt, ManagingCompany, PaymentBook
from tests.factories import BookFactory, UserFactory
from tests.properties.conftest import AT, HOME, Try, hold, holders_of

# 22:00 UTC is midnight in Vilnius in winter.
BEFORE_MIDNIGHT = datetime(2026, 11, 22, 21, 59, 59, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 22, 22, tzinfo=UTC)


def failures(company: ManagingCompany, count: int) -> None:
    LinkAttempt.objects.bulk_create(
        LinkAttempt(
            managing_company=company,
            network=f"net {number}",
            payer_code_key=f"X{number}",
            day=AT.date(),
            attempted_at=AT,
            is_name_judged=True,
        )
        for number in range(count)
    )


def test_a_person_fails_five_times_a_day(
    attempt: Try, birute: User, newcomer: User, book: PaymentBook, code: str
) -> None:
    for number in range(5):
        attempt(birute, f"NERA-{number}", network=f"192.0.2.{number}", at=BEFORE_MIDNIGHT)
    # Neither the name nor the code, from anywhere, at any company.
    assert attempt(birute, at=BEFORE_MIDNIGHT).kind == "not_linked"
    assert attempt(birute, activation_code=code, at=BEFORE_MIDNIGHT).kind == "not_linked"
    assert LinkAttempt.objects.count() == 5
    assert attempt(newcomer, activation_code=code, at=BEFORE_MIDNIGHT).kind == "linked"
    Access.objects.all().delete()
    assert attempt(birute, at=MIDNIGHT).kind == "linked"


def test_success_gives_the_slot_back(attempt: Try, birute: User, company_a: ManagingCompany) -> None:
    for number in range(4):
        attempt(birute, f"NERA-{number}")
    for _more in range(3):
        mine = BookFactory(managing_company=company_a, payer_name="Birutė Pavyzdienė")
        assert attempt(birute, mine.payer_code).kind == "linked"
    assert LinkAttempt.objects.count() == 4


def test_a_network_fails_twenty_times_a_day(attempt: Try, birute: User, code: str) -> None:
    for number in range(20):
        attempt(UserFactory(), f"NERA-{number}")
    assert attempt(birute).kind == "not_linked"
    assert attempt(birute, activation_code=code).kind == "not_linked"
    assert LinkAttempt.objects.count() == 20
    assert attempt(birute, network="192.0.2.8").kind == "linked"


def test_past_five_failures_of_a_code_from_a_network_only_its_activation_code_opens(
    attempt: Try, birute: User, newcomer: User, code: str
) -> None:
    for _more in range(5):
        attempt(UserFactory())
    assert attempt(birute).kind == "not_linked"
    assert attempt(newcomer, activation_code=code).kind == "linked"
    Access.objects.all().delete()
    # A stranger's guesses lock nobody out elsewhere.
    assert attempt(birute, network="192.0.2.8").kind == "linked"


def test_the_same_code_at_another_company_has_its_own_limit(
    attempt: Try, birute: User, company_b: ManagingCompany
) -> None:
    for _more in range(5):
        attempt(UserFactory(), company=company_b)
    assert attempt(birute).kind == "linked"


def test_three_hundred_failures_switch_names_off_until_midnight(
    attempt: Try,
    birute: User,
    newcomer: User,
    staff_a: User,
    staff_b: User,
    company_a: ManagingCompany,
    code: str,
) -> None:
    failures(company_a, 298)
    attempt(newcomer, "NERA-1")
    assert not Letter.objects.exists()
    assert attempt(birute).kind == "linked"
    Access.objects.all().delete()
    attempt(newcomer, "NERA-2")
    assert list(Letter.objects.values_list("kind", "address")) == [("name_proof_off", staff_a.email)]
    assert attempt(birute, network="192.0.2.8").kind == "not_linked"
    assert attempt(newcomer, activation_code=code).kind == "linked"
    Access.objects.all().delete()
    assert attempt(birute, network="192.0.2.8", at=MIDNIGHT - timedelta(seconds=1)).kind == "not_linked"
    # One letter a day, however many failures.
    assert Letter.objects.count() == 1
    assert attempt(birute, network="192.0.2.8", at=MIDNIGHT).kind == "linked"


def test_another_company_goes_on(
    attempt: Try, company_a: ManagingCompany, company_b: ManagingCompany, birute: User
) -> None:
    failures(company_b, 400)
    assert attempt(birute).kind == "linked"


def test_a_new_day_alerts_again(
    attempt: Try, company_a: ManagingCompany, staff_a: User, newcomer: User
) -> None:
    failures(company_a, 300)
    attempt(newcomer, "NERA-1")
    LinkAttempt.objects.update(day=MIDNIGHT.date() + timedelta(days=1))
    attempt(newcomer, "NERA-2", at=MIDNIGHT)
    assert Letter.objects.filter(kind="name_proof_off").count() == 2


def test_a_person_who_goes_leaves_the_failures_behind(
    attempt: Try, newcomer: User, company_a: ManagingCompany
) -> None:
    attempt(newcomer, "NERA-1")
    newcomer.delete()
    assert LinkAttempt.objects.get().managing_company == company_a


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("unix:" + "x" * 100, "unix:" + "x" * 59),
    ],
)
def test_what_counts_as_one_network(address: str, key: str) -> None:
    assert attempts.network_key(address) == key


def test_earlier_days_are_forgotten(attempt: Try, newcomer: User) -> None:
    attempt(newcomer, "NERA-1", at=BEFORE_MIDNIGHT)
    attempt(newcomer, "NERA-2", at=MIDNIGHT)
    assert attempts.forget(before=date(2026, 11, 23)) == 1
    assert LinkAttempt.objects.get().payer_code_key == "NERA2"


def test_failures_at_a_held_book_look_like_those_at_none(
    attempt: Try, newcomer: User, holder: User, book: PaymentBook
) -> None:
    hold(newcomer, BookFactory())
    held, nothing = attempt(newcomer), attempt(newcomer, "NERA-1")
    assert held == nothing
    assert activation.code_of(book) not in repr(held)
    assert holders_of(book) == [holder.email]
    assert HOME in LinkAttempt.objects.values_list("network", flat=True)
