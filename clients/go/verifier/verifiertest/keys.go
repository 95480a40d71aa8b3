package verifiertest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const tokenLife = 15 * time.Minute

type signingKey struct {
	private *ecdsa.PrivateKey
	kid     string
	jwk     map[string]string
}

func newSigningKey() (*signingKey, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	point, err := private.PublicKey.Bytes()
	if err != nil {
		return nil, err
	}
	encode := base64.RawURLEncoding.EncodeToString
	x, y := encode(point[1:33]), encode(point[33:])
	// RFC 7638
	thumbprint := sha256.Sum256([]byte(fmt.Sprintf(`{"crv":"P-256","kty":"EC","x":%q,"y":%q}`, x, y)))
	kid := encode(thumbprint[:])
	jwk := map[string]string{"kty": "EC", "crv": "P-256", "x": x, "y": y, "use": "sig", "alg": "ES256", "kid": kid}
	return &signingKey{private, kid, jwk}, nil
}

// Mint signs a token for the audience, of a client of its own, that lives for a quarter of an hour.
func (i *Issuer) Mint(scopes ...string) string {
	if len(scopes) == 0 {
		return i.MintWith(nil)
	}
	return i.MintWith(map[string]any{"scope": strings.Join(scopes, " ")})
}

// MintWith replaces claims of a token without scopes. A claim that is nil is left out.
func (i *Issuer) MintWith(changes map[string]any) string {
	clientID, now := newUUID(), time.Now()
	claims := jwt.MapClaims{
		"iss": i.URL(), "sub": clientID, "client_id": clientID, "aud": i.audience, "realm": i.realm, "pos": i.Position(),
		"iat": now.Unix(), "exp": now.Add(tokenLife).Unix(), "jti": newID(),
	}
	for name, value := range changes {
		if value == nil {
			delete(claims, name)
		} else {
			claims[name] = value
		}
	}
	key := i.signingKey()
	token := jwt.NewWithClaims(jwt.SigningMethodES256, claims)
	token.Header["typ"], token.Header["kid"] = "at+jwt", key.kid
	signed, err := token.SignedString(key.private)
	if err != nil {
		panic(err) // a claim that JSON cannot represent: a mistake in the test
	}
	return signed
}

// Rotate signs with the key that is next, and publishes another next one, as the server does. Verifiers that have fetched
// the key set know the key already, unless it is rotated twice in a row.
func (i *Issuer) Rotate() error {
	key, err := newSigningKey()
	if err != nil {
		return err
	}
	i.mutex.Lock()
	defer i.mutex.Unlock()
	i.keys = append(i.keys, key)
	return nil
}

func (i *Issuer) signingKey() *signingKey {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	return i.keys[len(i.keys)-2]
}

func (i *Issuer) keySet() map[string]any {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	keys := []map[string]string{}
	for _, key := range i.keys {
		keys = append(keys, key.jwk)
	}
	return map[string]any{"keys": keys}
}

func (i *Issuer) introspect(token string) map[string]any {
	inactive := map[string]any{"active": false}
	claims, err := i.claimsOf(token)
	if err != nil {
		return inactive
	}
	i.mutex.Lock()
	defer i.mutex.Unlock()
	for _, one := range i.log {
		if isEnded(claims, one.entry) {
			return inactive
		}
	}
	claims["active"] = true
	return claims
}

// isEnded knows the entries that Revoke and RevokeClient make, and those of the whole realm or audience.
func isEnded(claims jwt.MapClaims, entry map[string]any) bool {
	isBefore := func() bool {
		position, unread := strconv.ParseUint(fmt.Sprint(claims["pos"]), 10, 64)
		before, unreadToo := strconv.ParseUint(fmt.Sprint(entry["before"]), 10, 64)
		return unread == nil && unreadToo == nil && position < before
	}
	switch entry["kind"] {
	case "token":
		return entry["jti"] == claims["jti"]
	case "credential":
		return entry["client_id"] == claims["client_id"] && isBefore()
	case "resource_server":
		return entry["audience"] == claims["aud"] && isBefore()
	default:
		return entry["kind"] == "realm" && isBefore()
	}
}

// claimsOf fails for a token that this issuer has not signed, or that has expired.
func (i *Issuer) claimsOf(token string) (jwt.MapClaims, error) {
	claims := jwt.MapClaims{}
	find := func(token *jwt.Token) (any, error) {
		i.mutex.Lock()
		defer i.mutex.Unlock()
		for _, key := range i.keys {
			if key.kid == token.Header["kid"] {
				return &key.private.PublicKey, nil
			}
		}
		return nil, errors.New("the key is unknown")
	}
	_, err := jwt.ParseWithClaims(token, claims, find, jwt.WithValidMethods([]string{"ES256"}), jwt.WithExpirationRequired(), jwt.WithJSONNumber())
	return claims, err
}

func newID() string {
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails
	return base64.RawURLEncoding.EncodeToString(id)
}

func newUUID() string {
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}
