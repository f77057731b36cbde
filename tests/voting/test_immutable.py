"""What PostgreSQL itself refuses, asked in plain SQL: whoever gets past the portal meets the same rules."""

import json
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import User
from files.documents import Document
from tests.estate import tiny_photo
from voting import closing, electorate, paper
from voting.models import Ballot, Elector, Question, Vote, VoteDocument

DAY = timedelta(days=1)
RESTRICT_VIOLATION = "23001"


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def full(
    draft: Vote,
    colours: Question,
    now: datetime,
    cast: Callable[..., Ballot],
    owner_of: Callable[[Elector], User],
    staff_a: User,
) -> Vote:
    """An open vote with a row in every table but the results: two ballots online, one against a paper one."""
    VoteDocument.objects.create(vote=draft, file="voting/a.pdf", name="Sąmata.pdf", size=3)
    electorate.open_vote(vote=draft, at=now)
    first, second, *_others = draft.electors.all()
    answers = {str(question.pk): "abstain" for question in draft.questions.all()}
    cast(first, answers, owner_of(first))
    cast(second, answers, owner_of(second))
    scan = Document(name="b.jpg", content_type="image/jpeg", content=tiny_photo())
    paper.enter(
        elector=first, answers={}, received_on=timezone.localdate(now), scan=scan, by=staff_a, at=now + DAY
    )
    electorate.note_paper(electors=[first], to="Pašto dėžutė", by=staff_a, at=now)
    closing.extend(vote=draft, closes_at=draft.closes_at + DAY, reason="Ilgiau", by=staff_a, at=now)
    return draft


def run(sql: str) -> None:
    """Run a statement on its own; refused or not, nothing of it stays."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
        assert cursor.rowcount, f"no such row: {sql}"
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        transaction.set_rollback(True)


def let_through(statements: Iterable[str]) -> list[str]:
    """Return the statements that PostgreSQL does not refuse."""
    passed = []
    for sql in statements:
        try:
            run(sql)
        except IntegrityError as error:
            # Our triggers say so; a key or a check that happens to stand in the way is not the same.
            if getattr(error.__cause__, "sqlstate", "") == RESTRICT_VIOLATION:
                continue
        passed.append(sql)
    return passed


TABLES = (
    "vote", "question", "option", "votedocument", "elector", "electorbook", "notice", "extension", "ballot",
    "ballotchange", "paperballot", "conflict",
)  # fmt: skip
# What each column could be turned into; those that a row is told apart by are the database's own matter.
CHANGES = {
    "character varying": "'kita'",
    "text": "'kita'",
    "jsonb": "jsonb_build_object()",
    "boolean": "NOT {}",
    "timestamp with time zone": "{} + interval '1 day'",
    "date": "{} + 1",
    "smallint": "{} + 1",
    "integer": "{} + 1",
    "bigint": "{} + 1",
    "numeric": "coalesce({}, 0) + 1",
}


def changes_of(table: str) -> list[str]:
    """Return a statement for every column of a table, its key aside, that would change the last row."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT quote_ident(column_name), data_type FROM information_schema.columns "
            "WHERE table_name = %s AND table_schema = 'public' AND column_name <> 'id' ORDER BY 1",
            [f"voting_{table}"],
        )
        columns = cursor.fetchall()
    statements = []
    for name, kind in columns:
        value = CHANGES[kind].format(name)
        if kind in {"timestamp with time zone", "bigint", "integer", "smallint"}:
            value = f"coalesce({value}, {'CURRENT_TIMESTAMP' if 'time' in kind else '1'})"
        elif kind == "boolean":
            value = f"coalesce({value}, true)"
        statements.append(
            f"UPDATE voting_{table} SET {name} = {value} WHERE id = (SELECT max(id) FROM voting_{table})"
        )
    return statements


def whole(vote: Vote) -> Vote:
    """Settle what is open and close."""
    for conflict in vote.electors.get(paper_ballots__isnull=False).conflicts.all():
        conflict.outcome, conflict.reason, conflict.settled_at = "online", "Patikrinta", vote.closes_at
        conflict.save()
    assert closing.close(vote=vote, at=vote.closes_at)
    return vote


def test_of_a_closed_vote_no_column_changes_and_no_row_goes(full: Vote) -> None:
    whole(full)
    statements = [sql for table in (*TABLES, "result") for sql in changes_of(table)]
    statements += [f"DELETE FROM voting_{table}" for table in (*TABLES, "result")]
    assert let_through(statements) == []


def test_nothing_is_added_to_a_closed_vote(full: Vote) -> None:
    whole(full)
    rows = []
    for table in (*TABLES[1:], "result"):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns "
                "WHERE table_name = %s AND table_schema = 'public' AND column_name <> 'id'",
                [f"voting_{table}"],
            )
            [columns] = cursor.fetchone()
        rows.append(f"INSERT INTO voting_{table} ({columns}) SELECT {columns} FROM voting_{table} LIMIT 1")
    third = full.electors.all()[2].pk
    rows.append(
        "INSERT INTO voting_ballot (elector_id, answers, cast_at, by_name, receipt) "
        f"SELECT {third}, answers, cast_at, by_name, 'X' FROM voting_ballot LIMIT 1"
    )
    assert let_through(rows) == []


def test_of_an_open_vote_the_wording_and_the_electors_do_not_change(full: Vote) -> None:
    free = {"closes_at", "state", "closed_at", "voted_count", "has_quorum"}
    statements = [
        sql
        for table in TABLES[:6]
        for sql in changes_of(table)
        if not (table == "vote" and sql.split(" SET ")[1].split(" = ")[0] in free)
    ]
    statements += [f"DELETE FROM voting_{table}" for table in TABLES]
    assert let_through(statements) == []


