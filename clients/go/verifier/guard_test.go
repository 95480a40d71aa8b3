package verifier_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"claviger.example/go/verifier"
)

const (
	metadataPath = "/.well-known/oauth-protected-resource/v1"
	metadataURL  = `resource_metadata="https://builds.example.org` + metadataPath + `"`
)

func guarded(t *testing.T, v *verifier.Verifier, introspect bool) http.Handler {
	t.Helper()
	guard, err := verifier.NewGuard(v, verifier.GuardOptions{
		Resource: "https://builds.example.org/v1", Scopes: []string{"ci:read"}, Introspect: introspect,
	})
	succeeds(t, err)
	mux := http.NewServeMux()
	mux.Handle(guard.MetadataPath(), guard.MetadataHandler())
	mux.Handle("/builds", guard.Require(read)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(verifier.TokenFrom(r.Context()).ClientID))
	})))
	return mux
}

func ask(service http.Handler, authorization ...string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(http.MethodGet, "/builds", nil)
	for _, value := range authorization {
		request.Header.Add("Authorization", value)
	}
	answer := httptest.NewRecorder()
	service.ServeHTTP(answer, request)
	return answer
}

func says(t *testing.T, answer *httptest.ResponseRecorder, status int, challenge string) {
	t.Helper()
	var body map[string]string
	if err := json.Unmarshal(answer.Body.Bytes(), &body); err != nil || body["error"] == "" {
		t.Errorf("%v: %s", err, answer.Body)
	}
	header := answer.Header()
	if answer.Code != status || header.Get("WWW-Authenticate") != challenge || header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v", answer.Code, header)
	}
	if (header.Get("Retry-After") != "") != (status == http.StatusServiceUnavailable) {
		t.Error(header)
	}
}

func TestAnswersOfTheMiddleware(t *testing.T) {
	t.Parallel()
	issuer := newIssuer(t)
	v := ready(t, issuer)
	service := guarded(t, v, false)
	token := issuer.Mint("ci:read")
	for _, form := range []string{"Bearer " + token, "bearer " + token, "BEARER  " + token + " "} {
		if answer := ask(service, form); answer.Code != http.StatusOK || len(answer.Body.String()) != 36 {
			t.Errorf("%d %s", answer.Code, answer.Body)
		}
	}
	for _, form := range []string{"", "Basic " + token, "Bearerx " + token, token} {
		says(t, ask(service, form), 401, "Bearer "+metadataURL)
	}
	says(t, ask(service), 401, "Bearer "+metadataURL)
	for _, form := range []string{"Bearer", "Bearer ", "Bearer a b", "Bearer \"", "Bearer =", "Bearer é"} {
		says(t, ask(service, form), 400, `Bearer error="invalid_request", error_description="the bearer token is malformed", `+metadataURL)
	}
	says(t, ask(service, "Bearer "+token, "Bearer "+token), 400,
		`Bearer error="invalid_request", error_description="the request has several Authorization headers", `+metadataURL)
	says(t, ask(service, "Bearer "+token+"x"), 401,
		`Bearer error="invalid_token", error_description="the token is malformed", `+metadataURL)
	says(t, ask(service, "Bearer "+issuer.Mint("ci:create")), 403,
		`Bearer error="insufficient_scope", error_description="the request needs the scope ci:read", scope="ci:read", `+metadataURL)
	succeeds(t, issuer.Revoke(deadline(t), token))
	says(t, ask(service, "Bearer "+token), 401,
		`Bearer error="invalid_token", error_description="the token was revoked", `+metadataURL)
	succeeds(t, issuer.LoseLease(deadline(t)))
	answer := ask(service, "Bearer "+issuer.Mint("ci:read"))
	says(t, answer, 503, "")
	if !strings.Contains(answer.Body.String(), `"temporarily_unavailable"`) {
		t.Error(answer.Body)
	}
}

func TestMetadataOfTheService(t *testing.T) {
	t.Parallel()
	issuer := newIssuer(t)
	service := guarded(t, connect(t, issuer), false)
	answer := httptest.NewRecorder()
	service.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, metadataPath, nil))
	expected := `{"resource":"https://builds.example.org/v1","authorization_servers":["` + issuer.URL() +
		`"],"bearer_methods_supported":["header"],"scopes_supported":["ci:read"]}`
	if answer.Body.String() != expected || answer.Header().Get("Content-Type") != "application/json" {
		t.Errorf("%v: %s", answer.Header(), answer.Body)
	}
	answer = httptest.NewRecorder()
	service.ServeHTTP(answer, httptest.NewRequest(http.MethodPost, metadataPath, nil))
	if answer.Code != http.StatusMethodNotAllowed || answer.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("%d %v", answer.Code, answer.Header())
	}
}

