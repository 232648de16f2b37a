package reconcile

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// Property is the change of one property of a zone, see providers.ZoneConfigurer.
type Property struct {
	Name string
	// Old is what it is, empty if the zone does not have it or is not there; New what it will be.
	Old, New string
}

// String returns "description: old -> new".
func (p Property) String() string { return fmt.Sprintf("%s: %q -> %q", p.Name, p.Old, p.New) }

// properties returns the changes that give the zone the properties that its rule declares, and what cannot be changed any more. The error says which of
// them the target does not have. What the rule does not name stays as it is.
func (in zoneInput) properties() (changes []Change, fixed []zonefile.Problem, err error) {
	kindMatters := in.kind != "" && in.live == nil && in.normalizeProperties != nil
	if len(in.declared) == 0 && !kindMatters {
		return nil, nil, nil
	}
	if in.normalizeProperties == nil {
		return nil, nil, fmt.Errorf("%w: zone: in the rule names %s, and zones on %s have no properties",
			providers.ErrUnsupported, slices.Sorted(maps.Keys(in.declared))[0], in.Target)
	}
	declared, err := in.normalizeProperties(in.Zone, in.kind, in.declared)
	if err != nil {
		return nil, nil, fmt.Errorf("zone: in the rule: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(declared)) {
		p := Property{Name: name, New: declared[name]}
		action := Create
		if in.live != nil {
			p.Old, action = in.live.Properties[name], Update
		}
		switch {
		case p.Old == p.New:
		case in.live != nil && !slices.Contains(in.live.Traits.Properties, name):
			fixed = append(fixed, zonefile.Problem{
				Position: zonefile.Position{File: in.source}, Rule: "fixed-property", Severity: zonefile.Warning,
				Message: fmt.Sprintf("the %s of the zone on %s is %q, and cannot be changed to %q once the zone is there", name, in.Target, p.Old, p.New),
			})
		default:
			changes = append(changes, Change{Kind: KindProperty, Action: action, Key: zonefile.Key{Name: in.Zone}, Property: p, Cause: CauseGit})
		}
	}
	return changes, fixed, nil
}

// split returns the changes of a plan by what they are about: the zone itself, which comes first and is alone, its RRsets, and its properties.
func split(changes []Change) (whole *Change, sets, properties []Change) {
	if len(changes) > 0 && changes[0].Kind == KindZone {
		whole, changes = &changes[0], changes[1:]
	}
	i := slices.IndexFunc(changes, func(c Change) bool { return c.Kind == KindProperty })
	if i < 0 {
		return whole, changes, nil
	}
	return whole, changes[:i], changes[i:]
}

// propertiesOf returns what changes of properties come to.
func propertiesOf(changes []Change) map[string]string {
	all := map[string]string{}
	for _, c := range changes {
		all[c.Property.Name] = c.Property.New
	}
	return all
}

// configure sets properties of the zone: the intent first, then the write, then a look at what they are.
func (s *writing) configure(ctx context.Context, changes []Change) {
	changes = slices.DeleteFunc(slices.Clone(changes), func(c Change) bool { return isLive(c, s.live) })
	if len(changes) == 0 {
		return
	}
	if ctx.Err() != nil {
		s.fail(Failed, fmt.Errorf("apply %s: stopped, and the setting of %s not begun: %w", s.plan.Ref, propertyNames(changes), context.Cause(ctx)))
		return
	}
	fail := func(status Status, err error) {
		s.fail(status, fmt.Errorf("set %s of %s: %w", propertyNames(changes), s.plan.Ref, err))
	}
	configurer, ok := providers.As[providers.ZoneConfigurer](s.provider)
	if !ok {
		fail(Failed, providers.ErrUnsupported)
		return
	}
	writing, cancel := s.unhurried(ctx)
	defer cancel()
	id, ok := s.begin(writing, s.intent(changes, nil))
	if !ok {
		return
	}
	s.Planner.progress(s.plan.Ref, Writing)
	wrote := configurer.Configure(writing, s.live, propertiesOf(changes))
	written := writtenAfter(wrote, 0)
	s.outcome.Written = max(s.outcome.Written, written)
	if written == NotWritten {
		s.conclude(writing, id, Conclusion{Result: Refused, Err: wrote.Error()})
		status := Failed
		if errors.Is(wrote, providers.ErrConflict) {
			status = Conflict
		}
		fail(status, wrote)
		return
	}
	s.Planner.progress(s.plan.Ref, Reading)
	after, err := s.provider.Fetch(writing, s.plan.Zone)
	if err != nil {
		// The intent stays open: the next run settles it.
		fail(Failed, errors.Join(wrote, fmt.Errorf("read back: %w", err)))
		return
	}
	s.live = after
	end := Conclusion{Live: make([]bool, len(changes)), Serial: after.Serial}
	var missing []Change
	for i, c := range changes {
		if end.Live[i] = isLive(c, after); !end.Live[i] {
			missing = append(missing, c)
		}
	}
	end.Result = resultOf(len(changes)-len(missing), len(changes))
	switch {
	case wrote != nil && len(missing) > 0:
		end.Err = wrote.Error()
		fail(Failed, wrote)
	case len(missing) > 0:
		fail(Failed, fmt.Errorf("the provider reported success, and %s is not as it was set", propertyNames(missing)))
		end.Err = s.outcome.Err.Error()
	}
	s.conclude(writing, id, end)
}

// propertyNames lists the properties that changes are about.
func propertyNames(changes []Change) string {
	names := make([]string, len(changes))
	for i, c := range changes {
		names[i] = c.Property.Name
	}
	return list(names)
}
