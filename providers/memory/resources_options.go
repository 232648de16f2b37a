package memory

import (
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// ResourceOption sets up [ResourceProvider].
type ResourceOption func(*ResourceProvider)

// WithForm has NormalizeResource return the values of a field, or the elements of one that is a set, as normalize does. It is pure and idempotent.
// Without it a set is in order, an exclusive field a [Boolean], and others are as they are declared.
func WithForm(field string, normalize func(value string) (string, error)) ResourceOption {
	return func(p *ResourceProvider) { p.forms[field] = normalize }
}

// SecretFields say what comes of a secret.
type SecretFields struct {
	// Secret is its name among Resource.Secrets.
	Secret string
	// Fingerprint is the write-only field that says which one it is: the SHA-256 of its value in hexadecimal.
	Fingerprint string
	// Shown is the field by which it can be seen, empty if there is none. It is written together with the secret.
	Shown string
	// Show returns the value of that field for a secret. Its errors say what is wrong with it.
	Show func(value string) (string, error)
}

// WithSecrets has the resources take secrets.
func WithSecrets(secrets ...SecretFields) ResourceOption {
	return func(p *ResourceProvider) { p.secrets = append(p.secrets, secrets...) }
}

// Beginning has resources begin in a state, such as providers.Pending. Without it they are ready.
func Beginning(status providers.ResourceStatus) ResourceOption {
	return func(p *ResourceProvider) { p.begins = status }
}

// WithOutputs has resources want what outputs returns for them, from their beginning.
func WithOutputs(outputs func(providers.Resource) []providers.Output) ResourceOption {
	return func(p *ResourceProvider) { p.outputs, p.late = outputs, false }
}

// WithLateOutputs has resources want what outputs returns for them, from when [ResourceProvider.MakeOutputs] says.
func WithLateOutputs(outputs func(providers.Resource) []providers.Output) ResourceOption {
	return func(p *ResourceProvider) { p.outputs, p.late = outputs, true }
}

// RefusingResources has the server refuse the resources that refuses reports, and what would make them so, as one with rules that NormalizeResource
// does not know.
func RefusingResources(refuses func(providers.Resource) bool) ResourceOption {
	return func(p *ResourceProvider) { p.refuses = refuses }
}

// WithoutCreation has the server create no resources: they begin and end elsewhere, see [ResourceProvider.Set].
func WithoutCreation() ResourceOption {
	return func(p *ResourceProvider) { p.fixed = true }
}

// Checking has the fake be a providers.ResourceChecker, which calls check with the name of the resource. It may use the fake:
//
//	p.SetStatus(name, providers.ResourceStatus{Phase: providers.Ready, State: "checked"})
func Checking(check func(name zonefile.Name)) ResourceOption {
	return func(p *ResourceProvider) { p.check = check }
}

// OnCall has called be called as each call begins, before its [Fault], by the goroutine that calls.
func OnCall(called func(ResourceCall)) ResourceOption {
	return func(p *ResourceProvider) { p.onCall = called }
}

// WithClock has the log take its times from now.
func WithClock(now func() time.Time) ResourceOption {
	return func(p *ResourceProvider) { p.clock = now }
}
