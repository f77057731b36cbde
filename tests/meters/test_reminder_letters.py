"""Who is reminded of declaring, on which days, and that nobody is told twice or of what is done."""

from datetime import date, datetime, timedelta

import pytest
from django.core import mail

from accounts.models import User
from meters import late_windows, reminders
from meters.models import Meter
from meters.reminders import Told, post_due, told_on
from meters.window import VILNIUS, Days, window_of
from notifications import choices, outbox
from notifications.models import Letter
from properties.models import Access, ManagingCompany
from tests.factories import AccessFactory, BookFactory, BuildingFactory, MeterFactory, PropertyFactory
from tests.meters.conftest import Declare


def morning(day: int, month: int = 11, hour: int = 9) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=VILNIUS)


def posted(at: datetime) -> list[tuple[str, str]]:
    """Return what is posted at that moment, by address and kind."""
    before = set(Letter.objects.values_list("pk", flat=True))
    count = post_due(at=at)
    letters = Letter.objects.exclude(pk__in=before).order_by("address", "kind")
    assert len(letters) == count
    return [(letter.address, letter.kind) for letter in letters]


def sent(at: datetime) -> int:
    return outbox.send_overdue(at=at + timedelta(minutes=5))


# ── The days ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("days", "opens", "closes"),
    [
        (Days(15, 27), [15, 16, 17], [24, 25, 26, 27]),
        (Days(1, 31), [1, 2, 3], [27, 28, 29, 30]),
        # Seven days: told twice; four: once.
        (Days(10, 16), [10, 11, 12], [13, 14, 15, 16]),
        (Days(10, 14), [10], [11, 12, 13, 14]),
        (Days(10, 13), [10, 11, 12], []),
        (Days(10, 10), [10], []),
    ],
)
def test_the_days_on_which_a_window_is_told(days: Days, opens: list[int], closes: list[int]) -> None:
    window = window_of(days=days, period=date(2026, 11, 1))
    told = {day: told_on(window=window, day=date(2026, 11, day)) for day in range(1, 31)}
    assert [day for day, what in told.items() if what == Told.OPENS] == opens
    assert [day for day, what in told.items() if what == Told.CLOSES] == closes


def test_a_window_that_runs_into_the_next_month_is_told_three_days_before_its_end() -> None:
    window = window_of(days=Days(25, 3), period=date(2026, 11, 1))
    assert told_on(window=window, day=date(2026, 11, 29)) is None
    assert told_on(window=window, day=date(2026, 11, 30)) == Told.CLOSES


@pytest.mark.django_db
class TestWho:
    def test_opening_and_closing_are_told_once_each(self, holder: User, meter: Meter) -> None:
        told = [posted(morning(day)) for day in (14, 15, 15, 16, 18, 23, 24, 25, 28)]
        opens, closes = [(holder.email, "window_opens")], [(holder.email, "window_closes")]
        assert told == [[], opens, [], [], [], [], closes, [], []]

    def test_nobody_is_written_to_at_night(self, holder: User, meter: Meter) -> None:
        assert [bool(posted(morning(15, hour=hour))) for hour in (7, 20)] == [False, False]
        assert posted(morning(15, hour=8)) == [(holder.email, "window_opens")]

    def test_everybody_who_may_declare_and_nobody_else(
        self,
        meter: Meter,
        holder: User,
        co_holder: User,
        guest: User,
        guest_declares: User,
        guest_pays: User,
        revoked_guest: User,
        removed_holder: User,
        former_holder: User,
        stranger: User,
    ) -> None:
        # After the moment at which the others' access ended.
        told = {address for address, _kind in posted(datetime(2099, 11, 15, 9, tzinfo=VILNIUS))}
        assert told == {holder.email, co_holder.email, guest.email, guest_declares.email}

    def test_one_letter_however_many_objects(
        self, holder: User, meter: Meter, company_a: ManagingCompany
    ) -> None:
        MeterFactory(property=meter.property)
        for _ in range(2):
            book = AccessFactory(person=holder, payment_book__managing_company=company_a).payment_book
            MeterFactory(property=book.premises.get())
        assert posted(morning(15)) == [(holder.email, "window_opens")]

    def test_windows_of_other_days_are_told_apart(
        self, holder: User, meter: Meter, company_a: ManagingCompany
    ) -> None:
        building = BuildingFactory(managing_company=company_a, window_opens=20, window_closes=25)
        book = BookFactory(managing_company=company_a, premises=[PropertyFactory(building=building)])
        AccessFactory(person=holder, payment_book=book)
        MeterFactory(property=book.premises.get())
        assert [len(posted(morning(day))) for day in (15, 20, 22, 24)] == [1, 1, 1, 1]

    def test_not_of_a_company_that_takes_no_declarations(
        self, holder: User, meter: Meter, company_a: ManagingCompany
    ) -> None:
        company_a.declares_readings = False
        company_a.save()
        assert posted(morning(15)) == []

    @pytest.mark.parametrize(
        "fields",
        [{"is_remote": True}, {"removed_on": date(2026, 11, 1)}, {"installed_on": date(2026, 12, 1)}],
    )
    def test_not_of_meters_that_nobody_declares(self, holder: User, meter: Meter, fields: dict) -> None:
        Meter.objects.update(**fields)
        assert posted(morning(15)) == []

    def test_not_when_all_is_declared(self, holder: User, meter: Meter, press: Declare) -> None:
        assert press("110", at=morning(15)).is_kept
        assert posted(morning(15)) == []
        MeterFactory(property=meter.property)
        assert posted(morning(16)) == [(holder.email, "window_opens")]

    def test_a_late_window_is_told_to_those_it_is_for(
        self, holder: User, meter: Meter, stranger: User
    ) -> None:
        theirs = Access.objects.get(person=stranger).payment_book
        MeterFactory(property=theirs.premises.get())
        late_windows.open_late(
            meter=meter, period=date(2026, 11, 1), opens_at=morning(30), ends_at=morning(8, 12), by=None
        )
        assert posted(morning(30)) == [(holder.email, "window_opens")]
        assert posted(morning(5, 12)) == [(holder.email, "window_closes")]

    def test_many_people_cost_as_many_queries_as_few(
        self, holder: User, meter: Meter, company_a: ManagingCompany, django_assert_num_queries
    ) -> None:
        # Days, late windows; people, their books, letters, meters, readings; savepoint, the queue, two for the letters.
        for more in (0, 3):
            for _ in range(more):
                book = AccessFactory(payment_book__managing_company=company_a).payment_book
                MeterFactory(property=book.premises.get())
            with django_assert_num_queries(13):
                assert post_due(at=morning(15)) == 1 + more
            Letter.objects.all().delete()


