package verifier_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"claviger.example/go/verifier"
	"claviger.example/go/verifier/verifiertest"
)

func TestRevokedTokenIsInvalidWhenRevokeHasReturned(t *testing.T) {
	t.Parallel()
	issuer := newIssuer(t)
	first, second := ready(t, issuer), ready(t, issuer)
	for range 20 {
		token := issuer.Mint("ci:read")
		accepts(t, first, token)
		accepts(t, second, token)
		succeeds(t, issuer.Revoke(deadline(t), token))
		refuses(t, first, token, verifier.Invalid)
		refuses(t, second, token, verifier.Invalid)
	}
	if first.Status().Instance == second.Status().Instance {
		t.Error("two verifiers have one id")
	}
}

func TestClientsTokensOfBeforeAreInvalidAndNewOnesAreNot(t *testing.T) {
	t.Parallel()
	issuer := newIssuer(t)
	v := ready(t, issuer)
	client := "0197f2a0-0000-7000-8000-000000000001"
	mint := func() string {
		return issuer.MintWith(map[string]any{"sub": client, "client_id": client, "scope": "ci:read"})
	}
	token := mint()
	succeeds(t, issuer.RevokeClient(deadline(t), client))
	refuses(t, v, token, verifier.Invalid)
	accepts(t, v, mint())
}

func TestServerThatIsDownAtTheStartDoesNotStopTheService(t *testing.T) {
	t.Parallel()
	issuer := newIssuer(t)
	token := issuer.Mint("ci:read")
	issuer.Stop()
	v := connect(t, issuer)
	refused := refuses(t, v, token, verifier.Undecided)
	if refused.RetryAfter < time.Second {
		t.Error(refused.RetryAfter)
	}
	until(t, "the problem is told", func() bool { return strings.Contains(v.Status().Problem, "refused") })
	if _, err := v.VerifyOrIntrospect(deadline(t), token, read); isRefused(t, err, verifier.Undecided).Status() != 503 {
		t.Error(err)
	}
	succeeds(t, issuer.Start())
	waitReady(t, v)
	accepts(t, v, token)
}

func TestServerThatDiesIsTrustedUntilTheLeaseEndsAndNoLonger(t *testing.T) {
	t.Parallel()
	issuer, clock := newIssuer(t), &clock{}
	v := ready(t, issuer, clock.option())
	token := issuer.Mint("ci:read")
	issuer.Stop()
	until(t, "the problem is told", func() bool { return v.Status().Problem != "" })
	accepts(t, v, token)
	clock.ahead.Add(verifiertest.LeaseMs)
	refuses(t, v, token, verifier.Undecided)
	if status := v.Status(); status.Ready || status.Lease != 0 {
		t.Errorf("%+v", status)
	}
	succeeds(t, issuer.Start())
	waitReady(t, v)
	accepts(t, v, token)
}

func TestNodeThatHangsIsLeftForAnotherConnection(t *testing.T) {
	t.Parallel()
	issuer := newIssuer(t)
	v := ready(t, issuer)
	var hung atomic.Bool
	release := make(chan struct{})
	issuer.Intercept(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/revocations") && hung.CompareAndSwap(false, true) {
				<-release
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	defer close(release)
	until(t, "a request hangs", hung.Load)
	until(t, "it is given up", func() bool { return v.Status().Problem != "" })
	waitReady(t, v)
	until(t, "the feed is followed again", func() bool { return v.Status().Problem == "" })
}

func TestClosedVerifierEndsItsRequestAtOnce(t *testing.T) {
	t.Parallel()
	issuer := newIssuer(t)
	v := ready(t, issuer)
	var held atomic.Bool
	issuer.Intercept(func(http.Handler) http.Handler {
		return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			held.Store(true)
			<-r.Context().Done()
		})
	})
	until(t, "a request is held", held.Load)
	started := time.Now()
	v.Close()
	// It would have been given up after two seconds.
	if took := time.Since(started); took > 1500*time.Millisecond {
		t.Error(took)
	}
}

