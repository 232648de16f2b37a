package git

import (
	"bytes"
	"crypto/rand"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/reconcile"
)

// cloned opens a repository with its clone kept in a directory, and reads it once.
func cloned(t *testing.T, log *bytes.Buffer) (u *upstream, open func() *Repository, clone string) {
	u = newUpstream(t)
	u.push("main", files(10))
	s := serve(t, filepath.Dir(u.dir))
	home := t.TempDir()
	open = func() *Repository {
		return openRepository(t, RepositoryOptions{
			URL: s.URL + "/zones.git", Dir: home, Logger: slog.New(slog.NewTextHandler(log, nil)),
		})
	}
	return u, open, filepath.Join(home, cloneName)
}

// packFile is the one file of the clone's only pack that has the suffix.
func packFile(t *testing.T, clone, suffix string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(clone, "objects", "pack", "pack-*"+suffix))
	if err != nil || len(found) != 1 {
		t.Fatalf("packs in the clone: %v, %v", found, err)
	}
	return found[0]
}

func truncate(t *testing.T, path string, size int64) {
	t.Helper()
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, size); err != nil {
		t.Fatal(err)
	}
}

func TestDamagedCloneIsMadeAnew(t *testing.T) {
	remove := func(t *testing.T, path string) {
		t.Helper()
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
	}
	damages := map[string]func(t *testing.T, clone string){
		"pack is gone":      func(t *testing.T, clone string) { remove(t, packFile(t, clone, ".pack")) },
		"pack is empty":     func(t *testing.T, clone string) { truncate(t, packFile(t, clone, ".pack"), 0) },
		"pack is cut off":   func(t *testing.T, clone string) { truncate(t, packFile(t, clone, ".pack"), 64) },
		"index is gone":     func(t *testing.T, clone string) { remove(t, packFile(t, clone, ".idx")) },
		"index is empty":    func(t *testing.T, clone string) { truncate(t, packFile(t, clone, ".idx"), 0) },
		"index is cut off":  func(t *testing.T, clone string) { truncate(t, packFile(t, clone, ".idx"), 1100) },
		"ref is empty":      func(t *testing.T, clone string) { truncate(t, filepath.Join(clone, tipRef.String()), 0) },
		"ref is cut off":    func(t *testing.T, clone string) { truncate(t, filepath.Join(clone, tipRef.String()), 17) },
		"HEAD is gone":      func(t *testing.T, clone string) { remove(t, filepath.Join(clone, "HEAD")) },
		"objects are gone":  func(t *testing.T, clone string) { remove(t, filepath.Join(clone, "objects")) },
		"config is cut off": func(t *testing.T, clone string) { truncate(t, filepath.Join(clone, "config"), 4) },
		"nothing is left": func(t *testing.T, clone string) {
			remove(t, clone)
			if err := os.Mkdir(clone, 0o700); err != nil {
				t.Fatal(err)
			}
		},
	}
	for name, damage := range damages {
		for _, when := range []string{"at the same commit", "before a push"} {
			t.Run(name+" "+when, func(t *testing.T) {
				var log bytes.Buffer
				u, open, clone := cloned(t, &log)
				first := open()
				wantTree(t, first, files(10))
				if err := first.Close(); err != nil {
					t.Fatal(err)
				}
				damage(t, clone)
				want := files(10)
				if when == "before a push" {
					want = files(11)
					tip, err := u.st.Reference("refs/heads/main")
					if err != nil {
						t.Fatal(err)
					}
					u.push("main", want, tip.Hash())
				}
				wantTree(t, open(), want)
				wantClean(t, filepath.Dir(clone))
			})
		}
	}
}

// wantClean says that home has the clone in it and nothing else, and the clone no half of a pack.
func wantClean(t *testing.T, home string) {
	t.Helper()
	left, err := os.ReadDir(home)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 1 || left[0].Name() != cloneName {
		t.Errorf("beside the clone: %v", left)
	}
	if tmp, _ := filepath.Glob(filepath.Join(home, cloneName, "objects", "pack", "tmp_*")); len(tmp) > 0 {
		t.Errorf("left of a fetch: %v", tmp)
	}
}

