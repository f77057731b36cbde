"""What a page may load and send, told to the browser with every answer."""

from collections.abc import Callable

from csp.constants import HEADER
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse


class ContentPolicy:
    """Send the policy of the settings: put together once, because no page of ours has another.

    django-csp's own middleware builds it, and one for reports, anew for every answer.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._policy = build_policy()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Add it to every answer but Django's own pages of errors: those carry their styles in themselves."""
        response = self.get_response(request)
        if not (settings.DEBUG and response.status_code in {404, 500}):
            response.headers.setdefault(HEADER, self._policy)
        return response
