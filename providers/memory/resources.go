package memory

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// ResourceProvider has the resources of one type in memory: the fake of what there is beside zones. It is a providers.ResourceProvider, and a
// providers.ResourceChecker if [Checking] asks for that, which providers.AsResource finds. It keeps the contract to the letter until a [Fault] makes it
// do otherwise, and takes only what NormalizeResource returns. Of the resources that share an exclusive field it gives it to none before the one that
// has it has given it up.
//
// Its methods may be called concurrently.
type ResourceProvider struct {
	typ     providers.ResourceType
	forms   map[string]func(string) (string, error) // by field
	secrets []SecretFields
	begins  providers.ResourceStatus
	outputs func(providers.Resource) []providers.Output
	late    bool // outputs are not there from the beginning
	refuses func(providers.Resource) bool
	fixed   bool // none is created or removed
	check   func(zonefile.Name)
	onCall  func(ResourceCall)
	clock   func() time.Time

	script
	resources map[zonefile.Name]*resource
	made      int // how many there were: each has an id of its own
	log       []ResourceCall
}

var _ providers.ResourceProvider = (*ResourceProvider)(nil)

// resource is one resource. Its states are never changed: a write makes another.
type resource struct {
	name          zonefile.Name
	id            string
	now, previous *resourceState
}

// resourceState is what a resource is like at one time.
type resourceState struct {
	fields   map[string]string // those that are write-only too
	secrets  map[string]string // those that were written, by name
	outputs  []providers.Output
	status   providers.ResourceStatus
	observed []providers.Observation
}

// NewResources returns a provider without resources.
func NewResources(typ providers.ResourceType, options ...ResourceOption) *ResourceProvider {
	p := &ResourceProvider{
		typ:       typ,
		forms:     map[string]func(string) (string, error){},
		begins:    providers.ResourceStatus{Phase: providers.Ready, State: "ready"},
		outputs:   func(providers.Resource) []providers.Output { return nil },
		refuses:   func(providers.Resource) bool { return false },
		onCall:    func(ResourceCall) {},
		clock:     time.Now,
		script:    newScript(),
		resources: map[zonefile.Name]*resource{},
	}
	for _, o := range options {
		o(p)
	}
	return p
}

// ResourceType returns what the provider was made with.
func (p *ResourceProvider) ResourceType() providers.ResourceType {
	typ := p.typ
	typ.Fields, typ.Outputs = slices.Clone(typ.Fields), slices.Clone(typ.Outputs)
	return typ
}

// FetchResource returns the resource of that name, wherever what says that it is.
func (p *ResourceProvider) FetchResource(ctx context.Context, what providers.Resource) (*providers.ResourceSnapshot, error) {
	snapshot, err := callResource(p, providers.OperationFetchResource, what, nil, func(f Fault) (*providers.ResourceSnapshot, error) {
		if err := cmp.Or(ctx.Err(), f.Err); err != nil {
			return nil, err
		}
		res, err := p.lookUp(what)
		if err != nil {
			return nil, err
		}
		return p.snapshot(res, res.seen(f)), nil
	})
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", what, err)
	}
	return snapshot, nil
}

// Resources returns those whose write-once fields are those of like, as far as it has them.
func (p *ResourceProvider) Resources(ctx context.Context, like providers.Resource) ([]*providers.ResourceSnapshot, error) {
	where := providers.Resource{Kind: like.Kind, Fields: like.Fields}
	all, err := callResource(p, providers.OperationResources, where, nil, func(f Fault) ([]*providers.ResourceSnapshot, error) {
		if err := cmp.Or(ctx.Err(), f.Err); err != nil {
			return nil, err
		}
		var all []*providers.ResourceSnapshot
		for _, res := range p.sorted() {
			if s := res.seen(f); p.isLike(s, like) {
				all = append(all, p.snapshot(res, s))
			}
		}
		return all, nil
	})
	if err != nil {
		return nil, fmt.Errorf("list the resources: %w", err)
	}
	return all, nil
}

// isLike reports whether a resource is where like says.
func (p *ResourceProvider) isLike(s *resourceState, like providers.Resource) bool {
	for _, spec := range p.typ.Fields {
		if want, ok := like.Fields[spec.Name]; ok && spec.Rule == providers.WriteOnce && s.fields[spec.Name] != want {
			return false
		}
	}
	return true
}

// lookUp returns a resource that is there.
func (p *ResourceProvider) lookUp(what providers.Resource) (*resource, error) {
	if what.Kind != p.typ.Kind {
		return nil, fmt.Errorf("resources here are of the kind %s: %w", p.typ.Kind, providers.ErrInvalid)
	}
	res := p.resources[what.Name]
	if res == nil {
		return nil, providers.ErrNoResource
	}
	return res, nil
}

// sorted returns the resources in order of their names.
func (p *ResourceProvider) sorted() []*resource {
	return slices.SortedFunc(maps.Values(p.resources), func(a, b *resource) int { return a.name.Compare(b.name) })
}

// seen returns the state that a read with that fault sees.
func (r *resource) seen(f Fault) *resourceState {
	if f.Stale && r.previous != nil {
		return r.previous
	}
	return r.now
}

// become gives a resource another state.
func (r *resource) become(next *resourceState) { r.previous, r.now = r.now, next }

// snapshot returns what can be read of a resource.
func (p *ResourceProvider) snapshot(res *resource, s *resourceState) *providers.ResourceSnapshot {
	return &providers.ResourceSnapshot{
		Resource: providers.Resource{Kind: p.typ.Kind, Name: res.name, Fields: p.readable(s)},
		ID:       res.id,
		Outputs:  slices.Clone(s.outputs),
		Status:   s.status,
		Observed: slices.Clone(s.observed),
		Holders:  p.holders(res, s),
	}
}

// readable returns the fields that are not write-only.
func (p *ResourceProvider) readable(s *resourceState) map[string]string {
	fields := map[string]string{}
	for _, spec := range p.typ.Fields {
		if value, ok := s.fields[spec.Name]; ok && spec.Rule != providers.WriteOnly {
			fields[spec.Name] = value
		}
	}
	return fields
}

// holders returns the resources that have the exclusive fields which res with the state s could have, nil if there are none.
func (p *ResourceProvider) holders(res *resource, s *resourceState) map[string]zonefile.Name {
	var holders map[string]zonefile.Name
	for _, spec := range p.typ.Fields {
		if spec.Exclusive == "" {
			continue
		}
		if holder := p.holder(spec, s.fields[spec.Exclusive], res.name); holder != nil {
			if holders == nil {
				holders = map[string]zonefile.Name{}
			}
			holders[spec.Name] = holder.name
		}
	}
	return holders
}

// holder returns the resource that has an exclusive field where a write-once field has that value, nil if none has, or the one of that name.
func (p *ResourceProvider) holder(spec providers.FieldSpec, where string, except zonefile.Name) *resource {
	for _, other := range p.sorted() {
		if other.name != except && other.now.fields[spec.Exclusive] == where && other.now.fields[spec.Name] == yes {
			return other
		}
	}
	return nil
}

// add adds a resource without fields.
func (p *ResourceProvider) add(name zonefile.Name) *resource {
	p.made++
	res := &resource{name: name, id: strconv.Itoa(p.made), now: &resourceState{status: p.begins}}
	p.resources[name] = res
	return res
}
