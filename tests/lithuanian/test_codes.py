import pytest
from hypothesis import given
from hypothesis import strategies as st

from lithuanian.codes import clean_iban, clean_vat_code, is_company_code


@pytest.mark.parametrize(
    "code",
    [
        "999900002",  # the first weights decide
        "999900019",  # they give 10, the second weights decide
        "999900380",  # both give 10
        "9999002",
        "9999054",
        "9999710",
    ],
)
def test_company_code_with_its_check_digit(code):
    assert is_company_code(code)
    wrong = str((int(code[-1]) + 1) % 10)
    assert not is_company_code(code[:-1] + wrong)


@pytest.mark.parametrize(
    "code", ["", "99990000", "9999000022", "99990000 2", "LT9999000", "٩٩٩٩٠٠٠٠٢", "99990000²", "9" * 100_000]
)
def test_what_is_no_company_code(code):
    assert not is_company_code(code)


@given(st.text())
def test_any_text_is_answered(text):
    assert is_company_code(text) in (True, False)
    assert _answer(clean_iban, text) == "bad_iban" or clean_iban(text).isascii()
    assert _answer(clean_vat_code, text) == "bad_vat_code" or clean_vat_code(text).isascii()


def _answer(clean, text):
    try:
        return clean(text)
    except ValueError as error:
        return str(error)


@pytest.mark.parametrize(
    "typed",
    [
        "LT069999900000012345",
        "lt06 9999 9000 0001 2345",
        " LT06-9999-9000-0001-2345 ",
        "LT06\u00a09999\u00a09000\u00a00001\u00a02345",
    ],
)
def test_iban_is_kept_without_spaces(typed):
    assert clean_iban(typed) == "LT069999900000012345"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "LT079999900000012345",
        "LT06999990000001234",
        "XX069999900000012345",
        "LT06\x009999900000012345",
        "ＬＴ069999900000012345",
        "LT06999990000001234٥",
        "LT06" + "9" * 1000,
        "LT06" + "9" * 100_000,
    ],
)
def test_broken_iban(typed):
    with pytest.raises(ValueError, match=r"^bad_iban$"):
        clean_iban(typed)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("LT999999011", "LT999999011"),
        ("lt 999999011", "LT999999011"),
        (" 999999011", "LT999999011"),
        ("LT999999999919", "LT999999999919"),
        ("DE999999995", "DE999999995"),
        ("de 999999995", "DE999999995"),
    ],
)
def test_vat_code_is_kept_with_its_country(typed, code):
    assert clean_vat_code(typed) == code


@pytest.mark.parametrize(
    "typed",
    ["", "LT", "LT999999012", "999999012", "DE999999011", "XX999999011", "LT99999901١", "9" * 100_000],
)
def test_broken_vat_code(typed):
    with pytest.raises(ValueError, match=r"^bad_vat_code$"):
        clean_vat_code(typed)
