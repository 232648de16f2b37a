package git

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/google/go-cmp/cmp"
)

func TestRepositoryFollowsTheBranch(t *testing.T) {
	overEachTransport(t, func(t *testing.T, u *upstream, at RepositoryOptions) {
		r := openRepository(t, at)
		if ch := r.Changed(); ch != nil {
			t.Errorf("Changed() = %v, want nil", ch)
		}

		one := map[string]item{"example.com.zone": file("one"), "sub/dir/example.net.zone": file("net")}
		first := u.push("main", one)
		tree, err := r.Tree(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(listing(t, tree.FS), texts(one)); diff != "" {
			t.Errorf("first commit (-got +want):\n%s", diff)
		}
		if got, want := tree.Revision, first.String(); got != want {
			t.Errorf("Revision = %s, want %s", got, want)
		}
		if got, want := tree.Author, "Ann Author <ann@example.com>"; got != want {
			t.Errorf("Author = %q, want %q", got, want)
		}
		if !tree.Time.Equal(commitTime) {
			t.Errorf("Time = %s, want %s", tree.Time, commitTime)
		}

		same, err := r.Tree(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if same != tree {
			t.Errorf("at the same commit: another Tree")
		}

		two := map[string]item{"example.com.zone": file("two"), "sub/dir/example.net.zone": file("net")}
		u.push("main", two, first)
		wantTree(t, r, two)
		if diff := cmp.Diff(listing(t, tree.FS), texts(one)); diff != "" {
			t.Errorf("the old Tree changed (-got +want):\n%s", diff)
		}

		u.setBranch("main", first)
		wantTree(t, r, one)

		three := map[string]item{"example.org.zone": file("unrelated")}
		u.push("main", three)
		wantTree(t, r, three)

		if err := u.st.RemoveReference("refs/heads/main"); err != nil {
			t.Fatal(err)
		}
		wantNoTree(t, r, ErrNoBranch)

		u.push("main", two)
		wantTree(t, r, two)

		u.push("main", nil)
		wantNoTree(t, r, ErrEmpty)
	})
}

func wantTree(t *testing.T, r *Repository, want map[string]item) {
	t.Helper()
	tree, err := r.Tree(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(listing(t, tree.FS), texts(want)); diff != "" {
		t.Errorf("Tree (-got +want):\n%s", diff)
	}
}

func wantNoTree(t *testing.T, r *Repository, want error) {
	t.Helper()
	tree, err := r.Tree(t.Context())
	if !errors.Is(err, want) {
		t.Errorf("Tree: %v, want %v", err, want)
	}
	if tree.FS != nil || tree.Revision != "" {
		t.Errorf("Tree gave %+v beside the error", tree)
	}
}

func TestRepositoryBranchAndPath(t *testing.T) {
	overEachTransport(t, func(t *testing.T, u *upstream, at RepositoryOptions) {
		u.push("main", map[string]item{"README": file("main")})
		u.push("release/1", map[string]item{
			"dns/zones/example.com.zone": file("com"), "dns/empty/.gitkeep": file(""),
			"dns/README": file(""), "dns/link": linkTo("zones"), ".dot/zones/a.zone": file("dot"),
		})
		tests := []struct {
			name         string
			branch, path string
			want         map[string]item
			err          error
			says         string
		}{
			{name: "the remote's HEAD", want: map[string]item{"README": file("main")}},
			{name: "path", branch: "release/1", path: "dns/zones", want: map[string]item{"example.com.zone": file("com")}},
			{name: "path with slashes", branch: "release/1", path: "./dns//zones/", want: map[string]item{"example.com.zone": file("com")}},
			{name: "path in a dot folder", branch: "release/1", path: ".dot/zones", want: map[string]item{"a.zone": file("dot")}},
			{name: "no branch", branch: "gone", err: ErrNoBranch, says: "gone"},
			{name: "tag-like branch", branch: "refs/heads/main", err: ErrNoBranch, says: "refs/heads/main"},
			{name: "no path", branch: "release/1", path: "dns/nothing", err: ErrNoPath, says: "dns/nothing"},
			{name: "path below a file", branch: "release/1", path: "dns/README/x", err: ErrNoPath},
			{name: "path is a file", branch: "release/1", path: "dns/README", err: ErrNoPath},
			{name: "path is a link", branch: "release/1", path: "dns/link", err: ErrNoPath},
			{name: "path with dot files only", branch: "release/1", path: "dns/empty", err: ErrEmpty, says: "dns/empty"},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				at.Branch, at.Path = tt.branch, tt.path
				r := openRepository(t, at)
				if tt.err == nil {
					wantTree(t, r, tt.want)
					return
				}
				wantNoTree(t, r, tt.err)
				_, err := r.Tree(t.Context())
				if !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), r.where) {
					t.Errorf("error %q does not name %q and the repository", err, tt.says)
				}
			})
		}
	})
}

