package reconcile

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/zonefile"
)

var reverseNet = zonefile.MustParseName("2.0.192.in-addr.arpa.")

// newReverseHouse has the forward zones example.com. and example.net., and a reverse zone whose file states nothing, on a provider where all of it is live.
func newReverseHouse(t testing.TB, options ...func(*AutoPTR)) *house {
	h := newHouse(t)
	h.planner.Rules[0].CreateZone = new(true)
	rule := h.rule("*.in-addr.arpa", "live")
	rule.CreateZone, rule.AutoPTR = new(true), &AutoPTR{}
	rule.Policy.MaxDeletes = Quota{}
	for _, option := range options {
		option(rule.AutoPTR)
	}
	h.write("$TTL 300", "www A 192.0.2.1", "mail A 192.0.2.8")
	h.files["example.net.zone"] = "$TTL 300\nwww A 192.0.2.2\n"
	h.files["2.0.192.in-addr.arpa.zone"] = "; made of the addresses\n"
	h.bring()
	return h
}

// bring applies what is planned, which has to go well.
func (h *house) bring(overrides ...Guard) {
	h.t.Helper()
	for _, o := range h.converge(h.plan(), overrides...) {
		if o.Status != Applied && o.Status != Unchanged {
			h.t.Fatalf("%s: %s: %v", o.Ref, o.Status, o.Err)
		}
	}
}

// converge applies a plan, and then what had to wait for it.
func (h *house) converge(plan *Plan, overrides ...Guard) []Outcome {
	return h.applier.Converge(h.t.Context(), h.tree(), plan, Approval{Overrides: overrides}, Convergence{})
}

// deferred returns the changes of a plan that wait for other zones, as changes does.
func deferred(z ZonePlan) []string {
	var all []Change
	for _, d := range z.Deferred {
		all = append(all, d.Change)
	}
	return changes(ZonePlan{Ref: z.Ref, Changes: all})
}

// pointersLive returns the PTR records of the reverse zone as they are live: "1 www.example.com.".
func (h *house) pointersLive() []string {
	var all []string
	for set := range h.targets["live"].Served(reverseNet).All() {
		if set.Key.Type == zonefile.TypePTR {
			all = append(all, set.Key.Name.Relative(reverseNet)+" "+strings.Join(set.Text(), " "))
		}
	}
	return all
}

// reversePlan returns the plan of the reverse zone.
func (h *house) reversePlan() ZonePlan {
	h.t.Helper()
	return *h.plan().Zone(Ref{reverseNet, "live"})
}

// warned returns what a plan warns of.
func warned(z ZonePlan) []string {
	var all []string
	for _, w := range z.Warnings {
		all = append(all, w.String())
	}
	return all
}