// A feed that lies has its set dropped, and is asked for a whole one.
func TestLieDropsTheSetAndSaysWhy(t *testing.T) {
	t.Parallel()
	change := func(name string, value any) func(map[string]any) {
		return func(body map[string]any) { body[name] = value }
	}
	for _, lie := range []struct {
		name, why string
		tell      func(map[string]any)
	}{
		{"an old answer", "nonce", change("nonce", "of another request")},
		{"another cluster without its set", "gap", func(body map[string]any) {
			body["cluster"], body["complete"] = "another", false
		}},
		{"an unknown kind", "unknown kind", change("entries", []any{map[string]any{"kind": "planet", "forget_after": 1}})},
		{"a lease without an end", "lease", change("lease_ms", 1_000_000_000)},
		{"no position", "position", func(body map[string]any) { delete(body, "position") }},
		{"garbage", "JSON", func(body map[string]any) { body["garbage"] = true }},
	} {
		t.Run(lie.name, func(t *testing.T) {
			t.Parallel()
			issuer := newIssuer(t)
			v := ready(t, issuer)
			token := issuer.Mint("ci:read")
			accepts(t, v, token)
			wholeSets := lieAlways(issuer, lie.tell)
			until(t, "the lie is told", func() bool { return strings.Contains(v.Status().Problem, lie.why) })
			refused := refuses(t, v, token, verifier.Undecided)
			status := v.Status()
			if status.Entries != 0 || status.Cluster != "" || !strings.Contains(refused.Reason, lie.why) {
				t.Errorf("%+v: %v", status, refused)
			}
			until(t, "the whole set is asked for", func() bool { return wholeSets.Load() > 0 })
			issuer.Intercept(func(next http.Handler) http.Handler { return next })
			waitReady(t, v)
			accepts(t, v, token)
		})
	}
}

// lieAlways changes all answers of the feed. It counts requests for the whole set.
func lieAlways(issuer *verifiertest.Issuer, tell func(map[string]any)) *atomic.Int64 {
	var wholeSets atomic.Int64
	issuer.Intercept(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasSuffix(r.URL.Path, "/revocations") {
				next.ServeHTTP(w, r)
				return
			}
			if r.URL.Query().Get("after") == "" {
				wholeSets.Add(1)
			}
			recorded := httptest.NewRecorder()
			next.ServeHTTP(recorded, r)
			var body map[string]any
			if json.Unmarshal(recorded.Body.Bytes(), &body) != nil {
				return // the request has ended
			}
			tell(body)
			if body["garbage"] != nil {
				_, _ = w.Write([]byte(`{"cluster": `))
				return
			}
			_ = json.NewEncoder(w).Encode(body)
		})
	})
	return &wholeSets
}

func TestPositionsThatGoBackAreIgnored(t *testing.T) {
	t.Parallel()
	issuer, clock := newIssuer(t), &clock{}
	v := ready(t, issuer, clock.option())
	token := issuer.Mint("ci:read")
	succeeds(t, issuer.Revoke(deadline(t), token))
	reached := issuer.Position()
	// An old replica answers: without the revocation.
	lieAlways(issuer, func(body map[string]any) { body["position"], body["entries"] = reached-1, []any{} })
	until(t, "it is told", func() bool { return strings.Contains(v.Status().Problem, "went back") })
	refuses(t, v, token, verifier.Invalid)
	clock.ahead.Add(verifiertest.LeaseMs)
	refuses(t, v, token, verifier.Undecided)
	if v.Status().Position != reached {
		t.Errorf("%+v", v.Status())
	}
}

func TestLyingFeedIsNotAskedInALoop(t *testing.T) {
	t.Parallel()
	issuer := newIssuer(t)
	v := ready(t, issuer)
	lieAlways(issuer, func(body map[string]any) { body["nonce"] = "another" })
	until(t, "the lie is told", func() bool { return v.Status().Problem != "" })
	before, started := issuer.Requests("/revocations"), time.Now()
	until(t, "it is asked more", func() bool { return issuer.Requests("/revocations") >= before+6 })
	if took := time.Since(started); took < 500*time.Millisecond {
		t.Errorf("6 requests in %s", took)
	}
}

func TestLostLeaseIsUndecidedAtOnceAndComesBack(t *testing.T) {
	t.Parallel()
	issuer := newIssuer(t)
	v := ready(t, issuer)
	token := issuer.Mint("ci:read")
	for range 3 {
		accepts(t, v, token)
		succeeds(t, issuer.LoseLease(deadline(t)))
		refuses(t, v, token, verifier.Undecided)
		succeeds(t, issuer.GrantLease(deadline(t)))
	}
	accepts(t, v, token)
}

func TestVerifierStopsWithItsContext(t *testing.T) {
	t.Parallel()
	issuer := newIssuer(t)
	ctx, cancel := context.WithCancel(t.Context())
	v, err := issuer.Verifier(ctx)
	succeeds(t, err)
	var asked atomic.Int64
	stopped := v.Status().Instance
	issuer.Intercept(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("verifier") == stopped {
				asked.Add(1)
			}
			next.ServeHTTP(w, r)
		})
	})
	until(t, "it asks", func() bool { return asked.Load() > 1 })
	cancel()
	v.Close()
	before := asked.Load()
	other := ready(t, issuer)
	for range 3 {
		token := issuer.Mint("ci:read")
		succeeds(t, issuer.Revoke(deadline(t), token))
		refuses(t, other, token, verifier.Invalid)
	}
	// One request may have been under way.
	if more := asked.Load() - before; more > 1 {
		t.Errorf("a stopped verifier has asked %d times", more)
	}
}
