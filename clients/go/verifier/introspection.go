package verifier

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"claviger.example/go/internal/accesstoken"
	"claviger.example/go/internal/strictjson"
)

const maxIntrospectionBytes = 64 << 10

// VerifyOrIntrospect is VerifyContext, but asks the server where that cannot tell (RFC 7662): without a valid lease, and
// for opaque tokens. If the server cannot tell either, the error is Undecided. Nothing is cached.
func (v *Verifier) VerifyOrIntrospect(ctx context.Context, token string, wanted Requirement) (*VerifiedToken, error) {
	if !isOpaque(token) {
		found, err := v.verify(ctx, token, wanted)
		if kindOf(err) != Undecided {
			return v.counted(found, err)
		}
	}
	return v.counted(v.introspect(ctx, token, wanted))
}

func (v *Verifier) introspect(ctx context.Context, token string, wanted Requirement) (*VerifiedToken, error) {
	if len(token) > accesstoken.MaxBytes {
		return nil, invalid("the token is malformed")
	}
	v.introspections.Add(1)
	form := url.Values{"token": {token}}
	status, body, err := v.server.post(ctx, "/oauth2/introspect", form, maxIntrospectionBytes)
	if err != nil {
		return nil, undecided("introspection failed: "+err.Error(), time.Second)
	}
	if status != http.StatusOK {
		return nil, undecided(fmt.Sprintf("introspection was answered with %d", status), time.Second)
	}
	value, err := strictjson.Parse(body)
	claims, isObject := value.(strictjson.Object)
	active, isBool := claims["active"].(bool)
	if err != nil || !isObject || !isBool {
		return nil, undecided("introspection was answered with something else", time.Second)
	}
	if !active {
		return nil, invalid("the token is not active")
	}
	found, isForUs := v.introspected(claims)
	switch {
	case !isForUs:
		return nil, invalid("the token is for another service")
	case !wanted.isCoveredBy(found.Scopes):
		return nil, insufficient(wanted)
	}
	return found, nil
}

// introspected reads an answer of the server that was asked, which has decided.
func (v *Verifier) introspected(claims strictjson.Object) (*VerifiedToken, bool) {
	found := &VerifiedToken{Realm: v.judge.realm}
	for name, place := range map[string]*string{
		"client_id": &found.ClientID, "aud": &found.Audience, "jti": &found.ID,
	} {
		text, isText := claims[name].(string)
		if !isText {
			return nil, false
		}
		*place = text
	}
	if scopes, isText := claims["scope"].(string); isText {
		found.Scopes = strings.Fields(scopes)
	}
	groups, _ := claims["groups"].([]any)
	for _, one := range groups {
		if name, isText := one.(string); isText {
			found.Groups = append(found.Groups, name)
		}
	}
	for name, place := range map[string]*time.Time{"iat": &found.IssuedAt, "exp": &found.ExpiresAt} {
		if seconds, isWhole := strictjson.Whole(claims[name], 0, accesstoken.LatestTime); isWhole {
			*place = time.Unix(int64(seconds), 0)
		}
	}
	return found, found.Audience == v.judge.audience || found.Audience == v.judge.issuer
}

// isOpaque recognizes API tokens and personal access tokens, which the server alone can check.
func isOpaque(token string) bool {
	return strings.HasPrefix(token, "clva_") || strings.HasPrefix(token, "clvp_")
}
