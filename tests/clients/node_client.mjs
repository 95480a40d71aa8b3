// openid-client and jose: discovery, token, verification, introspection, revocation, refusal, as story.py tells them.
//
// Standard input holds the same JSON document, standard output the same lines, none of which holds a key or a token.

import assert from 'node:assert/strict'
import { webcrypto } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import * as oauth from 'openid-client'

// Node 18, which Debian 12 has, keeps it out of sight, and both libraries look for it there
globalThis.crypto ??= webcrypto

const METHODS = { client_secret_basic: oauth.ClientSecretBasic, client_secret_post: oauth.ClientSecretPost }
const BASIC = 'client_secret_basic'
const POST = 'client_secret_post'

const secrets = []
let step = 'input'

function say(ok, facts) {
  let line = JSON.stringify({ client: 'openid-client', step, ok, ...facts })
  for (const secret of secrets) line = line.replaceAll(secret, '[secret]')
  console.log(line)
}

async function walk(given) {
  const { client_id, client_key, resource_server, scope } = given
  const issuer = `${given.base_url.replace(/\/$/, '')}/realms/${given.realm}`
  // right in form and length, one character off
  const wrong_key = client_key.slice(0, -1) + (client_key.endsWith('0') ? '1' : '0')
  secrets.push(client_key, wrong_key, resource_server.client_key)

  /** A configuration as openid-client makes it: the metadata, and who speaks by which method. */
  const discover = (id, key, method) =>
    oauth.discovery(new URL(issuer), id, key, METHODS[method](key), {
      algorithm: 'oauth2',
      execute: issuer.startsWith('http:') ? [oauth.allowInsecureRequests] : [],
    })
  const everyMethod = async (id, key) => ({
    [BASIC]: await discover(id, key, BASIC),
    [POST]: await discover(id, key, POST),
  })

  step = 'discover'
  const client = await everyMethod(client_id, client_key)
  const resourceServer = await everyMethod(resource_server.client_id, resource_server.client_key)
  const metadata = client[BASIC].serverMetadata()
  const expected = {
    issuer,
    token_endpoint: `${issuer}/oauth2/token`,
    introspection_endpoint: `${issuer}/oauth2/introspect`,
    revocation_endpoint: `${issuer}/oauth2/revoke`,
    jwks_uri: `${issuer}/oauth2/jwks`,
    response_types_supported: [],
  }
  for (const [member, value] of Object.entries(expected)) assert.deepEqual(metadata[member], value, member)
  assert.equal(metadata.supportsPKCE(), false, 'PKCE belongs to an authorization endpoint, which is not there')
  const openid = await oauth.discovery(new URL(issuer), client_id, client_key, undefined, {
    algorithm: 'oidc',
    execute: issuer.startsWith('http:') ? [oauth.allowInsecureRequests] : [],
  })
  assert.deepEqual(openid.serverMetadata().subject_types_supported, ['public'])
  assert.deepEqual(openid.serverMetadata().id_token_signing_alg_values_supported, ['ES256', 'RS256'])
  say(true, { issuer, versions: await versions('openid-client', 'jose') })

  step = 'token'
  const token = async (method, resource) => {
    const answer = await oauth.clientCredentialsGrant(client[method], { scope, ...(resource && { resource }) })
    secrets.push(answer.access_token)
    assert.equal(answer.token_type, 'bearer', 'token_type, which the library puts in lower case')
    assert.ok(Number.isInteger(answer.expires_in) && answer.expires_in > 0, 'expires_in is no positive integer')
    assert.deepEqual(words(answer.scope), words(scope), 'scope of the answer')
    assert.equal('refresh_token' in answer, false, 'there is a refresh token')
    say(true, {
      method,
      resource: resource ?? null,
      token_type: answer.token_type,
      expires_in: answer.expires_in,
      scope: answer.scope ?? null,
    })
    return answer.access_token
  }
  const byBasic = await token(BASIC)
  const byPost = await token(POST)
  const forAudience = await token(BASIC, resource_server.audience)

  step = 'verify'
  const keys = createRemoteJWKSet(new URL(metadata.jwks_uri))
  const verify = async (token, audience) => {
    const { payload, protectedHeader } = await jwtVerify(token, keys, {
      issuer,
      audience,
      typ: 'at+jwt',
      algorithms: ['ES256'],
      requiredClaims: ['sub', 'client_id', 'exp', 'iat', 'jti'],
    })
    assert.equal(protectedHeader.typ, 'at+jwt', 'typ')
    assert.equal(payload.client_id, client_id, 'client_id')
    assert.equal(payload.sub, client_id, 'sub')
    assert.deepEqual(words(payload.scope), words(scope), 'scope of the token')
    say(true, { kid: protectedHeader.kid, alg: protectedHeader.alg, typ: protectedHeader.typ, aud: payload.aud })
    return payload
  }
  const verified = [
    [byBasic, await verify(byBasic, issuer), BASIC],
    [byPost, await verify(byPost, issuer), POST],
    [forAudience, await verify(forAudience, resource_server.audience), BASIC],
  ]
  assert.equal(new Set(verified.map(([, claims]) => claims.jti)).size, verified.length, 'two tokens have the same jti')

  step = 'introspect'
  for (const [token, claims, method] of verified) {
    const answer = await oauth.tokenIntrospection(resourceServer[method], token)
    assert.equal(answer.active, true, 'a live token is not active')
    for (const claim of ['iss', 'sub', 'client_id', 'aud', 'iat', 'exp', 'jti', 'scope'])
      assert.deepEqual(answer[claim], claims[claim], `${claim}, introspected and in the token`)
    say(true, { active: true, method, aud: answer.aud, exp: answer.exp })
  }

  for (const [token, method] of [
    [byBasic, BASIC],
    [byPost, POST],
  ]) {
    step = 'revoke'
    await oauth.tokenRevocation(client[method], token, { token_type_hint: 'access_token' })
    say(true, { method })

    step = 'introspect_revoked'
    const answer = await oauth.tokenIntrospection(resourceServer[BASIC], token)
    assert.deepEqual({ ...answer }, { active: false }, "a revoked token's answer is exactly active: false")
    say(true, { active: false })
  }

  step = 'introspect_other'
  const other = await oauth.tokenIntrospection(resourceServer[BASIC], forAudience)
  assert.equal(other.active, true, 'revoking two tokens killed a third')
  say(true, { active: true })

  step = 'wrong_key'
  for (const method of [BASIC, POST]) {
    const stranger = await discover(client_id, wrong_key, method)
    const error = await refusal(() => oauth.clientCredentialsGrant(stranger, { scope }))
    assert.equal(error, 'invalid_client', 'error')
    say(true, { method, error })
  }
}

