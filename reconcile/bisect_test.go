package reconcile

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/memory"
	"github.com/zoneward/zoneward/zonefile"
)

// poison refuses the RRsets of some names, as a server with rules of its own.
func poison(names ...string) memory.Option {
	return memory.Refusing(func(set zonefile.RRset) bool {
		for _, name := range names {
			if set.Key.Name.String() == name+".example.com." {
				return true
			}
		}
		return false
	})
}

// TestOnePoisonedRecordAmongAThousand has one record that the server refuses, wherever it is: the others are applied, it is named, and
// that takes at most twice log2 1,000 writes more than without it.
func TestOnePoisonedRecordAmongAThousand(t *testing.T) {
	const n = 1000
	most := 2 * math.Log2(n)
	worst := 0
	for at := 0; at < n; at += 37 {
		h := newHouse(t)
		h.target("live", poison(fmt.Sprintf("h%d", at)))
		h.serve()
		var lines []string
		for i := range n {
			lines = append(lines, fmt.Sprintf("h%d 300 A 192.0.2.1", i))
		}
		h.write(lines...)
		o := h.apply(h.plan())[0]
		if o.Status != Failed || len(o.Changes) != n-1 || len(o.Refused) != 1 || len(o.Refused[0].Changes) != 1 {
			t.Fatalf("%s with %d live and %d refused, %v; want failed with %d and 1", o.Status, len(o.Changes), len(o.Refused), o.Err, n-1)
		}
		if name := fmt.Sprintf("h%d.example.com. A", at); !strings.Contains(o.Err.Error(), name) {
			t.Errorf("the error does not name %s: %v", name, o.Err)
		}
		if live := h.targets["live"].Served(example).Len(); live != n-1+2 {
			t.Errorf("%d RRsets are live", live)
		}
		worst = max(worst, h.targets["live"].Calls(providers.OperationApply)-1)
	}
	if float64(worst) > most {
		t.Errorf("%d writes more than one; want at most %.1f", worst, most)
	}
	t.Logf("at most %d writes more than one, of %.1f", worst, most)
}

func TestRetiresWaitForWhatIsNew(t *testing.T) {
	h := newHouse(t)
	h.target("live", poison("new"))
	h.serve("old 300 A 192.0.2.1", "stays 300 A 192.0.2.1")
	h.write("new 300 A 192.0.2.1", "good 300 A 192.0.2.1", "stays 300 A 192.0.2.1")
	o := h.apply(h.plan())[0]
	live := h.targets["live"].Served(example)
	if o.Status != Failed || len(o.Skipped) != 1 || !live.HasName(zonefile.MustParseName("old.example.com.")) || !live.HasName(zonefile.MustParseName("good.example.com.")) {
		t.Errorf("%s, skipped %d, %v; want failed, the good name live, and the old one not retired", o.Status, len(o.Skipped), o.Err)
	}
}

// TestWhatNeedsEachOther: an MX whose target is refused is not applied without it.
func TestWhatNeedsEachOther(t *testing.T) {
	h := newHouse(t)
	h.target("live", poison("mail"))
	h.serve()
	h.write("@ 300 MX 10 mail", "mail 300 A 192.0.2.1", "sub 300 NS ns.sub", "ns.sub 300 A 192.0.2.2", "www 300 A 192.0.2.3")
	o := h.apply(h.plan())[0]
	live := h.targets["live"].Served(example)
	if live.Has(zonefile.Key{Name: example, Type: zonefile.TypeMX}) || !live.HasName(zonefile.MustParseName("www.example.com.")) ||
		!live.HasName(zonefile.MustParseName("ns.sub.example.com.")) || len(o.Refused) != 1 || len(o.Refused[0].Changes) != 2 {
		t.Errorf("%v; want the MX and its target refused, and the rest live", o.Err)
	}
}
