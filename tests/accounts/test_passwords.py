"""A password forgotten and a password changed."""

import re
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core import mail
from django.test import Client
from django.urls import reverse

from tests.accounts.conftest import PASSWORD, make_person

NEW = "Namas-2027"


def sign_in(person, password=PASSWORD) -> Client:
    client = Client()
    client.post("/login", {"login": person.email, "password": password})
    assert client.session["_auth_user_id"] == str(person.pk)
    return client


def opens(email: str, password: str) -> bool:
    return authenticate(None, email=email, password=password) is not None


def letters() -> list[Any]:
    return list(mail.outbox)


def link_in(letter):
    return re.findall(r"http\S+", letter.body)[0]


def ask_for_link(client, email, **extra):
    client.post("/password/reset", {"email": email}, **extra)
    return link_in(mail.outbox[-1])


def path_of(link: str) -> str:
    return link.removeprefix("http://savitarna.test")


def test_known_and_unknown_address_get_the_same_answer_and_one_letter_each(person):
    answers = []
    for email in (person.email, "nezinomas@pastas.example"):
        answer = Client().post("/password/reset", {"email": email})
        page = Client().get(answer["Location"]).content
        answers.append((answer.status_code, answer["Location"], re.sub(rb'value="\w{64}"', b"", page)))
    assert answers[0] == answers[1]
    assert [letter.to for letter in mail.outbox] == [["birute@pastas.example"], ["nezinomas@pastas.example"]]


def test_letters_are_text_and_html_in_the_readers_language(person):
    ask_for_link(Client(), person.email)
    person.language = "en"
    person.save()
    ask_for_link(Client(), person.email)
    lithuanian, english = letters()
    assert "Naujas" in lithuanian.subject
    assert english.subject == "A new password for the self-service"
    for letter in (lithuanian, english):
        (page,) = letter.alternatives
        assert page.mimetype == "text/html"
        assert link_in(letter) in page.content
        assert not letter.subject.startswith("[")


def test_link_starts_with_the_base_url_whatever_the_host(person):
    link = ask_for_link(Client(), person.email, HTTP_HOST="localhost")
    assert link.startswith("http://savitarna.test/password/reset/key/")
    ask_for_link(Client(), "nezinomas@pastas.example", HTTP_HOST="localhost")
    for letter in letters():
        assert "localhost" not in letter.body + letter.alternatives[0].content


def test_letter_goes_only_to_the_very_address_on_file(person):
    Client().post("/password/reset", {"email": "bırute@pastas.example"})
    (letter,) = mail.outbox
    assert "/password/reset/key/" not in letter.body


def test_link_works_once_and_leads_to_sign_in_with_a_green_message(client, person):
    path = path_of(ask_for_link(client, person.email))
    form_path = client.get(path)["Location"]
    assert form_path.endswith("set-password")
    page = client.get(form_path).content.decode()
    assert page.count('type="password"') == 1
    done = client.post(form_path, {"password1": NEW}, follow=True)
    assert done.request["PATH_INFO"] == "/login"
    assert 'class="note ok' in done.content.decode()
    assert opens(person.email, NEW)
    assert not opens(person.email, PASSWORD)
    again = Client().get(path)
    assert again.status_code == 200
    assert again.context["token_fail"]
    assert Client().get(path).content.decode().count("<form") == 1  # the language switch alone


def test_reset_ends_every_session(client, person):
    elsewhere = sign_in(person)
    form_path = client.get(path_of(ask_for_link(client, person.email)))["Location"]
    client.post(form_path, {"password1": NEW})
    assert elsewhere.get("/contacts").status_code == 302


@pytest.mark.parametrize("key", ["1-abc", "zzzzzzzzzzzzz-set-password", "0-0", "1-set-password"])
def test_made_up_link_says_that_it_does_not_work(client, person, key):
    answer = client.get(f"/password/reset/key/{key}")
    assert answer.status_code == 200
    assert answer.context["token_fail"]


def test_reset_ends_the_lock_of_wrong_guesses(client, person):
    for _ in range(6):
        client.post("/login", {"login": person.email, "password": "Neteisingas-1"})
    form_path = client.get(path_of(ask_for_link(client, person.email)))["Location"]
    client.post(form_path, {"password1": NEW})
    sign_in(person, NEW)


def test_reset_letters_to_one_address_are_limited(person):
    answers = [Client().post("/password/reset", {"email": person.email}).status_code for _ in range(6)]
    assert answers == [302] * 5 + [429]
    assert len(mail.outbox) == 5


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("Aa1", "bent 8"),
        ("kiemas-2026", "bent viena didžioji raidė"),
        ("Kiemas-Kiemas", "bent vienas skaičius"),
        ("Password1", "per dažnas"),
        ("Pavyzdienė1", "per daug panaš"),
        ("", "Įveskite naują slaptažodį"),
        ("Kiemas-2026\0", "Nuliniai simboliai"),
    ],
)
def test_each_password_rule_speaks_lithuanian(person, typed, words):
    page = sign_in(person).post("/password/change", {"oldpassword": PASSWORD, "password1": typed})
    (error,) = page.context["form"].errors["password1"]
    assert words.lower() in error.lower()
    assert opens(person.email, PASSWORD)


def test_change_keeps_this_session_ends_the_others_and_says_so(person):
    here, elsewhere = sign_in(person), sign_in(person)
    answer = here.post("/password/change", {"oldpassword": PASSWORD, "password1": NEW})
    assert answer["Location"] == "/contacts"
    assert 'class="note ok' in here.get("/contacts").content.decode()
    assert elsewhere.get("/contacts").status_code == 302
    assert opens(person.email, NEW)


def test_change_needs_the_current_password(person):
    page = sign_in(person).post("/password/change", {"oldpassword": "Neteisingas-1", "password1": NEW})
    assert list(page.context["form"].errors) == ["oldpassword"]
    assert not opens(person.email, NEW)


def test_change_page_has_the_labels_of_the_guide_and_one_new_password(person):
    page = sign_in(person).get("/password/change").content.decode()
    for words in ("Dabartinis slaptažodis", "Naujas slaptažodis", "Išsaugoti", "Atšaukti"):
        assert f">{words}<" in page
    assert page.count('type="password"') == 2
    assert 'aria-describedby="id_password1_rules"' in page


def test_wrong_current_passwords_are_limited(person):
    client = sign_in(person)
    form = {"oldpassword": "Neteisingas-1", "password1": NEW}
    assert [client.post("/password/change", form).status_code for _ in range(6)] == [200] * 5 + [429]


def test_who_has_no_password_is_led_to_the_letter(client, db):
    person = make_person("be.slaptazodzio@pastas.example")
    person.set_unusable_password()
    person.save()
    client.force_login(person)
    assert client.get("/password/change")["Location"] == reverse("account_reset_password")
