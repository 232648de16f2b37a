package reconcile

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/zonefile"
)

// namedFS is a tree that names the contents of its files.
type namedFS struct{ fstest.MapFS }

func (f namedFS) BlobID(name string) (string, error) {
	data, err := fs.ReadFile(f.MapFS, name)
	return fmt.Sprintf("%x", sha256.Sum256(data)), err
}

// TestStatements reads one tree after another with a zone for two targets, one that has an error, one with another file for each target, and a domain file.
func TestStatements(t *testing.T) {
	planner := &Planner{
		Folder: "zones",
		Rules: []Rule{
			{Match: []string{"split.example"}, File: "inside/{origin}.zone", Targets: []string{"inside"}},
			{Match: []string{"split.example"}, File: "outside/{origin}.zone", Targets: []string{"outside"}},
			{Match: []string{"*"}, Targets: []string{"inside", "outside"}},
		},
	}
	tree := namedFS{fstest.MapFS{
		"example.com.zone":           {Data: []byte("$TTL 300\nwww A 192.0.2.1\n")},
		"bad.example.zone":           {Data: []byte("$TTL 300\nwww A nothing\n")},
		"split.example.zone":         {Data: []byte("$TTL 300\nwww A 192.0.2.9\n")}, // no rule's
		"inside/split.example.zone":  {Data: []byte("$TTL 300\nwww A 192.0.2.1\n")},
		"outside/split.example.zone": {Data: []byte("$TTL 300\nwww A 192.0.2.2\n")},
		"example.org.yaml": {Data: []byte("www: {ttl: 300, type: A, value: 192.0.2.1}\n" +
			"in: {ttl: 300, type: A, value: 192.0.2.2, octodns: {included: [inside]}}\n" +
			"not: {ttl: 300, type: A, value: 192.0.2.2, octodns: {ignored: true}}\n")},
		"example.com.domain.yaml": {Data: []byte("domain: example.com\n")},
	}}
	statements := planner.Statements()
	read := func(only Selection) (Stated, []string) {
		t.Helper()
		stated, err := statements.Read(t.Context(), Tree{FS: tree}, only)
		if err != nil {
			t.Fatal(err)
		}
		var texts []string
		for _, z := range stated.Zones {
			text := fmt.Sprintf("%s: %s", z.Ref, z.Source)
			if z.Err != nil {
				text += ": " + z.Err.Error()
			} else {
				for set := range z.Zone.All() {
					text += fmt.Sprintf(", %s %s (%s)", set.Key.Name.Relative(z.Ref.Zone), strings.Join(set.Text(), " "), z.Position(set.Key))
				}
			}
			texts = append(texts, text)
		}
		return stated, texts
	}
	first, got := read(Selection{})
	badA := "zones/bad.example.zone:2:"
	for i, text := range got {
		if before, _, bad := strings.Cut(text, badA); bad { // what exactly is wrong is another test's
			got[i] = before + badA
		}
	}
	if diff := cmp.Diff([]string{
		"example.com. on inside: zones/example.com.zone, www 192.0.2.1 (zones/example.com.zone:2:1)",
		"example.com. on outside: zones/example.com.zone, www 192.0.2.1 (zones/example.com.zone:2:1)",
		"bad.example. on inside: zones/bad.example.zone: " + badA,
		"bad.example. on outside: zones/bad.example.zone: " + badA,
		"split.example. on inside: zones/inside/split.example.zone, www 192.0.2.1 (zones/inside/split.example.zone:2:1)",
		"split.example. on outside: zones/outside/split.example.zone, www 192.0.2.2 (zones/outside/split.example.zone:2:1)",
		"example.org. on inside: zones/example.org.yaml, in 192.0.2.2 (zones/example.org.yaml:2:1), www 192.0.2.1 (zones/example.org.yaml:1:1)",
		"example.org. on outside: zones/example.org.yaml, www 192.0.2.1 (zones/example.org.yaml:1:1)",
	}, got); diff != "" {
		t.Errorf("zones (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"zones/example.com.domain.yaml"}, first.Declaring); diff != "" {
		t.Errorf("files that declare resources (-want +got)\n%s", diff)
	}
	if at := first.Zones[0].Position(zonefile.Key{Name: first.Zones[0].Ref.Zone, Type: zonefile.TypeNS}); at != (zonefile.Position{File: "zones/example.com.zone"}) {
		t.Errorf("what is not stated is at %s", at)
	}

	tree.MapFS["split.example.zone"] = &fstest.MapFile{Data: []byte("$TTL 300\nwww A 192.0.2.10\n")}
	tree.MapFS["outside/split.example.zone"] = &fstest.MapFile{Data: []byte("$TTL 300\nwww A 192.0.2.3\n")}
	second, _ := read(Selection{})
	for i, z := range second.Zones {
		changed := z.Ref.String() == "split.example. on outside" || z.Ref.String() == "example.org. on outside" // which does not get all
		if same := z.Zone == first.Zones[i].Zone; same == changed && z.Err == nil {
			t.Errorf("%s: the same zone: %t", z.Ref, same)
		}
	}

	only := Selection{Zones: []zonefile.Name{zonefile.MustParseName("split.example.")}, Targets: []string{"outside"}}
	if _, got := read(only); len(got) != 1 || !strings.HasPrefix(got[0], "split.example. on outside: ") {
		t.Errorf("one zone on one target: %s", got)
	}
	only.Zones[0] = zonefile.MustParseName("nothing.example.")
	if _, err := statements.Read(t.Context(), Tree{FS: tree}, only); err == nil {
		t.Error("a zone that is not there: no error")
	}
}
