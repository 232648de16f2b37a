package git

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/reconcile"
)

// writeFiles makes the files below dir; a text "-> target" is a symbolic link.
func writeFiles(t testing.TB, dir string, texts map[string]string) {
	t.Helper()
	for name, text := range texts {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if target, ok := strings.CutPrefix(text, "-> "); ok {
			err = os.Symlink(target, path)
		} else {
			err = os.WriteFile(path, []byte(text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// openQuick opens a directory that does not wait between its readings.
func openQuick(t testing.TB, opts DirectoryOptions) *Directory {
	t.Helper()
	d, err := OpenDirectory(opts)
	if err != nil {
		t.Fatal(err)
	}
	d.pause = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return d
}

func readTree(t testing.TB, d *Directory) reconcile.Tree {
	t.Helper()
	tree, err := d.Tree(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func TestDirectoryTree(t *testing.T) {
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{
		"a.zone": "a", "empty.zone": "", "sub/deep/b.zone": "b", ".git/config": "hidden", ".swp": "hidden",
		"new\nline.zone": "control",
	})
	d := openQuick(t, DirectoryOptions{Dir: dir})
	tree := readTree(t, d)
	want := map[string]string{
		"a.zone": "a", "empty.zone": "", "sub/": "", "sub/deep/": "", "sub/deep/b.zone": "b", "new\nline.zone": "control",
	}
	if diff := cmp.Diff(listing(t, tree.FS), want); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
	if err := fstest.TestFS(tree.FS, "a.zone", "empty.zone", "sub/deep/b.zone"); err != nil {
		t.Error(err)
	}
	if !strings.HasPrefix(tree.Revision, "sha256:") || len(tree.Revision) != len("sha256:")+64 {
		t.Errorf("Revision = %s", tree.Revision)
	}
	if tree.Author != "" || !tree.Time.IsZero() {
		t.Errorf("Author = %q, Time = %s, want none", tree.Author, tree.Time)
	}
	if ch := d.Changed(); ch != nil {
		t.Errorf("Changed() = %v, want nil", ch)
	}

	writeFiles(t, dir, map[string]string{"a.zone": "changed", "more.zone": ""})
	if diff := cmp.Diff(listing(t, tree.FS), want); diff != "" {
		t.Errorf("the old Tree changed (-got +want):\n%s", diff)
	}
	got, _ := fs.ReadFile(tree.FS, "a.zone")
	got[0] = 'X'
	if diff := cmp.Diff(listing(t, tree.FS), want); diff != "" {
		t.Errorf("what was read is not the reader's own (-got +want):\n%s", diff)
	}
}

func TestDirectoryRevision(t *testing.T) {
	revision := func(t *testing.T, texts map[string]string) string {
		dir := t.TempDir()
		writeFiles(t, dir, texts)
		return readTree(t, openQuick(t, DirectoryOptions{Dir: dir})).Revision
	}
	base := map[string]string{"a.zone": "one", "b.zone": "two"}
	tests := []struct {
		name  string
		texts map[string]string
		same  bool
	}{
		{"the same elsewhere", map[string]string{"b.zone": "two", "a.zone": "one"}, true},
		{"hidden files beside them", map[string]string{"a.zone": "one", "b.zone": "two", ".git/x": "y"}, true},
		{"a link with the same content", map[string]string{"a.zone": "-> .x/a", "b.zone": "two", ".x/a": "one"}, true},
		{"an octet of the content", map[string]string{"a.zone": "onE", "b.zone": "two"}, false},
		{"a name", map[string]string{"a.zone": "one", "c.zone": "two"}, false},
		{"contents exchanged", map[string]string{"a.zone": "two", "b.zone": "one"}, false},
		{"a folder", map[string]string{"a.zone": "one", "x/b.zone": "two"}, false},
		{"one fewer", map[string]string{"a.zone": "one"}, false},
		{"one more that does not open", map[string]string{"a.zone": "one", "b.zone": "two", "c.zone": "-> nowhere"}, false},
	}
	want := revision(t, base)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := revision(t, tt.texts); (got == want) != tt.same {
				t.Errorf("Revision = %s, base is %s, same should be %t", got, want, tt.same)
			}
		})
	}
}

func TestDirectoryLinks(t *testing.T) {
	outside := t.TempDir()
	writeFiles(t, outside, map[string]string{"secret.zone": "secret", "d/secret.zone": "secret"})
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{
		"a.zone": "a", "sub/b.zone": "b", "sub/to-a.zone": "-> ../a.zone", "sub/chain.zone": "-> to-a.zone",
		"alias": "-> sub", ".data/in.zone": "in", ".data/up": "-> ../.data", "data": "-> .data",
		"bad/passwd": "-> /etc/passwd", "bad/dir": "-> " + outside, "bad/nowhere": "-> gone", "bad/self": "-> self", "bad/root": "-> ..",
	})
	rel, err := filepath.Rel(filepath.Join(dir, "bad"), outside)
	if err != nil {
		t.Fatal(err)
	}
	writeFiles(t, dir, map[string]string{"bad/leaves": "-> " + rel + "/secret.zone", "bad/leaves-dir": "-> " + rel + "/d"})
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.zone"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "bad", "\xff.zone"), nil, 0o600); err != nil {
		t.Fatal(err)
	}

	tree := readTree(t, openQuick(t, DirectoryOptions{Dir: dir}))
	got := listing(t, tree.FS)
	want := map[string]string{
		"a.zone": "a", "pipe.zone": "!p " + errNotRegular.Error(),
		"sub/": "", "sub/b.zone": "b", "sub/to-a.zone": "a", "sub/chain.zone": "a",
		"alias/": "", "alias/b.zone": "b", "alias/to-a.zone": "a", "alias/chain.zone": "a",
		"data/": "", "data/in.zone": "in", "data/up": "!L " + errLinkLoop.Error(),
		"bad/": "", "bad/root": "!L " + errLinkLoop.Error(), "bad/\uFFFD.zone": "!L " + errName.Error(),
	}
	for _, bad := range []string{"bad/passwd", "bad/dir", "bad/nowhere", "bad/self", "bad/leaves", "bad/leaves-dir"} {
		if !strings.HasPrefix(got[bad], "!L ") {
			t.Errorf("%s: %q, want a link that does not open", bad, got[bad])
		}
		delete(got, bad)
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
}

// The same files are the same tree, whether they come from a checkout or from the commit.
func TestDirectoryIsAsTheCommit(t *testing.T) {
	items := map[string]item{
		"a.zone": file("a"), "sub/b.zone": file("b"), "sub/l.zone": linkTo("../a.zone"), "alias": linkTo("sub"),
		"data": linkTo(".data"), ".data/c.zone": file("c"), ".gitignore": file("x"), "loop": linkTo("."),
	}
	u, dir := newUpstream(t), t.TempDir()
	u.push("main", items)
	checkout := make(map[string]string)
	for p, it := range items {
		checkout[p] = it.text
		if it.mode == linkTo("").mode {
			checkout[p] = "-> " + it.text
		}
	}
	writeFiles(t, dir, checkout)
	commit, err := openRepository(t, RepositoryOptions{URL: u.dir}).Tree(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	tree := readTree(t, openQuick(t, DirectoryOptions{Dir: dir}))
	if diff := cmp.Diff(listing(t, tree.FS), listing(t, commit.FS)); diff != "" {
		t.Errorf("(-directory +commit):\n%s", diff)
	}
}

func TestDirectoryIsNotThere(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "zones")
	d := openQuick(t, DirectoryOptions{Dir: dir, Watch: true})
	wantErr := func(want error) {
		t.Helper()
		tree, err := d.Tree(t.Context())
		if !errors.Is(err, want) || !strings.Contains(err.Error(), dir) {
			t.Errorf("Tree: %v, want %v with the path", err, want)
		}
		if tree.FS != nil {
			t.Errorf("Tree gave files beside the error")
		}
	}
	wantErr(ErrNoPath)
	writeFiles(t, dir, map[string]string{".hidden": "x", "sub/.hidden": "x", "broken": "-> nowhere"})
	wantErr(ErrEmpty)
	writeFiles(t, dir, map[string]string{"sub/a.zone": "a"})
	readTree(t, d)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	wantErr(ErrNoPath)
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	wantErr(ErrNoPath)
	if _, err := OpenDirectory(DirectoryOptions{}); err == nil {
		t.Errorf("OpenDirectory without a name: no error")
	}
}

func TestDirectoryLimits(t *testing.T) {
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"a.zone": "12345", "b.zone": "123456", "c.zone": "12"})
	tree := readTree(t, openQuick(t, DirectoryOptions{Dir: dir, MaxFileBytes: 5, MaxTotalBytes: 7}))
	if _, err := fs.ReadFile(tree.FS, "b.zone"); !errors.Is(err, ErrTooLarge) || !strings.Contains(err.Error(), "source.limits.file_bytes") {
		t.Errorf("b.zone: %v, want %v, and what raises the limit", err, ErrTooLarge)
	}
	for _, name := range []string{"a.zone", "c.zone"} {
		if _, err := fs.ReadFile(tree.FS, name); err != nil {
			t.Error(err)
		}
	}
	d := openQuick(t, DirectoryOptions{Dir: dir, MaxFileBytes: 5, MaxTotalBytes: 6})
	const together = "too large: with c.zone all files together have more than 6 bytes; source.limits.file_bytes raises that limit too"
	if _, err := d.Tree(t.Context()); !errors.Is(err, ErrTooLarge) || !strings.Contains(err.Error(), together) {
		t.Errorf("all together: %v, want %q", err, together)
	}
	for most, want := range map[int64]int64{0: 1 << 30, 256 << 20: 1 << 30, 1 << 30: 4 << 30} {
		if got := openQuick(t, DirectoryOptions{Dir: dir, MaxFileBytes: most}).limits.total; got != want {
			t.Errorf("files of %d bytes: %d together, want %d", most, got, want)
		}
	}
	only := t.TempDir()
	writeFiles(t, only, map[string]string{"b.zone": "123456"})
	tree = readTree(t, openQuick(t, DirectoryOptions{Dir: only, MaxFileBytes: 5})) // it is not empty
	if _, err := fs.ReadFile(tree.FS, "b.zone"); !errors.Is(err, ErrTooLarge) {
		t.Errorf("the only file: %v, want %v", err, ErrTooLarge)
	}
	writeFiles(t, dir, map[string]string{strings.Repeat("d/", maxDepth) + "a.zone": "a"})
	if _, err := openQuick(t, DirectoryOptions{Dir: dir}).Tree(t.Context()); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a directory that is too deep: %v, want %v", err, ErrTooLarge)
	}
}

