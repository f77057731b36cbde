"""Votes in the administration: prepared, opened, told of, made longer, counted, repeated; fenced by company."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from properties.models import Building, PaymentBook
from tests import tables
from tests.admin.test_fence import form_of, page
from tests.estate import tiny_photo
from voting import closing, electorate
from voting.models import Ballot, Conflict, Elector, Notice, Option, PaperBallot, Question, Vote

DAY = timedelta(days=1)
Says = Callable[[str], dict[str, str]]


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def as_a(client_for: Callable[[User], Client], staff_a: User) -> Client:
    return client_for(staff_a)


@pytest.fixture
def as_b(client_for: Callable[[User], Client], staff_b: User) -> Client:
    return client_for(staff_b)


def of_vote(name: str, *args: Any) -> str:
    return reverse(f"admin:voting_vote_{name}", args=args)


def press(client: Client, action: str, *votes: Vote) -> Any:
    """Press a button of the vote's page."""
    sent = {
        "action": action,
        "index": "0",
        "_selected_action": [vote.pk for vote in votes],
        "_back_to_object": "1",
    }
    return client.post(of_vote("changelist"), sent, follow=True)


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def typed(of: Building, **changed: Any) -> dict[str, Any]:
    """Return what staff send from the empty form, with a question and a choice of two."""
    today = timezone.localdate()
    return {
        "building": of.pk,
        "staircase": "",
        "kind": "written_vote",
        "title": "Kiemo vartai",
        "description": "Automatika kiemo vartams.",
        "total_cost": "1 200,50",
        "paid_from": "Iš kaupiamųjų lėšų",
        "opens_at_0": today.isoformat(),
        "opens_at_1": "00:00:00",
        "last_day": (today + 14 * DAY).isoformat(),
        "paper_days": "0",
        "preset": "two_thirds",
        "questions-TOTAL_FORMS": "2",
        "questions-INITIAL_FORMS": "0",
        "questions-0-position": "1",
        "questions-0-text": "Ar pritariate vartų automatikai?",
        "questions-0-kind": "motion",
        "questions-0-options": "",
        "questions-1-position": "2",
        "questions-1-text": "Kokia spalva?",
        "questions-1-kind": "choice",
        "questions-1-options": " Pilka \n\nŽalia\nPilka",
        **changed,
    }


# ── Prepared ────────────────────────────────────────────────────────────────────────────────────


def test_staff_prepare_a_vote_with_its_questions(
    as_a: Client, building: Building, neighbours: object, staff_a: User
) -> None:
    response = as_a.post(of_vote("add"), typed(building), follow=True)
    assert response.status_code == 200
    vote = Vote.objects.get()
    assert vote.total_cost == Decimal("1200.50")
    assert (vote.title, vote.state, vote.prepared_by) == ("Kiemo vartai", "draft", staff_a)
    assert (vote.majority_numerator, vote.majority_denominator, vote.majority_is_strict) == (2, 3, False)
    last_moment = timezone.localtime(vote.closes_at - timedelta(microseconds=1))
    assert last_moment.date() == timezone.localdate() + 14 * DAY
    assert list(vote.questions.values_list("text", "kind")) == [
        ("Ar pritariate vartų automatikai?", "motion"),
        ("Kokia spalva?", "choice"),
    ]
    assert [option.text for option in Option.objects.all()] == ["Pilka", "Žalia"]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"last_day": "2020-01-01"}, "__all__"),
        ({"last_day": "rytoj"}, "last_day"),
        ({"last_day": "9999-12-31"}, "last_day"),
        ({"staircase": "IX"}, "staircase"),
        ({"preset": "own"}, "quorum_numerator"),
        ({"preset": "mine"}, "preset"),
        ({"building": "x"}, "building"),
        ({"total_cost": "-1"}, "total_cost"),
        ({"total_cost": "NaN"}, "total_cost"),
        ({"title": ""}, "title"),
    ],
)
def test_what_is_wrong_in_a_draft_is_said(
    changed: dict[str, str], field: str, as_a: Client, building: Building
) -> None:
    before = tables.state()
    response = as_a.post(of_vote("add"), typed(building, **changed))
    assert response.status_code == 200
    assert field in response.context["adminform"].form.errors
    assert tables.state() == before


