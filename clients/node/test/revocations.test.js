// The set of revocations: immutable, compact, and never less restrictive than what it was told.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FORGETTING_MARGIN_SECONDS, Revocations } from '../src/revocations.js'

const WALL = 1_900_000_000
const LATER = WALL + 86_460
const entry = (name, before, forgetAfter = LATER, from = 0) => ({ kind: 'credential', name, before, forgetAfter, from })
const token = (client_id, pos) => ({ kid: 'k', claims: { client_id, jti: 'j', aud: 'a', pos } })

test('an entry takes 32 bytes, and is found', () => {
  let held = new Revocations()
  for (let start = 0; start < 50_000; start += 10_000) {
    held = held.with(Array.from({ length: 10_000 }, (_, number) => entry(`c${start + number}`, 5)), WALL)
  }
  assert.deepEqual([held.size, held.run.packed.length, held.recent.size], [50_000, 50_000 * 32, 0])
  for (let number = 0; number < 50_000; number += 997) {
    assert.ok(held.end(token(`c${number}`, 4), WALL) && !held.end(token(`c${number}`, 5), WALL))
  }
  assert.ok(!held.end(token('d', 4), WALL))
  const raised = held.with([entry('c7', 9)], WALL)
  assert.ok(raised.end(token('c7', 8), WALL) && !held.end(token('c7', 8), WALL))
  assert.equal(raised.size, 50_000)
  assert.equal(raised.with([], LATER + 120).size, 0)
})

test('it equals a plain map through merges and forgetting', () => {
  let [seed, held, wall] = [7, new Revocations(), WALL]
  const random = (below) => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed % below
  }
  const [plain, highest] = [new Map(), new Map()]
  for (let round = 0; round < 150; round += 1) {
    const added = Array.from({ length: random(100) }, () => entry(`c${random(4_000)}`, random(1_000), wall + random(20_000)))
    for (const { name, before, forgetAfter } of added) {
      const known = plain.get(name) ?? { before: 0, forgetAfter: 0 }
      plain.set(name, { before: Math.max(known.before, before), forgetAfter: Math.max(known.forgetAfter, forgetAfter) })
      highest.set(name, Math.max(highest.get(name) ?? 0, before))
    }
    held = held.with(added, wall)
    wall += random(400)
    for (const [name, { forgetAfter }] of plain) if (forgetAfter <= wall) plain.delete(name)
    for (const [name, { before }] of plain) {
      if (random(20) > 0) continue
      assert.ok(held.end(token(name, before - 1), wall), name)
      assert.ok(!held.end(token(name, highest.get(name)), wall), name)
    }
  }
  assert.ok(held.run.length > 0 && plain.size > 500)
})

// An entry that has come too late, then a clock that is set back to when it mattered.
test('a late entry revives no token when the clock is set back', () => {
  // With and without a look through all entries, which is taken once a minute.
  for (const later of [30, 59, 60, 61]) {
    // Alone, dated, and among so many that they are packed.
    const many = Array.from({ length: 1_100 }, (_, number) => entry(`d${number}`, 5))
    for (const [from, others] of [[0, []], [1, []], [0, later === 59 ? many : []]]) {
      for (let forgetAfter = WALL - 100; forgetAfter < WALL + 40; forgetAfter += 1) {
        const held = new Revocations().with([], WALL).with([...others, entry('c', 9, forgetAfter, from)], WALL + later)
        assert.equal(held.run.length > 0, others.length > 0)
        // It is not trusted at an earlier time.
        for (let wall = held.forgottenAt - FORGETTING_MARGIN_SECONDS; wall <= forgetAfter; wall += 1) {
          assert.ok(held.end(token('c', 1), wall), `at ${wall - WALL}, until ${forgetAfter - WALL}`)
        }
      }
    }
  }
})
