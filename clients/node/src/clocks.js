// The clocks of this machine.

import os from 'node:os'

// What one reading may be behind: the system tells its uptime in hundredths of a second, Windows in 16 ms.
const RESOLUTION_MS = 20

// The uptime goes on while the machine sleeps, and so a lease ends then, too. On macOS that is the other clock.
const uptimeMs =
  process.platform === 'darwin'
    ? () => Number(process.hrtime.bigint() / 1_000_000n)
    : () => Math.round(os.uptime() * 1_000)

export const systemClocks = Object.freeze({
  // For the start of a lease: never later than it is.
  startMs: uptimeMs,
  // For its end: never earlier than it is.
  bootMs: () => uptimeMs() + RESOLUTION_MS,
  wall: () => Math.floor(Date.now() / 1_000),
})
