"""Two of the staff save the same at once: the second is told, on a connection of their own each."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import User
from properties.models import Building, ManagingCompany
from tests.conftest import BACKEND

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE %s = ANY(pg_blocking_pids(pid))"


def post_building(staff: User, company: ManagingCompany) -> tuple[int, int]:
    """Add the building in a thread; return the answer's status and how many errors it names."""
    try:
        client = Client()
        client.force_login(staff, backend=BACKEND)
        data = {"managing_company": company.pk, "city": "Kaunas", "street": "Liepų g.", "house": "3"}
        response = client.post(reverse("admin:properties_building_add"), data)
        errors = response.context["adminform"].form.non_field_errors() if response.status_code == 200 else ()
        return response.status_code, len(errors)
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("commits", [True, False])
def test_the_second_of_two_sees_what_the_first_saved(
    commits: bool,
    staff_a: User,
    company_a: ManagingCompany,
    open_connection: Callable[[], psycopg.Connection],
) -> None:
    with open_connection() as first, open_connection() as watcher, ThreadPoolExecutor(1) as pool:
        first.execute(
            "INSERT INTO properties_building (managing_company_id, building_code, city, street, house,"
            " postal_code, address_key, sort_key, manager_name, manager_phone, manager_email)"
            " VALUES (%s, '', 'Kaunas', 'Liepų g.', '3', '', %s, '', '', '', '')",
            [company_a.pk, Building.folded_address("Kaunas", "Liepų g.", "3")],
        )
        # Within one transaction the list of sessions would never change.
        watcher.autocommit = True
        second = pool.submit(post_building, staff_a, company_a)
        # The form found nothing wrong, and the insert now waits for what the first will do.
        while not watcher.execute(WAITING, [first.info.backend_pid]).fetchone()[0]:  # type: ignore[index]
            assert not second.done()
        (first.commit if commits else first.rollback)()
        assert second.result() == ((200, 1) if commits else (302, 0))
    assert Building.objects.count() == 1


@pytest.fixture
def open_connection() -> Callable[[], psycopg.Connection]:
    def connect() -> psycopg.Connection:
        parts = connection.get_connection_params()
        known = ("dbname", "user", "password", "host", "port")
        return psycopg.connect(**{name: parts[name] for name in known if parts.get(name)})

    return connect
