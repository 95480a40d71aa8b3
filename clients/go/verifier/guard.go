package verifier

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const wellKnown = "/.well-known/oauth-protected-resource"

// Guard refuses requests without a token that suffices, as RFC 6750 says.
type Guard struct {
	check       func(context.Context, string, Requirement) (*VerifiedToken, error)
	path        string
	metadataURL string
	metadata    []byte
}

// GuardOptions may be left zero.
type GuardOptions struct {
	// Resource is the URL of the service; the audience of the verifier if empty.
	Resource string
	// Scopes are all that the service knows, for its metadata.
	Scopes []string
	// Introspect asks the server where the verifier cannot tell. Requests may then wait for seconds.
	Introspect bool
}

// NewGuard fails if the resource is no URL.
func NewGuard(v *Verifier, given GuardOptions) (*Guard, error) {
	if given.Resource == "" {
		given.Resource = v.judge.audience
	}
	parts, err := url.Parse(given.Resource)
	if err != nil || (parts.Scheme != "https" && parts.Scheme != "http") || parts.Host == "" || strings.ContainsAny(given.Resource, "?#") {
		return nil, errors.New("resource: must be the URL of the service")
	}
	scopes, err := Require(given.Scopes...)
	if err != nil {
		return nil, err
	}
	metadata, err := json.Marshal(struct {
		Resource             string   `json:"resource"`
		AuthorizationServers []string `json:"authorization_servers"`
		BearerMethods        []string `json:"bearer_methods_supported"`
		Scopes               []string `json:"scopes_supported,omitempty"`
	}{given.Resource, []string{v.judge.issuer}, []string{"header"}, scopes.scopes})
	if err != nil {
		return nil, err
	}
	// RFC 9728 §3.1
	path := wellKnown + strings.TrimSuffix(parts.EscapedPath(), "/")
	guard := &Guard{check: v.VerifyContext, path: path, metadata: metadata}
	guard.metadataURL = (&url.URL{Scheme: parts.Scheme, Host: parts.Host}).String() + path
	if given.Introspect {
		guard.check = v.VerifyOrIntrospect
	}
	return guard, nil
}

// Require is the middleware for one requirement. The handler finds the token with TokenFrom.
func (g *Guard) Require(wanted Requirement) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			token, err := g.Check(r, wanted)
			if err != nil {
				g.Refuse(w, err)
				return
			}
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), tokenKey{}, token)))
		})
	}
}

// Check is for what is no middleware. Refuse answers its error.
func (g *Guard) Check(r *http.Request, wanted Requirement) (*VerifiedToken, error) {
	token, err := BearerToken(r)
	if err != nil {
		return nil, err
	}
	return g.check(r.Context(), token, wanted)
}

// MetadataPath is where the service has to serve MetadataHandler.
func (g *Guard) MetadataPath() string { return g.path }

// MetadataHandler serves the metadata of the service (RFC 9728).
func (g *Guard) MetadataHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(g.metadata) // a client that went away
	})
}

// Refuse answers an error of Check: 400, 401 or 403 with WWW-Authenticate (RFC 6750 §3, RFC 9728 §5.1), or 503 with
// Retry-After.
func (g *Guard) Refuse(w http.ResponseWriter, err error) {
	refused := &Refused{Kind: Undecided, RetryAfter: time.Second}
	errors.As(err, &refused)
	body := map[string]string{"error": refused.Code(), "error_description": refused.Reason}
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Type", "application/json")
	switch refused.Kind {
	case Undecided:
		seconds := max(1, (refused.RetryAfter+time.Second-1)/time.Second)
		header.Set("Retry-After", strconv.Itoa(int(seconds)))
		// Why it cannot tell is for the operator, in Status.
		body = map[string]string{
			"error": "temporarily_unavailable", "error_description": "tokens cannot be verified now",
		}
	case NoToken:
		header.Set("WWW-Authenticate", g.challenge(nil))
		body["error"] = "unauthorized"
	default:
		header.Set("WWW-Authenticate", g.challenge(refused))
	}
	w.WriteHeader(refused.Status())
	_ = json.NewEncoder(w).Encode(body) // a client that went away
}

func (g *Guard) challenge(refused *Refused) string {
	var parts []string
	if refused != nil {
		parts = append(parts, `error="`+refused.Code()+`"`, `error_description="`+refused.Reason+`"`)
		if refused.Scope != "" {
			parts = append(parts, `scope="`+refused.Scope+`"`)
		}
	}
	return "Bearer " + strings.Join(append(parts, `resource_metadata="`+g.metadataURL+`"`), ", ")
}

type tokenKey struct{}

// TokenFrom returns the token of a request that a Guard let through; nil for any other context.
func TokenFrom(ctx context.Context) *VerifiedToken {
	token, _ := ctx.Value(tokenKey{}).(*VerifiedToken)
	return token
}

// BearerToken finds the token in the header Authorization, and nowhere else. Its error is a *Refused: NoToken or
// InvalidRequest.
func BearerToken(r *http.Request) (string, error) {
	values := r.Header.Values("Authorization")
	if len(values) > 1 {
		return "", &Refused{Kind: InvalidRequest, Reason: "the request has several Authorization headers"}
	}
	value := ""
	if len(values) == 1 {
		value = strings.TrimSpace(values[0])
	}
	scheme, token, _ := strings.Cut(value, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", &Refused{Kind: NoToken, Reason: "the request has no bearer token"}
	}
	token = strings.Trim(token, " ")
	if !isToken(token) {
		return "", &Refused{Kind: InvalidRequest, Reason: "the bearer token is malformed"}
	}
	return token, nil
}

// isToken has the grammar of RFC 6750 §2.1.
func isToken(text string) bool {
	body := strings.TrimRight(text, "=")
	return body != "" && strings.IndexFunc(body, func(r rune) bool {
		isLetter := r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9'
		return !isLetter && !strings.ContainsRune("-._~+/", r)
	}) < 0
}
