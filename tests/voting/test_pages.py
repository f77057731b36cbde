"""The pages „Balsavimas“ through their addresses: who sees what, who votes, what is shown when."""

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from files.documents import Document
from properties.models import Access, Building, ManagingCompany, PaymentBook, Property
from tests import tables
from tests.factories import AccessFactory, BookFactory, PropertyFactory, UserFactory
from voting import closing, conflicts, documents, electorate, paper
from voting.models import Ballot, BallotChange, Conflict, Elector, Question, Vote

ClientFor = Callable[[User], Client]
Says = Callable[[str], dict[str, str]]


def answers(elector: Elector, **said: str) -> dict[str, str]:
    """Return what the form of these premises sends: answers by question, in the order of the questions."""
    questions = Question.objects.filter(vote=elector.vote_id)
    return {
        f"ballot{elector.pk}-question{question.pk}": answer
        for question, answer in zip(questions, said.values(), strict=False)
    }


def address_of(elector: Elector) -> str:
    return f"/votes/{elector.vote_id}/ballots/{elector.pk}"


def text(response: object) -> str:
    return re.sub(r"\s+", " ", response.content.decode().replace("\u00a0", " "))  # type: ignore[attr-defined]


def test_a_holder_votes_and_sees_the_receipt(
    client_for: ClientFor, vote: Vote, elector: Elector, holder: User
) -> None:
    client = client_for(holder)
    assert "Laukia Jūsų balso" in text(client.get("/votes"))
    page = text(client.get(f"/votes/{vote.pk}"))
    assert "Tai buto Beržyno g. 8-15 balsas. Vienas butas – vienas balsas." in page
    assert "0 iš 4 butų" in page
    assert "Kvorumo dar nėra" in page
    assert "nuomonių apklausa" in page
    response = client.post(address_of(elector), answers(elector, first="for"), follow=True)
    assert response.redirect_chain == [(f"/votes/{vote.pk}", 302)]
    ballot = Ballot.objects.get()
    assert (ballot.elector, list(ballot.answers.values()), ballot.by) == (elector, ["for"], holder)
    code = f"{ballot.receipt[:5]}-{ballot.receipt[5:]}"
    page = text(response)
    assert f"Jūsų balsas gautas. Kvito kodas: {code}" in page
    assert page.count(code) == 2  # the message, and the receipt that stays
    assert "Jūsų balsas: Už" in page
    assert "1 iš 4 butų" in page
    listed = text(client.get("/votes"))
    assert "Laukia Jūsų balso" not in listed
    assert "Jūs balsavote „Už“" in listed


def test_co_owners_see_who_voted_last(
    client_for: ClientFor, vote: Vote, elector: Elector, holder: User, co_holder: User
) -> None:
    client_for(holder).post(address_of(elector), answers(elector, first="for"))
    other = client_for(co_holder)
    assert "Balsavo Birutė Pavyzdienė" in text(other.get(f"/votes/{vote.pk}"))
    other.post(address_of(elector), answers(elector, first="against"))
    assert "Balsavo Jonas Pavyzdys" in text(client_for(holder).get(f"/votes/{vote.pk}"))
    assert Ballot.objects.count() == 1
    assert BallotChange.objects.count() == 2


def test_a_legal_person_s_ballot_says_who_clicked(
    client_for: ClientFor, vote: Vote, elector: Elector, book: PaymentBook
) -> None:
    bakery = UserFactory(
        kind="legal_person",
        first_name="",
        last_name="",
        company_name="UAB „Kepykla“",
        contact_person="Ona Ona",
    )
    AccessFactory(person=bakery, payment_book=book)
    client = client_for(bakery)
    client.post(address_of(elector), answers(elector, first="for"))
    assert "Balsavo UAB „Kepykla“ (Ona Ona)" in text(client.get(f"/votes/{vote.pk}"))


@pytest.mark.parametrize("sent", [{}, {"first": "maybe"}, {"first": "\x00"}, {"first": "blank"}])
def test_a_ballot_that_is_not_taken_comes_back(
    client_for: ClientFor, vote: Vote, elector: Elector, holder: User, sent: dict[str, str]
) -> None:
    client = client_for(holder)
    before = tables.state()
    response = client.post(address_of(elector), answers(elector, **sent))
    assert response.status_code == 200
    assert "Jūsų balsas dar neatiduotas" in text(response)
    assert "Pasirinkite vieną atsakymą." in text(response)
    assert tables.state() == before


