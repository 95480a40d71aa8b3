package verifiertest

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// hold is how long a request of the feed may wait for something new.
const hold = time.Second

// Revoke ends one token, and returns when every verifier has learned of it.
func (i *Issuer) Revoke(ctx context.Context, token string) error {
	claims, err := i.claimsOf(token)
	if err != nil {
		return err
	}
	return i.End(ctx, map[string]any{"kind": "token", "jti": claims["jti"]})
}

// RevokeClient ends every token that the client has.
func (i *Issuer) RevokeClient(ctx context.Context, clientID string) error {
	return i.End(ctx, map[string]any{"kind": "credential", "client_id": clientID, "before": i.Position() + 1})
}

// End adds an entry to the feed, and returns when every verifier has learned of it.
func (i *Issuer) End(ctx context.Context, entry map[string]any) error {
	full := map[string]any{"forget_after": time.Now().Unix() + 86_460}
	for name, value := range entry {
		full[name] = value
	}
	i.mutex.Lock()
	i.position++
	i.log = append(i.log, logged{i.position, full})
	reached := i.position
	announce(&i.changed)
	i.mutex.Unlock()
	return i.awaitAll(ctx, "the revocation", func(one *attached) bool { return one.acked >= reached })
}

// LoseLease takes the lease of every verifier, and returns when none has one: all are undecided from then on.
func (i *Issuer) LoseLease(ctx context.Context) error { return i.setLease(ctx, 1) }

// GrantLease gives leases again, and returns when every verifier has one.
func (i *Issuer) GrantLease(ctx context.Context) error { return i.setLease(ctx, LeaseMs) }

func (i *Issuer) setLease(ctx context.Context, ms int) error {
	i.mutex.Lock()
	i.leaseMs = ms
	i.epoch++
	epoch := i.epoch
	announce(&i.changed)
	i.mutex.Unlock()
	return i.awaitAll(ctx, "the lease", func(one *attached) bool { return one.epoch >= epoch })
}

// awaitAll waits for every verifier that still follows.
func (i *Issuer) awaitAll(ctx context.Context, what string, done func(*attached) bool) error {
	for {
		i.mutex.Lock()
		missing, heard := 0, i.heard
		for _, one := range i.verifiers {
			if !done(one) && time.Since(one.at) < silence {
				missing++
			}
		}
		i.mutex.Unlock()
		if missing == 0 {
			return nil
		}
		timer := time.NewTimer(silence)
		select {
		case <-heard:
		case <-timer.C: // those that are heard no more have no lease now
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("%d verifiers have not learned of %s: %w", missing, what, ctx.Err())
		}
		timer.Stop()
	}
}

// announce is called with the mutex held.
func announce(news *chan struct{}) {
	close(*news)
	*news = make(chan struct{})
}

func (i *Issuer) serveFeed(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	after, err := strconv.ParseUint(query.Get("after"), 10, 64)
	follows := err == nil && query.Get("cluster") == i.cluster
	if !follows {
		after = 0
	}
	changed, epoch := i.hear(query.Get("verifier"), after)
	if follows && i.isQuiet(after, epoch) {
		timer := time.NewTimer(hold)
		defer timer.Stop()
		select {
		case <-changed:
		case <-timer.C:
		case <-r.Context().Done():
			i.leave(query.Get("verifier"))
			return
		}
	}
	answer(w, http.StatusOK, i.page(query.Get("verifier"), query.Get("nonce"), after, follows))
}

// hear notes a request: it acknowledges the answer before.
func (i *Issuer) hear(instance string, after uint64) (changed chan struct{}, epoch int) {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	one := i.verifiers[instance]
	if one == nil {
		one = &attached{}
		i.verifiers[instance] = one
	}
	one.acked, one.epoch, one.at = max(one.acked, after), one.pending, time.Now()
	announce(&i.heard)
	return i.changed, one.epoch
}

// leave notes that a verifier was closed: it has hung up. Nothing waits for it any more.
func (i *Issuer) leave(instance string) {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	if !i.stopped {
		delete(i.verifiers, instance)
		announce(&i.heard)
	}
}

func (i *Issuer) isQuiet(after uint64, epoch int) bool {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	return i.position <= after && i.epoch == epoch
}

func (i *Issuer) page(instance, nonce string, after uint64, follows bool) map[string]any {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	if one := i.verifiers[instance]; one != nil {
		one.pending = i.epoch
	}
	entries := []map[string]any{}
	for _, one := range i.log {
		if !follows || one.position > after {
			entries = append(entries, one.entry)
		}
	}
	return map[string]any{
		"cluster": i.cluster, "position": i.position, "nonce": nonce, "lease_ms": i.leaseMs, "complete": !follows,
		"next": nil, "entries": entries,
	}
}
