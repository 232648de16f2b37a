package reconcile

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/zonefile"
)

// Properties of a zone have one key: what settles one of them is no matter of another.
func TestSettledProperty(t *testing.T) {
	zone := zonefile.MustParseName("example.com.")
	change := func(name, from, to string) Change {
		return Change{Kind: KindProperty, Action: Update, Key: zonefile.Key{Name: zone}, Property: Property{Name: name, Old: from, New: to}}
	}
	before := &ZonePlan{Ref: Ref{zone, "live"}, Changes: []Change{change("description", "a", "b"), change("dnssec", "off", "on"), change("cidr", "1", "2")}}
	after := &ZonePlan{Ref: before.Ref, Changes: []Change{change("dnssec", "off", "on"), change("cidr", "1", "3")}}
	got := attributed(after, before)
	var settled []string
	for _, c := range got.Settled {
		settled = append(settled, c.Property.Name)
	}
	if diff := cmp.Diff(settled, []string{"description"}); diff != "" {
		t.Errorf("settled (-got +want):\n%s", diff)
	}
	if len(got.Adrift) != 1 || len(got.Caused) != 1 {
		t.Errorf("%d adrift and %d caused; want one of each", len(got.Adrift), len(got.Caused))
	}
}
