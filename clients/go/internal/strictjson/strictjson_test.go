package strictjson

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestPlainTextReadsAsWithTheStandardLibrary(t *testing.T) {
	for _, text := range []string{
		`{"a":[1,-2,3.5e1,"x",true,false,null,{"b":{}},[]],"c":""}`,
		" [ ] ", "{}", `"a\"\\\/\b\f\n\r\té\ud83d\ude00"`, "\t{ \"a\" :\n[ 1 , 2 ] , \"b\" : { } }\r\n", "0", "null",
	} {
		parsed, err := Parse([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		compare(t, []byte(text), parsed)
	}
}

func TestWhatIsAmbiguousIsRefused(t *testing.T) {
	for _, text := range []string{
		`{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, `[{"b":{"c":1,"c":1}}]`, `"\ud800"`, `"\udc00"`, `"\ud800x"`, `"\ud800\u0061"`,
		`"\ud800\ud800"`, `{"\ud800":1}`, "\"\xff\"", "\xef\xbb\xbf{}", "", "{", "{}{}", "NaN", "[1,]", `{"a":1,}`, "01", "+1", "'a'",
		strings.Repeat("[", 33) + strings.Repeat("]", 33), strings.Repeat("[", 100_000),
	} {
		if parsed, err := Parse([]byte(text)); err == nil {
			t.Errorf("%.40s: %v", text, parsed)
		}
	}
	if _, err := Parse([]byte(strings.Repeat("[", 32) + strings.Repeat("]", 32))); err != nil {
		t.Error("32 levels are allowed")
	}
}

func TestOnlyIntegersAreWhole(t *testing.T) {
	for _, value := range []any{Number("1.0"), Number("1e3"), Number("-1"), Number("-0"), Number("18446744073709551616"), "1", true, nil, Number("11"), Number("0")} {
		if whole, ok := Whole(value, 1, 10); ok {
			t.Errorf("%v: %d", value, whole)
		}
	}
	if whole, ok := Whole(Number("10"), 1, 10); !ok || whole != 10 {
		t.Error("10 is whole")
	}
}

// Whatever is accepted means the same to the standard library.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{`{"a":[1,"\ud83d\ude00",{"b":null}]}`, `[[],{}," "]`, `{"a":1,"a":2}`, `"\ud800"`, `-1.5e+7`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if parsed, err := Parse(data); err == nil {
			compare(t, data, parsed)
		}
	})
}

func compare(t *testing.T, data []byte, parsed any) {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(string(data)))
	decoder.UseNumber()
	var expected any
	if err := decoder.Decode(&expected); err != nil {
		t.Fatalf("%q: %v", data, err)
	}
	if !reflect.DeepEqual(plain(parsed), expected) {
		t.Fatalf("%q: %#v, not %#v", data, parsed, expected)
	}
}

func plain(value any) any {
	switch value := value.(type) {
	case Number:
		return json.Number(value)
	case []any:
		for i := range value {
			value[i] = plain(value[i])
		}
		return value
	case Object:
		for name := range value {
			value[name] = plain(value[name])
		}
		return value
	}
	return value
}
