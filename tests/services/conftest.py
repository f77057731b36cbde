"""A company with a catalogue, and photos that stay out of the repository."""

from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile

from properties.models import PaymentBook
from services.models import CatalogueItem
from tests.estate import tiny_photo
from tests.factories import CatalogueItemFactory


@pytest.fixture(autouse=True)
def uploads(settings: Any, tmp_path: Path) -> Path:
    """Files on a disk, as they are kept in an installation."""
    from config.settings import STORAGES

    settings.MEDIA_ROOT = tmp_path / "uploads"
    settings.STORAGES = settings.STORAGES | {"default": STORAGES["default"]}
    return tmp_path / "uploads"


@pytest.fixture(autouse=True)
def _fresh_limits(db: None) -> None:
    cache.clear()


@pytest.fixture
def item(book: PaymentBook) -> CatalogueItem:
    book.managing_company.emergency_phone = "+370 700 00001"
    book.managing_company.save()
    found: CatalogueItem = CatalogueItemFactory(
        managing_company=book.managing_company, title="Santechnikas", answer_days=2
    )
    return found


def photo(content: bytes | None = None, name: str = "../../IMG_1.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, tiny_photo() if content is None else content, content_type="image/jpeg")


def typed(book: PaymentBook, **fields: Any) -> dict[str, Any]:
    """What a browser sends of an order, or with an urgency of a fault."""
    key = "11111111-1111-4111-8111-111111111111"
    place = f"{book.pk}-{book.premises.get().pk}"
    return {"form_key": key, "place": place, "text": "Teka maišytuvas.", "wished_part": "morning", **fields}
