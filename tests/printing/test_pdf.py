"""Documents: tagged and with their own fonts, the same every time, and words stay words."""

import threading
from typing import Any

import pytest

from printing.pdf import pdf_of, printable
from tests.printing.documents import fonts_of, marked_as, pages_of, text_of


def document(**words: Any) -> bytes:
    data: dict[str, Any] = {
        "title": "Sąskaita Nr. 1",
        "author": "UAB „Namai“",
        "issuer_name": "UAB „Namai“",
        "heading": "Sąskaita",
        "address": "Liepų g. 1",
        "stamp": "",
        "amount_label": "Suma",
        "amount": "1,00 €",
        "remarks": ["Apmokėta"],
        "explanation": "",
        "lines_heading": "Už ką mokate",
        "columns": ["Paslauga", "Kiekis", "Kaina", "Suma"],
        "lines": [["Šildymas", "1", "1,00", "1,00"]],
        "charged_label": "Iš viso",
        "charged": "1,00",
        "sums": [],
        "pay": None,
        "facts_heading": "Duomenys",
        "facts": [{"label": "Mokėtojas", "value": "Ąžuolas Žėruolis"}],
        "issuer": "Išrašė UAB „Namai“",
        "footer": "Nr. 1",
        "page": "{page} iš {pages}",
    }
    return pdf_of(template="bill", language="lt", data=data | words)


def test_a_document_is_tagged_and_says_its_language_and_title() -> None:
    pdf = document()
    found = marked_as(pdf)
    assert (found.language, found.title, found.is_tagged, found.is_pdf_ua) == (
        "lt",
        "Sąskaita Nr. 1",
        True,
        True,
    )
    assert {"/H1", "/H2", "/Table", "/THead", "/TH", "/TD"} <= found.tags


def test_a_document_brings_its_fonts() -> None:
    fonts = fonts_of(document())
    assert set(fonts) == {"Inter-Regular", "Inter-SemiBold"}
    assert all(fonts.values())


def test_the_same_words_give_the_same_bytes() -> None:
    first = document()
    assert document(heading="Kita") != first
    assert document() == first


@pytest.mark.parametrize(
    "words",
    [
        '#eval("1 + 1")',
        "#sys.inputs.data",
        "$x^2$ *stora* _kreiva_ `kodas`",
        "@kas <kas> // pastaba /* pastaba */",
        "\\ = antraštė - punktas + punktas",
        '#import "@preview/cetz:0.3.0"',
        "{page} ~ \" ' … --- [x](y)",
    ],
)
def test_what_would_be_markup_stays_words(words: str) -> None:
    pdf = document(title=words, author=words, heading=words, address=words, issuer=words)
    assert text_of(pdf).count(words) == 3
    assert marked_as(pdf).title == words


def test_what_no_font_has_is_shown_as_a_box_and_what_is_not_seen_is_left_out() -> None:
    assert printable("Ąžuolų „–−²€№“ \u00a0 Иван Αθήνα") == "Ąžuolų „–−²€№“ \u00a0 Иван Αθήνα"
    assert printable("王 😀 שלום") == "□ □ □□□□"
    assert printable("a\x00b\x07c\u202ed\ufeff\ufffe\ue000\ud800") == "abcd"
    assert printable("a\tb\nc\u2028d\x85e") == "a b c d e"
    assert printable("e\u0307 z\u030c") == "ė ž"
    assert "□□ šildymas" in text_of(document(heading="王😀 šildymas\x00\u202e"))


def test_a_long_run_may_be_broken() -> None:
    assert printable("x" * 65) == f"{'x' * 30}\u200b{'x' * 30}\u200b{'x' * 5}"
    assert printable("LT60 1010 0123 4567 8901" * 2) == "LT60 1010 0123 4567 8901" * 2


def test_threads_do_not_stand_in_each_other_s_way() -> None:
    documents: dict[int, bytes] = {}

    def work(number: int) -> None:
        for _ in range(3):
            documents[number] = document(heading=f"Sąskaita {number}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {number: f"Sąskaita {number}" in text_of(pdf) for number, pdf in documents.items()} == {
        0: True,
        1: True,
        2: True,
        3: True,
    }


def test_pages_are_numbered_and_each_says_what_the_columns_are() -> None:
    lines = [[f"Eilutė-{number}.", "1", "1,00", "1,00"] for number in range(200)]
    pages = pages_of(document(lines=lines))
    assert len(pages) == 5
    for number, text in enumerate(pages, start=1):
        assert text.endswith(f"Nr. 1 {number} iš 5")
        assert ("Paslauga Kiekis Kaina Suma" in text) == ("Eilutė-" in text)
    whole = " ".join(pages)
    assert [number for number in range(200) if f"Eilutė-{number}." not in whole] == []
