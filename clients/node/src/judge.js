// Decides on a token: its own form and signature, then the lease, the revocations and the scopes, in this order.

import { Feed, isTrusted } from './feed.js'
import { Refused } from './refused.js'
import { covers } from './scopes.js'
import { LEEWAY_SECONDS, Malformed, parseToken } from './token.js'

export class Judge {
  // `clocks` has bootMs() and wall(), the latter in epoch seconds.
  constructor(issuer, audience, keys, clocks) {
    Object.assign(this, { issuer, audience, keys, clocks, feed: new Feed() })
    this.realm = issuer.slice(issuer.lastIndexOf('/') + 1)
  }

  // Rejects with `Refused` unless the token is active and covers the scopes.
  async judge(text, scopes) {
    const token = await this.#signed(text)
    const wall = this.clocks.wall()
    this.#checkTimes(token.claims, wall)
    const pair = this.feed.pair
    if (pair === undefined) throw Refused.undecided(this.feed.problem ?? 'there is no set of revocations')
    const ended = pair.revocations.end(token, wall)
    const verified = verifiedToken(token.claims)
    const covered = covers(verified.scopes, scopes)
    // After the evaluation, and against the lease of the very set that was used.
    if (!isTrusted(pair, this.clocks.bootMs(), wall)) throw Refused.undecided(this.feed.problem ?? 'the lease is over')
    if (ended) throw Refused.invalid('the token was revoked')
    if (!covered) throw Refused.insufficient(scopes)
    return verified
  }

  async #signed(text) {
    let token
    try {
      token = parseToken(text)
    } catch (error) {
      if (error instanceof Malformed) throw Refused.invalid(`the token is malformed: ${error.message}`)
      throw error
    }
    this.#checkClaims(token.claims)
    const key = this.keys.find(token.kid, this.clocks.bootMs())
    if (key === 'unknown') throw Refused.undecided(this.keys.problem ?? 'the key of the token is not known yet')
    if (key === 'absent' || !(await key.verifies(token))) throw Refused.invalid('the signature of the token is not valid')
    return token
  }

  #checkClaims({ iss, realm, aud, sub, client_id, exp, iat }) {
    if (iss !== this.issuer || realm !== this.realm) throw Refused.invalid('the token is of another issuer')
    if (aud !== this.audience && aud !== this.issuer) throw Refused.invalid('the token is for another service')
    if (sub !== client_id) throw Refused.invalid('the subject of the token is not its client')
    this.#checkTimes({ exp, iat }, this.clocks.wall())
  }

  #checkTimes({ exp, iat }, wall) {
    if (wall >= exp) throw Refused.invalid('the token has expired')
    if (iat > wall + LEEWAY_SECONDS) throw Refused.invalid('the token is not valid yet')
  }
}

// It does not hold the token itself.
export function verifiedToken(claims) {
  return Object.freeze({
    clientId: claims.client_id,
    scopes: claims.scope ? claims.scope.split(' ') : [],
    audience: claims.aud,
    jti: claims.jti,
    issuedAt: claims.iat,
    expiresAt: claims.exp,
    groups: claims.groups ?? [],
    realm: claims.realm,
    claims: { ...claims },
  })
}
