package domainfile

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"gopkg.in/yaml.v3"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// sameDeclarations compares what is declared, wherever it stands. Of a secret it is the reference that counts.
var sameDeclarations = cmp.Options{
	cmpopts.IgnoreTypes(zonefile.Position{}),
	cmpopts.IgnoreFields(Declaration{}, "Fields"),
	cmp.Comparer(func(a, b zonefile.Name) bool { return a == b }),
	cmp.Comparer(func(a, b providers.Secret) bool { return a.Reference == b.Reference }),
	cmpopts.EquateEmpty(),
}

// What import finds is written as a file that declares it, in whatever order it was found.
func TestFormatOfWhatWasNotParsed(t *testing.T) {
	name := zonefile.MustParseName
	f := &File{
		Domain: name("example.com."),
		Declarations: []Declaration{
			{Provider: "s", Resource: providers.Resource{
				Kind: providers.App, Name: name("www.example.com."),
				Fields:  map[string]string{"app": "123", "canonical": "true", "fingerprint": "sha256:..."},
				Secrets: map[string]providers.Secret{"certificate": providers.NewSecret("${file:/run/secrets/www}", nil)},
			}},
			{Provider: "tem", Resource: providers.Resource{
				Kind: providers.Mail, Name: name("news.example.com."),
				Fields: map[string]string{"region": "fr-par", "project": "true", "autoconfig": "false"},
			}, Publish: []Publication{{Output: "mx"}}, TTL: 60},
			{Provider: "tem", Resource: providers.Resource{
				Kind: providers.Mail, Name: name("example.com."), Fields: map[string]string{"region": "fr-par", "project": "0123"},
			}},
			{Provider: "glauca", Resource: providers.Resource{
				Kind: providers.Delegation, Name: name("example.com."),
				Fields: map[string]string{"name_servers": "ns1.example.net., ns2.example.net.", "ds": "", "registrant": "contact_1", "billing": "", "transfer_lock": "false"},
			}},
		},
	}
	const want = `domain: example.com
delegation:
  provider: glauca
  name_servers:
    - ns1.example.net.
    - ns2.example.net.
  ds: none
  transfer_lock: false
  contacts:
    registrant: contact_1
mail:
  - provider: tem
    region: fr-par
    project: "0123"
  - provider: tem
    name: news.example.com
    region: fr-par
    project: true
    autoconfig: false
    publish: [mx]
    ttl: 60
apps:
  - provider: s
    app: "123"
    name: www.example.com
    canonical: true
    certificate: "${file:/run/secrets/www}"
`
	got := string(Format(f))
	if d := cmp.Diff(got, want); d != "" {
		t.Errorf("(-got +want):\n%s", d)
	}
	slices.Reverse(f.Declarations)
	if again := string(Format(f)); again != got {
		t.Errorf("another order is written as\n%s", again)
	}
	read := parseExample(t, got)
	if read.Err() != nil {
		t.Fatal(read.Err())
	}
	slices.SortStableFunc(f.Declarations, Declaration.compare)
	delete(f.Declarations[0].Resource.Fields, "billing")     // which is nobody
	delete(f.Declarations[3].Resource.Fields, "fingerprint") // which no file has
	if d := cmp.Diff(read.Declarations, f.Declarations, sameDeclarations); d != "" {
		t.Errorf("read again (-got +want):\n%s", d)
	}
}

// checkRoundTrip formats what was parsed, and checks that it is read as the same.
func checkRoundTrip(t *testing.T, f *File) {
	t.Helper()
	text := string(Format(f))
	again := parse(t, f.Path, text, values)
	if again.Err() != nil {
		t.Fatalf("what was written of a good file is not: %v\n%s", again.Err(), text)
	}
	if d := cmp.Diff(again.Declarations, f.Declarations, sameDeclarations); d != "" {
		t.Fatalf("read again (-got +want):\n%s%s", d, text)
	}
	if d := cmp.Diff(again.Proof, f.Proof, sameDeclarations); d != "" {
		t.Fatalf("proof (-got +want):\n%s%s", d, text)
	}
	if again.Domain != f.Domain || again.Digest() != f.Digest() {
		t.Fatalf("%s has another digest\n%s", again.Domain, text)
	}
	if second := string(Format(again)); second != text {
		t.Fatalf("written differently:\n%s\n%s", text, second)
	}
}

func TestFormatGivesTheSameFile(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.domain.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatal("no files", err)
	}
	for _, path := range paths {
		t.Run(path, func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			checkRoundTrip(t, parse(t, filepath.Base(path), string(text), values))
		})
	}
}

// TestFormatOfAnything writes a file whatever is in the fields of a resource.
func TestFormatOfAnything(t *testing.T) {
	for _, value := range []string{"\xff\xfe", "a\x00b", "\u202e", "\n- x: y", "'\"", ": ", "# x", "&a", "*a", "!!int 1", "${x}\xff"} {
		declaration := Declaration{Provider: value, Resource: providers.Resource{
			Kind: providers.App, Name: zonefile.MustParseName("www.example.com."), Fields: map[string]string{"app": value},
			Secrets: map[string]providers.Secret{"certificate": providers.NewSecret(value, nil)},
		}}
		text := Format(&File{Domain: zonefile.MustParseName("example.com."), Declarations: []Declaration{declaration}})
		var doc struct {
			Apps []struct{ Provider, App, Certificate string }
		}
		if err := yaml.Unmarshal(text, &doc); err != nil || len(doc.Apps) != 1 || doc.Apps[0].App != strings.ToValidUTF8(value, "\ufffd") {
			t.Errorf("%q is written as\n%s\nwhich is %+v, %v", value, text, doc, err)
		}
	}
}
