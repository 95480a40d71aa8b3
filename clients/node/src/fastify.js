// Fastify. A function that makes a `preHandler` for each requirement; `metadata` is a plugin that serves the metadata.

import { Protection } from './guard.js'
import { requirement } from './scopes.js'

export function guard(verifier, options) {
  const protection = new Protection(verifier, options)
  const protect = (wanted) => {
    const scopes = requirement(wanted)
    return async (request, reply) => {
      const { token, refused } = await protection.decide(request.raw, scopes)
      if (refused !== undefined) return reply.code(refused.status).headers(refused.headers).send(refused.body)
      request.token = token
    }
  }
  protect.metadata = async (app) => {
    app.get(protection.metadataPath, async () => protection.metadata)
  }
  return protect
}
