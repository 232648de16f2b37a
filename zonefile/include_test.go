package zonefile

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestIncludeKeepsOriginAndOwnerOfTheParent(t *testing.T) {
	f := parseFiles(t, map[string]string{
		"zone": "$TTL 1\n$ORIGIN sub\na A 192.0.2.1\n$INCLUDE dir/one\n A 192.0.2.2\nb A 192.0.2.3\n$INCLUDE dir/one other\nc A 192.0.2.4\n",
		// Its own files are relative to its folder; its $TTL goes on in the parent.
		"dir/one": " A 192.0.2.10\nx A 192.0.2.11\n$ORIGIN deep\n$INCLUDE two\ny A 192.0.2.12\n$TTL 2\n",
		"dir/two": "z A 192.0.2.13\n",
	}, Limits{})
	if err := f.Err(); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"a.sub 1 A 192.0.2.1", "a.sub 1 A 192.0.2.2", "a.sub 1 A 192.0.2.10",
		"b.sub 2 A 192.0.2.3", "b.sub 2 A 192.0.2.10",
		"c.sub 2 A 192.0.2.4",
		"y.deep.sub 1 A 192.0.2.12", "z.deep.sub 1 A 192.0.2.13",
		"y.deep.other.sub 2 A 192.0.2.12", "z.deep.other.sub 2 A 192.0.2.13", "x.other.sub 2 A 192.0.2.11",
		"x.sub 1 A 192.0.2.11",
	}
	if d := cmp.Diff(recordLines(f.Zone), want); d != "" {
		t.Errorf("(-got +want):\n%s", d)
	}
}

func TestIncludeStaysInTheRoot(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("secret", "b TXT secret\n")
	write("root/in", "c TXT fine\n")
	write("root/sub/zone", "$TTL 1\n$INCLUDE ../link\n$INCLUDE ../dir/secret\n$INCLUDE ../inner\n$INCLUDE ../../secret\n$INCLUDE ../in\n")
	for link, target := range map[string]string{"link": "../secret", "dir": "..", "inner": "in"} {
		if err := os.Symlink(target, filepath.Join(dir, "root", link)); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(filepath.Join(dir, "root"))
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	f, err := ParseBIND(root.FS(), "sub/zone", BINDOptions{Origin: example})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`sub/zone:2:10: $INCLUDE: "link" is a symbolic link that leaves the source directory [include-outside]`,
		`sub/zone:3:10: $INCLUDE: "dir/secret" is a symbolic link that leaves the source directory [include-outside]`,
		`sub/zone:5:10: $INCLUDE: "../../secret" is outside the source directory [include-outside]`,
	}
	var errs []Problem
	for _, p := range f.Problems {
		if p.Severity == Error {
			errs = append(errs, p)
		}
	}
	if d := cmp.Diff(problemLines(errs), want); d != "" {
		t.Errorf("problems (-got +want):\n%s", d)
	}
	if d := cmp.Diff(recordLines(f.Zone), []string{`c 1 TXT "fine"`}); d != "" {
		t.Errorf("records (-got +want):\n%s", d)
	}
}

// The same word is another name once the origin is another.
func TestOwnerIsReadAnewUnderAnotherOrigin(t *testing.T) {
	f := parseFiles(t, map[string]string{
		"zone": "$TTL 1\na A 192.0.2.1\n$INCLUDE one in\na A 192.0.2.3\n$ORIGIN sub\na A 192.0.2.4\n",
		"one":  "a A 192.0.2.2\n",
	}, Limits{})
	if err := f.Err(); err != nil {
		t.Fatal(err)
	}
	want := []string{"a 1 A 192.0.2.1", "a 1 A 192.0.2.3", "a.in 1 A 192.0.2.2", "a.sub 1 A 192.0.2.4"}
	if d := cmp.Diff(recordLines(f.Zone), want); d != "" {
		t.Errorf("(-got +want):\n%s", d)
	}
}

func TestIncludeTellsLinksThatLeaveFromOthers(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "sub", "deep"), 0o777); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{
		"absolute": "/etc/hostname", "loop": "loop", "gone": "sub/gone", "up": "sub/out", "sub/out": "../../x", "sub/back": "../gone", "sub/in": "deep",
	} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for file, want := range map[string]bool{
		"absolute": true, "up": true, "sub/out": true, "sub/out/x": true,
		"loop": false, "gone": false, "sub/back": false, "sub/in/x": false, "none": false, "sub/none/x": false,
	} {
		if got := linksOutside(root.FS(), file); got != want {
			t.Errorf("%s: got %v, want %v", file, got, want)
		}
	}
}
