"""What is prepared changes nothing; what is saved is done whole or not at all."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from properties import access as accesses
from properties import activation, linking
from properties.capabilities import Capability
from properties.models import Access, Claim, ManagingCompany, PaymentBook
from sharing import drafts, grants
from sharing.models import DraftLine, Offer
from sharing.tasks import forget_drafts
from tests import tables
from tests.factories import AccessFactory, BookFactory, UserFactory
from tests.properties.conftest import claimant_of, holders_of
from tests.sharing.conftest import AT, MakeOffer, refusal, sees

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
LATER = AT + timedelta(hours=1)

Save = Callable[..., drafts.Saved]
Share = Callable[..., DraftLine]


@pytest.fixture
def save(holder: User) -> Save:
    """Save lines as the person who prepared them, all of them unless a test says which."""

    def run(*lines: DraftLine, by: User = holder, at: Any = LATER) -> drafts.Saved:
        shown = [line.pk for line in lines or DraftLine.objects.filter(person=by)]
        return drafts.save(claimant=claimant_of(by), shown=shown, at=at)

    return run


@pytest.fixture
def share(holder: User, book: PaymentBook) -> Share:
    def stage(to: Any, **changes: Any) -> DraftLine:
        values = {"person": holder, "book": book, "scope": "all", "until_on": None, "at": AT, **changes}
        return drafts.stage_share(email=getattr(to, "email", to), **values)

    return stage


@pytest.fixture
def second(company_a: ManagingCompany, holder: User) -> PaymentBook:
    """Another flat of the holder's, on file in their name, that nobody holds yet."""
    made: PaymentBook = BookFactory(
        managing_company=company_a, payer_code="KN-2", payer_name=holder.get_full_name()
    )
    return made


def problems_of(save: Save, *lines: DraftLine, **values: Any) -> dict[int, str]:
    """Return the code of each line that stops a save; nothing at all may have changed."""
    before = tables.state()
    with pytest.raises(drafts.Impossible) as stopped:
        save(*lines, **values)
    assert tables.state() == before
    return {pk: str(error.code) for pk, error in stopped.value.problems.items()}


# ── Preparing ───────────────────────────────────────────────────────────────────────────────────


def test_preparing_changes_nothing_but_the_draft(
    holder: User, book: PaymentBook, second: PaymentBook, newcomer: User, guest: User, share: Share
) -> None:
    before = tables.state()
    drafts.stage_add(person=holder, book=second, activation_no=None, at=AT)
    share(newcomer, book=second)
    share("dar@pastas.example")
    drafts.stage_unshare(person=holder, offer=Offer.objects.get(email=guest.email), at=AT)
    drafts.stage_remove(person=holder, book=book, at=AT)
    changed = {name for name, content in tables.state().items() if content != before[name]}
    assert changed == {"sharing_draftline"}
    assert (sees(holder, book), sees(guest, book), sees(holder, second)) == (True, True, False)


def test_everything_is_saved_at_once(
    holder: User,
    book: PaymentBook,
    second: PaymentBook,
    newcomer: User,
    guest: User,
    save: Save,
    share: Share,
) -> None:
    third = AccessFactory(person=holder).payment_book
    ended = Offer.objects.get(email=guest.email)
    drafts.stage_add(person=holder, book=second, activation_no=None, at=AT)
    drafts.stage_remove(person=holder, book=third, at=AT)
    drafts.stage_unshare(person=holder, offer=ended, at=AT)
    share(newcomer, book=second, scope="declare", until_on=date(2026, 12, 31))
    share("dar@pastas.example")
    done = save()
    made = list(Offer.objects.filter(answer="").order_by("pk"))
    assert [(one.email, one.scope, one.granted_by.payment_book) for one in made] == [
        (newcomer.email, "declare", second),
        ("dar@pastas.example", "all", book),
    ]
    assert done == drafts.Saved(added=[second], removed=[third], offered=made, ended=[ended], gone=0)
    assert (sees(holder, second, LATER), sees(holder, third, LATER), sees(guest, book, LATER)) == (
        True,
        False,
        False,
    )
    assert not DraftLine.objects.exists()


