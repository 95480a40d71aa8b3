package verifier_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"claviger.example/go/verifier"
)

// No check that begins after a revocation has returned accepts the token, however many run beside it.
func TestRevokedTokenIsAcceptedByNoConcurrentCheck(t *testing.T) {
	t.Parallel()
	issuer := newIssuer(t)
	v := ready(t, issuer)
	tokens := make([]string, 100)
	for i := range tokens {
		tokens[i] = issuer.Mint("ci:read")
	}
	// How many of them have been revoked, in this order.
	var revoked, accepted atomic.Int64
	ctx, stop := context.WithCancel(t.Context())
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for place := 0; ctx.Err() == nil; place = (place + 1) % len(tokens) {
				before := revoked.Load()
				_, err := v.Verify(tokens[place], read)
				if err == nil && int64(place) < before {
					t.Errorf("token %d is accepted, and %d are revoked", place, before)
				}
				if err == nil {
					accepted.Add(1)
				}
			}
		})
	}
	for _, token := range tokens {
		succeeds(t, issuer.Revoke(deadline(t), token))
		revoked.Add(1)
	}
	stop()
	group.Wait()
	if accepted.Load() < 100 {
		t.Errorf("%d were accepted at all", accepted.Load())
	}
}

func TestFeedThatIsNotFollowedIsLoggedOnce(t *testing.T) {
	t.Parallel()
	issuer := newIssuer(t)
	log := &buffer{}
	v := ready(t, issuer, verifier.WithLogger(slog.New(slog.NewTextHandler(log, nil))))
	issuer.Intercept(func(http.Handler) http.Handler { return http.NotFoundHandler() })
	before := issuer.Requests("/revocations")
	until(t, "it is logged", func() bool { return strings.Contains(log.String(), "the feed answered 404") })
	issuer.Intercept(func(next http.Handler) http.Handler { return next })
	until(t, "it is followed", func() bool { return issuer.Requests("/revocations") > before+1 && v.Status().Problem == "" })
	until(t, "that is logged", func() bool { return strings.Count(log.String(), "is followed") >= 2 })
	if strings.Count(log.String(), "the feed answered 404") != 1 {
		t.Error(log.String())
	}
}

// Whatever delays the answer, on whichever side, shortens the lease.
func TestLeaseCountsFromTheRequest(t *testing.T) {
	t.Parallel()
	issuer, clock := newIssuer(t), &clock{}
	v := ready(t, issuer, clock.option())
	arrived, release := make(chan struct{}, 100), make(chan struct{}, 1)
	issuer.Intercept(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			arrived <- struct{}{}
			select {
			case <-release: // one answer alone
				next.ServeHTTP(w, r)
			case <-r.Context().Done():
			}
		})
	})
	<-arrived
	ctx, cancel := context.WithCancel(t.Context())
	reached := issuer.Position() + 1
	var group sync.WaitGroup
	group.Go(func() { _ = issuer.End(ctx, map[string]any{"kind": "token", "jti": "x"}) })
	until(t, "there is news", func() bool { return issuer.Position() == reached })
	clock.ahead.Add(6_000)
	release <- struct{}{}
	until(t, "the answer is applied", func() bool { return v.Status().Position == reached })
	if lease := v.Status().Lease; lease > 4*time.Second {
		t.Errorf("a lease of %s", lease)
	}
	cancel()
	group.Wait()
}

func TestServerWithTooManyVerifiersIsLeftAlone(t *testing.T) {
	t.Parallel()
	issuer := newIssuer(t)
	times := make(chan time.Time, 100)
	issuer.Intercept(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/revocations") {
				times <- time.Now()
				w.WriteHeader(http.StatusTooManyRequests)
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	connect(t, issuer)
	first := <-times
	if pause := (<-times).Sub(first); pause < 4500*time.Millisecond {
		t.Error(pause)
	}
}

func TestWaitThatEndsSaysWhy(t *testing.T) {
	t.Parallel()
	issuer := newIssuer(t)
	issuer.Intercept(func(http.Handler) http.Handler { return http.NotFoundHandler() })
	v := connect(t, issuer)
	until(t, "the problem is told", func() bool { return strings.Contains(v.Status().Problem, "404") })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := v.WaitReady(ctx); err == nil || !strings.Contains(err.Error(), "404") {
		t.Error(err)
	}
}

// buffer may be written and read at once.
type buffer struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (b *buffer) Write(data []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.text.Write(data)
}

func (b *buffer) String() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.text.String()
}