func TestPlanAutoPTR(t *testing.T) {
	const other = "$TTL 300\nwww A 192.0.2.2\n"
	for _, test := range []struct {
		name  string
		setup func(*house)
		want  []string // changes
		then  []string // changes that wait for other zones
		said  []string
		live  []string // afterwards
	}{
		{
			name: "nothing", setup: func(*house) {},
			live: []string{"1 www.example.com.", "2 www.example.net.", "8 mail.example.com."},
		}, {
			name: "an address more, one less, one that moves",
			setup: func(h *house) {
				h.write("$TTL 300", "www A 192.0.2.3", "ftp A 192.0.2.8")
			},
			want: []string{"create 3 PTR zones/example.com.zone:2"},
			then: []string{"retire 1 PTR zones/2.0.192.in-addr.arpa.zone", "update 8 PTR zones/example.com.zone:3"},
			live: []string{"2 www.example.net.", "3 www.example.com.", "8 ftp.example.com."},
		}, {
			name: "the reverse zone's file states one",
			setup: func(h *house) {
				h.files["2.0.192.in-addr.arpa.zone"] = "$TTL 300\n1 PTR web.example.org.\n"
			},
			want: []string{"update 1 PTR zones/2.0.192.in-addr.arpa.zone:2"},
			live: []string{"1 web.example.org.", "2 www.example.net.", "8 mail.example.com."},
		}, {
			name: "and a CNAME in the place of one",
			setup: func(h *house) {
				h.files["2.0.192.in-addr.arpa.zone"] = "$TTL 300\n1 CNAME 1.customer.example.org.\n"
			},
			want: []string{"retire 1 PTR zones/2.0.192.in-addr.arpa.zone", "create 1 CNAME zones/2.0.192.in-addr.arpa.zone:2"},
			live: []string{"2 www.example.net.", "8 mail.example.com."},
		}, {
			name:  "a forward zone has an error",
			setup: func(h *house) { h.files["example.net.zone"] = other + "mail A 192.0.2.256\n" },
			said:  []string{"zones/2.0.192.in-addr.arpa.zone: warning: 2 PTR: left as it is, since zones/example.net.zone has errors"},
			live:  []string{"1 www.example.com.", "2 www.example.net.", "8 mail.example.com."},
		}, {
			name: "a forward zone has an error, and another one loses an address",
			setup: func(h *house) {
				h.files["example.net.zone"] = other + "mail A 192.0.2.256\n"
				h.write("$TTL 300", "www A 192.0.2.1")
			},
			then: []string{"retire 8 PTR zones/2.0.192.in-addr.arpa.zone"},
			said: []string{"zones/2.0.192.in-addr.arpa.zone: warning: 2 PTR: left as it is, since zones/example.net.zone has errors"},
			live: []string{"1 www.example.com.", "2 www.example.net."},
		}, {
			name: "a forward zone has an error, and another one takes its address",
			setup: func(h *house) {
				h.files["example.net.zone"] = other + "mail A 192.0.2.256\n"
				h.write("$TTL 300", "www A 192.0.2.1", "mail A 192.0.2.8", "new A 192.0.2.2")
			},
			said: []string{"zones/2.0.192.in-addr.arpa.zone: warning: 2 PTR: left as it is, since zones/example.net.zone has errors"},
			live: []string{"1 www.example.com.", "2 www.example.net.", "8 mail.example.com."},
		}, {
			name: "a forward zone has an error, and the reverse zone's file says otherwise",
			setup: func(h *house) {
				h.files["example.net.zone"] = other + "mail A 192.0.2.256\n"
				h.files["2.0.192.in-addr.arpa.zone"] = "$TTL 300\n2 PTR new.example.org.\n"
			},
			want: []string{"update 2 PTR zones/2.0.192.in-addr.arpa.zone:2"},
			live: []string{"1 www.example.com.", "2 new.example.org.", "8 mail.example.com."},
		}, {
			name: "a forward zone has an error, and the reverse zone's file has a CNAME in the place",
			setup: func(h *house) {
				h.files["example.net.zone"] = other + "mail A 192.0.2.256\n"
				h.files["2.0.192.in-addr.arpa.zone"] = "$TTL 300\n2 CNAME 2.customer.example.org.\n"
			},
			want: []string{"retire 2 PTR zones/2.0.192.in-addr.arpa.zone", "create 2 CNAME zones/2.0.192.in-addr.arpa.zone:2"},
			live: []string{"1 www.example.com.", "8 mail.example.com."},
		}, {
			name:  "an address in a reverse zone",
			setup: func(h *house) { h.files["2.0.192.in-addr.arpa.zone"] = "$TTL 300\nns A 192.0.2.53\n" },
			want:  []string{"create ns A zones/2.0.192.in-addr.arpa.zone:2"},
			live:  []string{"1 www.example.com.", "2 www.example.net.", "8 mail.example.com."},
		}, {
			name:  "a forward zone is empty",
			setup: func(h *house) { h.files["example.net.zone"] = "$TTL 300\n@ NS ns.example.org.\n" },
			said:  []string{"zones/2.0.192.in-addr.arpa.zone: warning: 2 PTR: left as it is, since zones/example.net.zone has no records"},
			live:  []string{"1 www.example.com.", "2 www.example.net.", "8 mail.example.com."},
		}, {
			name:  "a forward zone has two files",
			setup: func(h *house) { h.files["old/example.net.zone"] = other },
			said:  []string{"zones/2.0.192.in-addr.arpa.zone: warning: 2 PTR: left as it is, since zones/example.net.zone cannot be read"},
			live:  []string{"1 www.example.com.", "2 www.example.net.", "8 mail.example.com."},
		}, {
			name:  "a forward zone is missing",
			setup: func(h *house) { delete(h.files, "example.net.zone") },
			said:  []string{"zones/2.0.192.in-addr.arpa.zone: warning: 2 PTR: left as it is, since example.net. on live is not in the zones repository any more, and was not retired"},
			live:  []string{"1 www.example.com.", "2 www.example.net.", "8 mail.example.com."},
		}, {
			name: "a forward zone is missing, and nothing is served of it",
			setup: func(h *house) {
				delete(h.files, "example.net.zone")
				_ = h.store.Forget(h.t.Context(), Ref{zonefile.MustParseName("example.net."), "live"})
			},
			want: []string{"retire 2 PTR zones/2.0.192.in-addr.arpa.zone"},
			live: []string{"1 www.example.com.", "8 mail.example.com."},
		}, {
			name: "a forward zone is missing, which is no concern of the rule any more",
			setup: func(h *house) {
				delete(h.files, "example.net.zone")
				h.planner.Rules[0].AutoPTR.From = []string{"example.com"}
			},
			want: []string{"retire 2 PTR zones/2.0.192.in-addr.arpa.zone"},
			live: []string{"1 www.example.com.", "8 mail.example.com."},
		}, {
			name: "a part of a forward zone was a zone that is missing",
			setup: func(h *house) {
				h.files["sub.example.com.zone"] = "$TTL 300\na A 192.0.2.9\n"
				h.bring()
				delete(h.files, "sub.example.com.zone")
			},
			said: []string{"zones/2.0.192.in-addr.arpa.zone: warning: 9 PTR: left as it is, since sub.example.com. on live is not in the zones repository any more, and was not retired"},
			live: []string{"1 www.example.com.", "2 www.example.net.", "8 mail.example.com.", "9 a.sub.example.com."},
		}, {
			name: "a zone that the rule names is not there",
			setup: func(h *house) {
				h.planner.Rules[0].AutoPTR.From = []string{"example.com", "example.net"}
				delete(h.files, "example.net.zone")
				_ = h.store.Forget(h.t.Context(), Ref{zonefile.MustParseName("example.net."), "live"})
			},
			said: []string{
				"zones/2.0.192.in-addr.arpa.zone: warning: auto_ptr: from: no zone example.net. goes to live; targets says where the zones go that it is from",
				"zones/2.0.192.in-addr.arpa.zone: warning: 2 PTR: left as it is, since no zone example.net. goes to live",
			},
			live: []string{"1 www.example.com.", "2 www.example.net.", "8 mail.example.com."},
		}, {
			name: "a name of a zone that is missing is left out",
			setup: func(h *house) {
				delete(h.files, "example.net.zone")
				h.planner.Rules[0].AutoPTR.Except = []string{"www.example.net"}
			},
			want: []string{"retire 2 PTR zones/2.0.192.in-addr.arpa.zone"},
			live: []string{"1 www.example.com.", "8 mail.example.com."},
		}, {
			name: "one that the file stated for a name elsewhere leaves",
			setup: func(h *house) {
				h.files["2.0.192.in-addr.arpa.zone"] = "$TTL 300\n77 PTR host.isp.example.\n"
				h.bring()
				h.files["2.0.192.in-addr.arpa.zone"] = "\n"
			},
			want: []string{"retire 77 PTR zones/2.0.192.in-addr.arpa.zone"},
			live: []string{"1 www.example.com.", "2 www.example.net.", "8 mail.example.com."},
		}, {
			name: "a name that the policy leaves to others",
			setup: func(h *house) {
				h.planner.Rules[0].Policy.Ignore = []Pattern{{Name: "8"}}
				h.write("$TTL 300", "www A 192.0.2.1", "other A 192.0.2.8")
			},
			live: []string{"1 www.example.com.", "2 www.example.net.", "8 mail.example.com."},
		}, {
			name: "a zone of the same provider has the names",
			setup: func(h *house) {
				h.files["8.2.0.192.in-addr.arpa.zone"] = "$TTL 300\n@ PTR mx.example.org.\n"
				h.write("$TTL 300", "www A 192.0.2.1", "other A 192.0.2.8")
			},
			then: []string{"retire 8 PTR zones/2.0.192.in-addr.arpa.zone"},
			live: []string{"1 www.example.com.", "2 www.example.net."},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := newReverseHouse(t)
			test.setup(h)
			z := h.reversePlan()
			if z.Err != nil || len(z.Holds) > 0 {
				t.Fatalf("error %v, holds %v", z.Err, z.Holds)
			}
			if diff := cmp.Diff(changes(z), test.want); diff != "" {
				t.Errorf("changes (-got +want):\n%s", diff)
			}
			if diff := cmp.Diff(deferred(z), test.then); diff != "" {
				t.Errorf("changes that wait (-got +want):\n%s", diff)
			}
			if diff := cmp.Diff(warned(z), test.said); diff != "" {
				t.Errorf("warnings (-got +want):\n%s", diff)
			}
			h.converge(h.plan())
			if diff := cmp.Diff(h.pointersLive(), test.live); diff != "" {
				t.Errorf("live afterwards (-got +want):\n%s", diff)
			}
			if again := h.reversePlan(); len(again.Changes)+len(again.Deferred) > 0 {
				t.Errorf("and then there would be %v", changes(again))
			}
		})
	}
}

