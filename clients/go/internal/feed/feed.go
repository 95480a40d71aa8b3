// Package feed has what a verifier asks the revocation feed, and what an answer does. It does no IO and reads no clock.
package feed

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync/atomic"
)

// maxPages bounds a whole set, as maxEntries does.
const maxPages = 1_000

// Outcome is what became of an answer.
type Outcome string

const (
	// Applied: the set and its lease were replaced together.
	Applied Outcome = "applied"
	// Page: there are more pages; nothing is granted yet.
	Page Outcome = "page"
	// Ignored: nothing changed; the lease goes on until it ends.
	Ignored Outcome = "ignored"
	// Dropped: the answer was a lie; the set and its lease are gone.
	Dropped Outcome = "dropped"
)

// Pair is a set and until when it may be trusted: one immutable value, replaced as a whole.
type Pair struct {
	Revocations *Revocations
	// LeaseUntil is on the boot clock, in milliseconds. The lease is over at that moment.
	LeaseUntil int64
	Cluster    string
	Position   uint64
}

// IsTrusted says whether tokens may be decided with the set. After a clock was set back it may not: what was forgotten
// by the later time may matter again.
func (p *Pair) IsTrusted(bootMs, wall int64) bool {
	return p != nil && bootMs < p.LeaseUntil && !p.isSetBack(wall)
}

func (p *Pair) isSetBack(wall int64) bool { return wall < p.Revocations.forgottenAt-marginSeconds }

// pages is a paging that is under way.
type pages struct {
	startedMs int64
	leaseMs   int64
	first     *answer
	entries   []datedRecord
	cursors   []string
}

// Feed follows one realm. Any goroutine may call Pair and Problem; one alone calls Request and Apply.
type Feed struct {
	// Instance is the random id of this verifier.
	Instance string

	pair    atomic.Pointer[Pair]
	problem atomic.Pointer[string]
	nonce   string
	pages   *pages
	// The highest position that was applied, and its cluster. Both outlive the set.
	floorCluster  string
	floorPosition uint64
}

// New returns a feed that has not asked yet.
func New() *Feed {
	feed := &Feed{Instance: rand.Text()}
	feed.tell("the feed has not answered yet")
	return feed
}

// Pair is nil while no set is held.
func (f *Feed) Pair() *Pair { return f.pair.Load() }

// Problem says why the last answer was not applied. It is empty if it was.
func (f *Feed) Problem() string { return *f.problem.Load() }

// Request is the query of the next request. It acknowledges what was applied, and nothing else.
func (f *Feed) Request(wall int64) url.Values {
	pair := f.Pair()
	if pair != nil && pair.isSetBack(wall) {
		f.drop("the wall clock was set back")
		pair = nil
	}
	f.nonce = rand.Text()
	query := url.Values{"verifier": {f.Instance}, "nonce": {f.nonce}, "wait": {"1"}}
	if pair != nil {
		query.Set("after", strconv.FormatUint(pair.Position, 10))
		query.Set("cluster", pair.Cluster)
	}
	if f.pages != nil {
		query.Set("cursor", f.pages.cursors[len(f.pages.cursors)-1])
	}
	return query
}

// Fail notes that the last request had no answer.
func (f *Feed) Fail(why error) Outcome { return f.ignore("no answer: " + why.Error()) }

// Apply takes the answer to the last request. sentMs is the boot clock before that was sent.
func (f *Feed) Apply(sentMs int64, status int, body []byte, wall int64) Outcome {
	if status != http.StatusOK {
		return f.ignore(fmt.Sprintf("the feed answered %d", status))
	}
	answer, err := parseAnswer(body, f.nonce)
	if err != nil {
		return f.drop(err.Error())
	}
	if f.goesBack(answer) {
		return f.ignore(fmt.Sprintf("the feed went back to position %d", answer.position))
	}
	outcome, err := f.apply(sentMs, answer, wall)
	if err != nil {
		return f.drop(err.Error())
	}
	return outcome
}

// goesBack leaves a page of a lower position than its first one to checkPage: that is a lie, not an old answer.
func (f *Feed) goesBack(answer *answer) bool {
	if answer.cluster != f.floorCluster || answer.position >= f.floorPosition {
		return false
	}
	return f.pages == nil || answer.position >= f.pages.first.position
}

func (f *Feed) apply(sentMs int64, answer *answer, wall int64) (Outcome, error) {
	under := f.pages
	if under == nil {
		if err := f.checkStart(answer); err != nil {
			return "", err
		}
		under = &pages{startedMs: sentMs, leaseMs: answer.leaseMs, first: answer}
	} else if err := under.check(answer); err != nil {
		return "", err
	}
	under.entries = append(under.entries, answer.entries...)
	under.leaseMs = min(under.leaseMs, answer.leaseMs)
	if answer.next == "" {
		return f.finish(under, wall)
	}
	if slices.Contains(under.cursors, answer.next) || len(under.cursors) >= maxPages {
		return "", lie("the pages of the answer do not end")
	}
	under.cursors = append(under.cursors, answer.next)
	f.pages = under
	return Page, nil
}

func (f *Feed) checkStart(answer *answer) error {
	pair := f.Pair()
	switch {
	case answer.complete:
		return nil
	case pair == nil:
		return lie("there is a gap: the answer is not complete, and nothing was known")
	case answer.cluster != pair.Cluster:
		return lie("there is a gap: the answer is not complete, and of another cluster")
	}
	return nil
}

func (p *pages) check(answer *answer) error {
	first := p.first
	if answer.cluster != first.cluster || answer.complete != first.complete || answer.position < first.position {
		return lie("a page does not belong to the first one")
	}
	return nil
}

// finish replaces the set and its lease. The position that is reached is that of the first page.
func (f *Feed) finish(pages *pages, wall int64) (Outcome, error) {
	known := &Revocations{}
	if !pages.first.complete {
		known = f.Pair().Revocations
	}
	revocations := known.with(pages.entries, wall)
	if revocations.Len() > maxEntries {
		return "", lie("there are more revocations than any realm has")
	}
	f.pair.Store(&Pair{revocations, pages.startedMs + pages.leaseMs, pages.first.cluster, pages.first.position})
	f.floorCluster, f.floorPosition = pages.first.cluster, pages.first.position
	f.pages = nil
	f.tell("")
	return Applied, nil
}

func (f *Feed) ignore(why string) Outcome {
	f.pages = nil
	f.tell(why)
	return Ignored
}

func (f *Feed) drop(why string) Outcome {
	f.pages = nil
	f.pair.Store(nil)
	f.tell(why + "; the set was dropped")
	return Dropped
}

func (f *Feed) tell(why string) { f.problem.Store(&why) }
