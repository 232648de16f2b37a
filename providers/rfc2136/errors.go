package rfc2136

import (
	"context"
	"errors"
	"fmt"

	"github.com/miekg/dns"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// keyError returns the error for a refusal that is about the key, nil for others.
func keyError(r *refusal) error {
	var check string
	switch r.tsig {
	case 0:
		return nil
	case dns.RcodeBadKey:
		check = "the server does not know the key: check its name and algorithm"
	case dns.RcodeBadSig:
		check = "the server has another secret for the key"
	case dns.RcodeBadTime:
		check = "the clocks of both sides differ by more than five minutes"
	default:
		check = "the server does not take the signature"
	}
	return fmt.Errorf("%w: %s: %w", providers.ErrAuth, check, r)
}

// transferError returns the error for a transfer that failed, with its kind as far as the server tells: one that has the zone, and one
// that does not, refuse a transfer in the same words.
func (p *Provider) transferError(ctx context.Context, origin zonefile.Name, err error) error {
	switch {
	case errors.Is(err, errUnsigned), errors.Is(err, errOtherKey), errors.Is(err, errBadMAC), errors.Is(err, errSignedWhen):
		return fmt.Errorf("%w: %w", providers.ErrAuth, err)
	}
	r, ok := errors.AsType[*refusal](err)
	if !ok {
		return err
	}
	if about := keyError(r); about != nil {
		return about
	}
	switch r.rcode {
	case dns.RcodeRefused, dns.RcodeNotAuth, dns.RcodeNameError, dns.RcodeNotZone:
		if soaErr := p.served(ctx, origin); errors.Is(soaErr, errNotServed) {
			return fmt.Errorf("%w: %w; %w", providers.ErrNoZone, err, soaErr)
		} else if soaErr != nil {
			return fmt.Errorf("%w; %w", err, soaErr)
		}
		return fmt.Errorf("%w: %w: the zone is there and %s is not given it: check who may transfer it "+
			"(BIND: allow-transfer; Knot: an acl with action transfer; PowerDNS: TSIG-ALLOW-AXFR or allow-axfr-ips)",
			providers.ErrAuth, err, p.transfers.who())
	case dns.RcodeNotImplemented:
		return fmt.Errorf("%w: the server gives no transfers: %w", providers.ErrUnsupported, err)
	case dns.RcodeServerFailure:
		return fmt.Errorf("%w: the server has trouble with the zone: it is not loaded or has expired, or too many transfers are running", err)
	}
	return err
}

// served returns nil if the server answers for a zone. PowerDNS answers NOTAUTH to all that is signed with a key that it does not
// take, and says no more, so the question is asked without a key as well.
func (p *Provider) served(ctx context.Context, origin zonefile.Name) error {
	_, err := p.update.soa(ctx, origin)
	if errors.Is(err, errNotServed) && p.update.signer != nil {
		unsigned := client{server: p.update.server, timeout: p.update.timeout}
		if _, soaErr := unsigned.soa(ctx, origin); soaErr == nil {
			return nil
		}
	}
	return err
}

// who names the client as the server sees it.
func (c *client) who() string {
	if c.signer == nil {
		return "this address (requests are not signed)"
	}
	return "key " + c.signer.name.String()
}

// withoutKind returns an error with the text of err. It wraps nothing of it but the error of ctx, so that it can stand beside a kind, or
// where a kind would say what is not known.
func withoutKind(ctx context.Context, err error) error {
	text := errors.New(err.Error())
	if end := ctx.Err(); end != nil && errors.Is(err, end) {
		return &ended{text, end}
	}
	return text
}

// ended is an error that the end of a context is the reason of.
type ended struct{ text, end error }

func (e *ended) Error() string { return e.text.Error() }
func (e *ended) Unwrap() error { return e.end }

// conflicts reports whether an rcode says that a prerequisite does not hold (RFC 2136 §2.2).
func conflicts(rcode int) bool {
	switch rcode {
	case dns.RcodeNXRrset, dns.RcodeYXRrset, dns.RcodeNameError, dns.RcodeYXDomain:
		return true
	}
	return false
}

// bindMaxRecords is BIND's default for max-records-per-type, from 9.18.28 on.
const bindMaxRecords = 100

// updateError returns the error for an update that the server refused for another reason than its prerequisites. Nothing of it
// was written, except on a server whose updates are not atomic.
func (p *Provider) updateError(ctx context.Context, origin zonefile.Name, r *refusal, ops []providers.Op) error {
	err := p.classify(ctx, origin, r, ops)
	if p.profile.NotAtomic && errors.Is(err, providers.ErrInvalid) {
		return fmt.Errorf("refused, and some of it may have been written: %s", err.Error())
	}
	return err
}

func (p *Provider) classify(ctx context.Context, origin zonefile.Name, r *refusal, ops []providers.Op) error {
	if about := keyError(r); about != nil {
		return about
	}
	switch r.rcode {
	case dns.RcodeNotAuth, dns.RcodeRefused:
		if err := p.served(ctx, origin); errors.Is(err, errNotServed) {
			return fmt.Errorf("%w: %w; %w", providers.ErrNoZone, r, err)
		}
		// Who may not update is refused an update without updates as well (RFC 2136 §3.3).
		if err := p.probe(ctx, origin, anySOA(origin)); err != nil {
			return fmt.Errorf("%w: %w: check that %s may update the zone, and that the server is its primary "+
				"(BIND: allow-update or update-policy; Knot: an acl with action update; PowerDNS: dnsupdate and TSIG-ALLOW-DNSUPDATE)",
				providers.ErrAuth, r, p.update.who())
		}
		return fmt.Errorf("%w: %w, though %s may update the zone: check the server's log. It may limit the names and types (BIND: update-policy), "+
			"or check the data (BIND: an NS or MX whose name is in the zone needs an address there, and A and MX want host names)",
			providers.ErrInvalid, r, p.update.who())
	case dns.RcodeNotImplemented:
		return fmt.Errorf("%w: the server takes no updates: %w", providers.ErrUnsupported, r)
	case dns.RcodeFormatError, dns.RcodeNotZone:
		return fmt.Errorf("%w: %w", providers.ErrInvalid, r)
	case dns.RcodeServerFailure:
		for _, op := range ops {
			if n := op.Change.New; n != nil && n.Len() > bindMaxRecords {
				return fmt.Errorf("%w: %w: %s has %d records; BIND takes %d unless its max-records-per-type says otherwise",
					providers.ErrInvalid, r, n.Key, n.Len(), bindMaxRecords)
			}
		}
		return fmt.Errorf("%w: the server's log has the reason", r)
	}
	return r
}
