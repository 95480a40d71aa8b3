// Compiled, never run: the declarations say what the code does.

import express from 'express'
import fastify from 'fastify'
import { Refused, Verifier, type VerifiedToken } from '@claviger/verifier'
import { guard as expressGuard } from '@claviger/verifier/express'
import { guard as fastifyGuard } from '@claviger/verifier/fastify'
import { Issuer } from '@claviger/verifier/testing'

const issuer = await Issuer.start('https://builds.example.org')
const verifier: Verifier = Verifier.connect(issuer)
const token: VerifiedToken = await verifier.verify(await issuer.token('ci:read'), ['ci:read'])
const scopes: readonly string[] = token.scopes
console.log(scopes, verifier.status().leaseMs)

const protectExpress = expressGuard(verifier, { scopes: ['ci:read'] })
express()
  .use(protectExpress.metadata)
  .get('/builds', protectExpress('ci:read'), (request, response) => {
    response.json({ caller: request.token?.clientId })
  })

const protectFastify = fastifyGuard(verifier, { introspect: true })
const app = fastify()
app.register(protectFastify.metadata)
app.get('/builds', { preHandler: protectFastify('ci:read') }, async (request) => request.token?.clientId)

try {
  await verifier.verifyOrIntrospect('x')
} catch (error) {
  if (error instanceof Refused) console.log(error.status === 503 ? error.retryAfter : error.scope)
}

// @ts-expect-error: a requirement is no number
await verifier.verify('x', 1)
// @ts-expect-error: the key is missing
Verifier.connect({ issuer: '', audience: '', clientId: '' })
