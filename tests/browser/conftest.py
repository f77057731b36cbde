"""A real Chromium before the real server, and a record of everything the browser complains about."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    Request,
    Response,
    expect,
    sync_playwright,
)
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from tests.conftest import BACKEND

PHONE = 390
DESKTOP = 1280
HEIGHT = 900
# Long enough for a machine that does three other things; nothing waits when all is well.
PATIENCE_MS = 20_000
expect.set_options(timeout=PATIENCE_MS)

# A Chromium with a desk makes two pages more for every window, of its address bar: half of what a window costs.
NO_ADDRESS_BAR = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup")
# The last list is the only one that counts, so these of Playwright's own are said again.
AS_PLAYWRIGHT = (
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
)
ARGUMENTS = [
    "--no-sandbox",  # there is none for root, and the only pages it opens are ours
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join((*AS_PLAYWRIGHT, *NO_ADDRESS_BAR))}",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder, so that `-m "not browser"` leaves it out, and deal it out evenly.

    Each worker gets its share first, in one piece: a browser that is left for other tests is started again
    by the next one, and what takes longest must not be what is waited for at the end.
    """
    here = Path(__file__).parent
    ours = [item for item in items if here in item.path.parents]
    for item in ours:
        item.add_marker(pytest.mark.browser)
    others = [item for item in items if here not in item.path.parents]
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    left, dealt = len(items), list[pytest.Item]()
    for worker in range(workers):
        # As pytest-xdist cuts: an equal part of what is left.
        part = left // (workers - worker)
        share = ours[worker::workers]
        dealt += share + others[: max(part - len(share), 0)]
        del others[: max(part - len(share), 0)]
        left -= part
    items[:] = dealt + others


def chromium_of(playwright: Playwright) -> str | None:
    """Return the path of the machine's own Chromium, nothing for the one that Playwright brought, else fail.

    One without a desk is preferred: its windows and pages cost half as much.
    """
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    installed = next(filter(None, map(shutil.which, names)), None)
    if not installed and not Path(playwright.chromium.executable_path).exists():
        refuse = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        refuse("no Chromium on this machine: apt-get install chromium, or playwright install chromium")
    return installed


@pytest.fixture(scope="package")
def launch() -> Iterator[Callable[..., Browser]]:
    """Return how to start a Chromium; without any, skip, but fail where CI=true.

    Playwright keeps an event loop in this thread, in which Django would refuse the database: allow it
    as long as the loop is there, and not for the tests of other folders.
    """
    with pytest.MonkeyPatch.context() as environment, sync_playwright() as playwright:
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        path = chromium_of(playwright)

        def start(**options: Any) -> Browser:
            return playwright.chromium.launch(executable_path=path, args=ARGUMENTS, **options)

        yield start


@pytest.fixture(scope="package")
def chromium(launch: Callable[..., Browser]) -> Iterator[Browser]:
    """The one browser of this worker; every test gets a window without memory in it."""
    browser = launch()
    yield browser
    browser.close()


@dataclass
class Complaints:
    """What a reader would find in the browser's console, and never should."""

    origin: str
    said: list[str] = field(default_factory=list)
    # Statuses that a test asks for, e.g. of a page that is not there.
    expected: set[int] = field(default_factory=set)

    def listen(self, page: Page) -> None:
        """Write down errors, refusals of the security policy, broken and foreign requests."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.said.append(f"script: {error}"))
        page.on("requestfailed", self._failed)
        page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        # An answer ≥ 400 is said by its response, with its address.
        if message.type in {"error", "warning"} and not message.text.startswith("Failed to load resource"):
            self.said.append(f"{message.type}: {message.text}")

    def _failed(self, request: Request) -> None:
        # Who goes on before a page is whole ends what is still on its way.
        if request.failure != "net::ERR_ABORTED":
            self.said.append(f"failed: {request.url} {request.failure}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.said.append(f"{response.status}: {response.url}")
        if not response.url.startswith((self.origin, "data:")):
            self.said.append(f"foreign: {response.url}")


@dataclass
class Window:
    """A browser window on the portal."""

    context: BrowserContext
    page: Page
    complaints: Complaints

    def open(self, address: str) -> Response:
        """Go to an address of the portal as if it were typed."""
        response = self.page.goto(address)
        assert response is not None
        return response

    def expect_address(self, address: str) -> None:
        """Wait until one is at this address, written without the server's name."""
        expect(self.page).to_have_url(self.complaints.origin + address)

    def sign_in(self, person: User | None) -> None:
        """Let somebody else sit down here, or nobody who is known."""
        self.context.clear_cookies()
        if person:
            self.context.add_cookies([session_of(person, self.complaints.origin)])

    def forgets(self) -> bool:
        """Leave nothing of what was done here to the next test; say no where that cannot be."""
        if self.context.pages != [self.page]:
            self.context.close()
            return False
        self.page.unroute_all()
        self.page.goto("about:blank")
        self.page.emulate_media(color_scheme="null")
        self.context.clear_cookies()
        self.context.clear_permissions()
        self.complaints.said.clear()
        self.complaints.expected.clear()
        return True


@pytest.fixture(scope="package")
def idle() -> dict[bool, list[Window]]:
    """Windows that earlier tests left, by whether they run scripts: a new one costs as much as three pages."""
    return {True: [], False: []}


@pytest.fixture
def window(
    live_server: LiveServer, request: pytest.FixtureRequest, idle: dict[bool, list[Window]]
) -> Iterator[Callable[..., Window]]:
    """Return how to open a window; at the end of the test none may have complained."""
    cache.clear()  # the table of limits is no model's, so nothing else empties it between tests
    kept: dict[bool, list[Window]] = {True: [], False: []}
    foreign: list[Window] = []

    def open_window(
        *,
        width: int = DESKTOP,
        script: bool = True,
        person: User | None = None,
        browser: Browser | None = None,
    ) -> Window:
        if idle[script] and not browser:
            shown = idle[script].pop()
            shown.page.set_viewport_size({"width": width, "height": HEIGHT})
        else:
            # Asked for here and not above: a test that is skipped starts no server for nothing.
            shown = new_window(
                browser or request.getfixturevalue("chromium"), live_server.url, width=width, script=script
            )
        (foreign if browser else kept[script]).append(shown)
        shown.sign_in(person)
        return shown

    yield open_window
    opened = [*kept[True], *kept[False], *foreign]
    said = [complaint for shown in opened for complaint in shown.complaints.said]
    for script, windows in kept.items():
        idle[script] += [shown for shown in windows if shown.forgets()]
    for shown in foreign:
        shown.context.close()
    assert said == []


def new_window(browser: Browser, url: str, *, width: int, script: bool) -> Window:
    context = browser.new_context(
        base_url=url,
        viewport={"width": width, "height": HEIGHT},
        java_script_enabled=script,
        locale="en-GB",  # Lithuanian is the default whatever the browser asks for
    )
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    shown = Window(context, page, Complaints(url))
    shown.complaints.listen(page)
    return shown


def session_of(person: User, url: str) -> Any:
    """Return the cookie of somebody who is signed in already."""
    client = Client()
    client.force_login(person, backend=BACKEND)
    return {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies["sessionid"].value, "url": url}