func TestGuardNeedsTheURLOfTheService(t *testing.T) {
	t.Parallel()
	v := connect(t, newIssuer(t))
	for _, resource := range []string{"urn:builds", "builds", "https://a.example/?x", "https://a.example/#x", "%"} {
		if _, err := verifier.NewGuard(v, verifier.GuardOptions{Resource: resource}); err == nil {
			t.Error(resource)
		}
	}
	if _, err := verifier.NewGuard(v, verifier.GuardOptions{Scopes: []string{"CI"}}); err == nil {
		t.Error("CI is no scope")
	}
	guard, err := verifier.NewGuard(v, verifier.GuardOptions{})
	if err != nil || guard.MetadataPath() != "/.well-known/oauth-protected-resource" {
		t.Errorf("%v, %v", guard, err)
	}
}

func TestIntrospectionDecidesWithoutALease(t *testing.T) {
	t.Parallel()
	issuer := newIssuer(t)
	v := ready(t, issuer)
	service := guarded(t, v, true)
	token, revoked, other := issuer.Mint("ci:read-update"), issuer.Mint("ci:read"), issuer.Mint("ci:create")
	foreign := issuer.MintWith(map[string]any{"aud": "https://other.example.org", "scope": "ci:read"})
	if ask(service, "Bearer "+token).Code != 200 || issuer.Requests("/oauth2/introspect") != 0 {
		t.Error("the server was asked, or refuses")
	}
	succeeds(t, issuer.Revoke(deadline(t), revoked))
	succeeds(t, issuer.LoseLease(deadline(t)))
	for presented, status := range map[string]int{
		token: 200, revoked: 401, other: 403, foreign: 401, "clva_0123": 401, "x": 401,
	} {
		if answer := ask(service, "Bearer "+presented); answer.Code != status {
			t.Errorf("%s: %d instead of %d: %s", presented, answer.Code, status, answer.Body)
		}
	}
	if asked := issuer.Requests("/oauth2/introspect"); asked != 4 {
		t.Errorf("asked %d times: what is invalid by itself needs no server", asked)
	}
	issuer.Stop()
	says(t, ask(service, "Bearer "+token), 503, "")
}

func TestIntrospectionThatAnswersNonsenseIsUndecided(t *testing.T) {
	t.Parallel()
	issuer := newIssuer(t)
	v := connect(t, issuer)
	for body, kind := range map[string]verifier.Kind{
		"": verifier.Undecided, "{": verifier.Undecided, "[]": verifier.Undecided, "{}": verifier.Undecided,
		`{"active":"true"}`: verifier.Undecided, `{"active":false,"active":true}`: verifier.Undecided,
		`{"active":false}`: verifier.Invalid, `{"active":true}`: verifier.Invalid,
		`{"active":true,"client_id":"a","jti":"b","aud":"https://other.example.org","scope":"ci:read"}`: verifier.Invalid,
		`{"active":true,"client_id":"a","jti":"b","aud":"` + audience + `","scope":"tool"}`:             verifier.InsufficientScope,
		strings.Repeat(" ", 70_000) + `{"active":false}`:                                                verifier.Undecided,
	} {
		issuer.Intercept(func(http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) })
		})
		_, err := v.VerifyOrIntrospect(deadline(t), "clvp_0123", read)
		isRefused(t, err, kind)
	}
	found := `{"active":true,"client_id":"a","jti":"b","aud":"` + issuer.URL() + `","scope":"ci:read","groups":["night"]}`
	issuer.Intercept(func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(found)) })
	})
	token, err := v.VerifyOrIntrospect(deadline(t), "clvp_0123", read)
	if err != nil || token.ClientID != "a" || !token.Has("ci/one:read") || token.Groups[0] != "night" || !token.ExpiresAt.IsZero() {
		t.Errorf("%+v, %v", token, err)
	}
}

func TestMetricsAndStatus(t *testing.T) {
	t.Parallel()
	issuer := newIssuer(t)
	v := ready(t, issuer)
	token := issuer.Mint("ci:read")
	accepts(t, v, token)
	succeeds(t, issuer.Revoke(deadline(t), token))
	refuses(t, v, token, verifier.Invalid)
	refuses(t, v, issuer.Mint("tool"), verifier.InsufficientScope)
	answer := httptest.NewRecorder()
	v.MetricsHandler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, line := range []string{
		"claviger_verifier_ready 1", "claviger_verifier_position 101", "claviger_verifier_entries 1", "claviger_verifier_keys 2",
		`claviger_verifier_decisions_total{verdict="accepted"} 1`, `claviger_verifier_decisions_total{verdict="invalid"} 1`,
		`claviger_verifier_decisions_total{verdict="insufficient_scope"} 1`, `claviger_verifier_decisions_total{verdict="undecided"} 0`,
		`claviger_verifier_key_fetches_total{outcome="fetched"} 1`, "claviger_verifier_introspections_total 0",
		`claviger_verifier_feed_answers_total{outcome="dropped"} 0`,
	} {
		if !strings.Contains(answer.Body.String(), line+"\n") {
			t.Errorf("no %s in\n%s", line, answer.Body)
		}
	}
	status := v.Status()
	if !status.Ready || status.Entries != 1 || status.Lease <= 0 || status.Lease.Seconds() > 10 || len(status.Keys) != 2 || status.Problem != "" {
		t.Errorf("%+v", status)
	}
}