func TestPlanContestedAddress(t *testing.T) {
	const settle = "state the PTR in the file of the reverse zone, or leave out all names but one with except under auto_ptr"
	t.Run("of one that is live", func(t *testing.T) {
		h := newReverseHouse(t)
		h.write("$TTL 300", "www A 192.0.2.1", "mail A 192.0.2.8", "api A 192.0.2.1")
		z := h.reversePlan()
		if len(z.Changes)+len(z.Holds) > 0 {
			t.Errorf("changes %v, holds %v; want none, as the live PTR stays", changes(z), z.Holds)
		}
		want := []string{"zones/example.com.zone:2:1: warning: 1 PTR: 192.0.2.1 is the address of api.example.com. (zones/example.com.zone:4), www.example.com. (zones/example.com.zone:2); " + settle}
		if diff := cmp.Diff(warned(z), want); diff != "" {
			t.Errorf("warnings (-got +want):\n%s", diff)
		}
		h.write("$TTL 300", "www A 192.0.2.1", "mail A 192.0.2.8", "api A 192.0.2.1", "ftp A 192.0.2.3")
		z = h.reversePlan()
		if diff := cmp.Diff(z.Holds, []Hold{{GuardAutoPTR, "192.0.2.1 is the address of api.example.com. (zones/example.com.zone:4), www.example.com. (zones/example.com.zone:2), and its PTR stays as it is: " + settle}}); diff != "" {
			t.Errorf("holds (-got +want):\n%s", diff)
		}
		h.bring(GuardAutoPTR)
		if diff := cmp.Diff(h.pointersLive(), []string{"1 www.example.com.", "2 www.example.net.", "3 ftp.example.com.", "8 mail.example.com."}); diff != "" {
			t.Errorf("live after an override (-got +want):\n%s", diff)
		}
	})
	t.Run("of a new one", func(t *testing.T) {
		h := newReverseHouse(t)
		h.write("$TTL 300", "www A 192.0.2.1", "mail A 192.0.2.8", "b A 192.0.2.4", "a A 192.0.2.4")
		z := h.reversePlan()
		if diff := cmp.Diff(changes(z), []string{"create 4 PTR zones/example.com.zone:5"}); diff != "" {
			t.Errorf("changes (-got +want):\n%s", diff)
		}
		if diff := cmp.Diff(z.Holds, []Hold{{GuardAutoPTR, "192.0.2.4 is the address of a.example.com. (zones/example.com.zone:5), b.example.com. (zones/example.com.zone:4), and its PTR would be a.example.com.: " + settle}}); diff != "" {
			t.Errorf("holds (-got +want):\n%s", diff)
		}
		h.apply(h.plan())
		before := []string{"1 www.example.com.", "2 www.example.net.", "8 mail.example.com."}
		if diff := cmp.Diff(h.pointersLive(), before); diff != "" {
			t.Errorf("live although it is held (-got +want):\n%s", diff)
		}
		h.bring(GuardAutoPTR)
		if diff := cmp.Diff(h.pointersLive(), slices.Insert(before, 2, "4 a.example.com.")); diff != "" {
			t.Errorf("live after an override (-got +want):\n%s", diff)
		}
	})
	t.Run("of one that others have", func(t *testing.T) {
		h := newReverseHouse(t)
		h.write("$TTL 300", "mail A 192.0.2.8", "b A 192.0.2.1", "a A 192.0.2.1")
		z := h.reversePlan()
		if diff := cmp.Diff(deferred(z), []string{"update 1 PTR zones/example.com.zone:4"}); diff != "" || !z.heldBy(GuardAutoPTR) {
			t.Errorf("holds %v, changes (-got +want):\n%s", z.Holds, diff)
		}
	})
	for name, settled := range map[string]func(*house){
		"stated":   func(h *house) { h.files["2.0.192.in-addr.arpa.zone"] = "$TTL 300\n4 PTR b.example.com.\n" },
		"left out": func(h *house) { h.planner.Rules[0].AutoPTR.Except = []string{"a"} },
	} {
		t.Run(name, func(t *testing.T) {
			h := newReverseHouse(t)
			h.write("$TTL 300", "www A 192.0.2.1", "mail A 192.0.2.8", "b A 192.0.2.4", "a A 192.0.2.4")
			settled(h)
			if z := h.reversePlan(); len(z.Holds)+len(z.Warnings) > 0 {
				t.Errorf("holds %v, warnings %v", z.Holds, warned(z))
			}
			h.bring()
			if diff := cmp.Diff(h.pointersLive(), []string{"1 www.example.com.", "2 www.example.net.", "4 b.example.com.", "8 mail.example.com."}); diff != "" {
				t.Errorf("live (-got +want):\n%s", diff)
			}
		})
	}
}

