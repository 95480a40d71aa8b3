// Package accesstoken parses the compact form of an access token (RFC 9068) strictly. It verifies no signature.
package accesstoken

import (
	"encoding/base64"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"claviger.example/go/internal/scope"
	"claviger.example/go/internal/strictjson"
)

const (
	// MaxBytes is the length of the longest token that the issuer makes.
	MaxBytes = 32 * 1024
	// LeewaySeconds is how far `iat` may be ahead of the clock. `exp` has no leeway.
	LeewaySeconds = 60
	// LastPosition is the highest one of a token. The feed goes one further, to end every token of a thing.
	LastPosition = 1<<53 - 2
	// LatestTime is the last second of the year 9999.
	LatestTime = 253_402_300_799

	maxTokenSeconds = 86_400
	maxScopeBytes   = 4_096
	maxURIBytes     = 2_048
	maxIDBytes      = 64
	maxGroups       = 50
	maxGroupLetters = 64
	randomIDLength  = 22
)

// ErrMalformed says that a text is not an access token of this kind of server.
var ErrMalformed = errors.New("the token is malformed")

// Unverified is parsed and within its bounds. Neither the signature nor the meaning of a claim is checked.
type Unverified struct {
	Alg, Kid  string
	Signed    string
	Signature []byte
	Claims    Claims
}

// Claims are those that the issuer writes.
type Claims struct {
	Issuer, Subject, ClientID, Audience, ID, Realm string
	IssuedAt, ExpiresAt                            int64
	Position                                       uint64
	Scopes, Groups                                 []string
}

// Parse refuses everything that the issuer cannot have written, apart from unknown members, which it ignores.
func Parse(text string) (*Unverified, error) {
	parts := strings.SplitN(text, ".", 4)
	if len(text) > MaxBytes || len(parts) != 3 || parts[2] == "" {
		return nil, ErrMalformed
	}
	token := &Unverified{Signed: text[:len(parts[0])+1+len(parts[1])]}
	header, isHeader := object(parts[0])
	claims, areClaims := object(parts[1])
	signature, isSignature := Decode(parts[2])
	if !isHeader || !areClaims || !isSignature || !token.readHeader(header) || !token.Claims.read(claims) {
		return nil, ErrMalformed
	}
	token.Signature = signature
	return token, nil
}

// GrantOf returns the grant of a token that was issued with a refresh token. Ending the grant ends all its tokens.
func GrantOf(id string) (string, bool) {
	if len(id) != 2*randomIDLength {
		return "", false
	}
	return id[:randomIDLength], true
}

// IsUUID accepts the one canonical form.
func IsUUID(text string) bool {
	if len(text) != 36 {
		return false
	}
	for i := range len(text) {
		c := text[i]
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if c != '-' {
				return false
			}
		} else if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

func (t *Unverified) readHeader(header strictjson.Object) bool {
	typ, hasType := header["typ"].(string)
	alg, hasAlg := header["alg"].(string)
	kid, hasKid := header["kid"].(string)
	if _, critical := header["crit"]; critical || !hasType || !hasAlg || !hasKid {
		return false
	}
	t.Alg, t.Kid = alg, kid
	// RFC 9068 §4. Media types have no case; strings.EqualFold would fold letters beyond ASCII too.
	typ = lowerASCII(typ)
	return typ == "at+jwt" || typ == "application/at+jwt"
}

func (c *Claims) read(claims strictjson.Object) bool {
	areTexts := true
	text := func(name string) string {
		text, isText := claims[name].(string)
		areTexts = areTexts && isText
		return text
	}
	c.Issuer, c.Subject, c.ClientID = text("iss"), text("sub"), text("client_id")
	c.Audience, c.ID, c.Realm = text("aud"), text("jti"), text("realm")
	issuedAt, hasIssuedAt := strictjson.Whole(claims["iat"], 0, LatestTime)
	expiresAt, hasExpiresAt := strictjson.Whole(claims["exp"], 0, LatestTime)
	position, hasPosition := strictjson.Whole(claims["pos"], 0, LastPosition)
	c.IssuedAt, c.ExpiresAt, c.Position = int64(issuedAt), int64(expiresAt), position
	return areTexts && hasIssuedAt && hasExpiresAt && hasPosition &&
		c.ExpiresAt >= c.IssuedAt && c.ExpiresAt <= c.IssuedAt+maxTokenSeconds+LeewaySeconds &&
		IsUUID(c.Subject) && IsUUID(c.ClientID) && isID(c.ID) &&
		len(c.Issuer) <= maxURIBytes && len(c.Audience) <= maxURIBytes &&
		c.readScopes(claims) && c.readGroups(claims)
}

func (c *Claims) readScopes(claims strictjson.Object) bool {
	value, present := claims["scope"]
	if !present {
		return true
	}
	text, isText := value.(string)
	if !isText || len(text) > maxScopeBytes {
		return false
	}
	c.Scopes = strings.Split(text, " ")
	for _, one := range c.Scopes {
		if !scope.IsScope(one) {
			return false
		}
	}
	return true
}

func (c *Claims) readGroups(claims strictjson.Object) bool {
	value, present := claims["groups"]
	if !present {
		return true
	}
	names, isList := value.([]any)
	if !isList || len(names) > maxGroups {
		return false
	}
	for _, one := range names {
		name, isText := one.(string)
		letters := utf8.RuneCountInString(name)
		if !isText || letters < 1 || letters > maxGroupLetters || strings.IndexFunc(name, unicode.IsControl) >= 0 {
			return false
		}
		c.Groups = append(c.Groups, name)
	}
	return true
}

func isID(text string) bool {
	return len(text) >= 1 && len(text) <= maxIDBytes && IsBase64URL(text)
}

func object(part string) (strictjson.Object, bool) {
	data, isEncoded := Decode(part)
	if !isEncoded {
		return nil, false
	}
	value, err := strictjson.Parse(data)
	if err != nil {
		return nil, false
	}
	members, isObject := value.(strictjson.Object)
	return members, isObject
}

// Decode reads base64url without padding in its one canonical spelling.
func Decode(part string) ([]byte, bool) {
	// The decoder of the standard library skips line feeds, even when it is strict.
	if !IsBase64URL(part) {
		return nil, false
	}
	data, err := base64.RawURLEncoding.Strict().DecodeString(part)
	return data, err == nil
}

// IsBase64URL accepts the letters of base64url, without padding.
func IsBase64URL(text string) bool {
	for i := range len(text) {
		c := text[i]
		if (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

func lowerASCII(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, text)
}
