"""A line of the log says where and to whom it happened, and never fails with what it tells of."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from config.logs import JsonFormatter
from config.urls import handler500  # noqa: F401 - Django looks for it here
from config.urls import urlpatterns as portal
from tests.factories import UserFactory


def breaks(request: HttpRequest) -> HttpResponse:
    assert request.user.is_authenticated
    raise RuntimeError("birute@pastas.example")


urlpatterns = [*portal, path("breaks", breaks, name="breaks")]

pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]


class Lines(logging.Handler):
    """Keeps what the portal would write."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonFormatter())
        self.written: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.written.append(self.format(record))


@pytest.fixture
def lines() -> Iterator[list[str]]:
    handler, logger = Lines(), logging.getLogger("django.request")
    logger.addHandler(handler)
    yield handler.written
    logger.removeHandler(handler)


@pytest.fixture
def browser() -> Client:
    return Client(raise_request_exception=False)


def test_it_names_the_person_by_number_and_repeats_nothing(browser: Client, lines: list[str]) -> None:
    person = UserFactory(email="birute@pastas.example")
    browser.force_login(person)
    assert browser.get("/breaks?code=KN-0418").status_code == 500
    [line] = lines
    told = json.loads(line)
    assert (told["user_id"], told["view"], told["exception"]) == (person.pk, "breaks", "RuntimeError")
    assert "birute" not in line
    assert "KN-0418" not in line


def test_it_is_written_while_the_database_is_out_of_reach(browser: Client, lines: list[str]) -> None:
    browser.force_login(UserFactory())

    def out_of_reach(*_given: Any) -> Any:
        raise OperationalError("the connection is closed")

    with connection.execute_wrapper(out_of_reach):
        assert browser.get("/breaks").status_code == 500
    [line] = lines
    told = json.loads(line)
    assert (told["user_id"], told["exception"]) == (None, "OperationalError")
