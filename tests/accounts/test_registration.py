"""Registering: what is asked, the emailed code, and everything that may go wrong on the way."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from django.template.loader import get_template
from django.test import Client
from django.utils import timezone

from accounts import policies, registration
from accounts.models import Consent, User
from accounts.tasks import forget_unconfirmed
from properties.models import Access, Claim, LinkAttempt
from tests import tables
from tests.accounts.conftest import make_person

EMAIL = "birute@pastas.example"
PASSWORD = "Beržynas-815"
CODE_PAGE = "/confirm-email"
DONE = "Registracija sėkminga. Dabar galite prisijungti."
WRONG_CODE = "Kodas neteisingas"


@pytest.fixture
def typed(book):
    """What Birutė types, as it stands on her invoice."""
    return {
        "kind": "natural_person",
        "first_name": "Birutė",
        "last_name": "Pavyzdienė",
        "email": EMAIL,
        "phone": "8 612 34567",
        "password1": PASSWORD,
        "managing_company": book.managing_company_id,
        "payer_code": "kn 0418 2215",
        "consent": "on",
    }


@pytest.fixture
def company_typed(typed):
    return {
        **typed,
        "kind": "legal_person",
        "first_name": "",
        "last_name": "",
        "company_name": "UAB „Kepyklėlė“",
        "company_code": "300000028",
        "contact_person": "Rasa Bandomoji",
        "email": "kepyklele@imone.example",
    }


def register(form, client=None, **changes):
    client = client or Client()
    answer = client.post("/register", {**form, **changes})
    assert answer["Location"] == CODE_PAGE, answer.context and answer.context["form"].errors
    return client


def code_in(letter):
    """Return the code: the line of the letter that holds nothing else."""
    return next(
        line for line in letter.body.splitlines() if line and line == line.upper() and " " not in line
    )


def whole(letter):
    """Return the letter's text and its HTML."""
    return letter.body + letter.alternatives[0].content


def confirm(client, code=None):
    return client.post(CODE_PAGE, {"code": code or code_in(mail.outbox[-1]), "action": "verify"})


def sign_in(client, email=EMAIL, password=PASSWORD):
    return client.post("/login", {"login": email, "password": password})


def who(client):
    return client.session.get("_auth_user_id")


def told(client, path="/login"):
    return client.get(path).content.decode()


def errors(form, **changes):
    answer = Client().post("/register", {**form, **changes})
    assert answer.status_code == 200
    return answer.context["form"].errors


def is_confirmed(email=EMAIL):
    return EmailAddress.objects.filter(user__email=email, verified=True).exists()


# ── The page ────────────────────────────────────────────────────────────────────────────────────


def test_labels_are_those_of_the_printed_guide(client, company_a):
    page = told(client, "/register")
    for words in (
        "Fizinis asmuo",
        "Juridinis asmuo",
        "Vardas",
        "Pavardė",
        "Įmonės pavadinimas",
        "Įmonės kodas",
        "Kontaktinis asmuo",
        "El. paštas",
        "Telefono numeris",
        "Slaptažodis",
        "Prižiūrinti įmonė",
        "Mokėtojo kodas",
        "Tarpų ir brūkšnelių galite nerašyti.",
        "Turiu kvietimą – kodo nereikia",
        "Registruotis",
        "UAB „Pajūrio namai“",
    ):
        assert f">{words}<" in page, words
    assert '<span>Susipažinau ir sutinku su <a href="/privacy"' in page
    assert "Aktyvavimo kodas" not in page
    assert 'class="hintpic"' in page
    # No field that may not apply is demanded by the browser.
    assert " required" not in page.split("<form class=", 1)[1].split("</form>", 1)[0]


def test_sign_in_page_leads_to_the_registration(client, db):
    assert '<a class="button second" href="/register">Registruotis</a>' in told(client)


def test_who_is_signed_in_has_nothing_to_register(client, person):
    client.force_login(person)
    assert client.get("/register")["Location"] == "/"
    assert client.post("/register", {})["Location"] == "/"


def test_companies_stand_in_the_order_of_the_alphabet(client, company_a, company_b):
    page = told(client, "/register")
    assert page.index("Aukštumos namai") < page.index("Pajūrio namai")


# ── What is asked ───────────────────────────────────────────────────────────────────────────────


