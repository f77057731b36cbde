"""What went wrong is said in our own look, with a way forward."""

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from config.urls import handler400, handler404, handler429, handler500  # noqa: F401 - Django looks for them here
from config.urls import urlpatterns as portal
from tests.accounts.conftest import make_person


def breaks(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("secret of the server")


def refuses(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


urlpatterns = [*portal, path("breaks", breaks), path("refuses", refuses)]

pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]


@pytest.fixture
def browser() -> Client:
    client = Client(raise_request_exception=False, enforce_csrf_checks=True)
    client.force_login(make_person("birute@pastas.example", first_name="Birutė"))
    return client


def ours(answer, status):
    page = answer.content.decode()
    assert answer.status_code == status
    assert '<html lang="lt">' in page
    assert 'class="brandmark" href="/"' in page
    assert settings.CARE_PHONE in page
    assert page.count("<h1") == 1
    assert answer["Cache-Control"] == "no-store, private"
    assert "Content-Security-Policy" in answer
    return page


def test_not_there(browser):
    page = ours(browser.get("/no/such/page"), 404)
    assert "Birutė" in page
    assert 'class="side"' in page


def test_not_there_for_strangers_has_no_menu(client):
    page = ours(client.get("/no/such/page"), 404)
    assert 'class="side"' not in page


@pytest.mark.parametrize(
    ("typed", "page"),
    [("/login/", "/login"), ("/privacy//", "/privacy"), ("/login/?next=/meters", "/login?next=/meters")],
)
def test_a_slash_too_many_leads_to_the_page(client, typed, page):
    assert client.get(typed)["Location"] == page


@pytest.mark.parametrize("typed", ["//evil.example/login/", "//evil.example//", "/no/such/page/"])
def test_a_slash_too_many_leads_nowhere_else(client, typed):
    # As it comes over the wire: a path may begin with two slashes.
    ours(client.get("/", PATH_INFO=typed), 404)


def test_a_form_with_a_slash_too_many_is_not_led_on(browser):
    assert browser.post("/meters/").status_code in {403, 404}


def test_forbidden(browser):
    ours(browser.get("/refuses"), 403)


@pytest.mark.parametrize("address", ["/contacts?q=%00", "/con\x00tacts", "/static/\x00.css"])
def test_broken_address(browser, address):
    ours(browser.get(address), 400)


def test_our_own_fault_tells_nothing_and_asks_the_database_nothing(browser, django_assert_num_queries):
    with django_assert_num_queries(2):  # session and person, before the view
        page = ours(browser.get("/breaks"), 500)
    assert "secret" not in page


def test_form_without_its_token_does_nothing_and_says_so(browser):
    page = ours(browser.post("/contacts", {"phone": "+37061234567"}), 403)
    assert 'href="/contacts"' in page
