package feed

import (
	"fmt"

	"claviger.example/go/internal/accesstoken"
	"claviger.example/go/internal/strictjson"
)

const (
	// MaxAnswerBytes has room for 10,000 entries with audiences of 2,048 bytes.
	MaxAnswerBytes = 32 << 20

	// maxPosition is the largest integer that every reader of JSON represents exactly.
	maxPosition      = 1 << 53
	maxLeaseMs       = 60_000
	maxAnswerEntries = 10_000
	maxNameBytes     = 2_048
	maxClusterBytes  = 256
	maxCursorBytes   = 4_096
)

// Kinds of entries.
const (
	credential     = "credential"
	tokenKind      = "token"
	key            = "key"
	resourceServer = "resource_server"
	realm          = "realm"
)

// kinds has the member that names the thing, and whether a position goes with it.
var kinds = map[string]struct {
	member      string
	hasPosition bool
}{
	credential:     {"client_id", true},
	tokenKind:      {"jti", false},
	key:            {"kid", false},
	resourceServer: {"audience", true},
	realm:          {"", true},
}

// lie is an answer that contradicts itself, its request or what is known.
type lie string

func (l lie) Error() string { return string(l) }

type answer struct {
	cluster  string
	position uint64
	leaseMs  int64
	complete bool
	// Of the next page; empty after the last one.
	next    string
	entries []datedRecord
}

func parseAnswer(body []byte, nonce string) (*answer, error) {
	value, err := strictjson.Parse(body)
	if err != nil {
		return nil, lie("the answer is " + err.Error())
	}
	members, isObject := value.(strictjson.Object)
	if !isObject {
		return nil, lie("the answer is no object")
	}
	if echoed, isText := members["nonce"].(string); !isText || echoed != nonce {
		return nil, lie("the answer is to another request: its nonce differs")
	}
	answer := &answer{}
	var valid bool
	if answer.cluster, valid = bounded(members["cluster"], maxClusterBytes); !valid {
		return nil, lie("the answer names no cluster")
	}
	if answer.position, valid = strictjson.Whole(members["position"], 0, maxPosition); !valid {
		return nil, lie("the answer has no position")
	}
	leaseMs, valid := strictjson.Whole(members["lease_ms"], 1, maxLeaseMs)
	if answer.leaseMs = int64(leaseMs); !valid {
		return nil, lie("the answer has no lease of at most a minute")
	}
	if answer.complete, valid = members["complete"].(bool); !valid {
		return nil, lie("the answer does not say whether it is complete")
	}
	next, hasNext := members["next"]
	if !hasNext {
		return nil, lie("the answer does not say whether there is a next page")
	}
	if next != nil {
		if answer.next, valid = bounded(next, maxCursorBytes); !valid {
			return nil, lie("the cursor of the answer is no text")
		}
	}
	entries, isList := members["entries"].([]any)
	if !isList || len(entries) > maxAnswerEntries {
		return nil, lie("the answer has no list of at most 10,000 entries")
	}
	answer.entries = make([]datedRecord, 0, len(entries))
	for _, entry := range entries {
		one, err := parseEntry(entry)
		if err != nil {
			return nil, err
		}
		answer.entries = append(answer.entries, one)
	}
	return answer, nil
}

func parseEntry(value any) (datedRecord, error) {
	members, isObject := value.(strictjson.Object)
	if !isObject {
		return datedRecord{}, lie("an entry of the answer is no object")
	}
	name, isText := members["kind"].(string)
	kind, isKnown := kinds[name]
	if !isText || !isKnown {
		return datedRecord{}, lie("the answer has an entry of an unknown kind, which this version cannot apply")
	}
	thing, valid := "", true
	if kind.member != "" {
		thing, valid = bounded(members[kind.member], maxNameBytes)
	}
	if !valid || (name == credential && !accesstoken.IsUUID(thing)) {
		return datedRecord{}, lie(fmt.Sprintf("an entry of the kind %s has no valid %s", name, kind.member))
	}
	forgetAfter, hasForgetAfter := strictjson.Whole(members["forget_after"], 0, accesstoken.LatestTime)
	since, isSince := uint64(0), true
	if from, isDated := members["from"]; isDated {
		since, isSince = strictjson.Whole(from, 0, accesstoken.LatestTime)
	}
	if !hasForgetAfter || !isSince {
		return datedRecord{}, lie(fmt.Sprintf("an entry of the kind %s has no valid time", name))
	}
	before := uint64(everyPosition)
	if kind.hasPosition {
		if before, valid = strictjson.Whole(members["before"], 0, maxPosition); !valid {
			return datedRecord{}, lie(fmt.Sprintf("an entry of the kind %s has no position", name))
		}
	}
	return datedRecord{record{digestOf(name, thing), before, int64(forgetAfter)}, int64(since)}, nil
}

func bounded(value any, most int) (string, bool) {
	text, isText := value.(string)
	return text, isText && len(text) >= 1 && len(text) <= most
}
