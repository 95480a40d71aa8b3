package verifier

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

const (
	// The feed answers within a second. A node that hangs is left for another one while the lease goes on.
	headerTimeout  = 2 * time.Second
	requestTimeout = 10 * time.Second
	maxHeaderBytes = 64 << 10
	maxConnections = 16
	// The server closes idle connections after 75 s.
	idleTimeout = 60 * time.Second
)

// endpoint is the server below one issuer, with one resource server's credentials. It follows no redirect, and uses no
// proxy: the key of the resource server is sent to nobody else.
type endpoint struct {
	issuer    string
	client    *http.Client
	transport *http.Transport
	// A function, which formatted output does not reveal.
	authorize func(*http.Request)
}

func newEndpoint(issuer, id, key string, config *tls.Config) (*endpoint, error) {
	if err := checkIssuer(issuer); err != nil {
		return nil, err
	}
	// With HTTP/2, a request that timed out would leave the connection to the node that hangs in use.
	protocols := &http.Protocols{}
	protocols.SetHTTP1(true)
	transport := &http.Transport{
		DialContext:            (&net.Dialer{Timeout: headerTimeout}).DialContext,
		TLSClientConfig:        config,
		TLSHandshakeTimeout:    headerTimeout,
		ResponseHeaderTimeout:  headerTimeout,
		IdleConnTimeout:        idleTimeout,
		MaxIdleConnsPerHost:    maxConnections,
		MaxResponseHeaderBytes: maxHeaderBytes,
		Protocols:              protocols,
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &endpoint{
		issuer:    issuer,
		client:    &http.Client{Transport: transport, CheckRedirect: stay, Timeout: requestTimeout},
		transport: transport,
		// RFC 6749 §2.3.1
		authorize: func(r *http.Request) { r.SetBasicAuth(url.QueryEscape(id), url.QueryEscape(key)) },
	}, nil
}

func (e *endpoint) getPublic(ctx context.Context, path string, most int64) (int, []byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, e.issuer+path, nil)
	if err != nil {
		return 0, nil, err
	}
	return e.send(request, most)
}

func (e *endpoint) get(ctx context.Context, path string, query url.Values, most int64) (int, []byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, e.issuer+path+"?"+query.Encode(), nil)
	if err != nil {
		return 0, nil, err
	}
	e.authorize(request)
	return e.send(request, most)
}

func (e *endpoint) post(ctx context.Context, path string, form url.Values, most int64) (int, []byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, e.issuer+path, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	e.authorize(request)
	return e.send(request, most)
}

func (e *endpoint) send(request *http.Request, most int64) (int, []byte, error) {
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "claviger-go")
	answer, err := e.client.Do(request)
	if err != nil {
		// Without the address, which is known and long.
		var outer *url.Error
		if errors.As(err, &outer) {
			err = outer.Err
		}
		return 0, nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, most+1))
	if err == nil && int64(len(body)) > most {
		err = fmt.Errorf("the answer is larger than %d bytes", most)
	}
	return answer.StatusCode, body, err
}

func (e *endpoint) close() { e.transport.CloseIdleConnections() }

func checkIssuer(issuer string) error {
	parts, err := url.Parse(issuer)
	isURL := err == nil && parts.Host != "" && parts.Opaque == "" && (parts.Scheme == "https" || parts.Scheme == "http")
	switch {
	case !isURL || parts.User != nil || strings.ContainsAny(issuer, "?#"):
		return errors.New("issuer: must be a URL such as https://keys.example.org/realms/acme")
	case parts.Path == "" || strings.HasSuffix(parts.Path, "/"):
		return errors.New("issuer: must end with the name of the realm, without a slash")
	case parts.Scheme == "http" && !isLoopback(parts.Hostname()):
		return errors.New("issuer: must be https, since the key of the resource server is sent to it")
	}
	return nil
}

func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || (err == nil && address.IsLoopback())
}
