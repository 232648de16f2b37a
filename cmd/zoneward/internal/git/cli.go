package git

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
)

// cli is a remote that the git command speaks to.
type cli struct {
	location  location
	web       *web // nil unless the location is of HTTP
	ssh       SSHOptions
	maxObject int64
	program   string
	sshAt     string // OpenSSH's client
}

func newCLI(loc location, web *web, opts RepositoryOptions) (*cli, error) {
	c := &cli{location: loc, web: web, ssh: opts.SSH, maxObject: maxObjectBytes(opts)}
	var err error
	if c.program, err = lookProgram("git"); err != nil {
		return nil, err
	}
	if loc.ssh != (sshAddress{}) {
		if c.sshAt, err = lookProgram("ssh"); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func lookProgram(name string) (string, error) {
	found, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("implementation %s needs the program %s: %w", CLI, name, err)
	}
	return filepath.Abs(found)
}

func (c *cli) contact(ctx context.Context) (contact, error) {
	scratch, err := os.MkdirTemp("", "zoneward-git-*")
	if err != nil {
		return nil, err
	}
	t := &cliContact{cli: c, scratch: scratch}
	if err := t.begin(ctx); err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

func (c *cli) close() {
	if c.web != nil {
		c.web.close()
	}
}

// cliContact is what a git command or two need.
type cliContact struct {
	cli     *cli
	scratch string // an empty home directory, and what is needed for ssh
	url     string // as git gets it
	env     []string
	relay   *relay    // for HTTP
	agent   *sshAgent // for ssh
	bytes   int64     // what came, without the relay's
}

func (t *cliContact) begin(ctx context.Context) error {
	home := filepath.Join(t.scratch, "home")
	if err := os.Mkdir(home, 0o500); err != nil {
		return err
	}
	t.env = append(hermetic(home),
		"GIT_CEILING_DIRECTORIES="+filepath.Dir(t.scratch),
		// One object of a hostile pack could take all memory.
		"GIT_ALLOC_LIMIT="+strconv.FormatInt(t.cli.maxObject, 10))
	loc := t.cli.location
	switch {
	case loc.path != "":
		t.url = "file://" + loc.path
		t.env = append(t.env, "GIT_ALLOW_PROTOCOL=file")
	case loc.ssh != sshAddress{}:
		agent, err := startSSHAgent(t.scratch, loc, t.cli.ssh)
		if err != nil {
			return err
		}
		t.agent, t.url = agent, loc.ssh.url(loc.user)
		t.env = append(t.env, "GIT_ALLOW_PROTOCOL=ssh", "GIT_SSH_VARIANT=ssh", "GIT_SSH_COMMAND="+agent.command(t.cli.sshAt))
	default:
		r, err := startRelay(ctx, t.cli.web)
		if err != nil {
			return err
		}
		t.relay, t.url = r, r.url
		t.env = append(t.env, "GIT_ALLOW_PROTOCOL=http")
		t.env = append(t.env, r.env()...)
	}
	return nil
}

func (t *cliContact) close() {
	if t.relay != nil {
		t.relay.close()
	}
	if t.agent != nil {
		t.agent.close()
	}
	_ = os.RemoveAll(t.scratch)
}

func (t *cliContact) received() int64 {
	if t.relay != nil {
		return t.relay.received()
	}
	return t.bytes
}

func (t *cliContact) list(ctx context.Context, branch plumbing.ReferenceName) (tip, error) {
	var out bytes.Buffer
	limit := &limitedWriter{w: &out, left: maxListBytes}
	// The pattern matches the ends of other names, too.
	err := t.run(ctx, nil, limit, "ls-remote", "--symref", "--", t.url, branch.String())
	t.bytes += int64(out.Len())
	if err != nil {
		return tip{}, err
	}
	return tipOf(parseRefs(out.String()), branch)
}

// parseRefs reads what git ls-remote --symref prints.
func parseRefs(text string) map[plumbing.ReferenceName]*plumbing.Reference {
	refs := make(map[plumbing.ReferenceName]*plumbing.Reference)
	targets := make(map[plumbing.ReferenceName]plumbing.ReferenceName)
	for line := range strings.Lines(text) {
		value, name, ok := strings.Cut(strings.TrimRight(line, "\n"), "\t")
		at := plumbing.ReferenceName(name)
		if target, symbolic := strings.CutPrefix(value, "ref: "); ok && symbolic {
			targets[at] = plumbing.ReferenceName(target)
		} else if ok && plumbing.IsHash(value) {
			refs[at] = plumbing.NewHashReference(at, plumbing.NewHash(value))
		}
	}
	// The commit of a symbolic reference is listed as its own, and what it names isn't unless it was asked for.
	for at, target := range targets {
		if ref := refs[at]; ref != nil {
			refs[target] = plumbing.NewHashReference(target, ref.Hash())
			refs[at] = plumbing.NewSymbolicReference(at, target)
		}
	}
	return refs
}

// fetch has git put what comes beside the clone's objects, so that nothing is in the clone before it is known to be
// good and not too much.
func (t *cliContact) fetch(ctx context.Context, dir string, at tip, most int64) error {
	came, err := os.MkdirTemp(packsOf(dir), tmpPackPrefix)
	if err != nil {
		return err
	}
	if err := t.fetchInto(ctx, came, dir, at.name, most); err != nil {
		return err
	}
	if err := movePacks(filepath.Join(came, "pack"), packsOf(dir)); err != nil {
		return err
	}
	if err := checkCommit(dir, at.commit); err != nil {
		return err
	}
	return os.RemoveAll(came)
}

// fetchInto makes came an object directory of what the clone in dir lacks of the reference.
func (t *cliContact) fetchInto(ctx context.Context, came, dir string, name plumbing.ReferenceName, most int64) error {
	if t.relay != nil {
		t.relay.allow(most)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	watched := watchSize(ctx, came, most, cancel)
	env := []string{"GIT_OBJECT_DIRECTORY=" + came, "GIT_ALTERNATE_OBJECT_DIRECTORIES=" + strconv.Quote(filepath.Join(dir, "objects"))}
	err := t.run(ctx, env, io.Discard,
		"--git-dir="+dir,
		"-c", "transfer.fsckObjects=true",
		"-c", "fetch.unpackLimit=1", // a pack, however small
		"-c", "core.bigFileThreshold=16m", "-c", "pack.threads=1", "-c", "core.deltaBaseCacheLimit=32m",
		"fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-gc", "--no-recurse-submodules",
		"--", t.url, name.String())
	cancel(nil)
	<-watched
	size := dirSize(came)
	t.bytes += size
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, ErrTooLarge):
		return cause
	case err == nil && size > most:
		return tooMuch(most)
	}
	return err
}

// movePacks puts packs where they belong. Their indexes are first: a reader that finds a pack looks for its index.
func movePacks(from, to string) error {
	entries, err := os.ReadDir(from)
	if errors.Is(err, os.ErrNotExist) {
		return nil // nothing was new
	}
	if err != nil {
		return err
	}
	slices.SortStableFunc(entries, func(a, b os.DirEntry) int {
		return cmp.Compare(path.Ext(a.Name()), path.Ext(b.Name())) // .idx, .pack, .rev
	})
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "pack-") {
			continue
		}
		if err := os.Rename(filepath.Join(from, e.Name()), filepath.Join(to, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// watchSize cancels when what is below dir takes more than most bytes. The channel is closed when it has ended, as it
// does with the context.
func watchSize(ctx context.Context, dir string, most int64, cancel context.CancelCauseFunc) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(sizeEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if dirSize(dir) > most {
					cancel(tooMuch(most))
					return
				}
			}
		}
	}()
	return done
}

