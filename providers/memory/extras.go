package memory

import (
	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// Keeping has the fake keep the zones that it removes, so that it is a providers.ZonePurger and, since a purge wants to know what was removed, a
// providers.ZoneExporter.
func Keeping() Option {
	return func(p *Provider) { p.keeps, p.exports = true, true }
}

// Exporting has the fake be a providers.ZoneExporter.
func Exporting() Option {
	return func(p *Provider) { p.exports = true }
}

// WithProperties has the zones have properties, so that the fake is a providers.ZoneConfigurer. The Traits name those that are not fixed.
func WithProperties(properties ...Property) Option {
	return func(p *Provider) { p.properties = append(p.properties, properties...) }
}

// Signing has the fake sign the zones whose property "dnssec" says so, and be a providers.Signer. It has the property "ds" too, which is unpublished
// again whenever the other is changed, and published only while the zone is signed.
func Signing() Option {
	return func(p *Provider) {
		p.signs = true
		p.properties = append(p.properties, signingProperties()...)
	}
}

// KeepingRevisions has the fake keep what a zone was before each change, so that it is a providers.Revisions.
func KeepingRevisions() Option {
	return func(p *Provider) { p.revises = true }
}

// BeginningIn has the zones that are created, and not brought back, be in the state that begins returns, as SetState does; nil is none.
func BeginningIn(begins func(origin zonefile.Name) *providers.StateError) Option {
	return func(p *Provider) {
		p.begins = func(origin zonefile.Name) *providers.StateError { return blocking(begins(origin)) }
	}
}

// Unwrap returns what the options made of the fake beside a providers.ZoneRemover, nil if nothing. It is for providers.As.
func (p *Provider) Unwrap() providers.ZoneProvider { return p.extras }

// extra is the fake with one more interface, in a chain that ends with nil: a type with all of the interfaces would have those that were not
// asked for.
type extra struct {
	*Provider
	next providers.ZoneProvider
}

// Unwrap returns the fake with the next interface.
func (e extra) Unwrap() providers.ZoneProvider { return e.next }

// The fake with one interface each.
type (
	purger     struct{ extra }
	exporter   struct{ extra }
	configurer struct{ extra }
	signer     struct{ extra }
	historian  struct{ extra }
)

var (
	_ providers.ZonePurger     = purger{}
	_ providers.ZoneExporter   = exporter{}
	_ providers.ZoneConfigurer = configurer{}
	_ providers.Signer         = signer{}
	_ providers.Revisions      = historian{}
)

// asAskedFor returns the chain of interfaces that the options asked for.
func (p *Provider) asAskedFor() providers.ZoneProvider {
	var chain providers.ZoneProvider
	for _, link := range []struct {
		wanted bool
		add    func(extra) providers.ZoneProvider
	}{
		{p.keeps, func(e extra) providers.ZoneProvider { return purger{e} }},
		{p.exports, func(e extra) providers.ZoneProvider { return exporter{e} }},
		{len(p.properties) > 0, func(e extra) providers.ZoneProvider { return configurer{e} }},
		{p.signs, func(e extra) providers.ZoneProvider { return signer{e} }},
		{p.revises, func(e extra) providers.ZoneProvider { return historian{e} }},
	} {
		if link.wanted {
			chain = link.add(extra{p, chain})
		}
	}
	return chain
}
