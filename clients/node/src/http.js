// One kept connection to the server: bounded in time and size, without redirects and without proxies.

import http from 'node:http'
import https from 'node:https'
import { isIP } from 'node:net'

const TIMEOUT_MS = 4_000
// The feed answers within a second. A node that hangs is left for another one while the lease goes on.
export const FEED_TIMEOUT_MS = 2_000

export class Endpoint {
  #agent
  #authorization
  #base
  #closed = false
  #timeoutMs
  #module

  constructor(issuer, clientId, clientKey, { ca, timeoutMs = TIMEOUT_MS, maxSockets = 1 } = {}) {
    const url = URL.canParse(issuer) ? new URL(issuer) : undefined
    const known = url !== undefined && ['https:', 'http:'].includes(url.protocol)
    if (!known || url.search || url.hash || url.username || url.password) {
      throw new TypeError(`issuer: ${JSON.stringify(issuer)} is no https URL`)
    }
    if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
      throw new TypeError('issuer: must be https, since the key of the resource server is sent to it')
    }
    this.#base = issuer
    this.#module = url.protocol === 'https:' ? https : http
    this.#agent = new this.#module.Agent({ keepAlive: true, maxSockets, ...(ca === undefined ? {} : { ca }) })
    this.#timeoutMs = timeoutMs
    const pair = [clientId, clientKey].map((part) => new URLSearchParams({ '': part }).toString().slice(1)).join(':')
    this.#authorization = `Basic ${Buffer.from(pair).toString('base64')}`
  }

  getPublic(path, most) {
    return this.#send('GET', path, {}, undefined, most)
  }

  get(path, query, most) {
    return this.#send('GET', `${path}?${new URLSearchParams(query)}`, { Authorization: this.#authorization }, undefined, most)
  }

  post(path, form, most) {
    const headers = { Authorization: this.#authorization, 'Content-Type': 'application/x-www-form-urlencoded' }
    return this.#send('POST', path, headers, new URLSearchParams(form).toString(), most)
  }

  // Ends what is under way, too.
  close() {
    this.#closed = true
    this.#agent.destroy()
  }

  // The server may have closed a kept connection meanwhile. Every request here may be repeated.
  async #send(...given) {
    try {
      return await this.#exchange(...given)
    } catch (error) {
      if (!error.mayBeRepeated) throw error
      return await this.#exchange(...given)
    }
  }

  // Resolves to {status, body}, or rejects. The process may end while it waits.
  #exchange(method, path, headers, form, most) {
    const length = form === undefined ? {} : { 'Content-Length': Buffer.byteLength(form) }
    const all = { Accept: 'application/json', 'User-Agent': 'claviger-node', ...headers, ...length }
    return new Promise((resolve, reject) => {
      const request = this.#module.request(`${this.#base}${path}`, { method, headers: all, agent: this.#agent })
      const timer = setTimeout(() => request.destroy(new Error('timed out')), this.#timeoutMs)
      timer.unref()
      const fail = (error) => {
        clearTimeout(timer)
        error.mayBeRepeated = request.reusedSocket && error.code === 'ECONNRESET' && !this.#closed
        reject(error)
      }
      request.on('socket', (socket) => socket.unref())
      request.on('error', fail)
      request.on('response', (response) => {
        const chunks = []
        let size = 0
        response.on('data', (chunk) => {
          chunks.push(chunk)
          size += chunk.length
          if (size > most) request.destroy(new Error(`the answer is larger than ${most} bytes`))
        })
        response.on('error', fail)
        response.on('end', () => {
          clearTimeout(timer)
          resolve({ status: response.statusCode, body: Buffer.concat(chunks) })
        })
        // A connection that breaks within the answer is an error of the response.
        response.on('aborted', () => fail(new Error('the answer was cut short')))
      })
      request.end(form)
    })
  }
}

function isLoopback(host) {
  const address = host.replace(/^\[|\]$/g, '')
  return address === 'localhost' || address === '::1' || (isIP(address) === 4 && address.startsWith('127.'))
}
