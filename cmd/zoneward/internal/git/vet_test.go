package git

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/reconcile"
)

// vetted is a repository with somebody whose commits are trusted in it.
type vetted struct {
	*signedUpstream
	t    *testing.T
	ann  sshKey
	keys string // the file with the keys
}

func newVetted(t *testing.T) *vetted {
	t.Helper()
	v := &vetted{&signedUpstream{upstream: newUpstream(t)}, t, newSSHKey(t), filepath.Join(t.TempDir(), "signers")}
	v.trust(v.ann.line())
	return v
}

func (v *vetted) trust(lines string) {
	v.t.Helper()
	if err := os.WriteFile(v.keys, []byte(lines), 0o600); err != nil {
		v.t.Fatal(err)
	}
}

// vetter is for the repository with the branch main at tip.
func (v *vetted) vetter(mode SignatureMode, opts RepositoryOptions, tip plumbing.Hash) *Vetter {
	v.t.Helper()
	v.setBranch("main", tip)
	if opts.URL == "" {
		opts.URL = v.dir
	}
	r := openRepository(v.t, opts)
	if _, err := r.Tree(v.t.Context()); err != nil {
		v.t.Fatal(err)
	}
	vetter, err := NewVetter(r, SignatureOptions{Mode: mode, Keys: KeyFiles(nil, v.keys)})
	if err != nil {
		v.t.Fatal(err)
	}
	return vetter
}

// wantDoubts asks about the commits, and compares which are doubted.
func wantDoubts(t *testing.T, v reconcile.Vetter, since, tip plumbing.Hash, paths []string, want ...plumbing.Hash) []reconcile.Doubt {
	t.Helper()
	from := since.String()
	if since.IsZero() {
		from = ""
	}
	doubts, err := v.Vet(t.Context(), from, tip.String(), paths)
	if err != nil {
		t.Fatal(err)
	}
	var got, wanted []string
	for _, d := range doubts {
		got = append(got, d.Commit)
	}
	for _, id := range want {
		wanted = append(wanted, id.String())
	}
	if diff := cmp.Diff(got, wanted); diff != "" {
		t.Errorf("doubted (-got +want):\n%s", diff)
	}
	return doubts
}

func zone(text string) map[string]item {
	return map[string]item{"a.zone": file(text), "other": file("x")}
}

