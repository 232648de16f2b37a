package scaidns_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
	"github.com/zoneward/zoneward/providers/scaidns"
	"github.com/zoneward/zoneward/providers/scaidns/scaidnstest"
	"github.com/zoneward/zoneward/zonefile"
)

// A zone that is not that of the base is not written, whatever the serial says.
func TestStale(t *testing.T) {
	t.Parallel()
	h := start(t, variant{}, hiding(rr("www", "A", 300, "192.0.2.1"), "192.0.2.7"), rr("www", "HTTPS", 300, "1 . alpn=h2"))
	good := h.fetch(t)
	other := func(change func(*providers.Snapshot)) *providers.Snapshot {
		s := *good
		change(&s)
		return &s
	}
	empty := zonefile.NewZone(origin)
	for name, base := range map[string]*providers.Snapshot{
		"serial": other(func(s *providers.Snapshot) { s.Serial-- }),
		"served": other(func(s *providers.Snapshot) {
			s.Zone = s.Zone.With([]zonefile.Change{{New: new(set("a.zone.example. 300 A", "192.0.2.1"))}})
		}),
		"TTL": other(func(s *providers.Snapshot) {
			s.Zone = s.Zone.With([]zonefile.Change{{New: new(set("www.zone.example. 600 A", "192.0.2.1"))}})
		}),
		"disabled": other(func(s *providers.Snapshot) { s.Disabled = nil }),
		"foreign":  other(func(s *providers.Snapshot) { s.Foreign = empty }),
	} {
		t.Run(name, func(t *testing.T) {
			h.Faults.Log().Reset()
			_, err := h.p.Apply(t.Context(), origin, providers.Batch{Base: base, Ops: []providers.Op{put(base, set("new.zone.example. 300 A", "192.0.2.1"))}})
			wants(t, err, providers.ErrConflict, "when the change was planned")
			wants(t, h.p.RemoveZone(t.Context(), base), providers.ErrConflict, "when the change was planned")
			for _, x := range h.Faults.Log().All() {
				if x.Method != http.MethodGet {
					t.Errorf("%s %s was asked", x.Method, x.Path)
				}
			}
		})
	}
}

// A serial that does not rise keeps the change from secondaries.
func TestSerialStays(t *testing.T) {
	t.Parallel()
	h := start(t, variant{})
	base := h.fetch(t)
	serial := regexp.MustCompile(`\b20[0-9]{8}\b`)
	h.Faults.Add(httpfault.Rule{Pattern: "GET /", Fault: httpfault.Edit(func(a *httpfault.Answer) {
		a.Body = serial.ReplaceAll(a.Body, fmt.Append(nil, base.Serial))
	})})
	result, err := h.p.Apply(t.Context(), origin, providers.Batch{Base: base, Ops: []providers.Op{put(base, set("new.zone.example. 300 A", "192.0.2.1"))}})
	wants(t, err, nil, "all is written", "secondaries")
	diff(t, "applied", []string{"put new.zone.example. A"}, verbs(result))
}

// Somebody else who writes while we do is noticed afterwards, and keeps what he wrote.
func TestConflictAfterwards(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		theirs scaidnstest.RRset
		text   string
	}{
		{"another RRset", rr("theirs", "A", 300, "192.0.2.9"), "theirs.zone.example. A"},
		{"a hidden copy", hiding(scaidnstest.RRset{Name: "theirs", Type: "A", TTL: 300}, "192.0.2.9"), "disabled of theirs.zone.example. A"},
		{"a foreign type", rr("www", "HTTPS", 300, "1 . alpn=h2"), "www.zone.example. HTTPS"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := start(t, variant{})
			base := h.fetch(t)
			h.Faults.Add(httpfault.Rule{Pattern: "POST " + records, Fault: httpfault.Call(func(*http.Request) { h.Write(t, h.id, tt.theirs) })})
			result, err := h.p.Apply(t.Context(), origin, providers.Batch{Base: base, Ops: []providers.Op{put(base, set("www.zone.example. 300 A", "192.0.2.1"))}})
			wants(t, err, providers.ErrConflict, "seen after the write", tt.text)
			diff(t, "applied", []string{"put www.zone.example. A"}, verbs(result))
			diff(t, "serial", h.fetch(t).Serial, result.Serial)
		})
	}
}

