package store

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

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

// TestForgedEntry changes an entry by somebody who knows how its hash is made: the entry behind it, or the end, still tells.
func TestForgedEntry(t *testing.T) {
	for _, tc := range []struct {
		name, want string
		seq        int64
	}{
		{"in the middle", "entry 3 (example.com. on live, 0001-01-01T00:00:00Z) of the audit log is not as it was written", 2},
		{"the last", "the audit log has 3 concluded entries, and should have 3: what came after entry 3", 3},
	} {
		t.Run(tc.name, func(t *testing.T) {
			file := stateFile(t)
			s := openStore(t, file)
			for range 3 {
				if err := s.Note(t.Context(), reconcile.Intent{Ref: onLive}); err != nil {
					t.Fatal(err)
				}
			}
			tamper(t, file, `UPDATE audit_intent SET actor = 'somebody else' WHERE seq = ?`, tc.seq)
			hash := rehash(t, s, tc.seq)
			tamper(t, file, `UPDATE audit_outcome SET hash = ? WHERE seq = ?`, hash[:], tc.seq)
			if n, err := s.VerifyAudit(t.Context()); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%d entries, %v; want %q", n, err, tc.want)
			}
		})
	}
}

// rehash returns the hash that an entry would have as it is now.
func rehash(t *testing.T, s *Store, seq int64) zonefile.Digest {
	t.Helper()
	var in reconcile.Intent
	var content []byte
	var o outcome
	var before zonefile.Digest
	if err := s.read(t.Context(), func(tx *sql.Tx) error {
		if err := tx.QueryRowContext(t.Context(), `SELECT hash FROM audit_outcome WHERE seq = ?`, seq-1).Scan(digestInto{&before}); err != nil {
			return err
		}
		return tx.QueryRowContext(t.Context(), `SELECT `+intentColumns+`, `+outcomeColumns+` FROM audit_intent i JOIN audit_outcome o ON o.seq = i.seq WHERE i.seq = ?`, seq).
			Scan(append(intentRow(&in, &content), o.row()...)...)
	}); err != nil {
		t.Fatal(err)
	}
	return o.digest(before, in, content)
}

func TestAuditIsOnlyAddedTo(t *testing.T) {
	file := stateFile(t)
	s := openStore(t, file)
	for range 2 {
		if err := s.Note(t.Context(), reconcile.Intent{Ref: onLive}); err != nil {
			t.Fatal(err)
		}
	}
	for _, statement := range []string{
		`UPDATE audit_intent SET actor = 'x'`,
		`DELETE FROM audit_intent`,
		`REPLACE INTO audit_intent SELECT * FROM audit_intent WHERE seq = 1`,
		`UPDATE audit_outcome SET err = 'x'`,
		`DELETE FROM audit_outcome WHERE position = 2`,
		`REPLACE INTO audit_outcome SELECT * FROM audit_outcome WHERE seq = 1`,
	} {
		if err := execSQL(file, statement); err == nil || !strings.Contains(err.Error(), "only added to") {
			t.Errorf("%s: %v; want that it is refused", statement, err)
		}
	}
	if n, err := s.VerifyAudit(t.Context()); n != 2 || err != nil {
		t.Errorf("%d entries, %v; want 2", n, err)
	}
}

func TestTamperedEnds(t *testing.T) {
	file := stateFile(t)
	s := openStore(t, file)
	for range 3 {
		if err := s.Note(t.Context(), reconcile.Intent{Ref: onLive}); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		if _, err := s.Begin(t.Context(), reconcile.Intent{Ref: onLive}); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, statement := range []string{
		`DELETE FROM audit_open WHERE seq = 6`,
		`DELETE FROM audit_intent WHERE seq = 6`,
		`DELETE FROM audit_intent WHERE seq = 4`,
		`DELETE FROM audit_outcome WHERE position = 3`,
		`DELETE FROM audit_intent WHERE seq = 2`,
		`DELETE FROM audit_head`,
	} {
		tamper(t, file, statement)
		_, err := s.VerifyAudit(t.Context())
		got = append(got, statement+": "+errText(err))
	}
	want := []string{
		"DELETE FROM audit_open WHERE seq = 6: entry 6 of the audit log has lost its outcome",
		"DELETE FROM audit_intent WHERE seq = 6: entry 6 of the audit log is missing",
		"DELETE FROM audit_intent WHERE seq = 4: entry 4 of the audit log is missing",
		"DELETE FROM audit_outcome WHERE position = 3: the audit log has 2 concluded entries, and should have 3: what came after entry 2 (example.com. on live, 0001-01-01T00:00:00Z) was cut off",
		"DELETE FROM audit_intent WHERE seq = 2: entry 2 of the audit log, concluded at 0001-01-01T00:00:00Z, has lost its intent",
		"DELETE FROM audit_head: the audit log has lost what says where it ends",
	}
	if d := cmp.Diff(got, want); d != "" {
		t.Errorf("(-got +want):\n%s", d)
	}
}

func errText(err error) string {
	if err == nil {
		return "no error"
	}
	return err.Error()
}
