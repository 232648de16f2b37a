package reconcile

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
)

// propertied is a lively house whose zones have a description, which can be set, and a cidr, which is fixed.
func propertied(t testing.TB) (*house, *memory.Provider) {
	traits := memory.DefaultTraits()
	traits.Properties = []string{providers.PropertyDescription, providers.PropertyDNSSEC, providers.PropertyDS}
	return lively(t, memory.WithTraits(traits), memory.Signing(), memory.WithProperties(
		memory.Property{Name: providers.PropertyDescription, Normalize: func(value string) (string, error) { return strings.TrimSpace(value), nil }},
		memory.Property{Name: providers.PropertyCIDR, Fixed: true},
	))
}

// declare has the rule for example.com declare properties.
func (h *house) declare(properties map[string]string) {
	if h.planner.Rules[0].Match[0] == "*" {
		h.rule("example.com", "live").CreateZone = new(true)
	}
	h.planner.Rules[0].Properties = properties
}

// propertiesIn returns the changes of properties of a plan: "description: old -> new".
func propertiesIn(z ZonePlan) []string {
	var all []string
	for _, c := range z.Changes {
		if c.Kind == KindProperty {
			all = append(all, c.Property.String())
		}
	}
	return all
}

func TestPropertiesArePlannedAndSet(t *testing.T) {
	h, p := propertied(t)
	h.serve("www 300 A 192.0.2.1")
	h.write("www 300 A 192.0.2.2")
	h.declare(map[string]string{providers.PropertyDescription: " ours "})
	z := h.plan().Zone(onLive)
	if got := propertiesIn(*z); !cmp.Equal(got, []string{`description: "" -> "ours"`}) || len(z.Changes) != 2 {
		t.Fatalf("planned %q of %d changes", got, len(z.Changes))
	}
	if o := h.outcome(); o.Status != Applied || len(o.Changes) != 2 {
		t.Fatalf("%s, %v, %d are live", o.Status, o.Err, len(o.Changes))
	}
	live, err := p.Fetch(t.Context(), example)
	if err != nil || live.Properties[providers.PropertyDescription] != "ours" || h.live("www", 1) != "192.0.2.2" {
		t.Errorf("live: %v, %q, %v", live.Properties, h.live("www", 1), err)
	}
	if z := h.plan().Zone(onLive); len(z.Changes) != 0 {
		t.Errorf("planned again: %q", propertiesIn(*z))
	}
	// Somebody else sets it: it is put right. What is not declared any more stays.
	p.SetProperties(example, map[string]string{providers.PropertyDescription: "theirs"})
	if got := propertiesIn(*h.plan().Zone(onLive)); !cmp.Equal(got, []string{`description: "theirs" -> "ours"`}) {
		t.Errorf("planned %q", got)
	}
	h.declare(nil)
	if got := propertiesIn(*h.plan().Zone(onLive)); len(got) != 0 {
		t.Errorf("planned %q, and nothing is declared", got)
	}
}

func TestPropertiesOfAZoneThatIsCreated(t *testing.T) {
	h, p := propertied(t)
	h.write("www 300 A 192.0.2.1")
	h.declare(map[string]string{providers.PropertyDescription: "ours", providers.PropertyCIDR: "192.0.2.0/24"})
	if got := propertiesIn(*h.plan().Zone(onLive)); len(got) != 2 {
		t.Fatalf("planned %q; want both", got)
	}
	if o := h.outcome(); o.Status != Applied || len(o.Changes) != 4 {
		t.Fatalf("%s, %v, %d changes", o.Status, o.Err, len(o.Changes))
	}
	if p.Calls(providers.OperationConfigure) != 0 {
		t.Error("they were set after the creation, and not with it")
	}
	h.declare(map[string]string{providers.PropertyCIDR: "198.51.100.0/24"})
	z := h.plan().Zone(onLive)
	if len(z.Changes) != 0 || len(z.Warnings) != 1 || z.Warnings[0].Rule != "fixed-property" {
		t.Errorf("a fixed one: %q, warnings %v", propertiesIn(*z), z.Warnings)
	}
}