def test_preparing_twice_is_one_line(
    holder: User, book: PaymentBook, second: PaymentBook, guest: User, newcomer: User, share: Share
) -> None:
    ended = Offer.objects.get(email=guest.email)
    for at in (AT, LATER):
        drafts.stage_add(person=holder, book=second, activation_no=None, at=at)
        drafts.stage_unshare(person=holder, offer=ended, at=at)
    share(newcomer)
    assert refusal(share, to=newcomer, scope="declare") == "shared_already"
    for at in (AT, LATER):
        drafts.stage_remove(person=holder, book=second, at=at)
    kinds = DraftLine.objects.order_by("kind").values_list("kind", "staged_at")
    assert list(kinds) == [("add", LATER), ("remove", LATER), ("share", AT), ("unshare", LATER)]
    # Another person's draft is another draft.
    other = UserFactory()
    drafts.stage_add(person=other, book=second, activation_no=None, at=AT)
    assert DraftLine.objects.filter(kind="add").count() == 2


def test_sharing_is_refused_while_it_is_prepared(
    holder: User,
    book: PaymentBook,
    second: PaymentBook,
    stranger: User,
    guest: User,
    newcomer: User,
    share: Share,
) -> None:
    assert refusal(share, to=holder) == "own_email"
    assert refusal(share, to=newcomer, until_on=date(2026, 11, 21)) == "day_has_passed"
    assert refusal(share, to=guest) == "shared_already"
    for nobody in (stranger, guest):
        assert refusal(share, to=newcomer, person=nobody) == "not_a_holder"
    # Neither held nor prepared to be added.
    assert refusal(share, to=newcomer, book=second) == "not_a_holder"
    drafts.stage_add(person=holder, book=second, activation_no=None, at=AT - DAY)
    assert refusal(share, to=newcomer, book=second) == "not_a_holder"
    drafts.stage_add(person=holder, book=second, activation_no=None, at=AT)
    assert share(newcomer, book=second).pk
    drafts.stage_remove(person=holder, book=book, at=AT)
    assert refusal(share, to=newcomer) == "not_a_holder"


def test_giving_an_object_up_takes_its_prepared_shares_along(
    holder: User, book: PaymentBook, newcomer: User, share: Share, save: Save
) -> None:
    share(newcomer)
    drafts.stage_remove(person=holder, book=book, at=AT)
    assert save().removed == [book]
    assert not Offer.objects.exists()


def test_a_draft_holds_fifty_lines(holder: User, book: PaymentBook, newcomer: User, share: Share) -> None:
    for number in range(50):
        share(f"kviestas{number}@pastas.example")
    offer = grants.offer(book=book, email="kita@pastas.example", scope="all", until_on=None, by=holder, at=AT)
    assert refusal(share, to=newcomer) == "draft_full"
    assert refusal(drafts.stage_remove, person=holder, book=book, at=AT) == "draft_full"
    assert refusal(drafts.stage_add, person=holder, book=book, activation_no=1, at=AT) == "draft_full"
    assert refusal(drafts.stage_unshare, person=holder, offer=offer, at=AT) == "draft_full"
    assert DraftLine.objects.count() == 50
    # What is there already needs no room, and an undone line makes some.
    assert refusal(share, to="kviestas7@pastas.example") == "shared_already"
    drafts.undo(person=holder, line=DraftLine.objects.all()[0].pk)
    assert drafts.stage_remove(person=holder, book=book, at=AT).pk
    assert drafts.stage_remove(person=holder, book=book, at=AT).pk


def test_old_lines_take_no_room(holder: User, book: PaymentBook, share: Share) -> None:
    for number in range(50):
        share(f"kviestas{number}@pastas.example")
    assert share("dar@pastas.example", at=AT + DAY).pk
    assert share("kviestas7@pastas.example", at=AT + DAY).staged_at == AT + DAY


# ── Taking back ─────────────────────────────────────────────────────────────────────────────────


def test_undoing_an_object_takes_what_was_to_be_shared_of_it(
    holder: User, book: PaymentBook, second: PaymentBook, newcomer: User, share: Share
) -> None:
    line = drafts.stage_add(person=holder, book=second, activation_no=None, at=AT)
    share(newcomer, book=second)
    kept = share(newcomer)
    drafts.undo(person=holder, line=line.pk)
    assert list(DraftLine.objects.all()) == [kept]
    drafts.undo(person=holder, line=line.pk)


def test_nobody_undoes_or_discards_anothers_lines(
    holder: User, stranger: User, newcomer: User, share: Share
) -> None:
    line = share(newcomer)
    drafts.undo(person=stranger, line=line.pk)
    drafts.discard(person=stranger)
    assert DraftLine.objects.get() == line
    drafts.discard(person=holder)
    assert not DraftLine.objects.exists()


