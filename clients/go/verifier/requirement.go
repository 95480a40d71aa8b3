package verifier

import (
	"fmt"
	"slices"
	"strings"

	"claviger.example/go/internal/scope"
)

// Requirement has the scopes that a request needs, all of them. The zero value needs none: an active token suffices.
type Requirement struct{ scopes []string }

// Require fails for a text that is no scope: `type:action`, `type/name:action` or a word.
func Require(scopes ...string) (Requirement, error) {
	for _, one := range scopes {
		if !scope.IsScope(one) {
			return Requirement{}, fmt.Errorf("%q is no scope: type:action, type/name:action or a word", one)
		}
	}
	return Requirement{scopes: slices.Clone(scopes)}, nil
}

// MustRequire is for constants of a program. It panics where Require fails.
func MustRequire(scopes ...string) Requirement {
	wanted, err := Require(scopes...)
	if err != nil {
		panic(err)
	}
	return wanted
}

// String has the scopes separated by spaces, as in RFC 6749 §3.3.
func (r Requirement) String() string { return strings.Join(r.scopes, " ") }

func (r Requirement) isCoveredBy(held []string) bool {
	for _, wanted := range r.scopes {
		if !scope.Covers(held, wanted) {
			return false
		}
	}
	return true
}
