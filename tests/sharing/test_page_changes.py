"""What the buttons of „Kliento informacija“ do: everything is prepared first, and „Išsaugoti“ carries it out."""

import html
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from properties import activation, attempts, link_requests
from properties.models import Access, LinkRequest, ManagingCompany, PaymentBook
from sharing import drafts
from sharing.models import DraftLine, Offer
from tests.factories import AccessFactory, BookFactory, PropertyFactory
from tests.sharing.test_client_information import ADDRESS, accepted, offered, rows, text_of

ClientFor = Callable[[User], Client]
BOOKS, SHARES = f"{ADDRESS}#knygeles", f"{ADDRESS}#dalinimasis"
NOT_ADDED = "Objekto pagal šiuos duomenis pridėti nepavyko."


@pytest.fixture
def garage(company_b: ManagingCompany) -> PaymentBook:
    """A book that nobody has ever held; the file names the holder of the cast as its payer."""
    return BookFactory(
        managing_company=company_b,
        payer_code="AU-0611 07-G7",
        payer_name="Birutė Pavyzdienė",
        premises=[PropertyFactory(building__managing_company=company_b, kind="garage", unit="G7")],
    )


def post(client: Client, button: str, **fields: Any) -> Any:
    return client.post(f"{ADDRESS}/{button}", fields)


def add(client: Client, book: PaymentBook, **fields: Any) -> Any:
    typed = {"managing_company": book.managing_company_id, "payer_code": book.payer_code, **fields}
    return post(client, "add", **typed)


def share(client: Client, of: PaymentBook, to: str = "dukra@pastas.example", **fields: Any) -> Any:
    return post(client, "share", **{"book": of.pk, "email": to, "scope": "all", "until_on": "", **fields})


def shown_lines(client: Client) -> list[str]:
    return re.findall(r'name="line" value="(\d+)"', client.get(ADDRESS).content.decode())


def save(client: Client, lines: list[str] | None = None) -> list[str]:
    """Press „Išsaugoti“ of the page as it is, or as it was; return what the next page says at the top."""
    sent = {"line": shown_lines(client) if lines is None else lines}
    response = client.post(f"{ADDRESS}/save", sent, follow=True)
    assert response.redirect_chain == [(ADDRESS, 302)]
    return [str(message) for message in response.context["messages"]]


def errors(response: Any) -> list[str]:
    """Return the texts at the fields of a form that came back."""
    assert response.status_code == 200
    body = response.content.decode()
    assert "<title>Klaida: " in body
    return [
        text_of(one).removeprefix("Klaida: ") for one in re.findall(r'<p class="err">.*?</p>', body, re.S)
    ]


def live(person: User) -> set[int]:
    found = Access.objects.live(at=timezone.now()).filter(person=person, granted_by=None)
    return set(found.values_list("payment_book", flat=True))


# ── Adding ──────────────────────────────────────────────────────────────────────────────────────


def test_adds_by_name_once_it_is_saved(
    client_for: ClientFor, holder: User, book: PaymentBook, garage: PaymentBook
) -> None:
    client = client_for(holder)
    response = add(client, garage, payer_code="au 061107g7")
    assert (response.status_code, response.headers["Location"]) == (302, BOOKS)
    (_mine, staged) = rows(client)
    assert staged.startswith("Garažas, Liepų g.")
    assert "Dar neišsaugota Pašalinti knygelę:" in staged
    assert live(holder) == {book.pk}

    place = staged.split(" Mokėjimo")[0]
    assert save(client) == [f"Pridėta: {place}."]
    assert live(holder) == {book.pk, garage.pk}
    assert shown_lines(client) == []


def test_adds_by_activation_code_which_only_saving_uses_up(
    client_for: ClientFor, newcomer: User, holder: User, book: PaymentBook
) -> None:
    client = client_for(newcomer)
    code = activation.printed(activation.code_of(book)).lower()
    assert add(client, book, activation_code=code).status_code == 302
    book.refresh_from_db()
    assert book.activation_no == 1
    save(client)
    book.refresh_from_db()
    assert (book.activation_no, live(newcomer)) == (2, {book.pk})


def test_an_object_is_prepared_once(client_for: ClientFor, holder: User, garage: PaymentBook) -> None:
    client = client_for(holder)
    for _ in range(2):
        assert add(client, garage).status_code == 302
    assert len(shown_lines(client)) == 1