def test_what_was_chosen_stays_when_another_question_is_left_out(
    client_for: ClientFor, draft: Vote, colours: Question, flat: Property, holder: User
) -> None:
    electorate.open_vote(vote=draft, at=timezone.now())
    elector = draft.electors.get(premises=flat)
    page = text(client_for(holder).post(address_of(elector), answers(elector, first="against")))
    assert re.search(r'value="against"[^>]*checked', page)
    assert "Kokia spalva?: Pasirinkite vieną atsakymą." in page
    assert not Ballot.objects.exists()


def test_a_vote_a_second_after_closing_is_refused_and_says_so(
    client_for: ClientFor, vote: Vote, elector: Elector, holder: User
) -> None:
    client = client_for(holder)
    sent = answers(elector, first="for")
    with time_machine.travel(vote.closes_at - timedelta(seconds=1), tick=False):
        assert client.post(address_of(elector), sent).status_code == 302
    changed = answers(elector, first="against")
    with time_machine.travel(vote.closes_at, tick=False):
        response = client.post(address_of(elector), changed)
        assert response.status_code == 200
        assert "Balsavimas baigėsi." in text(response)
        assert "Balsavimas baigėsi. Rezultatai čia bus" in text(client.get(f"/votes/{vote.pk}"))
    assert list(Ballot.objects.get().answers.values()) == ["for"]


def test_who_may_not_vote_is_told_why(
    client_for: ClientFor,
    vote: Vote,
    elector: Elector,
    building: Building,
    company_a: ManagingCompany,
    guest: User,
    stranger: User,
    former_holder: User,
) -> None:
    buyer, tenant = UserFactory(), UserFactory()
    today = timezone.localdate()
    place = PropertyFactory(building=building, unit="77")
    AccessFactory(
        person=buyer,
        payment_book=BookFactory(managing_company=company_a, premises=[elector.premises], opened_on=today),
    )
    AccessFactory(
        person=tenant,
        payment_book=BookFactory(managing_company=company_a, premises=[place], payer_role="tenant"),
    )
    why: dict[User, str] = {
        guest: "balsuoja tik savininkas, o šiuo objektu su Jumis pasidalyta",
        buyer: "balsuoja tie, kam patalpos priklausė balsavimo pradžioje",
        tenant: "ši mokėjimų knygelė yra nuomininko",
    }
    for person, words in why.items():
        client = client_for(person)
        page = text(client.get(f"/votes/{vote.pk}"))
        assert words in page
        assert "Ar pritariate laiptinės remontui?" in page
        assert "radio" not in page
        assert client.post(address_of(elector), answers(elector, first="for")).status_code == 404
    # Of another house, and of one whose book was closed before the vote began: it is not there.
    for person in (stranger, former_holder):
        client = client_for(person)
        assert client.get(f"/votes/{vote.pk}").status_code == 404
        assert "Laiptinės remontas" not in text(client.get("/votes"))
    assert not Ballot.objects.exists()


def test_nobody_votes_for_another_s_premises(
    client_for: ClientFor, vote: Vote, elector: Elector, holder: User, building: Building
) -> None:
    other = vote.electors.exclude(pk=elector.pk).first()
    assert other is not None
    client = client_for(holder)
    assert client.post(address_of(other), answers(other, first="for")).status_code == 404
    # The form's names belong to its premises: those of another's are not read.
    assert client.post(address_of(elector), answers(other, first="for")).status_code == 200
    assert client.post(f"/votes/{vote.pk + 1}/ballots/{elector.pk}", {}).status_code == 404
    assert not Ballot.objects.exists()


def test_who_sold_the_flat_during_the_vote_no_longer_votes(
    client_for: ClientFor, vote: Vote, elector: Elector, holder: User, book: PaymentBook
) -> None:
    client = client_for(holder)
    client.post(address_of(elector), answers(elector, first="for"))
    book.closed_on = timezone.localdate()
    book.save()
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        page = text(client.get(f"/votes/{vote.pk}"))
        assert "Šių patalpų nebevaldote" in page
        assert "radio" not in page
        assert client.post(address_of(elector), answers(elector, first="against")).status_code == 404
    assert list(Ballot.objects.get().answers.values()) == ["for"]


def test_one_ballot_for_each_of_one_s_premises(
    client_for: ClientFor, draft: Vote, neighbours: list[PaymentBook], holder: User
) -> None:
    AccessFactory(person=holder, payment_book=neighbours[1])
    electorate.open_vote(vote=draft, at=timezone.now())
    client = client_for(holder)
    first, second = draft.electors.filter(books__in=neighbours[:2])
    page = text(client.get(f"/votes/{draft.pk}"))
    assert page.count('<button type="submit">Balsuoti') == 2
    client.post(address_of(first), answers(first, first="for"))
    assert "Laukia Jūsų balso" in text(client.get("/votes"))
    client.post(address_of(second), answers(second, first="against"))
    assert "Laukia Jūsų balso" not in text(client.get("/votes"))
    said = Ballot.objects.order_by("elector__sort_key").values_list("elector", "answers")
    assert {elector: list(given.values()) for elector, given in said} == {
        first.pk: ["for"],
        second.pk: ["against"],
    }


