package scalingo

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/rest"
	"github.com/zoneward/zoneward/zonefile"
)

// FetchResource implements [providers.ResourceReader]. It looks in the application that the resource names, and in no other: to know which one has a name would take
// a request for each application of the account. So ErrNoResource says that this application does not have it.
func (p *Provider) FetchResource(ctx context.Context, what providers.Resource) (*providers.ResourceSnapshot, error) {
	snapshot, err := p.fetch(ctx, what)
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", what, err)
	}
	return snapshot, nil
}

func (p *Provider) fetch(ctx context.Context, what providers.Resource) (*providers.ResourceSnapshot, error) {
	named, err := appOf(what)
	if err != nil {
		return nil, err
	}
	all, err := p.customDomains(ctx, named)
	if err != nil {
		return nil, err
	}
	one, ok := all.find(what.Name)
	if !ok {
		return nil, noDomain(named)
	}
	of, err := p.client.app(ctx, named)
	if err != nil {
		return nil, err
	}
	return p.snapshot(of, all, one)
}

// noDomain is the error for a name that an application does not have.
func noDomain(app string) error {
	return fmt.Errorf("%w: it is no custom domain of the application %s", providers.ErrNoResource, app)
}

// Resources implements [providers.ResourceReader]. If like has no application, all of the account in the region are listed, with a request for each. A domain that
// FetchResource would not return, since something of it cannot be read, is in the list with the fields that are certain, and is blocked.
func (p *Provider) Resources(ctx context.Context, like providers.Resource) ([]*providers.ResourceSnapshot, error) {
	apps, err := p.appsLike(ctx, like)
	if err != nil {
		return nil, fmt.Errorf("list the custom domains: %w", err)
	}
	var list []*providers.ResourceSnapshot
	for _, of := range apps {
		all, err := p.customDomains(ctx, of.Name)
		if _, asked := like.Fields[fieldApp]; !asked && missing(err, "app") {
			continue // it went after the applications were listed
		}
		if err != nil {
			return nil, fmt.Errorf("list the custom domains: %w", err)
		}
		for _, one := range all {
			snapshot, err := p.snapshot(of, all, one)
			if err != nil {
				snapshot = one.unreadable(of, err)
			}
			list = append(list, snapshot)
		}
	}
	slices.SortFunc(list, func(a, b *providers.ResourceSnapshot) int { return a.Name.Compare(b.Name) })
	return list, nil
}

// appsLike returns the application that a resource names, all if it names none.
func (p *Provider) appsLike(ctx context.Context, like providers.Resource) ([]app, error) {
	if _, ok := like.Fields[fieldApp]; !ok {
		return p.client.apps(ctx)
	}
	named, err := checkApp(like.Fields[fieldApp])
	if err != nil {
		return nil, err
	}
	of, err := p.client.app(ctx, named)
	return []app{of}, err
}

// appOf returns the application that a resource names.
func appOf(r providers.Resource) (string, error) {
	if err := check(r); err != nil {
		return "", err
	}
	return checkApp(r.Fields[fieldApp])
}

// checkApp returns the name of an application as it goes into a path.
func checkApp(named string) (string, error) {
	if _, err := form(fieldApp, named); err != nil {
		return "", &providers.FieldError{Field: fieldApp, Err: err}
	}
	return named, nil
}

// customDomain is a domain with its name as other packages know it.
type customDomain struct {
	domain
	owner zonefile.Name
}

// customDomains are all domains of an application.
type customDomains []customDomain

// customDomains returns all domains of an application. A list of which one name cannot be read, or is there twice, is an error: nobody knows what else it lacks.
func (p *Provider) customDomains(ctx context.Context, app string) (customDomains, error) {
	domains, err := p.client.domains(ctx, app)
	if err != nil {
		return nil, err
	}
	var all customDomains
	for _, d := range domains {
		owner, err := d.owner()
		if err != nil {
			return nil, fmt.Errorf("the custom domains of %s: %w", app, err)
		}
		if _, twice := all.find(owner); twice {
			return nil, fmt.Errorf("the custom domains of %s: %s is in the list twice", app, owner)
		}
		all = append(all, customDomain{d, owner})
	}
	return all, nil
}

// find returns the domain of that name.
func (s customDomains) find(name zonefile.Name) (customDomain, bool) {
	i := slices.IndexFunc(s, func(d customDomain) bool { return d.owner == name })
	if i < 0 {
		return customDomain{}, false
	}
	return s[i], true
}

// canonical returns the canonical domain of the application if it is another one than that of a name.
func (s customDomains) canonical(except zonefile.Name) (zonefile.Name, bool) {
	i := slices.IndexFunc(s, func(d customDomain) bool { return d.Canonical && d.owner != except })
	if i < 0 {
		return zonefile.Name{}, false
	}
	return s[i].owner, true
}

