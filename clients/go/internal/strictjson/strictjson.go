// Package strictjson parses JSON without the leniency of encoding/json: UTF-8 alone, no repeated member at any depth, no
// lone surrogate, bounded nesting. Two readers of a strict text never disagree about it.
package strictjson

import (
	"encoding/json"
	"errors"
	"strconv"
	"unicode/utf8"
)

// maxDepth bounds the nesting of arrays and objects.
const maxDepth = 32

// ErrNotStrict says that a text is not JSON, or ambiguous.
var ErrNotStrict = errors.New("not strict JSON")

// Number is a number as it is written.
type Number string

// Object has each member once.
type Object = map[string]any

// Parse returns nil, a bool, a Number, a string, a []any or an Object.
func Parse(data []byte) (any, error) {
	// The standard library checks the grammar; the walk below relies on it.
	if !utf8.Valid(data) || !json.Valid(data) {
		return nil, ErrNotStrict
	}
	walk := walker{data: data}
	return walk.value(0)
}

// Whole reads a number that is written as an integer, within the bounds.
func Whole(value any, least, most uint64) (uint64, bool) {
	number, isNumber := value.(Number)
	if !isNumber {
		return 0, false
	}
	whole, err := strconv.ParseUint(string(number), 10, 64)
	return whole, err == nil && whole >= least && whole <= most
}

// walker reads a text that is known to be JSON.
type walker struct {
	data []byte
	at   int
}

func (w *walker) skipSpace() {
	for w.at < len(w.data) {
		switch w.data[w.at] {
		case ' ', '\t', '\r', '\n':
			w.at++
		default:
			return
		}
	}
}

func (w *walker) value(depth int) (any, error) {
	w.skipSpace()
	switch w.data[w.at] {
	case '{':
		return w.object(depth + 1)
	case '[':
		return w.array(depth + 1)
	case '"':
		return w.text()
	case 't':
		w.at += len("true")
		return true, nil
	case 'f':
		w.at += len("false")
		return false, nil
	case 'n':
		w.at += len("null")
		return nil, nil
	default:
		return w.number(), nil
	}
}

func (w *walker) number() Number {
	start := w.at
	for w.at < len(w.data) {
		switch c := w.data[w.at]; {
		case c >= '0' && c <= '9', c == '-', c == '+', c == '.', c == 'e', c == 'E':
			w.at++
		default:
			return Number(w.data[start:w.at])
		}
	}
	return Number(w.data[start:w.at])
}

func (w *walker) object(depth int) (any, error) {
	if depth > maxDepth {
		return nil, ErrNotStrict
	}
	members := Object{}
	for w.next('}') {
		name, err := w.text()
		if err != nil {
			return nil, err
		}
		if _, repeated := members[name]; repeated {
			return nil, ErrNotStrict
		}
		w.skipSpace()
		w.at++ // the colon
		if members[name], err = w.value(depth); err != nil {
			return nil, err
		}
	}
	return members, nil
}

func (w *walker) array(depth int) (any, error) {
	if depth > maxDepth {
		return nil, ErrNotStrict
	}
	items := []any{}
	for w.next(']') {
		item, err := w.value(depth)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, nil
}

// next skips the opening bracket or a comma. At the closing one, it skips that and returns false.
func (w *walker) next(closing byte) bool {
	w.skipSpace()
	if w.data[w.at] == closing {
		w.at++
		return false
	}
	w.at++
	w.skipSpace()
	if w.data[w.at] == closing { // an empty array or object
		w.at++
		return false
	}
	return true
}

func (w *walker) text() (string, error) {
	start, escaped := w.at, false
	for w.at++; w.data[w.at] != '"'; w.at++ {
		if w.data[w.at] == '\\' {
			escaped = true
			w.at++
		}
	}
	w.at++
	literal := w.data[start:w.at]
	if !escaped {
		return string(literal[1 : len(literal)-1]), nil
	}
	if hasLoneSurrogate(literal) {
		return "", ErrNotStrict
	}
	var text string
	if err := json.Unmarshal(literal, &text); err != nil {
		return "", ErrNotStrict
	}
	return text, nil
}

// hasLoneSurrogate looks at a string literal with escapes. encoding/json would replace such a surrogate silently.
func hasLoneSurrogate(literal []byte) bool {
	for at := 0; at < len(literal); at++ {
		if literal[at] != '\\' {
			continue
		}
		at++
		if literal[at] != 'u' {
			continue
		}
		unit := hex4(literal[at+1:])
		at += 4
		switch {
		case unit >= 0xDC00 && unit <= 0xDFFF:
			return true
		case unit >= 0xD800 && unit <= 0xDBFF:
			rest := literal[at+1:]
			if len(rest) < 6 || rest[0] != '\\' || rest[1] != 'u' {
				return true
			}
			if low := hex4(rest[2:]); low < 0xDC00 || low > 0xDFFF {
				return true
			}
			at += 6
		}
	}
	return false
}

func hex4(digits []byte) uint64 {
	unit, _ := strconv.ParseUint(string(digits[:4]), 16, 32)
	return unit
}
