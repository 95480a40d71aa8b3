// The realm's public keys: which of a key set are usable, and when the set is fetched again. Times are of the boot clock.

import { compactVerify, importJWK } from 'jose'
import { NotStrict, parseStrict } from './json.js'
import { decode } from './token.js'

export const FETCH_INTERVAL_MS = 30_000
export const MAX_AGE_MS = 300_000
export const MAX_SET_BYTES = 256 * 1024
const MAX_KEYS = 100
const MAX_UNKNOWN = 1_024
const TYPES = { ES256: ['EC', 'P-256'], EdDSA: ['OKP', 'Ed25519'], RS256: ['RSA'], PS256: ['RSA'] }
// RFC 7638 with SHA-256.
const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/

// Verifies with the one algorithm that the key set names for it.
class PublicKey {
  constructor(alg, key) {
    Object.assign(this, { alg, key })
  }

  static async from(jwk) {
    const { kty, use, alg, crv, x, y, n, e } = jwk
    const [type, curve] = Object.hasOwn(TYPES, alg) ? TYPES[alg] : []
    if (type === undefined || kty !== type || use !== 'sig' || crv !== curve || 'd' in jwk) throw new TypeError('not ours')
    if (type === 'RSA' && decode(n).length < 256) throw new TypeError('too short')
    if (type === 'EC' && [x, y].some((part) => decode(part).length !== 32)) throw new TypeError('of the wrong length')
    const members = { kty, crv, x, y, n, e }
    const given = Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
    return new PublicKey(alg, await importJWK(given, alg))
  }

  async verifies({ alg, token }) {
    if (alg !== this.alg) return false
    try {
      await compactVerify(token, this.key, { algorithms: [this.alg] })
      return true
    } catch {
      return false
    }
  }
}

// Skips keys that it cannot use (RFC 7517 §5). Fails without a usable one.
export async function parseKeySet(bytes) {
  const listed = parseStrict(bytes)?.keys
  if (!Array.isArray(listed)) throw new NotStrict('not a key set')
  const keys = new Map()
  for (const jwk of listed.slice(0, MAX_KEYS)) {
    try {
      if (typeof jwk.kid === 'string') keys.set(jwk.kid, await PublicKey.from(jwk))
    } catch {
      continue
    }
  }
  if (keys.size === 0) throw new NotStrict('a key set without a usable key')
  return keys
}

export class KeyStore {
  keys = new Map()
  problem = undefined
  // Called when a key is wanted that is not there.
  onWanted = () => {}
  #attemptedAt = undefined
  #fetchedAt = 0
  #failures = 0
  // Asked for, and not looked for in a set that was fetched since.
  #wanted = new Set()
  // Absent from a set that was fetched since they were asked for; with the time of that.
  #absent = new Map()

  // The key; else 'unknown' if it may still be published, 'absent' if it is known not to be.
  find(kid, now) {
    const key = this.keys.get(kid)
    if (key !== undefined) return key
    if (!THUMBPRINT.test(kid)) return 'absent'
    const absentSince = this.#absent.get(kid)
    if (absentSince !== undefined && now - absentSince < MAX_AGE_MS) return 'absent'
    if (!this.#wanted.has(kid)) {
      if (this.#wanted.size >= MAX_UNKNOWN) return 'absent'
      this.#wanted.add(kid)
      this.onWanted()
    }
    return 'unknown'
  }

  // How long until the set may and should be fetched.
  dueInMs(now) {
    if (this.#attemptedAt === undefined) return 0
    const since = now - this.#attemptedAt
    if (this.keys.size === 0) return Math.max(0, Math.min(250 * 2 ** this.#failures, 5_000) - since)
    const interval = FETCH_INTERVAL_MS - since
    return Math.max(0, this.#wanted.size > 0 ? interval : Math.max(interval, MAX_AGE_MS - (now - this.#fetchedAt)))
  }

  // The unknown ids that this fetch looks for.
  beginFetch(now) {
    this.#attemptedAt = now
    return [...this.#wanted]
  }

  // A failed fetch evicts nothing. `answer` is the bytes of the set, or an Error.
  async finishFetch(sought, answer, now) {
    let keys
    try {
      if (answer instanceof Error) throw answer
      keys = await parseKeySet(answer)
    } catch (error) {
      this.#failures += 1
      this.problem = error.message
      return
    }
    this.keys = keys
    this.problem = undefined
    this.#fetchedAt = now
    this.#failures = 0
    for (const kid of sought) {
      this.#wanted.delete(kid)
      this.#absent.delete(kid)
      if (!keys.has(kid)) this.#absent.set(kid, now)
    }
    for (const kid of this.#absent.keys()) {
      if (this.#absent.size <= MAX_UNKNOWN) break
      this.#absent.delete(kid)
    }
  }
}
