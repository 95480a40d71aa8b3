package keyset

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"claviger.example/go/internal/accesstoken"
)

const (
	// fetchIntervalMs is the least time between two fetches, once there are keys.
	fetchIntervalMs = 30_000
	// maxAgeMs is the longest age of the set, and of the knowledge that a key is absent.
	maxAgeMs = 300_000
	// maxUnknown bounds each of the two lists of unknown ids.
	maxUnknown = 1_024
	// Without any key, the set is asked for sooner: the first pause, and the longest.
	firstPauseMs, longestPauseMs = int64(250), int64(5_000)
	// Length of an RFC 7638 thumbprint with SHA-256. The issuer has no other ids.
	thumbprintLength = 43
)

// Finding is what is known of a key id.
type Finding int

const (
	// Known: there is a key.
	Known Finding = iota
	// Absent: the set that was fetched since does not have it.
	Absent
	// Unknown: it may be published; the next fetch tells.
	Unknown
)

// Store holds keys. Times are of the boot clock, in milliseconds. One goroutine fetches; any number look keys up.
type Store struct {
	keys    atomic.Pointer[map[string]*Key]
	problem atomic.Pointer[string]

	mutex sync.Mutex
	// Closed, and replaced, when a fetch has ended.
	fetched chan struct{}
	// Woken when a fetch may have become due.
	wanting     chan struct{}
	isAttempted bool
	isFetching  bool
	attemptedAt int64
	fetchedAt   int64
	failures    int
	// Asked for, and not looked for in a set that was fetched since.
	wanted map[string]struct{}
	// Not in a set that was fetched since they were asked for; with the time of that.
	absent map[string]int64
}

// NewStore returns a store without keys.
func NewStore() *Store {
	store := &Store{
		fetched: make(chan struct{}), wanting: make(chan struct{}, 1),
		wanted: map[string]struct{}{}, absent: map[string]int64{},
	}
	store.keys.Store(&map[string]*Key{})
	store.tell("the key set has not been fetched yet")
	return store
}

// Keys must not be changed.
func (s *Store) Keys() map[string]*Key { return *s.keys.Load() }

// Problem says why the last fetch failed. It is empty if it did not.
func (s *Store) Problem() string { return *s.problem.Load() }

// Find looks a key up, and has the set fetched for a key that may have been published since.
func (s *Store) Find(kid string, now int64) (*Key, Finding) {
	if key, isKnown := s.Keys()[kid]; isKnown {
		return key, Known
	}
	if !isThumbprint(kid) {
		return nil, Absent
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if since, isAbsent := s.absent[kid]; isAbsent && now-since < maxAgeMs {
		return nil, Absent
	}
	// Without room the id is not remembered. A fetch is due anyway, and the answer stays undecided.
	if len(s.wanted) < maxUnknown {
		s.wanted[kid] = struct{}{}
	}
	select {
	case s.wanting <- struct{}{}:
	default:
	}
	return nil, Unknown
}

// Fetched is closed when the next fetch has ended.
func (s *Store) Fetched() <-chan struct{} {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.fetched
}

// AwaitFetch takes Fetched of before an id was unknown. It returns true when that fetch has ended, and false if it will
// not within the patience, or the context has ended.
func (s *Store) AwaitFetch(ctx context.Context, fetched <-chan struct{}, patience time.Duration, now int64) bool {
	// In this order: a fetch that ends meanwhile makes the next one due much later.
	due := time.Duration(s.DueInMs(now)) * time.Millisecond
	select {
	case <-fetched:
		return true
	default:
	}
	if due > patience {
		return false
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-fetched:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}

// Wanting is written to when a fetch may be due earlier than it was.
func (s *Store) Wanting() <-chan struct{} { return s.wanting }

// DueInMs is how long until the set should be fetched; 0 while it is.
func (s *Store) DueInMs(now int64) int64 {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if !s.isAttempted || s.isFetching {
		return 0
	}
	since := now - s.attemptedAt
	if len(s.Keys()) == 0 {
		return max(0, min(firstPauseMs<<min(s.failures, 5), longestPauseMs)-since)
	}
	if len(s.wanted) > 0 {
		return max(0, fetchIntervalMs-since)
	}
	return max(0, maxAgeMs-(now-s.fetchedAt), fetchIntervalMs-since)
}

// BeginFetch returns the unknown ids that this fetch looks for.
func (s *Store) BeginFetch(now int64) []string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.isAttempted, s.isFetching, s.attemptedAt = true, true, now
	sought := make([]string, 0, len(s.wanted))
	for kid := range s.wanted {
		sought = append(sought, kid)
	}
	return sought
}

// FinishFetch takes the set. A failed fetch evicts nothing.
func (s *Store) FinishFetch(sought []string, body []byte, err error, now int64) error {
	var keys map[string]*Key
	if err == nil {
		keys, err = Parse(body)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.isFetching = false
	close(s.fetched)
	s.fetched = make(chan struct{})
	if err != nil {
		s.failures++
		s.tell(err.Error())
		return err
	}
	s.keys.Store(&keys)
	s.fetchedAt, s.failures = now, 0
	s.tell("")
	for _, kid := range sought {
		delete(s.wanted, kid)
		if _, isKnown := keys[kid]; !isKnown {
			s.noteAbsent(kid, now)
		}
	}
	return nil
}

// noteAbsent makes room by forgetting those of before: the ids of this fetch are at most as many.
func (s *Store) noteAbsent(kid string, now int64) {
	if len(s.absent) >= maxUnknown {
		for one, since := range s.absent {
			if since != now {
				delete(s.absent, one)
			}
		}
	}
	if len(s.absent) < maxUnknown {
		s.absent[kid] = now
	}
}

func (s *Store) tell(why string) { s.problem.Store(&why) }

func isThumbprint(kid string) bool {
	return len(kid) == thumbprintLength && accesstoken.IsBase64URL(kid)
}
