// Package scope has the grammar of scopes, and which of them imply others.
package scope

import "strings"

const maxWord, maxName = 64, 128

// IsScope says whether the text is `type:action`, `type/name:action` or a word.
func IsScope(text string) bool {
	target, action, hasAction := strings.Cut(text, ":")
	if !hasAction {
		return isWord(text)
	}
	kind, name, hasName := strings.Cut(target, "/")
	return isWord(action) && isWord(kind) && (!hasName || isName(name))
}

// Implies says whether a holder of one scope needs no other to use the second: `x:read-update` implies `x:read`, and
// `type:action` implies `type/name:action`. The two compose.
func Implies(held, wanted string) bool {
	if held == wanted {
		return true
	}
	target, action, hasAction := strings.Cut(held, ":")
	wantedTarget, wantedAction, wantedHasAction := strings.Cut(wanted, ":")
	if !hasAction || !wantedHasAction {
		return false
	}
	if action != wantedAction && (action != "read-update" || wantedAction != "read") {
		return false
	}
	kind, _, hasName := strings.Cut(wantedTarget, "/")
	return target == wantedTarget || (hasName && target == kind)
}

// Covers says whether one of the scopes that are held implies the one that is wanted.
func Covers(held []string, wanted string) bool {
	for _, one := range held {
		if Implies(one, wanted) {
			return true
		}
	}
	return false
}

func isWord(text string) bool {
	if len(text) < 1 || len(text) > maxWord || text[0] < 'a' || text[0] > 'z' {
		return false
	}
	return strings.IndexFunc(text, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' || r == '-')
	}) < 0
}

func isName(text string) bool {
	return len(text) >= 1 && len(text) <= maxName && strings.IndexFunc(text, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '-')
	}) < 0
}
