//go:build linux || darwin

package bootclock

import (
	"math"

	"golang.org/x/sys/unix"
)

// Now returns milliseconds since some moment. Without the clock, which Check excludes, every lease has ended.
func Now() int64 {
	var now unix.Timespec
	if err := unix.ClockGettime(clock, &now); err != nil {
		return math.MaxInt64
	}
	return now.Nano() / 1_000_000
}

// Check fails where the system has no such clock.
func Check() error {
	var now unix.Timespec
	return unix.ClockGettime(clock, &now)
}