// A directory that changes between two readings is read again, and what comes out is one state of it.
func TestDirectoryChangesWhileItIsRead(t *testing.T) {
	tests := []struct {
		name   string
		change func(t *testing.T, dir string, n int)
		times  int // 0: each time
		want   map[string]string
	}{
		{
			name: "files come",
			change: func(t *testing.T, dir string, n int) {
				writeFiles(t, dir, map[string]string{string(rune('b'+n)) + ".zone": "more"})
			},
			times: 3,
			want:  map[string]string{"a.zone": "a", "b.zone": "more", "c.zone": "more", "d.zone": "more"},
		},
		{
			name: "files come without end",
			change: func(t *testing.T, dir string, n int) {
				writeFiles(t, dir, map[string]string{string(rune('b'+n)) + ".zone": "more"})
			},
		},
		{
			name: "another content of the same size and time",
			change: func(t *testing.T, dir string, n int) {
				path := filepath.Join(dir, "a.zone")
				info, err := os.Stat(path)
				if err != nil {
					t.Fatal(err)
				}
				writeFiles(t, dir, map[string]string{"a.zone": string(rune('b' + n))})
				if err := os.Chtimes(path, info.ModTime(), info.ModTime()); err != nil {
					t.Fatal(err)
				}
			},
			times: 1,
			want:  map[string]string{"a.zone": "b"},
		},
		{
			name: "a file goes",
			change: func(t *testing.T, dir string, n int) {
				writeFiles(t, dir, map[string]string{"b.zone": "b"})
				if err := os.Remove(filepath.Join(dir, "a.zone")); err != nil {
					t.Fatal(err)
				}
			},
			times: 1,
			want:  map[string]string{"b.zone": "b"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			writeFiles(t, dir, map[string]string{"a.zone": "a"})
			d := openQuick(t, DirectoryOptions{Dir: dir})
			n := 0
			d.pause = func(context.Context, time.Duration) error {
				if n < tt.times || tt.times == 0 {
					tt.change(t, dir, n)
				}
				n++
				return nil
			}
			tree, err := d.Tree(t.Context())
			if tt.want == nil {
				if !errors.Is(err, ErrUnstable) || tree.FS != nil {
					t.Errorf("Tree: %v, %v, want %v", tree, err, ErrUnstable)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(listing(t, tree.FS), tt.want); diff != "" {
				t.Errorf("(-got +want):\n%s", diff)
			}
		})
	}
}

func TestDirectoryWaitsOnlyWhereSomethingMoved(t *testing.T) {
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"sub/a.zone": "a"})
	d := openQuick(t, DirectoryOptions{Dir: dir, Debounce: time.Minute})
	pauses := 0
	d.pause = func(_ context.Context, wait time.Duration) error {
		if wait != time.Minute {
			t.Errorf("waits for %s, want Debounce", wait)
		}
		pauses++
		return nil
	}
	readTree(t, d)
	if pauses != 1 {
		t.Errorf("%d pauses for a directory that is new, want 1", pauses)
	}
	old := time.Now().Add(-time.Hour)
	for _, path := range []string{"sub/a.zone", "sub", "."} {
		if err := os.Chtimes(filepath.Join(dir, path), old, old); err != nil {
			t.Fatal(err)
		}
	}
	readTree(t, d)
	if pauses != 1 {
		t.Errorf("a directory that is quiet is waited for")
	}
}

