// An answer of the feed, parsed strictly. Whatever is not a right answer to its request is a lie.

import { isWhole, NotStrict, parseStrict } from './json.js'
import { isUuid } from './token.js'

// The largest answer has 10,000 entries with audiences of 2,048 bytes.
export const MAX_ANSWER_BYTES = 32 * 1024 * 1024
const MAX_LEASE_MS = 60_000
const MAX_ENTRIES = 10_000
// The largest integer that every reader of JSON represents exactly.
const MAX_POSITION = 2 ** 53
const LATEST = 253_402_300_799
// The member that names the thing, and whether a position goes with it.
const KINDS = new Map([
  ['credential', ['client_id', true]],
  ['token', ['jti', false]],
  ['key', ['kid', false]],
  ['resource_server', ['audience', true]],
  ['realm', [undefined, true]],
])

// An answer that contradicts itself, its request or what is known.
export class Lie extends Error {}

export function parseAnswer(body, nonce) {
  let value
  try {
    value = parseStrict(body)
  } catch (error) {
    if (error instanceof NotStrict) throw new Lie(`the answer is no strict JSON: ${error.message}`)
    throw error
  }
  const check = (right, wrong) => {
    if (!right) throw new Lie(`the answer ${wrong}`)
  }
  check(typeof value === 'object' && value !== null && !Array.isArray(value), 'is no object')
  const { cluster, position, lease_ms, complete, next, entries } = value
  check(value.nonce === nonce, 'is to another request: its nonce differs')
  check(typeof cluster === 'string' && cluster.length >= 1 && cluster.length <= 256, 'names no cluster')
  check(isWhole(position, 0, MAX_POSITION), 'has no position')
  check(isWhole(lease_ms, 1, MAX_LEASE_MS), 'has no lease of at most a minute')
  check(typeof complete === 'boolean', 'does not say whether it is complete')
  check(next === null || (typeof next === 'string' && next.length >= 1 && next.length <= 4_096), 'has no valid cursor')
  check(Array.isArray(entries) && entries.length <= MAX_ENTRIES, 'has no list of at most 10,000 entries')
  return { cluster, position, leaseMs: lease_ms, complete, next, entries: entries.map(parseEntry) }
}

function parseEntry(entry) {
  const kind = typeof entry === 'object' && entry !== null ? entry.kind : undefined
  const found = KINDS.get(kind)
  if (found === undefined) throw new Lie('the answer has an entry of an unknown kind, which this version cannot apply')
  const [member, hasPosition] = found
  const name = member === undefined ? '' : entry[member]
  const from = 'from' in entry ? entry.from : 0
  const right =
    typeof name === 'string' &&
    (member === undefined || (name.length >= 1 && name.length <= 2_048)) &&
    (kind !== 'credential' || isUuid(name)) &&
    isWhole(entry.forget_after, 0, LATEST) &&
    isWhole(from, 0, LATEST) &&
    (!hasPosition || isWhole(entry.before, 0, MAX_POSITION))
  if (!right) throw new Lie(`an entry of the kind ${kind} is malformed`)
  // Without a position, every token of the thing is dead.
  return { kind, name, before: hasPosition ? entry.before : Infinity, forgetAfter: entry.forget_after, from }
}
