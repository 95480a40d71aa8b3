"""Django.

guard = Guard(verifier)
urlpatterns = [*guard.urls, path("builds", builds)]

@guard("ci:read")
def builds(request): return HttpResponse(request.token.client_id)
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.http import require_safe

from ._guard import Protection, Wanted
from ._scopes import Requirement
from .refused import Refused

__all__ = ["Guard"]

View = TypeVar("View", bound=Callable[..., Any])


class Guard(Protection):
    """A decorator for each requirement, and in `urls` the metadata of the service. The token is `request.token`. Views
    may be asynchronous."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        document = require_safe(lambda _request: JsonResponse(self.metadata))
        self.urls = [path(self.metadata_path.lstrip("/"), document)]

    def __call__(self, wanted: Wanted = None) -> Callable[[View], View]:
        requirement = Requirement.of(wanted)

        def decorate(view: View) -> View:
            @functools.wraps(view)
            def guarded(request: HttpRequest, *given: Any, **more: Any) -> Any:
                return self._admit(request, requirement) or view(request, *given, **more)

            @functools.wraps(view)
            async def guarded_async(request: HttpRequest, *given: Any, **more: Any) -> Any:
                admit = sync_to_async(self._admit, thread_sensitive=False) if self.introspects else None
                refused = await admit(request, requirement) if admit else self._admit(request, requirement)
                return refused or await view(request, *given, **more)

            return guarded_async if iscoroutinefunction(view) else guarded  # type: ignore[return-value]

        return decorate

    def _admit(self, request: HttpRequest, requirement: Requirement) -> HttpResponse | None:
        """The answer that refuses, or `None` with the token in the request."""
        value = request.headers.get("Authorization")
        try:
            request.token = self.check([] if value is None else [value], requirement)
        except Refused as refused:
            return JsonResponse(refused.body(), status=refused.status, headers=self.headers(refused))
        return None
