/** Verifies access tokens of Claviger offline, and learns of revocations before they are acknowledged. */

/** Scopes that are all required, in a list or separated by spaces. Without any, an active token suffices. */
export type Requirement = string | readonly string[] | undefined

export interface Settings {
  /** The `public_url`, `/realms/` and the realm. `https`, except on the loopback interface. */
  issuer: string
  audience: string
  /** Of the resource server with this audience. */
  clientId: string
  clientKey: string
  /** Certificate authorities in PEM, instead of those of Node. */
  ca?: string | Buffer | Array<string | Buffer>
}

/** Active when it was checked. It does not hold the token itself. */
export interface VerifiedToken {
  readonly clientId: string
  readonly scopes: readonly string[]
  readonly audience: string
  readonly jti: string
  /** Epoch seconds. */
  readonly issuedAt: number
  /** Epoch seconds. */
  readonly expiresAt: number
  readonly groups: readonly string[]
  readonly realm: string
  readonly claims: Readonly<Record<string, unknown>>
}

/** What an operator asks for. It holds no secret. */
export interface Status {
  /** Whether tokens are decided offline now. */
  ready: boolean
  /** The random id of this process at the feed. */
  instance: string
  cluster: string | undefined
  position: number | undefined
  /** How many revocations are held. */
  entries: number
  /** How long the set may still be trusted. */
  leaseMs: number
  /** Why the last answer of the feed was not applied. */
  problem: string | undefined
  /** The ids of the keys that are held. */
  keys: string[]
  keyProblem: string | undefined
}

/** One for each process is enough. */
export declare class Verifier {
  readonly issuer: string
  readonly audience: string
  constructor(settings: Settings)
  /** Follows the feed, and returns at once: while the server is down, everything is 503. */
  static connect(settings: Settings): Verifier
  /** Resolves to whether tokens can be decided within the time; 5 seconds if absent. */
  whenReady(milliseconds?: number): Promise<boolean>
  /** Does no IO. Rejects with {@link Refused} unless the token is active and covers the scopes. */
  verify(token: string, requirement?: Requirement): Promise<VerifiedToken>
  /** Asks the server where `verify` cannot tell: after the lease, and for opaque tokens. Takes seconds at most. */
  verifyOrIntrospect(token: string, requirement?: Requirement): Promise<VerifiedToken>
  status(): Status
  /** Stops to follow. */
  close(): void
}

export declare class Refused extends Error {
  /** 400 where the request itself is unclear. */
  readonly status: 400 | 401 | 403 | 503
  /** Undefined without a token, and for 503. */
  readonly error: 'invalid_request' | 'invalid_token' | 'insufficient_scope' | undefined
  readonly description: string
  /** The scopes that the request needs, for 403. */
  readonly scope: string | undefined
  /** Seconds, for 503. */
  readonly retryAfter: number | undefined
  readonly isUndecided: boolean
  /** `WWW-Authenticate` (RFC 6750 §3, RFC 9728 §5.1) or `Retry-After`. */
  headers(resourceMetadata?: string): Record<string, string>
  body(): { error: string; error_description: string }
}

export interface GuardOptions {
  /** The URL of the service; its audience if absent. */
  resource?: string
  /** For the metadata of the service. */
  scopes?: readonly string[]
  /** Whether the server is asked where the verifier cannot tell. */
  introspect?: boolean
}