def test_a_natural_person_becomes_an_unconfirmed_account_with_a_claim(typed):
    register(typed)
    person = User.objects.get(email=EMAIL)
    assert (person.kind, person.get_full_name()) == (User.Kind.NATURAL_PERSON, "Birutė Pavyzdienė")
    assert (person.phone, person.language) == ("+37061234567", "lt")
    assert person.check_password(PASSWORD)
    assert not is_confirmed()
    claim = Claim.objects.get()
    assert (claim.person, claim.payer_code, claim.payer_code_key) == (person, "kn 0418 2215", "KN04182215")
    assert claim.decided_at is None
    assert not Access.objects.exists()


def test_a_legal_person_becomes_an_account_of_its_own_kind(company_typed):
    register(company_typed, first_name="Nesvarbu")
    company = User.objects.get()
    assert company.kind == User.Kind.LEGAL_PERSON
    assert (company.company_name, company.company_code) == ("UAB „Kepyklėlė“", "300000028")
    assert (company.contact_person, company.first_name) == ("Rasa Bandomoji", "")
    assert company.get_full_name() == "UAB „Kepyklėlė“"


def test_a_company_needs_neither_code_nor_contact_person(company_typed):
    register(company_typed, company_code="", contact_person="")


@pytest.mark.parametrize("code", ["300000027", "12345678", "abc", "30000001", "３００００００２８", "9" * 39])
def test_a_company_code_with_a_wrong_check_digit_is_refused(company_typed, code):
    (error,) = errors(company_typed, company_code=code)["company_code"]
    assert "9 skaitmenys" in error


def test_spaces_in_a_company_code_do_not_matter(company_typed):
    register(company_typed, company_code=" 300 000\u00a0028 ")
    assert User.objects.get().company_code == "300000028"


def test_what_does_not_apply_is_ignored_even_when_it_is_wrong(typed):
    register(typed, company_name="x" * 500, company_code="ne kodas", contact_person="x" * 500)
    person = User.objects.get()
    assert (person.company_name, person.company_code, person.contact_person) == ("", "", "")


def test_an_empty_form_names_every_field_that_a_natural_person_needs(db):
    wrong = errors({"kind": "natural_person"})
    needed = ["first_name", "last_name", "email", "phone", "password1", "managing_company", "payer_code"]
    assert sorted(wrong) == sorted([*needed, "consent"])


def test_an_empty_form_names_every_field_that_a_legal_person_needs(db):
    wrong = errors({"kind": "legal_person"})
    needed = ["company_name", "email", "phone", "password1", "managing_company", "payer_code", "consent"]
    assert sorted(wrong) == sorted(needed)


def test_the_kind_must_be_one_of_two(typed):
    assert list(errors(typed, kind="staff")) == ["kind"]
    assert list(errors(typed, kind="")) == ["kind"]


def test_without_the_tick_of_consent_nobody_registers(typed):
    del typed["consent"]
    assert errors(typed)["consent"] == ["Pažymėkite, kad sutinkate su privatumo politika"]
    assert not User.objects.exists()


def test_with_an_invitation_company_and_code_are_neither_needed_nor_kept(typed):
    register(typed, has_invitation="on", payer_code="", managing_company="")
    assert not Claim.objects.exists()
    register(typed, has_invitation="on", email="kita@pastas.example", payer_code="„“", managing_company="777")
    assert not Claim.objects.exists()
    assert User.objects.count() == 2


def test_nothing_typed_is_lost_but_the_password(typed):
    page = Client().post("/register", {**typed, "phone": "+44 20 7946 0000"}).content.decode()
    for words in ("Birutė", "Pavyzdienė", EMAIL, "+44 20 7946 0000", "kn 0418 2215"):
        assert f'value="{words}"' in page
    assert f'<option value="{typed["managing_company"]}" selected>' in page
    assert page.count(" checked") == 2  # the kind and the consent
    assert PASSWORD not in page


def test_errors_stand_in_title_summary_and_field(typed):
    page = Client().post("/register", {**typed, "phone": "612"}).content.decode()
    assert "<title>Klaida: " in page
    assert '<a href="#id_phone">Telefono numerį pradėkite +370' in page
    assert 'aria-invalid="true"' in page
    assert 'id="id_phone_error"' in page


