"""Signing in and out, and the limits on guessing."""

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import mail
from django.test import Client
from django.urls import NoReverseMatch, reverse

from accounts.models import User
from tests.accounts.conftest import PASSWORD


def sign_in(client, email, password=PASSWORD, **extra):
    return client.post("/login", {"login": email, "password": password}, **extra)


def who(client):
    return client.session.get("_auth_user_id")


def test_labels_are_those_of_the_printed_guide(client, db):
    page = client.get("/login").content.decode()
    for words in ("El. paštas", "Slaptažodis", "Prisijungti", "Registruotis", "Pamiršote slaptažodį?"):
        assert f">{words}<" in page


@pytest.mark.parametrize(
    "typed", ["birute@pastas.example", " Birute@Pastas.Example ", "BIRUTE@PASTAS.EXAMPLE"]
)
def test_sign_in_leads_home_however_the_email_is_spelt(client, person, typed):
    answer = sign_in(client, typed)
    assert (answer.status_code, answer["Location"]) == (302, reverse("home:main"))
    assert who(client) == str(person.pk)


def test_look_alike_letter_is_another_email(client, person):
    sign_in(client, "bırute@pastas.example")
    assert who(client) is None


def test_sign_in_leads_where_one_was_going_but_never_outside(client, person):
    assert client.get("/contacts")["Location"] == "/login?next=/contacts"
    answer = client.post("/login?next=/contacts", {"login": person.email, "password": PASSWORD})
    assert answer["Location"] == "/contacts"
    client.logout()
    outside = {"login": person.email, "password": PASSWORD, "next": "https://elsewhere.example/"}
    assert client.post("/login", outside)["Location"] == reverse("home:main")


def test_wrong_password_and_unknown_email_get_the_same_words(client, person):
    wrong = sign_in(client, person.email, "Neteisingas-1").context["form"]
    unknown = sign_in(client, "nezinomas@pastas.example", "Neteisingas-1").context["form"]
    assert who(client) is None
    assert wrong.errors == unknown.errors
    assert "Pamiršote slaptažodį?" in wrong.non_field_errors()[0]


def test_failed_form_says_so_in_title_summary_and_field_and_keeps_the_email(client, db):
    page = client.post("/login", {"login": "birute", "password": "Slaptas-1"}).content.decode()
    assert "<title>Klaida: " in page
    assert '<a href="#id_login">El. paštą įrašykite visą' in page
    assert 'aria-invalid="true"' in page
    assert 'aria-describedby="id_login_error"' in page
    assert 'id="id_login_error"' in page
    assert 'value="birute"' in page
    assert "Slaptas-1" not in page


def test_sign_out_ends_the_session_says_so_and_asks_first_when_opened_by_a_link(client, person):
    sign_in(client, person.email)
    assert client.get("/logout").status_code == 200
    assert who(client) == str(person.pk)
    answer = client.post("/logout")
    assert answer["Location"] == "/login"
    page = client.get("/login").content.decode()
    assert 'class="note ok' in page
    assert "tsijungėte" in page
    assert client.get("/contacts")["Location"] == "/login?next=/contacts"


def test_limits_are_counted_where_all_processes_look():
    assert settings.CACHES["default"]["BACKEND"] == "django.core.cache.backends.db.DatabaseCache"


def test_sixth_guess_is_refused_even_when_right_and_the_way_out_is_told(person):
    for _ in range(5):
        sign_in(Client(), person.email, "Neteisingas-1")
    browser = Client()
    answer = sign_in(browser, person.email)
    assert who(browser) is None
    (words,) = answer.context["form"].non_field_errors()
    assert "5 min" in words
    assert "Pamiršote slaptažodį?" in words


def test_guesses_of_a_stranger_do_not_lock_the_owner_out(person):
    for _ in range(6):
        sign_in(Client(), person.email, "Neteisingas-1", REMOTE_ADDR="203.0.113.7")
    owner = Client()
    sign_in(owner, person.email, REMOTE_ADDR="198.51.100.20")
    assert who(owner) == str(person.pk)


def test_guesser_gains_nothing_by_other_hosts_or_forwarding_headers(person):
    for number in range(5):
        disguise = {"HTTP_X_FORWARDED_FOR": f"192.0.2.{number}"}
        sign_in(Client(SERVER_NAME="localhost"), person.email, "Neteisingas-1", **disguise)
    browser = Client()
    sign_in(browser, person.email, HTTP_X_FORWARDED_FOR="192.0.2.99")
    assert who(browser) is None