def test_an_object_of_ones_own_is_named_so(client_for: ClientFor, holder: User, book: PaymentBook) -> None:
    response = add(client_for(holder), book)
    assert errors(response) == ["Šis objektas jau Jūsų sąraše."]
    assert "Siųsti prašymą" not in response.content.decode()


def test_every_failure_answers_alike_and_keeps_what_was_typed(
    client_for: ClientFor, newcomer: User, company_a: ManagingCompany
) -> None:
    client = client_for(newcomer)
    typed = {
        "managing_company": company_a.pk,
        "payer_code": "KN-0418 22-15",
        "activation_code": "ACDEF-GHJKM",
    }

    def answer() -> str:
        response = post(client, "add", **typed)
        assert response.status_code == 200
        return re.sub(r'(name="csrfmiddlewaretoken" value=)"\w+"', r"\1", response.content.decode())

    unknown = answer()
    held = AccessFactory(payment_book__managing_company=company_a, payment_book__payer_code="KN-0418 22-15")
    assert answer() == unknown
    held.payment_book.closed_on = timezone.localdate() - timedelta(days=1)
    held.payment_book.save()
    assert answer() == unknown
    for _ in range(attempts.OF_A_PERSON):
        assert answer() == unknown

    assert f"{NOT_ADDED} Patikrinkite prižiūrinčią įmonę" in html.unescape(unknown)
    assert "<title>Klaida: Kliento informacija" in unknown
    assert 'value="KN-0418 22-15"' in unknown
    assert f'<option value="{company_a.pk}" selected>' in unknown
    assert "ACDEF" not in unknown
    assert 'formaction="/client-information/request"' in unknown
    assert DraftLine.objects.count() == 0


def test_says_what_is_missing(client_for: ClientFor, holder: User, company_a: ManagingCompany) -> None:
    client = client_for(holder)
    assert errors(post(client, "add", payer_code="KN-1")) == ["Pasirinkite įmonę, kuri prižiūri Jūsų namą."]
    wrong = "Mokėtojo kodą įrašykite kaip sąskaitoje, pvz., KN-0123 456"
    for code in ("", "---", "x" * 300, "a\0b"):
        assert errors(post(client, "add", managing_company=company_a.pk, payer_code=code)) != []
    assert errors(post(client, "add", managing_company=company_a.pk, payer_code="--")) == [wrong]
    assert errors(post(client, "add", managing_company="99999999999999999999", payer_code="KN-1")) != []


def test_asks_the_staff_instead(client_for: ClientFor, newcomer: User, company_a: ManagingCompany) -> None:
    client = client_for(newcomer)
    typed = {"managing_company": company_a.pk, "payer_code": "KN-77"}
    for _ in range(2):
        response = post(client, "request", **typed)
        assert (response.status_code, response.headers["Location"]) == (302, ADDRESS)
    asked = LinkRequest.objects.get(person=newcomer)
    assert (asked.managing_company, asked.payer_code) == (company_a, "KN-77")
    assert "Prašymas išsiųstas" in client.get(ADDRESS).content.decode()


def test_asks_the_staff_ten_times_at_most(
    client_for: ClientFor, newcomer: User, company_a: ManagingCompany
) -> None:
    client = client_for(newcomer)
    for number in range(link_requests.REQUESTS_AT_A_TIME):
        post(client, "request", managing_company=company_a.pk, payer_code=f"KN-{number}")
    response = post(client, "request", managing_company=company_a.pk, payer_code="KN-99")
    assert response.status_code == 200
    assert "Atsakymo jau laukia 10 Jūsų prašymų." in response.content.decode()
    assert LinkRequest.objects.count() == link_requests.REQUESTS_AT_A_TIME
    assert post(client, "request", managing_company=company_a.pk, payer_code="KN-0").status_code == 302


# ── Removing ────────────────────────────────────────────────────────────────────────────────────


