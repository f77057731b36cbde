import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lithuanian.sorting import sort_key


@pytest.mark.parametrize(
    "in_order",
    [
        # The whole alphabet, letters that decide alone.
        list("abcčdefghijklmnopqrsštuvwxzž"),
        # Letters that stand with their neighbour decide only between words otherwise alike.
        ["asa", "ąsa", "asas"],
        ["eik", "ęik", "ėik", "eiks"],
        ["inas", "įnas", "ynas", "inasa"],
        ["ulas", "ųlas", "ūlas", "ulasa"],
        ["Ignalina", "Ylakiai", "Jonava", "Joniškis"],
        ["Calis", "Czys", "Čekiškė", "Dusetos"],
        ["Skuodas", "Szeris", "Šakiai", "Šiauliai", "Tauragė"],
        ["Zarasai", "Zyplė", "Žagarė", "Žiežmariai"],
        # Numbers are numbers.
        ["1", "2", "2A", "2B", "10", "10A", "11", "100"],
        ["Sodų g. 2-1", "Sodų g. 2-10", "Sodų g. 2A-1", "Sodų g. 10-2", "Sodų g. 10A-1", "Sodų g. 11-1"],
        ["Butas 9", "Butas 10", "Butas 99", "Butas 100", "Butas 1000000"],
        # A shorter name first, a word before a longer one.
        ["Liepų", "Liepų g. 1", "Liepų g. 10", "Liepųa"],
        ["Petra", "Petra Z", "Petraa"],
    ],
)
def test_order(in_order):
    shuffled = in_order[:]
    random.Random(7).shuffle(shuffled)
    assert sorted(shuffled, key=sort_key) == in_order
    assert len({sort_key(text) for text in in_order}) == len(in_order)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ŽEMAIČIŲ g. 5", "žemaičių g. 5"),
        ("Sodų g. 8-15", "  sodų  g 8 15 "),
        ("s\u030coda", "šoda"),
        ("007", "7"),
        ("٧", "7"),
        ("m\u0303as", "mas"),
        ("a\x00b", "a b"),
        ("", " … "),
    ],
)
def test_what_does_not_decide(one, other):
    assert sort_key(one) == sort_key(other)


def test_a_key_is_no_longer_than_it_must_be():
    assert sort_key("Sodu g. 5-12A") == "sodu g 115 1212a"
    assert sort_key("Sodų g. 5-12A") == "sodu g 115 1212a  0001"


def test_foreign_marks_decide_last():
    assert sort_key("Muller") < sort_key("Müller") < sort_key("Mullers")


@given(st.text())
def test_a_key_can_be_stored_and_compared_as_bytes(text):
    key = sort_key(text)
    assert "\x00" not in key
    assert key.encode().decode() == key


@given(st.lists(st.text(alphabet="aąiįyčcšszž 0129A-", max_size=12), max_size=8))
def test_python_and_byte_order_agree(texts):
    keys = [sort_key(text) for text in texts]
    assert sorted(keys) == sorted(keys, key=str.encode)


@given(st.integers(min_value=0, max_value=10**30), st.integers(min_value=0, max_value=10**30))
def test_numbers_sort_by_value(one, other):
    assert (sort_key(f"Nr. {one}") < sort_key(f"Nr. {other}")) == (one < other)