// sizeEvery is how often it is looked how much git has stored.
const sizeEvery = 100 * time.Millisecond

// hermetic is the environment of git without what the machine, the user and this process's environment say.
func hermetic(home string) []string {
	env := []string{
		"HOME=" + home, "XDG_CONFIG_HOME=" + home, "LC_ALL=C",
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_ATTR_NOSYSTEM=1",
		"GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=", "SSH_ASKPASS=", "GIT_OPTIONAL_LOCKS=0",
	}
	for _, name := range []string{"PATH", "TMPDIR"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// run runs git with the arguments, and more of an environment. It and all that it started are gone when run returns.
func (t *cliContact) run(ctx context.Context, env []string, out io.Writer, args ...string) error {
	args = append([]string{
		"-c", "core.hooksPath=/dev/null", "-c", "protocol.ext.allow=never", "-c", "credential.helper=",
		"-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "http.followRedirects=false",
	}, args...)
	cmd := exec.CommandContext(ctx, t.cli.program, args...)
	var words lastWords
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = slices.Concat(t.env, env), t.scratch, out, &words
	ownGroup(cmd)
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	_ = endGroup(cmd) // there is none, most of the time
	if err == nil {
		return nil
	}
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return t.explain(ctx, &words, err)
}

// explain makes of a git that failed an error of this package.
func (t *cliContact) explain(ctx context.Context, words *lastWords, err error) error {
	if t.relay != nil {
		if why := t.relay.why(); why != nil {
			return why
		}
	}
	if t.agent != nil {
		if why := t.agent.why(ctx, words.String()); why != nil {
			return why
		}
	}
	if said := words.explain("git"); said != nil {
		return said
	}
	return fmt.Errorf("git: %w", err)
}

// limitedWriter refuses more than a number of bytes.
type limitedWriter struct {
	w    io.Writer
	left int64
}

func (l *limitedWriter) Write(p []byte) (int, error) {
	if l.left -= int64(len(p)); l.left < 0 {
		return 0, tooMuch(maxListBytes)
	}
	return l.w.Write(p)
}