def test_removes_once_it_is_saved_and_takes_back_before(
    client_for: ClientFor, holder: User, guest: User, book: PaymentBook
) -> None:
    client = client_for(holder)
    assert post(client, "change", remove=book.pk).status_code == 302
    (struck,) = rows(client)
    assert struck.endswith("Bus pašalinta Grąžinti knygelę: Beržyno g. 8-15")
    (line,) = shown_lines(client)
    assert "1 neišsaugotas pakeitimas Išsaugojus bus: pašalinta 1 knygelė." in text_of(
        client.get(ADDRESS).content.decode()
    )
    post(client, "change", undo=line)
    assert "Pašalinti knygelę" in rows(client)[0]

    post(client, "change", remove=book.pk)
    assert live(holder) == {book.pk}
    assert save(client) == ["Pašalinta: Beržyno g. 8-15, Klaipėda."]
    assert live(holder) == set()
    assert rows(client_for(guest)) == []
    # Pressed once more in a page that was open all the while.
    assert post(client, "change", remove=book.pk).status_code == 302
    assert shown_lines(client) == []


def test_cancels_everything(
    client_for: ClientFor, holder: User, book: PaymentBook, garage: PaymentBook
) -> None:
    client = client_for(holder)
    add(client, garage)
    post(client, "change", remove=book.pk)
    assert len(shown_lines(client)) == 2
    assert post(client, "discard").headers["Location"] == ADDRESS
    assert shown_lines(client) == []
    assert live(holder) == {book.pk}


@pytest.mark.parametrize("who", ["stranger", "guest", "newcomer", "staff_b"])
def test_nobody_prepares_the_removal_of_anothers_object(
    client_for: ClientFor, request: pytest.FixtureRequest, holder: User, book: PaymentBook, who: str
) -> None:
    client = client_for(request.getfixturevalue(who))
    assert post(client, "change", remove=book.pk).status_code == 404
    assert errors(share(client, book)) == ["Pasirinkite objektą iš savo sąrašo."]
    assert DraftLine.objects.count() == 0
    assert post(client_for(holder), "change", remove=book.pk).status_code == 302


@pytest.mark.parametrize(
    "fields", [{"remove": "x"}, {"undo": "9" * 30}, {"unshare": "-1"}, {"remove": "1_0"}]
)
def test_what_no_page_sends_is_not_there(client_for: ClientFor, holder: User, fields: dict[str, str]) -> None:
    assert post(client_for(holder), "change", **fields).status_code == 404


# ── Sharing ─────────────────────────────────────────────────────────────────────────────────────


def test_shares_once_it_is_saved(client_for: ClientFor, holder: User, book: PaymentBook) -> None:
    client = client_for(holder)
    until = timezone.localdate() + timedelta(days=30)
    response = share(client, book, " Dukra@Pastas.example ", scope="declare", until_on=f"{until:%Y.%m.%d}")
    assert (response.status_code, response.headers["Location"]) == (302, SHARES)
    (staged,) = rows(client, "dalinimasis")
    assert staged.startswith(
        "dukra@pastas.example Beržyno g. 8-15 Gali tik deklaruoti skaitiklius Galioja iki"
    )
    assert "Dar neišsaugota" in staged
    assert Offer.objects.count() == 0

    assert save(client) == ["Kvietimą išsiuntėme."]
    offer = Offer.objects.get()
    assert (offer.email, offer.scope, offer.until_on) == ("dukra@pastas.example", "declare", until)
    share(client, book, "sunus@pastas.example")
    share(client, book, "kaimynas@pastas.example")
    assert save(client) == ["Kvietimus išsiuntėme."]


def test_shares_an_object_that_is_only_to_be_added(
    client_for: ClientFor, holder: User, garage: PaymentBook
) -> None:
    client = client_for(holder)
    add(client, garage)
    share(client, garage)
    (told,) = save(client)
    assert re.fullmatch(r"Pridėta: Garažas, .+\. Kvietimą išsiuntėme\.", told)
    assert Offer.objects.get().granted_by.payment_book == garage