@pytest.mark.parametrize("phone", ["+44 20 7946 0000", "+371 612 34567", "612", "", "skambinkite"])
def test_a_phone_of_another_country_is_told_how_to_be_written(typed, phone):
    assert errors(typed, phone=phone)["phone"] == ["Telefono numerį pradėkite +370, pvz., +37060000000"]


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("Aa1", "bent 8"),
        ("beržynas-815", "bent viena didžioji raidė"),
        ("Beržynas-Beržynas", "bent vienas skaičius"),
        ("Password1", "per dažnas"),
        ("Pavyzdienė1", "per daug panaš"),
        ("Birute@pastas1", "per daug panaš"),
        ("", "Sugalvokite slaptažodį"),
    ],
)
def test_each_password_rule_speaks_lithuanian(typed, password, words):
    (error,) = errors(typed, password1=password)["password1"]
    assert words.lower() in error.lower()


def test_the_password_is_not_the_company_s_name(company_typed):
    (error,) = errors(company_typed, company_name="Kepyklėlė rytoj", password1="Kepyklėlė rytoj1")[
        "password1"
    ]
    assert "per daug panaš" in error.lower()


@pytest.mark.parametrize("company", ["777777", "0", "-1", "abc", "9" * 30, "\0", ""])
def test_a_company_that_does_not_exist_is_refused_and_the_rest_stays(typed, company):
    answer = Client().post("/register", {**typed, "managing_company": company})
    assert list(answer.context["form"].errors) == ["managing_company"]
    assert 'value="kn 0418 2215"' in answer.content.decode()
    assert not User.objects.exists()


@pytest.mark.parametrize("code", ["", "   ", "„“", "\t\u00a0", "----", "9" * 10_000, "\0", "ąčę " * 3000])
def test_a_payer_code_without_the_shape_of_one_is_refused(typed, code):
    assert list(errors(typed, payer_code=code)) == ["payer_code"]


@pytest.mark.parametrize("code", ["„KN-0418“\t22-15", "KN\u00a00418\u00a022–15", "kn04182215"])
def test_quotes_tabs_and_no_break_spaces_of_a_payer_code_do_not_matter(typed, code):
    register(typed, payer_code=code)
    assert Claim.objects.get().payer_code_key == "KN04182215"


def test_a_code_that_exists_and_one_that_does_not_get_the_same_answer(typed):
    answers = [
        Client().post("/register", {**typed, "email": f"{name}@pastas.example", "payer_code": code})
        for name, code in (("viena", "KN-0418 22-15"), ("kita", "KN-9999 99-99"))
    ]
    assert [(answer.status_code, answer["Location"]) for answer in answers] == [(302, CODE_PAGE)] * 2


@pytest.mark.parametrize(
    "email",
    ["birute", "birute@", "a b@pastas.example", "", '"a"@pastas.example', "\u212aazys@pastas.example"],
)
def test_an_email_that_is_none_is_refused(typed, email):
    assert list(errors(typed, email=email)) == ["email"]


@pytest.mark.parametrize(
    "change",
    [
        {"first_name": "x" * 10_000},
        {"last_name": "\0"},
        {"email": f"{'x' * 300}@pastas.example"},
        {"email": "x@\ua7cb.example"},
        {"phone": "9" * 100_000},
        {"first_name": b"\xed\xa0\x80"},
        {"password1": "Aa1" * 10_000},
        {"kind": "\0"},
    ],
)
def test_broken_input_is_a_plain_refusal(typed, change):
    assert Client().post("/register", {**typed, **change}).status_code in {200, 302, 400}


def test_consent_holds_person_version_and_moment(typed):
    before = timezone.now()
    register(typed)
    consent = Consent.objects.get()
    assert (consent.person.email, consent.policy_version) == (EMAIL, policies.CURRENT)
    assert before < consent.given_at < timezone.now()


# ── The code ────────────────────────────────────────────────────────────────────────────────────


def test_the_right_code_ends_the_registration_and_leads_to_sign_in(typed, book):
    client = register(typed)
    (letter,) = mail.outbox
    assert letter.to == [EMAIL]
    page = told(client, CODE_PAGE)
    for words in ("Patvirtinimo kodas", "Patvirtinti", "Siųsti kodą dar kartą", "Grįžti į prisijungimą"):
        assert f">{words}<" in page
    answer = confirm(client)
    assert answer["Location"] == "/login"
    assert who(client) is None
    assert is_confirmed()
    page = told(client)
    assert page.count('class="note ok') == 1
    assert f"<strong>{DONE}</strong>" in page
    sign_in(client)
    assert who(client) == str(User.objects.get().pk)


