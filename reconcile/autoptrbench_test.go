package reconcile

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkAutoPTR makes one reverse zone, with 2,560 PTR records, of 20,000 zones with ten addresses each: of zones that were just read, and of those that are as
// they were the last time.
func BenchmarkAutoPTR(b *testing.B) {
	h := newHouse(b)
	for i := range 20_000 {
		var text strings.Builder
		text.WriteString("$TTL 300\n")
		for k := range 10 {
			fmt.Fprintf(&text, "h%d A 10.%d.%d.%d\n", k, i/256, i%256, k)
		}
		h.files[fmt.Sprintf("z%d.example.zone", i)] = text.String()
	}
	h.files["7.10.in-addr.arpa.zone"] = "\n"
	h.rule("*.in-addr.arpa", "live").AutoPTR = &AutoPTR{}
	reader, tree := h.planner.reader(Selection{}.Has), h.tree()
	state, err := reader.read(b.Context(), tree.FS)
	if err != nil {
		b.Fatal(err)
	}
	point := func() {
		for _, zone := range state.zones {
			if zone.pointed != nil {
				zone.file = zone.parsed.file
			}
		}
		if err := reader.point(b.Context(), tree.FS, &state, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			for _, zone := range state.zones {
				zone.parsed.claims.byTarget = nil
			}
			point()
		}
	})
	b.Run("again", func(b *testing.B) {
		reader.cache = &parseCache{}
		for b.Loop() {
			reader.cache.begin()
			point()
		}
	})
}
