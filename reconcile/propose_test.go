package reconcile

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// treeOf is a tree in which files have that content.
func treeOf(revision string, files map[string]string) Tree {
	all := fstest.MapFS{}
	for name, text := range files {
		all[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return Tree{FS: all, Revision: revision}
}

// parts returns what a proposal says of each zone, in short.
func parts(p *Proposal) []string {
	short := func(what string, z ProposedZone, all []Change) []string {
		var lines []string
		for _, line := range changes(ZonePlan{Ref: z.Ref, Changes: all}) {
			lines = append(lines, what+" "+line)
		}
		return lines
	}
	var all []string
	for _, z := range p.Zones {
		all = append(all, z.Ref.String())
		all = append(all, short("caused", z, z.Caused)...)
		all = append(all, short("adrift", z, z.Adrift)...)
		all = append(all, short("settled", z, z.Settled)...)
		for _, d := range z.Later {
			all = append(all, short("later", z, []Change{d.Change})...)
		}
		for _, w := range z.Leaving {
			all = append(all, "leaving "+w.Key.Name.Relative(z.Zone))
		}
	}
	for _, ref := range p.Left {
		all = append(all, "left "+ref.String())
	}
	return all
}

func TestPropose(t *testing.T) {
	const www, mail = "www 300 A 192.0.2.1\n", "mail 300 A 192.0.2.25\n"
	for _, test := range []struct {
		name       string
		base, head map[string]string
		live       []string
		policy     func(*Policy)
		want       []string
	}{
		{
			name: "nothing but a comment",
			base: map[string]string{"example.com.zone": www}, head: map[string]string{"example.com.zone": "; new\n" + www},
			live: []string{"www 300 A 192.0.2.9"},
		},
		{
			name: "another zone", base: map[string]string{"example.com.zone": www, "other.example.zone": www},
			head: map[string]string{"example.com.zone": www, "other.example.zone": www + mail},
			live: []string{"www 300 A 192.0.2.9"},
			want: []string{"other.example. on live"},
		},
		{
			name: "beside what is adrift", base: map[string]string{"example.com.zone": www}, head: map[string]string{"example.com.zone": www + mail},
			live: []string{"www 300 A 192.0.2.9"},
			want: []string{"example.com. on live", "caused create mail A zones/example.com.zone:2", "adrift update www A zones/example.com.zone:1"},
		},
		{
			name: "states what is live", base: map[string]string{"example.com.zone": www}, head: map[string]string{"example.com.zone": "www 300 A 192.0.2.9\n"},
			live: []string{"www 300 A 192.0.2.9"},
			want: []string{"example.com. on live", "settled update www A zones/example.com.zone:1"},
		},
		{
			name: "the same RRset is adrift", base: map[string]string{"example.com.zone": www}, head: map[string]string{"example.com.zone": "www 300 A 192.0.2.2\n"},
			live: []string{"www 300 A 192.0.2.9"},
			want: []string{"example.com. on live", "caused update www A zones/example.com.zone:1"},
		},
		{
			name: "leaves after a grace", base: map[string]string{"example.com.zone": www + mail}, head: map[string]string{"example.com.zone": www},
			live: []string{"www 300 A 192.0.2.1", "mail 300 A 192.0.2.25"}, policy: func(p *Policy) { p.Grace = 1 << 40 },
			want: []string{"example.com. on live", "leaving mail"},
		},
		{
			name: "a zone that leaves", base: map[string]string{"example.com.zone": www, "other.example.zone": www}, head: map[string]string{"other.example.zone": www},
			live: []string{"www 300 A 192.0.2.1"},
			want: []string{"left example.com. on live"},
		},
		{
			name: "the first zone", base: map[string]string{"README": ""}, head: map[string]string{"example.com.zone": www},
			live: []string{},
			want: []string{"example.com. on live", "caused create www A zones/example.com.zone:1"},
		},
		{
			name: "a file that is included",
			base: map[string]string{"example.com.zone": "$INCLUDE inc/www.inc\n", "inc/www.inc": www},
			head: map[string]string{"example.com.zone": "$INCLUDE inc/www.inc\n", "inc/www.inc": www + mail},
			live: []string{"www 300 A 192.0.2.1"},
			want: []string{"example.com. on live", "caused create mail A zones/inc/www.inc:2"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := newHouse(t)
			h.serve(test.live...)
			if test.policy != nil {
				test.policy(&h.planner.Rules[0].Policy)
			}
			p, err := h.planner.Propose(t.Context(), treeOf("base", test.base), treeOf("head", test.head))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(parts(p), test.want); diff != "" {
				t.Errorf("(-got +want):\n%s", diff)
			}
			if p.Base != "base" || p.Head != "head" || p.Plan.Commit != "head" {
				t.Errorf("of %q and %q, a plan of %q", p.Base, p.Head, p.Plan.Commit)
			}
		})
	}
}

// TestProposeNoChange: without a change all that is to be done anywhere is adrift.
func TestProposeNoChange(t *testing.T) {
	h := newHouse(t)
	h.serve("www 300 A 192.0.2.9")
	tree := treeOf("a", map[string]string{"example.com.zone": "www 300 A 192.0.2.1\n"})
	p, err := h.planner.Propose(t.Context(), tree, tree)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(parts(p), []string{"example.com. on live", "adrift update www A zones/example.com.zone:1"}); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
}

// TestProposeFetchesOnce: both plans are made from the same live zones.
func TestProposeFetchesOnce(t *testing.T) {
	h := newHouse(t)
	h.serve("www 300 A 192.0.2.1")
	before := h.targets["live"].Calls(providers.OperationFetch)
	if _, err := h.planner.Propose(t.Context(), treeOf("a", map[string]string{"example.com.zone": "www 300 A 192.0.2.2\n"}),
		treeOf("b", map[string]string{"example.com.zone": "www 300 A 192.0.2.3\n"})); err != nil {
		t.Fatal(err)
	}
	if n := h.targets["live"].Calls(providers.OperationFetch) - before; n != 1 {
		t.Errorf("fetched %d times; want 1", n)
	}
}

// TestProposedIDIsThatOfThePlan: what is reviewed has the id that a plan of these zones has, with and without other zones that are adrift.
func TestProposedIDIsThatOfThePlan(t *testing.T) {
	h := newHouse(t)
	h.serve("www 300 A 192.0.2.1")
	base := map[string]string{"example.com.zone": "www 300 A 192.0.2.1\n"}
	head := map[string]string{"example.com.zone": "www 300 A 192.0.2.2\n"}
	for i := range 3 {
		file := fmt.Sprintf("zone%d.example.zone", i)
		base[file], head[file] = "www 300 A 192.0.2.1\n", "www 300 A 192.0.2.1\n"
	}
	p, err := h.planner.Propose(t.Context(), treeOf("a", base), treeOf("b", head))
	if err != nil {
		t.Fatal(err)
	}
	touched, err := h.planner.Touched(t.Context(), treeOf("a", base), treeOf("b", head))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(touched, []zonefile.Name{example}, cmp.Comparer(func(a, b zonefile.Name) bool { return a == b })); diff != "" {
		t.Fatalf("touched (-got +want):\n%s", diff)
	}
	plan, err := h.planner.Plan(t.Context(), treeOf("b", head), Selection{Zones: touched})
	if err != nil {
		t.Fatal(err)
	}
	if plan.ID() != p.Plan.ID() || len(p.Zones) != 1 || !strings.Contains(strings.Join(parts(p), "\n"), "caused update www A") {
		t.Errorf("plan %s, proposed %s: %v", plan.ID(), p.Plan.ID(), parts(p))
	}
}
