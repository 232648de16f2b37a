package git

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// noise is nothing for zlib to make smaller.
func noise(n int) item {
	data := make([]byte, n)
	rand.Read(data)
	return file(string(data))
}

// A repository that is too large leaves nothing behind, and the last good commit goes on.
func TestRepositoryTooLarge(t *testing.T) {
	overEachRemote(t, func(t *testing.T, u *upstream, at RepositoryOptions) {
		const most = 500_000
		at.Dir, at.MaxRepositoryBytes = t.TempDir(), most
		var contacts []Contact
		at.Observe = func(c Contact) { contacts = append(contacts, c) }
		huge := map[string]item{"huge.zone": noise(3 * most)}

		u.push("main", huge)
		r := openRepository(t, at)
		wantNoTree(t, r, ErrTooLarge)
		if left, err := os.ReadDir(at.Dir); err != nil || len(left) > 0 {
			t.Errorf("left: %v, %v", left, err)
		}
		last := contacts[len(contacts)-1]
		if last.Operation != opClone || !errors.Is(last.Err, ErrTooLarge) || last.Bytes > 2*most && at.Implementation == GoGit {
			t.Errorf("the contact: %+v", last)
		}

		// It is not fetched again to be refused again.
		n := len(contacts)
		wantNoTree(t, r, ErrTooLarge)
		if len(contacts) != n+1 || contacts[n].Operation != opList {
			t.Errorf("contacts the second time: %+v", contacts[n:])
		}

		first := u.push("main", files(3))
		tree, err := r.Tree(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		u.push("main", huge, first)
		wantNoTree(t, r, ErrTooLarge)
		wantClean(t, at.Dir)
		if data, err := fs.ReadFile(tree.FS, "zone0001.example.zone"); err != nil || string(data) != "; zone 1\n" {
			t.Errorf("of the last good commit: %q, %v", data, err)
		}
		if size := dirSize(at.Dir); size > most {
			t.Errorf("%d bytes are left", size)
		}
		u.push("main", files(4), first)
		wantTree(t, r, files(4))
	})
}

func TestTooLargeIsForgottenAfterAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r refusedTip
		commit := newUpstream(t).push("main", files(1))
		r.note(commit, opFetch, errors.New("another error"))
		if err := r.of(commit, opFetch); err != nil {
			t.Errorf("after another error: %v", err)
		}
		r.note(commit, opFetch, tooMuch(10))
		time.Sleep(refusedFor - time.Second)
		if err := r.of(commit, opFetch); !errors.Is(err, ErrTooLarge) || !strings.Contains(err.Error(), "asked for again at ") {
			t.Errorf("after less than an hour: %v", err)
		}
		if err := r.of(commit, opClone); err != nil {
			t.Errorf("for a clone: %v", err)
		}
		time.Sleep(2 * time.Second)
		if err := r.of(commit, opFetch); err != nil {
			t.Errorf("after an hour: %v", err)
		}
	})
}
