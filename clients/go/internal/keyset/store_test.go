package keyset

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func kidOf(number int) string { return fmt.Sprintf("%043d", number) }

// setOf has a key under each of the ids.
func setOf(t *testing.T, kids ...string) []byte {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := private.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	var keys []string
	for _, kid := range kids {
		keys = append(keys, fmt.Sprintf(`{"kty":"EC","crv":"P-256","use":"sig","alg":"ES256","kid":%q,"x":%q,"y":%q}`,
			kid, encode(point[1:33]), encode(point[33:])))
	}
	return []byte(`{"keys":[` + strings.Join(keys, ",") + `]}`)
}

func fetch(t *testing.T, store *Store, body []byte, now int64) {
	t.Helper()
	if err := store.FinishFetch(store.BeginFetch(now), body, nil, now); err != nil {
		t.Fatal(err)
	}
}

func finds(t *testing.T, store *Store, kid string, now int64, expected Finding) {
	t.Helper()
	if _, found := store.Find(kid, now); found != expected {
		t.Fatalf("%s at %d: %d", kid, now, found)
	}
}

func isDue(t *testing.T, store *Store, now, expected int64) {
	t.Helper()
	if due := store.DueInMs(now); due != expected {
		t.Fatalf("at %d it is due in %d ms", now, due)
	}
}

func TestUnknownKeyIsFetchedOnceAndThenAbsent(t *testing.T) {
	store := NewStore()
	isDue(t, store, 0, 0)
	fetch(t, store, setOf(t, kidOf(1)), 0)
	finds(t, store, kidOf(1), 1, Known)
	isDue(t, store, 1_000, 299_000)
	finds(t, store, kidOf(2), 1_000, Unknown)
	// Never sooner than 30 s after the last fetch.
	isDue(t, store, 1_000, 29_000)
	fetch(t, store, setOf(t, kidOf(1)), 30_000)
	finds(t, store, kidOf(2), 30_000, Absent)
	isDue(t, store, 30_000, 300_000)
	// That is not believed forever.
	finds(t, store, kidOf(2), 330_000, Unknown)
}

func TestFailedFetchEvictsNothing(t *testing.T) {
	store := NewStore()
	fetch(t, store, setOf(t, kidOf(1)), 0)
	finds(t, store, kidOf(2), 1, Unknown)
	for number, body := range [][]byte{nil, []byte("garbage"), []byte(`{"keys":[]}`), []byte(`{"keys":[{"kty":"oct"}]}`)} {
		now := int64(30_000 * (number + 1))
		err := error(nil)
		if body == nil {
			err = errors.New("no connection")
		}
		if store.FinishFetch(store.BeginFetch(now), body, err, now) == nil || store.Problem() == "" {
			t.Errorf("%s", body)
		}
		finds(t, store, kidOf(1), now, Known)
		finds(t, store, kidOf(2), now, Unknown)
		isDue(t, store, now, 30_000)
	}
	fetch(t, store, setOf(t, kidOf(2)), 200_000)
	finds(t, store, kidOf(2), 200_000, Known)
	finds(t, store, kidOf(1), 200_000, Unknown)
	if store.Problem() != "" {
		t.Error(store.Problem())
	}
}

func TestWithoutAnyKeyFetchesAreRepeatedSoonerButLessAndLess(t *testing.T) {
	store, now, pauses := NewStore(), int64(0), []int64{}
	for range 8 {
		_ = store.FinishFetch(store.BeginFetch(now), nil, errors.New("down"), now)
		pauses = append(pauses, store.DueInMs(now))
		now += store.DueInMs(now)
	}
	if fmt.Sprint(pauses) != "[500 1000 2000 4000 5000 5000 5000 5000]" {
		t.Error(pauses)
	}
}

func TestFetchThatEndedBeforeTheWaitBeganIsNoticed(t *testing.T) {
	store := NewStore()
	fetched := store.Fetched()
	if store.AwaitFetch(t.Context(), fetched, 0, 0) {
		t.Error("nothing was fetched")
	}
	fetch(t, store, setOf(t, kidOf(1)), 0)
	// The next one is due in minutes.
	if !store.AwaitFetch(t.Context(), fetched, time.Second, 0) || store.AwaitFetch(t.Context(), store.Fetched(), time.Second, 0) {
		t.Error("the fetch was not noticed, or another one")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if store.BeginFetch(1); store.AwaitFetch(ctx, store.Fetched(), time.Hour, 1) {
		t.Error("the fetch goes on")
	}
}

func TestListsOfUnknownIdsAreBounded(t *testing.T) {
	store := NewStore()
	fetch(t, store, setOf(t, kidOf(0)), 0)
	for round := range 5 {
		for number := range 3_000 {
			store.Find(kidOf(10_000*round+number+1), int64(30_000*round))
		}
		if len(store.wanted) > maxUnknown {
			t.Fatalf("%d wanted", len(store.wanted))
		}
		fetch(t, store, setOf(t, kidOf(0)), int64(30_000*(round+1)))
		if len(store.wanted) > maxUnknown || len(store.absent) > maxUnknown || len(store.absent) == 0 {
			t.Fatalf("%d wanted, %d absent", len(store.wanted), len(store.absent))
		}
	}
	finds(t, store, kidOf(0), 200_000, Known)
	for _, text := range []string{"", "../../etc/passwd", strings.Repeat("a", 44), strings.Repeat("+", 43)} {
		finds(t, store, text, 0, Absent)
	}
}