func TestVet(t *testing.T) {
	v := newVetted(t)
	mallory := newSSHKey(t)
	one := v.commit(zone("one"), nil)
	two := v.commit(zone("two"), v.ann.sign, one)
	three := v.commit(zone("three"), nil, two)
	four := v.commit(zone("four"), mallory.sign, three)
	five := v.commit(zone("five"), v.ann.sign, four)
	head, ranged := v.vetter(HeadSigned, RepositoryOptions{}, five), v.vetter(RangeSigned, RepositoryOptions{}, five)
	a := []string{"a.zone"}

	got := wantDoubts(t, ranged, two, five, a, four, three)
	want := []reconcile.Doubt{
		{Commit: four.String(), Author: "Ann Author <ann@example.com>", Fingerprint: mallory.fingerprint(), Reason: keyUnknown},
		{Commit: three.String(), Author: "Ann Author <ann@example.com>", Reason: notSigned},
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
	wantDoubts(t, ranged, four, five, a)
	wantDoubts(t, ranged, five, five, a)
	wantDoubts(t, ranged, three, four, a, four)
	wantDoubts(t, ranged, plumbing.ZeroHash, five, a)
	wantDoubts(t, ranged, plumbing.ZeroHash, four, []string{"elsewhere"}, four)
	wantDoubts(t, ranged, one, five, nil, four, three)
	wantDoubts(t, head, one, five, a)
	wantDoubts(t, head, plumbing.ZeroHash, five, nil)
	wantDoubts(t, head, five, four, []string{"elsewhere"}, four)
}

// A commit counts if it changes what is asked about, and not what is beside that.
func TestVetPaths(t *testing.T) {
	v := newVetted(t)
	items := map[string]item{
		"dns/a.zone": file("a"), "dns/sub/b.zone": file("b"), "dns/c.zone": file("a.zone"), "dns/gone.zone": file("x"), "a.zone": file("outside"),
		"dns/link.zone": linkTo("a.zone"), "dns/links": linkTo("sub"),
	}
	base := v.commit(items, v.ann.sign)
	// Nobody signs what follows.
	tip := base
	change := func(name string, it *item) plumbing.Hash {
		if it == nil {
			delete(items, name)
		} else {
			items[name] = *it
		}
		tip = v.commit(items, nil, tip)
		return tip
	}
	text := func(s string) *item { it := file(s); return &it }
	inB := change("dns/sub/b.zone", text("b2"))
	outside := change("a.zone", text("outside2"))
	gone := change("dns/gone.zone", nil)
	added := change("dns/new.zone", text("n"))
	mode := change("dns/c.zone", new(linkTo("a.zone")))
	modeBack := change("dns/c.zone", text("a.zone"))
	empty := v.commit(items, nil, tip)
	ranged := v.vetter(RangeSigned, RepositoryOptions{Path: "dns"}, empty)
	all := []plumbing.Hash{empty, modeBack, mode, added, gone, outside, inB}
	tests := []struct {
		name  string
		paths []string
		want  []plumbing.Hash
	}{
		{"unchanged", []string{"a.zone"}, nil},
		{"in a directory", []string{"sub/b.zone"}, []plumbing.Hash{inB}},
		{"a directory", []string{"sub"}, []plumbing.Hash{inB}},
		{"removed", []string{"gone.zone"}, []plumbing.Hash{gone}},
		{"added", []string{"new.zone"}, []plumbing.Hash{added}},
		{"never there", []string{"never.zone"}, nil},
		{"below a file", []string{"a.zone/x"}, nil},
		{"a link of the same text, and back", []string{"c.zone"}, []plumbing.Hash{modeBack, mode}},
		{"several", []string{"sub/b.zone", "a.zone", "new.zone"}, []plumbing.Hash{added, inB}},
		{"the source", []string{"."}, []plumbing.Hash{modeBack, mode, added, gone, inB}},
		{"a link", []string{"link.zone"}, all},
		{"behind a link", []string{"links/b.zone"}, all},
		{"a link among others", []string{"a.zone", "links/b.zone"}, all},
		{"all", nil, all},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { wantDoubts(t, ranged, base, empty, tt.paths, tt.want...) })
	}
}

