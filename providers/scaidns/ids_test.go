package scaidns_test

import (
	"fmt"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
	"github.com/zoneward/zoneward/providers/scaidns/scaidnstest"
)

// The ids of some records change with each write of another, and may then be those of others: it is always the record that is meant which is written.
func TestRecordIDs(t *testing.T) {
	t.Parallel()
	for _, ids := range []scaidnstest.RecordIDs{
		scaidnstest.RecordIDsByContent, scaidnstest.RecordIDsKept, scaidnstest.RecordIDsByRRset, scaidnstest.RecordIDsBySerial, scaidnstest.RecordIDsByPlace,
	} {
		h := start(t, variant{fake: scaidnstest.Options{RecordIDs: ids}})
		for _, tt := range []struct{ name, order string }{
			{"from the first", "abcdef"}, {"from the last", "fedcba"}, {"the last and then the others", "fabc"}, {"in between", "bdc"},
		} {
			t.Run(fmt.Sprint(ids, " ", tt.name), func(t *testing.T) {
				var all []scaidnstest.RRset
				for i, name := range "abcdefg" {
					all = append(all, rr(string(name), "A", 300, fmt.Sprintf("192.0.2.%d", i), fmt.Sprintf("198.51.100.%d", i)))
				}
				h.Write(t, h.id, all...)
				base := h.fetch(t)
				batch := providers.Batch{Base: base}
				for i, name := range tt.order {
					old, _ := base.Zone.Get(set(string(name)+".zone.example. 300 A", "192.0.2.1").Key)
					switch i % 3 {
					case 0:
						batch.Ops = append(batch.Ops, undo(providers.Delete, old))
					case 1:
						batch.Ops = append(batch.Ops, undo(providers.Disable, old))
					case 2:
						batch.Ops = append(batch.Ops, put(base, set(string(name)+".zone.example. 300 A", "203.0.113.1", "203.0.113.2")))
					}
				}
				if _, err := h.p.Apply(t.Context(), origin, batch); err != nil {
					t.Fatal(err)
				}
				diff(t, "zone", text(base.Zone.With(batch.Changes())), text(h.fetch(t).Zone))
			})
		}
	}
}

// Where the list is sorted a change moves the records behind it.
func TestRecordIDsSorted(t *testing.T) {
	t.Parallel()
	h := start(t, variant{fake: scaidnstest.Options{RecordIDs: scaidnstest.RecordIDsByPlace}})
	for _, tt := range []struct {
		name string
		want []string // of the RRset in the place of "B", "a", "a" "b", and "ab"
	}{
		{"last", []string{`"KEY"`, `"Key"`, `"key"`}}, {"first", []string{`"0"`, `"1"`, `"2"`}}, {"one", []string{`"x"`}}, {"more", []string{`"1"`, `"b"`, `"c"`, `"C"`, `"d"`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h.Write(t, h.id, rr("www", "TXT", 300, `"B"`, `"a"`, `"a" "b"`, `"ab"`), rr("xxx", "A", 300, "192.0.2.1"))
			base := h.fetch(t)
			batch := providers.Batch{Base: base, Ops: []providers.Op{
				put(base, set("www.zone.example. 300 TXT", tt.want...)), undo(providers.Delete, set("xxx.zone.example. 300 A", "192.0.2.1")),
			}}
			if _, err := h.p.Apply(t.Context(), origin, batch); err != nil {
				t.Fatal(err)
			}
			diff(t, "zone", text(base.Zone.With(batch.Changes())), text(h.fetch(t).Zone))
		})
	}
}

// A change that is answered with another record was made to that.
func TestAnotherRecordChanged(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, body, text string }{
		{"name", `{"name":"b","type":"A","content":"192.0.2.2"}`, `"b"`},
		{"type", `{"name":"a","type":"AAAA","content":"2001:db8::1"}`, "AAAA"},
		{"content", `{"name":"a","type":"A","content":"192.0.2.1"}`, "192.0.2.1"},
		{"nothing that can be read", `{"name":"a","type":"A","content":"x"}`, `"x"`},
		{"nothing is said", `{}`, ""},
		{"null", `null`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := start(t, variant{}, rr("a", "A", 300, "192.0.2.1"))
			base := h.fetch(t)
			h.Faults.Add(httpfault.Rule{Pattern: "PATCH " + records + "/{record}", Fault: httpfault.Edit(func(a *httpfault.Answer) {
				a.Body = []byte(tt.body)
				a.Header.Del("Content-Length")
			})})
			_, err := h.p.Apply(t.Context(), origin, providers.Batch{Base: base, Ops: []providers.Op{put(base, set("a.zone.example. 300 A", "192.0.2.2"))}})
			if tt.text != "" {
				wants(t, err, nil, "the answer is about another record", tt.text)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

// Whether ids stay is found out once. If they do no list is asked for in front of each of them.
func TestListsForIDs(t *testing.T) {
	t.Parallel()
	for ids, want := range map[scaidnstest.RecordIDs]int{scaidnstest.RecordIDsByContent: 3, scaidnstest.RecordIDsByPlace: 11} {
		h := start(t, variant{fake: scaidnstest.Options{RecordIDs: ids}})
		var all []scaidnstest.RRset
		for i := range 20 {
			all = append(all, rr(fmt.Sprintf("host-%02d", i), "A", 300, "192.0.2.1"))
		}
		h.Write(t, h.id, all...)
		base := h.fetch(t)
		batch := providers.Batch{Base: base}
		for i := range 10 {
			batch.Ops = append(batch.Ops, undo(providers.Delete, set(fmt.Sprintf("host-%02d.zone.example. 300 A", i), "192.0.2.1")))
		}
		h.Faults.Log().Reset()
		if _, err := h.p.Apply(t.Context(), origin, batch); err != nil {
			t.Fatal(err)
		}
		diff(t, "lists", want, h.Faults.Log().Count("GET "+records))
	}
}
