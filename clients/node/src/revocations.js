// The set of revocations: what the feed has told, in 32 bytes an entry once there are many. A set never changes: adding
// makes another one that shares what it can.

import { createHash, randomBytes } from 'node:crypto'
import { grantOf } from './token.js'

// An entry is kept this much longer than the feed demands, for a wall clock that is set back a little.
export const FORGETTING_MARGIN_SECONDS = 60
const RECORD = 32
const SMALLEST_RUN = 1_024
const SECRET = randomBytes(16)

// 128 bits: equal for two things never in practice, also by intent, since the key is of this process.
function digest(kind, name) {
  return createHash('sha256').update(SECRET).update(`${kind}\0${name}`).digest('latin1').slice(0, 16)
}

// Sorted records in one piece of memory: digest, before, forgetAfter.
class Run {
  constructor(packed = Buffer.alloc(0)) {
    this.packed = packed
    this.length = packed.length / RECORD
  }

  name(index) {
    return this.packed.latin1Slice(index * RECORD, index * RECORD + 16)
  }

  find(wanted) {
    let [low, high] = [0, this.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.name(middle) < wanted) low = middle + 1
      else high = middle
    }
    return low < this.length && this.name(low) === wanted ? this.facts(low) : undefined
  }

  facts(index) {
    const at = index * RECORD + 16
    return { before: this.packed.readDoubleBE(at), forgetAfter: this.packed.readDoubleBE(at + 8) }
  }
}

export class Revocations {
  // `dated` holds entries with `from`, few: a list of {digest, from, before, forgetAfter}.
  constructor({ run = new Run(), recent = new Map(), dated = [], forgottenAt = 0 } = {}) {
    Object.assign(this, { run, recent, dated, forgottenAt })
    Object.freeze(this)
  }

  get size() {
    let count = this.run.length + this.dated.length
    for (const name of this.recent.keys()) count += this.run.find(name) === undefined ? 1 : 0
    return count
  }

  with(entries, wall) {
    const [recent, dated] = [new Map(this.recent), [...this.dated]]
    for (const { kind, name, before, forgetAfter, from } of entries) {
      // Not by a later clock than the one that is noted: it may be set back.
      if (forgetAfter + FORGETTING_MARGIN_SECONDS < this.forgottenAt) continue
      const thing = digest(kind, name)
      if (from > 0) {
        const place = dated.findIndex((one) => one.digest === thing && one.from === from)
        const known = place < 0 ? undefined : dated.splice(place, 1)[0]
        dated.push({ digest: thing, from, ...later(known, before, forgetAfter) })
      } else {
        recent.set(thing, later(recent.get(thing) ?? this.run.find(thing), before, forgetAfter))
      }
    }
    const added = new Revocations({ ...this, recent, dated })
    return added.merged().forgetting(wall)
  }

  // Whether an entry ends the token.
  end({ kid, claims }, wall) {
    const { client_id, jti, aud, pos } = claims
    const things = [['credential', client_id], ['token', jti], ['key', kid], ['resource_server', aud], ['realm', '']]
    const grant = grantOf(jti)
    if (grant !== undefined) things.push(['token', grant])
    const digests = things.map(([kind, name]) => digest(kind, name))
    const isEnded = (one) => pos < ((this.recent.get(one) ?? this.run.find(one))?.before ?? 0)
    return (
      digests.some(isEnded) ||
      this.dated.some((one) => one.from <= wall && pos < one.before && digests.includes(one.digest))
    )
  }

  // Packs recent entries when there are many of them, compared with what is packed.
  merged() {
    if (this.recent.size <= Math.max(SMALLEST_RUN, this.run.length / 16)) return this
    return new Revocations({ ...this, run: this.packed(this.recent, this.forgottenAt), recent: new Map() })
  }

  // Looks through all entries once a minute of the wall clock.
  forgetting(wall) {
    if (wall < this.forgottenAt + FORGETTING_MARGIN_SECONDS) return this
    const counts = ({ forgetAfter }) => forgetAfter + FORGETTING_MARGIN_SECONDS >= wall
    const recent = new Map([...this.recent].filter(([, facts]) => counts(facts)))
    const run = this.run.length ? this.packed(new Map(), wall) : this.run
    return new Revocations({ run, recent, dated: this.dated.filter(counts), forgottenAt: wall })
  }

  // Both sides are sorted, so this is linear.
  packed(recent, wall) {
    const { run } = this
    const added = [...recent].sort(([left], [right]) => (left < right ? -1 : 1))
    const target = Buffer.alloc((run.length + added.length) * RECORD)
    let [length, next] = [0, 0]
    const put = (name, { before, forgetAfter }) => {
      if (forgetAfter + FORGETTING_MARGIN_SECONDS < wall) return
      target.latin1Write(name, length)
      target.writeDoubleBE(before, length + 16)
      target.writeDoubleBE(forgetAfter, length + 24)
      length += RECORD
    }
    for (let index = 0; index < run.length; index += 1) {
      const name = run.name(index)
      while (next < added.length && added[next][0] < name) put(...added[next++])
      if (!recent.has(name)) put(name, run.facts(index))
    }
    while (next < added.length) put(...added[next++])
    return new Run(Buffer.from(target.subarray(0, length)))
  }
}

function later(known, before, forgetAfter) {
  return { before: Math.max(known?.before ?? 0, before), forgetAfter: Math.max(known?.forgetAfter ?? 0, forgetAfter) }
}
