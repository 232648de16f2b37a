package scaleway_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
	"github.com/zoneward/zoneward/providers/scaleway"
	"github.com/zoneward/zoneward/providers/scaleway/scalewaytest"
	"github.com/zoneward/zoneward/zonefile"
)

const zone = "zone.example.com"

var origin = zonefile.MustParseName(zone + ".")

// start returns a fake with one zone that has some records, and the provider for it.
func start(t *testing.T, opts scalewaytest.Options, records ...scalewaytest.Record) (*scalewaytest.Server, *scaleway.Provider) {
	t.Helper()
	s := scalewaytest.New(t, opts)
	s.AddZone("example.com", scalewaytest.Zone{Root: true})
	s.AddZone(zone, scalewaytest.Zone{})
	if len(records) > 0 {
		s.Put(zone, records...)
	}
	return s, open(t, s)
}

// a returns an A record.
func a(name, data string) scalewaytest.Record {
	return scalewaytest.Record{Name: name, Type: "A", Data: data, TTL: 300}
}

// answering returns a provider whose server gives one answer to everything.
func answering(t *testing.T, handler http.HandlerFunc) *scaleway.Provider {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	p, err := scaleway.New(scaleway.Options{URL: server.URL, SecretKey: func() (string, error) { return "secret", nil }})
	if err != nil {
		t.Fatal(err)
	}
	scaleway.Hurry(p)
	return p
}

// set is zonefile.MustParseRRset of lines of a master file.
func set(lines ...string) zonefile.RRset {
	head, text, _ := cutRecord(lines[0])
	texts := []string{text}
	for _, line := range lines[1:] {
		_, text, _ := cutRecord(line)
		texts = append(texts, text)
	}
	return zonefile.MustParseRRset(head, texts...)
}

func cutRecord(line string) (head, text string, ok bool) {
	fields := strings.SplitN(line, " ", 4)
	return strings.Join(fields[:3], " "), fields[3], true
}

// fetched returns the zone as the provider has it.
func fetched(t *testing.T, p *scaleway.Provider) *providers.Snapshot {
	t.Helper()
	s, err := p.Fetch(t.Context(), origin)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// puts is a batch that puts sets.
func puts(base *providers.Snapshot, sets ...zonefile.RRset) providers.Batch {
	var changes []zonefile.Change
	for _, set := range sets {
		c := zonefile.Change{New: &set}
		if old, ok := base.Zone.Get(set.Key); ok {
			c.Old = &old
		}
		changes = append(changes, c)
	}
	return providers.NewBatch(base, changes)
}

// lines returns a zone as text, without the NS of the apex. Nil is an empty zone.
func lines(z *zonefile.Zone) []string {
	var all []string
	if z == nil {
		return nil
	}
	for set := range z.All() {
		if set.Key.Name != origin || set.Key.Type != zonefile.TypeNS {
			all = append(all, strings.Split(set.String(), "\n")...)
		}
	}
	return all
}

// keys returns what operations are about.
func keys(ops []providers.Op) []string {
	var all []string
	for _, op := range ops {
		all = append(all, op.Change.Key().String())
	}
	return all
}

func diff(t *testing.T, what string, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// kinds are the errors that promise something.
func kinds() []error {
	return []error{
		providers.ErrNoZone, providers.ErrConflict, providers.ErrInvalid, providers.ErrUnsupported, providers.ErrAuth, providers.ErrBlocked, providers.ErrPartial,
	}
}

// is reports whether an error is of that kind, and of no other; nil is none of them, and not busy.
func is(err, kind error) bool {
	of := slices.DeleteFunc(kinds(), func(kind error) bool { return !errors.Is(err, kind) })
	if _, busy := errors.AsType[*providers.BusyError](err); err == nil || busy {
		return false
	}
	return kind == nil && len(of) == 0 || len(of) == 1 && errors.Is(of[0], kind)
}

// wants checks that an error is of a kind, and has words in it.
func wants(t *testing.T, err, kind error, words ...string) {
	t.Helper()
	if !is(err, kind) {
		t.Errorf("got %v, want an error of the kind %v", err, kind)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q is not in: %v", w, err)
		}
	}
}

// fail has one request of a pattern fail.
func fail(s *scalewaytest.Server, pattern string, f httpfault.Fault) *httpfault.Active {
	return s.Faults.Add(httpfault.Rule{Pattern: pattern, Times: 1, Fault: f})
}
