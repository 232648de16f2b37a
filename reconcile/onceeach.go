package reconcile

import (
	"context"
	"fmt"
	"sync"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// onceEach returns the providers of p as readers that fetch each zone and each resource once, and give it again to whoever asks for it after that. So
// two plans are made from the same live zones.
func (p *Planner) onceEach() (map[string]Target, map[string]ResourceTarget) {
	zones := make(map[string]Target, len(p.Targets))
	for name, target := range p.Targets {
		target.Reader = &zonesOnce{ZoneReader: target.Reader}
		zones[name] = target
	}
	resources := make(map[string]ResourceTarget, len(p.Resources))
	for name, target := range p.Resources {
		target.Reader = &resourcesOnce{ResourceReader: target.Reader}
		resources[name] = target
	}
	return zones, resources
}

// once answers each question once. The zero value is ready.
type once[A any] struct {
	mu      sync.Mutex
	answers map[string]func() (A, error)
}

// ask returns the answer to a question, which the first who asks it gets from answer. Others wait for that.
func (o *once[A]) ask(question string, answer func() (A, error)) (A, error) {
	o.mu.Lock()
	known := o.answers[question]
	if known == nil {
		if o.answers == nil {
			o.answers = map[string]func() (A, error){}
		}
		known = sync.OnceValues(answer)
		o.answers[question] = known
	}
	o.mu.Unlock()
	return known()
}

type zonesOnce struct {
	providers.ZoneReader
	list  once[[]providers.ZoneInfo]
	zones once[*providers.Snapshot]
}

func (z *zonesOnce) Zones(ctx context.Context) ([]providers.ZoneInfo, error) {
	return z.list.ask("", func() ([]providers.ZoneInfo, error) { return z.ZoneReader.Zones(ctx) })
}

func (z *zonesOnce) Fetch(ctx context.Context, origin zonefile.Name) (*providers.Snapshot, error) {
	return z.zones.ask(origin.String(), func() (*providers.Snapshot, error) { return z.ZoneReader.Fetch(ctx, origin) })
}

type resourcesOnce struct {
	providers.ResourceReader
	one once[*providers.ResourceSnapshot]
	all once[[]*providers.ResourceSnapshot]
}

func (r *resourcesOnce) FetchResource(ctx context.Context, what providers.Resource) (*providers.ResourceSnapshot, error) {
	return r.one.ask(questionOf(what), func() (*providers.ResourceSnapshot, error) { return r.ResourceReader.FetchResource(ctx, what) })
}

func (r *resourcesOnce) Resources(ctx context.Context, like providers.Resource) ([]*providers.ResourceSnapshot, error) {
	return r.all.ask(questionOf(like), func() ([]*providers.ResourceSnapshot, error) { return r.ResourceReader.Resources(ctx, like) })
}

// questionOf returns a text that is the same for resources that are the same.
func questionOf(r providers.Resource) string { return fmt.Sprintf("%s %q", r, r.Fields) }
