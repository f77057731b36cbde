"""People in the admin belong to superusers; an email, once made, to nobody."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from tests.accounts.conftest import make_person

LIST = "/admin/accounts/user/"


@pytest.fixture
def superuser_client(client, db):
    client.force_login(make_person("prieziura@portalas.example", is_staff=True, is_superuser=True))
    return client


def change(client, person, **fields):
    form = {"kind": "natural_person", "language": "lt", "phone": "+37060000000", "is_active": "on", **fields}
    return client.post(f"{LIST}{person.pk}/change/", form)


def test_superuser_finds_and_edits_but_never_the_email(superuser_client, person):
    assert person.email in superuser_client.get(f"{LIST}?q=pavyzd").content.decode()
    answer = change(superuser_client, person, first_name="Rasa", email="kitas@pastas.example")
    assert answer["Location"] == LIST
    person.refresh_from_db()
    assert (person.first_name, person.email) == ("Rasa", "birute@pastas.example")


def test_superuser_makes_an_account_in_the_canonical_form(superuser_client):
    form = {"email": "Nauja@Pastas.Example", "usable_password": "true"}
    form |= {"password1": "Kiemas-2027", "password2": "Kiemas-2027"}
    assert superuser_client.post(f"{LIST}add/", form).status_code == 302
    made = User.objects.get(email="nauja@pastas.example")
    assert made.check_password("Kiemas-2027")
    again = superuser_client.post(f"{LIST}add/", form)
    assert list(again.context["adminform"].form.errors) == ["email"]


def test_nobody_deletes_a_person(superuser_client, person):
    assert superuser_client.post(f"{LIST}{person.pk}/delete/", {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=person.pk).exists()


@pytest.mark.parametrize("path", ["", "add/", "{pk}/change/", "{pk}/history/", "{pk}/password/"])
def test_support_staff_see_no_list_of_people(client, person, superuser_client, path):
    url = LIST + path.format(pk=person.pk)
    assert superuser_client.get(url).status_code == 200
    client.force_login(make_person("darbuotoja@imone.example", is_staff=True))
    answer = client.get(url)
    assert answer.status_code in {403, 404}
    assert person.email not in answer.content.decode()
    assert client.post(url, {"email": "x@pastas.example"}).status_code in {403, 404}


@pytest.mark.parametrize("path", ["account/emailaddress/", "auth/group/"])
def test_other_ways_to_emails_and_rights_are_closed(superuser_client, path):
    assert superuser_client.get(f"/admin/{path}").status_code == 404


def test_list_costs_the_same_for_one_and_three(superuser_client):
    counts = []
    for number in (1, 3):
        for extra in range(number):
            make_person(f"p{number}{extra}@pastas.example")
        with CaptureQueriesContext(connection) as queries:
            superuser_client.get(LIST)
        counts.append(len(queries))
    assert counts[0] == counts[1]
