package store

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zoneward/zoneward/reconcile"
)

// TestDamagedTombstone: a row that cannot be a tombstone is an error.
func TestDamagedTombstone(t *testing.T) {
	for _, tc := range []struct{ name, set, want string }{
		{"another zone's name", "name = 'www.other.example.'", "is not in the zone"},
		{"no name", "name = ''", "tombstone 0123456789abcdef"},
		{"no zone", "zone = ''", "names no zone"},
		{"no records", "rdata = x''", "has no records"},
		{"half a record", "rdata = x'0004c0'", ""},
		{"a TTL that is too long", "ttl = 1 << 31", "its TTL is 2147483648"},
		{"a TTL that would be a good one in 32 bits", "ttl = (1 << 32) + 300", "its TTL is"},
		{"no type", "type = 0", ""},
		{"a type that is too large", "type = 65537", ""},
		{"an unknown state", "state = 'lost'", "its state is"},
		{"an unknown kind", "kind = 'record'", "neither that of an RRset nor that of a zone"},
		{"a time before the other", "purge_at = 0", "to be kept until"},
		{"half of the settings", "settings = x'01'", ""},
		{"a resource of no kind", "kind = 'resource', type = 0, rdata = x''", "or a resource"},
		{"a resource with records", "kind = 'resource', type = 0, resource = 'app'", ""},
		{"half of the references", "kind = 'resource', type = 0, rdata = x'', resource = 'app', refs = x'01'", "cut off"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "state.db")
			s, err := Open(t.Context(), file)
			if err != nil {
				t.Fatal(err)
			}
			in, done := creation(1)
			in.Stones = []reconcile.Tombstone{{
				ID: "0123456789abcdef", Ref: onLive, Kind: reconcile.KindRRset, Key: host(0).Key, RRset: host(0),
				BuriedAt: time.Unix(1, 0), PurgeAt: time.Unix(2, 0),
			}}
			id, err := s.Begin(t.Context(), in)
			if err == nil {
				err = s.Conclude(t.Context(), id, done)
			}
			if err == nil {
				_, err = s.Tombstone(t.Context(), "0123")
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			tamper(t, file, "PRAGMA ignore_check_constraints = ON; UPDATE tombstone SET "+tc.set)
			if s, err = Open(t.Context(), file); err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			_, one := s.Tombstone(t.Context(), "0123")
			_, all := s.Tombstones(t.Context(), reconcile.TombstoneQuery{Closed: true})
			for _, err := range []error{one, all} {
				if err == nil || !strings.Contains(err.Error(), tc.want) {
					t.Errorf("error %v; want one with %q", err, tc.want)
				}
			}
		})
	}
}
