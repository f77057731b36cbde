"""Sharing when several act at the same moment, each on a connection of their own.

Each race has its control: with the guard taken away the same race must go wrong.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import count
from threading import Barrier
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from accounts.models import User
from properties import access as accesses
from properties import activation, linking
from properties.models import Access, AccessQuerySet, ManagingCompany, PaymentBook
from sharing import drafts, grants
from sharing.models import DraftLine, Offer
from tests.drills.sharing_model import Sharing
from tests.factories import AccessFactory, BookFactory, CompanyFactory, UserFactory
from tests.properties.conftest import claimant_of
from tests.sharing.conftest import sees

ROUNDS = 100 if os.environ.get("DRILL") else 10
# Without its guard a race goes wrong within very few rounds; so many are enough to be sure.
ROUNDS_OF_A_CONTROL = 100
# Books that two people share in opposite order.
OF_A_CROSSING = 3

Job = Callable[[], Any]


@pytest.fixture
def company(transactional_db: None) -> ManagingCompany:
    made: ManagingCompany = CompanyFactory()
    return made


def at_once(*jobs: Job) -> list[Any]:
    """Do the jobs at the same moment; return what each returned, or why it was refused."""
    start = Barrier(len(jobs))

    def do(job: Job) -> Any:
        try:
            connection.ensure_connection()
            start.wait()
            return job()
        except ValidationError as error:
            return error.code
        except drafts.Impossible as error:
            return sorted(str(problem.code) for problem in error.problems.values())
        except OperationalError as error:
            return f"deadlock: {error}" if "deadlock" in str(error) else f"error: {error}"
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as threads:
        return [done.result() for done in [threads.submit(do, job) for job in jobs]]


def race(rounds: int, one_round: Callable[[bool], tuple[str, list[str]]]) -> Counter[str]:
    """Run rounds, who starts first taking turns; fail at the first that went wrong; count how they ended."""
    ended: Counter[str] = Counter()
    for number in range(rounds):
        end, wrong = one_round(bool(number % 2))
        assert wrong == [], f"round {number + 1}: {end}"
        ended[end] += 1
    return ended


def control(name: str, one_round: Callable[[bool], tuple[str, list[str]]]) -> None:
    """Run rounds of a race without its guard until one goes wrong."""
    for number in range(1, ROUNDS_OF_A_CONTROL + 1):
        end, wrong = one_round(bool(number % 2))
        if wrong:
            print(f"\ncontrol of {name}: wrong in round {number}: {wrong[0]}, {end}")
            return
    pytest.fail(f"{name} held without its guard: the drill has no teeth")


def told(name: str, ended: Counter[str]) -> None:
    print(f"\n{name}, {ended.total()} rounds, nothing wrong: {dict(ended.most_common())}")


def in_turn(first: Job, second: Job, *, is_turned: bool) -> list[Any]:
    """Start two jobs at once in one order or the other; return the answers in the order of the arguments."""
    answers = at_once(*((second, first) if is_turned else (first, second)))
    return answers[::-1] if is_turned else answers


_numbers = count()


def person(**fields: Any) -> User:
    made: User = UserFactory(email=f"lenktynes{next(_numbers)}@pastas.example", **fields)
    return made


def offered(row: Access, to: User) -> Offer:
    return grants.offer(
        book=row.payment_book, email=to.email, scope="all", until_on=None, by=row.person, at=timezone.now()
    )


def left_open(row: Access, guest: User) -> list[str]:
    """Return what is wrong when nothing that this row gives may be left to this guest."""
    at = timezone.now()
    wrong = ["the guest still sees the object"] if sees(guest, row.payment_book, at) else []
    if Offer.objects.waiting_for(guest, at=at).exists():
        wrong.append("an offer is still open")
    if Offer.objects.in_force(at=at).filter(granted_by=row).exists():
        wrong.append("a share is still in force")
    return wrong


# ── share ‖ remove, accept ‖ remove ─────────────────────────────────────────────────────────────


def removal(row: Access, *, is_by_page: bool = False) -> Job:
    """Return what gives the object up: the rule alone, as quick as what it races with, or a whole save."""
    mine = claimant_of(row.person)
    if is_by_page:
        line = drafts.stage_remove(person=row.person, book=row.payment_book, at=timezone.now())
        return lambda: drafts.save(claimant=mine, shown=[line.pk], at=timezone.now()).removed != []
    return lambda: accesses.end(accesses=Access.objects.filter(pk=row.pk), at=timezone.now()) != []


def share_and_remove(company: ManagingCompany) -> Callable[[bool], tuple[str, list[str]]]:
    def one_round(is_turned: bool) -> tuple[str, list[str]]:
        row, guest = AccessFactory(payment_book__managing_company=company), person()
        gives_up = removal(row, is_by_page=is_turned)
        shared, gone = in_turn(lambda: offered(row, guest), gives_up, is_turned=is_turned)
        wrong = left_open(row, guest) if gone is True else [f"not removed: {gone}"]
        if isinstance(shared, Offer):
            try:
                grants.accept(offer=shared, by=guest, at=timezone.now())
            except ValidationError:
                pass
            else:
                wrong.append("the offer of who has gone was accepted")
        return ("shared, then removed" if isinstance(shared, Offer) else f"removed: {shared}"), wrong

    return one_round


def accept_and_remove(
    company: ManagingCompany, remove: Callable[[Access], bool] | None = None
) -> Callable[[bool], tuple[str, list[str]]]:
    def one_round(is_turned: bool) -> tuple[str, list[str]]:
        row, guest = AccessFactory(payment_book__managing_company=company), person()
        made = offered(row, guest)
        gives_up = (lambda: remove(row)) if remove else removal(row, is_by_page=is_turned)
        let_in, gone = in_turn(
            lambda: grants.accept(offer=made, by=guest, at=timezone.now()), gives_up, is_turned=is_turned
        )
        wrong = left_open(row, guest) if gone is True else [f"not removed: {gone}"]
        return ("accepted, then removed" if isinstance(let_in, Access) else f"removed: {let_in}"), wrong

    return one_round


def test_who_gives_an_object_up_shares_it_with_nobody(company: ManagingCompany) -> None:
    told("share‖remove", race(ROUNDS, share_and_remove(company)))
    told("accept‖remove", race(ROUNDS, accept_and_remove(company)))


def test_control_copied_into_the_guests_rows_the_end_misses_some(
    company: ManagingCompany, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The way not taken: a row lives by itself, and giving up ends the guests' rows that there are."""

    def live(rows: AccessQuerySet, *, at: datetime) -> AccessQuerySet:
        return rows.filter(ends_at__isnull=True, starts_at__lte=at)

    @transaction.atomic
    def copy_the_end(row: Access) -> bool:
        ended = [row.pk, *Access.objects.filter(granted_by=row).values_list("pk", flat=True)]
        Access.objects.filter(pk__in=ended).update(ends_at=timezone.now())
        return True

    monkeypatch.setattr(AccessQuerySet, "live", live)
    without_lock_of_the_book(monkeypatch)
    control("accept‖remove", accept_and_remove(company, copy_the_end))


