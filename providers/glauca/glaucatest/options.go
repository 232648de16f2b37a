package glaucatest

import (
	"cmp"
	"net/http"
	"time"
)

// Options say how the fake behaves where it is not known how the service does, or where it is one way for one registry and another for the next. The
// zero Options are the published server with a registry that does at once what it is asked to.
type Options struct {
	// Paginated has the lists of domains and of name servers be pages, as https://docs.glauca.digital/domains/api/#pagination has all lists. In the
	// published source these two are plain arrays.
	Paginated bool
	// URL is what addresses in answers start with, empty for the one that was asked.
	URL string
	// SlashlessWrite is the status of a write whose path lacks the slash at its end: 0 is 500, which Django answers while it is debugged. 301 is what it
	// answers otherwise, which makes a GET of the write with most clients, and 404 what it answers with APPEND_SLASH off. A read is always a 301.
	SlashlessWrite int
	// Unauthorized answers a token that is none, or not any more, with 401 and not with 403.
	Unauthorized bool
	// DeletedInvalid answers an update of a deleted domain with 400 and not with 403.
	DeletedInvalid bool
	// Lenient has unknown fields and the like passed over, as the framework does.
	Lenient bool
	// AuthCode has the authorization code in auth_code, as the headline of its description, and not in auth_info, as the example.
	AuthCode bool
	// RefuseContacts answers a change of the admin, billing or technical contact with 403, as the published source does: it compares a contact with a user.
	RefuseContacts bool

	// UpdateTime is how long an update is pending with the registry. The domain is as before until then. 0 is none, less is until [Server.EndUpdate].
	UpdateTime time.Duration
	// PublishDelay is how long it takes until the parent zone has what the registry has.
	PublishDelay time.Duration
	// RefuseBoth has the registry refuse an update that changes both the name servers and the DNSSEC data.
	RefuseBoth bool
	// HostAttributes has the registry take name servers as host_name with addresses, and not as host_object (RFC 5731 §1.1: one or the other).
	HostAttributes bool
	// NeedGlue has the registry refuse a name server below the domain that has no addresses in /api/name_servers/ (RFC 5732 §3.2.1).
	NeedGlue bool
	// DNSSEC says which data the registry takes (RFC 5910 §4).
	DNSSEC Interface
	// FixedRegistrant passes over a change of the registrant, NoTransferLock one of the lock, as is done for registries that do not have it.
	FixedRegistrant, NoTransferLock bool

	// SpellHost and SpellDigest are the forms in which names of name servers and digests are read back. The answer to an update has them as they were sent.
	SpellHost, SpellDigest func(string) string
	// Reversed has name servers and DNSSEC data read back in reverse.
	Reversed bool

	// Suffixes are what domains may end in, without a dot: "com". Nil is anything.
	Suffixes []string
	// Prices are what the checks and orders cost.
	Prices Prices
	// Now is the clock, nil for time.Now.
	Now func() time.Time
	// Hook is called for each request before anything is done with it, with what [Server.Calls] has of it.
	Hook func(call string)
}

// Interface says which DNSSEC data a registry takes.
type Interface int

// The interfaces.
const (
	AnyData Interface = iota
	DSData
	KeyData // it makes the DS records from them
)

// Prices are in pence. Register and Renew are for a year.
type Prices struct{ Register, Transfer, Renew, Restore int }

func (o Options) withDefaults() Options {
	o.SlashlessWrite = cmp.Or(o.SlashlessWrite, http.StatusInternalServerError)
	o.Prices = cmp.Or(o.Prices, Prices{Register: 1000, Transfer: 900, Renew: 1100, Restore: 8000})
	if o.Now == nil {
		o.Now = time.Now
	}
	same := func(text string) string { return text }
	if o.SpellHost == nil {
		o.SpellHost = same
	}
	if o.SpellDigest == nil {
		o.SpellDigest = same
	}
	return o
}
