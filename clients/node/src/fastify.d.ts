import type { FastifyPluginAsync, preHandlerAsyncHookHandler } from 'fastify'
import type { GuardOptions, Requirement, VerifiedToken, Verifier } from './index.js'

declare module 'fastify' {
  interface FastifyRequest {
    token?: VerifiedToken
  }
}

export interface Guard {
  /** A `preHandler` that admits requests with such a token, as `request.token`. */
  (requirement?: Requirement): preHandlerAsyncHookHandler
  /** A plugin that serves the metadata of the service (RFC 9728). */
  metadata: FastifyPluginAsync
}

export declare function guard(verifier: Verifier, options?: GuardOptions): Guard
