// Asks the server about one token (RFC 7662). Nothing is cached: a cached answer would accept revoked tokens.

import { Endpoint } from './http.js'
import { isWhole, parseStrict } from './json.js'
import { Refused } from './refused.js'
import { covers } from './scopes.js'
import { MAX_TOKEN_BYTES } from './token.js'

const MAX_ANSWER_BYTES = 64 * 1024
// API tokens and personal access tokens.
const OPAQUE = /^clv[ap]_/

export class Introspection {
  #issuer
  #audience
  #endpoint

  constructor(issuer, audience, clientId, clientKey, options) {
    this.#issuer = issuer
    this.#audience = audience
    this.#endpoint = new Endpoint(issuer, clientId, clientKey, { ...options, maxSockets: 16 })
  }

  static isOpaque(token) {
    return OPAQUE.test(token)
  }

  async ask(token, scopes) {
    if (typeof token !== 'string' || token.length > MAX_TOKEN_BYTES) throw Refused.invalid('the token is too long')
    const claims = await this.#claims(token)
    if (claims.active !== true) throw Refused.invalid('the token is not active')
    const verified = this.#verified(claims)
    if (!covers(verified.scopes, scopes)) throw Refused.insufficient(scopes)
    return verified
  }

  close() {
    this.#endpoint.close()
  }

  async #claims(token) {
    let claims
    try {
      const { status, body } = await this.#endpoint.post('/oauth2/introspect', { token }, MAX_ANSWER_BYTES)
      if (status !== 200) throw new Error(`it was answered with ${status}`)
      claims = parseStrict(body)
    } catch (error) {
      throw Refused.undecided(`introspection failed: ${error.message}`)
    }
    if (typeof claims !== 'object' || claims === null) throw Refused.undecided('introspection failed: no object')
    return claims
  }

  // Of an opaque token, times may be absent.
  #verified(claims) {
    const { client_id, jti, aud, scope = '', iat, exp, groups } = claims
    const texts = [client_id, jti, aud, scope].every((one) => typeof one === 'string')
    if (!texts || (aud !== this.#audience && aud !== this.#issuer)) throw Refused.invalid('the token is for another service')
    return Object.freeze({
      clientId: client_id,
      scopes: scope.split(' ').filter(Boolean),
      audience: aud,
      jti,
      issuedAt: isWhole(iat, 0, Number.MAX_SAFE_INTEGER) ? iat : 0,
      expiresAt: isWhole(exp, 0, Number.MAX_SAFE_INTEGER) ? exp : Infinity,
      groups: Array.isArray(groups) ? groups : [],
      realm: this.#issuer.slice(this.#issuer.lastIndexOf('/') + 1),
      claims: { ...claims },
    })
  }
}
