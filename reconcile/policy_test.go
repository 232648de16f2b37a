package reconcile

import (
	"testing"

	"github.com/zoneward/zoneward/zonefile"
)

func TestGlob(t *testing.T) {
	for _, tc := range []struct {
		pattern, text string
		want          bool
	}{
		{"*", "", true},
		{"*", "a.b", true},
		{"a", "a", true},
		{"a", "ab", false},
		{"*.example", "a.b.example", true},
		{"*.example", "example", false},
		{"a*b*c", "a1b2c", true},
		{"a*b*c", "acb", false},
		{"a*a", "a", false},
		{"*x*", "axb", true},
		{"**", "z", true},
	} {
		if got := Glob(tc.pattern, tc.text); got != tc.want {
			t.Errorf("Glob(%q, %q) = %v; want %v", tc.pattern, tc.text, got, tc.want)
		}
	}
}

func TestQuota(t *testing.T) {
	for _, tc := range []struct {
		text     string
		n, total int
		want     bool
	}{
		{"30%", 9, 10, false}, // under ten records a percentage says nothing
		{"30%", 10, 30, true},
		{"30%", 30, 100, false},
		{"30%", 31, 100, true},
		{"0%", 1, 1000, true},
		{"0%", 0, 1000, false},
		{"100%", 1000, 1000, false},
		{"12.5%", 13, 100, true},
		{"5", 5, 10, false},
		{"5", 6, 1000, true},
		{"0", 1, 10, true},
	} {
		q, err := ParseQuota(tc.text)
		if err != nil {
			t.Errorf("ParseQuota(%q): %v", tc.text, err)
		}
		if got := q.Exceeded(tc.n, tc.total); got != tc.want {
			t.Errorf("%s exceeded by %d of %d: %v; want %v", tc.text, tc.n, tc.total, got, tc.want)
		}
		if got := q.String(); got != tc.text {
			t.Errorf("ParseQuota(%q) prints %q", tc.text, got)
		}
	}
	for _, text := range []string{"", "-1", "101%", "x%", "NaN%", "1e3", "%", "3 0%"} {
		if q, err := ParseQuota(text); err == nil {
			t.Errorf("ParseQuota(%q) = %v; want an error", text, q)
		}
	}
}

func TestPattern(t *testing.T) {
	www := zonefile.Key{Name: zonefile.MustParseName("a.dyn.example.com."), Type: zonefile.TypeA}
	apex := zonefile.Key{Name: example, Type: zonefile.TypeA}
	for _, tc := range []struct {
		name string
		p    Pattern
		key  zonefile.Key
		want bool
	}{
		{"below", Pattern{Name: "*.dyn"}, www, true},
		{"other type", Pattern{Name: "*.dyn", Types: []zonefile.Type{zonefile.TypeTXT}}, www, false},
		{"its type", Pattern{Name: "*.dyn", Types: []zonefile.Type{zonefile.TypeTXT, zonefile.TypeA}}, www, true},
		{"not the whole name", Pattern{Name: "dyn"}, www, false},
		{"apex", Pattern{Name: "@"}, apex, true},
		{"all", Pattern{Name: "*"}, apex, true},
	} {
		if got := tc.p.Matches(tc.key, example); got != tc.want {
			t.Errorf("%s: %v; want %v", tc.name, got, tc.want)
		}
	}
}
