package reconcile

import (
	"maps"
	"strings"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// ResourceChange is what a change of KindResource does to a resource: a domain that sends mail, a name of an application, a delegation. Its name is the
// Key's.
type ResourceChange struct {
	Kind providers.ResourceKind
	// Fields are those that change, in the order of the resource's type. Those of a retire have what is given up as their Old.
	Fields []FieldChange
	// References are how the secrets of the resource are named where it is declared, by name. They are no secrets.
	References map[string]string
}

// FieldChange is the change of one field of a resource.
type FieldChange struct {
	Name string
	// Old is what it is, empty if the resource does not have it or is not there; New what it will be.
	Old, New string
	// After says what has to be done before New is known, empty if it is.
	After string
}

// String returns "name_servers: old -> new".
func (f FieldChange) String() string {
	to := f.New
	if f.After != "" {
		to = "known after " + f.After
	}
	return f.Name + ": " + strings.TrimSpace(f.Old+" -> "+to)
}

// Field returns the change of a field, and false if it does not change.
func (c *ResourceChange) Field(name string) (FieldChange, bool) {
	for _, f := range c.Fields {
		if f.Name == name {
			return f, true
		}
	}
	return FieldChange{}, false
}

// Deferred is a change that cannot be made before something else is so. It is part of what a person approves.
type Deferred struct {
	Change
	// For says in a few words what has to be so: "once example.com. is signed on scaidns".
	For string
	// Until is when it is so by the time alone, zero if that does not follow from the time, or is not known yet.
	Until time.Time

	planned bool // it waits for nothing but other changes of the plan
	// on is the zone that it waits for, and at what of that, as a PTR record does for an address; zero for none.
	on Ref
	at zonefile.Key
}

// AppliedResource is a resource as it was last applied.
type AppliedResource struct {
	Kind providers.ResourceKind
	Name zonefile.Name
	// Fields are what was last written, or taken over, of each; References how its secrets are named.
	Fields     map[string]string
	References map[string]string
	// Watched are the observations whose change is an alarm, as they were when somebody last said that they are right.
	Watched map[string]string
}

// CarryResource returns what is applied of a resource after a change that is live, nil if it is not ours any more. before is what was applied, nil for
// nothing. It is what a Store does in Conclude.
func CarryResource(before *AppliedResource, c Change) *AppliedResource {
	if c.Action == Retire || c.Action == Purge {
		return nil
	}
	next := AppliedResource{Kind: c.Resource.Kind, Name: c.Key.Name, Fields: map[string]string{}}
	if before != nil {
		maps.Copy(next.Fields, before.Fields)
		next.Watched = before.Watched
	}
	for _, f := range c.Resource.Fields {
		next.Fields[f.Name] = f.New
	}
	next.References = c.Resource.References
	return &next
}
