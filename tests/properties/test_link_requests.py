"""The staff's queue: what was typed beside what is on file, and what each decision does."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from notifications import outbox
from notifications.models import Letter
from properties import access, link_requests
from properties.capabilities import Capability
from properties.models import Access, AccessNotice, LinkRequest, ManagingCompany, PaymentBook
from tests import tables
from tests.factories import BookFactory
from tests.properties.conftest import AT, CODE, hold, holders_of, html_of

Approve = Callable[..., Access]
QUEUE = "/admin/properties/linkrequest/"


@pytest.fixture
def asked(book: PaymentBook, newcomer: User) -> LinkRequest:
    return link_requests.send(
        person=newcomer, company=book.managing_company, payer_code=f" {CODE.lower()} ", at=AT
    )


@pytest.fixture
def as_a(client_for: Callable[[User], Client], staff_a: User) -> Client:
    return client_for(staff_a)


def page(request: LinkRequest) -> str:
    return f"{QUEUE}{request.pk}/change/"


def decide(client: Client, request: LinkRequest, verdict: str, **typed: Any) -> Any:
    book = typed.pop("payment_book", request.payment_book)
    data = {"verdict": verdict, "payment_book": book.pk if book else "", "reason": "", **typed}
    return client.post(page(request), data)


def is_open_to(person: User, book: PaymentBook) -> bool:
    return (
        PaymentBook.objects.visible_to(person, Capability.SEE_OBJECT, at=timezone.now())
        .filter(pk=book.pk)
        .exists()
    )


def test_the_page_shows_what_was_typed_beside_what_is_on_file(
    asked: LinkRequest, holder: User, as_a: Client, book: PaymentBook
) -> None:
    book.payer_email = "faile@pastas.example"
    book.save()
    frozen = hold(User.objects.create_user("salta@pastas.example"), book, frozen_at=AT)
    body = as_a.get(page(asked)).content.decode()
    for typed in ("Nauja Naujokė", "nauja@pastas.example", CODE.lower()):
        assert typed in body
    for on_file in (CODE, "Birutė Pavyzdienė", "faile@pastas.example", "Beržyno g. 8-15", holder.email):
        assert on_file in body
    assert frozen.person.email in body
    assert asked in as_a.get(QUEUE).context["cl"].result_list


@pytest.mark.parametrize("words", ["nauja@pastas.example", "kn0418", "Beržyno 8-15", "Pavyzdienė"])
def test_staff_find_a_request(words: str, asked: LinkRequest, as_a: Client) -> None:
    assert list(as_a.get(QUEUE, {"q": words}).context["cl"].result_list) == [asked]
    assert list(as_a.get(QUEUE, {"q": "nėra"}).context["cl"].result_list) == []


def test_approval_opens_the_book_and_is_told(
    asked: LinkRequest, as_a: Client, staff_a: User, newcomer: User, holder: User, book: PaymentBook
) -> None:
    assert decide(as_a, asked, "approve").status_code == 302
    assert is_open_to(newcomer, book)
    asked.refresh_from_db()
    assert (asked.decision, asked.decided_by, asked.payment_book) == ("approved", staff_a, book)
    assert sorted(Letter.objects.values_list("kind", "address")) == [
        ("link_request_approved", newcomer.email),
        ("object_linked", holder.email),
    ]
    assert list(as_a.get(QUEUE).context["cl"].result_list) == []
    assert list(as_a.get(QUEUE, {"state": "decided"}).context["cl"].result_list) == [asked]


def test_refusal_needs_a_reason_which_the_person_gets(
    asked: LinkRequest, as_a: Client, newcomer: User, book: PaymentBook
) -> None:
    before = tables.state()
    for reason in ("", "  \n"):
        response = decide(as_a, asked, "refuse", reason=reason)
        assert response.status_code == 200
        assert list(response.context["adminform"].form.errors) == ["reason"]
    assert tables.state() == before
    reason = "Sutartyje – kitas asmuo.\n<b>Skambinkite</b>"
    assert decide(as_a, asked, "refuse", reason=reason).status_code == 302
    asked.refresh_from_db()
    assert (asked.decision, asked.reason.replace("\r", "")) == ("refused", reason)
    assert not is_open_to(newcomer, book)
    letter = Letter.objects.get(kind="link_request_refused", address=newcomer.email)
    outbox.send(letter_id=letter.pk, at=timezone.now())
    assert reason in mail.outbox[0].body
    page = html_of(mail.outbox[0])
    assert "&lt;b&gt;Skambinkite" in page
    assert "Sutartyje – kitas asmuo.<br>" in page


def test_a_refused_person_may_ask_again(asked: LinkRequest, as_a: Client, newcomer: User) -> None:
    decide(as_a, asked, "refuse", reason="Ne")
    again = link_requests.send(
        person=newcomer, company=asked.managing_company, payer_code=CODE, at=AT + timedelta(days=1)
    )
    assert again.pk != asked.pk
    assert decide(as_a, again, "approve").status_code == 302
    # Two letters to one address about two requests.
    assert Letter.objects.filter(address=newcomer.email).count() == 2


def test_staff_may_choose_another_book_and_look_first(
    as_a: Client, newcomer: User, company_a: ManagingCompany, company_b: ManagingCompany
) -> None:
    request = link_requests.send(person=newcomer, company=company_a, payer_code="KLAIDA-1", at=AT)
    assert request.payment_book is None
    before = tables.state()
    assert decide(as_a, request, "approve").status_code == 200
    other = BookFactory(managing_company=company_b)
    for verdict in ("later", "approve"):
        assert decide(as_a, request, verdict, payment_book=other).status_code == 200
    closed = BookFactory(
        managing_company=company_a, closed_on=timezone.localdate() - timedelta(days=1), payer_name="Uždaryta"
    )
    assert decide(as_a, request, "approve", payment_book=closed).status_code == 200
    assert tables.state()["properties_linkrequest"] == before["properties_linkrequest"]
    assert tables.state()["properties_access"] == before["properties_access"]
    meant = BookFactory(managing_company=company_a, payer_name="Nauja Naujokė")
    response = decide(as_a, request, "later", payment_book=meant)
    assert response["Location"] == page(request)
    assert meant.payer_code in as_a.get(page(request)).content.decode()
    request.refresh_from_db()
    assert request.payment_book_id == meant.pk
    assert request.decision == ""
    decide(as_a, request, "approve")
    assert is_open_to(newcomer, meant)


def test_what_is_decided_stays_decided(
    asked: LinkRequest, as_a: Client, newcomer: User, book: PaymentBook
) -> None:
    decide(as_a, asked, "refuse", reason="Ne")
    before = tables.state()
    assert as_a.get(page(asked)).status_code == 200
    assert decide(as_a, asked, "approve").status_code == 403
    assert tables.state() == before
    for late in (
        lambda: link_requests.approve(link_request=asked, book=book, by=None, at=AT),
        lambda: link_requests.refuse(link_request=asked, reason="Ne", by=None, at=AT),
    ):
        with pytest.raises(ValidationError) as refused:
            late()
        assert refused.value.code == "decided"
    assert tables.state() == before


@pytest.mark.parametrize(("verdict", "state"), [("approve", "open"), ("refuse", "ended")])
def test_after_it_was_not_me_the_staff_unfreeze_or_end(
    verdict: str, state: str, as_a: Client, newcomer: User, holder: User, book: PaymentBook
) -> None:
    row = hold(newcomer, book, starts_at=timezone.now() - timedelta(hours=1))
    notice = AccessNotice.objects.create(
        token="t" * 43,
        access=row,
        holder=Access.objects.get(person=holder),
        created_at=timezone.now(),
        expires_at=timezone.now() + timedelta(days=1),
    )
    assert Client().post(f"/not-me/{notice.token}").status_code == 302
    request = LinkRequest.objects.get()
    assert not is_open_to(newcomer, book)
    assert decide(as_a, request, verdict, reason="Patikrinta").status_code == 302
    row.refresh_from_db()
    assert is_open_to(newcomer, book) is (state == "open")
    assert (row.ends_at is not None) is (state == "ended")
    assert Access.objects.filter(person=newcomer).count() == 1
    assert holders_of(book) == [holder.email, newcomer.email]


def test_approving_who_holds_it_already_changes_no_access(
    asked: LinkRequest, as_a: Client, newcomer: User, book: PaymentBook
) -> None:
    hold(newcomer, book)
    before = tables.state()["properties_access"]
    decide(as_a, asked, "approve")
    assert tables.state()["properties_access"] == before


def test_another_company_s_staff_are_not_there(
    asked: LinkRequest, client_for: Callable[[User], Client], staff_b: User, as_a: Client
) -> None:
    as_b = client_for(staff_b)
    before = tables.state()
    for verdict in ("approve", "refuse", "later"):
        assert decide(as_b, asked, verdict, reason="Ne").status_code == 404
    assert tables.state() == before
    assert decide(as_a, asked, "approve").status_code == 302


def test_the_rule_refuses_what_the_form_would(
    asked: LinkRequest, book: PaymentBook, company_b: ManagingCompany
) -> None:
    other = BookFactory(managing_company=company_b)
    closed = BookFactory(managing_company=book.managing_company, closed_on=AT.date() - timedelta(days=1))
    for wrong, code in ((other, "another_company"), (closed, "closed_book")):
        with pytest.raises(ValidationError) as refused:
            link_requests.approve(link_request=asked, book=wrong, by=None, at=AT)
        assert refused.value.code == code
    with pytest.raises(ValidationError) as refused:
        link_requests.refuse(link_request=asked, reason=" ", by=None, at=AT)
    assert refused.value.code == "no_reason"
    assert link_requests.approve(link_request=asked, book=book, by=None, at=AT).payment_book == book


def test_a_holder_whom_the_staff_add_is_told_of_too(
    as_a: Client, holder: User, newcomer: User, book: PaymentBook
) -> None:
    as_a.post("/admin/properties/access/add/", {"payment_book": book.pk, "email": newcomer.email})
    assert is_open_to(newcomer, book)
    assert list(Letter.objects.values_list("kind", "address")) == [("object_linked", holder.email)]


@pytest.mark.parametrize("language", ["lt", "en"])
def test_every_letter_can_be_written_in_both_languages(
    language: str, asked: LinkRequest, as_a: Client, staff_a: User, newcomer: User, book: PaymentBook
) -> None:
    User.objects.update(language=language)
    decide(as_a, asked, "approve")
    outbox.post(
        kind="name_proof_off",
        to=staff_a.email,
        event="company 1 2026-11-22",
        language=language,
        context={"company": book.managing_company.name, "failures": 300},
        at=AT,
    )
    for letter in Letter.objects.all():
        assert outbox.send(letter_id=letter.pk, at=timezone.now())
    approved, alert = sorted(mail.outbox, key=lambda sent: sent.to[0] == staff_a.email)
    assert "Beržyno g. 8-15, Klaipėda" in f"{approved.subject} {approved.body}"
    assert "http://savitarna.test/\n" in approved.body
    assert "UAB „Pajūrio namai“" in alert.subject
    assert f"http://savitarna.test{QUEUE}" in alert.body


def test_frozen_access_is_seen_and_unfrozen_in_the_admin(
    as_a: Client, holder: User, holder_access: Access, book: PaymentBook
) -> None:
    access.freeze(accesses=Access.objects.filter(pk=holder_access.pk), at=AT)
    rows = as_a.get("/admin/properties/access/", {"state": "frozen"}).context["cl"].result_list
    assert list(rows) == [holder_access]
    as_a.post(
        "/admin/properties/access/",
        {"action": "unfreeze", "index": 0, "_selected_action": holder_access.pk},
    )
    assert is_open_to(holder, book)


def test_the_database_refuses_what_no_rule_makes(asked: LinkRequest, newcomer: User) -> None:
    rows = LinkRequest.objects.filter(pk=asked.pk)
    refused: dict[str, dict[str, Any]] = {
        "decided_link_request_has_a_decision": {"decided_at": AT},
        "refused_link_request_has_a_reason": {"decided_at": AT, "decision": "refused"},
    }
    for name, bad in refused.items():
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            rows.update(**bad)
    with pytest.raises(IntegrityError, match="one_open_link_request"), transaction.atomic():
        LinkRequest.objects.create(
            person=newcomer,
            managing_company=asked.managing_company,
            payer_code=CODE,
            payer_code_key=asked.payer_code_key,
            created_at=AT,
        )