def test_how_others_voted_is_shown_only_when_it_is_counted(
    client_for: ClientFor, vote: Vote, holder: User, owner_of: Callable[[Elector], User]
) -> None:
    for elector, answer in zip(vote.electors.all(), ("for", "for", "for", "against"), strict=True):
        person = holder if elector.books.filter(accesses__person=holder).exists() else owner_of(elector)
        client_for(person).post(address_of(elector), answers(elector, first=answer))
    client = client_for(holder)
    page = text(client.get(f"/votes/{vote.pk}"))
    assert "4 iš 4 butų" in page
    assert "Kvorumas yra" in page
    assert "3 balsai" not in page
    assert client.get(f"/votes/{vote.pk}/minutes").status_code == 404
    after = vote.closes_at + timedelta(hours=1)
    assert closing.close(vote=vote, at=after)
    with time_machine.travel(after):
        client = client_for(holder)
        page = text(client.get(f"/votes/{vote.pk}"))
        assert "3 balsai" in page
        assert "1 balsas" in page
        assert "Pritarta: už – 3, prieš – 1, balsavimo teisę turi 4." in page
        assert "radio" not in page
        listed = text(client.get("/votes"))
        assert "Ankstesni balsavimai" in listed
        assert "Pritarta" in listed
        minutes = client.get(f"/votes/{vote.pk}/minutes")
    assert minutes.content.startswith(b"%PDF-")
    assert "attachment" in minutes["Content-Disposition"]


def test_what_it_costs_and_its_documents(
    client_for: ClientFor, draft: Vote, holder: User, stranger: User, guest: User
) -> None:
    draft.total_cost, draft.paid_from = Decimal("18400.00"), "Iš kaupiamųjų lėšų"
    draft.save()
    estimate = Document(name="Sąmata.pdf", content_type="application/pdf", content=b"%PDF-1.4 x")
    kept = documents.attach(vote=draft, document=estimate)
    client = client_for(holder)
    assert client.get(f"/votes/documents/{kept.pk}").status_code == 404  # it is not open yet
    assert client.get(f"/votes/{draft.pk}").status_code == 404
    electorate.open_vote(vote=draft, at=timezone.now())
    page = text(client.get(f"/votes/{draft.pk}"))
    assert "18 400,00 €" in page
    assert "Jūsų butui" in page
    assert "4 600,00 €" in page
    assert "Iš kaupiamųjų lėšų" in page
    assert "Sąmata (PDF, " in page
    response = client.get(f"/votes/documents/{kept.pk}")
    assert (response.content, response["Content-Type"]) == (b"%PDF-1.4 x", "application/pdf")
    assert client_for(guest).get(f"/votes/documents/{kept.pk}").status_code == 200
    assert client_for(stranger).get(f"/votes/documents/{kept.pk}").status_code == 404


def test_a_longer_vote_says_until_when_and_why(
    client_for: ClientFor, vote: Vote, holder: User, staff_a: User
) -> None:
    later = vote.closes_at + timedelta(days=3)
    closing.extend(vote=vote, closes_at=later, reason="Sugedo liftas.", by=staff_a, at=timezone.now())
    page = text(client_for(holder).get(f"/votes/{vote.pk}"))
    assert "Priežastis: Sugedo liftas." in page


def test_there_is_nothing_to_vote_on(client_for: ClientFor, holder: User, newcomer: User) -> None:
    assert "Jūsų namuose dabar nebalsuojama." in text(client_for(holder).get("/votes"))
    assert "Čia dar nėra objektų, kurių name galėtumėte balsuoti." in text(client_for(newcomer).get("/votes"))


def test_a_staircase_votes_alone(
    client_for: ClientFor, make_vote: Callable[..., Vote], neighbours: list[PaymentBook], holder: User
) -> None:
    vote = make_vote(staircase="I")
    electorate.open_vote(vote=vote, at=timezone.now())
    resident = UserFactory()
    Access.objects.create(person=resident, payment_book=neighbours[1], starts_at=timezone.now())
    assert client_for(resident).get(f"/votes/{vote.pk}").status_code == 200
    assert client_for(holder).get(f"/votes/{vote.pk}").status_code == 404


