package main

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render/rendertest"
	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

func TestOutcomesOfResources(t *testing.T) {
	example := zonefile.MustParseName("example.com.")
	ref := reconcile.Ref{Zone: example, Target: "glauca"}
	moved := rendertest.OnResource(providers.Delegation, reconcile.Update, "example.com.", 2,
		reconcile.FieldChange{Name: "name_servers", New: "ns1.example.net., ns2.example.net."}, reconcile.FieldChange{Name: "transfer_lock", New: "true"})
	signed := rendertest.OnResource(providers.Delegation, reconcile.Update, "example.com.", 2, reconcile.FieldChange{Name: "ds", New: "12345 13 2 AB"})
	awaited := func(output string) reconcile.Change {
		return reconcile.Change{Kind: reconcile.KindRRset, Action: reconcile.Create, Key: zonefile.Key{Name: example}, Source: rendertest.DeclaredAt(8), From: output + " of mail example.com. on tem"}
	}
	until := rendertest.At().Add(47*time.Hour + 30*time.Second)
	refused := []reconcile.Refusal{{Changes: []reconcile.Change{moved}, Err: errors.New("it says \x1b[31mno")}}
	for _, tc := range []struct {
		name           string
		outcome        reconcile.Outcome
		stdout, stderr string
	}{
		{
			"applied",
			reconcile.Outcome{Status: reconcile.Applied, Changes: []reconcile.Change{moved}},
			"example.com. on glauca: applied 1 change, in 2s\nApplied: 1 change in 1 domain.\n", "",
		},
		{
			"what waits for a time",
			reconcile.Outcome{
				Status: reconcile.Applied, Changes: []reconcile.Change{moved},
				Deferred: []reconcile.Deferred{{Change: signed, For: "once resolvers have forgotten the old name servers (2026-11-23T11:00:30Z)", Until: until}},
			},
			`example.com. on glauca: applied 1 change, in 2s
example.com. on glauca: still to do once resolvers have forgotten the old name servers (2026-11-23T11:00:30Z): ds of delegation example.com. (zones/example.com.domain.yaml:2)
Applied: 1 change in 1 domain.
Still to do: 1 change. To go on after 2026-11-23 11:01 UTC: zoneward apply
`, "",
		},
		{
			"what waits for others, and nothing was done",
			reconcile.Outcome{
				Status:   reconcile.Unchanged,
				Deferred: []reconcile.Deferred{{Change: awaited("dkim"), For: "once \u202email is there"}, {Change: awaited("mx"), For: "once \u202email is there"}, {Change: signed, For: "once it is signed"}},
			},
			`example.com. on glauca: still to do once \u{202e}mail is there: dkim of mail example.com. on tem (zones/example.com.domain.yaml:8), mx of mail example.com. on tem (zones/example.com.domain.yaml:8)
example.com. on glauca: still to do once it is signed: ds of delegation example.com. (zones/example.com.domain.yaml:2)
Still to do: 3 changes. To go on when that is so: zoneward apply
`, "",
		},
		{
			"held when it could have been done",
			reconcile.Outcome{
				Status: reconcile.Held, Changes: []reconcile.Change{moved}, Deferred: []reconcile.Deferred{{Change: signed, For: "once the domain is at its name servers"}},
				Holds: []reconcile.Hold{{Guard: reconcile.GuardDelegationNotServing, Reason: "ns1.example.net. does not answer: \x1b[31mREFUSED"}},
			},
			`example.com. on glauca: applied 1 change, in 2s
example.com. on glauca: still to do once the domain is at its name servers: ds of delegation example.com. (zones/example.com.domain.yaml:2)
Applied: 1 change in 1 domain.
Still to do: 1 change. To go on when that is so: zoneward apply
`, `example.com. on glauca: held by delegation-not-serving: ns1.example.net. does not answer: \u{1b}[31mREFUSED
  hint: have them serve it first; an apply looks again until they do, for as long as --wait says
`,
		},
		{"held from the beginning", reconcile.Outcome{Status: reconcile.Held}, "", "example.com. on glauca: held, nothing was written\n"},
		{
			"blocked at its provider",
			reconcile.Outcome{
				Status: reconcile.Held, Changes: []reconcile.Change{moved}, State: &reconcile.State{Name: "transfer_pending", Needs: "wait for the transfer"},
				Err: errors.New("blocked"),
			},
			"", "example.com. on glauca: transfer_pending, 1 change is live, and the others wait: wait for the transfer\n",
		},
		{
			"refused",
			reconcile.Outcome{Status: reconcile.Failed, Refused: refused, Err: errors.New("update delegation example.com. on glauca: no")},
			"", `error: update delegation example.com. on glauca: no (nothing was written)
  refused: name_servers, transfer_lock of delegation example.com. (zones/example.com.domain.yaml:2): it says \u{1b}[31mno
`,
		},
		{
			"retired",
			reconcile.Outcome{
				Status: reconcile.Applied, Tombstones: []string{"0123456789abcdef", "fedcba9876543210"},
				Changes: []reconcile.Change{rendertest.OnResource(providers.Mail, reconcile.Retire, "example.com.", 0), rendertest.OnResource(providers.App, reconcile.Retire, "www.example.com.", 0)},
			},
			`example.com. on glauca: applied 2 changes, in 2s
  retired mail example.com.: it stays at its provider until it is purged; declared again it is as before
  retired app www.example.com.: it is unlinked from the application; declared again it is linked anew
Applied: 2 changes in 1 domain.
To undo: zoneward restore 0123456789abcdef
To undo: zoneward restore fedcba9876543210
`, "",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.outcome.Ref, tc.outcome.Began, tc.outcome.Took = ref, rendertest.At(), 2*time.Second
			plan := &reconcile.Plan{Zones: []reconcile.ZonePlan{{Ref: ref, Changes: []reconcile.Change{moved}}}}
			stdout, stderr := printed(t, "text", plan, []reconcile.Outcome{tc.outcome})
			if d := cmp.Diff(stdout, tc.stdout) + cmp.Diff(stderr, tc.stderr); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestGoOnLine goes on with what was applied, in the same way.
func TestGoOnLine(t *testing.T) {
	var out strings.Builder
	c := &common{env: env{stdout: newOutput(&out)}, format: "text", configFile: "other.yaml", zones: []string{"example.com"}, targets: []string{"a", "b"}}
	c.writeGoOn([]reconcile.Outcome{{Deferred: make([]reconcile.Deferred, 2)}, {Deferred: []reconcile.Deferred{{Until: rendertest.At().Add(time.Hour)}, {Until: rendertest.At()}}}})
	if want := "Still to do: 4 changes. To go on after 2026-11-21 12:00 UTC: zoneward -c other.yaml apply --zone example.com --target a --target b\n"; out.String() != want {
		t.Errorf("%s; want %s", out.String(), want)
	}
}

func TestOutcomesOfResourcesJSON(t *testing.T) {
	ref := reconcile.Ref{Zone: zonefile.MustParseName("example.com."), Target: "glauca"}
	moved := rendertest.OnResource(providers.Delegation, reconcile.Update, "example.com.", 2, reconcile.FieldChange{Name: "name_servers", New: "ns1.example.net."})
	awaited := reconcile.Change{Kind: reconcile.KindRRset, Action: reconcile.Create, Key: zonefile.Key{Name: ref.Zone}, Source: rendertest.DeclaredAt(8), From: "dkim of mail example.com. on tem"}
	stdout, _ := printed(t, "json", &reconcile.Plan{Zones: []reconcile.ZonePlan{{Ref: ref}}}, []reconcile.Outcome{{
		Ref: ref, Status: reconcile.Held, Refused: []reconcile.Refusal{{Changes: []reconcile.Change{moved}, Err: errors.New("no")}},
		Deferred: []reconcile.Deferred{{Change: moved, For: "once they forgot", Until: rendertest.At()}, {Change: awaited, For: "once it is there"}},
		Holds:    []reconcile.Hold{{Guard: reconcile.GuardDelegationNotServing, Reason: "no answer"}}, Began: rendertest.At(),
	}})
	var got struct {
		Zones []struct {
			Refused  []struct{ Changes []map[string]any }
			Deferred []map[string]any
			Holds    []map[string]any
		}
	}
	if err := json.Unmarshal([]byte(stdout), &got); err != nil {
		t.Fatal(err)
	}
	servers := map[string]any{
		"action": "update", "name": "example.com.", "resource": "delegation", "fields": []any{"name_servers"}, "source": "zones/example.com.domain.yaml:2",
	}
	with := func(of map[string]any, more map[string]any) map[string]any {
		for key, value := range of {
			more[key] = value
		}
		return more
	}
	output := map[string]any{"action": "create", "name": "example.com.", "from": "dkim of mail example.com. on tem", "source": "zones/example.com.domain.yaml:8"}
	zone := got.Zones[0]
	if d := cmp.Diff(zone.Refused[0].Changes, []map[string]any{servers}); d != "" {
		t.Errorf("refused: %s", d)
	}
	if d := cmp.Diff(zone.Deferred, []map[string]any{
		with(servers, map[string]any{"for": "once they forgot", "until": "2026-11-21T12:00:00Z"}), with(output, map[string]any{"for": "once it is there", "until": nil}),
	}); d != "" {
		t.Errorf("deferred: %s", d)
	}
	if d := cmp.Diff(zone.Holds, []map[string]any{{"guard": "delegation-not-serving", "reason": "no answer"}}); d != "" {
		t.Errorf("holds: %s", d)
	}
}
