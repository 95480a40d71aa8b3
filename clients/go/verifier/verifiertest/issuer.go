// Package verifiertest has an issuer on the loopback interface, so that a service can test its answers without a
// server: with tokens and revocations, but without a database. Never use it for more than tests: it checks nobody's
// rights.
package verifiertest

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"claviger.example/go/verifier"
)

// LeaseMs is the lease that the issuer grants, in milliseconds: longer than a server's, so that a busy machine does not
// disturb a test.
const LeaseMs = 10_000

// silence is how long a verifier that is heard no more may trust its set.
const silence = LeaseMs * time.Millisecond * 102 / 100

// Issuer issues, revokes and introspects.
type Issuer struct {
	audience, realm     string
	clientID, clientKey string
	address             string
	server              *http.Server
	wrap                func(http.Handler) http.Handler

	mutex sync.Mutex
	// Closed, and replaced, when the feed has something new, and when a verifier was heard.
	changed chan struct{}
	heard   chan struct{}
	// The last one is published, and signs after the next rotation; the one before signs.
	keys     []*signingKey
	cluster  string
	position uint64
	stopped  bool
	log      []logged
	leaseMs  int
	// Raised when the lease is taken or given back; the request after an answer acknowledges it.
	epoch     int
	verifiers map[string]*attached
	requests  map[string]int
}

// logged is an entry of the feed, and the position that brought it.
type logged struct {
	position uint64
	entry    map[string]any
}

// attached is a verifier that follows the feed.
type attached struct {
	acked uint64
	// The epoch that it has acknowledged, and that of the answer before.
	epoch, pending int
	at             time.Time
}

// NewIssuer listens on the loopback interface. Its verifiers accept tokens for the audience.
func NewIssuer(audience string) (*Issuer, error) {
	active, err := newSigningKey()
	if err != nil {
		return nil, err
	}
	next, err := newSigningKey()
	if err != nil {
		return nil, err
	}
	issuer := &Issuer{
		audience: audience, realm: "test", clientID: newUUID(), clientKey: rand.Text(),
		changed: make(chan struct{}), heard: make(chan struct{}), keys: []*signingKey{active, next}, cluster: newUUID(), position: 100, leaseMs: LeaseMs,
		verifiers: map[string]*attached{}, requests: map[string]int{},
		wrap: func(next http.Handler) http.Handler { return next },
	}
	issuer.address = "127.0.0.1:0"
	return issuer, issuer.Start()
}

// Start listens again, at the same address, after Stop.
func (i *Issuer) Start() error {
	listener, err := net.Listen("tcp", i.address)
	if err != nil {
		return err
	}
	i.address = listener.Addr().String()
	i.server = &http.Server{
		Handler:           http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { i.handler().ServeHTTP(w, r) }),
		ReadHeaderTimeout: 10 * time.Second,
	}
	server := i.server
	i.setStopped(false)
	go func() { _ = server.Serve(listener) }() // until it is closed
	return nil
}

// Stop breaks all connections, as a server that dies does.
func (i *Issuer) Stop() {
	i.setStopped(true)
	_ = i.server.Close()
}

func (i *Issuer) setStopped(stopped bool) {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	i.stopped = stopped
}

// Close is Stop, for good.
func (i *Issuer) Close() { i.Stop() }

// Intercept puts a handler before the issuer's, to delay, count or change what it answers.
func (i *Issuer) Intercept(wrap func(http.Handler) http.Handler) {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	i.wrap = wrap
}

func (i *Issuer) handler() http.Handler {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	return i.wrap(http.HandlerFunc(i.serve))
}

// URL is the issuer of the tokens.
func (i *Issuer) URL() string { return "http://" + i.address + "/realms/" + i.realm }

// Audience is that of the resource server.
func (i *Issuer) Audience() string { return i.audience }

// Credentials are those of the resource server.
func (i *Issuer) Credentials() (id, key string) { return i.clientID, i.clientKey }

// Verifier follows this issuer, and is ready.
func (i *Issuer) Verifier(ctx context.Context, options ...verifier.Option) (*verifier.Verifier, error) {
	v, err := verifier.Connect(ctx, i.URL(), i.audience, i.clientID, i.clientKey, options...)
	if err != nil {
		return nil, err
	}
	if err := v.WaitReady(ctx); err != nil {
		v.Close()
		return nil, fmt.Errorf("the verifier did not get ready: %w", err)
	}
	return v, nil
}

// Requests counts those whose path has this end.
func (i *Issuer) Requests(path string) int {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	return i.requests[path]
}

// Position is that of the newest entry.
func (i *Issuer) Position() uint64 {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	return i.position
}

func (i *Issuer) serve(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/realms/"+i.realm)
	i.mutex.Lock()
	i.requests[path]++
	i.mutex.Unlock()
	id, key, _ := r.BasicAuth()
	authenticated := id == i.clientID && key == i.clientKey
	switch {
	case path == "/oauth2/jwks":
		answer(w, http.StatusOK, i.keySet())
	case !authenticated:
		answer(w, http.StatusUnauthorized, map[string]string{"error": "invalid_client"})
	case path == "/revocations" && r.Method == http.MethodGet:
		i.serveFeed(w, r)
	case path == "/oauth2/introspect" && r.Method == http.MethodPost:
		answer(w, http.StatusOK, i.introspect(r.PostFormValue("token")))
	default:
		answer(w, http.StatusNotFound, map[string]string{"error": "not_found"})
	}
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a client that went away
}
