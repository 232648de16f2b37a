package domainfile

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
	"github.com/zoneward/zoneward/zonefile/yamldoc"
)

var update = flag.Bool("update", false, "write the golden files")

// values are options with which references have values: those of plain fields from a list, and all secrets.
var values = Options{
	Expand: func(text string) (string, error) {
		value, ok := map[string]string{"${SCW_PROJECT_ID}": "105bdce1-64c0-48ab-899d-868455867ecf", "${BILLING}": "contact_3", "${EMPTY}": "", "${KEY}": "top secret"}[text]
		if !ok {
			return "", fmt.Errorf("%s is not among domains.env in the configuration", text)
		}
		return value, nil
	},
	Secret: func(reference string) (providers.Secret, error) {
		if reference == "${file:/etc/shadow}" {
			return providers.Secret{}, errors.New("/etc/shadow is not among domains.files in the configuration")
		}
		return providers.NewSecret(reference, func() (string, error) { return "value of " + reference, nil }), nil
	},
}

// parse reads a text as the file of a domain.
func parse(t testing.TB, file, text string, opts Options) *File {
	t.Helper()
	f, err := Parse(fstest.MapFS{file: {Data: []byte(text)}}, file, opts)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

const exampleFile = "example.com.domain.yaml"

// parseExample reads a text as the file of example.com.
func parseExample(t testing.TB, text string) *File {
	t.Helper()
	return parse(t, exampleFile, text, values)
}

// describe returns a text of all that a file says.
func describe(f *File) string {
	var b strings.Builder
	at := func(p zonefile.Position) string { return fmt.Sprintf("%d:%d", p.Line, p.Column) }
	fmt.Fprintf(&b, "domain %s\n", f.Domain)
	for _, d := range f.Declarations {
		fmt.Fprintf(&b, "%s %s on %s\n", at(d.Position), d.Resource, d.Provider)
		for _, name := range slices.Sorted(maps.Keys(d.Resource.Fields)) {
			fmt.Fprintf(&b, "  %s = %q\n", name, d.Resource.Fields[name])
		}
		for _, name := range slices.Sorted(maps.Keys(d.FromZone)) {
			fmt.Fprintf(&b, "  %s = that of the zone on %q\n", name, d.FromZone[name])
		}
		for _, name := range slices.Sorted(maps.Keys(d.Resource.Secrets)) {
			secret := d.Resource.Secrets[name]
			value, err := secret.Value()
			fmt.Fprintf(&b, "  %s = secret %s: %q, %v\n", name, secret.Reference, value, err)
		}
		for _, p := range d.Publish {
			fmt.Fprintf(&b, "  publish %s %s\n", at(p.Position), p.Output)
		}
		fmt.Fprintf(&b, "  ttl %d\n  places", d.TTL)
		for _, name := range slices.Sorted(maps.Keys(d.Fields)) {
			fmt.Fprintf(&b, " %s %s", name, at(d.Fields[name]))
		}
		b.WriteByte('\n')
	}
	if f.Proof != nil {
		fmt.Fprintf(&b, "%s proof of %s at %s\n", at(f.Proof.Position), f.Proof.Of, f.Proof.PublishAt)
	}
	return b.String()
}

// golden compares a text with a file of testdata.
func golden(t *testing.T, file, got string) {
	t.Helper()
	file = filepath.Join("testdata", file)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(got, string(want)); d != "" {
		t.Errorf("%s (-got +want):\n%s", file, d)
	}
}

// What is declared, where it stands, and how it is written again is in golden files.
func TestEveryConstruct(t *testing.T) {
	for _, file := range []string{exampleFile, "25.2.0.192.in-addr.arpa.domain.yaml"} {
		t.Run(file, func(t *testing.T) {
			f, err := Parse(os.DirFS("testdata"), file, values)
			if err != nil {
				t.Fatal(err)
			}
			if len(f.Problems) > 0 || f.Err() != nil {
				t.Errorf("problems: %v", f.Problems)
			}
			if f.Path != file {
				t.Errorf("path %s", f.Path)
			}
			golden(t, file+".declared", describe(f))
			golden(t, file+".formatted", string(Format(f)))
		})
	}
}

func TestDomainOf(t *testing.T) {
	for file, want := range map[string]string{
		"example.com.domain.yaml":                         "example.com.",
		"a/b/Example.COM.Domain.YAML":                     "example.com.",
		"example.com.domain.yml":                          "example.com.",
		"example.domain.yaml":                             "example.",
		"bücher.example.domain.yaml":                      "xn--bcher-kva.example.",
		"0_25.2.0.192.in-addr.arpa.domain.yaml":           "0/25.2.0.192.in-addr.arpa.",
		"a_b.example.com.domain.yaml":                     "a_b.example.com.",
		"example.com.yaml":                                "",
		"example.com.zone":                                "",
		"domain.yaml":                                     "",
		".domain.yaml":                                    "",
		"x/.domain.yaml":                                  "",
		"..domain.yaml":                                   "",
		"@.domain.yaml":                                   "",
		"%2A.example.com.domain.yaml":                     "",
		"a..example.com.domain.yaml":                      "",
		"example.com./example.org.domain.yaml":            "",
		strings.Repeat("a", 64) + ".example.domain.yaml":  "",
		"example.com.domain.yaml/example.org.domain.yaml": "example.org.",
	} {
		name, ok := DomainOf(file)
		got := ""
		if ok {
			got = name.String()
		}
		if got != want || ok == name.IsZero() {
			t.Errorf("%s: got %q, %t; want %q", file, got, ok, want)
		}
		if ok {
			if again, _ := DomainOf(fileName(name)); again != name {
				t.Errorf("%s: %s is that of %s", file, fileName(name), again)
			}
		}
	}
}

// What cannot be read at all is an error, and never a file that declares nothing.
func TestUnreadable(t *testing.T) {
	for _, test := range []struct {
		name string
		fsys fs.FS
		want error
	}{
		{"missing", fstest.MapFS{}, fs.ErrNotExist},
		{"directory", fstest.MapFS{exampleFile: {Mode: fs.ModeDir | 0o755}}, yamldoc.ErrNotRegular},
		{"pipe", fstest.MapFS{exampleFile: {Mode: fs.ModeNamedPipe | 0o644}}, yamldoc.ErrNotRegular},
	} {
		t.Run(test.name, func(t *testing.T) {
			f, err := Parse(test.fsys, exampleFile, values)
			if f != nil || !errors.Is(err, test.want) || !strings.Contains(err.Error(), exampleFile) {
				t.Errorf("got %v, %v; want %v with the name of the file", f, err, test.want)
			}
		})
	}
}

// Without secrets a file can be checked as well, and a secret that is used then has no value.
func TestWithoutSecrets(t *testing.T) {
	f := parse(t, exampleFile, "domain: example.com\napps: [{provider: p, app: a, name: www.example.com, certificate: \"${file:/x}\"}]\n", Options{})
	if f.Err() != nil {
		t.Fatal(f.Err())
	}
	secret := f.Declarations[0].Resource.Secrets["certificate"]
	if _, err := secret.Value(); secret.Reference != "${file:/x}" || err == nil || !strings.Contains(err.Error(), "${file:/x}") {
		t.Errorf("%q: %v", secret.Reference, err)
	}
}

// Where nothing gives a reference its value, using one is an error.
func TestWithoutValues(t *testing.T) {
	f := parse(t, exampleFile, "domain: example.com\nmail: [{provider: p, project: \"${PROJECT}\"}]\n", Options{})
	if got, want := lines(f.Problems), []string{`2:31: mail.project: "${PROJECT}": references have no values here [bad-reference]`}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Where values are not looked up a field has its reference, which is not held against it, and which is written again.
func TestReferenceThatIsNotLookedUp(t *testing.T) {
	blind := Options{Expand: func(text string) (string, error) { return text, nil }}
	f := parse(t, exampleFile, "domain: example.com\nmail: [{provider: p, project: \"${PROJECT}\"}]\n", blind)
	if got := f.Declarations[0].Resource.Fields["project"]; got != "${PROJECT}" || f.Err() != nil {
		t.Errorf("%q, %v", got, f.Err())
	}
	if got := string(Format(f)); !strings.Contains(got, `project: "${PROJECT}"`) {
		t.Error(got)
	}
}
