package git

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/storage/filesystem"
)

// upstream is a bare repository that a test commits to, object by object: what a git client would refuse to make can
// be made too.
type upstream struct {
	t   testing.TB
	dir string
	st  *filesystem.Storage
}

func newUpstream(t testing.TB) *upstream {
	t.Helper()
	return newUpstreamAt(t, filepath.Join(t.TempDir(), "zones.git"))
}

func newUpstreamAt(t testing.TB, dir string) *upstream {
	t.Helper()
	repo, err := gogit.PlainInitWithOptions(dir, &gogit.PlainInitOptions{
		Bare:        true,
		InitOptions: gogit.InitOptions{DefaultBranch: "refs/heads/main"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return &upstream{t, dir, repo.Storer.(*filesystem.Storage)}
}

// item is an entry of a tree made from text. A submodule is the one that has no object.
type item struct {
	mode filemode.FileMode
	text string
}

func file(text string) item     { return item{filemode.Regular, text} }
func linkTo(target string) item { return item{filemode.Symlink, target} }
func submodule() item           { return item{mode: filemode.Submodule} }
func files(n int) map[string]item {
	m := make(map[string]item, n)
	for i := range n {
		m[fmt.Sprintf("zone%04d.example.zone", i)] = file(fmt.Sprintf("; zone %d\n", i))
	}
	return m
}

func (u *upstream) object(t plumbing.ObjectType, content []byte) plumbing.Hash {
	u.t.Helper()
	if id := plumbing.ComputeHash(t, content); u.st.HasEncodedObject(id) == nil {
		return id
	}
	obj := u.st.NewEncodedObject()
	obj.SetType(t)
	w, err := obj.Writer()
	if err != nil {
		u.t.Fatal(err)
	}
	if _, err := w.Write(content); err != nil {
		u.t.Fatal(err)
	}
	id, err := u.st.SetEncodedObject(obj)
	if err != nil {
		u.t.Fatal(err)
	}
	return id
}

// rawTree writes a tree with the entries as they are.
func (u *upstream) rawTree(entries ...object.TreeEntry) plumbing.Hash {
	var raw []byte
	for _, e := range entries {
		raw = fmt.Appendf(raw, "%o %s\x00%s", uint32(e.Mode), e.Name, e.Hash[:])
	}
	return u.object(plumbing.TreeObject, raw)
}

// tree writes the items, by path, and the trees that they need.
func (u *upstream) tree(items map[string]item) plumbing.Hash {
	below := make(map[string]map[string]item)
	var entries []object.TreeEntry
	for _, p := range slices.Sorted(maps.Keys(items)) {
		dir, rest, ok := strings.Cut(p, "/")
		if ok {
			if below[dir] == nil {
				below[dir] = make(map[string]item)
			}
			below[dir][rest] = items[p]
			continue
		}
		e := object.TreeEntry{Name: p, Mode: items[p].mode, Hash: plumbing.NewHash(strings.Repeat("5", 40))}
		if e.Mode != filemode.Submodule {
			e.Hash = u.object(plumbing.BlobObject, []byte(items[p].text))
		}
		entries = append(entries, e)
	}
	for dir, items := range below {
		entries = append(entries, object.TreeEntry{Name: dir, Mode: filemode.Dir, Hash: u.tree(items)})
	}
	sortName := func(e object.TreeEntry) string {
		if e.Mode == filemode.Dir {
			return e.Name + "/"
		}
		return e.Name
	}
	slices.SortFunc(entries, func(a, b object.TreeEntry) int { return cmp.Compare(sortName(a), sortName(b)) })
	return u.rawTree(entries...)
}

// commitTime is when all commits of tests are made, to the second as git keeps it.
var commitTime = time.Date(2026, 3, 14, 9, 26, 53, 0, time.FixedZone("", 3600))

func (u *upstream) commitTree(tree plumbing.Hash, parents ...plumbing.Hash) plumbing.Hash {
	u.t.Helper()
	c := &object.Commit{
		Author:       object.Signature{Name: "Ann Author", Email: "ann@example.com", When: commitTime.Add(-time.Hour)},
		Committer:    object.Signature{Name: "Carl Committer", Email: "carl@example.com", When: commitTime},
		Message:      "zones",
		TreeHash:     tree,
		ParentHashes: parents,
	}
	obj := u.st.NewEncodedObject()
	if err := c.Encode(obj); err != nil {
		u.t.Fatal(err)
	}
	id, err := u.st.SetEncodedObject(obj)
	if err != nil {
		u.t.Fatal(err)
	}
	return id
}

func (u *upstream) setBranch(name string, id plumbing.Hash) {
	u.t.Helper()
	if err := u.st.SetReference(plumbing.NewHashReference(plumbing.NewBranchReferenceName(name), id)); err != nil {
		u.t.Fatal(err)
	}
}

// push makes a commit of the items and sets the branch to it.
func (u *upstream) push(branch string, items map[string]item, parents ...plumbing.Hash) plumbing.Hash {
	u.t.Helper()
	id := u.commitTree(u.tree(items), parents...)
	u.setBranch(branch, id)
	return id
}

// gitProgram returns the directory that git's programs are in, and skips the test if there is none.
func gitProgram(t testing.TB) string {
	t.Helper()
	out, err := exec.Command("git", "--exec-path").Output()
	dir := strings.TrimSpace(string(out))
	if err == nil {
		_, err = os.Stat(filepath.Join(dir, "git-http-backend"))
	}
	if err != nil {
		if os.Getenv("ZONEWARD_REQUIRE_SERVERS") == "1" {
			t.Fatalf("git is needed: %v", err)
		}
		t.Skipf("no git: %v", err)
	}
	return dir
}

// server is git's own over HTTP.
type server struct {
	*httptest.Server
	requests atomic.Int32
	fetches  atomic.Int32 // the requests for a pack
	check    func(*http.Request) int
}

// serve serves the repositories in dir. A request for which check, if set, returns a status other than 200 gets that.
func serve(t testing.TB, dir string) *server {
	t.Helper()
	return serveBy(t, dir, httptest.NewServer)
}

// serveTLS is serve by https, with the certificate that httptest has.
func serveTLS(t testing.TB, dir string) *server {
	t.Helper()
	return serveBy(t, dir, httptest.NewTLSServer)
}

func serveBy(t testing.TB, dir string, start func(http.Handler) *httptest.Server) *server {
	t.Helper()
	backend := filepath.Join(gitProgram(t), "git-http-backend")
	s := new(server)
	h := &cgi.Handler{Path: backend, Stderr: io.Discard, Env: []string{
		"GIT_PROJECT_ROOT=" + dir, "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_NOSYSTEM=1", "HOME=" + t.TempDir(),
		"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*",
	}}
	s.Server = start(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.requests.Add(1)
		if strings.HasSuffix(r.URL.Path, "/git-upload-pack") {
			s.fetches.Add(1)
		}
		if s.check != nil {
			if code := s.check(r); code != http.StatusOK {
				http.Error(w, "<html>a page from the server</html>", code)
				return
			}
		}
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// openRepository opens one that the test closes at its end.
func openRepository(t testing.TB, opts RepositoryOptions) *Repository {
	t.Helper()
	r, err := OpenRepository(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return r
}

// listing is what a walk through the file system shows: content by path, "dir/" for a directory, and for what does
// not open "!" and why.
func listing(t testing.TB, fsys fs.FS) map[string]string {
	t.Helper()
	got := make(map[string]string)
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case p == ".":
		case d.IsDir():
			got[p+"/"] = ""
		default:
			data, err := fs.ReadFile(fsys, p)
			got[p] = string(data)
			if err != nil {
				if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
					err = pathErr.Err
				}
				got[p] = "!" + d.Type().String()[:1] + " " + err.Error()
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func texts(items map[string]item) map[string]string {
	m := make(map[string]string)
	for p, it := range items {
		m[p] = it.text
		for dir := path.Dir(p); dir != "."; dir = path.Dir(dir) {
			m[dir+"/"] = ""
		}
	}
	return m
}

// cutOff breaks the connection after so many octets of an answer.
func cutOff(h http.Handler, after int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(&cutWriter{w, after}, r)
	})
}

type cutWriter struct {
	http.ResponseWriter
	left int
}

func (w *cutWriter) Write(p []byte) (int, error) {
	if len(p) > w.left {
		panic(http.ErrAbortHandler)
	}
	w.left -= len(p)
	return w.ResponseWriter.Write(p)
}
