"""The house's own rules, checked by reading the code: where things may stand and what they may know.

Who may import whom stands in `pyproject.toml` and is checked by import-linter in `make check`.
"""

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver

ROOT: Path = settings.BASE_DIR
APPS = (
    "accounts",
    "demo",
    "files",
    "guide",
    "home",
    "imports",
    "invoices",
    "lithuanian",
    "meters",
    "noticeboard",
    "notifications",
    "printing",
    "properties",
    "services",
    "sharing",
    "voting",
)
OURS = {*APPS, "config"}

# Modules that speak with the world: they see requests, or the clock, and hand on what rules need.
EDGES = {
    "adapter",
    "admin",
    "apps",
    "bank_admin",
    "calendar_views",
    "forms",
    "frame",
    "guest_views",
    "history_views",
    "middleware",
    "object_views",
    "order_admin",
    "order_views",
    "paper_views",
    "pay_views",
    "payer_link_views",
    "receipt_views",
    "request_views",
    "reminder_views",
    "sessions",
    "staff_forms",
    "tasks",
    "urls",
    "views",
}
# A command line and the demo's town begin where a request would.
READS_THE_CLOCK = {"imports/runs.py", "demo/loading.py"}
LONGEST_VIEW = 28


def sources(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def rules() -> list[Path]:
    """Return the modules that decide: neither edges, nor commands, nor migrations."""
    return [
        path
        for path in sources(*APPS)
        if path.stem not in EDGES and not {"management", "migrations"} & set(path.parts)
    ]


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield ("." * node.level) + (node.module or "")


def test_every_app_of_ours_is_looked_at() -> None:
    installed = {config.name for config in apps.get_app_configs()}
    folders = {path.parent.name for path in ROOT.glob("*/apps.py")} - {"config"}
    assert folders == set(APPS)
    assert folders <= installed


def test_no_drawer_for_odds_and_ends() -> None:
    odd = {"utils", "util", "helpers", "helper", "common", "services", "base", "misc", "mixins", "signals"}
    files = [name_of(path) for path in sources(*OURS, "tests") if path.stem in odd]
    folders = [name_of(path) for folder in OURS for path in (ROOT / folder).rglob("*") if path.name in odd]
    assert files + folders == []


@pytest.mark.parametrize("path", rules(), ids=name_of)
def test_a_rule_knows_no_request(path: Path) -> None:
    known = {"django.http", "django.shortcuts", "django.views", "django.contrib.messages"}
    assert [
        name for name in imported(path) if any(name == one or name.startswith(f"{one}.") for one in known)
    ] == []
    arguments = {
        argument.arg
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef)
        for argument in (*node.args.args, *node.args.kwonlyargs)
    }
    assert "request" not in arguments


@pytest.mark.parametrize("path", rules(), ids=name_of)
def test_a_rule_never_reads_the_clock(path: Path) -> None:
    if name_of(path) in READS_THE_CLOCK:
        return
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            assert called not in {"now", "today", "utcnow", "Now"}, f"line {node.lineno}"
            if called in {"localdate", "localtime"}:
                assert node.args or node.keywords, f"line {node.lineno}"
    assert not re.search(
        r"\b(now\(\)|current_date|current_timestamp|clock_timestamp)", path.read_text(), re.I
    )


@pytest.mark.parametrize(
    "path", [path for path in sources(*sorted(OURS)) if path.stem == "views"], ids=name_of
)
def test_a_view_fits_on_a_screen(path: Path) -> None:
    for node in tree(path).body:
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno < LONGEST_VIEW, node.name


def test_views_are_functions() -> None:
    classes = [
        f"{name_of(path)}: {node.name}"
        for path in sources(*OURS)
        if path.stem == "views"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef)
    ]
    assert classes == []


def test_apps_do_not_call_each_other_behind_the_back() -> None:
    """No signals of Django's models, no receivers; whoever wants something done calls the rule."""
    heard = [
        name_of(path)
        for path in sources(*OURS)
        if {"django.dispatch", "django.db.models.signals"} & set(imported(path))
    ]
    assert heard == []


def test_models_share_no_base() -> None:
    ours = [model for model in apps.get_models() if model._meta.app_label in APPS]
    assert ours
    for model in ours:
        parents = [base for base in model.__mro__[1:] if base.__module__.split(".")[0] in OURS]
        assert parents == [], model
    abstract = [name_of(path) for path in sources(*APPS) if "abstract = True" in path.read_text()]
    assert abstract == []


def test_constraints_read_as_sentences() -> None:
    for model in apps.get_models():
        if model._meta.app_label in APPS:
            for constraint in model._meta.constraints:
                assert re.fullmatch(r"[a-z]+(_[a-z0-9]+){2,}", constraint.name), constraint.name


def test_migrations_import_nothing_of_ours() -> None:
    for path in sources(*APPS):
        if "migrations" in path.parts:
            assert [name for name in imported(path) if name.split(".")[0] in OURS] == [], name_of(path)
            assert path.stem == "__init__" or not re.search(r"auto_\d", path.stem), name_of(path)


TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*.html") if "email" not in path.parts)


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_template_keeps_to_the_policy(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"<[^>]*\s(style|on[a-z]+)\s*=", text, re.I)
    assert not re.search(r"<style", text, re.I)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text, re.I)
    assert not re.search(r"\|\s*safe\b|\|\s*safeseq\b|autoescape\s+off", text)
    # Colours are tokens of the style sheet; a drawing brings its own.
    assert not re.search(r"#[0-9a-fA-F]{6}\b", re.sub(r"<svg.*?</svg>", "", text, flags=re.DOTALL))


def test_code_marks_nothing_safe() -> None:
    marking = [name_of(path) for path in sources(*OURS) if "mark_safe" in path.read_text()]
    assert marking == []


def test_addresses_of_residents_end_without_a_slash() -> None:
    def routes(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
        for pattern in patterns:
            route = prefix + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                yield from routes(pattern.url_patterns, route)
            else:
                yield route

    ending = [route for route in routes(get_resolver().url_patterns) if route.endswith("/")]
    assert [route for route in ending if not route.startswith("admin/")] == []
