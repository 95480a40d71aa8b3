package verifier

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// Status is what an operator asks for. It holds no secret.
type Status struct {
	// Ready says whether tokens are decided offline now.
	Ready bool `json:"ready"`
	// Instance is the random id of this process at the feed.
	Instance string `json:"instance"`
	// Cluster and Position are those of the set that is held.
	Cluster  string `json:"cluster,omitempty"`
	Position uint64 `json:"position,omitempty"`
	// Entries counts the revocations that are held.
	Entries int `json:"entries"`
	// Lease is how long the set may still be trusted.
	Lease time.Duration `json:"lease_ns"`
	// Problem says why the last answer of the feed was not applied.
	Problem string `json:"problem,omitempty"`
	// Keys are the ids of the keys that are held.
	Keys []string `json:"keys"`
	// KeyProblem says why the last fetch of the key set failed.
	KeyProblem string `json:"key_problem,omitempty"`
}

// Status is cheap, and may be asked at any time.
func (v *Verifier) Status() Status {
	pair, bootMs, wall := v.judge.feed.Pair(), v.judge.bootMs(), v.judge.wall()
	status := Status{
		Ready: v.isReady(), Instance: v.judge.feed.Instance,
		Problem: v.judge.feed.Problem(), KeyProblem: v.judge.keys.Problem(), Keys: []string{},
	}
	for kid := range v.judge.keys.Keys() {
		status.Keys = append(status.Keys, kid)
	}
	slices.Sort(status.Keys)
	if pair != nil {
		status.Cluster, status.Position, status.Entries = pair.Cluster, pair.Position, pair.Revocations.Len()
	}
	if pair.IsTrusted(bootMs, wall) {
		status.Lease = time.Duration(pair.LeaseUntil-bootMs) * time.Millisecond
	}
	return status
}

// WriteMetrics writes the text format of Prometheus.
func (v *Verifier) WriteMetrics(w io.Writer) error {
	status := v.Status()
	ready := 0
	if status.Ready {
		ready = 1
	}
	var text strings.Builder
	gauge := func(name, help string, value any) {
		fmt.Fprintf(&text, "# HELP %[1]s %[2]s\n# TYPE %[1]s gauge\n%[1]s %[3]v\n", name, help, value)
	}
	gauge("claviger_verifier_ready", "Whether tokens are decided offline.", ready)
	gauge("claviger_verifier_lease_seconds", "How long the set of revocations may still be trusted.", status.Lease.Seconds())
	gauge("claviger_verifier_position", "Position of the set of revocations.", status.Position)
	gauge("claviger_verifier_entries", "Revocations that are held.", status.Entries)
	gauge("claviger_verifier_keys", "Keys that are held.", len(status.Keys))
	v.verdicts.write(&text, "claviger_verifier_decisions_total", "Decisions on tokens.", "verdict")
	v.outcomes.write(&text, "claviger_verifier_feed_answers_total", "Answers of the revocation feed.", "outcome")
	v.fetches.write(&text, "claviger_verifier_key_fetches_total", "Fetches of the key set.", "outcome")
	fmt.Fprintf(&text, "# HELP %[1]s Tokens that the server was asked about.\n# TYPE %[1]s counter\n%[1]s %[2]d\n",
		"claviger_verifier_introspections_total", v.introspections.Load())
	_, err := io.WriteString(w, text.String())
	return err
}

// MetricsHandler serves WriteMetrics.
func (v *Verifier) MetricsHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		_ = v.WriteMetrics(w) // a scraper that went away
	})
}

// counters counts under a fixed list of labels.
type counters struct {
	labels []string
	counts map[string]*atomic.Uint64
}

func newCounters(labels ...string) *counters {
	made := &counters{labels: labels, counts: map[string]*atomic.Uint64{}}
	for _, label := range labels {
		made.counts[label] = &atomic.Uint64{}
	}
	return made
}

func (c *counters) count(label string) { c.counts[label].Add(1) }

func (c *counters) write(text *strings.Builder, name, help, label string) {
	fmt.Fprintf(text, "# HELP %[1]s %[2]s\n# TYPE %[1]s counter\n", name, help)
	for _, one := range c.labels {
		fmt.Fprintf(text, "%s{%s=%q} %d\n", name, label, one, c.counts[one].Load())
	}
}
