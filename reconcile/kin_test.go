package reconcile

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/zoneward/zoneward/zonefile"
)

// TestKin finds by name what going through all of them finds.
func TestKin(t *testing.T) {
	name := rapid.Map(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c*", "xn--d"}), 0, 4), func(labels []string) zonefile.Name {
		text := "."
		for _, label := range labels {
			if text == "." {
				text = ""
			}
			text = label + "." + text
		}
		return zonefile.MustParseName(text)
	})
	rapid.Check(t, func(rt *rapid.T) {
		names, asked := rapid.SliceOfN(name, 0, 12).Draw(rt, "names"), name.Draw(rt, "asked")
		all := kinOf(func(yield func(zonefile.Name, int) bool) {
			for i, n := range names {
				if !yield(n, i) {
					return
				}
			}
		})
		for what, one := range map[string]struct {
			got []int
			is  func(zonefile.Name) bool
		}{
			"around": {slices.Collect(all.around(asked)), func(n zonefile.Name) bool { return concerned(n, asked) }},
			"above":  {slices.Collect(all.above(asked)), asked.In},
			"at":     {slices.Clone(all.at[asked]), func(n zonefile.Name) bool { return n == asked }},
		} {
			var want []int
			for i, n := range names {
				if one.is(n) {
					want = append(want, i)
				}
			}
			slices.Sort(one.got)
			if !slices.Equal(one.got, want) {
				rt.Errorf("%s %s of %v: %v; want %v", what, asked, names, one.got, want)
			}
		}
	})
}