def test_lines_are_kept_for_a_day(share: Share, save: Save, newcomer: User, holder: User) -> None:
    line = share(newcomer)
    over = AT + DAY
    assert list(DraftLine.objects.of(holder, at=over - SECOND)) == [line]
    assert not DraftLine.objects.of(holder, at=over).exists()
    assert save(line, at=over) == drafts.Saved(gone=1)
    assert drafts.forget(at=over - SECOND) == 0
    assert drafts.forget(at=over) == 1
    assert not DraftLine.objects.exists()
    assert not Offer.objects.exists()


def test_the_worker_forgets_them_every_night(share: Share, newcomer: User) -> None:
    share(newcomer)
    DraftLine.objects.update(staged_at=timezone.now() - DAY)
    kept = share("dar@pastas.example", at=timezone.now())
    forget_drafts(timestamp=0)
    assert DraftLine.objects.get() == kept


# ── Saving what was shown ───────────────────────────────────────────────────────────────────────


def test_only_what_was_shown_is_saved(share: Share, save: Save, newcomer: User) -> None:
    shown, other = share(newcomer), share("kitame.lange@pastas.example")
    assert [offer.email for offer in save(shown).offered] == [newcomer.email]
    assert list(DraftLine.objects.all()) == [other]


def test_forged_lines_do_nothing(
    share: Share, save: Save, newcomer: User, stranger: User, holder: User, second: PaymentBook
) -> None:
    theirs = drafts.stage_add(person=stranger, book=second, activation_no=second.activation_no, at=AT)
    before = tables.state()
    forged = [theirs.pk, 0, -1, 2**63 - 1, 10**30]
    assert drafts.save(claimant=claimant_of(holder), shown=forged, at=AT) == drafts.Saved(gone=5)
    assert tables.state() == before
    assert save(theirs, by=stranger).added == [second]


def test_saving_twice_does_it_once(share: Share, save: Save, newcomer: User) -> None:
    line = share(newcomer)
    assert len(save(line).offered) == 1
    assert save(line) == drafts.Saved(gone=1)
    assert Offer.objects.count() == 1


@pytest.mark.parametrize("how", ["removed", "revoked", "left", "declined", "frozen"])
def test_undoing_what_is_gone_counts_as_done(
    how: str,
    holder: User,
    holder_access: Access,
    book: PaymentBook,
    newcomer: User,
    save: Save,
    offer_of: MakeOffer,
) -> None:
    made = offer_of(newcomer)
    if how == "declined":
        grants.decline(offer=made, by=newcomer, at=AT)
    else:
        grants.accept(offer=made, by=newcomer, at=AT)
    drafts.stage_unshare(person=holder, offer=made, at=AT)
    drafts.stage_remove(person=holder, book=book, at=AT)
    if how == "removed":
        accesses.end(accesses=Access.objects.filter(pk=holder_access.pk), at=AT)
    elif how == "revoked":
        grants.revoke(offer=made, by=holder, at=AT)
    elif how == "left":
        grants.leave(book=book, by=newcomer, at=AT)
    elif how == "frozen":
        accesses.freeze(accesses=Access.objects.filter(pk=holder_access.pk), at=AT)
    done = save()
    is_mine_gone = how in {"removed", "frozen"}
    assert (done.removed, done.ended) == ([] if is_mine_gone else [book], [])
    assert not DraftLine.objects.exists()


def test_anothers_share_is_not_ended(
    holder: User, co_holder: User, newcomer: User, book: PaymentBook, save: Save, offer_of: MakeOffer
) -> None:
    made = offer_of(newcomer)
    grants.accept(offer=made, by=newcomer, at=AT)
    drafts.stage_unshare(person=co_holder, offer=made, at=AT)
    assert save(by=co_holder).ended == []
    assert sees(newcomer, book, LATER)
    drafts.stage_unshare(person=holder, offer=made, at=AT)
    assert save().ended == [made]
    assert not sees(newcomer, book, LATER)


def test_a_share_is_changed_in_one_save(
    holder: User, newcomer: User, book: PaymentBook, save: Save, share: Share, offer_of: MakeOffer
) -> None:
    old = offer_of(newcomer)
    grants.accept(offer=old, by=newcomer, at=AT)
    assert refusal(share, to=newcomer, scope="invoices") == "shared_already"
    drafts.stage_unshare(person=holder, offer=old, at=AT)
    share(newcomer, scope="invoices")
    done = save()
    (new,) = done.offered
    assert (done.ended, new.scope, new.answer) == ([old], "invoices", "")
    assert not sees(newcomer, book, LATER)
    grants.accept(offer=new, by=newcomer, at=LATER)
    assert not sees(newcomer, book, LATER, Capability.DECLARE)
    assert sees(newcomer, book, LATER, Capability.PAY)


