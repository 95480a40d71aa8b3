"""The code of the guide runs as printed."""

import importlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from conditions import AUDIENCE

from claviger.testing import Issuer

GUIDE = Path(__file__).parents[3] / "docs/guides/protect-a-service-python.md"
BLOCKS = dict(re.findall(r"```python (\S+)\n(.*?)```", GUIDE.read_text(), re.DOTALL))
CLIENT = "0197f2a0-0000-7000-8000-000000000001"


def test_every_block_is_a_file_with_a_test() -> None:
    assert GUIDE.read_text().count("```") == 2 * len(BLOCKS)
    assert set(BLOCKS) == {
        "verifier.py",
        "with_fastapi.py",
        "with_flask.py",
        "with_django.py",
        "without_framework.py",
        "test_service.py",
    }


@pytest.fixture
def issuer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Issuer]:
    for name, code in BLOCKS.items():
        (tmp_path / name).write_text(code)
    monkeypatch.syspath_prepend(str(tmp_path))
    with Issuer(AUDIENCE) as issuer:
        for name, value in {
            "ISSUER": issuer.issuer,
            "AUDIENCE": AUDIENCE,
            "CLIENT_ID": issuer.client_id,
            "CLIENT_KEY": issuer.client_key,
        }.items():
            monkeypatch.setenv(f"CLAVIGER_{name}", value)
        before = set(sys.modules)
        yield issuer
        verifier = sys.modules.get("verifier")
        if verifier is not None:
            verifier.verifier.close()
        for name in set(sys.modules) - before:
            if f"{name}.py" in BLOCKS:
                del sys.modules[name]


def load(name: str) -> ModuleType:
    module = importlib.import_module(name)
    assert importlib.import_module("verifier").verifier.wait_until_ready(30)
    return module


def tokens(issuer: Issuer) -> dict[int, str]:
    """By the status that each must get."""
    revoked = issuer.token("ci:read")
    issuer.revoke(revoked)
    return {200: issuer.token("ci:read", client_id=CLIENT), 403: issuer.token("source:read"), 401: revoked}


def check(issuer: Issuer, send: Any) -> None:
    for status, token in tokens(issuer).items():
        answer = send({"Authorization": f"Bearer {token}"})
        assert answer.status_code == status
        if status == 200:
            assert json.loads(answer.content if hasattr(answer, "content") else answer.data) == {"caller": CLIENT}


def test_fastapi(issuer: Issuer) -> None:
    from fastapi.testclient import TestClient

    client = TestClient(load("with_fastapi").app)
    check(issuer, lambda headers: client.get("/builds", headers=headers))
    assert client.get("/.well-known/oauth-protected-resource").status_code == 200


def test_flask(issuer: Issuer) -> None:
    client = load("with_flask").app.test_client()
    check(issuer, lambda headers: client.get("/builds", headers=headers))
    assert client.get("/.well-known/oauth-protected-resource").status_code == 200


def test_django(issuer: Issuer) -> None:
    from test_adapters import configured_django

    configured_django()
    from django.test import Client, override_settings

    with override_settings(ROOT_URLCONF=load("with_django")):
        check(issuer, lambda headers: Client().get("/builds", headers=headers))
        assert Client().get("/.well-known/oauth-protected-resource").status_code == 200


def test_without_a_framework(issuer: Issuer) -> None:
    answer = load("without_framework").answer
    for status, token in tokens(issuer).items():
        found, headers, text = answer(token)
        assert (
            found == status
            and (text == CLIENT) == (status == 200)
            and ("WWW-Authenticate" in headers) != (status == 200)
        )


def test_tests_of_a_service(issuer: Issuer, tmp_path: Path) -> None:
    source = str(Path(__file__).parents[1] / "src")
    run = subprocess.run(  # noqa: S603 -- its own interpreter
        [
            sys.executable,
            "-B",
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-o",
            f"pythonpath={source}",
            "test_service.py",
        ],
        check=False,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 0 and "1 passed" in run.stdout, run.stdout + run.stderr
