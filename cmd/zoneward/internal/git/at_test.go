package git

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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
		for _, revision := range []string{"", "nothing", "HEAD~5", "0123456789012345678901234567890123456789", "../../etc/passwd", ":/zones", "@{", "main@{1}", "HEAD@{1}", "main@{upstream}"} {
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

// TestNoSuchCommit: where there are not so many commits, it is said how many there are.
func TestNoSuchCommit(t *testing.T) {
	gitProgram(t)
	dir, shallow := t.TempDir(), filepath.Join(t.TempDir(), "shallow")
	git := func(args ...string) {
		t.Helper()
		if out, err := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=Ann", "-c", "user.email=ann@example.com"}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("git %s: %v\n%s", args, err, out)
		}
	}
	git("init", "-q", "-b", "main")
	git("commit", "-q", "--allow-empty", "-m", "one")
	git("tag", "first")
	git("commit", "-q", "--allow-empty", "-m", "two")
	git("commit", "-q", "--allow-empty", "-m", "three")
	git("clone", "-q", "--depth", "1", "--no-tags", "file://"+dir, shallow)
	const cut = ", in a shallow clone: git fetch --unshallow brings the others"
	for _, test := range []struct{ dir, revision, want string }{
		{dir, "HEAD~99", `"HEAD~99": there are 2 commits before HEAD`},
		{dir, "main~1~2", `"main~1~2": there is 1 commit before main~1`},
		{dir, "first~", `"first~": there is no commit before first`},
		{dir, "HEAD^2", `"HEAD^2": a commit in it has no such parent`},
		{dir, "HEAD~7~2", `"HEAD~7~2": there are 2 commits before HEAD`},
		{dir, "nothing", `"nothing": reference not found`},
		{dir, "nothing~2", `"nothing~2": reference not found`},
		{shallow, "HEAD~1", `"HEAD~1": there is no commit before HEAD` + cut},
		{shallow, "HEAD^", `"HEAD^": object not found` + cut},
	} {
		_, err := openRepository(t, RepositoryOptions{URL: test.dir}).At(t.Context(), test.revision)
		if want := "no such commit: " + test.want; !errors.Is(err, ErrNoRevision) || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", test.revision, err, want)
		}
	}
}
