package verifier_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"claviger.example/go/verifier"
)

// canary accepts connections, of which there must be none but that of `end`.
type canary struct {
	net.Listener
	seen chan net.Addr
}

func newCanary(t *testing.T) *canary {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	succeeds(t, err)
	made := &canary{listener, make(chan net.Addr, 1_000)}
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			made.seen <- connection.RemoteAddr()
			_ = connection.Close()
		}
	}()
	t.Cleanup(func() { _ = listener.Close() })
	return made
}

// end connects by itself. A listener accepts in order, so whatever connected before has been seen before.
func (c *canary) end(t *testing.T) {
	t.Helper()
	connection, err := net.Dial("tcp", c.Addr().String())
	succeeds(t, err)
	defer connection.Close()
	if first := <-c.seen; first.String() != connection.LocalAddr().String() {
		t.Errorf("the canary was connected to by %s", first)
	}
}

func TestTokenLeadsToNoKeyOfItsOwn(t *testing.T) {
	t.Parallel()
	issuer, canary, clock := newIssuer(t), newCanary(t), &clock{}
	v := ready(t, issuer, clock.option())
	clock.ahead.Add(30_000) // so that an unknown key may be fetched
	waitReady(t, v)
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	succeeds(t, err)
	point, err := private.PublicKey.Bytes()
	succeeds(t, err)
	encode := base64.RawURLEncoding.EncodeToString
	jwk := map[string]any{"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "x": encode(point[1:33]), "y": encode(point[33:])}
	address := "http://" + canary.Addr().String() + "/keys"
	good := issuer.Mint("ci:read")
	knownKid := headerOf(t, good)["kid"]
	for _, kid := range []any{knownKid, strings.Repeat("k", 43), address, "../../" + address} {
		for name, value := range map[string]any{
			"jku": address, "x5u": address, "jwk": jwk, "x5c": []string{encode(point)}, "x5t#S256": encode(point[1:33]),
		} {
			token := jwt.NewWithClaims(jwt.SigningMethodES256, claimsOf(t, good))
			token.Header["typ"], token.Header["kid"], token.Header[name] = "at+jwt", kid, value
			forged, err := token.SignedString(private)
			succeeds(t, err)
			_, err = v.VerifyContext(deadline(t), forged, read)
			isRefused(t, err, verifier.Invalid)
		}
	}
	canary.end(t)
	accepts(t, v, good)
}

func TestUnsignedTokensAndThoseOfThePublicKeyAreInvalid(t *testing.T) {
	t.Parallel()
	issuer := newIssuer(t)
	v := ready(t, issuer)
	good := issuer.Mint("ci:read")
	unsigned := jwt.NewWithClaims(jwt.SigningMethodNone, claimsOf(t, good))
	unsigned.Header["typ"], unsigned.Header["kid"] = "at+jwt", headerOf(t, good)["kid"]
	text, err := unsigned.SignedString(jwt.UnsafeAllowNoneSignatureType)
	succeeds(t, err)
	parts := strings.Split(good, ".")
	for _, forged := range []string{text, text + parts[2], parts[0] + "." + parts[1] + ".", strings.Split(text, ".")[0] + "." + parts[1] + "." + parts[2], ""} {
		refuses(t, v, forged, verifier.Invalid)
	}
}

// The key of the resource server goes to the issuer alone.
func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	canary := newCanary(t)
	issuer := newIssuer(t)
	issuer.Intercept(func(http.Handler) http.Handler {
		return http.RedirectHandler("http://"+canary.Addr().String()+"/", http.StatusTemporaryRedirect)
	})
	v := connect(t, issuer)
	until(t, "the redirect is told", func() bool {
		return strings.Contains(v.Status().Problem, "307") && strings.Contains(v.Status().KeyProblem, "307")
	})
	_, err := v.VerifyOrIntrospect(deadline(t), "clva_0", read)
	isRefused(t, err, verifier.Undecided)
	canary.end(t)
}