func TestPropertiesThatTheTargetDoesNotHave(t *testing.T) {
	h, _ := propertied(t)
	h.serve("www 300 A 192.0.2.1")
	h.write("www 300 A 192.0.2.1")
	h.declare(map[string]string{"color": "green"})
	if z := h.plan().Zone(onLive); !errors.Is(z.Err, providers.ErrUnsupported) || !strings.Contains(z.Err.Error(), "color") {
		t.Errorf("error %v", z.Err)
	}
	target := h.planner.Targets["live"]
	target.NormalizeProperties = nil
	h.planner.Targets["live"] = target
	if z := h.plan().Zone(onLive); !errors.Is(z.Err, providers.ErrUnsupported) || !strings.Contains(z.Err.Error(), "color") {
		t.Errorf("where there are none: error %v", z.Err)
	}
}

func TestPropertiesThatCannotBeSet(t *testing.T) {
	for _, tt := range []struct {
		name  string
		err   error
		want  Status
		wrote Written
	}{
		{"refused", providers.ErrAuth, Failed, NotWritten},
		{"changed meanwhile", providers.ErrConflict, Stale, NotWritten},
		{"nobody knows", errors.New("connection reset"), Failed, PerhapsWritten},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h, p := propertied(t)
			h.serve("www 300 A 192.0.2.1")
			h.write("www 300 A 192.0.2.1")
			h.declare(map[string]string{providers.PropertyDescription: "ours"})
			p.FailNext(providers.OperationConfigure, tt.err)
			if o := h.outcome(); o.Status != tt.want || o.Written != tt.wrote || !errors.Is(o.Err, tt.err) {
				t.Errorf("%s, written: %s, %v", o.Status, o.Written, o.Err)
			}
			if open, err := h.store.Open(t.Context(), onLive); err != nil || len(open) != 0 {
				t.Errorf("open intents: %v, %v", open, err)
			}
			if o := h.outcome(); o.Status != Applied {
				t.Errorf("the next time: %s, %v", o.Status, o.Err)
			}
		})
	}
}

func TestSigningIsHeld(t *testing.T) {
	h, _ := propertied(t)
	h.serve("www 300 A 192.0.2.1")
	h.write("www 300 A 192.0.2.1")
	h.declare(map[string]string{providers.PropertyDNSSEC: "ECDSAP256SHA256"})
	if z := h.plan().Zone(onLive); len(z.Holds) != 0 || len(z.Changes) != 1 {
		t.Errorf("signing: %v, held by %q", propertiesIn(*z), guards(*z))
	}
	if o := h.outcome(); o.Status != Applied {
		t.Fatalf("%s, %v", o.Status, o.Err)
	}
	h.declare(map[string]string{providers.PropertyDNSSEC: "off"})
	if z := h.plan().Zone(onLive); !slices.Equal(guards(*z), []Guard{GuardDNSSEC}) {
		t.Errorf("not signing any more: held by %q", guards(*z))
	}
	if o := h.outcome(GuardDNSSEC); o.Status != Applied {
		t.Errorf("overridden: %s, %v", o.Status, o.Err)
	}
}

// TestReturnDoesNotUnsign: a zone that its provider brings back signed is not unsigned because nobody had seen that it is.
func TestReturnDoesNotUnsign(t *testing.T) {
	h, p := propertied(t)
	h.serve("www 300 A 192.0.2.1")
	p.SetProperties(example, map[string]string{providers.PropertyDNSSEC: "ECDSAP256SHA256"})
	if o := h.outcome(GuardMaxDeletes); o.Status != Applied || p.Kept(example) == nil {
		t.Fatalf("retire: %s, %v", o.Status, o.Err)
	}
	h.write("www 300 A 192.0.2.1")
	h.declare(map[string]string{providers.PropertyDNSSEC: "off"})
	if o := h.outcome(); o.Status != Stale || !strings.Contains(o.Err.Error(), "dnssec") {
		t.Fatalf("%s, %v; want it stale, naming dnssec", o.Status, o.Err)
	}
	if z := h.plan().Zone(onLive); !slices.Contains(guards(*z), GuardDNSSEC) {
		t.Errorf("held by %q", guards(*z))
	}
}