// fields returns the fields of a domain that can be read, but for its application.
func (d customDomain) fields() (map[string]string, error) {
	if d.unread != nil {
		return nil, fmt.Errorf("%s: %w", d.owner, d.unread)
	}
	fields := map[string]string{fieldCanonical: strconv.FormatBool(d.Canonical), fieldLetsEncrypt: strconv.FormatBool(d.LetsEncryptEnabled)}
	if !d.SSL {
		return fields, nil
	}
	until, err := d.validUntil()
	if err != nil {
		return nil, err
	}
	fields[fieldCertificate] = certificateText(d.Subject, until)
	return fields, nil
}

// validUntil returns when the certificate that was uploaded ends, the zero Time if the API does not say.
func (d customDomain) validUntil() (time.Time, error) {
	if !d.SSL || d.Validity == "" {
		return time.Time{}, nil
	}
	until, err := time.Parse(time.RFC3339, d.Validity)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s: the validity %q is no time", d.owner, rest.OneLine(d.Validity))
	}
	return until, nil
}

// snapshot returns a domain of an application, as one of all.
func (p *Provider) snapshot(of app, all customDomains, one customDomain) (*providers.ResourceSnapshot, error) {
	fields, err := one.fields()
	if err != nil {
		return nil, err
	}
	fields[fieldApp] = of.Name
	outputs, err := one.outputs(of.host())
	if err != nil {
		return nil, err
	}
	until, err := one.validUntil()
	if err != nil {
		return nil, err
	}
	now := p.now()
	s := &providers.ResourceSnapshot{
		Resource: providers.Resource{Kind: providers.App, Name: one.owner, Fields: fields},
		ID:       one.ID,
		Outputs:  outputs,
		Status:   one.status(of.host(), until, now),
		Observed: one.observe(len(all), until, now),
	}
	if holder, ok := all.canonical(one.owner); ok {
		s.Holders = map[string]zonefile.Name{fieldCanonical: holder}
	}
	return s, nil
}

// unreadable returns a domain of an application of which only its id, its name and whether it is canonical can be read, and why.
func (d customDomain) unreadable(of app, why error) *providers.ResourceSnapshot {
	return &providers.ResourceSnapshot{
		Resource: providers.Resource{
			Kind: providers.App, Name: d.owner, Fields: map[string]string{fieldApp: of.Name, fieldCanonical: strconv.FormatBool(d.Canonical)},
		},
		ID:     d.ID,
		Status: providers.ResourceStatus{Phase: providers.Blocked, State: stateUnreadable, Reason: "what Scalingo says of it cannot be read: " + why.Error()},
	}
}

// outputTTL is a proposal: short enough that a value which is new is soon known.
const outputTTL = 300

// outputs returns the RRsets that are to be published for a domain: that it leads to the host of its application, and the challenge of a wildcard. Whether the name is
// the apex of a zone, where there is no CNAME, is for whom publishes it to know. That of a wildcard is as good as another (RFC 4592 §2.2.1).
func (d customDomain) outputs(host zonefile.Name) ([]providers.Output, error) {
	var outputs []providers.Output
	if d.ACMEName != "" && d.ACMEValue != "" {
		challenge, err := d.challenge()
		if err != nil {
			return nil, err
		}
		outputs = append(outputs, providers.Output{Name: outputACME, RRset: challenge})
	}
	if !host.IsZero() {
		cname, err := zonefile.NewRRset(zonefile.Key{Name: d.owner, Type: zonefile.TypeCNAME}, outputTTL, host.AppendWire(nil))
		if err != nil {
			return nil, err
		}
		outputs = append(outputs, providers.Output{Name: outputCNAME, RRset: cname})
	}
	return outputs, nil
}

// maxString is the most octets that one string of a TXT record has (RFC 1035 §3.3).
const maxString = 255

// challengeLabel is where Let's Encrypt looks, below the name that is proved (RFC 8555 §8.4).
const challengeLabel = "_acme-challenge"

// challenge returns the TXT RRset that proves a domain. One at any other name than that is an error: it would be published.
func (d customDomain) challenge() (zonefile.RRset, error) {
	base := d.owner
	if base.IsWildcard() {
		base = base.Parent()
	}
	name, err := zonefile.ParseName(challengeLabel, base)
	at, errAt := parseName(d.ACMEName)
	if err != nil || errAt != nil || at != name || len(d.ACMEValue) > maxString {
		return zonefile.RRset{}, fmt.Errorf("%s: the challenge %q at %q is none of Let's Encrypt for it", d.owner, rest.OneLine(d.ACMEValue), rest.OneLine(d.ACMEName))
	}
	rdata := append([]byte{byte(len(d.ACMEValue))}, d.ACMEValue...)
	return zonefile.NewRRset(zonefile.Key{Name: name, Type: zonefile.TypeTXT}, outputTTL, rdata)
}
