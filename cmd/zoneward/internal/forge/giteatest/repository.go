package giteatest

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Repository is a repository at Gitea, and a work tree of it.
type Repository struct {
	Name string // owner/name
	Dir  string // the work tree
	user *User
}

// Repository makes a repository of the user's with these files on its branch main.
func (u *User) Repository(t testing.TB, name string, files map[string]string) *Repository {
	t.Helper()
	u.Do(t, http.MethodPost, "/user/repos", map[string]any{"name": name, "default_branch": "main"}, nil)
	r := &Repository{Name: u.Name + "/" + name, Dir: t.TempDir(), user: u}
	r.Git(t, "init", "-q", "-b", "main", ".")
	r.Commit(t, "the zones as they are", files)
	r.Push(t, "main")
	return r
}

// Fork makes a fork of the repository for another user, and clones it.
func (r *Repository) Fork(t testing.TB, u *User) *Repository {
	t.Helper()
	u.Do(t, http.MethodPost, "/repos/"+r.Name+"/forks", map[string]any{}, nil)
	_, name, _ := strings.Cut(r.Name, "/")
	fork := &Repository{Name: u.Name + "/" + name, Dir: t.TempDir(), user: u}
	fork.Git(t, "clone", "-q", u.Remote(fork.Name), ".")
	return fork
}

// Git runs git in the work tree, and returns what it prints.
func (r *Repository) Git(t testing.TB, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir = r.Dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0",
		"GIT_AUTHOR_NAME="+r.user.Name, "GIT_AUTHOR_EMAIL="+r.user.Name+"@example.com", "GIT_COMMITTER_NAME="+r.user.Name, "GIT_COMMITTER_EMAIL="+r.user.Name+"@example.com")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// Commit writes files, and commits all that has changed in the work tree. It returns the commit.
func (r *Repository) Commit(t testing.TB, message string, files map[string]string) string {
	t.Helper()
	for name, text := range files {
		file := filepath.Join(r.Dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	r.Git(t, "add", "--all")
	r.Git(t, "commit", "-q", "-m", message)
	return r.Git(t, "rev-parse", "HEAD")
}

// Push pushes the current commit to a branch, whatever was there.
func (r *Repository) Push(t testing.TB, branch string) {
	t.Helper()
	r.Git(t, "push", "-q", "--force", r.user.Remote(r.Name), "HEAD:refs/heads/"+branch)
}

// Pull is what is wanted of a pull request.
type Pull struct {
	Number int
	Merged bool
	Commit string `json:"merge_commit_sha"` // of the merge, once it is merged
	Base   Branch
	Head   Branch
}

// Branch is one side of a pull request.
type Branch struct {
	Ref  string
	SHA  string
	Repo struct {
		FullName string `json:"full_name"`
	}
}

// At returns a repository ("owner/name") that is there already, as the user sees it and without a work tree.
func (u *User) At(name string) *Repository { return &Repository{Name: name, user: u} }

// Open opens a pull request to main, of a branch of this repository ("branch") or of a fork ("user:branch").
func (r *Repository) Open(t testing.TB, as *User, head, title string) Pull {
	t.Helper()
	var pull Pull
	// A branch that was only just pushed may not be known yet.
	Until(t, func() error {
		return as.try(http.MethodPost, "/repos/"+r.Name+"/pulls", map[string]any{"base": "main", "head": head, "title": title}, &pull)
	})
	return pull
}

// Pull returns a pull request as it is now.
func (r *Repository) Pull(t testing.TB, number int) Pull {
	t.Helper()
	var pull Pull
	r.user.Do(t, http.MethodGet, fmt.Sprintf("/repos/%s/pulls/%d", r.Name, number), nil, &pull)
	return pull
}

// Merge merges a pull request: merge, rebase, rebase-merge or squash. It returns the commit that main has then.
func (r *Repository) Merge(t testing.TB, number int, how string) string {
	t.Helper()
	// Whether it can be merged is found out after the push: 405 until then.
	Until(t, func() error {
		return r.user.try(http.MethodPost, fmt.Sprintf("/repos/%s/pulls/%d/merge", r.Name, number), map[string]any{"Do": how}, nil)
	})
	return r.Pull(t, number).Commit
}
