package git

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// Each contact is observed, and none is made that isn't needed.
func TestContacts(t *testing.T) {
	overEachRemote(t, func(t *testing.T, u *upstream, at RepositoryOptions) {
		var contacts []Contact
		at.Observe = func(c Contact) {
			if c.Took <= 0 || c.Err == nil && c.Bytes <= 0 {
				t.Errorf("a contact without time or bytes: %+v", c)
			}
			contacts = append(contacts, c)
		}
		first := u.push("main", files(3))
		r := openRepository(t, at)
		tree := func(err error, want ...string) {
			t.Helper()
			contacts = nil
			if _, got := r.Tree(t.Context()); (got == nil) != (err == nil) {
				t.Errorf("Tree: %v", got)
			}
			var ops []string
			for _, c := range contacts {
				ops = append(ops, c.Operation)
			}
			if diff := cmp.Diff(ops, want); diff != "" {
				t.Errorf("contacts (-got +want):\n%s", diff)
			}
			var last error
			if len(contacts) > 0 {
				last = contacts[len(contacts)-1].Err
			}
			if diff := cmp.Diff(last, err, cmpopts.EquateErrors()); diff != "" {
				t.Errorf("error of the last contact (-got +want):\n%s", diff)
			}
		}
		tree(nil, opList, opClone)
		tree(nil, opList)
		second := u.push("main", files(4), first)
		tree(nil, opList, opFetch)
		u.setBranch("main", first) // what is there already
		tree(nil, opList)
		u.setBranch("main", second)
		tree(nil, opList)
		if err := u.st.RemoveReference("refs/heads/main"); err != nil {
			t.Fatal(err)
		}
		tree(ErrNoBranch, opList)
		u.setBranch("main", second)
		tree(nil, opList)
	})
}

// A commit that the clone has is not asked for.
func TestRewoundBranchNeedsNoPack(t *testing.T) {
	u := newUpstream(t)
	first := u.push("main", files(3))
	second := u.push("main", files(4), first)
	s := serve(t, filepath.Dir(u.dir))
	ssh := serveSSH(t)
	byHTTP := openRepository(t, RepositoryOptions{URL: s.URL + "/zones.git"})
	bySSH := openRepository(t, ssh.options(u.dir, GoGit))
	for _, at := range []struct {
		commit plumbing.Hash
		n      int
	}{{second, 4}, {first, 3}, {second, 4}, {first, 3}} {
		u.setBranch("main", at.commit)
		wantTree(t, byHTTP, files(at.n))
		wantTree(t, bySSH, files(at.n))
	}
	if got := s.fetches.Load(); got != 1 {
		t.Errorf("%d packs over HTTP, want 1", got)
	}
	if got := ssh.packs.Load(); got != 1 {
		t.Errorf("%d packs over ssh, want 1", got)
	}
	if got := ssh.connections.Load(); got != 4 {
		t.Errorf("%d connections of ssh for four looks, want 4", got)
	}
}

func TestDefaultBranchIsRenamed(t *testing.T) {
	overEachTransport(t, func(t *testing.T, u *upstream, at RepositoryOptions) {
		r := openRepository(t, at)
		at.Branch = "main"
		if at.Dir != "" {
			at.Dir = t.TempDir()
		}
		named := openRepository(t, at)
		first := u.push("main", files(1))
		wantTree(t, r, files(1))
		wantTree(t, named, files(1))
		u.push("trunk", files(2), first)
		head := plumbing.NewSymbolicReference(plumbing.HEAD, "refs/heads/trunk")
		if err := u.st.SetReference(head); err != nil {
			t.Fatal(err)
		}
		wantTree(t, r, files(2))
		if err := u.st.RemoveReference("refs/heads/main"); err != nil {
			t.Fatal(err)
		}
		wantTree(t, r, files(2))
		wantNoTree(t, named, ErrNoBranch)
	})
}

// A HEAD that names no branch is a commit.
func TestDetachedHead(t *testing.T) {
	overEachRemote(t, func(t *testing.T, u *upstream, at RepositoryOptions) {
		u.push("main", files(1))
		if err := u.st.SetReference(plumbing.NewHashReference(plumbing.HEAD, u.push("other", files(2)))); err != nil {
			t.Fatal(err)
		}
		wantTree(t, openRepository(t, at), files(2))
	})
}

// A branch of which the name is the end of another's is that one.
func TestBranchOfSimilarName(t *testing.T) {
	overEachRemote(t, func(t *testing.T, u *upstream, at RepositoryOptions) {
		u.push("main", files(1))
		u.push("refs/heads/main", files(2))
		u.push("x/main", files(3))
		for branch, n := range map[string]int{"main": 1, "refs/heads/main": 2, "x/main": 3} {
			at.Branch = branch
			wantTree(t, openRepository(t, at), files(n))
		}
	})
}

func TestTimeoutOfTheCaller(t *testing.T) {
	overEachRemote(t, func(t *testing.T, u *upstream, at RepositoryOptions) {
		u.push("main", files(1))
		at.Timeout = time.Nanosecond
		if _, err := openRepository(t, at).Tree(t.Context()); err == nil {
			t.Error("no error after a nanosecond")
		}
	})
}
