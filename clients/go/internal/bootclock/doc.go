// Package bootclock reads the clock that goes on while the machine sleeps: a lease must end then, too. The monotonic
// clock of package time stands still on Linux meanwhile.
package bootclock
