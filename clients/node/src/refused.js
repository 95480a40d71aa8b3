// Why a request is refused, with what its answer must say.

// `status` is 401, 403 or 503; 400 where the request itself is unclear. The message never holds the token.
export class Refused extends Error {
  constructor(status, error, description, { scope, retryAfter } = {}) {
    super(description)
    this.name = 'Refused'
    Object.assign(this, { status, error, description, scope, retryAfter })
  }

  static invalid(description) {
    return new Refused(401, 'invalid_token', description)
  }

  static insufficient(scopes) {
    const scope = scopes.join(' ')
    return new Refused(403, 'insufficient_scope', `the request needs the scope ${scope}`, { scope })
  }

  // Neither active nor inactive: the verifier cannot tell now.
  static undecided(why) {
    return new Refused(503, undefined, `tokens cannot be verified now: ${why}`, { retryAfter: 1 })
  }

  // No token was presented, so there is no error code (RFC 6750 §3.1).
  static missing() {
    return new Refused(401, undefined, 'the request has no bearer token')
  }

  static unclear(description) {
    return new Refused(400, 'invalid_request', description)
  }

  get isUndecided() {
    return this.status === 503
  }

  // Of the answer: `WWW-Authenticate` (RFC 6750 §3, RFC 9728 §5.1) or `Retry-After`.
  headers(resourceMetadata) {
    if (this.isUndecided) return { 'Retry-After': String(this.retryAfter), 'Cache-Control': 'no-store' }
    const parts = {
      error: this.error,
      error_description: this.error && this.description,
      scope: this.scope,
      resource_metadata: resourceMetadata,
    }
    const said = Object.entries(parts).filter(([, value]) => value !== undefined)
    const challenge = `Bearer ${said.map(([name, value]) => `${name}="${value}"`).join(', ')}`.trimEnd()
    return { 'WWW-Authenticate': challenge, 'Cache-Control': 'no-store' }
  }

  // For an answer in JSON. The reason why it cannot tell is for the operator, in `status()`.
  body() {
    return {
      error: this.error ?? (this.isUndecided ? 'temporarily_unavailable' : 'unauthorized'),
      error_description: this.isUndecided ? 'tokens cannot be verified now' : this.description,
    }
  }
}