def without_lock_of_the_book(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grants, "_locked", lambda book: PaymentBook.objects.get(pk=book.pk))


# ── accept ‖ revoke ─────────────────────────────────────────────────────────────────────────────


def accept_and_revoke(company: ManagingCompany) -> Callable[[bool], tuple[str, list[str]]]:
    def one_round(is_turned: bool) -> tuple[str, list[str]]:
        row, guest = AccessFactory(payment_book__managing_company=company), person()
        made = offered(row, guest)
        let_in, revoked = in_turn(
            lambda: grants.accept(offer=made, by=guest, at=timezone.now()),
            lambda: grants.revoke(offer=made, by=row.person, at=timezone.now()),
            is_turned=is_turned,
        )
        wrong = left_open(row, guest) if revoked is True else [f"nothing was revoked: {revoked}"]
        return ("accepted, then revoked" if isinstance(let_in, Access) else f"revoked: {let_in}"), wrong

    return one_round


def test_what_is_revoked_is_not_accepted(company: ManagingCompany) -> None:
    told("accept‖revoke", race(ROUNDS, accept_and_revoke(company)))


def test_control_without_the_books_lock_a_revoked_guest_stays(
    company: ManagingCompany, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_lock_of_the_book(monkeypatch)
    control("accept‖revoke", accept_and_revoke(company))


# ── link ‖ link ─────────────────────────────────────────────────────────────────────────────────


def links(
    company: ManagingCompany, *, is_by_code: bool, is_proven_before: bool
) -> Callable[[bool], tuple[str, list[str]]]:
    """Let two namesakes prove one object, by the name on file or by its one activation code."""

    def one_round(is_turned: bool) -> tuple[str, list[str]]:
        book = BookFactory(managing_company=company, payer_name="Rasa Bandomoji")
        typed = activation.code_of(book) if is_by_code else ""
        people = person(), person()
        jobs = [
            (saved_proof if is_proven_before else linked)(one, book, typed, f"198.51.100.{place}")
            for place, one in enumerate(people)
        ]
        answers = in_turn(*jobs, is_turned=is_turned)
        held = Access.objects.filter(payment_book=book).count()
        wrong = [] if held == 1 else [f"{held} holders of one proof"]
        if answers.count("linked") != 1:
            wrong.append(f"the answers are {answers}")
        book.refresh_from_db()
        if book.activation_no != (2 if is_by_code else 1):
            wrong.append(f"the code's number is {book.activation_no}")
        return " and ".join(sorted(map(str, answers))), wrong

    return one_round


def linked(one: User, book: PaymentBook, typed: str, network: str) -> Job:
    proof: dict[str, Any] = {
        "claimant": claimant_of(one),
        "company": book.managing_company,
        "payer_code": book.payer_code,
        "activation_code": typed,
        "network": network,
    }
    return lambda: str(linking.link(**proof, at=timezone.now()).kind)


def saved_proof(one: User, book: PaymentBook, typed: str, network: str) -> Job:
    """Prove the object now and return what saves it."""
    mine = claimant_of(one)
    outcome = linking.prove(
        claimant=mine,
        company=book.managing_company,
        payer_code=book.payer_code,
        activation_code=typed,
        network=network,
        at=timezone.now(),
    )
    assert outcome.book == book
    line = drafts.stage_add(person=one, book=book, activation_no=outcome.activation_no, at=timezone.now())
    # The one who comes too late hears `no_longer_proven`.
    return lambda: drafts.save(claimant=mine, shown=[line.pk], at=timezone.now()).added and "linked"


WAYS = [(False, False), (True, False), (False, True), (True, True)]


@pytest.mark.parametrize(("is_by_code", "is_proven_before"), WAYS)
def test_one_proof_opens_to_one(company: ManagingCompany, is_by_code: bool, is_proven_before: bool) -> None:
    one_round = links(company, is_by_code=is_by_code, is_proven_before=is_proven_before)
    name = f"{'save' if is_proven_before else 'link'}‖same by {'code' if is_by_code else 'name'}"
    told(name, race(ROUNDS, one_round))


def test_control_without_the_books_lock_one_proof_opens_to_two(
    company: ManagingCompany, monkeypatch: pytest.MonkeyPatch
) -> None:
    find_book = linking.find_book
    monkeypatch.setattr(
        linking, "find_book", lambda for_update=False, **values: find_book(**values, for_update=False)
    )
    control("link‖link by name", links(company, is_by_code=False, is_proven_before=False))
    monkeypatch.setattr(drafts, "_locked_books", books_unlocked)
    control("save‖save by name", links(company, is_by_code=False, is_proven_before=True))


def books_unlocked(pks: Iterator[int]) -> dict[int, PaymentBook]:
    return PaymentBook.objects.select_related("managing_company").in_bulk(list(pks))


# ── save ‖ save ─────────────────────────────────────────────────────────────────────────────────


def saves_of_one(company: ManagingCompany) -> Callable[[bool], tuple[str, list[str]]]:
    """Let one person press „Išsaugoti“ in two tabs: to add, share, stop sharing and remove."""

    def one_round(is_turned: bool) -> tuple[str, list[str]]:
        keeps = AccessFactory(payment_book__managing_company=company)
        me, guest, at = keeps.person, person(), timezone.now()
        gives_up = AccessFactory(person=me, payment_book__managing_company=company)
        new = BookFactory(managing_company=company, payer_name=me.get_full_name())
        ended = offered(keeps, guest)
        grants.accept(offer=ended, by=guest, at=at)
        drafts.stage_add(person=me, book=new, activation_no=None, at=at)
        drafts.stage_remove(person=me, book=gives_up.payment_book, at=at)
        drafts.stage_unshare(person=me, offer=ended, at=at)
        for book, email in ((new, guest.email), (keeps.payment_book, "kita@pastas.example")):
            drafts.stage_share(person=me, book=book, email=email, scope="all", until_on=None, at=at)
        shown = list(DraftLine.objects.filter(person=me).values_list("pk", flat=True))

        def save() -> str:
            done = drafts.save(claimant=claimant_of(me), shown=shown, at=timezone.now())
            return f"{len(done.added)}+{len(done.removed)}+{len(done.ended)}+{len(done.offered)}, {done.gone}"

        answers = sorted(map(str, in_turn(save, save, is_turned=is_turned)))
        wrong = [] if answers == ["0+0+0+0, 5", "1+1+1+2, 0"] else [f"the answers are {answers}"]
        if Access.objects.filter(person=me, payment_book=new).count() != 1:
            wrong.append("the object is not held once")
        if Offer.objects.filter(granted_by__person=me, answer="").count() != 2:
            wrong.append("not two offers")
        return " and ".join(answers), wrong

    return one_round


def test_pressing_save_twice_does_everything_once(company: ManagingCompany) -> None:
    told("save‖save of one person", race(ROUNDS, saves_of_one(company)))


def test_control_two_saves_that_do_not_wait_both_try(
    company: ManagingCompany, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "_wait_for_others", lambda person: None)
    control("save‖save of one person", saves_of_one(company))


def crossing_saves(company: ManagingCompany) -> Callable[[bool], tuple[str, list[str]]]:
    """Let two holders of the same books save changes to them in opposite order."""

    def one_round(is_turned: bool) -> tuple[str, list[str]]:
        one, other = person(), person()
        books: list[PaymentBook] = [
            BookFactory(managing_company=company, premises=[]) for _book in range(OF_A_CROSSING)
        ]
        for book in books:
            for holder in (one, other):
                AccessFactory(person=holder, payment_book=book)
        jobs = [crossing_save(one, books), crossing_save(other, books[::-1])]
        answers = in_turn(*jobs, is_turned=is_turned)
        made = Offer.objects.filter(granted_by__payment_book__in=books).count()
        wrong = [f"the answers are {answers}"] if answers != [OF_A_CROSSING] * 2 else []
        if made != 2 * OF_A_CROSSING:
            wrong.append(f"{made} offers")
        return "both saved", wrong

    return one_round


def crossing_save(holder: User, books: list[PaymentBook]) -> Job:
    at = timezone.now()
    for book in books:
        drafts.stage_share(
            person=holder, book=book, email="kas@pastas.example", scope="all", until_on=None, at=at
        )
    shown = list(DraftLine.objects.filter(person=holder).values_list("pk", flat=True))
    mine = claimant_of(holder)
    return lambda: len(drafts.save(claimant=mine, shown=shown, at=timezone.now()).offered)


def test_two_who_save_crosswise_never_lock_each_other_out(company: ManagingCompany) -> None:
    told("save‖save of two people crosswise", race(ROUNDS, crossing_saves(company)))


def test_control_without_the_order_of_books_they_do(
    company: ManagingCompany, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "_locked_books", books_unlocked)
    control("save‖save crosswise", crossing_saves(company))


# ── Anything in any order ───────────────────────────────────────────────────────────────────────


def run_the_machine(machine: type[Sharing]) -> None:
    examples, steps = (300, 40) if os.environ.get("DRILL") else (20, 25)
    machine.done.clear()
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        ),
    )


@pytest.mark.django_db
def test_in_any_order_everybody_sees_what_the_model_says() -> None:
    run_the_machine(Sharing)
    print(f"\nin any order, no difference: {dict(sorted(Sharing.done.items()))}")
