package git

import (
	"testing"

	"go.uber.org/goleak"
)

// Nothing goes on after Close, nor after a Tree that failed.
func TestCloseEndsEverything(t *testing.T) {
	overEachRemote(t, func(t *testing.T, u *upstream, at RepositoryOptions) {
		before := goleak.IgnoreCurrent()
		first := u.push("main", files(1))
		r, err := OpenRepository(at)
		if err != nil {
			t.Fatal(err)
		}
		wantTree(t, r, files(1))
		u.push("main", files(2), first)
		wantTree(t, r, files(2))
		if err := u.st.RemoveReference("refs/heads/main"); err != nil {
			t.Fatal(err)
		}
		wantNoTree(t, r, ErrNoBranch)
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		goleak.VerifyNone(t, before)
	})
}
