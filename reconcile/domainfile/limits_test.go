package domainfile

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zoneward/zoneward/zonefile"
)

// rules returns the rules of problems, each once, in order.
func rules(problems []zonefile.Problem) []string {
	var all []string
	for _, p := range problems {
		all = append(all, p.Rule)
	}
	return slices.Compact(slices.Sorted(slices.Values(all)))
}

// However large a file is, and whatever aliases make of it, reading it ends soon, and with an error that says so.
func TestLimits(t *testing.T) {
	mail := func(n int) string {
		return with("mail:\n") + strings.Repeat("- {provider: tem, project: p}\n", n)
	}
	var wide strings.Builder
	for i := range 200 {
		fmt.Fprintf(&wide, "k%d: 1, ", i)
	}
	bomb := with("mail:\n- &m {provider: tem, project: p, " + wide.String() + "}\n" + strings.Repeat("- *m\n", 900))
	for _, test := range []struct {
		name   string
		text   string
		limits Limits
		want   []string
	}{
		{"octets", with("# " + strings.Repeat("x", 100)), Limits{FileBytes: 100}, []string{"file-too-large"}},
		{"as many octets as may be", with("")[:20], Limits{FileBytes: 20}, []string{"empty-file"}},
		{"octets without a limit that is stated", with("# " + strings.Repeat("x", 1<<20)), Limits{}, []string{"file-too-large"}},
		{"declarations", mail(4), Limits{Declarations: 3}, []string{"too-many-declarations"}},
		{"as many declarations as may be", mail(3), Limits{Declarations: 3}, nil},
		{"declarations of two kinds", mail(2) + "apps: [{provider: s, app: a, name: example.com}]\n", Limits{Declarations: 2}, []string{"too-many-declarations"}},
		{"declarations without a limit that is stated", mail(1001), Limits{}, []string{"too-many-declarations"}},
		{"aliases", with("mail: [&m {provider: tem, project: p}, *m, *m]\n"), Limits{YAMLAliases: 9}, []string{"yaml-aliases"}},
		{"as many aliases as may be", with("mail: [&m {provider: tem, project: p}, *m, *m]\n"), Limits{YAMLAliases: 10}, nil},
		{"aliases that stand for much", bomb, Limits{}, []string{"too-many-problems", "unknown-key"}},
		{"aliases of aliases", with("a: &a [x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nmail: [*c, *c]\n"), Limits{}, []string{"unknown-key", "yaml-shape"}},
		{"a long list", mailWith("publish: [" + strings.Repeat("mx,\n", 102) + "]"), Limits{}, []string{"duplicate-value", "list-too-long"}},
		{"many errors", with("mail:\n") + strings.Repeat("- x\n- {provider: 1}\n", 600), Limits{Declarations: 5000}, []string{"missing-key", "too-many-problems", "yaml-shape"}},
		{"many errors in one mapping", with(strings.Repeat("domain: x\n", 5000)), Limits{}, []string{"too-many-problems", "yaml-duplicate-key"}},
		{"many bad characters", strings.Repeat("\x01\n", 5000), Limits{}, []string{"bad-text", "too-many-problems"}},
		{"deep nesting", with("mail: " + strings.Repeat("[", 50_000)), Limits{}, []string{"syntax"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			opts := values
			opts.Limits = test.limits
			begun := time.Now()
			f := parse(t, exampleFile, test.text, opts)
			if got := rules(f.Problems); !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
			if test.want != nil && test.want[0] != "empty-file" && f.Err() == nil {
				t.Error("the file can be planned although part of it was not read")
			}
			if len(f.Problems) > maxErrors {
				t.Errorf("%d problems", len(f.Problems))
			}
			if took := time.Since(begun); took > 10*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
}
