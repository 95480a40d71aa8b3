package verifier

import (
	"time"

	"claviger.example/go/internal/accesstoken"
	"claviger.example/go/internal/scope"
)

// VerifiedToken was active when it was checked. It does not hold the token itself.
type VerifiedToken struct {
	ClientID string
	Audience string
	// ID is the claim `jti`.
	ID       string
	Realm    string
	Scopes   []string
	Groups   []string
	IssuedAt time.Time
	// ExpiresAt is zero for an opaque token that never expires.
	ExpiresAt time.Time
}

// Has says whether a scope is held, or implied by one that is.
func (t *VerifiedToken) Has(wanted string) bool { return scope.Covers(t.Scopes, wanted) }

func verified(claims *accesstoken.Claims) *VerifiedToken {
	return &VerifiedToken{
		ClientID: claims.ClientID, Audience: claims.Audience, ID: claims.ID, Realm: claims.Realm,
		Scopes: claims.Scopes, Groups: claims.Groups,
		IssuedAt: time.Unix(claims.IssuedAt, 0), ExpiresAt: time.Unix(claims.ExpiresAt, 0),
	}
}
