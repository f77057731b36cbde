import pytest
from hypothesis import given
from hypothesis import strategies as st

from lithuanian.folding import fold_code, fold_name, fold_text

LITHUANIAN = st.text(alphabet="aąbcčdeęėfghiįyjklmnoprsštuųūvzžAĄČĘĖĮŠŲŪŽ0123456789 -./„“\"'")


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("ab-12 / č", "AB12C"),
        (" 0012-345 ", "0012345"),
        ("ĄČĘĖĮŠŲŪŽ", "ACEEISUUZ"),
        ("ąčęėįšųūž", "ACEEISUUZ"),
        ("ı", "I"),
        ("İ", "I"),
        ("ß", "SS"),
        ("łŁøđ", "LLOD"),
        ("ＡＢ１２", "AB12"),
        ("①²", "12"),
        ("١٢٣", "123"),
        ("१२", "12"),
        ("12\u00a034\u200b56", "123456"),
        ("Ж12", "12"),
        ("a\x00b", "AB"),
        ("\ud800", ""),
        ("–—/_", ""),
    ],
)
def test_code_keeps_only_letters_and_digits(typed, folded):
    assert fold_code(typed) == folded


@given(st.text())
def test_folded_code_is_plain_and_folds_to_itself(text):
    folded = fold_code(text)
    assert folded.isascii()
    assert folded == "" or folded.isalnum()
    assert folded == folded.upper()
    assert fold_code(folded) == folded


@given(LITHUANIAN)
def test_case_never_makes_another_code_or_text(text):
    assert fold_code(text.upper()) == fold_code(text.lower()) == fold_code(text)
    assert fold_text(text.upper()) == fold_text(text.lower()) == fold_text(text)


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Įmonės kodas", "imones kodas"),
        ("Plotas m²", "plotas m2"),
        ("Kaina su PVM", "kaina su pvm"),
        ("PVM %", "pvm"),
        ("company_code", "company code"),
        ("  Namo\tNr.  ", "namo nr"),
        ("„Žvejų“ g. 5-12A", "zveju g 5 12a"),
        ("O'Brien", "obrien"),
        ("O’Brien", "obrien"),
        ("Petraitienė-Jonaitė", "petraitiene jonaite"),
        ("Žė\u0301lė", "zele"),
        ("Мир", "мир"),
        ("…", ""),
    ],
)
def test_text_keeps_words(written, folded):
    assert fold_text(written) == folded


@given(st.text())
def test_folded_text_folds_to_itself(text):
    folded = fold_text(text)
    assert fold_text(folded) == folded
    assert "  " not in folded
    assert folded == folded.strip()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ona Petraitienė", "PETRAITIENE ONA"),
        ("Jonas Kazys Jonaitis", "Jonaitis, Jonas Kazys"),
        ("Rūta Petraitė-Jonaitė", "rūta petraitė jonaitė"),
    ],
)
def test_a_person_is_known_in_any_order(one, other):
    assert fold_name(one, is_company=False) == fold_name(other, is_company=False)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("UAB „Pavyzdžio baldai“", "Pavyzdžio baldai, UAB"),
        ("UAB „Pavyzdžio baldai“", 'Uždaroji akcinė bendrovė "Pavyzdžio Baldai"'),
        ("„PAVYZDŽIO BALDAI“, uždaroji akcinė bendrovė", "uab pavyzdzio baldai"),
        ("AB „Pavyzdys“", "Akcinė bendrovė „Pavyzdys“"),
        ("MB „Pavyzdys“", "Mažoji bendrija „Pavyzdys“"),
        ("VšĮ „Pavyzdys“", "Viešoji įstaiga „Pavyzdys“"),
        ("IĮ „Pavyzdys“", "Pavyzdys, individuali įmonė"),
        ("DNSB „Pavyzdys“", "Daugiabučio namo savininkų bendrija „Pavyzdys“"),
        ("DNSB „Pavyzdys“", "Daugiabučio namo „Pavyzdys“ savininkų bendrija"),
        ("DNSB „Pavyzdys“", "Daugiabučio gyvenamojo namo savininkų bendrija „Pavyzdys“"),
    ],
)
def test_a_legal_form_may_stand_anywhere_in_full_or_short(one, other):
    assert fold_name(one, is_company=True) == fold_name(other, is_company=True)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("UAB „Pavyzdys“", "AB „Pavyzdys“"),
        ("UAB „Pavyzdys“", "„Pavyzdys“"),
        ("UAB „Pavyzdys“", "UAB „Pavyzdys 2“"),
        ("Uždaroji akcinė bendrovė „Pavyzdys“", "Akcinė bendrovė „Pavyzdys“"),
        ("UAB „Ąžuolas Ąžuolas“", "UAB „Ąžuolas“"),
    ],
)
def test_different_companies_stay_different(one, other):
    assert fold_name(one, is_company=True) != fold_name(other, is_company=True)


def test_a_person_is_not_a_legal_form():
    assert fold_name("Mažoji Bendrija", is_company=False) == "bendrija mazoji"


@given(st.text(), st.booleans())
def test_folded_name_folds_to_itself(text, is_company):
    folded = fold_name(text, is_company=is_company)
    assert fold_name(folded, is_company=is_company) == folded