func TestVetMerges(t *testing.T) {
	a := []string{"a.zone"}
	tests := []struct {
		name string
		// make returns the tip of a history that begins with base, where a.zone is "base", and what is doubted.
		make func(v *vetted, base plumbing.Hash) (since, tip plumbing.Hash, want []plumbing.Hash)
	}{
		{"of an unsigned branch", func(v *vetted, base plumbing.Hash) (plumbing.Hash, plumbing.Hash, []plumbing.Hash) {
			branch := v.commit(zone("branch"), nil, base)
			return base, v.commit(zone("branch"), v.ann.sign, base, branch), []plumbing.Hash{branch}
		}},
		{"of an unsigned branch that changes something else", func(v *vetted, base plumbing.Hash) (plumbing.Hash, plumbing.Hash, []plumbing.Hash) {
			branch := v.commit(map[string]item{"a.zone": file("base")}, nil, base)
			return base, v.commit(map[string]item{"a.zone": file("base")}, nil, base, branch), nil
		}},
		{"unsigned, of a signed branch", func(v *vetted, base plumbing.Hash) (plumbing.Hash, plumbing.Hash, []plumbing.Hash) {
			branch := v.commit(zone("branch"), v.ann.sign, base)
			main := v.commit(map[string]item{"a.zone": file("base")}, v.ann.sign, base)
			return base, v.commit(map[string]item{"a.zone": file("branch")}, nil, main, branch), nil
		}},
		{"unsigned, with something of its own", func(v *vetted, base plumbing.Hash) (plumbing.Hash, plumbing.Hash, []plumbing.Hash) {
			branch := v.commit(zone("branch"), v.ann.sign, base)
			main := v.commit(zone("main"), v.ann.sign, base)
			merge := v.commit(zone("evil"), nil, main, branch)
			return base, merge, []plumbing.Hash{merge}
		}},
		{"unsigned, that decides between two", func(v *vetted, base plumbing.Hash) (plumbing.Hash, plumbing.Hash, []plumbing.Hash) {
			branch := v.commit(zone("branch"), v.ann.sign, base)
			main := v.commit(zone("main"), v.ann.sign, base)
			merge := v.commit(zone("branch"), nil, main, branch)
			return main, merge, []plumbing.Hash{merge}
		}},
		{"unsigned, that goes back to what was before", func(v *vetted, base plumbing.Hash) (plumbing.Hash, plumbing.Hash, []plumbing.Hash) {
			main := v.commit(zone("main"), v.ann.sign, base)
			merge := v.commit(zone("base"), nil, main, base)
			return main, merge, []plumbing.Hash{merge}
		}},
		{"unsigned, that goes back by a branch in which nothing is", func(v *vetted, base plumbing.Hash) (plumbing.Hash, plumbing.Hash, []plumbing.Hash) {
			main := v.commit(zone("main"), v.ann.sign, base)
			branch := v.commit(zone("base"), nil, base)
			merge := v.commit(zone("base"), nil, main, branch)
			return main, merge, []plumbing.Hash{merge}
		}},
		{"unsigned, that goes back beside a signed change", func(v *vetted, base plumbing.Hash) (plumbing.Hash, plumbing.Hash, []plumbing.Hash) {
			main := v.commit(zone("main"), v.ann.sign, base)
			inner := v.commit(zone("base"), nil, main, base)
			return main, v.commit(zone("base"), v.ann.sign, inner, main), []plumbing.Hash{inner}
		}},
		{"of three", func(v *vetted, base plumbing.Hash) (plumbing.Hash, plumbing.Hash, []plumbing.Hash) {
			x := v.commit(zone("x"), v.ann.sign, base)
			y, z := v.commit(zone("base"), nil, base), v.commit(zone("base"), nil, base)
			return base, v.commit(zone("x"), nil, y, x, z), nil
		}},
		{"of unrelated histories", func(v *vetted, base plumbing.Hash) (plumbing.Hash, plumbing.Hash, []plumbing.Hash) {
			other := v.commit(zone("other"), nil)
			merge := v.commit(zone("other"), nil, base, other)
			return base, merge, []plumbing.Hash{merge, other}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := newVetted(t)
			since, tip, want := tt.make(v, v.commit(zone("base"), v.ann.sign))
			wantDoubts(t, v.vetter(RangeSigned, RepositoryOptions{}, tip), since, tip, a, want...)
		})
	}
}

// Who cannot say what came since says that, and nothing else.
func TestVetWithoutAnAnswer(t *testing.T) {
	v := newVetted(t)
	one := v.commit(zone("one"), v.ann.sign)
	two := v.commit(zone("two"), v.ann.sign, one)
	rewritten := v.commit(zone("rewritten"), v.ann.sign, one)
	unrelated := v.commit(zone("unrelated"), v.ann.sign)
	vetter := v.vetter(RangeSigned, RepositoryOptions{}, rewritten)
	tests := []struct {
		name            string
		since, revision string
		paths           []string
		says            string
	}{
		{"a branch that was rewritten", two.String(), rewritten.String(), nil, "applied last, is not in the history"},
		{"a branch that was set back", two.String(), one.String(), nil, "applied last, is not in the history"},
		{"another history", unrelated.String(), rewritten.String(), nil, "applied last, is not in the history"},
		{"a commit that is gone", strings.Repeat("1", 40), rewritten.String(), nil, "applied last, is not in the history"},
		{"a directory's digest", "sha256:" + strings.Repeat("1", 64), rewritten.String(), nil, "not the id of a commit"},
		{"no revision", one.String(), "", nil, "not the id of a commit"},
		{"a revision that is not there", one.String(), strings.Repeat("1", 40), nil, "not found"},
		{"a path outside", one.String(), rewritten.String(), []string{"../a.zone"}, "not a path inside"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doubts, err := vetter.Vet(t.Context(), tt.since, tt.revision, tt.paths)
			if err == nil || !strings.Contains(err.Error(), tt.says) || len(doubts) > 0 {
				t.Errorf("%v, %v, want an error with %q", doubts, err, tt.says)
			}
		})
	}
	// The repository is not damaged for all that.
	if _, err := vetter.repository.Tree(t.Context()); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := vetter.Vet(ctx, one.String(), rewritten.String(), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if err := vetter.repository.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := vetter.Vet(t.Context(), one.String(), rewritten.String(), nil); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}