func TestRepositoryWithoutCommits(t *testing.T) {
	overEachTransport(t, func(t *testing.T, u *upstream, at RepositoryOptions) {
		wantNoTree(t, openRepository(t, at), ErrNoBranch)
	})
}

func TestRepositoryGone(t *testing.T) {
	overEachTransport(t, func(t *testing.T, u *upstream, at RepositoryOptions) {
		u.push("main", files(1))
		r := openRepository(t, at)
		wantTree(t, r, files(1))
		if err := os.Rename(u.dir, u.dir+".moved"); err != nil {
			t.Fatal(err)
		}
		wantNoTree(t, r, ErrNoRepository)
		if err := os.Rename(u.dir+".moved", u.dir); err != nil {
			t.Fatal(err)
		}
		wantTree(t, r, files(1))
	})
}

func TestLocalRepositoryNeedsNoGitProgram(t *testing.T) {
	u := newUpstream(t)
	u.push("main", files(1))
	t.Setenv("PATH", "")
	wantTree(t, openRepository(t, RepositoryOptions{URL: u.dir}), files(1))
}

func TestRepositoryFileURL(t *testing.T) {
	u := newUpstream(t)
	u.push("main", files(1))
	wantTree(t, openRepository(t, RepositoryOptions{URL: "file://" + u.dir}), files(1))
}

