package git

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fsnotify/fsnotify"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/google/go-cmp/cmp"
)

// runGit runs git in dir, as somebody with no configuration of his own, and returns what it says.
func runGit(t testing.TB, dir string, args ...string) string {
	t.Helper()
	gitProgram(t)
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "HOME="+dir,
		"GIT_AUTHOR_NAME=Ann Author", "GIT_AUTHOR_EMAIL=ann@example.com",
		"GIT_COMMITTER_NAME=Carl Committer", "GIT_COMMITTER_EMAIL=carl@example.com",
	)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// pushed is a bare repository with the branch main, and a clone of it that is to be committed in and pushed from.
func pushed(t testing.TB) (bare, work string) {
	t.Helper()
	bare, work = filepath.Join(t.TempDir(), "zones.git"), filepath.Join(t.TempDir(), "work")
	runGit(t, ".", "init", "-q", "--bare", "-b", "main", bare)
	runGit(t, ".", "clone", "-q", bare, work)
	commitFile(t, work, "one")
	runGit(t, work, "push", "-q", "origin", "HEAD:main")
	return bare, work
}

func commitFile(t testing.TB, work, text string) {
	t.Helper()
	writeFiles(t, work, map[string]string{"a.zone": text})
	runGit(t, work, "add", ".")
	runGit(t, work, "commit", "-q", "-m", text)
}

func commitAndPush(t testing.TB, work string, refs ...string) {
	t.Helper()
	commitFile(t, work, runGit(t, work, "rev-parse", "HEAD"))
	runGit(t, work, append([]string{"push", "-q", "origin"}, refs...)...)
}

// Each hint comes when the new commit is there to be read.
func TestRepositoryHints(t *testing.T) {
	steps := []struct {
		name string
		do   func(t *testing.T, bare, work string)
	}{
		{"a push", func(t *testing.T, _, work string) { commitAndPush(t, work, "HEAD:main") }},
		{"and another", func(t *testing.T, _, work string) { commitAndPush(t, work, "HEAD:main") }},
		{"packed references", func(t *testing.T, bare, _ string) { runGit(t, bare, "pack-refs", "--all") }},
		{"a push after that", func(t *testing.T, _, work string) { commitAndPush(t, work, "HEAD:main") }},
		{"a push of several branches", func(t *testing.T, _, work string) { commitAndPush(t, work, "HEAD:other", "HEAD:main") }},
		{"a push that is forced", func(t *testing.T, _, work string) { runGit(t, work, "push", "-qf", "origin", "HEAD~1:main") }},
		{"a branch that HEAD will name", func(t *testing.T, bare, work string) {
			runGit(t, bare, "symbolic-ref", "HEAD", "refs/heads/release/2026/1")
		}},
		{"is made", func(t *testing.T, _, work string) { commitAndPush(t, work, "HEAD:release/2026/1") }},
		{"and pushed to", func(t *testing.T, _, work string) { commitAndPush(t, work, "HEAD:release/2026/1") }},
		{"and removed", func(t *testing.T, bare, _ string) { runGit(t, bare, "update-ref", "-d", "refs/heads/release/2026/1") }},
		{"and made again", func(t *testing.T, _, work string) { commitAndPush(t, work, "HEAD:release/2026/1") }},
		{"a collection of garbage", func(t *testing.T, bare, _ string) { runGit(t, bare, "gc", "-q", "--prune=now") }},
		{"a push after that, too", func(t *testing.T, _, work string) { commitAndPush(t, work, "HEAD:release/2026/1") }},
		{"the repository gone", func(t *testing.T, bare, _ string) { rename(t, bare, bare+".old") }},
		{"and back", func(t *testing.T, bare, _ string) { rename(t, bare+".old", bare) }},
		{"a push after all", func(t *testing.T, _, work string) { commitAndPush(t, work, "HEAD:release/2026/1") }},
	}
	bare, work := pushed(t)
	r := openRepository(t, RepositoryOptions{URL: bare, Watch: true})
	for _, step := range steps {
		quiet(r)
		step.do(t, bare, work)
		wantHint(t, r, step.name)
		cmd := exec.Command("git", "-C", bare, "rev-parse", "-q", "--verify", "HEAD")
		want, err := cmd.Output()
		tree, treeErr := r.Tree(t.Context())
		if err != nil && treeErr == nil {
			t.Errorf("%s: Tree is at %s, git has none: %v", step.name, tree.Revision, err)
		}
		if want := strings.TrimSpace(string(want)); err == nil && tree.Revision != want {
			t.Errorf("%s: Tree is at %s, %v, want %s", step.name, tree.Revision, treeErr, want)
		}
	}
}

