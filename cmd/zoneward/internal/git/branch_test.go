package git

import (
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
)

func TestBranchThatIsRead(t *testing.T) {
	overEachTransport(t, func(t *testing.T, u *upstream, at RepositoryOptions) {
		u.push("main", files(1))
		u.push("other", files(2))
		r := openRepository(t, at)
		if got := r.Branch(); got != "" {
			t.Errorf("before it is read: %q", got)
		}
		wantTree(t, r, files(1))
		if got := r.Branch(); got != "main" {
			t.Errorf("%q, want main", got)
		}
		if err := u.st.SetReference(plumbing.NewSymbolicReference(plumbing.HEAD, "refs/heads/other")); err != nil {
			t.Fatal(err)
		}
		wantTree(t, r, files(2))
		if got := r.Branch(); got != "other" {
			t.Errorf("%q, want other", got)
		}
		at.Branch = "main"
		named := openRepository(t, at)
		wantTree(t, named, files(1))
		if got := named.Branch(); got != "main" {
			t.Errorf("%q, want main", got)
		}
	})
}
