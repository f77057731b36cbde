"""Questions with answers: who sees which, what is found, and that the first ones name what the pages name."""

import html
import importlib
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import polib
import pytest
from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from guide.models import Question, Topic
from properties.models import Access, ManagingCompany, PaymentBook
from tests.factories import QuestionFactory, TopicFactory

ClientFor = Callable[[User], Client]
FIRST = importlib.import_module("guide.migrations.0002_first_questions")


@pytest.fixture(autouse=True)
def no_questions(db: None) -> None:
    """Those that the migration brought, where no test has emptied its table."""
    Question.objects.all().delete()
    Topic.objects.all().delete()


def summaries(client: Client, address: str = "/help") -> list[str]:
    """Return the questions of the page, in their order."""
    response = client.get(address)
    assert response.status_code == 200
    found = re.findall(
        r"<details class=\"plain\"[^>]*><summary><svg.*?</svg><span>(.*?)</span>", response.content.decode()
    )
    return [html.unescape(text) for text in found]


def body(client: Client, address: str) -> str:
    return html.unescape(client.get(address).content.decode())


def asked(question: str, answer: str = "Atsakymas.", **fields: Any) -> Question:
    made: Question = QuestionFactory(question=question, answer=answer, **fields)
    return made


# ── Who sees which ──────────────────────────────────────────────────────────────────────────────


def test_questions_stand_by_topic_in_their_order(client: Client) -> None:
    second, first = TopicFactory(title="Antra", position=20), TopicFactory(title="Pirma", position=10)
    asked("Kas trečia?", topic=second)
    asked("Kas antra?", topic=first, position=20)
    asked("Kas pirma?", topic=first, position=10)
    asked("Kas paslėpta?", topic=first, is_published=False)
    TopicFactory(title="Be klausimų")
    assert summaries(client) == ["Kas pirma?", "Kas antra?", "Kas trečia?"]
    page = body(client, "/help")
    assert f'href="#tema-{first.pk}"' in page
    assert f'id="tema-{first.pk}"' in page
    assert "Be klausimų" not in page


def test_a_company_s_answers_are_for_its_own_people(
    client: Client,
    client_for: ClientFor,
    company_a: ManagingCompany,
    book: PaymentBook,
    holder: User,
    guest_declares: User,
    revoked_guest: User,
    newcomer: User,
    staff_a: User,
) -> None:
    asked("Kur kasa?", managing_company=company_a)
    asked("Kas visiems?")
    for person in (holder, guest_declares):
        assert set(summaries(client_for(person))) == {"Kur kasa?", "Kas visiems?"}
    for person in (revoked_guest, newcomer, staff_a):
        assert summaries(client_for(person)) == ["Kas visiems?"]
        assert summaries(client_for(person), "/help?q=kasa") == []
    assert summaries(client) == ["Kas visiems?"]
    assert summaries(client, "/help?q=kasa") == []
    Access.objects.filter(payment_book=book).update(ends_at=timezone.now())
    assert summaries(client_for(holder)) == ["Kas visiems?"]


def test_english_is_whole_and_what_has_none_is_marked(client: Client) -> None:
    topic = TopicFactory(title="Sąskaitos", title_en="Invoices")
    asked("Kur?", topic=topic, question_en="Where?", answer_en="Here.")
    asked("Tik lietuviškai?", topic=topic, question_en="", answer_en="")
    client.post("/language", {"language": "en", "next": "/help"})
    assert summaries(client) == ["Where?", "Tik lietuviškai?"]
    page = body(client, "/help")
    assert "Frequently asked questions" in page
    assert ">Invoices</h2>" in page
    assert page.count('<details class="plain" lang="lt">') == 1
    assert summaries(client, "/help?q=where") == ["Where?"]


def test_an_answer_is_text_and_no_html(client: Client) -> None:
    asked("Kaip <b>čia</b>?", "<script>alert(1)</script>\n\nRašykite kas@imone.example")
    page = client.get("/help").content.decode()
    assert "&lt;b&gt;čia&lt;/b&gt;" in page
    assert "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>" in page
    assert '<a href="mailto:kas@imone.example">' in page


# ── Search ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("sąskaita", ["Kaip apmokėti sąskaitą?", "Kas yra QR kodas?"]),
        ("SASKAITU", ["Kaip apmokėti sąskaitą?", "Kas yra QR kodas?"]),
        ("saskaitos apmoketi", ["Kaip apmokėti sąskaitą?"]),
        ("slaptažodžio", ["Pamiršau slaptažodį"]),
        ("slaptazodis", ["Pamiršau slaptažodį"]),
        ("qr", ["Kas yra QR kodas?"]),
        ("kodas", ["Kas yra QR kodas?"]),
        ("100 %", ["Kas yra QR kodas?"]),
        # None has both words; each has one.
        ("apmoketi slaptazodi", ["Kaip apmokėti sąskaitą?", "Pamiršau slaptažodį"]),
        ("kaita", []),
        ("%", []),
        ("_", []),
        ("%_'\"", []),
        ("a%b", []),
        ("' OR 1=1 --", []),
        ("   ", ["Kas yra QR kodas?", "Kaip apmokėti sąskaitą?", "Pamiršau slaptažodį"]),
    ],
)
def test_what_is_found(client: Client, typed: str, found: list[str]) -> None:
    topic = TopicFactory(title="Įvairūs")
    asked("Kas yra QR kodas?", "Jį rasite sąskaitoje. Tai 100 % saugu.", topic=topic, position=1)
    asked("Kaip apmokėti sąskaitą?", topic=topic, position=2)
    asked("Pamiršau slaptažodį", topic=topic, position=3)
    assert summaries(client, f"/help?{urlencode({'q': typed})}") == found