func rename(t testing.TB, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

func TestRepositoryHintsInEachLayout(t *testing.T) {
	tests := []struct {
		name string
		open func(t *testing.T, work string) (url string)
	}{
		{"a work tree", func(_ *testing.T, work string) string { return work }},
		{"its .git", func(_ *testing.T, work string) string { return filepath.Join(work, ".git") }},
		{"a linked work tree", func(t *testing.T, work string) string {
			linked := filepath.Join(t.TempDir(), "linked")
			runGit(t, work, "worktree", "add", "-q", "--detach", linked)
			return linked
		}},
		{"a git directory elsewhere", func(t *testing.T, work string) string {
			url := t.TempDir()
			writeFiles(t, url, map[string]string{".git": "gitdir: " + filepath.Join(work, ".git") + "\n"})
			return url
		}},
		{"behind a link", func(t *testing.T, work string) string {
			url := filepath.Join(t.TempDir(), "link")
			if err := os.Symlink(work, url); err != nil {
				t.Fatal(err)
			}
			return url
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, work := pushed(t)
			runGit(t, work, "checkout", "-q", "-b", "live/zones")
			r := openRepository(t, RepositoryOptions{URL: tt.open(t, work), Branch: "live/zones", Watch: true})
			quiet(r)
			commitFile(t, work, "two")
			wantHint(t, r, "a commit")
			tree, err := r.Tree(t.Context())
			if want := runGit(t, work, "rev-parse", "HEAD"); err != nil || tree.Revision != want {
				t.Errorf("Tree is at %s, %v, want %s", tree.Revision, err, want)
			}
		})
	}
}

// A work tree may be at another branch than the one that it is linked to.
func TestRepositoryHintsOfTheHeadOfALinkedWorkTree(t *testing.T) {
	_, work := pushed(t)
	linked := filepath.Join(t.TempDir(), "linked")
	runGit(t, work, "worktree", "add", "-q", "-b", "other", linked)
	r := openRepository(t, RepositoryOptions{URL: linked, Watch: true})
	quiet(r)
	commitFile(t, linked, "two")
	wantHint(t, r, "a commit")
	quiet(r)
	runGit(t, linked, "checkout", "-q", "--detach", "HEAD~1")
	wantHint(t, r, "a HEAD that names a commit")
	quiet(r)
	runGit(t, linked, "checkout", "-q", "other")
	wantHint(t, r, "a HEAD that names a branch again")
}

func TestRepositoryHintsOfARepositoryThatIsMadeLater(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "srv", "git")
	r := openRepository(t, RepositoryOptions{URL: filepath.Join(dir, "zones.git"), Branch: "main", Watch: true})
	wantNoTree(t, r, ErrNoRepository)
	quiet(r)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	wantHint(t, r, "the directory that it will be in")
	quiet(r)
	u := newUpstreamAt(t, filepath.Join(dir, "zones.git"))
	wantHint(t, r, "the repository")
	wantNoTree(t, r, ErrNoBranch)
	quiet(r)
	u.push("main", files(1))
	wantHint(t, r, "the branch")
	wantTree(t, r, files(1))
}

