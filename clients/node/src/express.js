// Express. A function that makes a middleware for each requirement; `metadata` serves the metadata of the service.

import { Protection } from './guard.js'
import { requirement } from './scopes.js'

export function guard(verifier, options) {
  const protection = new Protection(verifier, options)
  const protect = (wanted) => {
    const scopes = requirement(wanted)
    return async (request, response, next) => {
      let decided
      try {
        decided = await protection.decide(request, scopes)
      } catch (error) {
        next(error)
        return
      }
      const { token, refused } = decided
      if (refused !== undefined) {
        response.status(refused.status).set(refused.headers).json(refused.body)
        return
      }
      request.token = token
      next()
    }
  }
  protect.metadata = (request, response, next) => {
    if (request.method === 'GET' && request.path === protection.metadataPath) response.json(protection.metadata)
    else next()
  }
  return protect
}
