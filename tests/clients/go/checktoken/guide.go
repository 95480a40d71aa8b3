// Command checktoken checks one token with the code of docs/guides/checking-tokens.md.
package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
)

type Claims struct {
	jwt.RegisteredClaims
	ClientID string `json:"client_id"`
	Scope    string `json:"scope"`
	Realm    string `json:"realm"`
}

func check(keys keyfunc.Keyfunc, text, issuer, audience, scope string) (*Claims, error) {
	claims := &Claims{}
	token, err := jwt.ParseWithClaims(text, claims, keys.Keyfunc,
		jwt.WithValidMethods([]string{"ES256"}),
		jwt.WithIssuer(issuer),
		jwt.WithAudience(audience),
		jwt.WithExpirationRequired())
	if err != nil {
		return nil, err
	}
	if token.Header["typ"] != "at+jwt" {
		return nil, errors.New("not an access token")
	}
	scopes := strings.Fields(claims.Scope)
	if !slices.Contains(scopes, scope) && !slices.Contains(scopes, scope+"-update") {
		return nil, errors.New("insufficient scope")
	}
	return claims, nil
}

func keysOf(ctx context.Context, issuer string) (keyfunc.Keyfunc, error) {
	return keyfunc.NewDefaultOverrideCtx(ctx, []string{issuer + "/oauth2/jwks"},
		keyfunc.Override{RefreshInterval: 5 * time.Minute})
}
