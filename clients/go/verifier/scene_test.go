package verifier_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"claviger.example/go/internal/bootclock"
	"claviger.example/go/verifier"
	"claviger.example/go/verifier/verifiertest"
)

const audience = "https://builds.example.org"

var read = verifier.MustRequire("ci:read")

func deadline(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func newIssuer(t *testing.T) *verifiertest.Issuer {
	t.Helper()
	issuer, err := verifiertest.NewIssuer(audience)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(issuer.Close)
	return issuer
}

// connect follows the issuer, but is not ready yet.
func connect(t *testing.T, issuer *verifiertest.Issuer, options ...verifier.Option) *verifier.Verifier {
	t.Helper()
	id, key := issuer.Credentials()
	v, err := verifier.Connect(t.Context(), issuer.URL(), audience, id, key, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return v
}

func ready(t *testing.T, issuer *verifiertest.Issuer, options ...verifier.Option) *verifier.Verifier {
	t.Helper()
	v := connect(t, issuer, options...)
	waitReady(t, v)
	return v
}

func waitReady(t *testing.T, v *verifier.Verifier) {
	t.Helper()
	if err := v.WaitReady(deadline(t)); err != nil {
		t.Fatalf("%v: %+v", err, v.Status())
	}
}

// accepts waits for the lease: on a machine that stood still for seconds it is over.
func accepts(t *testing.T, v *verifier.Verifier, token string) {
	t.Helper()
	for {
		_, err := v.Verify(token, read)
		var refused *verifier.Refused
		switch {
		case err == nil:
			return
		case !errors.As(err, &refused) || refused.Kind != verifier.Undecided:
			t.Fatalf("%v: %+v", err, v.Status())
		}
		waitReady(t, v)
	}
}

func refuses(t *testing.T, v *verifier.Verifier, token string, kind verifier.Kind) *verifier.Refused {
	t.Helper()
	_, err := v.Verify(token, read)
	return isRefused(t, err, kind)
}

func isRefused(t *testing.T, err error, kind verifier.Kind) *verifier.Refused {
	t.Helper()
	var refused *verifier.Refused
	if !errors.As(err, &refused) || refused.Kind != kind {
		t.Fatalf("%v", err)
	}
	return refused
}

func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ctx := deadline(t)
	for !holds() {
		select {
		case <-ctx.Done():
			t.Fatalf("not in time: %s", what)
		case <-time.After(time.Millisecond):
		}
	}
}

func succeeds(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// clock is the boot clock, but can be set forward.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() int64 { return bootclock.Now() + c.ahead.Load() }

func (c *clock) option() verifier.Option {
	return verifier.WithClocks(c.now, func() int64 { return time.Now().Unix() })
}
