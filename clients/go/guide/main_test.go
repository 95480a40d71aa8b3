package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"claviger.example/go/verifier/verifiertest"
)

func TestBuildsNeedATokenThatIsActive(t *testing.T) {
	issuer, err := verifiertest.NewIssuer("https://builds.example.org")
	if err != nil {
		t.Fatal(err)
	}
	defer issuer.Close()
	v, err := issuer.Verifier(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	handler, err := service(v)
	if err != nil {
		t.Fatal(err)
	}
	answers := func(token string, status int) {
		t.Helper()
		request := httptest.NewRequest(http.MethodGet, "/builds", nil)
		request.Header.Set("Authorization", "Bearer "+token)
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		if answer.Code != status {
			t.Errorf("%d instead of %d: %s", answer.Code, status, answer.Body)
		}
	}

	token := issuer.Mint("ci:read")
	answers(token, 200)
	answers(issuer.Mint("tool"), 403)
	if err := issuer.Revoke(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	answers(token, 401)
	if err := issuer.LoseLease(t.Context()); err != nil {
		t.Fatal(err)
	}
	answers(issuer.Mint("ci:read"), 503)
}
