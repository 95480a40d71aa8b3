"""FastAPI.

guard = Guard(verifier)
app.include_router(guard.router)

@app.get("/builds")
async def builds(token: VerifiedToken = Depends(guard("ci:read"))): ...
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, HTTPException, Request

from ._guard import Protection, Wanted
from ._scopes import Requirement
from .refused import Refused
from .verified import VerifiedToken

__all__ = ["Guard"]


class Guard(Protection):
    """A dependency for each requirement, and in `router` the metadata of the service."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.router = APIRouter()
        self.router.add_api_route(
            self.metadata_path, lambda: self.metadata, include_in_schema=False, response_model=dict[str, Any]
        )

    def __call__(self, wanted: Wanted = None) -> Callable[[Request], Any]:
        requirement = Requirement.of(wanted)

        def blocking(request: Request) -> VerifiedToken:
            try:
                return self.check(request.headers.getlist("authorization"), requirement)
            except Refused as refused:
                raise HTTPException(refused.status, refused.body(), self.headers(refused)) from None

        async def immediate(request: Request) -> VerifiedToken:
            return blocking(request)

        # FastAPI runs plain functions in its threads, which introspection may block.
        return blocking if self.introspects else immediate