def test_a_choice_of_one_is_none(as_a: Client, building: Building) -> None:
    response = as_a.post(of_vote("add"), typed(building, **{"questions-1-options": "Pilka"}))
    assert response.status_code == 200
    assert not Vote.objects.exists()


def test_a_draft_is_changed_with_options_and_documents(
    as_a: Client, draft: Vote, colours: Question, building: Building
) -> None:
    _grey, green = colours.options.all()
    sent = form_of(as_a, of_vote("change", draft.pk))
    sent |= {"opens_at_0": "2026-12-01", "opens_at_1": "08:00:00", "last_day": "2026-12-20"}
    sent |= {"questions-1-options": "Žalia\nMėlyna", "documents-0-option": green.pk}
    sent["documents-0-upload"] = SimpleUploadedFile("Spalva.pdf", b"%PDF-1.7 spalva")
    response = as_a.post(of_vote("change", draft.pk), sent)
    assert response.status_code == 302, response.context["errors"]
    assert [option.text for option in colours.options.all()] == ["Žalia", "Mėlyna"]
    document = draft.documents.get()
    assert (document.option, document.name, document.size) == (green, "Spalva.pdf", 15)
    given = as_a.get(of_vote("document", draft.pk, document.pk))
    assert given.content == b"%PDF-1.7 spalva"


def test_a_document_that_is_a_script_is_refused(as_a: Client, draft: Vote) -> None:
    sent = form_of(as_a, of_vote("change", draft.pk))
    sent |= {"opens_at_0": "2026-12-01", "opens_at_1": "08:00:00", "last_day": "2026-12-20"}
    sent["documents-0-upload"] = SimpleUploadedFile("a.pdf", b"<script>alert(1)</script>")
    assert as_a.post(of_vote("change", draft.pk), sent).status_code == 200
    assert not draft.documents.exists()


# ── Opened ──────────────────────────────────────────────────────────────────────────────────────


def test_who_would_vote_is_seen_before_the_opening(as_a: Client, draft: Vote) -> None:
    shown = text_of(as_a.get(of_vote("electors", draft.pk)))
    assert "Beržyno g. 8-15" in shown
    assert "Birutė Pavyzdienė" in shown
    assert not Elector.objects.exists()


def test_an_opened_vote_is_only_looked_at(as_a: Client, draft: Vote) -> None:
    press(as_a, "open_votes", draft)
    vote = Vote.objects.get()
    assert (vote.state, vote.elector_count) == ("open", 4)
    response = as_a.get(of_vote("change", vote.pk))
    assert response.status_code == 200
    assert not response.context["has_change_permission"]
    assert as_a.post(of_vote("change", vote.pk), {"title": "Kita"}).status_code == 403
    before = tables.state()
    again = press(as_a, "open_votes", draft)
    assert "Šis balsavimas jau paskelbtas arba atšauktas." in text_of(again)
    assert tables.state() == before


def test_a_vote_may_wait_for_its_hour_and_be_taken_back_and_given_up(as_a: Client, draft: Vote) -> None:
    Vote.objects.update(opens_at=timezone.now() + DAY)
    states = []
    for action in ("open_votes", "take_back", "give_up"):
        press(as_a, action, draft)
        states.append(Vote.objects.get().state)
    assert states == ["scheduled", "draft", "cancelled"]


def test_staff_note_who_was_told_on_paper(as_a: Client, vote: Vote, staff_a: User) -> None:
    address = of_vote("electors", vote.pk)
    untold = as_a.get(address).context["form"].initial["electors"]
    assert len(untold) == 4
    as_a.post(address, {"electors": untold[:2], "to": "Pašto dėžutė"})
    notices = Notice.objects.values_list("elector", "way", "to", "by")
    assert list(notices) == [(pk, "paper", "Pašto dėžutė", staff_a.pk) for pk in untold[:2]]
    assert as_a.post(address, {"electors": ["x", 10**30], "to": ""}).status_code == 200


def test_a_wrong_year_does_not_make_a_vote_endless(as_a: Client, vote: Vote) -> None:
    before = tables.state()
    response = as_a.post(of_vote("extend", vote.pk), {"last_day": "2062-12-01", "reason": "Trūksta balsų"})
    assert "last_day" in response.context["form"].errors
    assert "Dabar vyksta iki" in text_of(response)
    assert tables.state() == before


