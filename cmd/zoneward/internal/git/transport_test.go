package git

import (
	"path/filepath"
	"testing"
)

// overEachTransport runs the test with each way to a repository that there is, by each implementation.
func overEachTransport(t *testing.T, test func(t *testing.T, u *upstream, at RepositoryOptions)) {
	t.Run("path", func(t *testing.T) {
		u := newUpstream(t)
		test(t, u, RepositoryOptions{URL: u.dir})
	})
	overEachRemote(t, test)
}

// overEachRemote is overEachTransport without the repository that is read where it is.
func overEachRemote(t *testing.T, test func(t *testing.T, u *upstream, at RepositoryOptions)) {
	t.Run("path by cli", func(t *testing.T) {
		gitProgram(t)
		u := newUpstream(t)
		test(t, u, RepositoryOptions{URL: "file://" + u.dir, Implementation: CLI})
	})
	for name, i := range map[string]Implementation{"": GoGit, " by cli": CLI} {
		t.Run("http"+name, func(t *testing.T) {
			u := newUpstream(t)
			test(t, u, RepositoryOptions{URL: serve(t, filepath.Dir(u.dir)).URL + "/zones.git", Implementation: i})
		})
		t.Run("ssh"+name, func(t *testing.T) {
			if i == CLI {
				program(t, "ssh")
			}
			u := newUpstream(t)
			test(t, u, serveSSH(t).options(u.dir, i))
		})
	}
}
