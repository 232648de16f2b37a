package dnsquery

import (
	"fmt"
	"slices"
	"testing"

	"github.com/zoneward/zoneward/zonefile"
)

func TestSample(t *testing.T) {
	origin := zonefile.MustParseName("example.com.")
	key := func(name, typ string) zonefile.Key {
		owner, err := zonefile.ParseName(name, origin)
		if err != nil {
			t.Fatal(err)
		}
		return zonefile.Key{Name: owner, Type: zonefile.MustParseType(typ)}
	}
	var many []zonefile.Key
	for i := range 1000 {
		many = append(many, key(fmt.Sprintf("n%03d", i), "A"))
	}
	many[500] = key("n500", "MX")
	for _, test := range []struct {
		name string
		keys []zonefile.Key
		most int
		want []int
	}{
		{"none", nil, 50, []int{}},
		{"all fit", []zonefile.Key{key("a", "A"), key("@", "SOA"), key("b", "A")}, 3, []int{0, 1, 2}},
		{"apex, NS and MX first", []zonefile.Key{key("a", "A"), key("@", "SOA"), key("b", "A"), key("s", "NS"), key("m", "MX"), key("c", "A")}, 3, []int{1, 3, 4}},
		{"spread over the rest", many, 5, []int{249, 499, 500, 750, 999}},
		{"too many that matter", []zonefile.Key{key("a", "MX"), key("b", "MX"), key("c", "MX"), key("d", "MX"), key("e", "A")}, 2, []int{1, 3}},
		{"nothing may be asked", []zonefile.Key{key("a", "MX"), key("b", "A")}, 0, []int{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := Sample(test.keys, origin, test.most)
			if !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}
