package store

import (
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/reconcile/storetest"
	"github.com/zoneward/zoneward/zonefile"
)

var (
	example = zonefile.MustParseName("example.com.")
	onLive  = reconcile.Ref{Zone: example, Target: "live"}
)

func openStore(t testing.TB, file string) *Store {
	t.Helper()
	s, err := Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func stateFile(t testing.TB) string { return filepath.Join(t.TempDir(), "state.db") }

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Opened {
		file := stateFile(t)
		again := func(t *testing.T) reconcile.Store { return openStore(t, file) }
		return storetest.Opened{Store: again(t), Again: again, Tamper: tampering(file)}
	})
}

// tampering has statements that change the audit log, for one whose number is ?1. The triggers are gone, as for somebody who has the file.
func tampering(file string) map[string]func(t *testing.T, seq int64) {
	ways := map[string]func(t *testing.T, seq int64){}
	for name, statement := range map[string]string{
		"change the actor":            `UPDATE audit_intent SET actor = 'somebody else' WHERE seq = ?1`,
		"change the time":             `UPDATE audit_intent SET at = at + 1 WHERE seq = ?1`,
		"change the content":          `UPDATE audit_intent SET content = CAST(content || x'00' AS BLOB) WHERE seq = ?1`,
		"move text between columns":   `UPDATE audit_intent SET actor = actor || commit_id, commit_id = '' WHERE seq = ?1`,
		"change the result":           `UPDATE audit_outcome SET result = 'done' WHERE seq = ?1`,
		"change what is live":         `UPDATE audit_outcome SET live = x'03' WHERE seq = ?1`,
		"say that nothing is live":    `UPDATE audit_outcome SET live = NULL WHERE seq = ?1`,
		"change the hash":             `UPDATE audit_outcome SET hash = zeroblob(32) WHERE seq = ?1`,
		"remove the intent":           `DELETE FROM audit_intent WHERE seq = ?1`,
		"remove the outcome":          `DELETE FROM audit_outcome WHERE seq = ?1`,
		"remove all that comes after": `DELETE FROM audit_outcome WHERE seq >= ?1`,
	} {
		ways[name] = func(t *testing.T, seq int64) { tamper(t, file, statement, seq) }
	}
	return ways
}

// tamper carries out a statement in a file, without triggers and foreign keys.
func tamper(t *testing.T, file, statement string, args ...any) {
	t.Helper()
	db, err := sql.Open("sqlite", dsn(file, "deferred"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, trigger := range []string{"intent_update", "intent_delete", "intent_replace", "outcome_update", "outcome_delete", "outcome_replace"} {
		if _, err := db.Exec(`DROP TRIGGER IF EXISTS audit_` + trigger); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Exec(statement, args...); err != nil {
		t.Fatal(err)
	}
}