// Where a CNAME cannot be made in the place of other data, that is there again.
func TestPutBack(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		fault httpfault.Fault
		text  string
	}{
		{"refused", answer(409, `{"detail":"CNAME and other data"}`), "CNAME and other data"},
		{"lost before", httpfault.Lost(), "EOF"},
		{"lost behind", httpfault.After(httpfault.Lost()), "EOF"},
		{"error behind", httpfault.After(httpfault.Proxy(504)), "504"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := start(t, variant{}, rr("www", "A", 300, "192.0.2.1", "192.0.2.2"), rr("www", "TXT", 300, `"a"`))
			base := h.fetch(t)
			rule := h.Faults.Add(httpfault.Rule{Pattern: "POST " + records, Times: 1, Match: aboutCNAME, Fault: tt.fault})
			result, err := h.p.Apply(t.Context(), origin, providers.Batch{Base: base, Ops: []providers.Op{
				undo(providers.Disable, set("www.zone.example. 300 A", "192.0.2.1", "192.0.2.2")),
				undo(providers.Delete, set("www.zone.example. 300 TXT", `"a"`)),
				put(base, set("www.zone.example. 300 CNAME", "other.example.")),
				put(base, set("new.zone.example. 300 A", "192.0.2.1")),
			}})
			if rule.Hits() != 1 {
				t.Fatal("the fault did not happen")
			}
			wants(t, err, providers.ErrPartial, tt.text, "is there again")
			diff(t, "applied", []string{"put new.zone.example. A"}, verbs(result))
			diff(t, "zone", []string{
				"new.zone.example. 300 IN A 192.0.2.1", "www.zone.example. 300 IN A 192.0.2.1", "www.zone.example. 300 IN A 192.0.2.2", `www.zone.example. 300 IN TXT "a"`,
			}, text(h.fetch(t).Zone))
		})
	}
}

// aboutCNAME reports whether a request is about a CNAME.
func aboutCNAME(r *http.Request) bool {
	body, err := io.ReadAll(r.Body)
	return err == nil && bytes.Contains(body, []byte("CNAME"))
}

// What cannot be put back is said.
func TestNotPutBack(t *testing.T) {
	t.Parallel()
	h := start(t, variant{}, rr("www", "A", 300, "192.0.2.1"))
	base := h.fetch(t)
	h.Faults.Add(httpfault.Rule{Pattern: "POST " + records, Fault: answer(400, `{"detail":"no"}`)})
	result, err := h.p.Apply(t.Context(), origin, providers.Batch{Base: base, Ops: []providers.Op{
		undo(providers.Delete, set("www.zone.example. 300 A", "192.0.2.1")), put(base, set("www.zone.example. 300 CNAME", "other.example.")),
	}})
	wants(t, err, providers.ErrPartial, "could not be put back", "www.zone.example. A")
	diff(t, "applied", []string{"delete www.zone.example. A"}, verbs(result))
	diff(t, "zone", []string{}, text(h.fetch(t).Zone))
}

// It is put back also when the caller has gone.
func TestPutBackAfterCancel(t *testing.T) {
	t.Parallel()
	h := start(t, variant{}, rr("www", "A", 300, "192.0.2.1"))
	base := h.fetch(t)
	ctx, cancel := context.WithCancel(t.Context())
	h.Faults.Add(httpfault.Rule{Pattern: "POST " + records, Times: 1, Fault: func(http.Handler) http.Handler {
		return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			cancel()
			<-r.Context().Done()
			panic(http.ErrAbortHandler)
		})
	}})
	_, err := h.p.Apply(ctx, origin, providers.Batch{Base: base, Ops: []providers.Op{
		undo(providers.Delete, set("www.zone.example. 300 A", "192.0.2.1")), put(base, set("www.zone.example. 300 CNAME", "other.example.")),
	}})
	wants(t, err, providers.ErrPartial, "is there again", context.Canceled.Error())
	diff(t, "zone", []string{"www.zone.example. 300 IN A 192.0.2.1"}, text(h.fetch(t).Zone))
}

// A bulk request that is too large is halved, and one record that is too large is refused.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	h := start(t, variant{fake: scaidnstest.Options{BulkLimit: 3}})
	base := h.fetch(t)
	batch := providers.Batch{Base: base}
	for i := range 10 {
		batch.Ops = append(batch.Ops, put(base, set(fmt.Sprintf("host-%d.zone.example. 300 A", i), "192.0.2.1", "192.0.2.2")))
	}
	if _, err := h.p.Apply(t.Context(), origin, batch); err != nil {
		t.Fatal(err)
	}
	diff(t, "records", 20, len(text(h.fetch(t).Zone)))

	base = h.fetch(t)
	h.Faults.Add(httpfault.Rule{Pattern: "POST /", Fault: httpfault.Proxy(413)})
	_, err := h.p.Apply(t.Context(), origin, providers.Batch{Base: base, Ops: []providers.Op{put(base, set("a.zone.example. 300 A", "192.0.2.1", "192.0.2.2"))}})
	wants(t, err, providers.ErrInvalid, "413")
}

