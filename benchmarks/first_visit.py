"""Row 8: how many bytes somebody's first visit of a page takes, with everything that the page pulls.

Static files count as WhiteNoise sends them, compressed by Brotli at its best; the page itself as the proxy before
the portal does, by gzip at its usual level: the portal sends it as it is.
"""

import gzip
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import brotli
from django.conf import settings
from django.contrib.staticfiles import finders

_PULLED = re.compile(
    r"""<(?:link|script|img|use|source|image)\b[^>]*?\s(?:href|src)=["']([^"'#]+)""", re.IGNORECASE
)
_BY_CSS = re.compile(r"""(?:@import\s+(?:url\()?|url\()\s*["']?([^"')]+)""")
# What a browser gains nothing from compressing again, and WhiteNoise leaves alone.
_COMPRESSED = {".woff2", ".png", ".jpg", ".webp"}


def weight(page: bytes) -> int:
    """Return the bytes of a first visit: the page and each file that it pulls, once."""
    return len(gzip.compress(page, 6)) + sum(_size(name) for name in files_of(page))


def files_of(page: bytes) -> set[str]:
    """Return the static files that a page pulls, those pulled by its style sheets included."""
    found: set[str] = set()
    waiting = {_name(url) for url in _PULLED.findall(page.decode()) if _is_ours(url)}
    while waiting:
        name = waiting.pop()
        found.add(name)
        if name.endswith(".css"):
            waiting |= set(_pulled_by_css(name)) - found
    return found


def _is_ours(url: str) -> bool:
    return urlsplit(url).path.startswith(settings.STATIC_URL)


def _name(url: str) -> str:
    """Return the name of a static file in its sources: without the hash of its content."""
    name = urlsplit(url).path.removeprefix(settings.STATIC_URL)
    return name if finders.find(name) else re.sub(r"\.[0-9a-f]{12}(?=\.\w+$)", "", name)


def _pulled_by_css(name: str) -> Iterator[str]:
    for url in _BY_CSS.findall(_source(name).read_text(encoding="utf-8")):
        if not url.startswith(("data:", "#", "http:", "https:")):
            yield _name(urljoin(f"{settings.STATIC_URL}{name}", url))


def _source(name: str) -> Path:
    path = finders.find(name)
    if not path:
        raise LookupError(f"A page pulls {name}, and there is no such static file")
    return Path(path)


@lru_cache
def _size(name: str) -> int:
    content = _source(name).read_bytes()
    return len(content) if Path(name).suffix in _COMPRESSED else len(brotli.compress(content))
