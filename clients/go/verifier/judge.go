package verifier

import (
	"cmp"
	"time"

	"claviger.example/go/internal/accesstoken"
	"claviger.example/go/internal/feed"
	"claviger.example/go/internal/keyset"
)

// judge decides on a token: its own form and signature, then the lease, the revocations and the scopes, in this order.
// It does no IO.
type judge struct {
	issuer, audience, realm string
	keys                    *keyset.Store
	feed                    *feed.Feed
	// bootMs is the boot clock in milliseconds, wall are epoch seconds.
	bootMs, wall func() int64
}

// decide returns the id of the key too, if that is unknown.
func (j *judge) decide(text string, wanted Requirement) (*VerifiedToken, string, error) {
	wall := j.wall()
	token, err := accesstoken.Parse(text)
	if err != nil {
		return nil, "", invalid(err.Error())
	}
	if why := j.objection(&token.Claims, wall); why != "" {
		return nil, "", invalid(why)
	}
	switch key, finding := j.keys.Find(token.Kid, j.bootMs()); {
	case finding == keyset.Unknown:
		return nil, token.Kid, j.unknownKey()
	case finding == keyset.Absent || !key.Verifies(token):
		return nil, "", invalid("the signature of the token is not valid")
	}
	pair := j.feed.Pair()
	if pair == nil {
		return nil, "", j.withoutLease()
	}
	ended := pair.Revocations.Ends(token, wall)
	covered := wanted.isCoveredBy(token.Claims.Scopes)
	// After the evaluation, and against the lease of the very set that was used.
	if !pair.IsTrusted(j.bootMs(), wall) {
		return nil, "", j.withoutLease()
	}
	switch {
	case ended:
		return nil, "", invalid("the token was revoked")
	case !covered:
		return nil, "", insufficient(wanted)
	}
	return verified(&token.Claims), "", nil
}

func (j *judge) objection(claims *accesstoken.Claims, wall int64) string {
	switch {
	case claims.Issuer != j.issuer || claims.Realm != j.realm:
		return "the token is of another issuer"
	case claims.Audience != j.audience && claims.Audience != j.issuer:
		return "the token is for another service"
	case claims.Subject != claims.ClientID:
		return "the subject of the token is not its client"
	case wall >= claims.ExpiresAt:
		return "the token has expired"
	case claims.IssuedAt > wall+accesstoken.LeewaySeconds:
		return "the token is not valid yet"
	}
	return ""
}

func (j *judge) withoutLease() error {
	return undecided(cmp.Or(j.feed.Problem(), "the lease is over"), time.Second)
}

func (j *judge) unknownKey() error {
	why := cmp.Or(j.keys.Problem(), "the key of the token is not known yet")
	return undecided(why, time.Duration(j.keys.DueInMs(j.bootMs()))*time.Millisecond)
}
