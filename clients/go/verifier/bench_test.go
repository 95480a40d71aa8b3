package verifier

import (
	"encoding/json"
	"testing"

	"claviger.example/go/internal/accesstoken"
	"claviger.example/go/internal/feed"
)

// What a verification costs, beside the signature alone.
func BenchmarkVerify(b *testing.B) {
	vectors, keySets := load[tokenVectors](b, "tokens.json"), load[map[string]keySetVector](b, "key_sets.json")
	bench := newBench(b, vectors.Issuer, vectors.Audience, keySets["all"].KeySet)
	bench.now = vectors.Now
	body, _ := json.Marshal(map[string]any{
		"cluster": "c", "position": 1, "nonce": bench.judge.feed.Request(bench.now).Get("nonce"), "lease_ms": 3000,
		"complete": true, "next": nil, "entries": []any{map[string]any{"kind": "token", "jti": "x", "forget_after": vectors.Now + 9}},
	})
	if outcome := bench.judge.feed.Apply(0, 200, body, bench.now); outcome != feed.Applied {
		b.Fatal(outcome)
	}
	text := *vectors.Cases[0].Token
	token, err := accesstoken.Parse(text)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("token", func(b *testing.B) {
		for b.Loop() {
			if _, err := bench.Verify(text, Requirement{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("signature", func(b *testing.B) {
		key := bench.judge.keys.Keys()[token.Kid]
		for b.Loop() {
			if !key.Verifies(token) {
				b.Fatal("not valid")
			}
		}
	})
}