def test_an_open_vote_goes_forward_alone(full: Vote) -> None:
    counted = "closed_at = closes_at, voted_count = 1, has_quorum = false"
    vote, last = f"WHERE id = {full.pk}", full.extensions.get()
    assert (
        let_through(
            [
                f"UPDATE voting_vote SET closes_at = closes_at - interval '1 hour' {vote}",
                # Without a reason written down.
                f"UPDATE voting_vote SET closes_at = closes_at + interval '1 hour' {vote}",
                f"UPDATE voting_vote SET state = 'draft', opened_at = NULL, elector_count = NULL {vote}",
                f"UPDATE voting_vote SET state = 'cancelled', opened_at = NULL, elector_count = NULL {vote}",
                # While ballots are in conflict, and without results.
                f"UPDATE voting_vote SET state = 'closed', {counted} {vote}",
                f"UPDATE voting_extension SET reason = 'kita' WHERE id = {last.pk}",
                "UPDATE voting_notice SET told_at = told_at - interval '1 day'",
                "UPDATE voting_ballotchange SET by_name = 'kita'",
                "UPDATE voting_ballot SET elector_id = (SELECT max(id) FROM voting_elector)",
                "UPDATE voting_paperballot SET answers = '{}'",
                "UPDATE voting_conflict SET found_at = found_at - interval '1 day'",
            ]
        )
        == []
    )
    run(f"UPDATE voting_vote SET state = 'counting' {vote}")


def test_a_ballot_is_cast_in_time_and_answers_what_is_asked(full: Vote, question: Question) -> None:
    third = full.electors.all()[2].pk
    fits = json.dumps(
        dict(zip((str(one.pk) for one in full.questions.all()), ("for", "abstain"), strict=True))
    )

    def ballot(answers: str, moment: datetime) -> str:
        return (
            "INSERT INTO voting_ballot (elector_id, answers, cast_at, by_name, receipt) "
            f"VALUES ({third}, '{answers}', '{moment.isoformat()}', '', 'X')"
        )

    run(ballot(fits, full.opens_at))
    assert (
        let_through(
            [
                ballot(fits, full.opens_at - timedelta(microseconds=1)),
                ballot(fits, full.closes_at),
                ballot("{}", full.opens_at),
                ballot("[]", full.opens_at),
                ballot(fits.replace('"for"', '"maybe"'), full.opens_at),
                ballot(fits.replace('"for"', '"blank"'), full.opens_at),
                ballot(fits.replace('"abstain"', '"for"'), full.opens_at),
                ballot(fits.replace('"abstain"', "null"), full.opens_at),
                ballot(fits.replace("}", ', "9999999": "for"}'), full.opens_at),
            ]
        )
        == []
    )


def test_a_vote_begins_as_a_draft_and_opens_with_its_electors(draft: Vote) -> None:
    run(f"UPDATE voting_vote SET title = 'Kitas' WHERE id = {draft.pk}")
    opened = "state = 'open', opened_at = opens_at, place = 'Beržyno g. 8'"
    columns = "managing_company_id, building_id, staircase, kind, title, description, paid_from, opens_at, closes_at, "
    columns += "paper_days, quorum_numerator, quorum_denominator, quorum_is_strict, majority_of, majority_numerator, "
    columns += "majority_denominator, majority_is_strict, prepared_by_name"
    assert (
        let_through(
            [
                f"UPDATE voting_vote SET {opened}, elector_count = 1 WHERE id = {draft.pk}",
                f"INSERT INTO voting_vote ({columns}, place, state, opened_at, elector_count) "
                f"SELECT {columns}, 'x', 'open', opens_at, 1 FROM voting_vote",
            ]
        )
        == []
    )
    with transaction.atomic():
        draft.delete()
    assert not Vote.objects.exists()


def test_people_may_go_and_their_names_stay(full: Vote) -> None:
    whole(full)
    ballot = Ballot.objects.first()
    assert ballot is not None
    assert ballot.by is not None
    name = ballot.by_name
    assert (
        let_through(
            [f"UPDATE voting_ballot SET by_id = {User.objects.latest('pk').pk} WHERE id = {ballot.pk}"]
        )
        == []
    )
    ballot.by.accesses.all().delete()
    ballot.by.delete()
    ballot.refresh_from_db()
    assert (ballot.by, ballot.by_name) == (None, name)


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ("closes_at = opens_at", "vote_closes_after_it_opens"),
        ("quorum_numerator = 3", "quorum_is_a_part_of_all"),
        ("quorum_numerator = 2", "more_than_all_is_never_asked"),
        ("majority_numerator = 2", "more_than_all_is_never_asked"),
        ("majority_numerator = 0", "majority_is_a_part"),
        ("floor_numerator = 1", "floor_of_a_majority_is_a_part"),
        ("majority_of = 'some'", "majority_is_of_all_or_of_those_who_voted"),
        ("total_cost = 'NaN'", "cost_of_a_vote_is_a_sum"),
        ("state = 'lost'", "vote_state_is_known|a vote is opened before"),
        ("elector_count = 4", "opened_vote_has_a_place_and_electors"),
        ("voted_count = 4", "closed_vote_alone_is_counted"),
    ],
)
def test_a_vote_is_whole(changed: str, rule: str, draft: Vote) -> None:
    with pytest.raises(IntegrityError, match=rule):
        run(f"UPDATE voting_vote SET {changed} WHERE id = {draft.pk}")
