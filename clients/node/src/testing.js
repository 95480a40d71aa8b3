// For the tests of services: an issuer on the loopback interface, with tokens and revocations but without a database.
// Never use it for more: it checks nobody's rights.

import { randomBytes, randomUUID } from 'node:crypto'
import http from 'node:http'
import { calculateJwkThumbprint, decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose'
import { Verifier } from './verifier.js'

const now = () => Math.floor(Date.now() / 1_000)

export class Issuer {
  clientId = randomUUID()
  clientKey = randomBytes(16).toString('base64url')
  cluster = randomUUID()
  // Longer than that of a server, so that no lease ends on a machine that is busy with tests.
  leaseMs = 60_000
  // How long a request of the feed may wait for news.
  holdMs = 1_000
  position = 100
  // {position, entry}
  log = []
  // Verifier → {position, heardAt}
  acknowledged = new Map()
  requests = []
  #keys = []
  #server
  #waiting = new Set()

  constructor(audience, realm = 'test') {
    this.audience = audience
    this.realm = realm
  }

  // Listens when it resolves.
  static async start(audience, realm) {
    const issuer = new this(audience, realm)
    await issuer.rotate()
    await issuer.open(0)
    return issuer
  }

  async open(port = this.port) {
    this.#server = http.createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy())
    })
    await new Promise((resolve) => this.#server.listen(port, '127.0.0.1', resolve))
    this.port = this.#server.address().port
    this.issuer = `http://127.0.0.1:${this.port}/realms/${this.realm}`
  }

  async close() {
    this.#wake()
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await closed
  }

  // Follows this issuer, and is ready.
  async verifier() {
    const { issuer, audience, clientId, clientKey } = this
    const verifier = Verifier.connect({ issuer, audience, clientId, clientKey })
    if (!(await verifier.whenReady(30_000))) throw new Error(`the verifier did not get ready: ${verifier.status().problem}`)
    return verifier
  }

  // A signed token. `changes` replace claims; undefined removes one.
  async token(scope, { clientId = randomUUID(), ...changes } = {}) {
    const iat = now()
    const claims = {
      iss: this.issuer,
      sub: clientId,
      client_id: clientId,
      aud: this.audience,
      iat,
      exp: iat + 900,
      jti: randomBytes(16).toString('base64url'),
      scope,
      realm: this.realm,
      pos: this.position,
      ...changes,
    }
    const { kid, privateKey } = this.#keys.at(-1)
    return new SignJWT(claims).setProtectedHeader({ typ: 'at+jwt', alg: 'ES256', kid }).sign(privateKey)
  }

  // Ends one token, and waits until the verifiers that are attached have learned of it.
  async revoke(token, waitMs) {
    await this.end({ kind: 'token', jti: decodeJwt(token).jti }, waitMs)
  }

  // Ends every token that the client has got.
  async revokeClient(clientId, waitMs) {
    await this.end({ kind: 'credential', client_id: clientId, before: this.position + 1 }, waitMs)
  }

  // Adds an entry to the feed.
  async end(entry, waitMs = 30_000) {
    this.position += 1
    this.log.push({ position: this.position, entry: { forget_after: now() + 86_460, ...entry } })
    const reached = this.position
    const end = performance.now() + waitMs
    this.#wake()
    // Whoever was silent for a lease trusts its set no more.
    const isAwaited = ({ position, heardAt }) =>
      position < reached && heardAt > performance.now() - this.leaseMs * 1.01 - 50
    while ([...this.acknowledged.values()].some(isAwaited)) {
      if (performance.now() > end) throw new Error('a verifier has not learned of the revocation')
      await this.#news(100)
    }
  }

  // Signs with a new key from now on, and publishes both.
  async rotate() {
    const { publicKey, privateKey } = await generateKeyPair('ES256')
    const jwk = await exportJWK(publicKey)
    const kid = await calculateJwkThumbprint(jwk)
    this.#keys.push({ kid, publicKey, privateKey, jwk: { ...jwk, use: 'sig', alg: 'ES256', kid } })
  }

  // Of the feed, to a request that waited for its time.
  answer({ nonce }, after) {
    return {
      cluster: this.cluster,
      position: this.position,
      nonce,
      lease_ms: this.leaseMs,
      complete: after === undefined,
      next: null,
      entries: this.log.filter(({ position }) => position > (after ?? 0)).map(({ entry }) => entry),
    }
  }

  // Active unless its own or its client's end is in the log.
  async introspect(token) {
    try {
      const { kid } = decodeProtectedHeader(token)
      const { payload } = await jwtVerify(token, this.#keys.find((key) => key.kid === kid).publicKey)
      const ends = ({ jti, client_id, before }) =>
        jti === payload.jti || (client_id === payload.client_id && payload.pos < before)
      return this.log.some(({ entry }) => ends(entry)) ? { active: false } : { active: true, ...payload }
    } catch {
      return { active: false }
    }
  }

  async #answer(request, response) {
    const url = new URL(request.url, 'http://127.0.0.1')
    this.requests.push(url.pathname)
    let body = ''
    for await (const chunk of request) body += chunk
    const [status, value] = await this.#route(request, url, body)
    const data = Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value))
    response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', 'Content-Length': data.length })
    response.end(data)
  }

  async #route({ headers }, { pathname, searchParams }, body) {
    if (pathname.endsWith('/oauth2/jwks')) return [200, { keys: this.#keys.map(({ jwk }) => jwk) }]
    const pair = Buffer.from(`${this.clientId}:${this.clientKey}`).toString('base64')
    if (headers.authorization !== `Basic ${pair}`) return [401, { error: 'invalid_client' }]
    if (pathname.endsWith('/oauth2/introspect')) return [200, await this.introspect(new URLSearchParams(body).get('token'))]
    if (pathname.endsWith('/revocations')) return [200, await this.#feed(Object.fromEntries(searchParams))]
    return [404, {}]
  }

  async #feed(query) {
    const after = query.cluster === this.cluster ? Number(query.after) : undefined
    this.acknowledged.set(query.verifier, { position: after ?? 0, heardAt: performance.now() })
    this.#wake()
    const end = performance.now() + this.holdMs
    while (after !== undefined && this.position <= after && performance.now() < end) {
      await this.#news(end - performance.now())
    }
    return this.answer(query, after)
  }

  #wake() {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const wake of waiting) wake()
  }

  #news(milliseconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds)
      this.#waiting.add(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }
}