SHARED = "Šiuo objektu su šiuo asmeniu jau dalinatės arba kvietimas laukia atsakymo."
DAY = "Įrašykite metus, mėnesį ir dieną, pvz., 2027-12-31"
OTHER_LETTERS = (
    "El. pašto adrese būna tik lotyniškos raidės be ženklų, o čia yra kitokia. Įrašykite jį iš naujo."
)
WHOLE = "El. paštą įrašykite visą, pvz., vardas@pastas.lt"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"email": "Birute@pastas.example"}, "Tai Jūsų el. paštas. Įrašykite kito asmens el. paštą."),
        ({"email": "dukrа@pastas.example"}, OTHER_LETTERS),  # a Cyrillic a
        ({"email": "dukra"}, WHOLE),
        ({"email": ""}, "Įrašykite asmens el. paštą."),
        ({"email": "kita@pastas.example"}, SHARED),
        ({"email": "sveciai@pastas.example"}, SHARED),
        ({"until_on": "2020-01-01"}, "Ši diena jau praėjo. Įrašykite šiandienos ar vėlesnę datą."),
        ({"until_on": "rytoj"}, DAY),
        ({"until_on": "2027-02-30"}, DAY),
        ({"until_on": "9999-12-31"}, DAY),
        ({"until_on": "٢٠٢٧-١٢-٣١"}, DAY),
        ({"scope": ""}, "Pasirinkite teises."),
        ({"scope": "vote"}, "Pasirinkite teises."),
        ({"book": ""}, "Pasirinkite objektą iš savo sąrašo."),
        ({"book": "9" * 30}, "Pasirinkite objektą iš savo sąrašo."),
    ],
)
def test_says_what_cannot_be_shared_and_keeps_what_was_typed(
    client_for: ClientFor, holder: User, guest: User, book: PaymentBook, typed: dict[str, str], told: str
) -> None:
    client = client_for(holder)
    share(client, book, "kita@pastas.example")
    response = share(
        client, book, **{"email": "nauja.dukra@pastas.example", "until_on": "2090-12-31", **typed}
    )
    assert errors(response) == [told]
    body = html.unescape(response.content.decode())
    kept = {"email": "nauja.dukra@pastas.example", "until_on": "2090-12-31", **typed}
    for name in ("email", "until_on"):
        assert not kept[name] or f'name="{name}" value="{kept[name]}"' in body
    assert len(shown_lines(client)) == 1


def test_an_object_that_another_window_removed_cannot_be_shared(
    client_for: ClientFor, holder: User, book: PaymentBook
) -> None:
    client = client_for(holder)
    post(client, "change", remove=book.pk)
    assert errors(share(client, book)) == ["Pasirinkite objektą iš savo sąrašo."]
    save(client)
    assert errors(share(client, book)) == ["Pasirinkite objektą iš savo sąrašo."]


@pytest.mark.parametrize("typed", ["2090-12-31", "2090.12.31", "2090 12 31", "20901231", "2090-12-31."])
def test_takes_a_day_as_people_write_it(
    client_for: ClientFor, holder: User, book: PaymentBook, typed: str
) -> None:
    assert share(client_for(holder), book, until_on=typed).status_code == 302
    assert DraftLine.objects.get().until_on == date(2090, 12, 31)


def test_ends_a_share_once_it_is_saved(
    client_for: ClientFor, holder: User, newcomer: User, book: PaymentBook
) -> None:
    offer = offered(book, holder, newcomer.email)
    accepted(offer, newcomer)
    client, guest = client_for(holder), client_for(newcomer)
    post(client, "change", unshare=offer.pk)
    (struck,) = rows(client, "dalinimasis")
    assert struck.endswith(f"Bus pašalinta Grąžinti dalinimąsi su {newcomer.email}: Beržyno g. 8-15")
    assert len(rows(guest)) == 1
    assert save(client) == [f"Su {newcomer.email} nebesidalinate: Beržyno g. 8-15, Klaipėda."]
    assert rows(guest) == []
    # Pressed once more in a page that was open all the while.
    assert post(client, "change", unshare=offer.pk).status_code == 302
    assert shown_lines(client) == []


def test_a_guest_gives_the_object_up_at_once(
    client_for: ClientFor, guest: User, holder: User, stranger: User, book: PaymentBook
) -> None:
    client = client_for(guest)
    for person in (holder, stranger):
        assert post(client_for(person), "leave", book=book.pk).status_code == 404
    assert post(client, "leave", book=book.pk).status_code == 302
    assert "Objekto atsisakėte: Beržyno g. 8-15, Klaipėda." in client.get(ADDRESS).content.decode()
    assert rows(client) == []
    assert post(client, "leave", book=book.pk).status_code == 302
    assert live(holder) == {book.pk}


# ── Saving ──────────────────────────────────────────────────────────────────────────────────────


