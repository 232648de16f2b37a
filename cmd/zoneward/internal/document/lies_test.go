package document_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
)

// TestLiesAreRefused: what cannot be is an error that says what it is, not a value with holes in it.
func TestLiesAreRefused(t *testing.T) {
	digest := "sha256:" + strings.Repeat("0", 64)
	tests := []struct {
		name string
		text string
		read func([]byte) error
		want string
	}{
		{"a change of no kind", `{"kind": "mood", "action": "create", "name": "example.com."}`, readChange, `kind "mood"`},
		{"an action that there is none", `{"kind": "zone", "action": "smash", "name": "example.com."}`, readChange, `action "smash"`},
		{"an RRset without records", `{"kind": "rrset", "action": "create", "name": "example.com.", "type": "A"}`, readChange, "neither old nor new"},
		{"RDATA of another type", `{"kind": "rrset", "action": "create", "name": "example.com.", "type": "A", "new": {"ttl": 1, "records": ["x"]}}`, readChange, "example.com. A"},
		{"a name that is none", `{"kind": "zone", "action": "create", "name": "a..b."}`, readChange, "a..b."},
		{"a name that is not absolute", `{"kind": "zone", "action": "create", "name": "www"}`, readChange, "www"},
		{"a resource without itself", `{"kind": "resource", "action": "create", "name": "example.com."}`, readChange, "no resource"},
		{"a property without itself", `{"kind": "property", "action": "create", "name": "example.com."}`, readChange, "no property"},
		{"an entry with another one's change", `{"seq": 7, "changes": [{"kind": "mood", "action": "create", "name": "example.com."}]}`, readEntry, "entry 7: "},
		{"an entry with a plan that is no digest", `{"seq": 7, "plan": "latest"}`, readEntry, "entry 7: plan: "},
		{"a tombstone of nothing", `{"id": "00ff", "kind": "rrset", "zone": "example.com.", "name": "example.com.", "type": "A", "plan": "` + digest + `"}`, readStone, "tombstone 00ff: example.com. A: no records"},
		{"a tombstone of a property", `{"id": "00ff", "kind": "property", "zone": "example.com.", "name": "example.com.", "plan": "` + digest + `"}`, readStone, `kind "property"`},
		{"a tombstone on a target that does not print", `{"id": "00ff", "kind": "zone", "zone": "example.com.", "name": "example.com.", "target": "\u001b[2J", "plan": "` + digest + `"}`, readStone, "do not print"},
		{"an entry with a result that does not print", `{"seq": 7, "result": "do\u202ene"}`, readEntry, "do not print"},
		{"a resource that does not print", `{"kind": "resource", "action": "create", "name": "example.com.", "resource": {"kind": "\u001b"}}`, readChange, "do not print"},
		{"a server that says it is well, and is not", `{"zone": "example.com.", "servers": [{"server": "ns1", "state": "ok", "wrong": ["x"]}]}`, readVerified, `said to be "ok"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if err := test.read([]byte(test.text)); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want an error with %q", err, test.want)
			}
		})
	}
}

func readChange(text []byte) error {
	var doc document.Change
	if err := json.Unmarshal(text, &doc); err != nil {
		return err
	}
	_, err := doc.Change()
	return err
}

func readEntry(text []byte) error {
	var doc document.Entry
	if err := json.Unmarshal(text, &doc); err != nil {
		return err
	}
	_, err := doc.Entry()
	return err
}

func readStone(text []byte) error {
	var doc document.Tombstone
	if err := json.Unmarshal(text, &doc); err != nil {
		return err
	}
	_, err := doc.Tombstone()
	return err
}

func readVerified(text []byte) error {
	var doc document.VerifiedZone
	if err := json.Unmarshal(text, &doc); err != nil {
		return err
	}
	_, _, err := doc.Verification()
	return err
}
