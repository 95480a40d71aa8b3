package verifier

// WithClocks replaces the boot clock in milliseconds and the wall clock in seconds.
func WithClocks(bootMs, wall func() int64) Option {
	return func(o *options) { o.bootMs, o.wall = bootMs, wall }
}
