// The verifier that a service holds.

import { systemClocks } from './clocks.js'
import { isTrusted } from './feed.js'
import { Follower } from './follower.js'
import { Introspection } from './introspection.js'
import { Judge } from './judge.js'
import { KeyStore } from './keys.js'
import { requirement } from './scopes.js'

export class Verifier {
  #judge
  #follower
  #introspection

  constructor({ issuer, audience, clientId, clientKey, ca }) {
    const options = { ca }
    this.issuer = issuer
    this.audience = audience
    this.#judge = new Judge(issuer, audience, new KeyStore(), systemClocks)
    this.#follower = new Follower(this.#judge, clientId, clientKey, options)
    this.#introspection = new Introspection(issuer, audience, clientId, clientKey, options)
  }

  static connect(settings) {
    const verifier = new Verifier(settings)
    verifier.#follower.start()
    return verifier
  }

  whenReady(milliseconds = 5_000) {
    return this.#follower.whenReady(milliseconds)
  }

  async verify(token, wanted) {
    return this.#judge.judge(token, requirement(wanted))
  }

  async verifyOrIntrospect(token, wanted) {
    const scopes = requirement(wanted)
    if (!Introspection.isOpaque(token)) {
      try {
        return await this.#judge.judge(token, scopes)
      } catch (error) {
        if (!error.isUndecided) throw error
      }
    }
    return this.#introspection.ask(token, scopes)
  }

  status() {
    const { feed, keys, clocks } = this.#judge
    const { pair } = feed
    const bootMs = clocks.bootMs()
    return {
      ready: this.#follower.isReady(),
      instance: feed.instance,
      cluster: pair?.cluster,
      position: pair?.position,
      entries: pair?.revocations.size ?? 0,
      leaseMs: pair !== undefined && isTrusted(pair, bootMs, clocks.wall()) ? pair.leaseUntil - bootMs : 0,
      problem: feed.problem,
      keys: [...keys.keys.keys()],
      keyProblem: keys.problem,
    }
  }

  close() {
    this.#follower.stop()
    this.#introspection.close()
  }
}
