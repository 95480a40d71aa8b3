// Express and Fastify: the same requests, the same answers (RFC 6750, RFC 9728); and the way past the lease.

import assert from 'node:assert/strict'
import http from 'node:http'
import { after, before, describe, test } from 'node:test'
import express from 'express'
import fastify from 'fastify'
import { guard as expressGuard } from '../src/express.js'
import { guard as fastifyGuard } from '../src/fastify.js'
import { Verifier } from '../src/index.js'
import { Issuer } from '../src/testing.js'
import { AUDIENCE, statusOf } from './conditions.js'

const METADATA = 'resource_metadata="https://builds.example.org/.well-known/oauth-protected-resource"'
const CLIENT = '0197f2a0-0000-7000-8000-000000000001'

// Each resolves to {port, close}.
const frameworks = {
  async express(verifier, options) {
    const guard = expressGuard(verifier, { scopes: ['ci:read'], ...options })
    const app = express()
    app.use(guard.metadata)
    app.get('/builds', guard('ci:read'), (request, response) => response.json({ client: request.token.clientId }))
    const server = http.createServer(app)
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
    return { port: server.address().port, close: () => server.close() }
  },
  async fastify(verifier, options) {
    const guard = fastifyGuard(verifier, { scopes: ['ci:read'], ...options })
    const app = fastify()
    app.register(guard.metadata)
    app.get('/builds', { preHandler: guard('ci:read') }, async (request) => ({ client: request.token.clientId }))
    await app.listen({ port: 0, host: '127.0.0.1' })
    return { port: app.server.address().port, close: () => app.close() }
  },
}

function send(port, path, authorization) {
  return new Promise((resolve, reject) => {
    const headers = authorization === undefined ? {} : { Authorization: authorization }
    const request = http.get({ port, host: '127.0.0.1', path, headers, agent: false }, async (response) => {
      let body = ''
      for await (const chunk of response) body += chunk
      resolve({ status: response.statusCode, headers: response.headers, body: JSON.parse(body) })
    })
    request.on('error', reject)
  })
}

