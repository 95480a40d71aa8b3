"""The set of revocations: immutable, compact, and equal to a plain dictionary in what it answers."""

import random
from typing import Any

from claviger._revocations import FORGETTING_MARGIN_SECONDS, Entry, Revocations
from claviger._token import UnverifiedToken

WALL = 1_900_000_000
LATER = WALL + 86_460


def token(client: str, pos: int) -> UnverifiedToken:
    claims: dict[str, Any] = {"client_id": client, "jti": "j", "aud": "a", "pos": pos}
    return UnverifiedToken("ES256", "k", claims, b"", b"")


def test_equals_a_dictionary_through_merges_and_forgetting() -> None:
    seeded = random.Random(7)  # noqa: S311
    held, wall = Revocations(), WALL
    plain: dict[str, tuple[int, int]] = {}
    highest: dict[str, int] = {}
    for _ in range(120):
        entries = []
        for _ in range(seeded.randrange(100)):
            name, before = f"c{seeded.randrange(4_000)}", seeded.randrange(1_000)
            forget_after = wall + seeded.randrange(20_000)
            entries.append(Entry("credential", name, before, forget_after, 0))
            highest[name] = max(highest.get(name, 0), before)
            known = plain.get(name, (0, 0))
            plain[name] = max(known[0], before), max(known[1], forget_after)
        held = held.with_entries(entries, wall)
        wall += seeded.randrange(400)
        # An entry may be held for longer, and then counts.
        plain = {name: found for name, found in plain.items() if found[1] > wall}
        for name in [f"c{seeded.randrange(4_000)}" for _ in range(50)]:
            if name in plain:
                assert held.end(token(name, plain[name][0] - 1), wall)
                assert not held.end(token(name, highest[name]), wall)
    assert len(held.run) > 0 and len(plain) > 500
    held = held.with_entries([], wall + 20_000 + 200)
    assert len(held) == 0 and not held.run.packed


def test_late_entry_revives_no_token_when_the_clock_is_set_back() -> None:
    """An entry that has come too late, then a clock that is set back to when it mattered."""
    # With and without a look through all entries, which is taken once a minute.
    for later in (30, 59, 60, 61):
        for forget_after in range(WALL - 100, WALL + 40):
            # Alone, dated, and among so many that they are packed.
            many = [Entry("credential", f"d{number}", 5, LATER, 0) for number in range(1_100 if later == 59 else 0)]
            for since, others in ((0, []), (1, []), (0, many)):
                held = Revocations().with_entries([], WALL)
                held = held.with_entries([*others, Entry("credential", "c", 9, forget_after, since)], WALL + later)
                assert bool(others) == bool(len(held.run))
                # It is not trusted at an earlier time.
                first = held.forgotten_at - FORGETTING_MARGIN_SECONDS
                for wall in range(first, forget_after + 1):
                    assert held.end(token("c", 1), wall), (later, wall - WALL, forget_after - WALL)


def test_older_set_is_not_changed_by_a_newer_one() -> None:
    older = Revocations().with_entries([Entry("credential", "a", 5, LATER, 0)], WALL)
    newer = older.with_entries([Entry("credential", "a", 9, LATER, 0), Entry("credential", "b", 9, LATER, 0)], WALL)
    assert not older.end(token("a", 7), WALL) and newer.end(token("a", 7), WALL)
    assert not older.end(token("b", 7), WALL) and newer.end(token("b", 7), WALL)
    assert len(older) == 1 and len(newer) == 2


def test_entry_takes_32_bytes() -> None:
    entries = [Entry("credential", f"c{number}", 5, LATER, 0) for number in range(50_000)]
    held = Revocations()
    for start in range(0, len(entries), 10_000):
        held = held.with_entries(entries[start : start + 10_000], WALL)
    assert len(held) == 50_000 and len(held.run.packed) == 50_000 * 32 and not held.recent
    assert all(held.end(token(f"c{number}", 4), WALL) for number in range(0, 50_000, 997))
    assert not held.end(token("d", 4), WALL)
