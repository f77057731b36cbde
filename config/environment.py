"""The environment of the portal: the process's own, and `.data/env` on a developer's machine."""

import fcntl
import os
import secrets
from pathlib import Path


def load(base_dir: Path) -> dict[str, str]:
    """Return the environment; `.data/env` is merged under it when it names neither DEBUG nor DATABASE_URL."""
    values = dict(os.environ)
    if "DEBUG" in values or "DATABASE_URL" in values:
        return values
    return read(base_dir) | values


def read(base_dir: Path) -> dict[str, str]:
    """Return the KEY=VALUE lines of `.data/env`, none when there is no such file."""
    try:
        lines = _file(base_dir).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    pairs = (line.partition("=") for line in lines if not line.lstrip().startswith("#"))
    return {key.strip(): value.strip() for key, equals, value in pairs if equals}


def write_development(base_dir: Path) -> None:
    """Make `.data/env` for development; keys that it already holds are kept."""
    file = _file(base_dir)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        # Two first starts at once must agree on one set of keys.
        fcntl.flock(folder, fcntl.LOCK_EX)
        values = read(base_dir)
        wanted = {
            "DEBUG": "1",
            "SECRET_KEY": secrets.token_urlsafe(48),
            "ACTIVATION_KEY": secrets.token_urlsafe(32),
        } | values
        if wanted != values:
            _replace(file, "".join(f"{key}={value}\n" for key, value in wanted.items()))
    finally:
        os.close(folder)


def is_on(value: str) -> bool:
    """Say whether the text of a variable such as DEBUG means yes."""
    return value.strip().lower() in {"1", "true", "yes", "on"}


def _file(base_dir: Path) -> Path:
    return base_dir / ".data" / "env"


def _replace(file: Path, text: str) -> None:
    fresh = file.with_name("env.new")
    fresh.unlink(missing_ok=True)
    # Readable by nobody else from its first byte on.
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as output:
        output.write(text)
        output.flush()
        os.fsync(output.fileno())
    fresh.replace(file)