// What happens in a repository besides is no reason to read it.
func TestRefViewLeavesOutWhatIsNotTheBranch(t *testing.T) {
	bare, work := pushed(t)
	fsw, err := fsnotify.NewWatcher()
	if err != nil {
		t.Fatal(err)
	}
	defer fsw.Close()
	w := newWatcher(fsw, func() view { return refView(bare, "refs/heads/main") }, logger(nil))
	w.show(w.look())

	commitAndPush(t, work, "HEAD:other", "HEAD:refs/tags/v1", "HEAD:refs/heads/a/b/c")
	runGit(t, bare, "config", "gc.auto", "0")
	runGit(t, bare, "symbolic-ref", "HEAD", "refs/heads/other")
	runGit(t, bare, "repack", "-qad")
	runGit(t, bare, "update-server-info")
	writeFiles(t, bare, map[string]string{"../elsewhere.git/HEAD": "x", "description": "x"})
	runGit(t, bare, "update-ref", "refs/heads/main", "refs/heads/other")
	want := []string{filepath.Join(bare, "refs", "heads", "main")}

	var got []string
	for len(got) == 0 || got[len(got)-1] != want[0] {
		ev := <-fsw.Events
		if w.concerns(ev) {
			got = append(got, ev.Name)
		}
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("what matters (-got +want):\n%s", diff)
	}
}

func TestRefView(t *testing.T) {
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{
		"bare.git/HEAD":                    "ref: refs/heads/live\n",
		"bare.git/refs/heads/live":         "ref: refs/heads/a/b\n",
		"escape.git/HEAD":                  "ref: refs/../../outside\n",
		"loop.git/refs/heads/x":            "ref: refs/heads/x\n",
		"work/.git/HEAD":                   "ref: refs/heads/main\n",
		"work/.git/worktrees/wt/HEAD":      strings.Repeat("0", 40) + "\n",
		"work/.git/worktrees/wt/commondir": "../..\n",
		"wt/.git":                          "gitdir: ../work/.git/worktrees/wt\n",
		"link":                             "-> bare.git",
	})
	tests := []struct {
		name   string
		path   string
		branch plumbing.ReferenceName
		want   []string
	}{
		{"bare", "bare.git", "refs/heads/main", []string{
			"bare.git", "bare.git/.git", "bare.git/packed-refs", "bare.git/reftable/tables.list",
			"bare.git/refs", "bare.git/refs/heads", "bare.git/refs/heads/main",
		}},
		{"symbolic references", "bare.git", "HEAD", []string{
			"bare.git", "bare.git/.git", "bare.git/packed-refs", "bare.git/reftable/tables.list", "bare.git/HEAD",
			"bare.git/refs", "bare.git/refs/heads", "bare.git/refs/heads/live", "bare.git/refs/heads/a", "bare.git/refs/heads/a/b",
		}},
		{"a reference that leaves the repository", "escape.git", "HEAD", []string{
			"escape.git", "escape.git/.git", "escape.git/packed-refs", "escape.git/reftable/tables.list", "escape.git/HEAD",
		}},
		{"a reference to itself", "loop.git", "refs/heads/x", []string{
			"loop.git", "loop.git/.git", "loop.git/packed-refs", "loop.git/reftable/tables.list",
			"loop.git/refs", "loop.git/refs/heads", "loop.git/refs/heads/x",
		}},
		{"a linked work tree, detached", "wt", "HEAD", []string{
			"wt", "wt/.git", "work/.git/worktrees/wt", "work/.git/worktrees/wt/HEAD",
			"work/.git", "work/.git/packed-refs", "work/.git/reftable/tables.list",
		}},
		{"a link", "link", "refs/heads/x", []string{
			"link", "bare.git", "bare.git/.git", "bare.git/packed-refs", "bare.git/reftable/tables.list",
			"bare.git/refs", "bare.git/refs/heads", "bare.git/refs/heads/x",
		}},
		{"nothing", "none/at/all", "HEAD", []string{
			"none", "none/at/all/HEAD", "none/at/all/packed-refs", "none/at/all/reftable/tables.list",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := refView(filepath.Join(dir, tt.path), tt.branch)
			want := make(map[string]bool)
			for _, p := range tt.want {
				want[filepath.Join(dir, p)] = true
			}
			if diff := cmp.Diff(got.points, want); diff != "" {
				t.Errorf("points (-got +want):\n%s", diff)
			}
			if got.root != "" || len(got.dirs) > 0 {
				t.Errorf("it watches %v below %s for everything", got.dirs, got.root)
			}
		})
	}
}