# ── Just before sending ─────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db
class TestSending:
    def test_it_says_what_and_until_when_with_one_link(self, holder: User, meter: Meter) -> None:
        post_due(at=morning(15))
        assert sent(morning(15)) == 1
        [message] = mail.outbox
        assert message.subject == "Deklaruokite skaitiklius už lapkritį iki lapkričio 27 d."
        body = str(message.body)
        assert "nuo lapkričio 15 d. iki lapkričio 27 d. imtinai" in body
        assert "- Beržyno g. 8-15, Klaipėda\n" in body
        assert body.count("http://savitarna.test/declare/") == 1
        assert "Birutė" not in body
        assert "List-Unsubscribe" in message.extra_headers

    def test_in_english_to_whom_reads_it(self, holder: User, meter: Meter) -> None:
        User.objects.update(language="en")
        post_due(at=morning(24))
        sent(morning(24))
        assert mail.outbox[0].subject == "Reminder: declare your meters for November until 27 November"

    def test_what_was_declared_meanwhile_is_not_told(
        self, holder: User, meter: Meter, press: Declare
    ) -> None:
        post_due(at=morning(15))
        press("110", at=morning(15))
        assert sent(morning(15)) == 0
        assert Letter.objects.get().dropped_at is not None

    def test_only_what_is_undeclared_is_listed(
        self, holder: User, meter: Meter, press: Declare, company_a: ManagingCompany
    ) -> None:
        book = AccessFactory(person=holder, payment_book__managing_company=company_a).payment_book
        MeterFactory(property=book.premises.get())
        post_due(at=morning(15))
        press("110", at=morning(15))
        sent(morning(15))
        assert "Liepų g." in str(mail.outbox[0].body)
        assert "Beržyno g." not in str(mail.outbox[0].body)

    @pytest.mark.parametrize("change", ["window_over", "access_ended", "email_changed", "closed", "refused"])
    def test_not_to_whom_it_is_nothing_any_more(
        self, holder: User, holder_access: Access, meter: Meter, change: str
    ) -> None:
        post_due(at=morning(24))
        at = morning(24)
        if change == "window_over":
            at = morning(28)
        elif change == "access_ended":
            Access.objects.filter(pk=holder_access.pk).update(ends_at=at)
        elif change == "email_changed":
            User.objects.filter(pk=holder.pk).update(email="kita@pastas.example")
        elif change == "closed":
            User.objects.filter(pk=holder.pk).update(is_active=False)
        else:
            choices.refuse(address=holder.email, topic="meters", at=at)
        assert sent(at) == 0
        assert Letter.objects.get().dropped_at is not None

    def test_nobody_s_letters_hurry(self, holder: User, co_holder: User, meter: Meter) -> None:
        post_due(at=morning(15))
        first, second = Letter.objects.order_by("next_try_at").values_list("next_try_at", flat=True)
        assert second - first == timedelta(minutes=1) / outbox.USUAL_PACE


def test_a_window_is_written_and_read_to_the_second() -> None:
    window = window_of(days=Days(15, 27), period=date(2026, 11, 1))
    assert reminders.written(window) == "202611-1794693600-1795816800"
    assert reminders.is_same(window, reminders.read_window(reminders.written(window)))
    for wrong in ("", "202613-1-2", "202611-1", "202611-1-2-early", "x-1-2"):
        with pytest.raises(ValueError):  # noqa: PT011
            reminders.read_window(wrong)
