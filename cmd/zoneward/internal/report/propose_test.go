package report

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/filestore"
	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// commits of the two sides of the change.
const (
	baseCommit = "1111111111111111111111111111111111111111"
	headCommit = "2222222222222222222222222222222222222222"
)

// at is when the plans of these tests are made.
var at = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// files are zone files by the names of their zones, without the dot at the end.
type files map[string]string

func (f files) tree(revision string) reconcile.Tree {
	all := fstest.MapFS{}
	for zone, text := range f {
		all[zone+".zone"] = &fstest.MapFile{Data: []byte(text)}
	}
	return reconcile.Tree{FS: all, Revision: revision}
}

// propose returns what the change from base to head would do to what is live. policy may be nil.
func propose(t testing.TB, live, base, head files, policy func(*reconcile.Policy)) *reconcile.Proposal {
	t.Helper()
	provider := memory.New()
	for _, name := range slices.Sorted(maps.Keys(live)) {
		origin := zonefile.MustParseName(name + ".")
		text := fmt.Sprintf("@ 3600 SOA ns1.example.net. hostmaster.example.net. 7 7200 900 1209600 300\n@ 3600 NS ns1.example.net.\n%s", live[name])
		file, err := zonefile.ParseBIND(fstest.MapFS{"live": {Data: []byte(text)}}, "live", zonefile.BINDOptions{Origin: origin})
		if err != nil || file.Err() != nil {
			t.Fatal(errors.Join(err, file.Err()))
		}
		provider.AddZone(file.Zone)
	}
	rule := reconcile.Rule{Match: []string{"*"}, Targets: []string{"pdns"}, Policy: reconcile.DefaultPolicy()}
	if policy != nil {
		policy(&rule.Policy)
	}
	planner := &reconcile.Planner{
		Rules: []reconcile.Rule{rule}, Targets: map[string]reconcile.Target{"pdns": {Reader: providers.ReadOnly(provider), System: "pdns"}}, Store: &filestore.Nothing{}, Stateless: true, Folder: "zones",
		Clock: func() reconcile.Clock { return reconcile.Clock{Wall: at} },
	}
	p, err := planner.Propose(t.Context(), base.tree(baseCommit), head.tree(headCommit))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// example is of a change that does something, finds something adrift, and settles something.
func example(t testing.TB) *Report {
	return &Report{Config: "zoneward.yaml", Proposal: propose(t,
		files{"example.com": "www 3600 A 192.0.2.1\nold 300 A 192.0.2.9\nmoved 300 A 192.0.2.77\nspf 300 TXT \"v=spf1 -all\"\n", "example.net": "www 300 A 192.0.2.1\n"},
		files{"example.com": "www 3600 A 192.0.2.1\nold 300 A 192.0.2.9\nmoved 300 A 192.0.2.70\nadrift 300 A 192.0.2.50\n", "example.net": "www 300 A 192.0.2.1\n"},
		files{"example.com": "www 3600 A 192.0.2.2\nnew 300 A 192.0.2.3\nmoved 300 A 192.0.2.77\nadrift 300 A 192.0.2.50\nspf 300 TXT \"v=spf1 -all\"\n", "example.net": "www 300 A 192.0.2.1\n"},
		nil)}
}

// graceful is of a change that takes something away, which is served until its grace is over.
func graceful(t testing.TB) *Report {
	return &Report{Config: "dns/zoneward.yaml", Proposal: propose(t,
		files{"example.com": "www 300 A 192.0.2.1\nold 300 A 192.0.2.9\n"}, files{"example.com": "www 300 A 192.0.2.1\nold 300 A 192.0.2.9\n"},
		files{"example.com": "www 300 A 192.0.2.1\n"}, func(p *reconcile.Policy) { p.Grace = 24 * time.Hour })}
}
