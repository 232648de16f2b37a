package batch_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/batch"
	"github.com/zoneward/zoneward/zonefile"
)

var (
	origin = zonefile.MustParseName("example.com.")
	www    = zonefile.MustParseRRset("www.example.com. 300 A", "192.0.2.1")
	other  = zonefile.MustParseRRset("other.example.com. 300 A", "192.0.2.2")
	beyond = zonefile.MustParseRRset("www.example.net. 300 A", "192.0.2.1")
	apexNS = zonefile.MustParseRRset("example.com. 300 NS", "ns1.example.net.")
)

func op(verb providers.Verb, from, to *zonefile.RRset) providers.Op {
	return providers.Op{Verb: verb, Change: zonefile.Change{Old: from, New: to}}
}

func TestCheck(t *testing.T) {
	for _, tt := range []struct {
		name string
		op   providers.Op
		want error
		text string
	}{
		{"a put", op(providers.Put, nil, &www), nil, ""},
		{"a purge of what is disabled at the apex", op(providers.Purge, &apexNS, nil), nil, ""},
		{"a put of the apex NS", op(providers.Put, &apexNS, &apexNS), nil, ""},
		{"outside the zone", op(providers.Put, nil, &beyond), providers.ErrInvalid, "outside"},
		{"a zone without NS", op(providers.Delete, &apexNS, nil), providers.ErrInvalid, "cannot be without"},
		{"a zone with hidden NS", op(providers.Disable, &apexNS, nil), providers.ErrInvalid, "cannot be without"},
		{"a delete of nothing", op(providers.Delete, nil, &www), providers.ErrInvalid, "nothing that it could be done to"},
		{"a purge of nothing", op(providers.Purge, nil, &www), providers.ErrInvalid, "nothing that it could be done to"},
		{"a put of nothing", op(providers.Put, &www, nil), providers.ErrInvalid, "nothing to be served"},
		{"an enable of nothing", op(providers.Enable, &www, nil), providers.ErrInvalid, "nothing to be served"},
		{"a verb that nobody knows", op(0, &www, &www), providers.ErrUnsupported, "no such verb"},
	} {
		err := batch.Check(origin, tt.op)
		if !errors.Is(err, tt.want) || err != nil && !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%s: error %v, want %v with %q", tt.name, err, tt.want, tt.text)
		}
	}
}

func TestDeeds(t *testing.T) {
	accept := func(providers.Op) error { return nil }
	purge, put, change := op(providers.Purge, &www, nil), op(providers.Put, nil, &www), op(providers.Put, nil, &other)
	deeds, err := batch.Deeds(providers.Batch{Ops: []providers.Op{purge, change, put}}, accept)
	if err != nil || len(deeds) != 2 {
		t.Fatalf("%d deeds, %v; want one for each key", len(deeds), err)
	}
	if d := deeds[0]; d.Key != www.Key || d.Purge != &www || d.Op == nil || d.Op.Change.New != &www || len(d.Ops) != 2 {
		t.Errorf("the first is %+v, want the purge and the put of %s", d, www.Key)
	}
	if d := deeds[1]; d.Key != other.Key || d.Purge != nil || d.Op == nil || len(d.Ops) != 1 {
		t.Errorf("the second is %+v, want the put of %s", d, other.Key)
	}
	refused := errors.New("refused")
	for _, tt := range []struct {
		name  string
		ops   []providers.Op
		check func(providers.Op) error
		want  error
		text  string
	}{
		{"two puts", []providers.Op{put, put}, accept, providers.ErrInvalid, "put of www.example.com. A: it comes twice"},
		{"two purges", []providers.Op{purge, purge}, accept, providers.ErrInvalid, "purge of www.example.com. A: it comes twice"},
		{"nothing", []providers.Op{op(providers.Put, nil, nil)}, accept, providers.ErrInvalid, "put of nothing"},
		{"what is refused", []providers.Op{put}, func(providers.Op) error { return refused }, refused, "put of www.example.com. A: refused"},
	} {
		if _, err := batch.Deeds(providers.Batch{Ops: tt.ops}, tt.check); !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%s: error %v, want %v with %q", tt.name, err, tt.want, tt.text)
		}
	}
}
