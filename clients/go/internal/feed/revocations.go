package feed

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"slices"

	"claviger.example/go/internal/accesstoken"
)

const (
	// everyPosition is after every position: a token or a key is ended whatever the position is.
	everyPosition = accesstoken.LastPosition + 1
	// marginSeconds is how much longer than demanded an entry is kept, for a wall clock that is set back a little.
	marginSeconds = 60
	// maxEntries bounds the set to 320 MB. No realm has as many live revocations.
	maxEntries = 10_000_000
)

// digestKey is random, so that nobody can choose names whose digests are equal.
var digestKey = func() (key [16]byte) {
	_, _ = rand.Read(key[:]) // never fails (crypto/rand)
	return key
}()

// digest names the thing that an entry is about.
type digest [16]byte

func digestOf(kind, name string) digest {
	text := make([]byte, 0, 128)
	text = append(append(append(append(text, digestKey[:]...), kind...), 0), name...)
	sum := sha256.Sum256(text)
	return digest(sum[:16])
}

// record is an entry in 32 bytes.
type record struct {
	thing digest
	// Tokens whose position is lower are dead.
	before      uint64
	forgetAfter int64
}

// datedRecord counts from a second of the wall clock on.
type datedRecord struct {
	record
	since int64
}

// Revocations is a set of entries. It never changes: adding makes another set that shares what it can.
//
// Records are in sorted runs, each at least twice as long as the next, so that adding one costs little in a large set.
// The same thing may be in several runs.
type Revocations struct {
	runs  [][]record
	dated []datedRecord
	count int
	// The wall clock by which entries were forgotten last.
	forgottenAt int64
}

// Len counts the things that entries are about.
func (r *Revocations) Len() int { return r.count + len(r.dated) }

// with adds entries, and forgets old ones once a minute.
func (r *Revocations) with(entries []datedRecord, wall int64) *Revocations {
	next := &Revocations{runs: r.runs, dated: r.dated, count: r.count, forgottenAt: r.forgottenAt}
	forgetting := wall >= r.forgottenAt+marginSeconds
	if forgetting {
		next.forgottenAt = wall
	}
	var plain []record
	var dated []datedRecord
	for _, entry := range entries {
		switch {
		case next.isPast(entry.forgetAfter):
		case entry.since > 0:
			dated = append(dated, entry)
		default:
			plain = append(plain, entry.record)
		}
	}
	if len(dated) > 0 {
		next.dated = mergedDated(r.dated, dated)
	}
	if len(plain) > 0 {
		next.add(compacted(plain))
	}
	if forgetting {
		next.forget()
	}
	return next
}

// Ends says whether an entry ends the token.
func (r *Revocations) Ends(token *accesstoken.Unverified, wall int64) bool {
	if r.Len() == 0 {
		return false
	}
	claims := &token.Claims
	ends := func(kind, name string) bool { return r.ends(digestOf(kind, name), claims.Position, wall) }
	grant, hasGrant := accesstoken.GrantOf(claims.ID)
	return ends(credential, claims.ClientID) || ends(tokenKind, claims.ID) || ends(key, token.Kid) ||
		ends(resourceServer, claims.Audience) || ends(realm, "") || (hasGrant && ends(tokenKind, grant))
}

func (r *Revocations) ends(thing digest, position uint64, wall int64) bool {
	for _, run := range r.runs {
		if at, found := slices.BinarySearchFunc(run, thing, compareThing); found && position < run[at].before {
			return true
		}
	}
	at, _ := slices.BinarySearchFunc(r.dated, thing, func(one datedRecord, thing digest) int {
		return compareThing(one.record, thing)
	})
	for ; at < len(r.dated) && r.dated[at].thing == thing; at++ {
		if r.dated[at].since <= wall && position < r.dated[at].before {
			return true
		}
	}
	return false
}

// isPast says whether an entry is forgotten at `forgottenAt`. The set is not trusted at a much earlier time.
func (r *Revocations) isPast(forgetAfter int64) bool {
	return forgetAfter+marginSeconds < r.forgottenAt
}

func (r *Revocations) add(run []record) {
	for _, one := range run {
		if !r.holds(one.thing) {
			r.count++
		}
	}
	runs := append(slices.Clip(r.runs), run)
	for len(runs) > 1 {
		last, previous := runs[len(runs)-1], runs[len(runs)-2]
		if len(previous) >= 2*len(last) {
			break
		}
		runs = append(slices.Clip(runs[:len(runs)-2]), merged(previous, last))
	}
	r.runs = runs
}

func (r *Revocations) holds(thing digest) bool {
	return slices.ContainsFunc(r.runs, func(run []record) bool {
		_, found := slices.BinarySearchFunc(run, thing, compareThing)
		return found
	})
}

func (r *Revocations) forget() {
	var all []record
	for _, run := range r.runs {
		all = merged(all, run)
	}
	kept := make([]record, 0, len(all))
	for _, one := range all {
		if !r.isPast(one.forgetAfter) {
			kept = append(kept, one)
		}
	}
	r.runs, r.count = nil, len(kept)
	if len(kept) > 0 {
		r.runs = [][]record{slices.Clip(kept)}
	}
	r.dated = slices.DeleteFunc(slices.Clone(r.dated), func(one datedRecord) bool { return r.isPast(one.forgetAfter) })
}

func compareThing(one record, thing digest) int { return bytes.Compare(one.thing[:], thing[:]) }

func compareDated(a, b datedRecord) int {
	if order := compareThing(a.record, b.thing); order != 0 {
		return order
	}
	switch {
	case a.since < b.since:
		return -1
	case a.since > b.since:
		return 1
	}
	return 0
}

// together keeps what ends more, for longer.
func together(a, b record) record {
	return record{thing: a.thing, before: max(a.before, b.before), forgetAfter: max(a.forgetAfter, b.forgetAfter)}
}

// compacted sorts records, and has each thing once.
func compacted(records []record) []record {
	slices.SortFunc(records, func(a, b record) int { return compareThing(a, b.thing) })
	kept := records[:0]
	for _, one := range records {
		if last := len(kept) - 1; last >= 0 && kept[last].thing == one.thing {
			kept[last] = together(kept[last], one)
		} else {
			kept = append(kept, one)
		}
	}
	return slices.Clip(kept)
}

// merged makes one run of two.
func merged(a, b []record) []record {
	all := make([]record, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch order := compareThing(a[0], b[0].thing); {
		case order < 0:
			all, a = append(all, a[0]), a[1:]
		case order > 0:
			all, b = append(all, b[0]), b[1:]
		default:
			all, a, b = append(all, together(a[0], b[0])), a[1:], b[1:]
		}
	}
	return append(append(all, a...), b...)
}

func mergedDated(known, added []datedRecord) []datedRecord {
	all := append(slices.Clone(known), added...)
	slices.SortFunc(all, compareDated)
	kept := all[:0]
	for _, one := range all {
		if last := len(kept) - 1; last >= 0 && compareDated(kept[last], one) == 0 {
			kept[last].record = together(kept[last].record, one.record)
		} else {
			kept = append(kept, one)
		}
	}
	return kept
}