def test_the_pages_ask_as_much_however_many_votes_and_premises(
    client_for: ClientFor,
    make_vote: Callable[..., Vote],
    neighbours: list[PaymentBook],
    holder: User,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    client = client_for(holder)
    for more in (1, 2):
        for _number in range(more):
            vote = make_vote()
            electorate.open_vote(vote=vote, at=timezone.now())
        for address in ("/votes", f"/votes/{vote.pk}"):
            with django_assert_num_queries(5):
                assert client.get(address).status_code == 200
        AccessFactory(person=holder, payment_book=neighbours[more])


def test_who_does_not_vote_is_not_told_to(client_for: ClientFor, vote: Vote, guest: User) -> None:
    listed = text(client_for(guest).get("/votes"))
    assert "Balsuoja savininkai" in listed
    assert "Vyksta iki" in listed
    assert "Balsuokite iki" not in listed


def test_premises_other_than_flats_are_named_by_their_address(
    client_for: ClientFor, draft: Vote, building: Building, company_a: ManagingCompany
) -> None:
    shop = PropertyFactory(building=building, kind="commercial", unit="K1")
    owner = AccessFactory(payment_book=BookFactory(managing_company=company_a, premises=[shop])).person
    electorate.open_vote(vote=draft, at=timezone.now())
    page = text(client_for(owner).get(f"/votes/{draft.pk}"))
    assert "Tai patalpų Beržyno g. 8-K1 balsas. Vienos patalpos – vienas balsas." in page


def test_a_vote_and_its_repeat_lead_to_each_other(
    client_for: ClientFor, vote: Vote, holder: User, staff_a: User
) -> None:
    after = vote.closes_at + timedelta(hours=1)
    closing.close(vote=vote, at=after)
    again = closing.repeat(vote=vote, opens_at=after, closes_at=after + timedelta(days=7), by=staff_a)
    with time_machine.travel(after):
        client = client_for(holder)
        assert "balsuojama pakartotinai" not in text(client.get(f"/votes/{vote.pk}"))  # a draft
        electorate.open_vote(vote=again, at=after)
        first, second = (text(client.get(f"/votes/{one.pk}")) for one in (vote, again))
    assert "Kvorumo nebuvo, todėl balsuojama pakartotinai." in first
    assert f'href="/votes/{again.pk}">Žiūrėti pakartotinį' in first
    assert "Tai pakartotinis balsavimas: pirmajame nebuvo kvorumo." in second
    assert f'href="/votes/{vote.pk}">Žiūrėti pirmąjį' in second


@pytest.mark.parametrize(
    ("outcome", "listed", "own_mark"),
    [
        ("online", "Jūs balsavote „Už“", "Už (Jūsų balsas)"),
        ("paper", "Jūs balsavote „Prieš“", "Prieš (Jūsų balsas)"),
        ("none", "Jūsų balsas neįskaitytas", ""),
    ],
)
def test_the_owner_reads_what_paper_said_and_which_ballot_counted(
    client_for: ClientFor,
    vote: Vote,
    elector: Elector,
    says: Says,
    holder: User,
    staff_a: User,
    outcome: str,
    listed: str,
    own_mark: str,
) -> None:
    client = client_for(holder)
    client.post(address_of(elector), answers(elector, first="for"))
    entered = paper.enter(
        elector=elector,
        answers=says("against"),
        received_on=timezone.localdate(),
        scan=Document(name="b.pdf", content_type="application/pdf", content=b"%PDF-1.4"),
        by=staff_a,
        at=timezone.now(),
    )
    page = text(client.get(f"/votes/{vote.pk}"))
    assert "Gautas šių patalpų popierinis biuletenis:" in page
    assert "(„Prieš“)." in page
    after = vote.closes_at + timedelta(hours=1)
    conflicts.settle(
        conflict=Conflict.objects.get(),
        outcome=Conflict.Settled(outcome),
        paper=entered if outcome == "paper" else None,
        reason="Pasirašė ne savininkas",
        by=staff_a,
        at=after,
    )
    closing.close(vote=vote, at=after)
    with time_machine.travel(after):
        client = client_for(holder)
        page = re.sub(r"<[^>]*>", "", text(client.get(f"/votes/{vote.pk}")))
        assert listed in text(client.get("/votes"))
    assert "Šių patalpų biuleteniai skyrėsi." in page
    assert "Priežastis: Pasirašė ne savininkas" in page
    assert ("Savitarnoje atiduotas balsas neįskaitytas: Už" in page) == (outcome != "online")
    assert ("(Jūsų balsas)" in page) == bool(own_mark)
    assert own_mark in page
