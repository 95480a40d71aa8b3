"""Flask.

guard = Guard(verifier)
app.register_blueprint(guard.blueprint)

@app.get("/builds")
@guard("ci:read")
def builds(): return g.token.client_id
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, Response, g, jsonify, request

from ._guard import Protection, Wanted
from ._scopes import Requirement
from .refused import Refused

__all__ = ["Guard"]

View = TypeVar("View", bound=Callable[..., Any])


class Guard(Protection):
    """A decorator for each requirement, and in `blueprint` the metadata of the service.
    The token is `flask.g.token`."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.blueprint = Blueprint("claviger", __name__)
        self.blueprint.add_url_rule(self.metadata_path, "metadata", lambda: jsonify(self.metadata))

    def __call__(self, wanted: Wanted = None) -> Callable[[View], View]:
        requirement = Requirement.of(wanted)

        def decorate(view: View) -> View:
            @functools.wraps(view)
            def guarded(*given: Any, **more: Any) -> Any:
                try:
                    g.token = self.check(request.headers.getlist("Authorization"), requirement)
                except Refused as refused:
                    return self._refuse(refused)
                return view(*given, **more)

            return guarded  # type: ignore[return-value]

        return decorate

    def _refuse(self, refused: Refused) -> Response:
        response = jsonify(refused.body())
        response.status_code = refused.status
        response.headers.extend(self.headers(refused))
        return response