func TestLocalRepositoryLayouts(t *testing.T) {
	write := func(t *testing.T, path, content string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("with a work tree", func(t *testing.T) {
		dir := t.TempDir()
		u := newUpstreamAt(t, filepath.Join(dir, ".git"))
		u.push("main", files(1))
		wantTree(t, openRepository(t, RepositoryOptions{URL: dir}), files(1))
	})
	t.Run("linked work tree", func(t *testing.T) {
		u, dir := newUpstream(t), t.TempDir()
		u.push("main", files(1))
		u.push("feature", files(2))
		admin := filepath.Join(u.dir, "worktrees", "feature")
		write(t, filepath.Join(dir, ".git"), "gitdir: "+admin+"\n")
		write(t, filepath.Join(admin, "HEAD"), "ref: refs/heads/feature\n")
		write(t, filepath.Join(admin, "commondir"), "../..\n")
		wantTree(t, openRepository(t, RepositoryOptions{URL: dir}), files(2))
	})
	t.Run("objects of another repository", func(t *testing.T) {
		u, borrower := newUpstream(t), newUpstream(t)
		borrower.setBranch("main", u.push("main", files(2)))
		write(t, filepath.Join(borrower.dir, "objects", "info", "alternates"), filepath.Join(u.dir, "objects")+"\n")
		wantTree(t, openRepository(t, RepositoryOptions{URL: borrower.dir}), files(2))
	})
	t.Run("detached HEAD", func(t *testing.T) {
		u := newUpstream(t)
		u.push("main", files(1))
		if err := u.st.SetReference(plumbing.NewHashReference(plumbing.HEAD, u.push("other", files(2)))); err != nil {
			t.Fatal(err)
		}
		wantTree(t, openRepository(t, RepositoryOptions{URL: u.dir}), files(2))
	})
	t.Run("no repository", func(t *testing.T) {
		wantNoTree(t, openRepository(t, RepositoryOptions{URL: t.TempDir()}), ErrNoRepository)
	})
}

func TestRepositoryFetchesOnlyWhatIsNew(t *testing.T) {
	u := newUpstream(t)
	first := u.push("main", files(3))
	s := serve(t, filepath.Dir(u.dir))
	home := t.TempDir()
	r := openRepository(t, RepositoryOptions{URL: s.URL + "/zones.git", Dir: home})
	wantTree(t, r, files(3))
	s.requests.Store(0)
	for range 3 {
		wantTree(t, r, files(3))
	}
	if got := s.requests.Load(); got != 3 {
		t.Errorf("%d requests for three looks at the same commit, want 3", got)
	}
	if got := s.fetches.Load(); got != 1 {
		t.Errorf("%d fetches for one commit, want 1", got)
	}
	u.push("main", files(4), first)
	wantTree(t, r, files(4))
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	r = openRepository(t, RepositoryOptions{URL: s.URL + "/zones.git", Dir: home})
	wantTree(t, r, files(4))
	if got := s.fetches.Load(); got != 2 {
		t.Errorf("%d fetches for two commits and a restart, want 2", got)
	}
}

func TestRepositoryClose(t *testing.T) {
	u := newUpstream(t)
	u.push("main", files(1))
	s := serve(t, filepath.Dir(u.dir))
	t.Setenv("TMPDIR", t.TempDir())
	kept := filepath.Join(t.TempDir(), "a", "b")
	for _, dir := range []string{"", kept} {
		r := openRepository(t, RepositoryOptions{URL: s.URL + "/zones.git", Dir: dir})
		wantTree(t, r, files(1))
		for range 2 {
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
		}
		wantNoTree(t, r, fs.ErrClosed)
	}
	if left, _ := os.ReadDir(os.TempDir()); len(left) > 0 {
		t.Errorf("left in the temporary directory: %v", left)
	}
	if _, err := os.Stat(filepath.Join(kept, cloneName, "HEAD")); err != nil {
		t.Errorf("the clone that was to be kept: %v", err)
	}
}

func TestRepositoryCredentials(t *testing.T) {
	u := newUpstream(t)
	u.push("main", files(1))
	s := serve(t, filepath.Dir(u.dir))
	user, password := "x-access-token", "first-secret"
	s.check = func(r *http.Request) int {
		if gotUser, got, _ := r.BasicAuth(); gotUser != user || got != password {
			return http.StatusUnauthorized
		}
		return http.StatusOK
	}
	var log bytes.Buffer
	token := "first-secret"
	r := openRepository(t, RepositoryOptions{
		URL:    s.URL + "/zones.git",
		Token:  func() (string, error) { return token, nil },
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	wantTree(t, r, files(1))

	password = "second-secret"
	wantNoTree(t, r, ErrAuth)
	_, err := r.Tree(t.Context())
	if strings.Contains(err.Error(), "html") {
		t.Errorf("error quotes the server's page: %v", err)
	}
	token = "second-secret"
	wantTree(t, r, files(1))

	user, password = "deploy", "in-url"
	withUser := strings.Replace(s.URL, "http://", "http://deploy:in-url@", 1) + "/zones.git"
	inURL := openRepository(t, RepositoryOptions{URL: withUser, Branch: "gone", Logger: slog.New(slog.NewTextHandler(&log, nil))})
	_, err = inURL.Tree(t.Context())
	if !errors.Is(err, ErrNoBranch) {
		t.Errorf("with a user and password in the URL: %v, want %v", err, ErrNoBranch)
	}
	password = "changed"
	_, err2 := inURL.Tree(t.Context())
	for _, secret := range []string{"first-secret", "second-secret", "in-url"} {
		if text := fmt.Sprint(err, err2, log.String()); strings.Contains(text, secret) {
			t.Errorf("%q is in an error or the log:\n%s", secret, text)
		}
	}

	user, password = "deploy", "token"
	both := openRepository(t, RepositoryOptions{URL: withUser, Token: func() (string, error) { return "token", nil }})
	wantTree(t, both, files(1))

	noToken := errors.New("no token today")
	r = openRepository(t, RepositoryOptions{URL: s.URL + "/zones.git", Token: func() (string, error) { return "", noToken }})
	wantNoTree(t, r, noToken)
	r = openRepository(t, RepositoryOptions{URL: s.URL + "/zones.git", Token: func() (string, error) { return "", nil }})
	if _, err := r.Tree(t.Context()); err == nil || !strings.Contains(err.Error(), "empty") {
		t.Errorf("with an empty token: %v", err)
	}
}

func TestRepositoryTimeout(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer s.Close()
	r := openRepository(t, RepositoryOptions{URL: s.URL + "/zones.git", Timeout: 20 * time.Millisecond})
	_, err := r.Tree(t.Context())
	if err == nil || !os.IsTimeout(errors.Unwrap(err)) {
		t.Errorf("Tree: %v, want a timeout", err)
	}
}

func TestRepositoryManyFilesConcurrently(t *testing.T) {
	const n = 2000
	u := newUpstream(t)
	first := u.push("main", files(n))
	second := u.push("main", files(n+1), first)
	for name, url := range map[string]string{"path": u.dir, "http": serve(t, filepath.Dir(u.dir)).URL + "/zones.git"} {
		t.Run(name, func(t *testing.T) {
			u.setBranch("main", first)
			r := openRepository(t, RepositoryOptions{URL: url})
			var wg sync.WaitGroup
			for i := range 4 {
				wg.Go(func() {
					tree, err := r.Tree(t.Context())
					if err != nil {
						t.Errorf("reader %d: %v", i, err)
						return
					}
					if diff := cmp.Diff(listing(t, tree.FS), texts(files(n))); diff != "" {
						t.Errorf("reader %d (-got +want):\n%s", i, diff)
					}
				})
			}
			wg.Wait()
			old, err := r.Tree(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			u.setBranch("main", second)
			wg.Go(func() {
				if tree, err := r.Tree(t.Context()); err != nil || tree.Revision != second.String() {
					t.Errorf("after a push: %s, %v", tree.Revision, err)
				}
			})
			if diff := cmp.Diff(listing(t, old.FS), texts(files(n))); diff != "" {
				t.Errorf("read during a fetch (-got +want):\n%s", diff)
			}
			wg.Wait()
		})
	}
}

func TestRepositoryFSIsAnFS(t *testing.T) {
	u := newUpstream(t)
	u.push("main", map[string]item{"a.zone": file("a"), "empty.zone": file(""), "sub/b.zone": file("b"), "sub/deep/c.zone": file("c")})
	tree, err := openRepository(t, RepositoryOptions{URL: u.dir}).Tree(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := fstest.TestFS(tree.FS, "a.zone", "empty.zone", "sub/b.zone", "sub/deep/c.zone"); err != nil {
		t.Error(err)
	}
}

func TestRepositoryBlobID(t *testing.T) {
	u := newUpstream(t)
	first := u.push("main", map[string]item{"a.zone": file("same"), "b.zone": file("same"), "c.zone": file("old"), "l.zone": linkTo("a.zone"), "x.zone": linkTo("none")})
	r := openRepository(t, RepositoryOptions{URL: u.dir})
	id := func(name string) string {
		t.Helper()
		tree, err := r.Tree(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		id, err := tree.FS.(interface {
			BlobID(string) (string, error)
		}).BlobID(name)
		if err != nil {
			return "!"
		}
		return id
	}
	same, old := id("a.zone"), id("c.zone")
	if got, want := same, plumbing.ComputeHash(plumbing.BlobObject, []byte("same")).String(); got != want {
		t.Errorf("BlobID = %s, want %s", got, want)
	}
	for _, name := range []string{"b.zone", "l.zone"} {
		if got := id(name); got != same {
			t.Errorf("BlobID(%s) = %s, want that of a.zone, %s", name, got, same)
		}
	}
	for _, name := range []string{"x.zone", "gone.zone", "."} {
		if got := id(name); got != "!" {
			t.Errorf("BlobID(%s) = %s, want an error", name, got)
		}
	}
	u.push("main", map[string]item{"a.zone": file("same"), "c.zone": file("new")}, first)
	if got := id("a.zone"); got != same {
		t.Errorf("BlobID of an unchanged file = %s, want %s", got, same)
	}
	if got := id("c.zone"); got == old {
		t.Errorf("BlobID of a changed file is still %s", got)
	}
}

func TestRepositoryMaxFileBytes(t *testing.T) {
	overEachTransport(t, func(t *testing.T, u *upstream, at RepositoryOptions) {
		u.push("main", map[string]item{"big.zone": file(strings.Repeat("x", 101)), "fits.zone": file(strings.Repeat("x", 100))})
		at.MaxFileBytes = 100
		r := openRepository(t, at)
		tree, err := r.Tree(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fs.ReadFile(tree.FS, "fits.zone"); err != nil {
			t.Error(err)
		}
		if _, err := fs.ReadFile(tree.FS, "big.zone"); !errors.Is(err, ErrTooLarge) {
			t.Errorf("big.zone: %v, want %v", err, ErrTooLarge)
		}
		if again, err := r.Tree(t.Context()); err != nil || again != tree {
			t.Errorf("a file that is too large counts as damage: %v", err)
		}
	})
}