func TestCloneDamagedWhileItIsUsed(t *testing.T) {
	var log bytes.Buffer
	_, open, clone := cloned(t, &log)
	r := open()
	var tree reconcile.Tree
	var err error
	for range 2 { // the second one looks whether the clone is good to begin with
		if tree, err = r.Tree(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	pack := packFile(t, clone, ".pack")
	info, err := os.Stat(pack)
	if err != nil {
		t.Fatal(err)
	}
	truncate(t, pack, info.Size()/2)

	broken := 0
	for name := range files(10) {
		if _, err := fs.ReadFile(tree.FS, name); err != nil {
			broken++
		}
	}
	if broken == 0 {
		t.Fatal("every file still opens")
	}
	if tree, err = r.Tree(t.Context()); err != nil {
		t.Fatal(err)
	}
	if data, err := fs.ReadFile(tree.FS, "zone0003.example.zone"); err != nil || string(data) != "; zone 3\n" {
		t.Errorf("after it was made anew: %q, %v", data, err)
	}
	wantClean(t, filepath.Dir(clone))
	if got := log.String(); strings.Count(got, "level=WARN") != 1 || !strings.Contains(got, "clone is damaged") {
		t.Errorf("log:\n%s", got)
	}

	truncate(t, packFile(t, clone, ".pack"), 64)
	if _, err := fs.ReadFile(tree.FS, "zone0000.example.zone"); err == nil {
		t.Fatal("a file in a pack that is cut off opens")
	}
	if _, err = r.Tree(t.Context()); err == nil || !strings.Contains(err.Error(), "damaged again") || !strings.Contains(err.Error(), clone) {
		t.Errorf("damaged twice: %v", err)
	}
}

// What is no repository to git is made anew by it too.
func TestCloneThatGitDoesNotRead(t *testing.T) {
	gitProgram(t)
	u := newUpstream(t)
	first := u.push("main", files(10))
	r := openRepository(t, RepositoryOptions{URL: serve(t, filepath.Dir(u.dir)).URL + "/zones.git", Dir: t.TempDir(), Implementation: CLI})
	wantTree(t, r, files(10))
	clone := r.origin.place().dir
	if err := os.WriteFile(filepath.Join(clone, "HEAD"), make([]byte, 21), 0o600); err != nil {
		t.Fatal(err)
	}
	u.push("main", files(11), first)
	wantTree(t, r, files(11))
}

// Somebody who cleans up takes all of it.
func TestCloneIsRemovedWhileItIsUsed(t *testing.T) {
	for name, home := range map[string]string{"in a directory": filepath.Join(t.TempDir(), "clones", "1"), "in a temporary one": ""} {
		t.Run(name, func(t *testing.T) {
			u := newUpstream(t)
			u.push("main", files(10))
			r := openRepository(t, RepositoryOptions{URL: serve(t, filepath.Dir(u.dir)).URL + "/zones.git", Dir: home})
			wantTree(t, r, files(10))
			home := filepath.Dir(r.origin.place().dir)
			if err := os.RemoveAll(home); err != nil {
				t.Fatal(err)
			}
			wantTree(t, r, files(10))
			wantClean(t, home)
		})
	}
}

func TestCloneSweepsWhatAKilledRunLeft(t *testing.T) {
	var log bytes.Buffer
	_, open, clone := cloned(t, &log)
	r := open()
	wantTree(t, r, files(10))
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	home := filepath.Dir(clone)
	for _, left := range []string{"next-123/objects/pack/tmp_pack_1", "past-456/clone.git/HEAD", "clone.git/objects/pack/tmp_pack_789"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(home, left)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(home, left), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	wantTree(t, open(), files(10))
	wantClean(t, home)
	if strings.Contains(log.String(), "level=WARN") {
		t.Errorf("log:\n%s", log.String())
	}
}

func TestCloneCutOffFetchIsAnError(t *testing.T) {
	u := newUpstream(t)
	noise := make([]byte, 100_000) // nothing for zlib to make smaller
	rand.Read(noise)
	first := u.push("main", map[string]item{"a.zone": file(string(noise))})
	rand.Read(noise)
	items := map[string]item{"a.zone": file(string(noise))}
	s := serve(t, filepath.Dir(u.dir))
	home := t.TempDir()
	r := openRepository(t, RepositoryOptions{URL: s.URL + "/zones.git", Dir: home})
	full := s.Config.Handler
	fail := func() {
		t.Helper()
		s.Config.Handler = cutOff(full, 20_000)
		defer func() { s.Config.Handler = full }()
		for range 2 {
			if tree, err := r.Tree(t.Context()); err == nil {
				t.Fatalf("Tree gave %s", tree.Revision)
			}
		}
	}

	fail()
	if left, err := os.ReadDir(home); err != nil || len(left) > 0 {
		t.Errorf("left of a clone: %v, %v", left, err)
	}
	if tree, err := r.Tree(t.Context()); err != nil || tree.Revision != first.String() {
		t.Fatalf("Tree: %s, %v", tree.Revision, err)
	}
	u.push("main", items, first)
	fail()
	wantClean(t, home)
	wantTree(t, r, items)
}

func TestCloneFollowsAnotherURLAndBranch(t *testing.T) {
	u, other := newUpstream(t), newUpstream(t)
	u.push("main", files(1))
	other.push("main", files(2))
	other.push("next", files(3))
	home := t.TempDir()
	for _, tt := range []struct {
		u      *upstream
		branch string
		want   int
	}{{u, "", 1}, {other, "", 2}, {other, "next", 3}, {u, "main", 1}} {
		s := serve(t, filepath.Dir(tt.u.dir))
		r := openRepository(t, RepositoryOptions{URL: s.URL + "/zones.git", Dir: home, Branch: tt.branch})
		wantTree(t, r, files(tt.want))
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// The clone must hold no password, wherever it came from.
func TestCloneKeepsNoPassword(t *testing.T) {
	u := newUpstream(t)
	u.push("main", files(1))
	s := serve(t, filepath.Dir(u.dir))
	home := t.TempDir()
	r := openRepository(t, RepositoryOptions{
		URL: strings.Replace(s.URL, "http://", "http://ann:hunter2@", 1) + "/zones.git", Dir: home,
		Token: func() (string, error) { return "hunter3", nil },
	})
	wantTree(t, r, files(1))
	err := filepath.WalkDir(home, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if bytes.Contains(data, []byte("hunter")) {
			t.Errorf("%s has a password in it", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestLocalRepositoryIsRepacked(t *testing.T) {
	gitProgram(t)
	u := newUpstream(t)
	u.push("main", files(10))
	r := openRepository(t, RepositoryOptions{URL: u.dir})
	tree, err := r.Tree(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for extra := range 3 {
		u.push("other", files(20+extra))
		if out, err := exec.Command("git", "-C", u.dir, "repack", "-a", "-d", "-q").CombinedOutput(); err != nil {
			t.Fatalf("git repack: %v\n%s", err, out)
		}
		for name, it := range files(10) {
			data, err := fs.ReadFile(tree.FS, name)
			if err != nil || string(data) != it.text {
				t.Errorf("after repack %d: %s: %q, %v", extra, name, data, err)
			}
		}
	}
	if again, err := r.Tree(t.Context()); err != nil || again != tree {
		t.Errorf("after it was repacked: another Tree, %v", err)
	}
}

// TestCloneInRelativeDirectory: the directory of the clone may be named as seen from here, whatever reads it.
func TestCloneInRelativeDirectory(t *testing.T) {
	overEachRemote(t, func(t *testing.T, u *upstream, at RepositoryOptions) {
		u.push("main", files(1))
		t.Chdir(t.TempDir())
		at.Dir = "state.db-clone/one"
		wantTree(t, openRepository(t, at), files(1))
	})
}