def test_staff_make_a_vote_longer_with_a_reason(as_a: Client, vote: Vote) -> None:
    address, later = of_vote("extend", vote.pk), (timezone.localdate(vote.closes_at) + 7 * DAY).isoformat()
    for wrong in ({}, {"last_day": later}, {"last_day": "2020-01-01", "reason": "Trumpiau"}):
        assert as_a.post(address, wrong).status_code == 200
    assert not vote.extensions.exists()
    assert as_a.post(address, {"last_day": later, "reason": "Trūksta kvorumo"}).status_code == 302
    assert vote.extensions.get().reason == "Trūksta kvorumo"
    assert "Trūksta kvorumo" in text_of(as_a.get(of_vote("change", vote.pk)))


# ── Paper, conflicts, the end ───────────────────────────────────────────────────────────────────


def slip(of: Elector, answer: str, **changed: Any) -> dict[str, Any]:
    [question] = of.vote.questions.all()
    return {
        "elector": of.pk,
        "received_on": timezone.localdate().isoformat(),
        "scan": SimpleUploadedFile("b.jpg", tiny_photo()),
        f"answer_{question.pk}": answer,
        **changed,
    }


@pytest.mark.parametrize(
    "changed",
    [
        {"scan": SimpleUploadedFile("b.pdf", b"#!/bin/sh\nrm -rf /")},
        {"scan": ""},
        {"elector": "9" * 30},
        {"elector": "x"},
        {"received_on": "2020-01-01"},
        {"received_on": "vakar"},
    ],
)
def test_a_paper_ballot_that_cannot_be_taken_is_refused(
    changed: dict[str, Any], as_a: Client, elector: Elector, vote: Vote
) -> None:
    address = of_vote("paper", vote.pk)
    for answer in ("perhaps", ""):
        assert as_a.post(address, slip(elector, answer)).status_code == 200
    assert as_a.post(address, slip(elector, "for", **changed)).status_code == 200
    assert not PaperBallot.objects.exists()


def test_from_paper_against_online_to_the_minutes(
    as_a: Client,
    client_for: Callable[[User], Client],
    staff_a: User,
    vote: Vote,
    elector: Elector,
    holder: User,
    cast: Callable[..., Ballot],
    says: Says,
    now: datetime,
) -> None:
    cast(elector, says("for"), holder, at=now)
    entered = as_a.post(of_vote("paper", vote.pk), slip(elector, "against"), follow=True)
    assert "nurodo skirtingai" in text_of(entered)
    conflict, ballot = Conflict.objects.get(), PaperBallot.objects.get()
    assert (
        as_a.get(reverse("admin:voting_paperballot_scan", args=[ballot.pk]))["Content-Type"] == "image/jpeg"
    )
    address = page(Conflict, "change", conflict.pk)
    # While the vote is open staff do not read how somebody voted.
    assert 'name="verdict"' not in text_of(as_a.get(address))
    with time_machine.travel(vote.closes_at + timedelta(minutes=2), tick=False):
        as_a = client_for(staff_a)
        closing.turn(at=timezone.now())
        assert Vote.objects.get().state == "counting"
        assert as_a.get(of_vote("minutes", vote.pk)).status_code == 404
        for wrong in ({}, {"verdict": "paper:999", "reason": "x"}, {"verdict": "none", "reason": " "}):
            assert as_a.post(address, wrong).status_code == 200
        assert as_a.post(address, {"verdict": f"paper:{ballot.pk}", "reason": "Vėlesnis"}).status_code == 302
        conflict.refresh_from_db()
        assert (conflict.outcome, conflict.paper, conflict.reason) == ("paper", ballot, "Vėlesnis")
        closed = Vote.objects.get()
        assert (closed.state, closed.voted_count) == ("closed", 1)
        minutes = as_a.get(of_vote("minutes", vote.pk))
        assert minutes.content.startswith(b"%PDF-")
        assert as_a.get(of_vote("paper", vote.pk)).status_code == 404
        again = press(as_a, "repeat", vote)
        assert Vote.objects.filter(repeat_of=vote).count() == 1
        assert "pakartotinis balsavimas parengtas" in text_of(again)


