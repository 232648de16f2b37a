package memory

import (
	"fmt"
	"maps"
	"slices"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// The methods here are for tests: what is there, and what others do. No call of them is in the log, and no fault comes up. A resource that is not
// there panics where nothing else is said.

// Set gives a resource the fields and the secrets of r as somebody else would, those that are write-once too, and leaves the others. One that is not
// there begins. An exclusive field is lost by the one that had it.
func (p *ResourceProvider) Set(r providers.Resource) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.put(r); err != nil {
		panic(fmt.Sprintf("memory: set %s: %v", r, err))
	}
}

func (p *ResourceProvider) put(r providers.Resource) error {
	normal, err := p.normal(r)
	if err != nil {
		return err
	}
	res := p.resources[r.Name]
	if res == nil {
		next, err := p.beginning(normal)
		if err != nil {
			return err
		}
		res = p.add(r.Name)
		res.now = next
	} else {
		next := *res.now
		next.fields, next.secrets = maps.Clone(next.fields), maps.Clone(next.secrets)
		if err := p.set(&next, normal, slices.Sorted(maps.Keys(normal.Fields))); err != nil {
			return err
		}
		res.become(&next)
	}
	p.takeAway(res)
	return nil
}

// takeAway has other resources lose the exclusive fields that res has.
func (p *ResourceProvider) takeAway(res *resource) {
	for _, spec := range p.typ.Fields {
		if spec.Exclusive == "" || res.now.fields[spec.Name] != yes {
			continue
		}
		if loser := p.holder(spec, res.now.fields[spec.Exclusive], res.name); loser != nil {
			next := *loser.now
			next.fields = maps.Clone(next.fields)
			next.fields[spec.Name] = no
			loser.become(&next)
		}
	}
}

// Remove ends a resource as somebody else would, and reports whether there was one.
func (p *ResourceProvider) Remove(name zonefile.Name) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, ok := p.resources[name]
	delete(p.resources, name)
	return ok
}

// SetStatus says how far a resource is. While it is providers.Blocked nothing can be written to it: the error has the State and the Reason.
func (p *ResourceProvider) SetStatus(name zonefile.Name, status providers.ResourceStatus) {
	p.change(name, func(next *resourceState, _ providers.Resource) { next.status = status })
}

// MakeOutputs has a resource want what [WithLateOutputs] says, or [WithOutputs] once more, made from what it is now.
func (p *ResourceProvider) MakeOutputs(name zonefile.Name) {
	p.change(name, func(next *resourceState, r providers.Resource) { next.outputs = p.outputs(r) })
}

// RotateOutput has a resource want output in the place of the one of that name, or beside what it wants.
func (p *ResourceProvider) RotateOutput(name zonefile.Name, output providers.Output) {
	p.change(name, func(next *resourceState, _ providers.Resource) {
		next.outputs = replaced(next.outputs, output, func(o providers.Output) bool { return o.Name == output.Name })
	})
}

// DropOutput has a resource not want an output any more.
func (p *ResourceProvider) DropOutput(name zonefile.Name, output string) {
	p.change(name, func(next *resourceState, _ providers.Resource) {
		next.outputs = slices.DeleteFunc(slices.Clone(next.outputs), func(o providers.Output) bool { return o.Name == output })
	})
}

// Observe has something be known of a resource, in the place of the observation of that name, or beside the others.
func (p *ResourceProvider) Observe(name zonefile.Name, observations ...providers.Observation) {
	p.change(name, func(next *resourceState, _ providers.Resource) {
		for _, o := range observations {
			next.observed = replaced(next.observed, o, func(old providers.Observation) bool { return old.Name == o.Name })
		}
	})
}

// replaced returns all with one in the place of what is the same, or at the end.
func replaced[T any](all []T, one T, same func(T) bool) []T {
	all = slices.Clone(all)
	if i := slices.IndexFunc(all, same); i >= 0 {
		all[i] = one
		return all
	}
	return append(all, one)
}

// change gives a resource that a test says is there another state.
func (p *ResourceProvider) change(name zonefile.Name, change func(next *resourceState, r providers.Resource)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	res := p.resources[name]
	if res == nil {
		panic(fmt.Sprintf("memory: no resource %s", name))
	}
	next := *res.now
	change(&next, providers.Resource{Kind: p.typ.Kind, Name: name, Fields: p.readable(res.now)})
	res.become(&next)
}

// Stored returns all fields of a resource, those that are write-only too, and false if it is not there.
func (p *ResourceProvider) Stored(name zonefile.Name) (fields map[string]string, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	res := p.resources[name]
	if res == nil {
		return nil, false
	}
	return maps.Clone(res.now.fields), true
}

// StoredSecret returns the value of a secret that was written to a resource, and false if none was.
func (p *ResourceProvider) StoredSecret(name zonefile.Name, secret string) (value string, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	res := p.resources[name]
	if res == nil {
		return "", false
	}
	value, ok = res.now.secrets[secret]
	return value, ok
}
