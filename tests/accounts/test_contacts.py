"""Mano kontaktai: the phone, the email that stays, the language."""

import pytest
from django.conf import settings

from tests.accounts.conftest import PASSWORD, make_person


@pytest.fixture
def signed_in(client, person):
    client.force_login(person)
    return client


@pytest.mark.parametrize(
    "typed",
    [
        "+37061234567",
        "+370 612 34567",
        "8 612 34567",
        "861234567",
        "061234567",
        "(8-612) 34567",
        "(8~612) 34567",
        "0037061234567",
    ],
)
def test_every_lithuanian_spelling_of_a_phone_is_one_number(signed_in, person, typed):
    answer = signed_in.post("/contacts", {"phone": typed})
    assert answer["Location"] == "/contacts"
    person.refresh_from_db()
    assert person.phone == "+37061234567"
    page = signed_in.get("/contacts").content.decode()
    assert 'class="note ok' in page
    assert 'value="+37061234567"' in page


@pytest.mark.parametrize(
    "typed",
    [
        "+442079460000",
        "+371 612 34567",
        "+3706123456",
        "+370612345678",
        "61234567",
        "+٣٧٠٦١٢٣٤٥٦٧",
        "skambinkite",
        "",
        "+370612345\r\n67; x",
    ],
)
def test_other_phones_are_refused_with_the_way_to_mend_them_and_kept_on_the_page(signed_in, person, typed):
    page = signed_in.post("/contacts", {"phone": typed})
    assert page.status_code == 200
    assert page.context["form"].errors["phone"] == ["Telefono numerį pradėkite +370, pvz., +37060000000"]
    assert page.context["form"]["phone"].value() == typed
    person.refresh_from_db()
    assert person.phone == "+37060000000"


@pytest.mark.parametrize(
    "typed", ["+3706\x0012345", "9" * 100_000, "\ud800".encode("utf-8", "surrogatepass")]
)
def test_broken_input_is_a_plain_refusal(signed_in, person, typed):
    assert signed_in.post("/contacts", {"phone": typed}).status_code in {200, 400}
    person.refresh_from_db()
    assert person.phone == "+37060000000"


def test_email_is_shown_and_posting_one_changes_nothing(signed_in, person):
    page = signed_in.get("/contacts").content.decode()
    assert person.email in page
    assert settings.CARE_EMAIL in page
    assert 'type="email"' not in page
    signed_in.post("/contacts", {"phone": "+37061234567", "email": "kitas@pastas.example"})
    person.refresh_from_db()
    assert person.email == "birute@pastas.example"


def test_one_changes_ones_own_phone_only(signed_in, person):
    other = make_person("jonas@pastas.example", phone="+37069999999")
    signed_in.post("/contacts", {"phone": "+37061234567", "id": other.pk, "user": other.pk})
    other.refresh_from_db()
    assert other.phone == "+37069999999"


def test_contacts_cost_only_session_person_and_navigation(signed_in, django_assert_num_queries):
    with django_assert_num_queries(3):
        signed_in.get("/contacts")


@pytest.mark.parametrize("path", ["/contacts", "/password/change"])
def test_strangers_are_led_to_sign_in(client, db, path):
    assert client.get(path)["Location"] == f"/login?next={path}"
    assert client.post(path)["Location"] == f"/login?next={path}"


def test_company_sees_its_own_name_and_staff_their_email(client, db):
    company = make_person("imone@pastas.example", kind="legal_person", company_name="UAB „Pavyzdys“")
    client.force_login(company)
    assert "UAB „Pavyzdys“" in client.get("/contacts").content.decode()
    nameless = make_person("darbuotoja@pastas.example")
    client.force_login(nameless)
    assert "darbuotoja@pastas.example</span>" in client.get("/contacts").content.decode()


def test_password_is_accepted_exactly_as_typed(client, person):
    client.post("/login", {"login": person.email, "password": f"{PASSWORD} "})
    assert "_auth_user_id" not in client.session