// TestPropertiesOfAZoneThatIsLeftAway: a zone that somebody removed, which policy leaves so, has no properties to set.
func TestPropertiesOfAZoneThatIsLeftAway(t *testing.T) {
	h, p := propertied(t)
	h.serve("www 300 A 192.0.2.1")
	h.write("www 300 A 192.0.2.1")
	h.declare(map[string]string{providers.PropertyDescription: "ours"})
	h.planner.Rules[0].Policy.Drift.Detect = true
	p.DropZone(example)
	if z := h.plan().Zone(onLive); len(z.Changes) != 0 || len(z.Drift) == 0 {
		t.Errorf("planned %q, drift %v", propertiesIn(*z), z.Drift)
	}
}

// TestProviderThatLiesAboutProperties: success that is not seen is none.
func TestProviderThatLiesAboutProperties(t *testing.T) {
	h, p := propertied(t)
	h.serve("www 300 A 192.0.2.1")
	h.write("www 300 A 192.0.2.1")
	h.declare(map[string]string{providers.PropertyDescription: "ours"})
	p.Inject(providers.OperationConfigure, memory.Fault{After: func() {
		p.SetProperties(example, map[string]string{providers.PropertyDescription: "theirs"})
	}})
	if o := h.outcome(); o.Status != Failed || !strings.Contains(o.Err.Error(), "description is not as it was set") {
		t.Errorf("%s, %v", o.Status, o.Err)
	}
}

func TestPropertiesCountForNoOtherGuard(t *testing.T) {
	h, p := propertied(t)
	h.write("www 300 A 192.0.2.1")
	p.AddZone(h.zone("www 300 A 192.0.2.1"))
	h.declare(map[string]string{providers.PropertyDescription: "ours"})
	h.planner.Rules[0].Policy.MaxChanges = Count(0)
	if z := h.plan().Zone(onLive); len(z.Changes) != 1 || len(z.Holds) != 0 {
		t.Errorf("%q, held by %v", propertiesIn(*z), z.Holds)
	}
}

func TestPropertiesAndStatesInJSON(t *testing.T) {
	h, p := propertied(t)
	h.serve("www 300 A 192.0.2.1")
	h.write("www 300 A 192.0.2.2")
	h.declare(map[string]string{providers.PropertyDescription: "ours"})
	plan := h.plan()
	var doc bytes.Buffer
	if err := plan.WriteJSON(&doc); err != nil {
		t.Fatal(err)
	}
	read, err := ReadPlan(&doc)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := propertiesIn(*read.Zone(onLive)), propertiesIn(*plan.Zone(onLive)); !cmp.Equal(got, want) {
		t.Errorf("read back %q, want %q", got, want)
	}
	h.declare(map[string]string{providers.PropertyDescription: "mine"})
	other := h.plan()
	if other.ID() == plan.ID() {
		t.Error("a plan that sets another value has the same id")
	}
	if z := Reviewed(read, other).Zone(onLive); !errors.Is(z.Err, ErrStale) || !strings.Contains(z.Err.Error(), "mine") {
		t.Errorf("reviewed: %v", z.Err)
	}

	p.SetState(example, pendingState())
	doc.Reset()
	if err := h.plan().WriteJSON(&doc); err != nil {
		t.Fatal(err)
	}
	if read, err = ReadPlan(&doc); err != nil {
		t.Fatal(err)
	}
	if got := read.Zone(onLive).State; got == nil || got.Name != "pending_validation" || got.Outputs[0].RRset != pendingState().Outputs[0].RRset {
		t.Errorf("state read back: %+v", got)
	}
}
