package git

import (
	"io/fs"
	"strings"
	"syscall"
	"testing"
)

// A disk that is full is an error that says so, and the last good commit goes on. When there is room again, so does the
// clone.
func TestRepositoryOnAFullDisk(t *testing.T) {
	overEachRemote(t, func(t *testing.T, u *upstream, at RepositoryOptions) {
		at.Dir = t.TempDir()
		if err := syscall.Mount("tmpfs", at.Dir, "tmpfs", 0, "size=1m"); err != nil {
			t.Skipf("mounting takes root, and is needed to have such a disk: %v", err)
		}
		t.Cleanup(func() { _ = syscall.Unmount(at.Dir, syscall.MNT_DETACH) })
		big := map[string]item{"big.zone": noise(2 << 20)}

		u.push("main", big)
		r := openRepository(t, at)
		wantFull(t, r)
		first := u.push("main", files(3))
		tree, err := r.Tree(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		u.push("main", big, first)
		wantFull(t, r)
		wantClean(t, at.Dir)
		if data, err := fs.ReadFile(tree.FS, "zone0001.example.zone"); err != nil || string(data) != "; zone 1\n" {
			t.Errorf("of the last good commit: %q, %v", data, err)
		}
		u.push("main", files(4), first)
		wantTree(t, r, files(4))
	})
}

func wantFull(t *testing.T, r *Repository) {
	t.Helper()
	_, err := r.Tree(t.Context())
	if err == nil || !strings.Contains(strings.ToLower(err.Error()), "no space left on device") {
		t.Errorf("Tree: %v, want an error of a full disk", err)
	}
}