def test_the_page_says_what_it_found_and_where_to_go_from_there(client: Client) -> None:
    asked("Kaip apmokėti sąskaitą?")
    assert "1 atsakymas pagal „saskait“" in body(client, "/help?q=saskait")
    page = client.get("/help", {"q": "<b>nėra"}).content.decode()
    assert "Pagal „&lt;b&gt;nėra“ nieko neradome" in page
    assert 'value="&lt;b&gt;nėra"' in page
    assert "Neradote atsakymo?" in page
    assert 'href="/contact"' in page


@pytest.mark.parametrize(
    ("typed", "similar"),
    [
        ("nebegaliu prisijungti", ["Kaip prisijungti?"]),
        ("prisijungti sąskaita kvitas", ["Kaip gauti kvitą ar sąskaitą?", "Kaip prisijungti?"]),
        ("kaip gauti algą", ["Kaip gauti kvitą ar sąskaitą?", "Kaip prisijungti?"]),
        ("liftas", []),
        ("ar %_' ir", []),
    ],
)
def test_where_no_answer_has_every_word_those_with_some_are_offered(
    client: Client, typed: str, similar: list[str]
) -> None:
    topic = TopicFactory(title="Įvairūs")
    asked("Kaip prisijungti?", topic=topic, position=1)
    asked("Kaip gauti kvitą ar sąskaitą?", topic=topic, position=2)
    address = f"/help?{urlencode({'q': typed})}"
    assert summaries(client, address) == similar
    page = body(client, address)
    assert f"Pagal „{html.unescape(typed)}“ nieko neradome" in page
    assert ("Galbūt padės vienas iš šių atsakymų:" in page) == bool(similar)


def test_words_without_end_are_refused_and_not_lost(client: Client) -> None:
    asked("Kaip?")
    page = body(client, f"/help?q={'a' * 101}")
    assert 'aria-invalid="true"' in page
    assert "a" * 101 in page
    assert "Kaip?" in page


# ── The database ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("rule", "fields"),
    [
        ("question_has_an_answer", {"answer": ""}),
        ("question_has_an_answer", {"question": ""}),
        ("english_question_has_an_english_answer", {"answer_en": ""}),
        ("english_question_has_an_english_answer", {"question_en": ""}),
    ],
)
def test_half_a_question_is_refused(rule: str, fields: dict[str, str]) -> None:
    QuestionFactory(question_en="", answer_en="")
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        QuestionFactory(**fields)


@pytest.mark.parametrize("field", ["title", "title_en"])
def test_a_topic_needs_both_titles(field: str) -> None:
    with pytest.raises(IntegrityError, match="topic_has_a_title_in_both_languages"), transaction.atomic():
        TopicFactory(**{field: ""})


# ── The first questions ─────────────────────────────────────────────────────────────────────────


def test_the_first_questions_come_in_both_languages() -> None:
    FIRST.bring_in(apps, None)
    assert Topic.objects.count() == 8
    assert Question.objects.filter(is_published=True, managing_company=None).count() == 51
    assert not Question.objects.filter(question_en="").exists()
    first = Question.objects.first()
    assert first is not None
    assert first.question == "Kaip užsiregistruoti savitarnoje?"
    assert "\n\n" in first.answer
    assert "#" not in "".join(Question.objects.values_list("answer", flat=True))


# What is no label: a key, a mark on a keyboard, words of invoices.
NO_LABELS = {"x", "permoka", "credit"}


def test_the_first_answers_name_what_the_pages_name() -> None:
    """A label that is renamed leaves an answer that sends people looking for nothing."""
    known = polib.pofile(str(settings.BASE_DIR / "locale/lt/LC_MESSAGES/django.po"))
    english = {re.sub("<[^>]*>", "", entry.msgid) for entry in known}
    lithuanian = {re.sub("<[^>]*>", "", entry.msgstr) for entry in known}
    for text, quotes, labels in (
        (FIRST.LITHUANIAN, "„([^“]*)“", lithuanian),
        (FIRST.ENGLISH, "“([^”]*)”", english),
    ):
        quoted = set(re.findall(quotes, text.replace("\n", " ")))
        assert len(quoted) > 40
        assert quoted - NO_LABELS - labels == set()


def test_the_first_answers_speak_as_we_promised() -> None:
    wrong = re.compile(r"(?i:\bprašom|\bsistem)|\bj(ūs|ūsų|ums|us|umis)\b|[!”\"]")
    text = FIRST.LITHUANIAN.replace("Susisiekite su mumis!", "")
    assert [line for line in text.splitlines() if wrong.search(line)] == []
