// What the adapters share: the token of a request, and the metadata of the service (RFC 9728).

import { Refused } from './refused.js'
import { requirement } from './scopes.js'

const WELL_KNOWN = '/.well-known/oauth-protected-resource'
// RFC 6750 §2.1.
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/

export class Protection {
  #check

  constructor(verifier, { resource = verifier.audience, scopes = [], introspect = false } = {}) {
    const url = URL.canParse(resource) ? new URL(resource) : undefined
    if (url === undefined || !['https:', 'http:'].includes(url.protocol) || url.search || url.hash) {
      throw new TypeError(`resource: ${JSON.stringify(resource)} is no URL; name the service's own`)
    }
    this.#check = (token, wanted) => (introspect ? verifier.verifyOrIntrospect(token, wanted) : verifier.verify(token, wanted))
    // Where the document is, below the host (RFC 9728 §3.1).
    this.metadataPath = WELL_KNOWN + url.pathname.replace(/\/+$/, '')
    this.metadataUrl = url.origin + this.metadataPath
    this.metadata = {
      resource,
      authorization_servers: [verifier.issuer],
      bearer_methods_supported: ['header'],
      ...(scopes.length > 0 ? { scopes_supported: requirement(scopes) } : {}),
    }
  }

  // `request` is Node's own. Resolves to {token} or to {refused: {status, headers, body}}.
  async decide(request, scopes) {
    try {
      return { token: await this.#check(bearerToken(request), scopes) }
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      return { refused: { status: error.status, headers: error.headers(this.metadataUrl), body: error.body() } }
    }
  }
}

function bearerToken({ rawHeaders }) {
  const values = rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1].toLowerCase() === 'authorization')
  if (values.length > 1) throw Refused.unclear('the request has several Authorization headers')
  const [scheme, ...rest] = (values[0] ?? '').trim().split(' ')
  if (scheme.toLowerCase() !== 'bearer') throw Refused.missing()
  const token = rest.join(' ').trim()
  if (!TOKEN.test(token)) throw Refused.unclear('the bearer token is malformed')
  return token
}