// Keys come and go without a restart.
func TestVetReadsTheKeysAgain(t *testing.T) {
	v := newVetted(t)
	bob := newSSHKey(t)
	one := v.commit(zone("one"), v.ann.sign)
	two := v.commit(zone("two"), v.ann.sign, one)
	vetter := v.vetter(RangeSigned, RepositoryOptions{}, two)
	wantDoubts(t, vetter, one, two, nil)
	v.trust(bob.line())
	wantDoubts(t, vetter, one, two, nil, two)
	v.trust(bob.line() + v.ann.line())
	wantDoubts(t, vetter, one, two, nil)
	for name, text := range map[string]string{"nobody": "", "something else": "x\n"} {
		v.trust(text)
		if doubts, err := vetter.Vet(t.Context(), one.String(), two.String(), nil); err == nil || !strings.Contains(err.Error(), v.keys) {
			t.Errorf("%s is trusted: %v, %v, want an error with the file", name, doubts, err)
		}
	}
	remove(t, v.keys)
	if _, err := vetter.Vet(t.Context(), one.String(), two.String(), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without the file: %v", err)
	}
}

func TestNewVetterRefuses(t *testing.T) {
	v := newVetted(t)
	r := openRepository(t, RepositoryOptions{URL: v.dir})
	tests := []struct {
		name string
		opts SignatureOptions
		says string
	}{
		{"a mode", SignatureOptions{Mode: "all", Keys: KeyFiles(nil, v.keys)}, `"all"`},
		{"no mode", SignatureOptions{Keys: KeyFiles(nil, v.keys)}, `"head"`},
		{"no keys", SignatureOptions{Mode: HeadSigned, Keys: KeyFiles(nil, "")}, "no key is trusted"},
		{"a file that is not there", SignatureOptions{Mode: HeadSigned, Keys: KeyFiles([]string{"/nowhere/keys.asc"}, v.keys)}, "/nowhere/keys.asc"},
		{"a file of another kind", SignatureOptions{Mode: HeadSigned, Keys: KeyFiles([]string{v.keys}, "")}, v.keys},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := NewVetter(r, tt.opts); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v, want an error with %q", err, tt.says)
			}
		})
	}
}

// What was found of a commit is kept, unless it is another thing tomorrow.
func TestVetRemembers(t *testing.T) {
	v := newVetted(t)
	e := newPGPKey(t, nil)
	one := v.commit(zone("one"), v.ann.sign)
	brief := signPGP(t, e.PrivateKey, func(s *packet.Signature) { s.SigLifetimeSecs = new(uint32(3600)) })
	two := v.commit(zone("two"), brief, one)
	three := v.commit(zone("three"), nil, two)
	v.setBranch("main", three)
	r := openRepository(t, RepositoryOptions{URL: v.dir})
	vetter, err := NewVetter(r, SignatureOptions{Mode: RangeSigned, Keys: func() ([]KeyText, error) {
		return []KeyText{{"keys.asc", OpenPGPKeys, []byte(armoredKey(t, e))}}, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	at := commitTime.Add(time.Minute)
	vetter.now = func() time.Time { return at }
	wantDoubts(t, vetter, one, three, nil, three)
	at = at.Add(2 * time.Hour)
	wantDoubts(t, vetter, one, three, nil, three, two)
	if got := vetter.verdicts.Keys(); len(got) != 1 || got[0] != three {
		t.Errorf("remembered are %v, want %s alone", got, three)
	}
}

// The clone of a remote repository has the whole history, and goes on having it when it is made anew.
func TestVetAClone(t *testing.T) {
	v := newVetted(t)
	one := v.commit(zone("one"), v.ann.sign)
	two := v.commit(zone("two"), nil, one)
	three := v.commit(zone("three"), v.ann.sign, two)
	url := serve(t, filepath.Dir(v.dir)).URL + "/zones.git"
	vetter := v.vetter(RangeSigned, RepositoryOptions{URL: url}, three)
	wantDoubts(t, vetter, one, three, []string{"a.zone"}, two)
}