def test_claims_are_decided_when_the_code_is_right_and_not_before(typed, book):
    client = register(typed)
    assert not Access.objects.exists()
    confirm(client, "NE-TAS")
    assert not Access.objects.exists()
    confirm(client)
    access = Access.objects.get()
    assert (access.person.email, access.payment_book) == (EMAIL, book)
    assert Claim.objects.get().outcome == Claim.Outcome.LINKED


def test_a_failed_claim_ends_the_registration_all_the_same(typed):
    client = register(typed, payer_code="KN-9999 99-99")
    assert confirm(client)["Location"] == "/login"
    assert DONE in told(client)
    assert Claim.objects.get().outcome == Claim.Outcome.NOT_LINKED


def test_a_legal_person_proves_its_object_by_its_name(company_typed, book):
    book.payer_name, book.payer_kind = "Kepyklėlė, uždaroji akcinė bendrovė", "company"
    book.save()
    confirm(register(company_typed))
    assert Access.objects.get().payment_book == book


def test_claims_count_by_the_network_address_of_the_browser(typed, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    client = Client(headers={"X-Forwarded-For": "198.51.100.20"})
    confirm(register(typed, client, payer_code="KN-9999 99-99"))
    assert LinkAttempt.objects.get().network == "198.51.100.20"


def test_the_code_is_taken_in_small_letters_and_with_spaces(typed):
    client = register(typed)
    code = code_in(mail.outbox[0])
    assert confirm(client, f" {code.lower().replace('-', ' ')} ")["Location"] == "/login"
    assert is_confirmed()


def test_letter_is_text_and_html_in_the_language_of_the_page(typed):
    client = Client()
    client.post("/language", {"language": "en"})
    register(typed, client)
    (letter,) = mail.outbox
    assert letter.subject == "Your confirmation code"
    assert whole(letter).count(code_in(letter)) == 2
    assert User.objects.get().language == "en"


@pytest.mark.parametrize("way", ["left", "another device"])
def test_whoever_left_the_code_page_signs_in_and_gets_a_new_code(typed, way, book):
    client = register(typed)
    if way == "left":
        assert client.post("/logout")["Location"] == "/login"
    else:
        client = Client()
    old = code_in(mail.outbox[0])
    assert sign_in(client)["Location"] == CODE_PAGE
    assert len(mail.outbox) == 2
    assert who(client) is None
    confirm(client, old)
    assert who(client) is None
    assert confirm(client)["Location"] == "/"
    assert who(client) == str(User.objects.get().pk)
    assert Access.objects.get().payment_book == book
    assert "El. paštas patvirtintas." in told(client, "/")


def test_the_code_belongs_to_the_browser_that_asked_for_it(typed):
    register(typed)
    elsewhere = Client()
    assert confirm(elsewhere)["Location"] == "/login"
    assert not is_confirmed()


def test_a_lost_letter_is_sent_again_twice(typed):
    client = register(typed)
    for _ in range(2):
        assert client.post(CODE_PAGE, {"action": "resend"})["Location"] == CODE_PAGE
        assert "Išsiuntėme naują kodą" in told(client, CODE_PAGE)
    assert len({code_in(letter) for letter in mail.outbox}) == 3
    page = told(client, CODE_PAGE)
    assert "Siųsti kodą dar kartą" not in page
    assert "Kodą išsiuntėme tris kartus" in page
    client.post(CODE_PAGE, {"action": "resend"})
    assert len(mail.outbox) == 3
    confirm(client, code_in(mail.outbox[0]))
    assert not is_confirmed()
    confirm(client)
    assert is_confirmed()


def test_three_wrong_codes_lead_to_sign_in_and_it_is_said_what_to_do(typed):
    client = register(typed)
    for _ in range(2):
        answer = confirm(client, "NE-TAS")
        assert WRONG_CODE in str(answer.context["form"].errors["code"])
    assert confirm(client, "NE-TAS")["Location"] == "/login"
    assert "Kodas tris kartus buvo neteisingas. Prisijunkite el. paštu ir slaptažodžiu" in told(client)
    assert confirm(client, code_in(mail.outbox[0]))["Location"] == "/login"
    assert not is_confirmed()
    sign_in(client)
    confirm(client)
    assert is_confirmed()


@pytest.mark.parametrize(("minutes", "works"), [(14, True), (16, False)])
def test_a_code_lives_for_15_minutes_and_it_is_said_what_to_do(typed, minutes, works):
    with time_machine.travel(datetime(2026, 11, 3, 12, 0, tzinfo=UTC), tick=False) as clock:
        client = register(typed)
        clock.shift(timedelta(minutes=minutes))
        confirm(client)
        assert is_confirmed() is works
        page = told(client)
        assert (DONE in page) is works
        assert ("Kodas galioja 15 minučių" in page) is not works


def test_a_code_sent_again_lives_for_15_minutes_of_its_own(typed):
    with time_machine.travel(datetime(2026, 11, 3, 12, 0, tzinfo=UTC), tick=False) as clock:
        client = register(typed)
        clock.shift(timedelta(minutes=14))
        client.post(CODE_PAGE, {"action": "resend"})
        clock.shift(timedelta(minutes=14))
        confirm(client)
        assert is_confirmed()


def test_what_is_typed_twice_counts_once(typed, book):
    """The letter of the second press is the one that counts."""
    client = register(typed)
    register(typed, client)
    assert User.objects.count() == Claim.objects.count() == EmailAddress.objects.count() == 1
    confirm(client, code_in(mail.outbox[0]))
    assert not is_confirmed()
    confirm(client)
    assert is_confirmed()
    assert Access.objects.get().payment_book == book


def test_going_back_to_mend_the_code_replaces_the_claim(typed):
    client = register(typed, payer_code="KN-0000 00-00")
    assert client.get("/register").status_code == 200
    register(typed, client)
    assert Claim.objects.get().payer_code_key == "KN04182215"


# ── An email that is mistyped, or that nobody confirmed ─────────────────────────────────────────


def test_a_mistyped_email_is_left_behind_by_registering_again(typed):
    client = register(typed, email="birute@pastsa.example")
    register(typed, client)
    confirm(client)
    assert is_confirmed()
    assert not is_confirmed("birute@pastsa.example")
    registration.forget_unconfirmed(at=timezone.now() + timedelta(hours=24))
    assert [person.email for person in User.objects.all()] == [EMAIL]


def test_registering_an_unconfirmed_email_deletes_that_account_with_its_claim(typed):
    register(typed, first_name="Adomas", payer_code="KN-7", password1="Svetimas-77")
    stranger = User.objects.get()
    register(typed)
    owner = User.objects.get()
    assert owner.pk != stranger.pk
    assert (owner.first_name, owner.check_password(PASSWORD)) == ("Birutė", True)
    assert [claim.payer_code_key for claim in Claim.objects.all()] == ["KN04182215"]
    assert Consent.objects.get().person == owner


def test_a_code_page_opened_before_confirms_nothing(typed):
    """A stranger registered the address first and waits for the owner's code."""
    stranger = register(typed, password1="Svetimas-77")
    owner = register(typed)
    first, second = map(code_in, mail.outbox)
    for code in (first, second):
        answer = confirm(stranger, code)
        assert WRONG_CODE in str(answer.context["form"].errors["code"])
    assert not is_confirmed()
    confirm(owner, second)
    assert is_confirmed()
    assert User.objects.get().check_password(PASSWORD)


def test_an_owner_on_an_older_code_page_confirms_nothing_either(typed):
    """A stranger registers the address while its owner looks for the letter."""
    owner = register(typed)
    register(typed, password1="Svetimas-77")
    first, second = map(code_in, mail.outbox)
    for code in (first, second):
        answer = confirm(owner, code)
        assert WRONG_CODE in str(answer.context["form"].errors["code"])
    assert not is_confirmed()
    # Sending again sends nothing from there, and signing in does not help; registering anew does.
    owner.post(CODE_PAGE, {"action": "resend"})
    assert len(mail.outbox) == 2
    owner.post("/logout")
    sign_in(owner)
    assert who(owner) is None
    register(typed, owner)
    confirm(owner)
    assert User.objects.get().check_password(PASSWORD)
    assert is_confirmed()


def test_a_sign_in_begun_before_confirms_nothing(typed):
    register(typed)
    client = Client()
    sign_in(client)
    register(typed, password1="Svetimas-77")
    assert WRONG_CODE in str(confirm(client, code_in(mail.outbox[1])).context["form"].errors["code"])
    assert not is_confirmed()


def test_an_account_that_is_gone_is_confirmed_by_no_code(typed):
    client = register(typed)
    code = code_in(mail.outbox[0])
    registration.forget_unconfirmed(at=timezone.now() + timedelta(hours=25))
    answer = confirm(client, code)
    assert WRONG_CODE in str(answer.context["form"].errors["code"])
    assert not User.objects.exists()


def test_unconfirmed_accounts_go_after_24_hours_and_not_before(typed, person):
    register(typed, email="nauja@pastas.example")
    staff = User.objects.create_user("darbuotoja@imone.example", PASSWORD)
    at = Consent.objects.get().given_at
    assert registration.forget_unconfirmed(at=at + timedelta(hours=23, minutes=59)) == 0
    assert registration.forget_unconfirmed(at=at + timedelta(hours=24)) == 1
    assert not Claim.objects.exists()
    # Neither confirmed accounts nor those that staff made.
    assert set(User.objects.all()) == {person, staff}


def test_the_worker_forgets_unconfirmed_accounts_every_hour(typed):
    register(typed)
    forget_unconfirmed.func(timestamp=int(timezone.now().timestamp()))
    assert User.objects.count() == 1
    forget_unconfirmed.func(timestamp=int(timezone.now().timestamp()) + 25 * 3600)
    assert not User.objects.exists()


def test_a_reset_in_between_sends_register_again_and_changes_nothing(typed):
    client = register(typed)
    answers = [
        Client().post("/password/reset", {"email": email}) for email in (EMAIL, "nezinomas@pastas.example")
    ]
    assert [(answer.status_code, answer["Location"]) for answer in answers] == [
        (302, "/password/reset/done")
    ] * 2
    code, again, _unknown = mail.outbox
    assert again.to == [EMAIL]
    assert "iš naujo" in again.subject
    assert "http://savitarna.test/register" in again.body
    assert "/password/reset/key/" not in whole(again)
    confirm(client, code_in(code))
    assert is_confirmed()
    Client().post("/password/reset", {"email": EMAIL})
    assert "/password/reset/key/" in mail.outbox[-1].body


def test_an_account_that_staff_made_gets_its_password_by_letter(db):
    User.objects.create_user("darbuotoja@imone.example")
    Client().post("/password/reset", {"email": "darbuotoja@imone.example"})
    assert "/password/reset/key/" in mail.outbox[0].body


# ── An email that is known ──────────────────────────────────────────────────────────────────────


def page_of(client):
    """Return the code page without what differs from browser to browser."""
    answer = client.get(CODE_PAGE)
    return answer.status_code, re.sub(r'value="\w{64}"', "", answer.content.decode())


def test_a_known_email_gets_the_same_code_page_and_no_code_is_right_there(typed, person):
    before = tables.state()
    known = register(typed)
    assert tables.state() == before
    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == ([person.email], "Jūs jau turite savitarnos paskyrą")
    assert "http://savitarna.test/login" in letter.body
    assert "http://savitarna.test/password/reset" in letter.body
    page = page_of(known)
    # The same address, were it unknown.
    person.delete()
    unknown = register(typed)
    assert page_of(unknown) == page
    assert confirm(known, code_in(mail.outbox[1])).status_code == 200
    assert not is_confirmed()


def test_everything_done_on_the_code_page_looks_the_same_for_a_known_email(typed, person):
    told_to = []
    for email in (person.email, "nauja@pastas.example"):
        client = register(typed, email=email)
        seen: list[object] = []
        for data in (
            {"action": "resend"},
            {"code": "NE-TAS"},
            {"code": ""},
            {"action": "resend"},
            {"code": "X"},
        ):
            answer = client.post(CODE_PAGE, data)
            wrong = answer.context["form"].errors if answer.status_code == 200 else {}
            seen.append((answer.status_code, answer.get("Location"), str(wrong)))
        seen.append("Kodas tris kartus buvo neteisingas" in told(client))
        told_to.append(seen)
    assert told_to[0] == told_to[1]
    assert told_to[0][-1] is True


def test_letter_to_the_owner_is_in_the_owner_s_language(typed, person):
    person.language = "en"
    person.save()
    register(typed)
    assert mail.outbox[0].subject == "You already have a self-service account"


def test_letters_start_with_the_base_url_whatever_the_host(typed, person):
    register(typed, Client(SERVER_NAME="localhost"))
    assert "localhost" not in whole(mail.outbox[0])


@pytest.mark.parametrize("email", ["BIRUTE@PASTAS.EXAMPLE", " Birute@Pastas.Example "])
def test_another_case_is_the_same_email(typed, person, email):
    register(typed, email=email)
    assert User.objects.count() == 1
    assert mail.outbox[0].subject == "Jūs jau turite savitarnos paskyrą"


def test_a_look_alike_letter_is_another_email(typed, person):
    look_alike = "bırute@pastas.example"
    client = register(typed, email=look_alike)
    assert [letter.to for letter in mail.outbox] == [[look_alike]]
    confirm(client)
    assert sorted(User.objects.values_list("email", flat=True)) == [person.email, look_alike]
    sign_in(client, look_alike)
    assert who(client) == str(User.objects.get(email=look_alike).pk)


def test_a_closed_account_is_known_too(typed, person):
    person.is_active = False
    person.save()
    register(typed)
    assert User.objects.count() == 1
    assert mail.outbox[0].subject == "Jūs jau turite savitarnos paskyrą"


def test_an_account_that_staff_made_is_never_replaced(typed):
    made = User.objects.create_user(EMAIL, "Kita-Spyna-7", is_staff=True)
    register(typed)
    assert User.objects.get() == made
    assert made.check_password("Kita-Spyna-7")


@pytest.mark.parametrize("right", ["is_staff", "is_superuser"])
def test_who_became_staff_before_confirming_is_neither_replaced_nor_forgotten(typed, right):
    register(typed)
    User.objects.update(**{right: True})
    staff = User.objects.get()
    register(typed)
    registration.forget_unconfirmed(at=timezone.now() + timedelta(hours=25))
    assert User.objects.get() == staff


@pytest.mark.parametrize("known", [True, False])
def test_one_email_is_registered_three_times_an_hour(typed, known):
    if known:
        make_person(EMAIL)
    with time_machine.travel(datetime(2026, 11, 3, 12, 0, tzinfo=UTC), tick=False) as clock:
        for _ in range(3):
            register(typed)
        assert "Šis el. paštas per valandą registruotas tris kartus" in errors(typed)["__all__"][0]
        assert errors(typed, email=EMAIL.upper())["__all__"]
        assert len(mail.outbox) == 3
        register(typed, email="kita@pastas.example")
        clock.shift(timedelta(minutes=61))
        register(typed)


def test_a_form_with_an_error_counts_for_no_limit(typed):
    for _ in range(4):
        errors(typed, phone="")
    register(typed)


def test_too_many_registrations_from_one_address_get_our_own_page(typed, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "signup": "1/m/ip"}
    register(typed)
    answer = Client().post("/register", typed)
    assert answer.status_code == 429
    assert 'class="brandmark"' in answer.content.decode()


def test_an_address_that_the_mail_server_refuses_gets_the_same_page(typed, settings):
    settings.EMAIL_BACKEND = "tests.accounts.refusing_mail.Backend"
    register(typed)


def test_when_our_mail_is_down_the_page_says_so_and_the_code_can_be_asked_for_again(
    typed, settings, mailoutbox
):
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "tests.accounts.refusing_mail.Down"
    client = register(typed)
    assert "Laiško išsiųsti nepavyko" in told(client, CODE_PAGE)
    settings.EMAIL_BACKEND = working
    client.post(CODE_PAGE, {"action": "resend"})
    assert [letter.to for letter in mailoutbox] == [[typed["email"]]]


def test_a_reset_whose_letter_cannot_be_sent_says_so(client, db, settings):
    settings.EMAIL_BACKEND = "tests.accounts.refusing_mail.Down"
    answer = client.post("/password/reset", {"email": "nera@pastas.example"}, follow=True)
    assert answer.status_code == 200
    assert "Laiško išsiųsti nepavyko" in answer.content.decode()


# ── Privacy policy ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("language", "words"),
    [("lt", ("Privatumo politika", "Jūsų teisės")), ("en", ("Privacy policy", "Your rights"))],
)
def test_the_policy_is_there_in_both_languages_with_its_version(client, db, language, words):
    client.post("/language", {"language": language})
    page = told(client, "/privacy")
    for word in (*words, policies.CURRENT):
        assert word in page
    assert '<a href="/privacy">' in told(client)


@pytest.mark.parametrize("language", ["lt", "en"])
@pytest.mark.parametrize("version", policies.VERSIONS)
def test_every_version_is_kept_in_both_languages(version, language):
    assert get_template(policies.template_of(version=version, language=language))
