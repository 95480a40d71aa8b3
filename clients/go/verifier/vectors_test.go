package verifier

// The shared vectors, whose format contract/vectors/README.md defines.

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"claviger.example/go/internal/feed"
	"claviger.example/go/internal/keyset"
)

// oneOf is a text or a list of texts.
type oneOf []string

func (o *oneOf) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*o = oneOf{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(o))
}

type keySetVector struct {
	Usable []string        `json:"usable"`
	KeySet json.RawMessage `json:"key_set"`
}

type tokenVectors struct {
	Issuer, Audience string
	Now              int64
	Cases            []struct {
		Name     string            `json:"name"`
		Token    *string           `json:"token"`
		Parts    []json.RawMessage `json:"parts"`
		KeySet   string            `json:"key_set"`
		Now      int64             `json:"now"`
		Required []string          `json:"required"`
		Verdict  oneOf             `json:"verdict"`
	}
}

type feedVectors struct {
	Issuer, Audience string
	KeySet           string            `json:"key_set"`
	Tokens           map[string]string `json:"tokens"`
	Scripts          []struct {
		Name  string     `json:"name"`
		Steps []feedStep `json:"steps"`
	} `json:"scripts"`
}

type feedStep struct {
	Step       string            `json:"step"`
	Request    map[string]string `json:"request"`
	SentBootMs int64             `json:"sent_boot_ms"`
	Response   *struct {
		Status   int             `json:"status"`
		Body     json.RawMessage `json:"body"`
		BodyText *string         `json:"body_text"`
	} `json:"response"`
	Received struct {
		BootMs int64 `json:"boot_ms"`
		Wall   int64 `json:"wall"`
	} `json:"received"`
	Outcome  oneOf    `json:"outcome"`
	Token    string   `json:"token"`
	Required []string `json:"required"`
	BootMs   int64    `json:"boot_ms"`
	Wall     int64    `json:"wall"`
	Verdict  oneOf    `json:"verdict"`
	Entries  int      `json:"entries"`
}

func load[T any](t testing.TB, name string) T {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../../../contract/vectors", name))
	if err != nil {
		t.Fatal(err)
	}
	var value T
	if err := json.Unmarshal(data, &value); err != nil {
		t.Fatal(err)
	}
	return value
}

// bench is a verifier without goroutines, whose clocks stand still.
type bench struct {
	*Verifier
	boot, now int64
}

func newBench(t testing.TB, issuer, audience string, keySet []byte) *bench {
	t.Helper()
	b := &bench{Verifier: newVerifier(issuer, audience)}
	b.judge.bootMs, b.judge.wall = func() int64 { return b.boot }, func() int64 { return b.now }
	if err := b.judge.keys.FinishFetch(b.judge.keys.BeginFetch(0), keySet, nil, 0); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) verdict(t *testing.T, token string, required []string) string {
	t.Helper()
	found, err := b.Verify(token, MustRequire(required...))
	var refused *Refused
	switch {
	case err == nil && found != nil:
		return "accepted"
	case !errors.As(err, &refused) || found != nil:
		t.Fatalf("%v, %v", found, err)
	}
	return map[Kind]string{Invalid: "invalid", InsufficientScope: "insufficient_scope", Undecided: "undecided"}[refused.Kind]
}

func TestUsableKeysOfASet(t *testing.T) {
	for name, vector := range load[map[string]keySetVector](t, "key_sets.json") {
		keys, err := keyset.Parse(vector.KeySet)
		found := slices.Sorted(maps.Keys(keys))
		if slices.Sort(vector.Usable); err != nil || !slices.Equal(found, vector.Usable) {
			t.Errorf("%s: %v, %v", name, found, err)
		}
	}
}

func TestTokenVectors(t *testing.T) {
	vectors, keySets := load[tokenVectors](t, "tokens.json"), load[map[string]keySetVector](t, "key_sets.json")
	if len(vectors.Cases) < 250 {
		t.Fatalf("%d cases", len(vectors.Cases))
	}
	for _, one := range vectors.Cases {
		t.Run(one.Name, func(t *testing.T) {
			keySet := keySets["all"].KeySet
			if one.KeySet != "" {
				keySet = keySets[one.KeySet].KeySet
			}
			b := newBench(t, vectors.Issuer, vectors.Audience, keySet)
			if b.now = one.Now; b.now == 0 {
				b.now = vectors.Now
			}
			empty := map[string]any{
				"cluster": "c", "position": 1, "nonce": b.judge.feed.Request(b.now).Get("nonce"), "lease_ms": 3000,
				"complete": true, "next": nil, "entries": []any{},
			}
			body, _ := json.Marshal(empty)
			if outcome := b.judge.feed.Apply(0, 200, body, b.now); outcome != feed.Applied {
				t.Fatal(outcome)
			}
			token := tokenOf(t, one.Token, one.Parts)
			verdict := b.verdict(t, token, one.Required)
			if verdict == "undecided" {
				// A well-formed kid that is not in the set: the set is fetched once more.
				keys := b.judge.keys
				if err := keys.FinishFetch(keys.BeginFetch(30_000), keySet, nil, 30_000); err != nil {
					t.Fatal(err)
				}
				verdict = b.verdict(t, token, one.Required)
			}
			if !slices.Contains(one.Verdict, verdict) {
				t.Errorf("%s instead of %s", verdict, one.Verdict)
			}
		})
	}
}

