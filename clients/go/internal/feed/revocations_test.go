package feed

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"unsafe"

	"claviger.example/go/internal/accesstoken"
)

const now = 1_900_000_000

func token(client int, position uint64) *accesstoken.Unverified {
	claims := accesstoken.Claims{ClientID: name(client), ID: fmt.Sprint("jti", client), Audience: "aud", Position: position}
	return &accesstoken.Unverified{Kid: "kid", Claims: claims}
}

func name(client int) string { return fmt.Sprint("client", client) }

func entry(client int, before uint64, forgetAfter, since int64) datedRecord {
	return datedRecord{record{digestOf(credential, name(client)), before, forgetAfter}, since}
}

// The set says the same as a list of all entries that were ever added, while any of them matters.
func TestSetSaysTheSameAsAListOfAllEntries(t *testing.T) {
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 0))
		set, wall := &Revocations{}, int64(now)
		type added struct {
			client int
			entry  datedRecord
		}
		var all []added
		for range 150 {
			var batch []datedRecord
			for range random.IntN(40) {
				since := int64(0)
				if random.IntN(4) == 0 {
					since = wall + random.Int64N(300) - 100
				}
				one := added{client: random.IntN(60)}
				one.entry = entry(one.client, random.Uint64N(1_000), wall+random.Int64N(600), since)
				all, batch = append(all, one), append(batch, one.entry)
			}
			previous, held := set, set.Len()
			set = set.with(batch, wall)
			if previous.Len() != held {
				t.Fatal("a set was changed")
			}
			// Every time at which the set is trusted, also after the clock was set back a little.
			for _, at := range []int64{wall, set.forgottenAt - marginSeconds, wall + 1 + random.Int64N(30)} {
				client, position := random.IntN(60), random.Uint64N(1_000)
				must := false
				for _, one := range all {
					matters := one.client == client && one.entry.forgetAfter >= at
					must = must || (matters && one.entry.since <= at && position < one.entry.before)
				}
				if must && !set.Ends(token(client, position), at) {
					t.Fatalf("seed %d: client %d at %d is not ended at %d", seed, client, position, at)
				}
			}
			wall += random.Int64N(20)
		}
		// What is over is forgotten.
		if set = set.with(nil, wall+10_000); set.Len() != 0 {
			t.Fatalf("%d entries are left", set.Len())
		}
	}
}

func TestNothingIsEndedWithoutAnEntry(t *testing.T) {
	set := (&Revocations{}).with([]datedRecord{entry(1, 5, now+9, 0), entry(2, 5, now+9, now+5)}, now)
	for _, alive := range []*accesstoken.Unverified{token(1, 5), token(2, 0), token(3, 0)} {
		if set.Ends(alive, now) {
			t.Errorf("%+v", alive.Claims)
		}
	}
	if !set.Ends(token(1, 4), now) || !set.Ends(token(2, 0), now+5) {
		t.Error("an entry does not count")
	}
}

func TestManyEntriesTake32BytesEach(t *testing.T) {
	if size := unsafe.Sizeof(record{}); size != 32 {
		t.Errorf("%d bytes", size)
	}
	set := &Revocations{}
	const pages, each = 20, 10_000
	for page := range pages {
		batch := make([]datedRecord, 0, each)
		for i := range each {
			batch = append(batch, entry(page*each+i, 1, now+86_400, 0))
		}
		set = set.with(batch, now)
	}
	records := 0
	for _, run := range set.runs {
		records += cap(run)
	}
	if set.Len() != pages*each || records > set.Len()*11/10 {
		t.Errorf("%d entries in %d records", set.Len(), records)
	}
	if !set.Ends(token(pages*each-1, 0), now) || set.Ends(token(pages*each, 0), now) {
		t.Error("the set is wrong")
	}
}

func BenchmarkEndsAmongAMillion(b *testing.B) {
	set := &Revocations{}
	batch := make([]datedRecord, 0, 1_000_000)
	for i := range 1_000_000 {
		batch = append(batch, entry(i, 1, now+86_400, 0))
	}
	set, alive := set.with(batch, now), token(1_000_001, 9)
	for b.Loop() {
		if set.Ends(alive, now) {
			b.Fatal("it is alive")
		}
	}
}
