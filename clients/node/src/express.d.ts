import type { RequestHandler } from 'express'
import type { GuardOptions, Requirement, VerifiedToken, Verifier } from './index.js'

declare global {
  namespace Express {
    interface Request {
      token?: VerifiedToken
    }
  }
}

export interface Guard {
  /** A middleware that admits requests with such a token, as `request.token`. */
  (requirement?: Requirement): RequestHandler
  /** A middleware that serves the metadata of the service (RFC 9728). */
  metadata: RequestHandler
}

export declare function guard(verifier: Verifier, options?: GuardOptions): Guard
