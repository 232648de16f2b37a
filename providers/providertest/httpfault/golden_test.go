package httpfault_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers/providertest/httpfault"
)

// recorder keeps what a test says is wrong.
type recorder struct {
	testing.TB
	errors []string
}

func (*recorder) Helper() {}

func (r *recorder) Error(args ...any) { r.errors = append(r.errors, fmt.Sprint(args...)) }

func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

func TestCompareGolden(t *testing.T) {
	for _, tt := range []struct {
		name   string
		path   []string // of the file, in a directory that has same.txt
		update bool
		want   string   // what the file has afterwards
		says   []string // nil if nothing is wrong
	}{
		{"the same", []string{"same.txt"}, false, "old\n", nil},
		{"another", []string{"other.txt"}, false, "other\n", []string{"other.txt", "-update", "other", "old"}},
		{"missing", []string{"missing.txt"}, false, "", []string{"missing.txt", "-update"}},
		{"another is written", []string{"other.txt"}, true, "old\n", nil},
		{"a missing one is written", []string{"missing.txt"}, true, "old\n", nil},
		{"written where no directory is", []string{"no", "missing.txt"}, true, "", []string{"missing.txt"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range map[string]string{"same.txt": "old\n", "other.txt": "other\n"} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			file := filepath.Join(dir, filepath.Join(tt.path...))
			r := &recorder{TB: t}
			httpfault.CompareGolden(r, file, "old\n", tt.update)
			if len(r.errors) > 1 || (len(r.errors) == 1) != (tt.says != nil) {
				t.Errorf("got %q, want one error if it says %q", r.errors, tt.says)
			}
			for _, text := range tt.says {
				if !strings.Contains(strings.Join(r.errors, ""), text) {
					t.Errorf("%q is not in %q", text, r.errors)
				}
			}
			got, err := os.ReadFile(file)
			if (err != nil) != (tt.want == "") {
				t.Error(err)
			}
			if d := cmp.Diff(tt.want, string(got)); d != "" {
				t.Errorf("the file (-want +got):\n%s", d)
			}
		})
	}
}
