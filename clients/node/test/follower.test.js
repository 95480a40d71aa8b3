// A verifier that runs, against an issuer on the loopback interface that is down, silent or lies.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createServer } from 'node:net'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import { Refused, Verifier } from '../src/index.js'
import { Issuer } from '../src/testing.js'
import { AUDIENCE, eventually, statusOf } from './conditions.js'

// Lies to every request with a position, as long as it has a lie.
class LyingIssuer extends Issuer {
  holdMs = 50
  lie = undefined
  liesTold = 0

  answer(query, after) {
    const answer = super.answer(query, after)
    if (this.lie === undefined || after === undefined) return answer
    this.liesTold += 1
    return this.lie(answer)
  }
}

async function withIssuer(use, Kind = Issuer) {
  const issuer = await Kind.start(AUDIENCE)
  const verifier = await issuer.verifier()
  try {
    await use(issuer, verifier)
  } finally {
    verifier.close()
    await issuer.close()
  }
}

test('a revocation is known when revoke returns', () =>
  withIssuer(async (issuer, verifier) => {
    for (let round = 0; round < 20; round += 1) {
      const [token, other] = [await issuer.token('ci:read'), await issuer.token('ci:read')]
      assert.equal(await statusOf(verifier.verify(token)), 200)
      await issuer.revoke(token)
      assert.equal(await statusOf(verifier.verify(token)), 401)
      assert.equal(await statusOf(verifier.verify(other)), 200)
    }
  }))

test('a server that is down at the start leaves everything undecided until it is up', async () => {
  const issuer = await Issuer.start(AUDIENCE)
  const token = await issuer.token()
  await issuer.close()
  const verifier = Verifier.connect(issuer)
  assert.equal(await statusOf(verifier.verify(token)), 503)
  assert.equal(await statusOf(verifier.verify(`${token}x`)), 401)
  await eventually(() => /ECONNREFUSED/.test(verifier.status().problem))
  const refused = await verifier.verify(token).catch((error) => error)
  assert.ok(refused instanceof Refused && refused.headers()['Retry-After'] === '1')
  await issuer.open()
  await eventually(async () => (await statusOf(verifier.verify(token))) === 200)
  assert.equal(verifier.status().problem, undefined)
  verifier.close()
  await issuer.close()
})

test('the lease ends when the server is gone', async () => {
  const issuer = await Issuer.start(AUDIENCE)
  issuer.leaseMs = 1_500
  const verifier = await issuer.verifier()
  const token = await issuer.token()
  await eventually(async () => (await statusOf(verifier.verify(token))) === 200)
  const closed = performance.now()
  await issuer.close()
  for (let asked = closed; (await statusOf(verifier.verify(token))) === 200; asked = performance.now()) {
    assert.ok(asked - closed <= 1_500)
  }
  assert.equal(await statusOf(verifier.verify(token)), 503)
  assert.ok(verifier.status().leaseMs === 0 && verifier.status().problem)
  assert.equal(await statusOf(verifier.verify(`${token.slice(0, -6)}AAAAAA`)), 401)
  verifier.close()
})

describe('a feed that lies loses its set, and status says why', () => {
  const lies = {
    nonce: [(answer) => ({ ...answer, nonce: 'x' }), /nonce/],
    garbage: [() => Buffer.from('<html>'), /JSON/],
    gap: [(answer) => ({ ...answer, cluster: 'another' }), /gap/],
    'unknown kind': [(answer) => ({ ...answer, entries: [{ kind: 'tenant' }] }), /unknown kind/],
    lease: [(answer) => ({ ...answer, lease_ms: 1e9 }), /lease/],
  }
  for (const [name, [lie, told]] of Object.entries(lies)) {
    test(name, () =>
      withIssuer(async (issuer, verifier) => {
        const token = await issuer.token()
        // Until the next answer to a request without a position.
        const said = new Promise((resolve) => {
          const answer = issuer.answer.bind(issuer)
          issuer.answer = (query, after) => {
            if (after === undefined) resolve(verifier.status())
            return answer(query, after)
          }
        })
        issuer.lie = lie
        const { ready, position, problem } = await said
        assert.ok(!ready && position === undefined)
        assert.match(problem, told)
        assert.match(problem, /the set was dropped$/)
        issuer.lie = undefined
        await eventually(async () => (await statusOf(verifier.verify(token))) === 200)
      }, LyingIssuer))
  }
})