func tokenOf(t *testing.T, token *string, parts []json.RawMessage) string {
	t.Helper()
	if token != nil {
		return *token
	}
	var joined strings.Builder
	for _, part := range parts {
		var text string
		if json.Unmarshal(part, &text) == nil {
			joined.WriteString(text)
			continue
		}
		var count int
		if err := json.Unmarshal(part, &[]any{&text, &count}); err != nil {
			t.Fatal(err)
		}
		joined.WriteString(strings.Repeat(text, count))
	}
	return joined.String()
}

func TestFeedVectors(t *testing.T) {
	vectors, keySets := load[feedVectors](t, "feed.json"), load[map[string]keySetVector](t, "key_sets.json")
	if len(vectors.Scripts) < 90 {
		t.Fatalf("%d scripts", len(vectors.Scripts))
	}
	for _, script := range vectors.Scripts {
		t.Run(script.Name, func(t *testing.T) {
			b := newBench(t, vectors.Issuer, vectors.Audience, keySets[vectors.KeySet].KeySet)
			nonces := map[string]bool{}
			for number, step := range script.Steps {
				switch step.Step {
				case "poll":
					b.poll(t, number, step, nonces)
				case "check":
					b.boot, b.now = step.BootMs, step.Wall
					if verdict := b.verdict(t, vectors.Tokens[step.Token], step.Required); !slices.Contains(step.Verdict, verdict) {
						t.Fatalf("step %d: %s instead of %s", number, verdict, step.Verdict)
					}
				case "held":
					if held := b.judge.feed.Pair().Revocations.Len(); held != step.Entries {
						t.Fatalf("step %d: %d instead of %d", number, held, step.Entries)
					}
				default:
					t.Fatalf("step %d: %s", number, step.Step)
				}
			}
		})
	}
}

func (b *bench) poll(t *testing.T, number int, step feedStep, nonces map[string]bool) {
	t.Helper()
	follower := b.judge.feed
	query := follower.Request(b.now)
	nonce := query.Get("nonce")
	if nonce == "" || nonces[nonce] || query.Get("verifier") != follower.Instance {
		t.Fatalf("step %d: %v", number, query)
	}
	nonces[nonce] = true
	query.Del("nonce")
	query.Del("verifier")
	sent := map[string]string{}
	for name := range query {
		sent[name] = query.Get(name)
	}
	if !maps.Equal(sent, step.Request) {
		t.Fatalf("step %d: asks %v instead of %v", number, sent, step.Request)
	}
	b.boot, b.now = step.Received.BootMs, step.Received.Wall
	var outcome feed.Outcome
	if step.Response == nil {
		outcome = follower.Fail(errors.New("refused"))
	} else {
		body := step.Response.Body
		if step.Response.BodyText != nil {
			body = []byte(*step.Response.BodyText)
		}
		outcome = follower.Apply(step.SentBootMs, step.Response.Status, bytes.ReplaceAll(expanded(t, body), []byte("$nonce"), []byte(nonce)), b.now)
	}
	if !slices.Contains(step.Outcome, string(outcome)) {
		t.Fatalf("step %d: %s instead of %s: %s", number, outcome, step.Outcome, follower.Problem())
	}
	if told := follower.Problem() != ""; told != (outcome == feed.Ignored || outcome == feed.Dropped) && outcome != feed.Page {
		t.Fatalf("step %d: %s: %q", number, outcome, follower.Problem())
	}
}

// expanded writes out a list that repeats one entry.
func expanded(t *testing.T, body []byte) []byte {
	t.Helper()
	var members map[string]json.RawMessage
	var repeated struct {
		Repeat json.RawMessage
		Count  int
	}
	if json.Unmarshal(body, &members) != nil || json.Unmarshal(members["entries"], &repeated) != nil || repeated.Count == 0 {
		return body
	}
	list := bytes.Repeat(append(slices.Clip(repeated.Repeat), ','), repeated.Count)
	members["entries"] = append(append([]byte("["), bytes.TrimSuffix(list, []byte(","))...), ']')
	written, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return written
}
