package scaidns

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/zoneward/zoneward/providers"
)

// Configure implements [providers.ZoneConfigurer]. What PATCH sets is set in one request, and signing and the DS in another each. Then the zone is read
// again, because settings might have been merged with those that were there.
//
// A zone whose DS the parent has is not left unsigned by the word off alone: that would take the domain off the air. The error wraps ErrBlocked unless the
// properties say as well that the DS is unpublished. Nor is an algorithm changed, or a DS confirmed in the moment in which it is made.
func (p *Provider) Configure(ctx context.Context, base *providers.Snapshot, properties map[string]string) error {
	if err := p.configure(ctx, base, properties); err != nil {
		return fmt.Errorf("configure %s: %w", base.Zone.Origin(), err)
	}
	return nil
}

func (p *Provider) configure(ctx context.Context, base *providers.Snapshot, properties map[string]string) error {
	origin := base.Zone.Origin()
	for name := range properties {
		if !slices.Contains(settableProperties(), name) {
			return fmt.Errorf("%w: %s cannot be changed", providers.ErrUnsupported, name)
		}
	}
	wanted, err := p.NormalizeProperties(origin, base.Properties[propertyKind], properties)
	if err != nil {
		return err
	}
	d, err := p.writable(ctx, origin)
	if err != nil {
		return err
	}
	live, s, err := p.properties(ctx, d.ID)
	if err != nil {
		return err
	}
	if err := conflicts(live, base.Properties, maps.Keys(wanted)); err != nil {
		return err
	}
	maps.DeleteFunc(wanted, func(name, value string) bool { return live[name] == value })
	if err := checkSigning(live, wanted); err != nil {
		return err
	}
	return p.set(ctx, d.ID, wanted, s)
}

// conflicts returns an error that wraps ErrConflict if one of some properties is not what it was.
func conflicts(live, base map[string]string, names iter.Seq[string]) error {
	for _, name := range slices.Sorted(names) {
		if live[name] != base[name] {
			return fmt.Errorf("%w: %s is %q, and was %q when the change was planned", providers.ErrConflict, name, live[name], base[name])
		}
	}
	return nil
}

// properties returns the properties of a zone, and how it is signed.
func (p *Provider) properties(ctx context.Context, id string) (map[string]string, signing, error) {
	d, err := p.client.domain(ctx, id)
	if err != nil {
		return nil, signing{}, err
	}
	s, err := p.signing(ctx, d)
	if err != nil {
		return nil, signing{}, err
	}
	all, err := propertiesOf(d, s)
	return all, s, err
}

// checkSigning returns an error if a change of the signing would leave a domain with a DS that nothing answers to.
func checkSigning(live, wanted map[string]string) error {
	algorithm, signs := wanted[providers.PropertyDNSSEC]
	told, tells := wanted[providers.PropertyDS]
	isSigned, isPublished := live[providers.PropertyDNSSEC] != unsigned, live[providers.PropertyDS] == published
	switch {
	case signs && algorithm != unsigned && isSigned:
		return fmt.Errorf("%w: it is signed with %s: take its DS out of the parent zone, wait until no resolver has it, turn signing off, and then on with %s",
			providers.ErrBlocked, live[providers.PropertyDNSSEC], algorithm)
	case signs && algorithm == unsigned && isPublished && told != unpublished:
		return fmt.Errorf("%w: the parent zone has its DS: take it out there, wait until no resolver has it, and declare ds: %s together with dnssec: %s",
			providers.ErrBlocked, unpublished, unsigned)
	case tells && told == published && (signs || !isSigned):
		return fmt.Errorf("%w: it has no DS yet: have it signed, publish the DS in the parent zone, and declare ds: %s then", providers.ErrBlocked, published)
	case tells && told == unpublished && !signs:
		return fmt.Errorf("%w: ScaiDNS has no way to be told that a DS is published no more: leave ds out, or declare dnssec: %s with it", providers.ErrUnsupported, unsigned)
	}
	return nil
}

// set sets properties, and reads them back.
func (p *Provider) set(ctx context.Context, id string, wanted map[string]string, s signing) error {
	var done []string
	for _, step := range p.configureSteps(id, wanted, s) {
		if err := step.do(ctx); err != nil {
			if refusedWith(err, http.StatusConflict) {
				err = fmt.Errorf("%w: %w", providers.ErrConflict, err)
			}
			if len(done) > 0 {
				err = partial(ctx, "set "+strings.Join(done, " and "), err)
			}
			return err
		}
		done = append(done, step.of)
	}
	if len(done) == 0 {
		return ctx.Err()
	}
	now, _, err := p.properties(ctx, id)
	if err != nil {
		return partial(ctx, "set "+strings.Join(done, " and "), err)
	}
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		if now[name] != wanted[name] {
			return partial(ctx, "set "+strings.Join(done, " and "), fmt.Errorf("%s is read back as %q, and not as %q", name, now[name], wanted[name]))
		}
	}
	return nil
}

// configureStep is a request that sets some properties.
type configureStep struct {
	of string
	do func(context.Context) error
}

// configureSteps returns the requests that set properties.
func (p *Provider) configureSteps(id string, wanted map[string]string, s signing) []configureStep {
	var steps []configureStep
	if e, names := editOf(wanted); len(names) > 0 {
		steps = append(steps, configureStep{strings.Join(names, ", "), func(ctx context.Context) error { return p.client.update(ctx, id, e) }})
	}
	switch algorithm, signs := wanted[providers.PropertyDNSSEC]; {
	case signs && algorithm == unsigned:
		steps = append(steps, configureStep{"dnssec", func(ctx context.Context) error { return p.client.unsign(ctx, id) }})
	case signs:
		steps = append(steps, configureStep{"dnssec", func(ctx context.Context) error { return p.client.sign(ctx, id, algorithms()[algorithm]) }})
	}
	if wanted[providers.PropertyDS] == published {
		steps = append(steps, configureStep{"ds", func(ctx context.Context) error { return p.client.confirm(ctx, id, s.DS) }})
	}
	return steps
}

// editOf returns the body that sets those of the properties that PATCH sets, and their names.
func editOf(wanted map[string]string) (e edit, names []string) {
	if text, ok := wanted[providers.PropertyDefaultTTL]; ok {
		ttl, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			panic("scaidns: " + err.Error()) // it was normalized
		}
		e.DefaultTTL = &ttl
		names = append(names, providers.PropertyDefaultTTL)
	}
	if text, ok := wanted[providers.PropertyDescription]; ok {
		e.Description = &text
		names = append(names, providers.PropertyDescription)
	}
	if text, ok := wanted[providers.PropertySettings]; ok {
		e.Settings = json.RawMessage(text)
		names = append(names, providers.PropertySettings)
	}
	return e, names
}