// actingContext does something at the nth time that it is asked whether it has ended.
type actingContext struct {
	context.Context
	n   int
	act func()
}

func (c *actingContext) Err() error {
	if c.n--; c.n == 0 {
		c.act()
	}
	return c.Context.Err()
}

// Who keeps the times of files that he copies does not look as if he were at work.
func TestDirectoryWaitsAfterAChangeWithoutATrace(t *testing.T) {
	dir := t.TempDir()
	old := time.Now().Add(-time.Hour)
	write := func(text string) {
		writeFiles(t, dir, map[string]string{"a.zone": text})
		for _, path := range []string{"a.zone", "."} {
			if err := os.Chtimes(filepath.Join(dir, path), old, old); err != nil {
				t.Fatal(err)
			}
		}
	}
	write("one")
	d := openQuick(t, DirectoryOptions{Dir: dir})
	pauses := 0
	d.pause = func(context.Context, time.Duration) error { pauses++; return nil }
	tree, err := d.Tree(&actingContext{t.Context(), 2, func() { write("two") }})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(listing(t, tree.FS), map[string]string{"a.zone": "two"}); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
	if pauses != 1 {
		t.Errorf("%d pauses, want 1", pauses)
	}
}

// Some file systems do not know the size of a file before it is read.
func TestDirectoryWithoutSizes(t *testing.T) {
	dir := "/proc/sys/kernel/pty"
	if _, err := os.Stat(dir); err != nil {
		t.Skip(err)
	}
	if tree, err := openQuick(t, DirectoryOptions{Dir: dir}).Tree(t.Context()); err == nil {
		t.Errorf("Tree gave %q", listing(t, tree.FS))
	}
}