# ── What became impossible ──────────────────────────────────────────────────────────────────────


def test_one_impossible_line_stops_all_and_is_named(
    holder: User, holder_access: Access, second: PaymentBook, newcomer: User, save: Save, share: Share
) -> None:
    drafts.stage_add(person=holder, book=second, activation_no=None, at=AT)
    line = share(newcomer)
    # In another tab.
    accesses.end(accesses=Access.objects.filter(pk=holder_access.pk), at=AT)
    assert problems_of(save) == {line.pk: "not_a_holder"}
    drafts.undo(person=holder, line=line.pk)
    assert save().added == [second]


def test_every_impossible_line_is_named(
    holder: User, second: PaymentBook, newcomer: User, save: Save, share: Share, offer_of: MakeOffer
) -> None:
    add = drafts.stage_add(person=holder, book=second, activation_no=7, at=AT)
    of_it = share("draugas@pastas.example", book=second)
    again = share(newcomer)
    offer_of(newcomer)
    passed = share("trumpai@pastas.example", until_on=date(2026, 11, 22))
    kept = share("gerai@pastas.example")
    named = problems_of(save, at=AT + timedelta(hours=13))
    assert named == {
        add.pk: "no_longer_proven",
        of_it.pk: "not_a_holder",
        again.pk: "shared_already",
        passed.pk: "day_has_passed",
    }
    assert kept.pk not in named
    assert [offer.email for offer in save(kept).offered] == ["gerai@pastas.example"]


def test_an_email_that_became_ones_own_meanwhile(
    holder: User, newcomer: User, save: Save, share: Share
) -> None:
    line = share("nauja.mano@pastas.example")
    holder.email = "nauja.mano@pastas.example"
    holder.save()
    assert problems_of(save) == {line.pk: "own_email"}


def test_too_many_offers_stop_the_save(monkeypatch: pytest.MonkeyPatch, save: Save, share: Share) -> None:
    monkeypatch.setattr(grants, "OFFERS_A_DAY", 2)
    lines = [share(f"kviestas{number}@pastas.example") for number in range(3)]
    assert problems_of(save) == {lines[2].pk: "too_many_offers"}
    drafts.undo(person=lines[2].person, line=lines[2].pk)
    assert len(save().offered) == 2


@pytest.mark.parametrize("closed_on", [date(2026, 11, 21), date(2026, 11, 22)])
def test_a_book_that_closed_is_not_added(
    closed_on: date, holder: User, second: PaymentBook, save: Save
) -> None:
    line = drafts.stage_add(person=holder, book=second, activation_no=second.activation_no, at=AT)
    PaymentBook.objects.filter(pk=second.pk).update(closed_on=closed_on)
    if closed_on == date(2026, 11, 21):
        assert problems_of(save) == {line.pk: "closed_book"}
    else:
        # Its last day.
        assert save().added == [second]


# ── What proved an object ───────────────────────────────────────────────────────────────────────


@pytest.fixture
def proven(newcomer: User, book: PaymentBook, company_a: ManagingCompany) -> DraftLine:
    """The flat, proven by its activation code to somebody whom the file does not name."""
    outcome = linking.prove(
        claimant=claimant_of(newcomer),
        company=company_a,
        payer_code=book.payer_code,
        activation_code=activation.code_of(book),
        network="192.0.2.7",
        at=AT,
    )
    assert (outcome.kind, outcome.book, outcome.activation_no) == ("linked", book, 1)
    return drafts.stage_add(person=newcomer, book=book, activation_no=outcome.activation_no, at=AT)


def test_only_saving_uses_the_code_up(
    proven: DraftLine, newcomer: User, book: PaymentBook, save: Save
) -> None:
    book.refresh_from_db()
    assert (book.activation_no, sees(newcomer, book)) == (1, False)
    assert save(proven, by=newcomer).added == [book]
    book.refresh_from_db()
    assert (book.activation_no, sees(newcomer, book, LATER)) == (2, True)


