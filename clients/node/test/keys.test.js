// When keys are fetched, and which of them count.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose'
import { FETCH_INTERVAL_MS, KeyStore, MAX_AGE_MS } from '../src/keys.js'

async function key() {
  const jwk = await exportJWK((await generateKeyPair('ES256')).publicKey)
  return { ...jwk, use: 'sig', alg: 'ES256', kid: await calculateJwkThumbprint(jwk) }
}
const setOf = (...keys) => Buffer.from(JSON.stringify({ keys }))
const fetched = (store, answer, at) => store.finishFetch(store.beginFetch(at), answer, at)

test('an unknown key is fetched once, and then known to be absent', async () => {
  const [store, known, unknown] = [new KeyStore(), await key(), await key()]
  let wanted = 0
  store.onWanted = () => (wanted += 1)
  await fetched(store, setOf(known), 0)
  assert.equal(store.find(known.kid, 1).alg, 'ES256')
  assert.equal(store.dueInMs(1), MAX_AGE_MS - 1)
  for (let round = 0; round < 3; round += 1) assert.equal(store.find(unknown.kid, 1), 'unknown')
  assert.equal(wanted, 1)
  assert.equal(store.dueInMs(1), FETCH_INTERVAL_MS - 1)
  await fetched(store, setOf(known), FETCH_INTERVAL_MS)
  assert.equal(store.find(unknown.kid, FETCH_INTERVAL_MS + 1), 'absent')
  assert.equal(store.dueInMs(FETCH_INTERVAL_MS), MAX_AGE_MS)
  assert.equal(store.find(unknown.kid, FETCH_INTERVAL_MS + MAX_AGE_MS), 'unknown')
  await fetched(store, setOf(known, unknown), FETCH_INTERVAL_MS + MAX_AGE_MS)
  assert.equal(store.find(unknown.kid, 2 * MAX_AGE_MS).alg, 'ES256')
})

test('many unknown keys cost no more than their bound', async () => {
  const [store, known] = [new KeyStore(), await key()]
  await fetched(store, setOf(known), 0)
  const ids = Array.from({ length: 3_000 }, (_, number) => String(number).padStart(43, '0'))
  assert.equal(ids.filter((kid) => store.find(kid, 1) === 'unknown').length, 1_024)
  assert.equal(store.beginFetch(1).length, 1_024)
  for (const kid of ['', '../../etc/passwd', 'a\0b', 'x'.repeat(42), 'x'.repeat(44), 'é'.repeat(43)]) {
    assert.equal(store.find(kid, 1), 'absent')
  }
})

test('a failed fetch evicts no good key', async () => {
  const [store, known] = [new KeyStore(), await key()]
  await fetched(store, setOf(known), 0)
  for (const bad of [new Error('down'), '', '<html>', '{"keys":[]}', '{"keys":[{"kty":"oct","k":"AA"}]}', '[]', 'null']) {
    await fetched(store, bad instanceof Error ? bad : Buffer.from(bad), MAX_AGE_MS)
    assert.equal(store.find(known.kid, MAX_AGE_MS).alg, 'ES256')
    assert.ok(store.problem)
  }
  assert.equal(store.dueInMs(MAX_AGE_MS), FETCH_INTERVAL_MS)
  await fetched(store, setOf(await key()), MAX_AGE_MS)
  assert.equal(store.problem, undefined)
  assert.equal(store.find(known.kid, MAX_AGE_MS), 'unknown')
})

test('without any key it is tried again soon, and ever more seldom', async () => {
  const [store, pauses] = [new KeyStore(), []]
  assert.equal(store.dueInMs(0), 0)
  for (let now = 0; pauses.length < 6; now += pauses.at(-1)) {
    await fetched(store, new Error('down'), now)
    pauses.push(store.dueInMs(now))
  }
  assert.deepEqual(pauses, [500, 1_000, 2_000, 4_000, 5_000, 5_000])
})