def test_saving_nothing_says_so(client_for: ClientFor, holder: User) -> None:
    client = client_for(holder)
    assert save(client) == ["Neišsaugotų pakeitimų nėra."]
    assert save(client, ["x"]) == ["Neišsaugotų pakeitimų nėra."]


def test_saves_only_what_its_own_page_had_shown(
    client_for: ClientFor, holder: User, book: PaymentBook, garage: PaymentBook
) -> None:
    client = client_for(holder)
    add(client, garage)
    earlier = shown_lines(client)
    post(client, "change", remove=book.pk)
    save(client, earlier)
    assert live(holder) == {book.pk, garage.pk}
    assert len(shown_lines(client)) == 1
    told = save(client, [*earlier, *shown_lines(client)])
    assert told[0] == "Pašalinta: Beržyno g. 8-15, Klaipėda."
    assert told[1].startswith("Dalis šiame puslapyje rodytų pakeitimų")


def test_saving_twice_does_it_once_and_is_honest(
    client_for: ClientFor, holder: User, book: PaymentBook
) -> None:
    client = client_for(holder)
    share(client, book)
    lines = shown_lines(client)
    assert save(client, lines) == ["Kvietimą išsiuntėme."]
    (told,) = save(client, lines)
    assert told.startswith("Dalis šiame puslapyje rodytų pakeitimų")
    assert Offer.objects.count() == 1


def test_nobody_saves_anothers_lines(
    client_for: ClientFor, holder: User, stranger: User, book: PaymentBook
) -> None:
    client = client_for(holder)
    post(client, "change", remove=book.pk)
    lines = shown_lines(client)
    save(client_for(stranger), lines)
    post(client_for(stranger), "change", undo=lines[0])
    assert (live(holder), shown_lines(client)) == ({book.pk}, lines)


def test_a_line_that_became_impossible_stops_the_save_and_is_named(
    client_for: ClientFor, newcomer: User, holder: User, book: PaymentBook
) -> None:
    mine = AccessFactory(person=newcomer).payment_book
    client = client_for(newcomer)
    add(client, book, activation_code=activation.code_of(book))
    post(client, "change", remove=mine.pk)
    activation.use_up(books=[book])
    lines = shown_lines(client)
    response = post(client, "save", line=lines)
    reason = "Tai, kas įrodė, kad objektas Jūsų, nebegalioja."
    (told,) = errors(response)
    assert told.startswith(reason)
    body = text_of(response.content.decode())
    assert f"Kol kas neišsaugota nieko Beržyno g. 8-15, Klaipėda: {reason}" in body
    line = DraftLine.objects.get(kind="add").pk
    assert f'href="#line{line}"' in response.content.decode()
    assert f'<li id="line{line}">' in response.content.decode()
    assert (live(newcomer), shown_lines(client)) == ({mine.pk}, lines)

    post(client, "change", undo=line)
    assert save(client)[0].startswith("Pašalinta: ")
    assert live(newcomer) == set()


def test_an_object_out_of_ones_hands_is_not_named_any_more(
    client_for: ClientFor, holder: User, book: PaymentBook
) -> None:
    client = client_for(holder)
    share(client, book)
    lines = shown_lines(client)
    Access.objects.filter(person=holder).update(frozen_at=timezone.now())
    assert "Beržyno" not in client.get(ADDRESS).content.decode()
    response = post(client, "save", line=lines)
    (told,) = errors(response)
    assert told.startswith("Šiuo objektu dalintis nebegalima")
    assert "Beržyno" not in response.content.decode()
    assert "dukra@pastas.example" in response.content.decode()


def test_the_fifty_first_line_waits_for_a_save(
    client_for: ClientFor, holder: User, book: PaymentBook
) -> None:
    client = client_for(holder)
    for number in range(DraftLine.MOST):
        drafts.stage_share(
            person=holder,
            book=book,
            email=f"svecias{number}@pastas.example",
            scope="all",
            until_on=None,
            at=timezone.now(),
        )
    full = "Turite 50 neišsaugotų pakeitimų. Pirmiausia juos išsaugokite."
    assert full in share(client, book).content.decode()
    post(client, "change", remove=book.pk)
    assert full in client.get(ADDRESS).content.decode()
    assert len(shown_lines(client)) == DraftLine.MOST
