// The compact form of an access token, parsed strictly; unknown members are ignored. No signature is verified here.

import { isWhole, NotStrict, parseStrict } from './json.js'
import { isScope } from './scopes.js'

export const MAX_TOKEN_BYTES = 32 * 1024
export const LEEWAY_SECONDS = 60
// The feed goes one further, to end every token of a thing.
const LAST_POSITION = 2 ** 53 - 2
const MAX_TOKEN_SECONDS = 86_400
const LATEST = 253_402_300_799
const RANDOM_ID_LENGTH = 22

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const JTI = /^[A-Za-z0-9_-]{1,64}$/
const BASE64URL = /^[A-Za-z0-9_-]*$/
const CONTROL = /\p{Cc}/u
// RFC 9068 §4. Media types have no case.
const TYPES = ['at+jwt', 'application/at+jwt']

export class Malformed extends Error {}

export function parseToken(token) {
  if (typeof token !== 'string' || token.length > MAX_TOKEN_BYTES) throw new Malformed('no text, or too long')
  const parts = token.split('.')
  if (parts.length !== 3 || parts[2] === '') throw new Malformed('not three parts')
  const [header, claims] = [object(parts[0]), object(parts[1])]
  decode(parts[2])
  const { typ, alg, kid } = header
  if (![typ, alg, kid].every((one) => typeof one === 'string') || 'crit' in header) {
    throw new Malformed('the header lacks a member, or has a critical extension')
  }
  if (!TYPES.includes(typ.toLowerCase())) throw new Malformed('not an access token')
  if (!bounded(claims)) throw new Malformed('claims are missing or out of bounds')
  return { alg, kid, claims, token }
}

// base64url without padding, in its one canonical spelling.
export function decode(part) {
  if (!BASE64URL.test(part)) throw new Malformed('not base64url')
  const data = Buffer.from(part, 'base64url')
  if (data.toString('base64url') !== part) throw new Malformed('not canonical base64url')
  return data
}

export function isUuid(value) {
  return typeof value === 'string' && UUID.test(value)
}

// The grant of a token that was issued with a refresh token. Ending the grant ends all its tokens.
export function grantOf(jti) {
  return jti.length === 2 * RANDOM_ID_LENGTH ? jti.slice(0, RANDOM_ID_LENGTH) : undefined
}

function object(part) {
  let value
  try {
    value = parseStrict(decode(part))
  } catch (error) {
    if (error instanceof NotStrict) throw new Malformed(error.message)
    throw error
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Malformed('not an object')
  return value
}

function bounded(claims) {
  const { iss, sub, client_id, aud, iat, exp, jti, realm, pos, scope, groups } = claims
  return (
    [iss, aud, jti, realm].every((one) => typeof one === 'string') &&
    isWhole(iat, 0, LATEST) &&
    isWhole(exp, 0, LATEST) &&
    isWhole(pos, 0, LAST_POSITION) &&
    iat <= exp &&
    exp <= iat + MAX_TOKEN_SECONDS + LEEWAY_SECONDS &&
    isUuid(sub) &&
    isUuid(client_id) &&
    JTI.test(jti) &&
    Buffer.byteLength(iss) <= 2_048 &&
    Buffer.byteLength(aud) <= 2_048 &&
    (!('scope' in claims) || (typeof scope === 'string' && scope.length <= 4_096 && scope.split(' ').every(isScope))) &&
    (!('groups' in claims) || (Array.isArray(groups) && groups.length <= 50 && groups.every(isGroup)))
  )
}

function isGroup(name) {
  return typeof name === 'string' && name.length > 0 && [...name].length <= 64 && !CONTROL.test(name)
}
