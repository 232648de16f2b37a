package memory

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// ResourceCall is a call of a method of [ResourceProvider].
type ResourceCall struct {
	Operation providers.Operation
	Kind      providers.ResourceKind
	Name      zonefile.Name     // the zero Name for providers.OperationResources
	Fields    map[string]string // what was to be written
	At        time.Time         // when it began
}

// String returns "update resource app www.example.com. canonical=true".
func (c ResourceCall) String() string {
	words := []string{string(c.Operation), string(c.Kind)}
	if !c.Name.IsZero() {
		words = append(words, c.Name.String())
	}
	for _, name := range slices.Sorted(maps.Keys(c.Fields)) {
		words = append(words, name+"="+c.Fields[name])
	}
	return strings.Join(words, " ")
}

// Log returns the calls in the order in which they began.
func (p *ResourceProvider) Log() []ResourceCall {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.log)
}

// callResource is call for a resource, with the call in the log.
func callResource[T any](
	p *ResourceProvider, op providers.Operation, what providers.Resource, written map[string]string, do func(Fault) (T, error),
) (T, error) {
	p.note(ResourceCall{Operation: op, Kind: what.Kind, Name: what.Name, Fields: maps.Clone(written), At: p.clock()})
	return call(&p.script, op, do)
}

func (p *ResourceProvider) note(c ResourceCall) {
	p.mu.Lock()
	p.log = append(p.log, c)
	p.mu.Unlock()
	p.onCall(c)
}

// writing is callResource for what returns an error only.
func (p *ResourceProvider) writing(op providers.Operation, what providers.Resource, written map[string]string, do func(Fault) error) error {
	_, err := callResource(p, op, what, written, func(f Fault) (struct{}, error) { return struct{}{}, do(f) })
	if err != nil {
		verb, _, _ := strings.Cut(string(op), " ")
		return fmt.Errorf("%s %s: %w", verb, what, err)
	}
	return nil
}
