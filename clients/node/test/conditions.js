// Waiting by condition, and what every test of a running verifier needs.

import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { Refused } from '../src/index.js'

export const AUDIENCE = 'https://builds.example.org'

// Fails if the condition does not get true in time.
export async function eventually(condition, milliseconds = 30_000) {
  const end = performance.now() + milliseconds
  while (!(await condition())) {
    assert.ok(performance.now() < end, 'the condition did not get true')
    await pause(5)
  }
}

// 200, or the status of the refusal.
export async function statusOf(promise) {
  try {
    await promise
    return 200
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return error.status
  }
}
