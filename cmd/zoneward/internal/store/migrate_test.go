package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// oldFile makes a state file as version 1 has left it.
func oldFile(t *testing.T) string {
	t.Helper()
	rows, err := os.ReadFile("testdata/version1.sql")
	if err != nil {
		t.Fatal(err)
	}
	file := stateFile(t)
	if err := execSQL(file, migrations[0]+string(rows)+fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = 1", applicationID)); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestMigrate: what an older version has written is there, the audit log is as it was written, and there is room for what is new.
func TestMigrate(t *testing.T) {
	for name, open := range map[string]func(context.Context, string) (*Store, error){"to write": Open, "to plan": OpenToPlan} {
		t.Run(name, func(t *testing.T) {
			file := oldFile(t)
			s, err := open(t.Context(), file)
			if err != nil {
				t.Fatal(err)
			}
			if n, err := s.VerifyAudit(t.Context()); n != 3 || err != nil {
				t.Errorf("%d entries are as they were written, %v; want 3", n, err)
			}
			if d := cmp.Diff(oldState(t, s), []string{
				"on live: example.com. on live, sys, c0ffee, equal", "applied: example www",
				"4 suspend", "3 apply: retire zone other.example.", `2 apply: update property example.com. description: "old" -> "new"`,
				"1 apply: retire rrset mail.example.com. A, create rrset example.com. TXT",
				"tombstone 5707e00000000002 buried zone other.example. map[kind:Native]", "tombstone 5707e00000000001 retired rrset mail.example.com. A map[]",
			}); d != "" {
				t.Errorf("what there is (-got +want):\n%s", d)
			}
			if one, err := s.Tombstone(t.Context(), "5707e00000000002"); err != nil || one.Export != "www 300 A 192.0.2.1\n" {
				t.Errorf("the export is %q, %v", one.Export, err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}

			s = openStore(t, file)
			app := reconcile.AppliedResource{Kind: providers.App, Name: zonefile.MustParseName("www.example.com.")}
			if err := s.SetAppliedResources(t.Context(), reconcile.Ref{Zone: example, Target: "apps"}, reconcile.AppliedState{}, []reconcile.AppliedResource{app}); err != nil {
				t.Error(err)
			}
			if err := s.Conclude(t.Context(), 3, reconcile.Conclusion{Result: reconcile.Done, Live: []bool{true}}); err != nil {
				t.Error(err)
			}
			mustPut(t, s.Outbox(), fewMinutes, entry("held a 1", 0))
			if got := waiting(t, s.Outbox()); len(got) != 1 {
				t.Errorf("in the outbox are %q, want one entry", got)
			}
			mustKeep(t, s, reviewOf("7 c0ffee example.com.", 0))
			if got := reviewed(t, s, ReviewQuery{}); len(got) != 1 {
				t.Errorf("the reviews are %q, want one", got)
			}
			if n, err := s.VerifyAudit(t.Context()); n != 4 || err != nil {
				t.Errorf("%d entries are as they were written, %v; want 4", n, err)
			}
		})
	}
}

// oldState says what is in a store in a few words.
func oldState(t *testing.T, s *Store) []string {
	t.Helper()
	var all []string
	o, err := s.Overview(t.Context())
	for _, k := range o.Known {
		all = append(all, fmt.Sprintf("on %s: %s, %s, %s, %s", k.Target, k.Ref, k.System, k.Commit, k.Mark))
	}
	if len(o.Graces) != 1 || len(o.Suspensions) != 1 || len(o.Open) != 1 || len(o.Standing) != 2 {
		t.Errorf("the overview is %+v", o)
	}
	all = append(all, "applied: "+strings.ReplaceAll(appliedNames(t, s), "@", "example"))
	for e, historyErr := range s.History(t.Context(), reconcile.HistoryQuery{}) {
		var changes []string
		for _, c := range e.Changes {
			text := fmt.Sprintf("%s %s %s", c.Action, c.Kind, strings.TrimSuffix(c.Key.String(), " TYPE0"))
			if c.Kind == reconcile.KindProperty {
				text += " " + c.Property.String()
			}
			changes = append(changes, text)
		}
		line := fmt.Sprintf("%d %s", e.Seq, e.Why)
		if len(changes) > 0 {
			line += ": " + strings.Join(changes, ", ")
		}
		all, err = append(all, line), errors.Join(err, historyErr)
	}
	stones, stonesErr := s.Tombstones(t.Context(), reconcile.TombstoneQuery{})
	for _, stone := range stones {
		all = append(all, fmt.Sprintf("tombstone %s %s %s %s %v", stone.ID, stone.State, stone.Kind, strings.TrimSuffix(stone.Key.String(), " TYPE0"), stone.Settings))
	}
	if err := errors.Join(err, stonesErr); err != nil {
		t.Fatal(err)
	}
	return all
}