// TestAutoPTROfASelection plans the reverse zone alone, which needs the others read all the same.
func TestAutoPTROfASelection(t *testing.T) {
	h := newReverseHouse(t)
	h.write("$TTL 300", "www A 192.0.2.3", "mail A 192.0.2.8")
	plan, err := h.planner.Plan(t.Context(), h.tree(), Selection{Zones: []zonefile.Name{reverseNet}})
	if err != nil {
		t.Fatal(err)
	}
	if len(plan.Zones) != 1 {
		t.Fatalf("%d zones are planned; want one", len(plan.Zones))
	}
	want := []string{"create 3 PTR zones/example.com.zone:2", "retire 1 PTR zones/2.0.192.in-addr.arpa.zone"}
	if diff := cmp.Diff(slices.Concat(changes(plan.Zones[0]), deferred(plan.Zones[0])), want); diff != "" {
		t.Errorf("changes (-got +want):\n%s", diff)
	}
}

// TestAutoPTROfAView has two views of the same names, each with a reverse zone of its own.
func TestAutoPTROfAView(t *testing.T) {
	h := newReverseHouse(t)
	inside := h.rule("*", "inside")
	inside.File = "inside/{origin}.zone"
	inside.AutoPTR = &AutoPTR{}
	h.files["inside/example.com.zone"] = "$TTL 300\ndb A 192.0.2.99\nwww A 192.0.2.98\n"
	h.files["inside/2.0.192.in-addr.arpa.zone"] = "\n"
	state, err := h.planner.read(t.Context(), h.tree(), Selection{})
	if err != nil {
		t.Fatal(err)
	}
	stated := func() map[string][]string {
		all := map[string][]string{}
		for _, zone := range state.zones {
			if zone.pointed == nil {
				continue
			}
			for set := range zone.file.Zone.All() {
				all[zone.Target] = append(all[zone.Target], set.Key.Name.Relative(zone.Zone)+" "+set.Text()[0])
			}
		}
		return all
	}
	want := map[string][]string{
		"live":   {"1 www.example.com.", "2 www.example.net.", "8 mail.example.com."},
		"inside": {"98 www.example.com.", "99 db.example.com."},
	}
	if diff := cmp.Diff(stated(), want); diff != "" {
		t.Errorf("of each view (-got +want):\n%s", diff)
	}
	inside.AutoPTR.Targets = []string{"inside", "live"}
	inside.AutoPTR.From = []string{"example.*"}
	if state, err = h.planner.read(t.Context(), h.tree(), Selection{}); err != nil {
		t.Fatal(err)
	}
	want["inside"] = []string{"1 www.example.com.", "2 www.example.net.", "8 mail.example.com.", "98 www.example.com.", "99 db.example.com."}
	if diff := cmp.Diff(stated(), want); diff != "" {
		t.Errorf("of both (-got +want):\n%s", diff)
	}
}

// However many addresses two names claim, what is said of it can be read.
func TestManyContestedAddresses(t *testing.T) {
	h := newReverseHouse(t)
	lines := []string{"$TTL 300"}
	for i := range mostContests + 20 {
		lines = append(lines, fmt.Sprintf("a%d A 192.0.2.%d", i, i), fmt.Sprintf("b%d A 192.0.2.%d", i, i))
	}
	h.write(lines...)
	said := warned(h.reversePlan())
	if n := len(said); n != mostContests+1 || !strings.Contains(strings.Join(said, "\n"), "20 more addresses are of two names or more") {
		t.Errorf("%d warnings, the first %q", n, said[0])
	}
}
