package store

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

func TestPackedForms(t *testing.T) {
	small, _ := creation(1)
	large, _ := creation(1000)
	for _, tc := range []struct {
		name string
		in   reconcile.Intent
		form byte
	}{
		{"a small intent is plain", small, packedPlain},
		{"a large one is compressed", large, packedDeflate},
	} {
		packed, err := encodeContent(tc.in)
		if err != nil {
			t.Fatal(err)
		}
		if packed[0] != tc.form {
			t.Errorf("%s: the form is %d", tc.name, packed[0])
		}
		got := reconcile.Intent{Ref: tc.in.Ref, Plan: tc.in.Plan}
		chosen, changes, err := decodeContent(packed, &got, everything)
		if err != nil || changes != len(tc.in.Changes) || len(chosen) != changes {
			t.Errorf("%s: %d of %d changes, %v", tc.name, len(chosen), changes, err)
		}
	}
}

// TestContentSize bounds what a first apply costs on disk.
func TestContentSize(t *testing.T) {
	in, _ := creation(100_000)
	packed, err := encodeContent(in)
	if err != nil {
		t.Fatal(err)
	}
	if per := len(packed) / len(in.Changes); per > 15 {
		t.Errorf("%d octets a change; want 15 at most", per)
	}
}

func TestEncodeContentRefuses(t *testing.T) {
	in, _ := creation(1)
	in.Changes[0].Key.Type = zonefile.TypeAAAA
	if _, err := encodeContent(in); err == nil || !strings.Contains(err.Error(), "host-0000000.example.com. AAAA") {
		t.Errorf("an RRset of another key than that of the change: %v", err)
	}
}

// TestContentVersion: what has nothing new in it is written as it always was, so that an entry keeps its hash.
func TestContentVersion(t *testing.T) {
	resource := reconcile.Change{Kind: reconcile.KindResource, Resource: &reconcile.ResourceChange{}}
	for _, tc := range []struct {
		name string
		in   reconcile.Intent
		want byte
	}{
		{"RRsets", reconcile.Intent{Changes: []reconcile.Change{{Kind: reconcile.KindRRset}}}, plainContent},
		{"a property", reconcile.Intent{Changes: []reconcile.Change{{Kind: reconcile.KindRRset}, {Kind: reconcile.KindProperty}}}, propertyContent},
		{"a resource", reconcile.Intent{Changes: []reconcile.Change{{Kind: reconcile.KindProperty}, resource}}, resourceContent},
		{"an output", reconcile.Intent{Changes: []reconcile.Change{{Kind: reconcile.KindRRset, From: "dkim"}}}, resourceContent},
		{"a reason", reconcile.Intent{Reason: "agreed", Changes: []reconcile.Change{resource}}, reasonContent},
		{"a tombstone alone", reconcile.Intent{Stones: []reconcile.Tombstone{{Kind: reconcile.KindResource}}}, resourceContent},
	} {
		packed, err := encodeContent(tc.in)
		if err != nil {
			t.Fatal(err)
		}
		if packed[1] != tc.want {
			t.Errorf("%s: the content has the form %d; want %d", tc.name, packed[1], tc.want)
		}
	}
}

func TestDecodeContentRefuses(t *testing.T) {
	in, _ := creation(3)
	packed, err := encodeContent(in)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, want string
		packed     []byte
	}{
		{"nothing", "cut off", nil},
		{"an unknown packing", "packed in the way 9", []byte{9, 1}},
		{"an unknown form", "in the form 77", []byte{packedPlain, 77}},
		{"the form of the next version", "in the form 5", []byte{packedPlain, reasonContent + 1}},
		{"a resource that is not said", "does not say what it is", append([]byte{packedPlain, resourceContent, 0, 0, 1, 0, 0, 8}, "resource\x00\x00\x00\x00\x00\x00\x00\x00"...)},
		{"more than there should be", "more in it", append(slices.Clone(packed), 0)},
		{"a count that is too large", "cut off", []byte{packedPlain, plainContent, 0, 0, 0xff, 0xff, 0xff, 0x7f}},
		{"what is not compressed", "EOF", []byte{packedDeflate, 1, 2}},
	} {
		if _, _, err := decodeContent(tc.packed, &reconcile.Intent{}, everything); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v; want %q", tc.name, err, tc.want)
		}
	}
	for n := range packed {
		if _, _, err := decodeContent(packed[:n], &reconcile.Intent{}, everything); err == nil {
			t.Errorf("the first %d octets of %d are taken for all", n, len(packed))
		}
	}
}

// FuzzContent decodes anything, which must not panic. What can be decoded is encoded, and decoded again as the same.
func FuzzContent(f *testing.F) {
	small, _ := creation(2)
	small.Stones = []reconcile.Tombstone{{ID: "00", Ref: onLive, Kind: reconcile.KindRRset, Key: host(0).Key, RRset: host(1), Settings: map[string]string{"a": "b"}, BuriedAt: time.Unix(1, 0)}}
	small.Pins = []reconcile.Pin{{Ref: onLive, Key: host(0).Key}}
	small.Suspend = &reconcile.Suspension{Scope: reconcile.Scope{Zone: example}, Reason: "x"}
	small.Overrides = []reconcile.Guard{reconcile.GuardSOA}
	large, _ := creation(100)
	www := zonefile.Key{Name: host(0).Key.Name}
	beside := reconcile.Intent{Ref: onLive, Changes: []reconcile.Change{{
		Kind: reconcile.KindResource, Action: reconcile.Retire, Key: www, From: "dkim",
		Resource: &reconcile.ResourceChange{Kind: providers.App, Fields: []reconcile.FieldChange{{Name: "app", Old: "a", New: "b", After: "c"}}, References: map[string]string{"key": "${KEY}"}},
	}}, Stones: []reconcile.Tombstone{{ID: "00", Ref: onLive, Kind: reconcile.KindResource, Key: www, Resource: providers.App, References: map[string]string{"key": "${KEY}"}, BuriedAt: time.Unix(1, 0)}}}
	for _, in := range []reconcile.Intent{small, large, beside, {}} {
		packed, err := encodeContent(in)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(packed)
	}
	f.Fuzz(func(t *testing.T, packed []byte) {
		in := reconcile.Intent{Ref: onLive}
		if _, _, err := decodeContent(packed, &in, everything); err != nil {
			return
		}
		first, err := encodeContent(in)
		if err != nil {
			t.Fatal(err)
		}
		again := reconcile.Intent{Ref: onLive}
		if _, _, err := decodeContent(first, &again, everything); err != nil {
			t.Fatal(err)
		}
		second, err := encodeContent(again)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first, second) {
			t.Errorf("%x became %x", first, second)
		}
	})
}
