"""When keys are fetched, and which of them count."""

import json
import threading

from conditions import AUDIENCE, eventually, status_of

from claviger._keys import FETCH_INTERVAL_MS, MAX_AGE_MS, KeyStore, PublicKey
from claviger.testing import Issuer, _Key


def set_of(*keys: _Key) -> bytes:
    return json.dumps({"keys": [key.jwk for key in keys]}).encode()


def fetched(store: KeyStore, answer: bytes | Exception, now: int) -> None:
    store.finish_fetch(store.begin_fetch(now), answer, now)


def test_unknown_key_is_fetched_once_and_then_known_to_be_absent() -> None:
    store, known, unknown = KeyStore(), _Key(), _Key()
    fetched(store, set_of(known), 0)
    assert isinstance(store.find(known.kid, 1), PublicKey)
    assert store.due_in_ms(1) == MAX_AGE_MS - 1
    assert store.find(unknown.kid, 1) is True
    assert store.due_in_ms(1) == FETCH_INTERVAL_MS - 1
    fetched(store, set_of(known), FETCH_INTERVAL_MS)
    assert store.find(unknown.kid, FETCH_INTERVAL_MS + 1) is False
    assert store.due_in_ms(FETCH_INTERVAL_MS) == MAX_AGE_MS
    # It is asked for again when a set may have got old.
    assert store.find(unknown.kid, FETCH_INTERVAL_MS + MAX_AGE_MS) is True


def test_key_that_is_published_later_is_found() -> None:
    store, known, later = KeyStore(), _Key(), _Key()
    fetched(store, set_of(known), 0)
    assert store.find(later.kid, 0) is True
    fetched(store, set_of(known), 1)
    assert store.find(later.kid, 2) is False
    fetched(store, set_of(known, later), 3)
    assert isinstance(store.find(later.kid, 4), PublicKey)


def test_many_unknown_keys_cost_bounded_memory_and_no_more_fetches() -> None:
    store = KeyStore()
    fetched(store, set_of(_Key()), 0)
    ids = [f"{number:043}" for number in range(3_000)]
    assert [store.find(kid, 1) for kid in ids].count(True) == 1_024
    assert len(store._wanted) == 1_024
    fetched(store, set_of(_Key()), FETCH_INTERVAL_MS)
    assert len(store._wanted) == 0 and len(store._absent) == 1_024
    for round_ in range(3):
        for kid in ids:
            store.find(kid, FETCH_INTERVAL_MS + 1)
        fetched(store, set_of(_Key()), FETCH_INTERVAL_MS * (round_ + 2))
    assert len(store._absent) == 1_024


def test_what_is_no_thumbprint_is_never_fetched() -> None:
    store = KeyStore()
    fetched(store, set_of(_Key()), 0)
    for kid in ("", "../../etc/passwd", "a\0b", "x" * 42, "x" * 44, "é" * 43):
        assert store.find(kid, 0) is False
    assert not store._wanted


def test_failed_fetch_evicts_no_good_key() -> None:
    store, known = KeyStore(), _Key()
    fetched(store, set_of(known), 0)
    for bad in (OSError("down"), b"", b"<html>", b'{"keys":[]}', b'{"keys":[{"kty":"oct","k":"AA"}]}', b"[]", b"\xff"):
        fetched(store, bad, MAX_AGE_MS)
        assert isinstance(store.find(known.kid, MAX_AGE_MS), PublicKey)
        assert store.problem
    # Tried again, but not in a loop.
    assert store.due_in_ms(MAX_AGE_MS) == FETCH_INTERVAL_MS
    fetched(store, set_of(_Key()), MAX_AGE_MS + FETCH_INTERVAL_MS)
    assert store.problem is None and store.find(known.kid, MAX_AGE_MS + FETCH_INTERVAL_MS) is True


def test_without_any_key_it_is_tried_again_soon_and_ever_more_seldom() -> None:
    store, now, pauses = KeyStore(), 0, []
    assert store.due_in_ms(0) == 0
    for _ in range(8):
        fetched(store, OSError("down"), now)
        pauses.append(store.due_in_ms(now))
        now += pauses[-1]
    assert pauses == [500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000, 5_000]


def test_bad_signature_under_a_known_key_causes_no_fetch() -> None:
    with Issuer(AUDIENCE) as issuer, issuer.verifier() as verifier:
        token = issuer.token()
        fetches = issuer.requests.count("/realms/test/oauth2/jwks")
        for letter in "ABCDEFGH":
            assert status_of(verifier, token[:-20] + letter * 20) == 401
        assert verifier._judge.keys.due_in_ms(verifier._judge.clocks()[0]) > FETCH_INTERVAL_MS
        assert issuer.requests.count("/realms/test/oauth2/jwks") == fetches == 1


def test_rotated_key_is_fetched_in_one_flight() -> None:
    with Issuer(AUDIENCE) as issuer, issuer.verifier() as verifier:
        before = issuer.token()
        issuer.rotate()
        after = issuer.token()
        assert status_of(verifier, after) == 503
        # As if the last fetch were long ago.
        store = verifier._judge.keys
        with store.changed:
            assert store._attempted_at is not None
            store._attempted_at -= FETCH_INTERVAL_MS
        verdicts: list[int] = []
        threads = [threading.Thread(target=lambda: verdicts.append(status_of(verifier, after))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(verdicts) <= {200, 503}
        eventually(lambda: status_of(verifier, after) == 200)
        assert status_of(verifier, before) == 200
        assert issuer.requests.count("/realms/test/oauth2/jwks") == 2
