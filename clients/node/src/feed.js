// How a verifier follows the feed: what it asks, and what an answer does. No IO and no clock.

import { randomBytes } from 'node:crypto'
import { Lie, parseAnswer } from './answer.js'
import { FORGETTING_MARGIN_SECONDS, Revocations } from './revocations.js'

// A set of more pages than this, of 10,000 entries each, is a lie.
const MAX_PAGES = 1_000

// Whether a set may be used. Not after the clock was set back: what was forgotten by the later time may matter again.
export function isTrusted(pair, bootMs, wall) {
  return bootMs < pair.leaseUntil && wall >= pair.revocations.forgottenAt - FORGETTING_MARGIN_SECONDS
}

export class Feed {
  // The set, and until when it may be trusted: one frozen value, replaced as a whole.
  pair = undefined
  // Why the last answer was not applied.
  problem = 'the feed has not answered yet'
  instance = randomBytes(16).toString('base64url')
  #nonce = ''
  #pages = undefined
  // The highest position that was applied, and its cluster. It outlives the set.
  #floor = undefined

  // The query of the next request. It acknowledges what was applied, and nothing else.
  request(wall) {
    if (this.pair !== undefined && wall < this.pair.revocations.forgottenAt - FORGETTING_MARGIN_SECONDS) {
      this.#drop('the wall clock was set back')
    }
    this.#nonce = randomBytes(16).toString('base64url')
    const query = { verifier: this.instance, nonce: this.#nonce, wait: '1' }
    if (this.pair !== undefined) Object.assign(query, { after: String(this.pair.position), cluster: this.pair.cluster })
    if (this.#pages !== undefined) query.cursor = this.#pages.cursors.at(-1)
    return query
  }

  // `sentMs` is the boot clock before the request was sent; `answer` is {status, body} or an Error. Returns what became
  // of it: applied, page, ignored or dropped.
  apply(sentMs, answer, wall) {
    if (answer instanceof Error) return this.#ignore(`no answer: ${answer.message}`)
    if (answer.status !== 200) return this.#ignore(`the feed answered ${answer.status}`)
    try {
      return this.#apply(sentMs, parseAnswer(answer.body, this.#nonce), wall)
    } catch (error) {
      if (error instanceof Lie) return this.#drop(error.message)
      throw error
    }
  }

  #apply(sentMs, answer, wall) {
    const [floor, started] = [this.#floor, this.#pages]
    const isBelow = floor !== undefined && answer.cluster === floor.cluster && answer.position < floor.position
    // A page that goes back behind the first is a lie of its own.
    if (isBelow && (started === undefined || answer.position >= started.first.position)) {
      return this.#ignore(`the feed went back to position ${answer.position}`)
    }
    if (started === undefined) this.#checkStart(answer)
    else checkPage(started.first, answer)
    const pages = started ?? { startedMs: sentMs, first: answer, leaseMs: answer.leaseMs, entries: [], cursors: [] }
    for (const entry of answer.entries) pages.entries.push(entry)
    pages.leaseMs = Math.min(pages.leaseMs, answer.leaseMs)
    if (answer.next === null) return this.#finish(pages, wall)
    if (pages.cursors.includes(answer.next) || pages.cursors.length >= MAX_PAGES) {
      throw new Lie('the pages of the answer do not end')
    }
    pages.cursors.push(answer.next)
    this.#pages = pages
    return 'page'
  }

  #checkStart(answer) {
    if (answer.complete) return
    if (this.pair === undefined) throw new Lie('there is a gap: the answer is not complete, and nothing was known')
    if (answer.cluster !== this.pair.cluster) {
      throw new Lie('there is a gap: the answer is not complete, and of another cluster')
    }
  }

  #finish({ startedMs, first, leaseMs, entries }, wall) {
    const known = this.pair !== undefined && !first.complete ? this.pair.revocations : new Revocations()
    const { cluster, position } = first
    this.pair = Object.freeze({ revocations: known.with(entries, wall), leaseUntil: startedMs + leaseMs, cluster, position })
    this.#floor = { cluster, position }
    this.#pages = this.problem = undefined
    return 'applied'
  }

  #ignore(why) {
    this.#pages = undefined
    this.problem = why
    return 'ignored'
  }

  #drop(why) {
    this.pair = this.#pages = undefined
    this.problem = `${why}; the set was dropped`
    return 'dropped'
  }
}

function checkPage(first, answer) {
  const fits = answer.cluster === first.cluster && answer.complete === first.complete && answer.position >= first.position
  if (!fits) throw new Lie('a page does not belong to the first one')
}
