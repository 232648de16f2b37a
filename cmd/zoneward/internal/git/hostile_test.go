package git

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/google/go-cmp/cmp"
)

func TestRepositoryLinks(t *testing.T) {
	long := strings.Repeat("a/../", 1000)
	items := map[string]item{
		"zones/a.zone":         file("a"),
		"zones/.git/config":    file("hidden"),
		"zones/.hidden":        file("hidden"),
		"zones/.data/in.zone":  file("in"),
		"zones/.data/up":       linkTo("../.data"),
		"zones/sub/b.zone":     file("b"),
		"zones/sub/to-a.zone":  linkTo("../a.zone"),
		"zones/sub/chain.zone": linkTo("./to-a.zone"),
		"zones/data":           linkTo(".data"),
		"zones/in.zone":        linkTo("data/in.zone"),
		"zones/alias":          linkTo("sub"),
		"zones/module":         submodule(),

		"zones/bad/passwd":     linkTo("/etc/passwd"),
		"zones/bad/leaves":     linkTo("../../outside.zone"),
		"zones/bad/far":        linkTo("../../../../../../etc/passwd"),
		"zones/bad/back":       linkTo("../../zones/a.zone"),
		"zones/bad/nowhere":    linkTo("gone.zone"),
		"zones/bad/through":    linkTo("../a.zone/x"),
		"zones/bad/module":     linkTo("../module"),
		"zones/bad/self":       linkTo("self"),
		"zones/bad/ping":       linkTo("pong"),
		"zones/bad/pong":       linkTo("ping"),
		"zones/bad/root":       linkTo(".."),
		"zones/bad/long":       linkTo(long + "x"),
		"zones/bad/to-passwd":  linkTo("passwd"),
		"zones/bad/\xff.zone":  file("octet"),
		"zones/\xfe-dir/x":     file("octet"),
		"zones/new\nline.zone": file("control"),
		"outside.zone":         file("outside"),
	}
	want := map[string]string{
		"a.zone": "a", "in.zone": "in", "new\nline.zone": "control",
		"sub/": "", "sub/b.zone": "b", "sub/to-a.zone": "a", "sub/chain.zone": "a",
		"alias/": "", "alias/b.zone": "b", "alias/to-a.zone": "a", "alias/chain.zone": "a",
		"data/": "", "data/in.zone": "in", "data/up": "!L " + errLinkLoop.Error(),
		"bad/":            "",
		"bad/passwd":      "!L " + errLinkAbsolute.Error(),
		"bad/leaves":      "!L " + errLinkLeaves.Error(),
		"bad/far":         "!L " + errLinkLeaves.Error(),
		"bad/back":        "!L " + errLinkLeaves.Error(),
		"bad/nowhere":     "!L " + errLinkNowhere.Error(),
		"bad/through":     "!L " + errNotDir.Error(),
		"bad/module":      "!L " + errLinkNowhere.Error(),
		"bad/self":        "!L " + errLinkLoop.Error(),
		"bad/ping":        "!L " + errLinkLoop.Error(),
		"bad/pong":        "!L " + errLinkLoop.Error(),
		"bad/root":        "!L " + errLinkLoop.Error(),
		"bad/long":        "!L " + errLinkTooLong.Error(),
		"bad/to-passwd":   "!L " + errLinkAbsolute.Error(),
		"bad/\uFFFD.zone": "!L " + errName.Error(),
		"\uFFFD-dir":      "!L " + errName.Error(),
		"module":          "!L " + errSubmodule.Error(),
	}
	overEachTransport(t, func(t *testing.T, u *upstream, at RepositoryOptions) {
		items := maps.Clone(items)
		if at.Implementation == CLI {
			delete(items, "zones/.git/config") // git takes no such tree
		}
		u.push("main", items)
		at.Path = "zones"
		r := openRepository(t, at)
		tree, err := r.Tree(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(listing(t, tree.FS), want); diff != "" {
			t.Errorf("(-got +want):\n%s", diff)
		}
		for _, name := range []string{".git/config", ".hidden", ".data/in.zone", "module", "../outside.zone", "/etc/passwd", "bad/\xff.zone", ""} {
			if _, err := fs.ReadFile(tree.FS, name); err == nil {
				t.Errorf("%q opens", name)
			}
		}
	})
}

// What no git client makes: the tree has the name twice, or a name with a slash, or one that means a directory.
func TestRepositoryMalformedTrees(t *testing.T) {
	u := newUpstream(t)
	a, b := u.object(plumbing.BlobObject, []byte("a")), u.object(plumbing.BlobObject, []byte("b"))
	sub := u.rawTree(object.TreeEntry{Name: "x.zone", Mode: filemode.Regular, Hash: a})
	tree := u.rawTree(
		object.TreeEntry{Name: "twice.zone", Mode: filemode.Regular, Hash: a},
		object.TreeEntry{Name: "twice.zone", Mode: filemode.Regular, Hash: b},
		object.TreeEntry{Name: "unsorted.zone", Mode: filemode.Regular, Hash: a},
		object.TreeEntry{Name: "both", Mode: filemode.Dir, Hash: sub},
		object.TreeEntry{Name: "both", Mode: filemode.Regular, Hash: a},
		object.TreeEntry{Name: "../up.zone", Mode: filemode.Regular, Hash: a},
		object.TreeEntry{Name: "a/b.zone", Mode: filemode.Regular, Hash: a},
		object.TreeEntry{Name: "..", Mode: filemode.Dir, Hash: sub},
		object.TreeEntry{Name: ".", Mode: filemode.Dir, Hash: sub},
		object.TreeEntry{Name: "link.zone", Mode: filemode.Symlink, Hash: u.object(plumbing.BlobObject, []byte("unsorted.zone"))},
		object.TreeEntry{Name: "run.zone", Mode: filemode.Executable, Hash: b},
	)
	u.setBranch("main", u.commitTree(tree))
	got, err := openRepository(t, RepositoryOptions{URL: u.dir}).Tree(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"twice.zone": "!L " + errTwice.Error(), "both": "!L " + errTwice.Error(), "unsorted.zone": "a",
		"a\uFFFDb.zone": "!L " + errName.Error(), "link.zone": "a", "run.zone": "b",
	}
	if diff := cmp.Diff(listing(t, got.FS), want); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
}

func TestRepositoryTreeOfAnotherKind(t *testing.T) {
	u := newUpstream(t)
	blob := u.object(plumbing.BlobObject, []byte("a"))
	tests := map[string]plumbing.Hash{
		"a blob as a directory": u.commitTree(u.rawTree(object.TreeEntry{Name: "d", Mode: filemode.Dir, Hash: blob})),
		"a blob as the tree":    u.commitTree(blob),
		"no tree":               u.commitTree(plumbing.NewHash(strings.Repeat("7", 40))),
		"a blob as the commit":  blob,
		"garbage as the tree":   u.commitTree(u.object(plumbing.TreeObject, []byte("garbage"))),
		"garbage as the commit": u.object(plumbing.CommitObject, []byte("garbage")),
	}
	for name, commit := range tests {
		t.Run(name, func(t *testing.T) {
			u.setBranch("main", commit)
			tree, err := openRepository(t, RepositoryOptions{URL: u.dir}).Tree(t.Context())
			if err == nil {
				t.Errorf("Tree gave %v", listing(t, tree.FS))
			}
		})
	}
}

// A few objects can describe a tree without end.
func TestRepositoryTreeBomb(t *testing.T) {
	u := newUpstream(t)
	hash := u.object(plumbing.BlobObject, []byte("a"))
	mode := filemode.Regular
	for range 2 {
		entries := make([]object.TreeEntry, 1100)
		for i := range entries {
			entries[i] = object.TreeEntry{Name: fmt.Sprintf("e%04d", i), Mode: mode, Hash: hash}
		}
		hash, mode = u.rawTree(entries...), filemode.Dir
	}
	wide := u.commitTree(hash)
	hash, mode = u.object(plumbing.BlobObject, []byte("a")), filemode.Regular
	for range maxDepth + 1 {
		hash = u.rawTree(object.TreeEntry{Name: "d", Mode: mode, Hash: hash})
		mode = filemode.Dir
	}
	for name, commit := range map[string]plumbing.Hash{"wide": wide, "deep": u.commitTree(hash)} {
		t.Run(name, func(t *testing.T) {
			u.setBranch("main", commit)
			wantNoTree(t, openRepository(t, RepositoryOptions{URL: u.dir}), ErrTooLarge)
		})
	}
}

func TestRepositoryCommitOnlyOfWhatDoesNotOpen(t *testing.T) {
	u := newUpstream(t)
	u.push("main", map[string]item{"a.zone": linkTo("/etc/passwd"), "b": submodule()})
	wantNoTree(t, openRepository(t, RepositoryOptions{URL: u.dir}), ErrEmpty)
}

// A missing blob is an error of the file that has it.
func TestRepositoryMissingBlob(t *testing.T) {
	u := newUpstream(t)
	good := u.object(plumbing.BlobObject, []byte("good"))
	u.setBranch("main", u.commitTree(u.rawTree(
		object.TreeEntry{Name: "gone.zone", Mode: filemode.Regular, Hash: plumbing.NewHash(strings.Repeat("7", 40))},
		object.TreeEntry{Name: "good.zone", Mode: filemode.Regular, Hash: good},
	)))
	r := openRepository(t, RepositoryOptions{URL: u.dir})
	for range 2 {
		tree, err := r.Tree(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if data, err := fs.ReadFile(tree.FS, "good.zone"); err != nil || string(data) != "good" {
			t.Errorf("good.zone: %q, %v", data, err)
		}
		_, err = fs.ReadFile(tree.FS, "gone.zone")
		if _, ok := errors.AsType[*damageError](err); !ok {
			t.Errorf("gone.zone: %v, want damage", err)
		}
	}
}

// An object file whose content is not what its name says is as bad as none, though it decompresses.
func TestRepositoryForgedBlob(t *testing.T) {
	u := newUpstream(t)
	u.push("main", map[string]item{"a.zone": file("true"), "b.zone": file("good")})
	object := func(text string) string {
		id := plumbing.ComputeHash(plumbing.BlobObject, []byte(text)).String()
		return filepath.Join(u.dir, "objects", id[:2], id[2:])
	}
	u.object(plumbing.BlobObject, []byte("false"))
	if err := os.Rename(object("false"), object("true")); err != nil {
		t.Fatal(err)
	}
	tree, err := openRepository(t, RepositoryOptions{URL: u.dir}).Tree(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if data, err := fs.ReadFile(tree.FS, "a.zone"); err == nil {
		t.Errorf("a.zone: %q, want an error", data)
	}
	if data, err := fs.ReadFile(tree.FS, "b.zone"); err != nil || string(data) != "good" {
		t.Errorf("b.zone: %q, %v", data, err)
	}
}

// The Path of a source names a directory in the repository even if the repository is in one that has that name.
func TestRepositoryPathIsInTheRepository(t *testing.T) {
	u := newUpstream(t)
	u.push("main", files(1))
	wantNoTree(t, openRepository(t, RepositoryOptions{URL: filepath.Dir(u.dir), Path: filepath.Base(u.dir)}), ErrNoRepository)
}
