package providers

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/zoneward/zoneward/zonefile"
)

// ResourceReader is the half of a ResourceProvider that cannot change anything: all that planning needs. A call whose context is done does nothing
// more, and its error wraps the context's.
type ResourceReader interface {
	// ResourceType says what the resources of this provider are like. It is a constant, and asks nobody.
	ResourceType() ResourceType

	// FetchResource returns a resource as it is now, and never a part of it. Of what, the name and the write-once fields say where it is to be looked for.
	// If the provider has a resource of that name elsewhere, that is what it returns: its write-once fields differ. One that would have to look in each place
	// there is says what it knows of the place that is named, which can be ErrNoResource.
	// The error wraps ErrNoResource if the provider does not have it, which no answer that could mean something else does, and ErrInvalid or ErrUnsupported if it has
	// none of that kind.
	FetchResource(ctx context.Context, what Resource) (*ResourceSnapshot, error)

	// Resources returns all that the account has, in order of their names. Like is a resource whose write-once fields say where to look; those
	// that it does not have are not asked for.
	Resources(ctx context.Context, like Resource) ([]*ResourceSnapshot, error)

	// NormalizeResource returns a resource with its fields as FetchResource will return them once it is written: each declared field in the provider's
	// form, and those that follow from a secret. It asks nobody, but reads the secrets. It is idempotent. The error is a [*FieldError] for a field that
	// cannot be so.
	NormalizeResource(r Resource) (Resource, error)
}

// ResourceProvider is a system that has resources beside zones: names that send mail, that lead to an application, that are delegated. Its methods
// may be called concurrently, but those that write at most once at a time for one resource.
//
// What the errors promise of ZoneProvider.Apply counts for the methods that write too: after an error that wraps ErrPartial, or none of the errors of
// this package, something may have been written, and the caller fetches again. ErrBlocked is a [*StateError] that says what has to be done first.
// What they return says nothing of how the resource is afterwards: that is fetched. Without a base, or with a resource of another kind or name than it, the error
// wraps ErrInvalid or ErrUnsupported.
type ResourceProvider interface {
	ResourceReader

	// CreateResource makes the resource with all of its fields. If it is there the error wraps ErrConflict.
	CreateResource(ctx context.Context, r Resource) error

	// UpdateResource gives the resource of base the values that r has for fields, which are mutable or write-only, and leaves the others
	// as they are. It looks at the resource again before it writes: if one of those fields, or what is written together with them, is not as base has
	// it, the error wraps ErrConflict and nothing was done.
	UpdateResource(ctx context.Context, base *ResourceSnapshot, r Resource, fields []string) error

	// RemoveResource ends the resource of base: see [Removal] for what that means. One that is not there any more is ErrNoResource. If it is not
	// the one of base, or its fields are not as base has them, the error wraps ErrConflict, and nothing was done.
	RemoveResource(ctx context.Context, base *ResourceSnapshot) error
}

// ResourceChecker is a ResourceProvider that looks at a resource when it is asked to.
type ResourceChecker interface {
	// CheckResource has the provider look now whether what it wants to be published is. It waits for no answer: fetch the resource to see what came of it.
	CheckResource(ctx context.Context, base *ResourceSnapshot) error
}

// ResourceKind says what sort of thing a resource is.
type ResourceKind string

// The kinds of resource.
const (
	Mail       ResourceKind = "mail"       // a domain that sends mail
	App        ResourceKind = "app"        // a name of an application
	Delegation ResourceKind = "delegation" // what a registrar tells the registry of a domain
)

// ResourceType says what the resources of a provider are like.
type ResourceType struct {
	Kind ResourceKind
	// Fields are all that a resource can have, in the order in which people want to see them.
	Fields []FieldSpec
	// Outputs are the names of the RRsets that a resource may want to be published, see ResourceSnapshot.Outputs.
	Outputs []string
	// Removal says what comes of a resource that is not wanted any more.
	Removal Removal
}

// Field returns what there is to know of a field.
func (t ResourceType) Field(name string) (FieldSpec, bool) {
	i := slices.IndexFunc(t.Fields, func(f FieldSpec) bool { return f.Name == name })
	if i < 0 {
		return FieldSpec{}, false
	}
	return t.Fields[i], true
}

// FieldSpec says what a field of a resource is like.
type FieldSpec struct {
	Name string
	Rule FieldRule
	// Default is the value that a resource has if none is declared, empty if an undeclared field is left as it is.
	Default string
	// Exclusive names the write-once field within whose value only one resource may have this one "true", empty if all may.
	// The one that loses it is written first.
	Exclusive string
	// Most is how many resources may have the same value of a write-once field, 0 for as many as one likes.
	Most int
	// Secret names the secret that the field follows from, empty if it is declared by itself: what is kept of it does not bring it back.
	Secret string
	// Set says that the value is a set: its elements are in order, with a comma and a space between them, see JoinSet.
	Set bool
}

// FieldRule says when a field of a resource can be set.
type FieldRule int

const (
	// Mutable fields can be set and read.
	Mutable FieldRule = iota + 1
	// WriteOnce fields are set when the resource is created, and say where it is: it is another resource with another value.
	WriteOnce
	// WriteOnly fields can be set, and never read: what was written is remembered.
	WriteOnly
)

