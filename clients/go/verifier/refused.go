package verifier

import (
	"net/http"
	"time"
)

// Kind says why a request is refused.
type Kind int

const (
	// Invalid: the token is not active. 401 with `invalid_token`.
	Invalid Kind = iota + 1
	// InsufficientScope: the token is active, but lacks a scope. 403 with `insufficient_scope`.
	InsufficientScope
	// Undecided: the verifier cannot tell now. 503 with Retry-After; never accept the token.
	Undecided
	// NoToken: the request has none. 401 without an error code (RFC 6750 §3.1). BearerToken alone returns it.
	NoToken
	// InvalidRequest: the request is unclear. 400 with `invalid_request`. BearerToken alone returns it.
	InvalidRequest
)

// Refused is the error of every function that decides on a token. It never holds the token.
type Refused struct {
	Kind Kind
	// Reason is for the operator, in one sentence without a full stop.
	Reason string
	// Scope has the scopes that the request needs, if Kind is InsufficientScope.
	Scope string
	// RetryAfter is set if Kind is Undecided.
	RetryAfter time.Duration
}

func (r *Refused) Error() string { return r.Reason }

// Status is the status code of the answer.
func (r *Refused) Status() int {
	switch r.Kind {
	case Invalid, NoToken:
		return http.StatusUnauthorized
	case InsufficientScope:
		return http.StatusForbidden
	case InvalidRequest:
		return http.StatusBadRequest
	default:
		return http.StatusServiceUnavailable
	}
}

// Code is the error code of RFC 6750 §3.1; empty if there is none.
func (r *Refused) Code() string {
	switch r.Kind {
	case Invalid:
		return "invalid_token"
	case InsufficientScope:
		return "insufficient_scope"
	case InvalidRequest:
		return "invalid_request"
	default:
		return ""
	}
}

func invalid(why string) error { return &Refused{Kind: Invalid, Reason: why} }

func insufficient(wanted Requirement) error {
	reason := "the request needs the scope " + wanted.String()
	return &Refused{Kind: InsufficientScope, Reason: reason, Scope: wanted.String()}
}

func undecided(why string, retryAfter time.Duration) error {
	reason := "tokens cannot be verified now: " + why
	return &Refused{Kind: Undecided, Reason: reason, RetryAfter: max(retryAfter, time.Second)}
}
