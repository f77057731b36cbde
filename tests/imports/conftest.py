"""Files as the operator has them, taken in through the command as the operator gives it."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from properties.models import ManagingCompany

COMPANY = "300000117"


@dataclass
class Result:
    status: int
    counts: str
    said: str
    errors: list[dict[str, str]]


def _errors(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";", strict=True))


def import_path(kind: str, path: Path, *, company: str = COMPANY, **options: Any) -> Result:
    out = StringIO()
    status = 0
    try:
        call_command("import_data", kind, str(path), company=company, stdout=out, **options)
    except SystemExit as stop:
        status = int(stop.code or 0)
    except CommandError as refusal:
        status = refusal.returncode
        return Result(status, str(refusal), str(refusal), _errors(path.with_name(path.name + ".errors.csv")))
    lines = out.getvalue().splitlines()
    return Result(
        status, lines[-1], "\n".join(lines[:-1]), _errors(path.with_name(path.name + ".errors.csv"))
    )


@pytest.fixture
def take(tmp_path: Path) -> Callable[..., Result]:
    """Write a file of the kind and import it."""

    def run(kind: str, content: str | bytes, *, name: str = "", **options: Any) -> Result:
        path = tmp_path / (name or f"{kind}.csv")
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return import_path(kind, path, **options)

    return run


@pytest.fixture
def company(db: None) -> ManagingCompany:
    return ManagingCompany.objects.create(
        company_code=COMPANY, name="Pajūrio namai, UAB", declares_readings=True
    )


def counted(created: int = 0, updated: int = 0, unchanged: int = 0, rejected: int = 0) -> str:
    return f"created={created} updated={updated} unchanged={unchanged} rejected={rejected}"