// Removal says what happens to a resource that is not wanted any more.
type Removal int

const (
	// RemovedAtRetire: RemoveResource is called when it is retired. It can be created again, and is another one then.
	RemovedAtRetire Removal = iota + 1
	// RemovedAtPurge: it is left as it is when it is retired, and RemoveResource, which cannot be undone, is called when its retention is over.
	RemovedAtPurge
	// NeverRemoved: nobody looks after it any more, and nothing else happens. RemoveResource returns ErrUnsupported.
	NeverRemoved
)

// Resource is something that a provider has, or should have, beside zones. It is not changed after it was made.
type Resource struct {
	Kind ResourceKind
	// Name is the domain, or the name in it, that the resource is for. A provider has one resource for a name.
	Name zonefile.Name
	// Fields are those that are declared or known, by name. A field that is not there is left as it is.
	Fields map[string]string
	// Secrets give the values of what must not be printed: the certificate and key of an application. NormalizeResource makes fields of them
	// that say which one it is.
	Secrets map[string]Secret
}

// String returns "mail example.com.".
func (r Resource) String() string { return string(r.Kind) + " " + r.Name.String() }

// With returns r with other values for some of its fields.
func (r Resource) With(fields map[string]string) Resource {
	r.Fields = maps.Clone(r.Fields)
	if r.Fields == nil {
		r.Fields = map[string]string{}
	}
	maps.Copy(r.Fields, fields)
	return r
}

// Secret is a value that is read anew each time it is used, and prints as REDACTED.
type Secret struct {
	// Reference is how it is named where it is declared: "${file:/run/secrets/www}". It is no secret.
	Reference string
	read      func() (string, error)
}

// NewSecret returns a secret that read returns. Its errors do not have it.
func NewSecret(reference string, read func() (string, error)) Secret {
	return Secret{reference, read}
}

// Value reads the secret.
func (s Secret) Value() (string, error) {
	if s.read == nil {
		return "", fmt.Errorf("nothing gives the secret %s", s.Reference)
	}
	return s.read()
}

// String returns REDACTED.
func (s Secret) String() string { return "REDACTED" }

// GoString returns REDACTED.
func (s Secret) GoString() string { return "REDACTED" }

// FieldError says why a field of a resource cannot be so.
type FieldError struct {
	Field string
	Err   error // wraps ErrInvalid, ErrUnsupported, or an error that is gone once the secret can be read
}

// Error names the field.
func (e *FieldError) Error() string { return e.Field + ": " + e.Err.Error() }

// Unwrap returns why.
func (e *FieldError) Unwrap() error { return e.Err }

// ResourceSnapshot is a resource as a provider had it at one time. It is not changed after it was returned.
type ResourceSnapshot struct {
	Resource // without secrets and write-only fields
	// ID is the provider's own name of it.
	ID string
	// Outputs are the RRsets that it wants to be published, each with a name of ResourceType.Outputs. One that the provider has not made yet is not there.
	Outputs []Output
	// Status says how far it is.
	Status ResourceStatus
	// Observed is what else is known of it, in the order in which people want to see it.
	Observed []Observation
	// Holders name, for exclusive fields that another resource has, that one.
	Holders map[string]zonefile.Name
}

// Output returns the output of that name.
func (s *ResourceSnapshot) Output(name string) (Output, bool) {
	i := slices.IndexFunc(s.Outputs, func(o Output) bool { return o.Name == name })
	if i < 0 {
		return Output{}, false
	}
	return s.Outputs[i], true
}

// ResourceStatus says how far a resource is.
type ResourceStatus struct {
	Phase ResourcePhase
	// State is the provider's word for it: "checked", "dns_required".
	State string
	// Reason says in a sentence why it is not ready, and what has to be done. It is empty if it is ready.
	Reason string
}

// ResourcePhase is where a resource is on its way.
type ResourcePhase string

// The phases.
const (
	Ready   ResourcePhase = "ready"
	Pending ResourcePhase = "pending" // it comes to be ready by itself, or once what it wants is published
	Blocked ResourcePhase = "blocked" // a person has to do something, and nothing can be written to it
)

// Observation is something that is known of a resource and that nobody declares.
type Observation struct {
	Name string // "reputation", "expiry"
	// Text is for people.
	Text string
	// Value is the same as a number, in base units (seconds since 1970 for a time), if Metric is set.
	Value  float64
	Metric bool
	// Alert says in a sentence why a person should look at it, empty if nobody need.
	Alert string
	// Watched says that a change of it is an alarm: somebody else made it.
	Watched bool
}

// setSeparator is between the elements of a field that is a set.
const setSeparator = ", "

// JoinSet returns the value of a field that is a set: the elements in order, each once.
func JoinSet(elements []string) string {
	return strings.Join(slices.Compact(slices.Sorted(slices.Values(elements))), setSeparator)
}

// SplitSet is the reverse of JoinSet.
func SplitSet(value string) []string {
	if value == "" {
		return nil
	}
	return strings.Split(value, setSeparator)
}

// ObservedTime returns an observation of a time.
func ObservedTime(name string, at time.Time) Observation {
	return Observation{Name: name, Text: at.UTC().Format(time.RFC3339), Value: float64(at.Unix()), Metric: true}
}
