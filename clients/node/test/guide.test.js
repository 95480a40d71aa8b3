// The code of the guide runs as printed.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Issuer } from '../src/testing.js'
import { AUDIENCE } from './conditions.js'

const GUIDE = readFileSync(new URL('../../../docs/guides/protect-a-service-node.md', import.meta.url), 'utf8')
const BLOCKS = Object.fromEntries([...GUIDE.matchAll(/```js (\S+)\n(.*?)```/gs)].map(([, name, code]) => [name, code]))
const CLIENT = '0197f2a0-0000-7000-8000-000000000001'

describe('the guide', () => {
  // Below the package, so that its name is found.
  const folder = mkdtempSync(fileURLToPath(new URL('../.guide-', import.meta.url)))
  let [issuer, verifier, tokens] = []

  before(async () => {
    for (const [name, code] of Object.entries(BLOCKS)) writeFileSync(`${folder}/${name}`, code)
    issuer = await Issuer.start(AUDIENCE)
    process.env.CLAVIGER_ISSUER = issuer.issuer
    process.env.CLAVIGER_AUDIENCE = AUDIENCE
    process.env.CLAVIGER_CLIENT_ID = issuer.clientId
    process.env.CLAVIGER_CLIENT_KEY = issuer.clientKey
    ;({ verifier } = await import(`${folder}/verifier.js`))
    assert.ok(await verifier.whenReady(30_000))
    const revoked = await issuer.token('ci:read')
    await issuer.revoke(revoked)
    tokens = [
      [200, await issuer.token('ci:read', { clientId: CLIENT })],
      [403, await issuer.token('source:read')],
      [401, revoked],
    ]
  })
  after(async () => {
    verifier.close()
    await issuer.close()
    rmSync(folder, { recursive: true })
  })

  async function check(port) {
    for (const [status, token] of tokens) {
      const answer = await fetch(`http://127.0.0.1:${port}/builds`, { headers: { Authorization: `Bearer ${token}` } })
      assert.equal(answer.status, status)
      const body = await answer.json()
      if (status === 200) assert.deepEqual(body, { caller: CLIENT })
    }
    assert.ok((await fetch(`http://127.0.0.1:${port}/.well-known/oauth-protected-resource`)).ok)
  }

  test('has a file for each block', () => {
    assert.equal(GUIDE.split('```').length - 1, 2 * Object.keys(BLOCKS).length)
    assert.deepEqual(Object.keys(BLOCKS).sort(), [
      'service.test.js', 'verifier.js', 'with-express.js', 'with-fastify.js', 'without-framework.js',
    ])
  })

  test('protects a service in Express', async () => {
    const { app } = await import(`${folder}/with-express.js`)
    const server = http.createServer(app)
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      await check(server.address().port)
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })

  test('protects a service in Fastify', async () => {
    const { app } = await import(`${folder}/with-fastify.js`)
    await app.listen({ port: 0, host: '127.0.0.1' })
    try {
      await check(app.server.address().port)
    } finally {
      app.server.closeAllConnections()
      await app.close()
    }
  })

  test('protects a service without a framework', async () => {
    const { answer } = await import(`${folder}/without-framework.js`)
    for (const [status, token] of tokens) {
      const { status: found, headers, text } = await answer(token)
      assert.equal(found, status)
      assert.equal('WWW-Authenticate' in headers, status !== 200)
      if (status === 200) assert.equal(text, CLIENT)
    }
  })

  test('tests a service', async () => {
    const run = await promisify(execFile)(process.execPath, [`${folder}/service.test.js`], {
      timeout: 60_000,
      env: { ...process.env, NODE_TEST_CONTEXT: undefined },
    })
    assert.match(run.stdout, /pass 1\b/)
  })
})
