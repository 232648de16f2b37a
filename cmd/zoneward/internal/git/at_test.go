package git

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTreeAtARevision(t *testing.T) {
	overEachTransport(t, func(t *testing.T, u *upstream, at RepositoryOptions) {
		one, two := map[string]item{"zones/example.com.zone": file("one")}, map[string]item{"zones/example.com.zone": file("two")}
		first := u.push("main", one)
		second := u.push("main", two, first)
		at.Path = "zones"
		r := openRepository(t, at)
		revisions := map[string]string{first.String(): "one", first.String()[:8]: "one", second.String(): "two"}
		if at.URL == u.dir {
			revisions["HEAD~1"], revisions["main"], revisions["main^{commit}"] = "one", "two", "two"
		}
		for revision, want := range revisions {
			tree, err := r.At(t.Context(), revision)
			if err != nil {
				t.Errorf("%s: %v", revision, err)
				continue
			}
			if diff := cmp.Diff(listing(t, tree.FS), map[string]string{"example.com.zone": want}); diff != "" {
				t.Errorf("%s (-got +want):\n%s", revision, diff)
			}
			if want == "one" && tree.Revision != first.String() {
				t.Errorf("%s: Revision = %s, want %s", revision, tree.Revision, first)
			}
		}
		for _, revision := range []string{"", "nothing", "HEAD~5", "0123456789012345678901234567890123456789", "../../etc/passwd", ":/zones", "@{"} {
			if tree, err := r.At(t.Context(), revision); err == nil {
				t.Errorf("%q is %s", revision, tree.Revision)
			}
		}
		if _, err := r.At(t.Context(), "nothing"); !errors.Is(err, ErrNoRevision) {
			t.Errorf("a revision that is not there: %v", err)
		}
		// What was looked at does not stand in the way of the newest.
		tree, err := r.Tree(t.Context())
		if err != nil || tree.Revision != second.String() {
			t.Errorf("Tree afterwards: %s, %v", tree.Revision, err)
		}
	})
}

func TestAroundADirectory(t *testing.T) {
	gitProgram(t)
	top, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	git := func(args ...string) {
		t.Helper()
		if out, err := exec.Command("git", append([]string{"-C", top, "-c", "user.name=Ann", "-c", "user.email=ann@example.com"}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("git %s: %v\n%s", args, err, out)
		}
	}
	zones := filepath.Join(top, "dns", "zones")
	linked := filepath.Join(t.TempDir(), "linked")
	if err := errors.Join(os.MkdirAll(zones, 0o700), os.WriteFile(filepath.Join(zones, "example.com.zone"), []byte("one"), 0o600), os.Symlink(zones, linked)); err != nil {
		t.Fatal(err)
	}
	git("init", "-q")
	git("add", ".")
	git("commit", "-q", "-m", "zones")
	other := filepath.Join(t.TempDir(), "other")
	git("worktree", "add", "-q", other)
	otherTop, err := filepath.EvalSymlinks(other)
	if err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string][2]string{
		zones: {top, "dns/zones"}, top: {top, "."}, linked: {top, "dns/zones"}, filepath.Join(other, "dns"): {otherTop, "dns"},
	} {
		gotTop, gotPath, err := Around(dir)
		if err != nil || gotTop != want[0] || gotPath != want[1] {
			t.Errorf("%s: %s, %s, %v; want %s", dir, gotTop, gotPath, err, want)
			continue
		}
		r := openRepository(t, RepositoryOptions{URL: gotTop, Path: gotPath})
		if _, err := r.At(t.Context(), "HEAD"); err != nil {
			t.Errorf("%s: %v", dir, err)
		}
	}
	if _, _, err := Around(t.TempDir()); !errors.Is(err, ErrNoRepository) {
		t.Errorf("a directory in no repository: %v", err)
	}
	if _, _, err := Around(filepath.Join(top, "nowhere")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a directory that is not there: %v", err)
	}
}