func TestProxyOfTheEnvironmentIsNotUsed(t *testing.T) {
	canary := newCanary(t)
	for _, name := range []string{"HTTPS_PROXY", "https_proxy"} {
		t.Setenv(name, "http://"+canary.Addr().String())
	}
	for _, name := range []string{"NO_PROXY", "no_proxy"} {
		t.Setenv(name, "")
	}
	// RFC 6761: nobody has this name.
	v, err := verifier.Connect(t.Context(), "https://keys.invalid/realms/acme", audience, "id", "key")
	succeeds(t, err)
	t.Cleanup(v.Close)
	until(t, "both have failed", func() bool {
		return strings.HasPrefix(v.Status().Problem, "no answer: ") && !strings.Contains(v.Status().KeyProblem, "not been fetched yet")
	})
	canary.end(t)
}

func TestCertificateOfTheServerIsChecked(t *testing.T) {
	t.Parallel()
	issuer := newIssuer(t)
	target, err := url.Parse(issuer.URL())
	succeeds(t, err)
	server := httptest.NewUnstartedServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: target.Scheme, Host: target.Host})
	}})
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	secure := server.URL + target.Path
	id, key := issuer.Credentials()
	distrusting, err := verifier.Connect(t.Context(), secure, audience, id, key)
	succeeds(t, err)
	t.Cleanup(distrusting.Close)
	until(t, "both are told", func() bool {
		status := distrusting.Status()
		return strings.Contains(status.Problem, "certificate") && strings.Contains(status.KeyProblem, "certificate")
	})
	authorities := x509.NewCertPool()
	authorities.AddCert(server.Certificate())
	v, err := verifier.Connect(t.Context(), secure, audience, id, key, verifier.WithTLS(&tls.Config{RootCAs: authorities}))
	succeeds(t, err)
	t.Cleanup(v.Close)
	waitReady(t, v)
	accepts(t, v, issuer.MintWith(map[string]any{"iss": secure, "scope": "ci:read"}))
}

func TestKeyOfTheResourceServerIsNotShown(t *testing.T) {
	t.Parallel()
	issuer := newIssuer(t)
	v := ready(t, issuer)
	_, key := issuer.Credentials()
	issuer.Stop()
	until(t, "the problem is told", func() bool { return v.Status().Problem != "" })
	_, err := v.VerifyOrIntrospect(deadline(t), "clva_0", read)
	status, _ := json.Marshal(v.Status())
	for _, text := range []string{err.Error(), string(status), v.Status().Problem} {
		if strings.Contains(text, key) || strings.Contains(text, "clva_0") {
			t.Error(text)
		}
	}
}

func TestMissingSettingsAreErrorsAtTheStart(t *testing.T) {
	t.Parallel()
	good := []string{"https://keys.example.org/realms/acme", audience, "id", "key"}
	for place, name := range []string{"issuer", "audience", "id", "key"} {
		given := append([]string{}, good...)
		given[place] = ""
		if _, err := verifier.Connect(t.Context(), given[0], given[1], given[2], given[3]); err == nil || !strings.HasPrefix(err.Error(), name+": ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, issuer := range []string{
		"keys.example.org/realms/acme", "http://keys.example.org/realms/acme", "https://keys.example.org", "https://keys.example.org/",
		"https://keys.example.org/realms/acme/", "https://keys.example.org/realms/acme?", "https://keys.example.org/realms/acme#x",
		"https://a:secret@keys.example.org/realms/acme", "ftp://keys.example.org/realms/acme", "https:///realms/acme", "%",
	} {
		_, err := verifier.Connect(t.Context(), issuer, audience, "id", "key")
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", issuer, err)
		}
	}
}

func headerOf(t *testing.T, token string) map[string]any { return partOf(t, token, 0) }

func claimsOf(t *testing.T, token string) jwt.MapClaims { return partOf(t, token, 1) }

func partOf(t *testing.T, token string, place int) map[string]any {
	t.Helper()
	data, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[place])
	succeeds(t, err)
	decoder := json.NewDecoder(strings.NewReader(string(data)))
	decoder.UseNumber()
	var members map[string]any
	succeeds(t, decoder.Decode(&members))
	return members
}
