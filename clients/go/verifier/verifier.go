// Package verifier verifies access tokens of Claviger inside a service, without a request to the server, and follows the
// feed of revocations. Package verifiertest has an issuer for the tests of services.
package verifier

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"claviger.example/go/internal/bootclock"
	"claviger.example/go/internal/feed"
	"claviger.example/go/internal/keyset"
)

// keyPatience is the longest that a request waits for the key set.
const keyPatience = 5 * time.Second

// Verifier decides on tokens. One for each process is enough; any number of goroutines may use it.
type Verifier struct {
	judge  *judge
	server *endpoint
	cancel context.CancelFunc
	ended  sync.WaitGroup
	logger *slog.Logger
	// What was logged last; the follower's own.
	logged string

	mutex sync.Mutex
	// Closed, and replaced, when something was learned.
	news chan struct{}

	verdicts, outcomes, fetches *counters
	introspections              atomic.Uint64
}

// Option changes how a verifier connects.
type Option func(*options)

type options struct {
	tls          *tls.Config
	logger       *slog.Logger
	bootMs, wall func() int64
}

// WithTLS replaces the system's certificate authorities, or adds a client certificate.
func WithTLS(config *tls.Config) Option { return func(o *options) { o.tls = config } }

// WithLogger logs when the feed stops being followed and why, and when it is followed again.
func WithLogger(logger *slog.Logger) Option { return func(o *options) { o.logger = logger } }

// Connect starts to follow the feed of a realm, and returns at once: while the server is down, every token is Undecided.
// The issuer is the URL of the realm, such as https://keys.example.org/realms/acme. The id and the key are those of the
// resource server with this audience. The verifier stops when the context ends, or with Close.
func Connect(ctx context.Context, issuer, audience, id, key string, given ...Option) (*Verifier, error) {
	for _, one := range []struct{ name, value string }{
		{"issuer", issuer}, {"audience", audience}, {"id", id}, {"key", key},
	} {
		if one.value == "" {
			return nil, errors.New(one.name + ": must not be empty")
		}
	}
	if err := bootclock.Check(); err != nil {
		return nil, err
	}
	chosen := options{bootMs: bootclock.Now, wall: func() int64 { return time.Now().Unix() }}
	for _, option := range given {
		option(&chosen)
	}
	server, err := newEndpoint(issuer, id, key, chosen.tls)
	if err != nil {
		return nil, err
	}
	v := newVerifier(issuer, audience)
	v.server, v.logger = server, chosen.logger
	v.judge.bootMs, v.judge.wall = chosen.bootMs, chosen.wall
	ctx, v.cancel = context.WithCancel(ctx)
	v.ended.Go(func() { v.follow(ctx) })
	v.ended.Go(func() { v.renewKeys(ctx) })
	return v, nil
}

// newVerifier follows nothing and has no clocks.
func newVerifier(issuer, audience string) *Verifier {
	realm, follower := issuer[strings.LastIndexByte(issuer, '/')+1:], feed.New()
	return &Verifier{
		judge:    &judge{issuer: issuer, audience: audience, realm: realm, keys: keyset.NewStore(), feed: follower},
		logged:   follower.Problem(),
		news:     make(chan struct{}),
		verdicts: newCounters("accepted", "invalid", "insufficient_scope", "undecided"),
		outcomes: newCounters(string(feed.Applied), string(feed.Page), string(feed.Ignored), string(feed.Dropped)),
		fetches:  newCounters("fetched", "failed"),
	}
}

// Verify does no IO and never waits. Its error is a *Refused: Invalid, InsufficientScope or Undecided. A token of a key
// that was published a moment ago is Undecided, and has the key fetched.
func (v *Verifier) Verify(token string, wanted Requirement) (*VerifiedToken, error) {
	found, _, err := v.judge.decide(token, wanted)
	return v.counted(found, err)
}

// VerifyContext is Verify, but a token of a key that is not known yet waits while that is fetched: five seconds at most,
// and not at all when the key set may not be fetched within them.
func (v *Verifier) VerifyContext(ctx context.Context, token string, wanted Requirement) (*VerifiedToken, error) {
	return v.counted(v.verify(ctx, token, wanted))
}

func (v *Verifier) verify(ctx context.Context, token string, wanted Requirement) (*VerifiedToken, error) {
	deadline := time.Now().Add(keyPatience)
	for {
		found, kid, err := v.judge.decide(token, wanted)
		if kid == "" {
			return found, err
		}
		fetched := v.judge.keys.Fetched()
		found, kid, err = v.judge.decide(token, wanted)
		if kid == "" || !v.judge.keys.AwaitFetch(ctx, fetched, time.Until(deadline), v.judge.bootMs()) {
			return found, err
		}
	}
}

// WaitReady returns when tokens can be decided. When the context ends before, the error says why they cannot. For the
// start of a service.
func (v *Verifier) WaitReady(ctx context.Context) error {
	for {
		v.mutex.Lock()
		news := v.news
		v.mutex.Unlock()
		if v.isReady() {
			return nil
		}
		select {
		case <-news:
		case <-ctx.Done():
			return fmt.Errorf("%w: %s", ctx.Err(), cmp.Or(v.judge.feed.Problem(), v.judge.keys.Problem(), "the lease is over"))
		}
	}
}

// Close stops following. When the lease has ended, every token is Undecided.
func (v *Verifier) Close() {
	v.cancel()
	v.ended.Wait()
	v.server.close()
}

func (v *Verifier) isReady() bool {
	return len(v.judge.keys.Keys()) > 0 && v.judge.feed.Pair().IsTrusted(v.judge.bootMs(), v.judge.wall())
}

func (v *Verifier) wake() {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	close(v.news)
	v.news = make(chan struct{})
}

func (v *Verifier) counted(found *VerifiedToken, err error) (*VerifiedToken, error) {
	switch kindOf(err) {
	case 0:
		v.verdicts.count("accepted")
	case Invalid:
		v.verdicts.count("invalid")
	case InsufficientScope:
		v.verdicts.count("insufficient_scope")
	default:
		v.verdicts.count("undecided")
	}
	return found, err
}

// kindOf is 0 for no error.
func kindOf(err error) Kind {
	if err == nil {
		return 0
	}
	var refused *Refused
	if errors.As(err, &refused) {
		return refused.Kind
	}
	return Undecided
}
