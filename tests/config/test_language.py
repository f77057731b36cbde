"""Lithuanian unless somebody pressed the switch."""

import pytest

from tests.accounts.conftest import PASSWORD, make_person


def language_of(answer):
    return answer.content.decode().split('<html lang="')[1][:2]


def test_lithuanian_whatever_the_browser_asks_for(client, db):
    answer = client.get("/login", HTTP_ACCEPT_LANGUAGE="en-GB,en;q=0.9")
    assert language_of(answer) == "lt"
    assert answer["Content-Language"] == "lt"
    assert "Accept-Language" not in answer.get("Vary", "")


def test_switch_is_remembered_by_the_browser(client, db):
    answer = client.post("/language", {"language": "en", "next": "/login"})
    assert answer["Location"] == "/login"
    page = client.get("/login")
    assert language_of(page) == "en"
    assert ">Sign in<" in page.content.decode()
    client.post("/language", {"language": "lt", "next": "/login"})
    assert language_of(client.get("/login")) == "lt"


def test_switch_is_remembered_by_the_account_and_goes_before_the_cookie(client, db):
    person = make_person("birute@pastas.example")
    client.force_login(person)
    client.post("/language", {"language": "en", "next": "/contacts"})
    person.refresh_from_db()
    assert person.language == "en"
    client.logout()
    client.post("/language", {"language": "lt", "next": "/login"})
    client.post("/login", {"login": person.email, "password": PASSWORD})
    assert language_of(client.get("/contacts")) == "en"


def test_one_visitors_language_is_not_the_next_ones(client, db):
    client.post("/language", {"language": "en"})
    client.get("/login")
    client.cookies.clear()
    assert language_of(client.get("/login")) == "lt"


@pytest.mark.parametrize("cookie", ["de", "", "en\x00", "x" * 5000])
def test_unknown_cookie_means_lithuanian(client, db, cookie):
    client.cookies["django_language"] = cookie
    assert language_of(client.get("/login")) == "lt"


@pytest.mark.parametrize(
    "back",
    ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)", "login", "/\\elsewhere.example",
     "\x00", "/" + "a" * 100_000, ""],
)  # fmt: skip
def test_switch_never_leads_outside(client, db, back):
    answer = client.post("/language", {"language": "en", "next": back})
    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_unknown_language_changes_nothing(client, db):
    answer = client.post("/language", {"language": "de", "next": "/login"})
    assert answer["Location"] == "/login"
    assert "django_language" not in client.cookies


def test_switch_is_a_press_not_a_link(client, db):
    assert client.get("/language").status_code == 405


def test_switch_costs_a_stranger_no_query(client, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        client.post("/language", {"language": "en"})