def test_a_paper_ballot_entered_by_mistake_is_withdrawn(as_a: Client, vote: Vote, elector: Elector) -> None:
    as_a.post(of_vote("paper", vote.pk), slip(elector, "for"))
    ballot = PaperBallot.objects.get()
    address = page(PaperBallot, "change", ballot.pk)
    assert as_a.post(address, {"withdrawn_reason": " "}).status_code == 200
    assert as_a.post(address, {"withdrawn_reason": "Kito namo"}).status_code == 302
    ballot.refresh_from_db()
    assert (ballot.withdrawn_reason, ballot.withdrawn_by_name) == ("Kito namo", "Asta A")
    assert as_a.post(address, {"withdrawn_reason": "Dar kartą"}).status_code == 403


def test_tallies_are_not_told_before_the_end(
    as_a: Client, vote: Vote, elector: Elector, holder: User, cast: Callable[..., Ballot], says: Says
) -> None:
    cast(elector, says("against"), holder)
    shown = text_of(as_a.get(of_vote("change", vote.pk)))
    assert "1 iš 4" in shown
    for address in (of_vote("change", vote.pk), of_vote("electors", vote.pk), of_vote("changelist")):
        assert "Prieš" not in text_of(as_a.get(address))


def test_ballots_are_shown_when_they_are_counted_and_to_their_company_alone(
    as_a: Client,
    as_b: Client,
    vote: Vote,
    elector: Elector,
    holder: User,
    co_holder: User,
    cast: Callable[..., Ballot],
    says: Says,
) -> None:
    first = cast(elector, says("against"), holder).receipt
    last = cast(elector, says("for"), co_holder).receipt
    pages = [of_vote(name, vote.pk) for name in ("ballots", "minutes")]
    assert [as_a.get(address).status_code for address in pages] == [404, 404]
    Vote.objects.update(state="counting")
    assert [as_a.get(address).status_code for address in pages] == [404, 404]
    closing.close(vote=vote, at=vote.closes_at + timedelta(hours=1))
    assert [as_b.get(address).status_code for address in pages] == [404, 404]
    shown = text_of(as_a.get(pages[0]))
    for words in (
        f"Birutė Pavyzdienė: Prieš ({first[:5]}-{first[5:]})",
        f"Jonas Pavyzdys: Už ({last[:5]}-{last[5:]})",
    ):
        assert words in shown
    assert "<td>Už</td>" in shown
    assert "<td>Prieš</td>" not in shown
    assert as_a.get(pages[1]).content.startswith(b"%PDF-")


# ── The fence ───────────────────────────────────────────────────────────────────────────────────


def test_pages_of_another_company_s_vote_are_not_there(
    as_a: Client, as_b: Client, vote: Vote, elector: Elector, book: PaymentBook
) -> None:
    as_a.post(of_vote("paper", vote.pk), slip(elector, "for"))
    ballot = PaperBallot.objects.get()
    allowed = [of_vote(name, vote.pk) for name in ("electors", "extend", "paper")]
    allowed.append(reverse("admin:voting_paperballot_scan", args=[ballot.pk]))
    before = tables.state()
    for address in allowed:
        assert as_a.get(address).status_code == 200
        for response in (as_b.get(address), as_b.post(address, slip(elector, "against"))):
            assert response.status_code == 404
            assert "Beržyno" not in text_of(response)
    assert tables.state() == before


@pytest.mark.parametrize(
    ("action", "state"),
    [("open_votes", "draft"), ("take_back", "scheduled"), ("give_up", "draft"), ("repeat", "closed")],
)
def test_a_button_does_nothing_to_another_company_s_vote(
    action: str, state: str, as_a: Client, as_b: Client, draft: Vote, now: datetime
) -> None:
    if state == "scheduled":
        Vote.objects.update(state=state)
    if state == "closed":
        electorate.open_vote(vote=draft, at=now)
        assert closing.close(vote=draft, at=draft.closes_at)
    before = tables.state()
    press(as_b, action, draft)
    assert tables.state() == before
    press(as_a, action, draft)
    assert tables.state()["voting_vote"] != before["voting_vote"]