func TestDirectoryCancelled(t *testing.T) {
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"a.zone": "a"})
	d := openQuick(t, DirectoryOptions{Dir: dir})
	d.pause = sleep
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.Tree(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Tree: %v, want %v", err, context.Canceled)
	}
}

// configMap is a directory as the kubelet makes it of a ConfigMap: each name is a link through ..data, which is
// replaced by a rename.
type configMap struct {
	t   *testing.T
	dir string
	n   int
}

func (c *configMap) write(texts map[string]string) {
	c.t.Helper()
	c.n++
	version := "..2026_03_14_09_26_53." + string(rune('0'+c.n))
	writeFiles(c.t, filepath.Join(c.dir, version), texts)
	writeFiles(c.t, c.dir, map[string]string{"..data_tmp": "-> " + version})
	old, _ := os.Readlink(filepath.Join(c.dir, "..data"))
	if err := os.Rename(filepath.Join(c.dir, "..data_tmp"), filepath.Join(c.dir, "..data")); err != nil {
		c.t.Fatal(err)
	}
	for name := range texts {
		top, _, _ := strings.Cut(name, "/")
		if _, err := os.Lstat(filepath.Join(c.dir, top)); err != nil {
			writeFiles(c.t, c.dir, map[string]string{top: "-> ..data/" + top})
		}
	}
	if old != "" {
		if err := os.RemoveAll(filepath.Join(c.dir, old)); err != nil {
			c.t.Fatal(err)
		}
	}
}

func TestDirectoryConfigMap(t *testing.T) {
	c := &configMap{t: t, dir: t.TempDir()}
	one := map[string]string{"a.zone": "one", "sub/b.zone": "one"}
	two := map[string]string{"a.zone": "two", "sub/b.zone": "two"}
	c.write(one)
	d := openQuick(t, DirectoryOptions{Dir: c.dir, Watch: true, Debounce: time.Millisecond})
	one["sub/"], two["sub/"] = "", ""
	first := readTree(t, d)
	if diff := cmp.Diff(listing(t, first.FS), one); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
	quiet(d)
	delete(two, "sub/")
	c.write(two)
	two["sub/"] = ""
	wantHint(t, d, "a ConfigMap swap")
	second := readTree(t, d)
	if diff := cmp.Diff(listing(t, second.FS), two); diff != "" {
		t.Errorf("after the swap (-got +want):\n%s", diff)
	}

	// A swap in the middle of a reading does not mix the two.
	d.debounce = time.Hour
	swapped := false
	d.pause = func(context.Context, time.Duration) error {
		if !swapped {
			swapped = true
			c.write(map[string]string{"a.zone": "six", "sub/b.zone": "six"})
		}
		return nil
	}
	third := readTree(t, d)
	if diff := cmp.Diff(listing(t, third.FS), map[string]string{"a.zone": "six", "sub/": "", "sub/b.zone": "six"}); diff != "" {
		t.Errorf("after a swap while it was read (-got +want):\n%s", diff)
	}
}