/** The error code of RFC 6749 §5.2 that the server answered. */
async function refusal(request) {
  try {
    const answer = await request()
    secrets.push(answer.access_token)
  } catch (error) {
    if (error instanceof oauth.ResponseBodyError) return error.error
    // a challenge in the header comes first, and then the library leaves the body unread
    if (error instanceof oauth.WWWAuthenticateChallengeError) {
      assert.equal(error.cause[0].scheme, 'basic', 'scheme of the challenge')
      return (await error.response.json()).error
    }
    throw error
  }
  throw new Error('a wrong key got a token')
}

function words(scope) {
  return (scope ?? '').split(' ').filter(Boolean).sort()
}

async function versions(...names) {
  const found = {}
  for (const name of names) {
    const file = new URL(`./node_modules/${name}/package.json`, import.meta.url)
    found[name] = JSON.parse(await readFile(file, 'utf8')).version
  }
  return found
}

function parse(document) {
  try {
    return JSON.parse(document)
  } catch {
    // the parser's own words quote the document, and with it the keys
    throw new Error('standard input is not a JSON document')
  }
}

try {
  await walk(parse(await text(process.stdin)))
} catch (error) {
  const reason = error.cause instanceof Error ? ` (${error.cause.message})` : ''
  say(false, { error: `${error.name}: ${error.message}${reason}` })
  process.exitCode = 1
}
