import type { Verifier } from './index.js'

/** For the tests of services: an issuer on the loopback interface. It checks nobody's rights. */
export declare class Issuer {
  readonly issuer: string
  readonly audience: string
  readonly clientId: string
  readonly clientKey: string
  /** Listens when it resolves. */
  static start(audience: string, realm?: string): Promise<Issuer>
  close(): Promise<void>
  /** Follows this issuer, and is ready. */
  verifier(): Promise<Verifier>
  /** A signed token. The changes replace claims. */
  token(scope?: string, changes?: { clientId?: string; [claim: string]: unknown }): Promise<string>
  /** Ends one token, and waits until the verifiers that are attached have learned of it. */
  revoke(token: string, waitMs?: number): Promise<void>
  /** Ends every token that the client has got. */
  revokeClient(clientId: string, waitMs?: number): Promise<void>
  /** Signs with a new key from now on, and publishes both. */
  rotate(): Promise<void>
}
