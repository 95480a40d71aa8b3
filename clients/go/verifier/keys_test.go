package verifier_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"claviger.example/go/verifier"
)

const keySet = "/oauth2/jwks"

func TestRequestsThatMeetANewKeyWaitForOneFetchAndSucceed(t *testing.T) {
	t.Parallel()
	issuer, clock := newIssuer(t), &clock{}
	v := ready(t, issuer, clock.option())
	if fetches := issuer.Requests(keySet); fetches != 1 {
		t.Fatalf("%d fetches", fetches)
	}
	// The next key is published before it signs.
	succeeds(t, issuer.Rotate())
	accepts(t, v, issuer.Mint("ci:read"))
	// The one after that is not known. It is too soon to ask again: the answer does not wait.
	succeeds(t, issuer.Rotate())
	token := issuer.Mint("ci:read")
	_, err := v.VerifyContext(deadline(t), token, read)
	if refused := isRefused(t, err, verifier.Undecided); refused.RetryAfter < 20*time.Second || refused.RetryAfter > 30*time.Second {
		t.Error(refused.RetryAfter)
	}
	clock.ahead.Add(30_000)
	waitReady(t, v)
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			if _, err := v.VerifyContext(deadline(t), token, read); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	accepts(t, v, token)
	if fetches := issuer.Requests(keySet); fetches != 2 {
		t.Errorf("%d fetches", fetches)
	}
}

func TestWrongSignaturesAndForeignKeysCauseNoMoreFetches(t *testing.T) {
	t.Parallel()
	issuer, other, clock := newIssuer(t), newIssuer(t), &clock{}
	v := ready(t, issuer, clock.option())
	token := issuer.Mint("ci:read")
	changed := token[:len(token)-4] + "AAAA"
	clock.ahead.Add(30_000)
	waitReady(t, v)
	for range 100 {
		_, err := v.VerifyContext(deadline(t), changed, read)
		isRefused(t, err, verifier.Invalid)
	}
	if fetches := issuer.Requests(keySet); fetches != 1 {
		t.Fatalf("%d fetches for wrong signatures", fetches)
	}
	// A key that is in no set: one fetch, then it is known to be absent.
	foreign := other.MintWith(map[string]any{"iss": issuer.URL(), "scope": "ci:read"})
	for range 100 {
		_, err := v.VerifyContext(deadline(t), foreign, read)
		isRefused(t, err, verifier.Invalid)
	}
	if fetches := issuer.Requests(keySet); fetches != 2 {
		t.Errorf("%d fetches for a foreign key", fetches)
	}
	accepts(t, v, token)
}

func TestContextEndsTheWaitForAKey(t *testing.T) {
	t.Parallel()
	issuer, clock := newIssuer(t), &clock{}
	v := ready(t, issuer, clock.option())
	succeeds(t, issuer.Rotate())
	succeeds(t, issuer.Rotate())
	release := make(chan struct{})
	defer close(release)
	issuer.Intercept(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, keySet) {
				<-release
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	clock.ahead.Add(30_000)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	started := time.Now()
	_, err := v.VerifyContext(ctx, issuer.Mint("ci:read"), read)
	isRefused(t, err, verifier.Undecided)
	if took := time.Since(started); took > 1500*time.Millisecond {
		t.Error(took)
	}
}

func TestKeysOutliveAKeySetThatCannotBeFetched(t *testing.T) {
	t.Parallel()
	issuer, clock := newIssuer(t), &clock{}
	v := ready(t, issuer, clock.option())
	token := issuer.Mint("ci:read")
	issuer.Intercept(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, keySet) {
				w.WriteHeader(http.StatusInternalServerError)
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	succeeds(t, issuer.Rotate())
	succeeds(t, issuer.Rotate())
	clock.ahead.Add(30_000)
	waitReady(t, v)
	_, err := v.VerifyContext(deadline(t), issuer.Mint("ci:read"), read)
	refused := isRefused(t, err, verifier.Undecided)
	if !strings.Contains(refused.Reason, "500") || !strings.Contains(v.Status().KeyProblem, "500") {
		t.Errorf("%v: %+v", refused, v.Status())
	}
	accepts(t, v, token)
}
