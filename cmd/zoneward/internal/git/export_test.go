package git

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/google/go-cmp/cmp"
)

func all(string) bool { return true }

// exported is what is below a directory, by path: "dir/" and its mode, or the mode and the content.
func exported(t *testing.T, dir string) map[string]string {
	t.Helper()
	got := make(map[string]string)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			got[name+"/"] = fmt.Sprintf("%o", info.Mode().Perm())
			return nil
		}
		text, err := os.ReadFile(path)
		got[name] = fmt.Sprintf("%o %s", info.Mode(), text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestExport(t *testing.T) {
	overEachTransport(t, func(t *testing.T, u *upstream, at RepositoryOptions) {
		first := u.push("main", map[string]item{
			"zoneward.yaml": file("version: 1"), "keys/allowed": file("k"), "keys/run.sh": {filemode.Executable, "#!"}, "zones/a.zone": file("a"),
			".hidden/x": file("x"), "passwd": linkTo("/etc/passwd"), "link": linkTo("zoneward.yaml"), "module": submodule(),
		})
		u.push("main", map[string]item{"zones/a.zone": file("a"), "zoneward.yaml": file("evil")}, first)
		at.Path = "zones"
		r := openRepository(t, at)
		dir := t.TempDir()
		var asked []string
		keep := func(path string) bool {
			asked = append(asked, path)
			return !strings.HasPrefix(path, "zones/")
		}
		if err := r.Export(t.Context(), first.String(), dir, keep, 1000); err != nil {
			t.Fatal(err)
		}
		want := map[string]string{
			"zoneward.yaml": "600 version: 1", "keys/": "700", "keys/allowed": "600 k", "keys/run.sh": "600 #!", ".hidden/": "700", ".hidden/x": "600 x",
		}
		if diff := cmp.Diff(exported(t, dir), want); diff != "" {
			t.Errorf("(-got +want):\n%s", diff)
		}
		if diff := cmp.Diff(asked, []string{".hidden/x", "keys/allowed", "keys/run.sh", "zones/a.zone", "zoneward.yaml"}); diff != "" {
			t.Errorf("asked about (-got +want):\n%s", diff)
		}
	})
}

// What a tree made by hand may have is written nowhere.
func TestExportOfHostileNames(t *testing.T) {
	u := newUpstream(t)
	blob := u.object(plumbing.BlobObject, []byte("evil"))
	sub := u.rawTree(object.TreeEntry{Name: "config", Mode: filemode.Regular, Hash: blob})
	var entries []object.TreeEntry
	for _, name := range []string{"..", ".", ".git", ".GIT", ".git ", ".git.", "git~1", ".g\u200cit", "a\x1bb", "c:d", "e\\f", "x/../../g"} {
		entries = append(entries, object.TreeEntry{Name: name, Mode: filemode.Dir, Hash: sub})
	}
	for _, name := range []string{"../up", "/etc/up", "h\xff", "new\nline", strings.Repeat("n", 256)} {
		entries = append(entries, object.TreeEntry{Name: name, Mode: filemode.Regular, Hash: blob})
	}
	entries = append(entries, object.TreeEntry{Name: "good ü.yaml", Mode: filemode.Regular, Hash: u.object(plumbing.BlobObject, []byte("good"))})
	commit := u.commitTree(u.rawTree(entries...))
	u.setBranch("main", commit)
	parent := t.TempDir()
	dir := filepath.Join(parent, "dir")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := openRepository(t, RepositoryOptions{URL: u.dir}).Export(t.Context(), "main", dir, all, 1000); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(exported(t, parent), map[string]string{"dir/": "700", "dir/good ü.yaml": "600 good"}); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
}

func TestExportIsRefused(t *testing.T) {
	u := newUpstream(t)
	first := u.push("main", map[string]item{"a.yaml": file("0123456789"), "b.yaml": file("0123456789")})
	blob := u.object(plumbing.BlobObject, []byte("x"))
	many := make([]object.TreeEntry, maxExported+1)
	for i := range many {
		many[i] = object.TreeEntry{Name: fmt.Sprintf("f%06d", i), Mode: filemode.Regular, Hash: blob}
	}
	twice := []object.TreeEntry{
		{Name: "a.yaml", Mode: filemode.Regular, Hash: blob},
		{Name: "a.yaml", Mode: filemode.Regular, Hash: u.object(plumbing.BlobObject, []byte("0123456789"))},
	}
	hash, mode := blob, filemode.Regular
	for range maxDepth + 1 {
		hash, mode = u.rawTree(object.TreeEntry{Name: "d", Mode: mode, Hash: hash}), filemode.Dir
	}
	outside := t.TempDir()
	linked := t.TempDir()
	if err := os.Symlink(outside, filepath.Join(linked, "d")); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		commit string
		dir    string
		most   int64
		want   error
	}{
		"all that is allowed":   {first.String(), t.TempDir(), 20, nil},
		"an octet more":         {first.String(), t.TempDir(), 19, ErrTooLarge},
		"very many files":       {u.commitTree(u.rawTree(many...)).String(), t.TempDir(), 1 << 20, ErrTooLarge},
		"directories too deep":  {u.commitTree(hash).String(), t.TempDir(), 1 << 20, ErrTooLarge},
		"a name twice":          {u.commitTree(u.rawTree(twice...)).String(), t.TempDir(), 1 << 20, fs.ErrExist},
		"no such commit":        {strings.Repeat("7", 40), t.TempDir(), 1 << 20, ErrNoRevision},
		"no such directory":     {first.String(), filepath.Join(t.TempDir(), "none"), 1 << 20, fs.ErrNotExist},
		"a file larger than is": {u.commitTree(u.tree(map[string]item{"a": noise(2000)})).String(), t.TempDir(), 1 << 20, ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			r := openRepository(t, RepositoryOptions{URL: u.dir, MaxFileBytes: 1000})
			if err := r.Export(t.Context(), tt.commit, tt.dir, all, tt.most); !errors.Is(err, tt.want) {
				t.Errorf("%v, want %v", err, tt.want)
			}
		})
	}
	r := openRepository(t, RepositoryOptions{URL: u.dir})
	inside := u.commitTree(u.tree(map[string]item{"d/x": file("evil")}))
	if err := r.Export(t.Context(), inside.String(), linked, all, 1000); err == nil || len(exported(t, outside)) > 0 {
		t.Errorf("through a link in the directory: %v, %v", err, exported(t, outside))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.Export(ctx, first.String(), t.TempDir(), all, 1000); !errors.Is(err, context.Canceled) {
		t.Errorf("after a cancel: %v", err)
	}
}