// A bulk request that was to be atomic and is not is no refusal.
func TestBulkInPart(t *testing.T) {
	t.Parallel()
	h := start(t, variant{})
	base := h.fetch(t)
	h.Faults.Add(httpfault.Rule{Pattern: bulk, Fault: httpfault.Call(func(*http.Request) { h.Write(t, h.id, rr("a", "A", 300, "192.0.2.1")) })})
	h.Faults.Add(httpfault.Rule{Pattern: bulk, Fault: answer(400, `{"detail":"the second is bad"}`)})
	result, err := h.p.Apply(t.Context(), origin, providers.Batch{Base: base, Ops: []providers.Op{
		put(base, set("a.zone.example. 300 A", "192.0.2.1")), put(base, set("b.zone.example. 300 A", "192.0.2.1")),
	}})
	wants(t, err, providers.ErrPartial, "the second is bad", "the serial has moved")
	diff(t, "applied", []string{}, verbs(result))
}

// Where the connection is lost nobody knows what was written, and the error promises nothing.
func TestLost(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, pattern string
		kind          error
	}{
		{"the only write", "POST " + records, nil},
		{"behind the first write", "PATCH " + records + "/{record}", providers.ErrPartial},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := start(t, variant{}, rr("www", "A", 300, "192.0.2.1"))
			base := h.fetch(t)
			h.Faults.Add(httpfault.Rule{Pattern: tt.pattern, Fault: httpfault.After(httpfault.Lost())})
			_, err := h.p.Apply(t.Context(), origin, providers.Batch{Base: base, Ops: []providers.Op{
				put(base, set("www.zone.example. 300 A", "192.0.2.2")), put(base, set("new.zone.example. 300 A", "192.0.2.1")),
			}})
			wants(t, err, tt.kind, "EOF")
		})
	}
	t.Run("what is read behind", func(t *testing.T) {
		h := start(t, variant{})
		base := h.fetch(t)
		h.Faults.Add(httpfault.Rule{Pattern: "POST " + records, Fault: httpfault.After(httpfault.Call(func(*http.Request) {
			h.Faults.Add(httpfault.Rule{Pattern: soa, Fault: answer(403, `{"detail":"API key has expired"}`)})
		}))})
		result, err := h.p.Apply(t.Context(), origin, providers.Batch{Base: base, Ops: []providers.Op{put(base, set("new.zone.example. 300 A", "192.0.2.1"))}})
		wants(t, err, nil, "all is written", "API key has expired")
		diff(t, "applied", []string{"put new.zone.example. A"}, verbs(result))
	})
}

// A zone in which what was written is seen late is read again.
func TestLagging(t *testing.T) {
	t.Parallel()
	h := start(t, variant{})
	base := h.fetch(t)
	rule := h.Faults.Add(httpfault.Rule{Pattern: "/api/v1/domains/{zone}/", Fault: h.Faults.Stale(4)})
	defer rule.Lift()
	h.fetch(t)
	if _, err := h.p.Apply(t.Context(), origin, providers.Batch{Base: base, Ops: []providers.Op{put(base, set("new.zone.example. 300 A", "192.0.2.1"))}}); err != nil {
		t.Fatal(err)
	}
	diff(t, "waits", 2, *h.waits)
}

