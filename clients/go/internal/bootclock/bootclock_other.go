//go:build !linux && !darwin

package bootclock

import (
	"errors"
	"math"
)

// Now is never called: Check fails.
func Now() int64 { return math.MaxInt64 }

// Check fails where the system has no such clock.
func Check() error {
	return errors.New("this system has no clock that goes on while it sleeps")
}