def test_a_code_issued_anew_proves_nothing_any_more(
    proven: DraftLine, newcomer: User, book: PaymentBook, stranger: User, save: Save, share: Share
) -> None:
    mine = Access.objects.get(person=stranger).payment_book
    AccessFactory(person=newcomer, payment_book=mine)
    share("dar@pastas.example", person=newcomer, book=mine)
    activation.use_up(books=[book])
    assert problems_of(save, by=newcomer) == {proven.pk: "no_longer_proven"}
    assert not sees(newcomer, book, LATER)
    drafts.undo(person=newcomer, line=proven.pk)
    assert len(save(by=newcomer).offered) == 1


def test_a_code_opens_to_the_first_who_saves(
    proven: DraftLine, newcomer: User, stranger: User, book: PaymentBook, save: Save
) -> None:
    other = drafts.stage_add(person=stranger, book=book, activation_no=1, at=AT)
    assert save(other, by=stranger).added == [book]
    assert problems_of(save, proven, by=newcomer) == {proven.pk: "no_longer_proven"}


@pytest.mark.parametrize("policy", ["code", "staff"])
def test_the_companys_policy_is_asked_again(
    policy: str, proven: DraftLine, newcomer: User, company_a: ManagingCompany, save: Save
) -> None:
    company_a.linking_policy = policy
    company_a.save()
    if policy == "staff":
        assert problems_of(save, by=newcomer) == {proven.pk: "no_longer_proven"}
    else:
        assert len(save(by=newcomer).added) == 1


def by_name(person: User, book: PaymentBook) -> DraftLine:
    return drafts.stage_add(person=person, book=book, activation_no=None, at=AT)


@pytest.mark.parametrize("meanwhile", ["held", "renamed", "another_email", "policy"])
def test_a_name_that_proves_nothing_any_more(
    meanwhile: str, holder: User, second: PaymentBook, newcomer: User, save: Save, company_a: ManagingCompany
) -> None:
    line = by_name(holder, second)
    if meanwhile == "held":
        AccessFactory(person=newcomer, payment_book=second)
    elif meanwhile == "renamed":
        second.payer_name = "Kitas Mokėtojas"
        second.save()
    elif meanwhile == "another_email":
        PaymentBook.objects.filter(pk=second.pk).update(payer_email="kita@pastas.example")
    else:
        company_a.linking_policy = "code"
        company_a.save()
    assert problems_of(save) == {line.pk: "no_longer_proven"}
    assert not sees(holder, second, LATER)


def test_a_name_still_proves(holder: User, second: PaymentBook, save: Save) -> None:
    by_name(holder, second)
    assert save().added == [second]
    assert holders_of(second) == [holder.email]
    second.refresh_from_db()
    # A name uses no code up.
    assert second.activation_no == 1


def test_what_was_added_meanwhile_is_added_once(
    proven: DraftLine, newcomer: User, book: PaymentBook, save: Save
) -> None:
    AccessFactory(person=newcomer, payment_book=book)
    assert save(by=newcomer) == drafts.Saved()
    assert Access.objects.filter(person=newcomer).count() == 1


def test_a_frozen_access_is_not_opened_anew(
    proven: DraftLine, newcomer: User, book: PaymentBook, save: Save
) -> None:
    AccessFactory(person=newcomer, payment_book=book, frozen_at=AT)
    assert problems_of(save, by=newcomer) == {proven.pk: "no_longer_proven"}
    Access.objects.update(frozen_at=None)
    assert save(by=newcomer) == drafts.Saved()


def test_a_forged_line_without_proof_adds_nothing(
    holder: User, book: PaymentBook, stranger: User, save: Save
) -> None:
    line = by_name(stranger, book)
    assert problems_of(save, by=stranger) == {line.pk: "no_longer_proven"}


def test_saving_takes_the_failed_claim_off_home(
    newcomer: User, book: PaymentBook, company_a: ManagingCompany, proven: DraftLine, save: Save
) -> None:
    linking.prove(
        claimant=claimant_of(newcomer),
        company=company_a,
        payer_code="KN041822-15",
        network="192.0.2.7",
        at=AT,
    )
    assert Claim.objects.waiting_for(newcomer, at=AT).count() == 1
    save(by=newcomer)
    assert not Claim.objects.waiting_for(newcomer, at=LATER).exists()


def test_a_guest_becomes_a_holder_and_stays_a_guest(guest: User, book: PaymentBook, save: Save) -> None:
    drafts.stage_add(person=guest, book=book, activation_no=1, at=AT)
    assert save(by=guest).added == [book]
    assert sees(guest, book, LATER, Capability.SHARE)
    assert Access.objects.live(at=LATER).filter(person=guest, payment_book=book).count() == 2
