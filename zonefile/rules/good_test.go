package rules_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/zoneward/zoneward/zonefile"
	"github.com/zoneward/zoneward/zonefile/rules"
)

// Nothing is found in zones as good as those of testdata/good: an alarm about nothing costs more than a mistake that is not found.
func TestGoodZones(t *testing.T) {
	const folder = "testdata/good"
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) == 0 {
		t.Fatal("no zones", err)
	}
	set := newSet(t, nil)
	for _, entry := range entries {
		t.Run(entry.Name(), func(t *testing.T) {
			origin, ok := zonefile.OriginOf(entry.Name())
			if !ok {
				t.Fatal("not the name of a zone file")
			}
			f, err := zonefile.Parse(os.DirFS(folder), filepath.ToSlash(entry.Name()), zonefile.ParseOptions{Origin: origin})
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range append(set.Judge(f, zonefile.Warning), set.JudgeAcross(rules.NewRepository(f))[0]...) {
				t.Errorf("%s [%s]", p, p.Rule)
			}
		})
	}
}