def test_behind_a_proxy_each_resident_counts_alone(person, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for _ in range(6):
        sign_in(Client(), person.email, "Neteisingas-1", HTTP_X_FORWARDED_FOR="203.0.113.7")
    owner = Client()
    sign_in(owner, person.email, HTTP_X_FORWARDED_FOR="203.0.113.7, 198.51.100.20")
    assert who(owner) == str(person.pk)


def test_request_that_came_round_the_proxies_is_refused(person, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    answer = sign_in(Client(raise_request_exception=False), person.email, HTTP_X_FORWARDED_FOR="203.0.113.7")
    assert answer.status_code == 403


def test_too_many_sign_ins_from_one_address_get_our_own_page(client, db, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login": "1/m/ip"}
    client.post("/login", {})
    answer = client.post("/login", {})
    assert answer.status_code == 429
    assert 'class="brandmark"' in answer.content.decode()


def test_closed_account_is_told_where_to_ask(client, person):
    person.is_active = False
    person.save()
    answer = client.post("/login", {"login": person.email, "password": PASSWORD}, follow=True)
    assert who(client) is None
    assert answer.request["PATH_INFO"] == "/inactive"
    assert settings.CARE_PHONE in answer.content.decode()


def test_first_sign_in_of_an_unconfirmed_email_asks_for_the_code(client, db):
    newcomer = User.objects.create_user("naujas@pastas.example", PASSWORD)
    answer = client.post("/login", {"login": newcomer.email, "password": PASSWORD}, follow=True)
    assert who(client) is None
    assert "Patvirtinimo kodas" in answer.content.decode()
    (letter,) = mail.outbox
    code = next(
        line for line in letter.body.splitlines() if line and line == line.upper() and " " not in line
    )
    wrong = client.post("/confirm-email", {"code": "NE-TAS", "action": "verify"})
    assert wrong.status_code == 200
    assert who(client) is None
    client.post("/confirm-email", {"code": code, "action": "verify"})
    assert who(client) == str(newcomer.pk)
    assert EmailAddress.objects.get(user=newcomer).verified


def test_code_can_be_sent_again_and_left_alone(client, db):
    newcomer = User.objects.create_user("naujas@pastas.example", PASSWORD)
    sign_in(client, newcomer.email)
    client.post("/confirm-email", {"action": "resend"})
    assert len(mail.outbox) == 2
    assert client.get("/login")["Location"] == "/confirm-email"
    assert client.post("/logout")["Location"] == "/login"
    assert client.get("/login").status_code == 200


@pytest.mark.parametrize("signed_in", [True, False])
def test_code_page_has_nothing_for_others(client, person, signed_in):
    if signed_in:
        sign_in(client, person.email)
    answer = client.get("/confirm-email")
    assert answer["Location"] == (reverse("home:main") if signed_in else "/login")


@pytest.mark.parametrize(
    "name", ["account_email", "account_signup", "account_set_password", "account_reauthenticate"]
)
def test_pages_of_allauth_that_we_did_not_choose_do_not_exist(name):
    with pytest.raises(NoReverseMatch):
        reverse(name)


@pytest.mark.parametrize("path", ["/email", "/email/", "/signup", "/accounts/email/", "/password/set"])
def test_no_page_changes_an_email(client, person, path):
    sign_in(client, person.email)
    assert client.get(path).status_code == 404
    assert client.post(path, {"email": "kitas@pastas.example", "action_add": ""}).status_code == 404
    assert list(EmailAddress.objects.values_list("email", flat=True)) == ["birute@pastas.example"]


def test_sign_in_page_costs_a_stranger_no_query(client, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        client.get("/login")


def test_who_was_signed_out_meanwhile_is_told_that_nothing_was_taken(client, db):
    sent = client.post(
        "/client-information/share",
        {"email": "a@b.example"},
        headers={"referer": "http://testserver/client-information"},
    )
    assert sent["Location"] == "/login?next=/client-information"
    said = "Tuo tarpu buvote atjungti, todėl to, ką siuntėte, nepriėmėme. Prisijunkite ir siųskite dar kartą."
    assert said in client.get(sent["Location"]).content.decode()
    assert said not in client.get("/login").content.decode()


@pytest.mark.parametrize("referer", ["", "https://evil.example/meters", "http://testserver.evil.example/"])
def test_nobody_else_decides_where_one_comes_back(client, db, referer):
    assert client.post("/meters", headers={"referer": referer})["Location"] == "/login?next=/meters"
