package scaidns_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/scaidns"
	"github.com/zoneward/zoneward/providers/scaidns/scaidnstest"
	"github.com/zoneward/zoneward/zonefile"
)

var origin = zonefile.MustParseName("zone.example.")

// house is a fake with a provider for it.
type house struct {
	*scaidnstest.Server
	p     *scaidns.Provider
	id    string // of the zone that start makes
	waits *int   // how often the provider would have waited
}

// newHouse starts a fake.
func newHouse(t *testing.T, v variant) *house {
	t.Helper()
	h := &house{Server: scaidnstest.New(t, v.fake)}
	h.p = open(t, h.URL, h.MintKey(scaidnstest.Key{SkipsValidation: !v.validate}), v.options)
	h.waits = scaidns.Hurry(h.p)
	return h
}

// start starts a fake that has the zone of origin, with RRsets beside its SOA and NS.
func start(t *testing.T, v variant, sets ...scaidnstest.RRset) *house {
	t.Helper()
	h := newHouse(t, v)
	h.id = h.AddZone(t, scaidnstest.Zone{Name: origin.String()})
	if len(sets) > 0 {
		h.Write(t, h.id, sets...)
	}
	return h
}

// open returns the provider for an address and a key.
func open(t testing.TB, url, key string, o scaidns.Options) *scaidns.Provider {
	t.Helper()
	o.URL, o.APIKey = url, func() (string, error) { return key, nil }
	p, err := scaidns.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// fetch returns the zone of origin.
func (h *house) fetch(t *testing.T) *providers.Snapshot {
	t.Helper()
	s, err := h.p.Fetch(t.Context(), origin)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// rr is an RRset of the fake, with records that are served.
func rr(name, typ string, ttl int64, contents ...string) scaidnstest.RRset {
	set := scaidnstest.RRset{Name: name, Type: typ, TTL: ttl}
	for _, c := range contents {
		set.Records = append(set.Records, scaidnstest.Record{Content: c})
	}
	return set
}

// hiding returns set with another record, which is disabled.
func hiding(set scaidnstest.RRset, content string) scaidnstest.RRset {
	set.Records = append(set.Records, scaidnstest.Record{Content: content, Disabled: true})
	return set
}

// set returns an RRset from "NAME TTL TYPE" and its data.
func set(head string, texts ...string) zonefile.RRset { return zonefile.MustParseRRset(head, texts...) }

// put puts an RRset in the place of what base serves.
func put(base *providers.Snapshot, set zonefile.RRset) providers.Op {
	op := providers.Op{Verb: providers.Put, Change: zonefile.Change{New: &set}}
	if old, ok := base.Zone.Get(set.Key); ok {
		op.Change.Old = &old
	}
	return op
}

// undo is an operation on what is there.
func undo(verb providers.Verb, set zonefile.RRset) providers.Op {
	return providers.Op{Verb: verb, Change: zonefile.Change{Old: &set}}
}

// text returns a zone as lines, without the SOA and the NS of the apex.
func text(z *zonefile.Zone) []string {
	lines := []string{}
	if z == nil {
		return lines
	}
	for s := range z.All() {
		if s.Key.Name != z.Origin() || s.Key.Type != zonefile.TypeSOA && s.Key.Type != zonefile.TypeNS {
			lines = append(lines, strings.Split(s.String(), "\n")...)
		}
	}
	return lines
}

// wants checks that err is of that kind and no other, and has all texts in it. The kind nil is that of errors that promise nothing, errBusy that of
// a *providers.BusyError.
func wants(t *testing.T, err, kind error, texts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want %v", kind)
	}
	for _, k := range []error{
		providers.ErrNoZone, providers.ErrConflict, providers.ErrInvalid, providers.ErrUnsupported, providers.ErrAuth, providers.ErrBlocked, providers.ErrPartial,
	} {
		if errors.Is(err, k) != errors.Is(kind, k) {
			t.Errorf("got %v, want %v", err, kind)
		}
	}
	if _, busy := errors.AsType[*providers.BusyError](err); busy != errors.Is(kind, errBusy) {
		t.Errorf("got %v, want %v", err, kind)
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("%q is not in the error: %v", text, err)
		}
	}
}

var errBusy = errors.New("busy")

func diff(t *testing.T, what string, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// verbs returns what a result has as applied.
func verbs(r providers.Result) []string {
	all := []string{}
	for _, op := range r.Applied {
		all = append(all, op.Verb.String()+" "+op.Change.Key().String())
	}
	slices.Sort(all)
	return all
}

// besides is a header of the requests that a test makes besides the provider.
const besides = "X-Besides"

// call makes a request with a key that may do all, which has to succeed.
func call(t testing.TB, h *house, method, path string, in, out any) {
	t.Helper()
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, h.URL+path, body)
	if err != nil {
		t.Fatal(err)
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set(besides, "1")
	req.Header.Set("X-API-Key", h.MintKey(scaidnstest.Key{}))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode/100 != 2 {
		t.Fatalf("%s %s: %d %s, error %v", method, path, resp.StatusCode, text, err)
	}
	if out != nil {
		if err := json.Unmarshal(text, out); err != nil {
			t.Fatal(err)
		}
	}
}
