package scope

import "testing"

func TestThreeFormsAreScopesAndOthersAreNot(t *testing.T) {
	for _, text := range []string{"studio:view", "studio/studio-1:view", "studio/A.b_c-9:x", "admin", "a:b-c_d"} {
		if !IsScope(text) {
			t.Errorf("%s is a scope", text)
		}
	}
	for _, text := range []string{"", ":", "a:", ":b", "A:b", "a:B", "a/:b", "a//b:c", "a:b:c", "9a", "a b", "é", "a/b", "*", "a:*", "a\"b", "a\n"} {
		if IsScope(text) {
			t.Errorf("%q is none", text)
		}
	}
}

func TestUpdateImpliesReadAndTypeImpliesName(t *testing.T) {
	for _, one := range []struct {
		held, wanted string
		implied      bool
	}{
		{"a:read-update", "a:read", true}, {"a:read", "a:read-update", false}, {"a:read", "a/x:read", true},
		{"a/x:read", "a:read", false}, {"a:read-update", "a/x:read", true}, {"a/x:read-update", "a/x:read", true},
		{"a/x:read-update", "a/y:read", false}, {"a:create", "a:read", false}, {"ab:read", "a:read", false},
		{"word", "word", true}, {"word", "word:read", false},
	} {
		if Implies(one.held, one.wanted) != one.implied {
			t.Errorf("%s and %s", one.held, one.wanted)
		}
	}
}
