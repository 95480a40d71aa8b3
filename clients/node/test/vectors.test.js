// The shared vectors, whose format contract/vectors/README.md defines.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Judge } from '../src/judge.js'
import { KeyStore, parseKeySet } from '../src/keys.js'
import { Refused } from '../src/refused.js'

const load = (name) => JSON.parse(readFileSync(new URL(`../../../contract/vectors/${name}`, import.meta.url), 'utf8'))
const [KEY_SETS, TOKENS, FEED] = ['key_sets.json', 'tokens.json', 'feed.json'].map(load)
const VERDICTS = { 401: 'invalid', 403: 'insufficient_scope', 503: 'undecided' }
const bytes = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
const isRight = (expected, found) => [expected].flat().includes(found)

// A verifier without IO.
async function bench({ issuer, audience }, keySet) {
  const clocks = { boot: 0, epoch: 0, bootMs: () => clocks.boot, wall: () => clocks.epoch }
  const keys = new KeyStore()
  await keys.finishFetch(keys.beginFetch(0), bytes(KEY_SETS[keySet].key_set), 0)
  assert.equal(keys.problem, undefined)
  const judge = new Judge(issuer, audience, keys, clocks)
  const verdict = async (token, required) => {
    try {
      await judge.judge(token, required)
      return 'accepted'
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      return VERDICTS[error.status]
    }
  }
  return { clocks, keys, feed: judge.feed, verdict }
}

for (const [name, { usable, key_set }] of Object.entries(KEY_SETS)) {
  test(`usable keys of the set ${name}`, async () => {
    assert.deepEqual([...(await parseKeySet(bytes(key_set))).keys()].sort(), [...usable].sort())
  })
}

for (const { name, token, parts, key_set = 'all', now = TOKENS.now, required = [], verdict } of TOKENS.cases) {
  test(`token: ${name}`, async () => {
    const one = await bench(TOKENS, key_set)
    one.clocks.epoch = now
    const { nonce } = one.feed.request(now)
    const answer = { cluster: 'c', position: 1, nonce, lease_ms: 3_000, complete: true, next: null, entries: [] }
    assert.equal(one.feed.apply(0, { status: 200, body: bytes(answer) }, now), 'applied')
    const text = token ?? parts.map((part) => (typeof part === 'string' ? part : part[0].repeat(part[1]))).join('')
    let found = await one.verdict(text, required)
    if (found === 'undecided') {
      // A well-formed kid that is not in the set: the set is fetched once more.
      await one.keys.finishFetch(one.keys.beginFetch(30_000), bytes(KEY_SETS[key_set].key_set), 30_000)
      found = await one.verdict(text, required)
    }
    assert.ok(isRight(verdict, found), found)
  })
}

function bodyOf({ body, body_text }, nonce) {
  if (body_text !== undefined) return bytes(body_text.replaceAll('$nonce', nonce))
  const { entries } = body
  const whole = entries?.repeat ? { ...body, entries: Array(entries.count).fill(entries.repeat) } : body
  return bytes(JSON.stringify(whole).replaceAll('$nonce', nonce))
}

for (const { name, steps } of FEED.scripts) {
  test(`feed: ${name}`, async () => {
    const one = await bench(FEED, FEED.key_set)
    const nonces = new Set()
    for (const [number, step] of steps.entries()) {
      const told = `step ${number}: ${JSON.stringify(step)}`
      if (step.step === 'poll') {
        const { nonce, verifier, ...query } = one.feed.request(one.clocks.epoch)
        assert.ok(!nonces.has(nonce) && verifier === one.feed.instance, told)
        nonces.add(nonce)
        assert.deepEqual(query, step.request, told)
        const { response, received } = step
        one.clocks.boot = received.boot_ms
        one.clocks.epoch = received.wall
        const answer = response === null ? new Error('refused') : { status: response.status, body: bodyOf(response, nonce) }
        const outcome = one.feed.apply(step.sent_boot_ms, answer, received.wall)
        assert.ok(isRight(step.outcome, outcome), `${outcome}: ${told}`)
        if (outcome !== 'page') assert.equal(one.feed.problem === undefined, outcome === 'applied', told)
      } else if (step.step === 'check') {
        one.clocks.boot = step.boot_ms
        one.clocks.epoch = step.wall
        const found = await one.verdict(FEED.tokens[step.token], step.required)
        assert.ok(isRight(step.verdict, found), `${found}: ${told}`)
      } else {
        assert.equal(one.feed.pair.revocations.size, step.entries, told)
      }
    }
  })
}
