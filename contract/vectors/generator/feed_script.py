"""Builds one script of the feed: answers at boot-clock times, and checks of tokens between them."""

from typing import Any

from .scene import NOW

CLUSTER = "0197f2a0-aaaa-7000-8000-000000000001"
OTHER_CLUSTER = "0197f2a0-aaaa-7000-8000-000000000002"
LEASE_MS = 3_000
#: The boot clock when the wall clock says `NOW`, in milliseconds.
BOOT = 50_000_000
#: When entries may be forgotten: beyond every token's `exp`.
FORGET_AFTER = NOW + 86_460


class Script:
    """Times are given in milliseconds after the start. Both clocks run alike unless the wall clock is set."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.steps: list[dict[str, Any]] = []
        self.wall_is_ahead = 0

    def moment(self, at: int) -> dict[str, int]:
        return {"boot_ms": BOOT + at, "wall": NOW + self.wall_is_ahead + at // 1_000}

    def answer(
        self,
        at: int,
        position: int,
        entries: list[dict[str, Any]] | None = None,
        *,
        after: int | None = None,
        cluster: str = CLUSTER,
        asked: str | None = None,
        cursor: str | None = None,
        next: str | None = None,
        complete: bool | None = None,
        took: int = 10,
        outcome: str | list[str] = "applied",
        changes: dict[str, Any] | None = None,
    ) -> "Script":
        """`after` and `asked` are the position and cluster of the request, `cluster` is that of the answer."""
        body = {
            "cluster": cluster,
            "position": position,
            "nonce": "$nonce",
            "lease_ms": LEASE_MS,
            "complete": after is None if complete is None else complete,
            "next": next,
            "entries": entries or [],
            **(changes or {}),
        }
        body = {name: value for name, value in body.items() if value is not ...}
        return self.raw(at, {"status": 200, "body": body}, after, asked or CLUSTER, cursor, took, outcome)

    def raw(
        self,
        at: int,
        response: dict[str, Any] | None,
        after: int | None = None,
        asked: str = CLUSTER,
        cursor: str | None = None,
        took: int = 10,
        outcome: str | list[str] = "ignored",
    ) -> "Script":
        request = {} if after is None else {"after": str(after), "cluster": asked}
        request |= {"wait": "1"} | ({"cursor": cursor} if cursor else {})
        self.steps.append(
            {
                "step": "poll",
                "request": request,
                "sent_boot_ms": BOOT + at,
                "response": response,
                "received": self.moment(at + took),
                "outcome": outcome,
            }
        )
        return self

    def check(
        self, at: int, verdict: str | list[str], token: str = "plain", required: list[str] | None = None
    ) -> "Script":
        self.steps.append(
            {
                "step": "check",
                "token": token,
                "required": required or [],
                **self.moment(at),
                "verdict": verdict,
            }
        )
        return self

    def held(self, entries: int) -> "Script":
        self.steps.append({"step": "held", "entries": entries})
        return self

    def set_wall_clock(self, seconds: int) -> "Script":
        """From here on the wall clock is ahead by this much."""
        self.wall_is_ahead = seconds
        return self

    def done(self) -> dict[str, Any]:
        return {"name": self.name, "steps": self.steps}


def credential(client_id: str, before: int, **more: Any) -> dict[str, Any]:
    return {"kind": "credential", "client_id": client_id, "before": before, "forget_after": FORGET_AFTER, **more}


def token(jti: str, **more: Any) -> dict[str, Any]:
    return {"kind": "token", "jti": jti, "forget_after": FORGET_AFTER, **more}


def key(kid: str, **more: Any) -> dict[str, Any]:
    return {"kind": "key", "kid": kid, "forget_after": FORGET_AFTER, **more}


def resource_server(audience: str, before: int, **more: Any) -> dict[str, Any]:
    return {"kind": "resource_server", "audience": audience, "before": before, "forget_after": FORGET_AFTER, **more}


def realm(before: int, **more: Any) -> dict[str, Any]:
    return {"kind": "realm", "before": before, "forget_after": FORGET_AFTER, **more}