test('a position that goes back renews no lease', () =>
  withIssuer(async (issuer, verifier) => {
    issuer.leaseMs = 500
    const token = await issuer.token()
    await eventually(() => verifier.status().leaseMs <= 500)
    issuer.lie = (answer) => ({ ...answer, position: answer.position - 1 })
    const wentBack = () => /went back/.test(verifier.status().problem)
    await eventually(async () => (await statusOf(verifier.verify(token))) === 503 && wentBack())
    assert.equal(verifier.status().position, issuer.position)
    issuer.lie = undefined
    await eventually(async () => (await statusOf(verifier.verify(token))) === 200)
  }, LyingIssuer))

test('a lying feed is not asked in a loop', () =>
  withIssuer(async (issuer) => {
    issuer.lie = (answer) => ({ ...answer, nonce: 'x' })
    await eventually(() => issuer.liesTold >= 1)
    const [before, started] = [issuer.requests.length, performance.now()]
    await eventually(() => performance.now() - started > 1_000)
    assert.ok(issuer.requests.length - before < 40, String(issuer.requests.length - before))
  }, LyingIssuer))

test('a silent server is left for another connection', async () => {
  let connections = 0
  const silent = createServer(() => (connections += 1))
  await new Promise((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${silent.address().port}/realms/test`
  const verifier = Verifier.connect({ issuer, audience: AUDIENCE, clientId: 'id', clientKey: 'key' })
  await eventually(() => /timed out/.test(verifier.status().problem))
  // One of each kind, and another one for the feed.
  await eventually(() => connections >= 3)
  verifier.close()
  silent.close()
})

test('a new key is fetched once, in one flight', () =>
  withIssuer(async (issuer, verifier) => {
    const before = await issuer.token()
    await issuer.rotate()
    const after = await issuer.token()
    const verdicts = await Promise.all(Array.from({ length: 8 }, () => statusOf(verifier.verify(after))))
    // Not before 30 seconds after the last fetch.
    assert.deepEqual([...new Set(verdicts)], [503])
    assert.equal(await statusOf(verifier.verify(before)), 200)
    for (const letter of 'ABCDEFGH') {
      assert.equal(await statusOf(verifier.verify(`${before.slice(0, -20)}${letter.repeat(20)}`)), 401)
    }
    assert.equal(issuer.requests.filter((path) => path.endsWith('/jwks')).length, 1)
  }))

test('a verifier does not keep its process', async () => {
  await withIssuer(async ({ issuer, clientId, clientKey }) => {
    const settings = JSON.stringify({ issuer, audience: AUDIENCE, clientId, clientKey })
    const url = new URL('../src/index.js', import.meta.url)
    const code = `import { Verifier } from '${url}'
      const verifier = Verifier.connect(${settings})
      console.log(await verifier.whenReady(30_000))`
    const run = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code], { timeout: 60_000 })
    assert.equal(run.stdout, 'true\n')
  })
})

test('an issuer without TLS is refused', () => {
  for (const issuer of ['http://tokens.example.org/realms/a', 'tokens.example.org', 'https://u:p@x/realms/a']) {
    assert.throws(() => new Verifier({ issuer, audience: AUDIENCE, clientId: 'id', clientKey: 'key' }), /https/)
  }
})

test('nothing shows a secret', () =>
  withIssuer(async (issuer, verifier) => {
    const { inspect } = await import('node:util')
    const token = await issuer.token()
    const shown = [inspect(verifier, { depth: 9, showHidden: true }), inspect(await verifier.verify(token))]
    for (const broken of [`${token}x`, `${token.slice(0, -8)}AAAAAAAA`]) {
      const refused = await verifier.verify(broken).catch((error) => error)
      shown.push(inspect(refused), inspect(refused.headers('x')), inspect(refused.body()))
    }
    const all = shown.join()
    assert.ok(!all.includes(issuer.clientKey) && !all.includes(token.slice(-40, -10)))
  }))