// A record whose id has changed is looked up again, and one that is gone is a conflict to change and as good as deleted.
func TestGone(t *testing.T) {
	t.Parallel()
	h := start(t, variant{}, rr("a", "A", 300, "192.0.2.1"), rr("b", "A", 300, "192.0.2.1"))
	base := h.fetch(t)
	remove := httpfault.Call(func(*http.Request) { h.Write(t, h.id, scaidnstest.RRset{Name: "a", Type: "A"}) })
	once := h.Faults.Add(httpfault.Rule{Pattern: "PATCH " + records + "/{record}", Fault: remove})
	_, err := h.p.Apply(t.Context(), origin, providers.Batch{Base: base, Ops: []providers.Op{put(base, set("a.zone.example. 300 A", "192.0.2.2"))}})
	wants(t, err, providers.ErrConflict, "a.zone.example. A 192.0.2.1", "not there any more")
	once.Lift()

	h.Write(t, h.id, rr("a", "A", 300, "192.0.2.1"))
	base = h.fetch(t)
	h.Faults.Add(httpfault.Rule{Pattern: "DELETE " + records + "/{record}", Fault: remove})
	if _, err := h.p.Apply(t.Context(), origin, providers.Batch{Base: base, Ops: []providers.Op{undo(providers.Delete, set("a.zone.example. 300 A", "192.0.2.1"))}}); err != nil {
		t.Error(err)
	}
}

// A wrong bulk_delete_field is refused, and not taken for done.
func TestBulkDeleteField(t *testing.T) {
	t.Parallel()
	h := start(t, variant{options: scaidns.Options{BulkDeleteField: "ids"}}, rr("a", "A", 300, "192.0.2.1"), rr("b", "A", 300, "192.0.2.1"))
	base := h.fetch(t)
	ops := []providers.Op{undo(providers.Delete, set("a.zone.example. 300 A", "192.0.2.1")), undo(providers.Delete, set("b.zone.example. 300 A", "192.0.2.1"))}
	_, err := h.p.Apply(t.Context(), origin, providers.Batch{Base: base, Ops: ops})
	wants(t, err, providers.ErrInvalid, "body.record_ids: field required")
	diff(t, "records", 2, len(text(h.fetch(t).Zone)))
}

// A refusal behind which the serial cannot be read, and one in an answer of success, may have written something.
func TestBulkInDoubt(t *testing.T) {
	t.Parallel()
	h := start(t, variant{})
	for _, tt := range []struct {
		name   string
		answer httpfault.Fault
		behind httpfault.Fault // of the answer to the serial, or nil
		writes bool
		kind   error
		text   string
	}{
		{"refused", answer(400, `{"detail":"bad"}`), nil, false, providers.ErrInvalid, "bad"},
		{"refused, and no serial", answer(400, `{"detail":"bad"}`), httpfault.Proxy(502), false, providers.ErrPartial, "the serial could not be read"},
		{"success with nothing made", answer(200, `{"total_created":0,"total_errors":2}`), nil, false, providers.ErrInvalid, "0 of 2"},
		{"success with nothing made, it says", answer(200, `{"total_created":0,"total_errors":2}`), nil, true, providers.ErrPartial, "the serial has moved"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			defer h.Faults.Lift()
			base := h.fetch(t)
			h.Faults.Add(httpfault.Rule{Pattern: bulk, Fault: httpfault.Call(func(*http.Request) {
				if tt.writes {
					h.Write(t, h.id, rr("a", "A", 300, "192.0.2.1"))
				}
				if tt.behind != nil {
					h.Faults.Add(httpfault.Rule{Pattern: soa, Fault: tt.behind})
				}
			})})
			h.Faults.Add(httpfault.Rule{Pattern: bulk, Fault: tt.answer})
			_, err := h.p.Apply(t.Context(), origin, providers.Batch{Base: base, Ops: []providers.Op{
				put(base, set("a.zone.example. 300 A", "192.0.2.1")), put(base, set("b.zone.example. 300 A", "192.0.2.1")),
			}})
			wants(t, err, tt.kind, tt.text)
		})
	}
}

// What makes or removes all of a name is no swap: nothing has to go before something else can come, and so nothing is put back.
func TestNoSwap(t *testing.T) {
	t.Parallel()
	h := start(t, variant{}, rr("a", "CNAME", 300, "other.example."))
	base := h.fetch(t)
	h.Faults.Log().Reset()
	if _, err := h.p.Apply(t.Context(), origin, providers.Batch{Base: base, Ops: []providers.Op{
		undo(providers.Delete, set("a.zone.example. 300 CNAME", "other.example.")), put(base, set("b.zone.example. 300 CNAME", "other.example.")),
		put(base, set("c.zone.example. 300 CNAME", "other.example.")),
	}}); err != nil {
		t.Fatal(err)
	}
	var writes []string
	for _, x := range h.Faults.Log().All() {
		if x.Method != http.MethodGet {
			writes = append(writes, x.Method)
		}
	}
	diff(t, "writes", []string{"POST", "DELETE"}, writes) // both in one request, and what goes at last
}
