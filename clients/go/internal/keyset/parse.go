// Package keyset keeps the public keys of a realm: which of a key set are usable, and when the set is fetched again.
package keyset

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"errors"
	"math/big"

	"github.com/golang-jwt/jwt/v5"

	"claviger.example/go/internal/accesstoken"
	"claviger.example/go/internal/strictjson"
)

const (
	// MaxBytes bounds a key set.
	MaxBytes = 256 << 10

	maxKeys       = 100
	minRSABits    = 2_048
	maxRSABits    = 8_192
	maxExponent   = 1<<31 - 1
	p256Bytes     = 32
	minExponent   = 3
	maxKeyIDBytes = 256
)

// Key verifies with the one algorithm that the key set names for it.
type Key struct {
	alg    string
	public any
	method jwt.SigningMethod
}

// Verifies says whether the key made the signature, with the algorithm that the header of the token names.
func (k *Key) Verifies(token *accesstoken.Unverified) bool {
	return token.Alg == k.alg && k.method.Verify(token.Signed, token.Signature, k.public) == nil
}

// Parse skips keys that it cannot use (RFC 7517 §5). It fails without a usable one.
func Parse(data []byte) (map[string]*Key, error) {
	value, err := strictjson.Parse(data)
	if err != nil {
		return nil, errors.New("the key set is " + err.Error())
	}
	members, _ := value.(strictjson.Object)
	listed, isList := members["keys"].([]any)
	if !isList {
		return nil, errors.New("the key set has no list of keys")
	}
	keys := map[string]*Key{}
	for _, one := range listed[:min(len(listed), maxKeys)] {
		jwk, _ := one.(strictjson.Object)
		kid, hasKid := jwk["kid"].(string)
		if key, usable := parseKey(jwk); usable && hasKid && len(kid) <= maxKeyIDBytes {
			keys[kid] = key
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("the key set has no usable key")
	}
	return keys, nil
}

func parseKey(jwk strictjson.Object) (*Key, bool) {
	if _, private := jwk["d"]; private || jwk["use"] != "sig" {
		return nil, false
	}
	var public any
	var usable bool
	alg, _ := jwk["alg"].(string)
	switch kty := jwk["kty"]; {
	case alg == "ES256" && kty == "EC" && jwk["crv"] == "P-256":
		public, usable = parseP256(jwk)
	case alg == "EdDSA" && kty == "OKP" && jwk["crv"] == "Ed25519":
		public, usable = parseEd25519(jwk)
	case (alg == "RS256" || alg == "PS256") && kty == "RSA":
		public, usable = parseRSA(jwk)
	}
	if !usable {
		return nil, false
	}
	return &Key{alg: alg, public: public, method: jwt.GetSigningMethod(alg)}, true
}

func parseP256(jwk strictjson.Object) (any, bool) {
	x, y := bytesOf(jwk["x"]), bytesOf(jwk["y"])
	if len(x) != p256Bytes || len(y) != p256Bytes {
		return nil, false
	}
	// Fails for a point that is not on the curve.
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(append([]byte{4}, x...), y...))
	return public, err == nil
}

func parseEd25519(jwk strictjson.Object) (any, bool) {
	x := bytesOf(jwk["x"])
	return ed25519.PublicKey(x), len(x) == ed25519.PublicKeySize
}

func parseRSA(jwk strictjson.Object) (any, bool) {
	modulus, exponent := new(big.Int).SetBytes(bytesOf(jwk["n"])), new(big.Int).SetBytes(bytesOf(jwk["e"]))
	if modulus.BitLen() < minRSABits || modulus.BitLen() > maxRSABits || !exponent.IsInt64() {
		return nil, false
	}
	e := exponent.Int64()
	if e < minExponent || e > maxExponent || e%2 == 0 {
		return nil, false
	}
	return &rsa.PublicKey{N: modulus, E: int(e)}, true
}

// bytesOf is nil for what is no base64url.
func bytesOf(value any) []byte {
	text, _ := value.(string)
	data, _ := accesstoken.Decode(text)
	return data
}
