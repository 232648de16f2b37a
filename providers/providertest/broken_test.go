package providertest_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/providers/providertest"
	"github.com/zoneward/zoneward/zonefile"
)

// brokenEnv names the broken provider that a process tests, behind persistently if it is a Persistent one.
const (
	brokenEnv    = "ZONEWARD_TEST_BROKEN_PROVIDER"
	persistently = "persistently "
)

// broken is the fake with some of its methods replaced.
type broken struct {
	*memory.Provider
	zones     func(context.Context) ([]providers.ZoneInfo, error)
	fetch     func(context.Context, zonefile.Name) (*providers.Snapshot, error)
	normalize func(zonefile.RRset) (zonefile.RRset, error)
	apply     func(context.Context, zonefile.Name, providers.Batch) (providers.Result, error)
	create    func(context.Context, providers.ZoneSpec) error
	settings  func(context.Context, zonefile.Name) (string, map[string]string, error)
	remove    func(context.Context, *providers.Snapshot) error
	optional
}

func (b *broken) Zones(ctx context.Context) ([]providers.ZoneInfo, error) {
	if b.zones != nil {
		return b.zones(ctx)
	}
	return b.Provider.Zones(ctx)
}

func (b *broken) Fetch(ctx context.Context, origin zonefile.Name) (*providers.Snapshot, error) {
	if b.fetch != nil {
		return b.fetch(ctx, origin)
	}
	return b.Provider.Fetch(ctx, origin)
}

func (b *broken) Normalize(set zonefile.RRset) (zonefile.RRset, error) {
	if b.normalize != nil {
		return b.normalize(set)
	}
	return b.Provider.Normalize(set)
}

func (b *broken) Apply(ctx context.Context, origin zonefile.Name, batch providers.Batch) (providers.Result, error) {
	if b.apply != nil {
		return b.apply(ctx, origin, batch)
	}
	return b.Provider.Apply(ctx, origin, batch)
}

func (b *broken) CreateZone(ctx context.Context, spec providers.ZoneSpec) error {
	if b.create != nil {
		return b.create(ctx, spec)
	}
	return b.Provider.CreateZone(ctx, spec)
}

func (b *broken) ZoneSettings(ctx context.Context, origin zonefile.Name) (string, map[string]string, error) {
	if b.settings != nil {
		return b.settings(ctx, origin)
	}
	return b.Provider.ZoneSettings(ctx, origin)
}

func (b *broken) RemoveZone(ctx context.Context, base *providers.Snapshot) error {
	if b.remove != nil {
		return b.remove(ctx, base)
	}
	return b.Provider.RemoveZone(ctx, base)
}

var (
	origin    = zonefile.MustParseName("example.com.")
	secondary = zonefile.MustParseName("secondary.example.")
	created   = zonefile.MustParseName("new.example.")
	refused   = zonefile.MustParseRRset("refused.example.com. 300 A", "192.0.2.1")
)

// open returns a fixture with the fake behind what breakage makes of it.
func open(b breakage) providertest.Fixture {
	p := memory.New(append(b.options, memory.WithTraits(b.traits()),
		memory.Refusing(func(set zonefile.RRset) bool { return set.Key == refused.Key }))...)
	p.AddZone(apexOf(origin))
	p.AddSecondary(apexOf(secondary))
	p.SetForeign(origin, zonefile.MustParseRRset("server.example.com. 300 A", "192.0.2.200"))
	provider := &broken{Provider: p}
	if b.breaks != nil {
		b.breaks(provider)
	}
	if b.claim != nil {
		claiming(provider, *b.claim)
	}
	fixture := providertest.Fixture{
		Provider: provider, Origin: origin, Secondary: secondary, NewZone: created, Refused: refused,
		Write:    func(_ testing.TB, changes []zonefile.Change) { p.Write(origin, changes...) },
		Activate: func(_ testing.TB, origin zonefile.Name) { p.SetState(origin, nil) },
		DropKept: func(_ testing.TB, origin zonefile.Name) { p.DropKept(origin) },
		States: map[string]func(testing.TB) func(testing.TB){"inactive": func(testing.TB) func(testing.TB) {
			p.SetState(origin, &inactive)
			return func(testing.TB) { p.SetState(origin, nil) }
		}},
	}
	if has[providers.ZoneConfigurer](provider) {
		fixture.Properties, fixture.NewZones = properties, []providers.ZoneSpec{reverse}
		fixture.WriteProperties = func(_ testing.TB, properties map[string]string) { p.SetProperties(origin, properties) }
	}
	if !b.alone {
		fixture.WriteHidden = func(_ testing.TB, key zonefile.Key, served, hidden zonefile.RRset) {
			writeHidden(p, key, served, hidden)
		}
	}
	return fixture
}

// writeHidden is a providertest.Fixture's WriteHidden.
func writeHidden(p *memory.Provider, key zonefile.Key, served, hidden zonefile.RRset) {
	var c zonefile.Change
	if set, ok := p.Served(origin).Get(key); ok {
		c.Old = &set
	}
	if !served.IsZero() {
		c.New = &served
	}
	if c != (zonefile.Change{}) {
		p.Write(origin, c)
	}
	if hidden.IsZero() {
		p.DropHidden(origin, key)
	} else {
		p.Hide(origin, hidden)
	}
}

func apexOf(origin zonefile.Name) *zonefile.Zone {
	z, err := zonefile.ZoneOf(origin,
		zonefile.MustParseRRset(origin.String()+" 3600 SOA", "ns1.example. hostmaster.example. 7 7200 3600 1209600 300"),
		zonefile.MustParseRRset(origin.String()+" 3600 NS", "ns1.example.", "ns2.example."))
	if err != nil {
		panic(err)
	}
	return z
}

// TestBrokenProviders checks that the suite fails for each broken provider, in the subtest that is about what is broken, and passes for
// one that is not; and that Persistent does not hide what is broken. A suite that fails cannot run within a test that passes, so each runs in a
// process of its own: this test binary once more, which then comes to the first lines here.
func TestBrokenProviders(t *testing.T) {
	if name, ok := os.LookupEnv(brokenEnv); ok {
		name, again := strings.CutPrefix(name, persistently)
		b, ok := breakages()[name]
		if !ok {
			t.Fatalf("no broken provider %q", name)
		}
		providertest.Run(t, func(*testing.T) providertest.Fixture {
			fixture := open(b)
			if again {
				fixture.Provider = providertest.Persistent(fixture.Provider)
			}
			return fixture
		})
		return
	}
	for name, b := range breakages() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b.test(t, name)
		})
		behind := b
		if behind.passing {
			behind.fails, behind.says = "", ""
		}
		t.Run(persistently+name, func(t *testing.T) {
			t.Parallel()
			behind.test(t, persistently+name)
		})
	}
}

// test runs the suite in another process.
func (b breakage) test(t *testing.T, name string) {
	runBroken(t, brokenSuite{"TestBrokenProviders", brokenEnv + "=" + name, b.fails, b.says})
}