for (const [name, serve] of Object.entries(frameworks)) {
  describe(name, () => {
    let [issuer, verifier, app] = []
    before(async () => {
      issuer = await Issuer.start(AUDIENCE)
      verifier = await issuer.verifier()
      app = await serve(verifier)
    })
    after(async () => {
      await app.close()
      verifier.close()
      await issuer.close()
    })
    const builds = (authorization) => send(app.port, '/builds', authorization)

    test('an active token with the scope is admitted', async () => {
      for (const scope of ['ci:read', 'ci:read-update', 'tool ci:read']) {
        for (const scheme of ['Bearer', 'bearer']) {
          const answer = await builds(`${scheme} ${await issuer.token(scope, { clientId: CLIENT })}`)
          assert.deepEqual([answer.status, answer.body], [200, { client: CLIENT }])
        }
      }
    })

    test('refusals say what RFC 6750 says', async () => {
      for (const authorization of [undefined, 'Basic YTpi', '']) {
        const { status, headers } = await builds(authorization)
        assert.deepEqual([status, headers['www-authenticate']], [401, `Bearer ${METADATA}`])
      }
      const revoked = await issuer.token('ci:read')
      await issuer.revoke(revoked)
      for (const token of [revoked, `${revoked.slice(0, -8)}AAAAAAAA`, 'x', await issuer.token('ci:read', { exp: 1 })]) {
        const { status, headers, body } = await builds(`Bearer ${token}`)
        assert.equal(status, 401)
        assert.match(headers['www-authenticate'], /^Bearer error="invalid_token", error_description="/)
        assert.ok(headers['www-authenticate'].endsWith(METADATA))
        assert.deepEqual([body.error, headers['cache-control']], ['invalid_token', 'no-store'])
      }
      const lacking = await builds(`Bearer ${await issuer.token('source:read')}`)
      assert.equal(lacking.status, 403)
      assert.match(lacking.headers['www-authenticate'], /^Bearer error="insufficient_scope".*scope="ci:read"/)
      for (const unclear of ['Bearer a b', 'Bearer', 'Bearer a"b', ['Bearer a', 'Bearer b']]) {
        const { status, headers } = await builds(unclear)
        assert.equal(status, 400, String(unclear))
        assert.match(headers['www-authenticate'], /^Bearer error="invalid_request"/)
      }
    })

    test('metadata of the service is served', async () => {
      const { status, body } = await send(app.port, '/.well-known/oauth-protected-resource')
      assert.equal(status, 200)
      assert.deepEqual(body, {
        resource: AUDIENCE,
        authorization_servers: [issuer.issuer],
        bearer_methods_supported: ['header'],
        scopes_supported: ['ci:read'],
      })
    })

    test('undecided is 503, unless the server may be asked', async () => {
      const unattached = new Verifier(issuer)
      const [strict, asking] = [await serve(unattached), await serve(unattached, { introspect: true })]
      const token = await issuer.token('ci:read')
      const { status, headers, body } = await send(strict.port, '/builds', `Bearer ${token}`)
      assert.deepEqual([status, headers['retry-after'], headers['www-authenticate']], [503, '1', undefined])
      assert.deepEqual(body, { error: 'temporarily_unavailable', error_description: 'tokens cannot be verified now' })
      assert.equal((await send(asking.port, '/builds', `Bearer ${token}`)).status, 200)
      await issuer.revoke(token)
      assert.equal((await send(asking.port, '/builds', `Bearer ${token}`)).status, 401)
      unattached.close()
      await strict.close()
      await asking.close()
    })
  })
}

test('introspection is for what the verifier cannot tell, and refuses when it fails', async () => {
  const issuer = await Issuer.start(AUDIENCE)
  const verifier = await issuer.verifier()
  const asked = () => issuer.requests.filter((path) => path.endsWith('/introspect')).length
  const token = await issuer.token('ci:read')
  assert.equal(await statusOf(verifier.verifyOrIntrospect(token, 'ci:read')), 200)
  assert.equal(await statusOf(verifier.verifyOrIntrospect(token, 'ci:read-update')), 403)
  assert.equal(await statusOf(verifier.verifyOrIntrospect(`${token}x`)), 401)
  assert.equal(asked(), 0)
  assert.equal(await statusOf(verifier.verifyOrIntrospect(`clva_${'0'.repeat(38)}`)), 401)
  assert.equal(asked(), 1)
  const unattached = new Verifier(issuer)
  for (const answer of ['', '[]', '{"active":"true"}', '{"active":true}', '{"active":true,"active":true}', 'null']) {
    issuer.introspect = async () => Buffer.from(answer)
    assert.ok([401, 503].includes(await statusOf(unattached.verifyOrIntrospect(token))), answer)
  }
  const wrong = new Verifier({ ...issuer, issuer: issuer.issuer, clientKey: 'wrong' })
  assert.equal(await statusOf(wrong.verifyOrIntrospect(token)), 503)
  await issuer.close()
  assert.equal(await statusOf(unattached.verifyOrIntrospect(token)), 503)
  for (const one of [verifier, unattached, wrong]) one.close()
})

test('the path of the resource is in the address of its metadata', () => {
  const verifier = new Verifier({ issuer: 'https://tokens.example.org/realms/a', audience: 'urn:builds', clientId: 'a', clientKey: 'b' })
  for (const resource of [undefined, 'builds', 'https://example.org/?a=b']) {
    assert.throws(() => expressGuard(verifier, { resource }), /resource/)
  }
  let served
  expressGuard(verifier, { resource: 'https://example.org/api/builds' }).metadata(
    { method: 'GET', path: '/.well-known/oauth-protected-resource/api/builds' },
    { json: (value) => (served = value) },
  )
  assert.equal(served.resource, 'https://example.org/api/builds')
  assert.throws(() => expressGuard(verifier, { resource: 'https://example.org' })('ci:*'), /is no scope/)
})
