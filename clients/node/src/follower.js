// Polls the feed and fetches keys, beside the service and without holding the process.

import { MAX_ANSWER_BYTES } from './answer.js'
import { isTrusted } from './feed.js'
import { Endpoint, FEED_TIMEOUT_MS } from './http.js'
import { MAX_SET_BYTES } from './keys.js'

const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 1_000
// Least time between two answers that bring nothing new: a server that does not wait is not asked in a loop.
const QUIET_PAUSE_MS = 100
const TOO_MANY = 429
const TOO_MANY_PAUSE_MS = 5_000
const LONGEST_TIMER_MS = 60_000

// Keeps a judge's keys and revocations in step with the server.
export class Follower {
  #judge
  #feedEndpoint
  #keyEndpoint
  #stopped = false
  #started = false
  #wakeKeys = () => {}
  #endPause = () => {}
  #waiting = new Set()

  constructor(judge, clientId, clientKey, options) {
    this.#judge = judge
    this.#feedEndpoint = new Endpoint(judge.issuer, clientId, clientKey, { ...options, timeoutMs: FEED_TIMEOUT_MS })
    this.#keyEndpoint = new Endpoint(judge.issuer, clientId, clientKey, options)
    judge.keys.onWanted = () => this.#wakeKeys()
  }

  start() {
    if (this.#started || this.#stopped) return
    this.#started = true
    this.#follow()
    this.#renewKeys()
  }

  stop() {
    this.#stopped = true
    this.#feedEndpoint.close()
    this.#keyEndpoint.close()
    this.#wakeKeys()
    this.#endPause()
    this.#tell()
  }

  isReady() {
    const { feed, keys, clocks } = this.#judge
    return keys.keys.size > 0 && feed.pair !== undefined && isTrusted(feed.pair, clocks.bootMs(), clocks.wall())
  }

  // Resolves to whether it got ready in time.
  async whenReady(milliseconds) {
    const end = Date.now() + milliseconds
    while (!this.isReady() && !this.#stopped) {
      const left = end - Date.now()
      if (left <= 0) return false
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, left)
        this.#waiting.add(() => {
          clearTimeout(timer)
          resolve()
        })
      })
    }
    return this.isReady()
  }

  #tell() {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const wake of waiting) wake()
  }

  async #follow() {
    const { feed } = this.#judge
    let failures = 0
    while (!this.#stopped) {
      const [before, started] = [feed.pair, performance.now()]
      const { outcome, status } = await this.#poll()
      this.#tell()
      let pause
      if (outcome === 'applied' || outcome === 'page') {
        // Not by a whole set alone: a feed that lies about what follows would be asked for it in a loop.
        failures = before !== undefined ? 0 : failures
        const news = outcome === 'page' || before === undefined || before.position !== feed.pair?.position
        pause = news ? 0 : Math.max(0, QUIET_PAUSE_MS - (performance.now() - started))
      } else if (status === TOO_MANY) {
        pause = TOO_MANY_PAUSE_MS
      } else {
        // A set that was dropped is fetched anew at once, but not again and again.
        const next = Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS) * (0.8 + Math.random() / 5)
        pause = outcome === 'dropped' && failures === 0 ? 0 : next
        failures = Math.min(failures + 1, 10)
      }
      if (pause > 0 && !this.#stopped) await new Promise((resolve) => (this.#endPause = unrefTimer(resolve, pause)))
    }
  }

  async #poll() {
    const { feed, clocks } = this.#judge
    const query = feed.request(clocks.wall())
    const sentMs = clocks.startMs()
    const answer = await this.#feedEndpoint.get('/revocations', query, MAX_ANSWER_BYTES).catch((error) => error)
    return { outcome: feed.apply(sentMs, answer, clocks.wall()), status: answer.status }
  }

  async #renewKeys() {
    const { keys, clocks } = this.#judge
    while (!this.#stopped) {
      const due = keys.dueInMs(clocks.bootMs())
      if (due > 0) {
        await new Promise((resolve) => (this.#wakeKeys = unrefTimer(resolve, Math.min(due, LONGEST_TIMER_MS))))
        continue
      }
      const sought = keys.beginFetch(clocks.bootMs())
      const answer = await this.#keyEndpoint.getPublic('/oauth2/jwks', MAX_SET_BYTES).catch((error) => error)
      const failed = answer instanceof Error ? answer : new Error(`the key set was answered with ${answer.status}`)
      await keys.finishFetch(sought, answer.status === 200 ? answer.body : failed, clocks.bootMs())
      this.#tell()
    }
  }
}

// The process may end meanwhile. Returns what ends the wait.
function unrefTimer(resolve, milliseconds) {
  const timer = setTimeout(resolve, milliseconds)
  timer.unref()
  return () => {
    clearTimeout(timer)
    resolve()
  }
}
