package bootclock

import "golang.org/x/sys/unix"

// On this system the monotonic clock counts sleep.
const clock = unix.CLOCK_MONOTONIC
