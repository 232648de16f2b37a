package reconcile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// TestAddedPTRMakesWay has one address whose PTR cannot be put there. Nobody has stated that PTR, so it is left out, and the other changes of the zone go on.
func TestAddedPTRMakesWay(t *testing.T) {
	for _, test := range []struct {
		name  string
		setup func(*house)
		said  []string
		want  string // what is live at the name of the address
	}{
		{
			name: "a CNAME that the policy leaves to others",
			setup: func(h *house) {
				h.others("5 CNAME 5.customer.example.org.")
				h.planner.Rules[0].Policy.Ignore = []Pattern{{Name: "5", Types: []zonefile.Type{zonefile.TypeCNAME}}}
			},
			want: "CNAME 5.customer.example.org.",
		}, {
			name: "a CNAME of others, with additive ownership",
			setup: func(h *house) {
				h.others("5 CNAME 5.customer.example.org.")
				h.planner.Rules[0].Policy.Additive = true
			},
			said: []string{"zones/2.0.192.in-addr.arpa.zone: warning: 5 PTR: left as it is, since live has other data at this name that zoneward did not write, and ownership is additive"},
			want: "CNAME 5.customer.example.org.",
		}, {
			name: "a PTR of others, with additive ownership",
			setup: func(h *house) {
				h.others("5 PTR host.example.org.")
				h.planner.Rules[0].Policy.Additive = true
			},
			said: []string{"zones/2.0.192.in-addr.arpa.zone: warning: 5 PTR: left as it is, since live has another value that zoneward did not write, and ownership is additive"},
			want: "PTR host.example.org.",
		}, {
			name: "a name that the provider does not support",
			setup: func(h *house) {
				target, provider := h.planner.Targets["live"], withoutPTRTo{h.targets["live"], "new."}
				target.Reader = providers.ReadOnly(provider)
				h.planner.Targets["live"], h.applier.Targets["live"] = target, provider
			},
			said: []string{"zones/example.com.zone:4:1: warning: 5 PTR: left out on live: new.example.com.: not supported by this provider"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := newReverseHouse(t)
			h.write("$TTL 300", "www A 192.0.2.1", "mail A 192.0.2.8", "new A 192.0.2.5", "more A 192.0.2.6")
			test.setup(h)
			z := h.reversePlan()
			if diff := cmp.Diff(changes(z), []string{"create 6 PTR zones/example.com.zone:5"}); diff != "" || z.Err != nil {
				t.Errorf("error %v, changes (-got +want):\n%s", z.Err, diff)
			}
			if diff := cmp.Diff(warned(z), test.said); diff != "" {
				t.Errorf("warnings (-got +want):\n%s", diff)
			}
			h.bring()
			got := ""
			for set := range h.targets["live"].Served(reverseNet).All() {
				if set.Key.Name.Relative(reverseNet) == "5" {
					got += set.Key.Type.String() + " " + set.Text()[0]
				}
			}
			if got != test.want {
				t.Errorf("%q is live at the name of the address; want %q", got, test.want)
			}
		})
	}
}

// TestAdditiveBesideACNAME states a record where others have a CNAME, which nothing can stand beside.
func TestAdditiveBesideACNAME(t *testing.T) {
	h := newReverseHouse(t)
	h.others("5 CNAME 5.customer.example.org.")
	h.planner.Rules[0].Policy.Additive = true
	h.files["2.0.192.in-addr.arpa.zone"] = "$TTL 300\n5 TXT hello\n"
	const want = "other data at this name that zoneward did not write, ownership is additive, and a CNAME cannot stand beside other data"
	if z := h.reversePlan(); z.Err == nil || !strings.Contains(z.Err.Error(), want) {
		t.Errorf("error %v, changes %v; want an error that says %q", z.Err, changes(z), want)
	}
}

// TestZoneBelowThatCannotBeRead has a zone below the reverse zone that takes a name away from it, and cannot be read.
func TestZoneBelowThatCannotBeRead(t *testing.T) {
	h := newReverseHouse(t)
	h.files["8.2.0.192.in-addr.arpa.zone"] = "$TTL 300\n@ PTR \"mx.example.org.\n"
	h.write("$TTL 300", "mail A 192.0.2.8")
	z := h.reversePlan()
	if diff := cmp.Diff(deferred(z), []string{"retire 1 PTR zones/2.0.192.in-addr.arpa.zone"}); diff != "" {
		t.Errorf("changes (-got +want):\n%s", diff)
	}
	said := []string{"zones/2.0.192.in-addr.arpa.zone: warning: 8 PTR: left as it is, since zones/8.2.0.192.in-addr.arpa.zone has errors"}
	if diff := cmp.Diff(warned(z), said); diff != "" {
		t.Errorf("warnings (-got +want):\n%s", diff)
	}
}

// others puts an RRset into the reverse zone as somebody else would: "5 CNAME 5.customer.example.org.".
func (h *house) others(line string) {
	h.t.Helper()
	f := strings.SplitN(line, " ", 3)
	owner, err := zonefile.ParseName(f[0], reverseNet)
	if err != nil {
		h.t.Fatal(err)
	}
	set, err := zonefile.ParseRRset(zonefile.Key{Name: owner, Type: zonefile.MustParseType(f[1])}, 300, reverseNet, f[2])
	if err != nil {
		h.t.Fatal(err)
	}
	h.targets["live"].Write(reverseNet, zonefile.Change{New: &set})
}

// withoutPTRTo is a provider that does not support PTR records to names that begin so.
type withoutPTRTo struct {
	providers.ZoneProvider
	prefix string
}

func (p withoutPTRTo) Normalize(set zonefile.RRset) (zonefile.RRset, error) {
	if to := set.Text()[0]; set.Key.Type == zonefile.TypePTR && strings.HasPrefix(to, p.prefix) {
		return set, fmt.Errorf("%s: %w", to, providers.ErrUnsupported)
	}
	return p.ZoneProvider.Normalize(set)
}

// TestManyDelegatedParts has delegations of parts of a /24 that overlap: a few octets each in a file, and hundreds of names in the zone.
func TestManyDelegatedParts(t *testing.T) {
	var parts strings.Builder
	for last := range 255 { // each from 0 to last
		fmt.Fprintf(&parts, "0-%d NS ns.customer.example.\n", last+1)
	}
	for _, test := range []struct {
		name  string
		parts string
		want  string
	}{
		{name: "of one /24", parts: parts.String()},
		{
			name: "of several", parts: parts.String() + strings.ReplaceAll(parts.String(), " NS", ".3 NS"),
			want: "the parts of a /24 that the zone delegates have more than 65536 addresses",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := strings.ReplaceAll(test.parts, ".3 NS", ".3.0.192.in-addr.arpa. NS")
			text = strings.ReplaceAll(text, " NS ", "\tNS\t")
			file := parsedZone(t, "0.192.in-addr.arpa.", "$ORIGIN 2.0.192.in-addr.arpa.\n"+text)
			zone := reverse(t, "0.192.in-addr.arpa.")
			got := (&AutoPTR{}).pointTo(zone, file, nil)
			switch {
			case test.want == "" && (got.problem != nil || len(got.additions) != 256):
				t.Errorf("%d CNAMEs, problem %v; want one for each address", len(got.additions), got.problem)
			case test.want != "" && (got.problem == nil || !strings.Contains(got.problem.Message, test.want) || len(got.additions) > 0):
				t.Errorf("%d CNAMEs, problem %v; want none, and a problem that says %q", len(got.additions), got.problem, test.want)
			}
		})
	}
}
