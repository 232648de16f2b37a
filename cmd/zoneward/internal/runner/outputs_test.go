package runner

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// job returns the outputs of a job in Actions, and the folder with their files.
func job(t *testing.T, system System) (o *Outputs, folder string) {
	t.Helper()
	folder = t.TempDir()
	r := &Runner{System: system, files: files{output: filepath.Join(folder, "output"), summary: filepath.Join(folder, "summary")}}
	return r.Outputs(), folder
}

func content(t *testing.T, elements ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(elements...))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(text)
}

// TestOutputs: what was set is read back as it was, and what is refused has left nothing behind.
func TestOutputs(t *testing.T) {
	o, folder := job(t, GitHub)
	want := map[string]string{}
	for i, value := range append(hostile, "sha256:00", "a\nb", "a\n", "\n\n", "\ta", strings.Repeat("v", maxOutput), strings.Repeat("v", maxOutput+1)) {
		name := fmt.Sprintf("value-%d", i)
		if o.Set(name, value) == nil {
			want[name] = value
		}
	}
	if diff := cmp.Diff(want, readOutputs(t, content(t, folder, "output"))); diff != "" {
		t.Errorf("(-set +read):\n%s", diff)
	}
	if len(want) < 15 {
		t.Errorf("%d values were set", len(want))
	}
}

func TestOutputsRefused(t *testing.T) {
	for _, test := range []struct{ name, output, value, want string }{
		{"no name", "", "v", `output "": not a name of lower-case letters, digits and hyphens`},
		{"a name with a delimiter", "a<<b", "v", `output "a<<b": not a name of lower-case letters, digits and hyphens`},
		{"a name with a line", "a\nb", "v", `output "a\nb": not a name of lower-case letters, digits and hyphens`},
		{"a carriage return", "a", "v\r", "output a: it has a character at octet 1 that is none to print"},
		{"not UTF-8", "a", "v\xff", "output a: it has a character at octet 1 that is none to print"},
		{"too large", "a", strings.Repeat("v", maxOutput+1), "output a: it has more than 16384 octets: there is no room for it"},
		{"the word itself", "a", "x word\ny", "output a: it has the word that was to end it"},
	} {
		t.Run(test.name, func(t *testing.T) {
			o, folder := job(t, GitHub)
			o.word = func() string { return "word" }
			err := o.Set(test.output, test.value)
			if err == nil || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
			if text := content(t, folder, "output"); text != "" {
				t.Errorf("it has written %q", text)
			}
		})
	}
}

// TestOutputsWord: the word that ends a value has 128 bits, and is another one each time.
func TestOutputsWord(t *testing.T) {
	o, folder := job(t, Gitea)
	for range 50 {
		if err := o.Set("a", "b"); err != nil {
			t.Fatal(err)
		}
	}
	words := map[string]bool{}
	for _, match := range regexp.MustCompile(`a<<([0-9a-f]{32})\nb\n`).FindAllStringSubmatch(content(t, folder, "output"), -1) {
		words[match[1]] = true
	}
	if len(words) != 50 {
		t.Errorf("%d words of 50", len(words))
	}
}

// TestDotenv: GitLab has variables, whatever lay in the place of the file.
func TestDotenv(t *testing.T) {
	for _, place := range []string{"nothing", "a file", "a link", "a folder"} {
		t.Run(place, func(t *testing.T) {
			folder := t.TempDir()
			victim := filepath.Join(t.TempDir(), "victim")
			if err := os.WriteFile(victim, []byte("mine"), 0o600); err != nil {
				t.Fatal(err)
			}
			name := filepath.Join(folder, "zoneward.env")
			var err error
			switch place {
			case "a file":
				err = os.WriteFile(name, []byte("LD_PRELOAD=/evil.so\n"), 0o600)
			case "a link":
				err = os.Symlink(victim, name)
			case "a folder":
				err = os.MkdirAll(filepath.Join(name, "in it"), 0o700)
			}
			if err != nil {
				t.Fatal(err)
			}
			o := (&Runner{System: GitLab, files: files{output: name}}).Outputs()
			err = errors.Join(o.Set("plan-id", "sha256:00"), o.Set("plan-file", "/tmp/a b/plan.json"))
			if place == "a folder" {
				if err == nil {
					t.Error("a folder that is not empty was replaced")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff("ZONEWARD_PLAN_ID=sha256:00\nZONEWARD_PLAN_FILE=/tmp/a b/plan.json\n", content(t, name)); diff != "" {
				t.Error(diff)
			}
			if content(t, victim) != "mine" {
				t.Error("the file was written through a link")
			}
		})
	}
}

func TestDotenvRefused(t *testing.T) {
	folder := t.TempDir()
	o := (&Runner{System: GitLab, files: files{output: filepath.Join(folder, "zoneward.env")}}).Outputs()
	for _, value := range []string{"two\nlines", "$CI_JOB_TOKEN", " in front", "behind\t"} {
		if err := o.Set("a", value); err == nil {
			t.Errorf("%q is taken", value)
		}
	}
	for i := range maxDotenvLines {
		if err := o.Set(fmt.Sprintf("v%d", i), "v"); err != nil {
			t.Fatal(err)
		}
	}
	if err := o.Set("another", "v"); !errors.Is(err, ErrFull) {
		t.Errorf("a variable too many: %v", err)
	}
	o = (&Runner{System: GitLab, files: files{output: filepath.Join(folder, "zoneward.env")}}).Outputs()
	if err := o.Set("large", strings.Repeat("v", maxDotenv)); !errors.Is(err, ErrFull) {
		t.Errorf("too large: %v", err)
	}
}

// TestSummarize: what has no room is left out as a whole, whoever filled the file.
func TestSummarize(t *testing.T) {
	o, folder := job(t, GitHub)
	if err := os.WriteFile(filepath.Join(folder, "summary"), []byte("from another program\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	large := strings.Repeat("v", 950_000)
	if err := errors.Join(o.Summarize("one\n"), o.Summarize(large)); err != nil {
		t.Fatal(err)
	}
	if err := o.Summarize(large); !errors.Is(err, ErrFull) {
		t.Errorf("more than there is room for: %v", err)
	}
	if err := o.Summarize("\ntwo\n"); err != nil {
		t.Error(err)
	}
	text := content(t, folder, "summary")
	if text != "from another program\none\n"+large+"\ntwo\n" || len(text) > 1<<20 {
		t.Errorf("the summary has %d octets", len(text))
	}
}

// TestNoFiles: a shell has neither outputs nor a summary, and what is wrong with an output is said there too.
func TestNoFiles(t *testing.T) {
	o := (&Runner{}).Outputs()
	if err := errors.Join(o.Set("a", "b"), o.Summarize("c")); err != nil {
		t.Error(err)
	}
	if o.Set("a", "\x00") == nil {
		t.Error("an output that no runner takes is taken")
	}
}

// FuzzOutputs sets three values: each is read back as it was, or was refused.
func FuzzOutputs(f *testing.F) {
	for _, value := range hostile {
		f.Add(value, value)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		o, folder := job(t, GitHub)
		want := map[string]string{}
		for i, value := range []string{a, b, a + b} {
			if name := fmt.Sprintf("v%d", i); o.Set(name, value) == nil {
				want[name] = value
			}
		}
		if diff := cmp.Diff(want, readOutputs(t, content(t, folder, "output"))); diff != "" {
			t.Errorf("(-set +read):\n%s", diff)
		}
	})
}
