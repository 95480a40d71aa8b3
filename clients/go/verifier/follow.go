package verifier

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"claviger.example/go/internal/feed"
	"claviger.example/go/internal/keyset"
)

const (
	firstPause, longestPause = 50 * time.Millisecond, time.Second
	// Least time between two answers that bring nothing new: a server that does not wait is not asked in a loop.
	quietPause = 100 * time.Millisecond
	// After 429, which says that there are too many verifiers.
	tooManyPause = 5 * time.Second
	maxDoublings = 10
)

// follow polls the feed until the context ends.
func (v *Verifier) follow(ctx context.Context) {
	failures := 0
	for ctx.Err() == nil {
		before, started := v.judge.feed.Pair(), time.Now()
		outcome, status := v.poll(ctx)
		if ctx.Err() != nil {
			return
		}
		v.outcomes.count(string(outcome))
		v.tell(outcome)
		after := v.judge.feed.Pair()
		var pause time.Duration
		switch {
		case outcome == feed.Page, outcome == feed.Applied && (before == nil || before.Position != after.Position):
		case outcome == feed.Applied:
			pause = quietPause - time.Since(started)
		case status == http.StatusTooManyRequests:
			pause = tooManyPause
		case outcome == feed.Dropped && failures == 0:
			// The set is fetched anew at once, but not again and again.
		default:
			pause = time.Duration(float64(min(firstPause<<min(failures, maxDoublings), longestPause)) * (0.8 + 0.2*rand.Float64()))
		}
		switch outcome {
		case feed.Applied, feed.Page:
			// A whole set alone proves nothing: a feed that lies about what follows would be asked for it in a loop.
			if before != nil {
				failures = 0
			}
		default:
			failures++
		}
		sleep(ctx, pause)
	}
}

func (v *Verifier) poll(ctx context.Context) (feed.Outcome, int) {
	follower := v.judge.feed
	query := follower.Request(v.judge.wall())
	// The lease counts from here. Whatever delays the request or its answer shortens it.
	sent := v.judge.bootMs()
	status, body, err := v.server.get(ctx, "/revocations", query, feed.MaxAnswerBytes)
	if err != nil {
		return follower.Fail(err), 0
	}
	return follower.Apply(sent, status, body, v.judge.wall()), status
}

// tell wakes those who wait until the verifier is ready, and logs what changed.
func (v *Verifier) tell(outcome feed.Outcome) {
	v.wake()
	problem := v.judge.feed.Problem()
	if v.logger != nil && problem != v.logged {
		if problem == "" {
			v.logger.Info("the revocation feed is followed", "issuer", v.judge.issuer)
		} else {
			v.logger.Warn("the revocation feed is not followed", "issuer", v.judge.issuer, "outcome", outcome, "problem", problem)
		}
	}
	v.logged = problem
}

// renewKeys fetches the key set until the context ends. It alone does, so there is never more than one fetch.
func (v *Verifier) renewKeys(ctx context.Context) {
	keys := v.judge.keys
	for ctx.Err() == nil {
		if due := keys.DueInMs(v.judge.bootMs()); due > 0 {
			timer := time.NewTimer(time.Duration(due) * time.Millisecond)
			select {
			case <-keys.Wanting():
			case <-timer.C:
			case <-ctx.Done():
			}
			timer.Stop()
			continue
		}
		sought := keys.BeginFetch(v.judge.bootMs())
		status, body, err := v.server.getPublic(ctx, "/oauth2/jwks", keyset.MaxBytes)
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("the key set was answered with %d", status)
		}
		if keys.FinishFetch(sought, body, err, v.judge.bootMs()) == nil {
			v.fetches.count("fetched")
		} else {
			v.fetches.count("failed")
		}
		v.wake()
	}
}

func sleep(ctx context.Context, pause time.Duration) {
	if pause <= 0 {
		return
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
