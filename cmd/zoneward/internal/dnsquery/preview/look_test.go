package preview

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/dnsquery"
	"github.com/zoneward/zoneward/zonefile"
)

// TestLookAsAsked compares what is found in zones with what somebody finds who asks for it.
func TestLookAsAsked(t *testing.T) {
	zones := zonesOf(t, comparedZones)
	server, err := dnsquery.ParseServer(serve(t, zones))
	if err != nil {
		t.Fatal(err)
	}
	authorities, _, err := dnsquery.New(dnsquery.Options{Servers: []dnsquery.Server{server}}).Authorities(t.Context(), zonefile.MustParseName("example.com."))
	if err != nil || len(authorities) != 1 || authorities[0].String() != server.String() {
		t.Fatalf("%v, %v", authorities, err)
	}
	found, failed := 0, 0
	for _, name := range comparedNames(t) {
		for _, typ := range comparedTypes {
			key := zonefile.Key{Name: name, Type: zonefile.Type(typ)}
			zone := zones.of(key)
			if key.Type == typeANY || zone == nil { // the one is no type, and the other is refused
				continue
			}
			ours, ourErr := zones.Look(key)
			theirs, theirErr := authorities[0].Look(t.Context(), zone.Origin, key)
			switch {
			case theirErr != nil && ourErr == nil && !ours.Alias.IsZero(): // they were sent on, and came to no end
				failed++
				continue
			case (ourErr == nil) != (theirErr == nil):
				t.Errorf("%s: %v, and asked: %v", key, ourErr, theirErr)
				continue
			}
			slices.SortFunc(ours.Glue, func(a, b zonefile.RRset) int { return a.Key.Compare(b.Key) })
			if d := cmp.Diff(ours, theirs, cmpopts.EquateEmpty(), cmp.Comparer(func(a, b zonefile.RRset) bool { return a == b })); d != "" {
				t.Errorf("%s (- here, + asked)\n%s", key, d)
			}
			found++
		}
	}
	if found < 5000 || failed == 0 {
		t.Errorf("%d were compared, %d have no answer", found, failed)
	}
}

// TestLookErrors has what zones cannot say.
func TestLookErrors(t *testing.T) {
	zones := NewZones(Zone{Origin: zonefile.MustParseName("example.com."), Note: "the file has an error"},
		Zone{Origin: zonefile.MustParseName("example.org."), Content: parseZone(t, "example.org", "d 60 DNAME "+strings.Repeat(strings.Repeat("x", 60)+".", 3)+"example.net.\n")})
	for name, want := range map[string]string{
		"www.example.com.":                          "the file has an error",
		"www.example.net.":                          "www.example.net. is in none of the zones",
		strings.Repeat("y", 60) + ".d.example.org.": "the name that the DNAME above makes of it is too long",
	} {
		_, err := zones.Look(zonefile.Key{Name: zonefile.MustParseName(name), Type: zonefile.TypeA})
		if err == nil || !strings.HasSuffix(err.Error(), want) || errors.Is(err, ErrTooLong) != strings.Contains(name, "yyy") {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}
