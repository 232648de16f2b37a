package zonedir_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/zonedir"
	"github.com/zoneward/zoneward/zonefile"
)

// sh returns a command that runs a script, in which "$1" and so on are the arguments.
func sh(script string, args ...string) []string {
	return append([]string{"sh", "-c", script, "sh"}, args...)
}

func TestPlaceholders(t *testing.T) {
	for origin, want := range map[string]string{
		"example.com.":             "example.com",
		".":                        ".",
		`a\.b.example.`:            `a\.b.example`,
		`$(\>x)\;\032\'x.example.`: `\$\(\>x\)\;\032\'x.example`,
	} {
		t.Run(want, func(t *testing.T) {
			d := t.TempDir()
			name := zonefile.MustParseName(origin)
			script := `cd "$1" && shift && printf '%s\n' "$@" >>log`
			zones := filepath.Join(d, "zones")
			p := open(t, zonedir.Options{
				Directory: zones, NameServers: []zonefile.Name{zonefile.MustParseName("ns.invalid.")},
				Check:  sh(script, d, "check", "zone={origin}", "{file}", "$(touch x)", "{origin}{origin}"),
				Reload: sh(script, d, "reload", "{origin}", "{file}"),
			})
			if err := p.CreateZone(t.Context(), providers.ZoneSpec{Origin: name}); err != nil {
				t.Fatal(err)
			}
			if name.IsRoot() { // no name server is outside it, so this is when the commands are run
				apply(t, p, put(fetch(t, p, "."), zonefile.MustParseRRset("ns.invalid. 60 A", "192.0.2.1")))
			}
			file := names(t, zones)[0]
			got := read(t, filepath.Join(d, "log"))
			lines := strings.Join([]string{
				"check", "zone=" + want, filepath.Join(zones, "."+file+".new"), "$(touch x)", want + want,
				"reload", want, filepath.Join(zones, file), "",
			}, "\n")
			if diff := cmp.Diff(lines, got); diff != "" {
				t.Errorf("arguments (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{"log", "zones"}, names(t, d)); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
		})
	}
}

// TestOriginIsNoOption shows that a zone cannot be named so that a command takes its name for an option.
func TestOriginIsNoOption(t *testing.T) {
	d := t.TempDir()
	origin := zonefile.MustParseName("-V.example.")
	spec := providers.ZoneSpec{Origin: origin, Apex: []zonefile.RRset{zonefile.MustParseRRset("-V.example. 60 NS", "a.example.")}}
	for _, o := range []zonedir.Options{
		{Directory: d, Check: []string{"echo", "{origin}"}},
		{Directory: d, Reload: []string{"echo", "-x", "{origin}.db"}},
	} {
		wants(t, open(t, o).CreateZone(t.Context(), spec), providers.ErrUnsupported, "option", "-v.example")
		if got := names(t, d); len(got) > 0 {
			t.Errorf("%q was made", got)
		}
	}
	o := zonedir.Options{Directory: d, Check: []string{"echo", "-z{origin}", "zone {origin}"}}
	if err := open(t, o).CreateZone(t.Context(), spec); err != nil {
		t.Error(err)
	}
}

func TestCheck(t *testing.T) {
	for name, test := range map[string]struct {
		check   []string
		timeout time.Duration
		kind    error
		says    []string
	}{
		"refuses": {
			check: sh(`echo "$1:"; echo "  no\tgood"; echo >&2; echo really >&2; exit 3`, "{origin}"), kind: providers.ErrInvalid,
			says: []string{"the check refuses the new file", "exit status 3: example.com:; no good; really"},
		},
		"says nothing":  {check: []string{"false"}, kind: providers.ErrInvalid, says: []string{"false: exit status 1"}},
		"is not there":  {check: []string{"/no/such/program", "{file}"}, says: []string{"was not checked", "/no/such/program"}},
		"takes forever": {check: sh("echo begun; exec sleep 1000"), timeout: 50 * time.Millisecond, says: []string{"was not checked", "still running after 50ms: begun"}},
		"is killed":     {check: sh("kill -9 $$"), says: []string{"was not checked", "signal: killed"}},
		"says too much": {
			check: sh(`i=0; while [ $i -lt 5000 ]; do echo "line $i"; i=$((i+1)); done; echo the end; exit 1`), kind: providers.ErrInvalid,
			says: []string{"exit status 1: ...", "line 4999; the end"},
		},
		"is hostile": {check: sh(`printf '\033[31mred\007\302\233\377 \342\200\256evil'; exit 1`), kind: providers.ErrInvalid, says: []string{"exit status 1: ?[31mred??? ?evil"}},
	} {
		t.Run(name, func(t *testing.T) {
			e := newExample(t)
			p := open(t, zonedir.Options{Directory: e.directory, Check: test.check, CommandTimeout: test.timeout})
			batch := put(fetch(t, p, "example.com."), address)
			e.refuse(t, p, batch, test.kind, test.says...)
			if _, err := p.Apply(t.Context(), batch.Base.Zone.Origin(), batch); len(err.Error()) > 3000 {
				t.Errorf("the error has %d octets", len(err.Error()))
			}
		})
	}
}

// TestCheckSeesTheNewFile also shows that it runs before anybody else can see the file.
func TestCheckSeesTheNewFile(t *testing.T) {
	e := newExample(t)
	p := open(t, zonedir.Options{Directory: e.directory, Check: sh(`grep -q 192.0.2.1 "$1" && ! grep -q 192.0.2.1 "$2"`, "{file}", e.file)})
	apply(t, p, put(fetch(t, p, "example.com."), address))
	if !strings.Contains(read(t, e.file), "192.0.2.1") {
		t.Error("the zone was not written")
	}
}

// TestBackgroundProcess shows that a command may leave a process behind that keeps its output open.
func TestBackgroundProcess(t *testing.T) {
	e := newExample(t)
	p := open(t, zonedir.Options{Directory: e.directory, Reload: sh("sleep 5 &")})
	apply(t, p, put(fetch(t, p, "example.com."), address))
}

func TestCancelDuringCheck(t *testing.T) {
	e := newExample(t)
	begun := filepath.Join(t.TempDir(), "begun")
	p := open(t, zonedir.Options{Directory: e.directory, Check: sh(`: >"$1"; exec sleep 1000`, begun)})
	batch := put(fetch(t, p, "example.com."), address)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() {
		waitFor(t, begun)
		cancel()
	})
	_, err := p.Apply(ctx, batch.Base.Zone.Origin(), batch)
	wants(t, err, nil, "context canceled")
	e.untouched(t, minimal)
}

// TestCancelDuringReload shows that the server is told of a file that has been written, whatever happens.
func TestCancelDuringReload(t *testing.T) {
	e := newExample(t)
	d := t.TempDir()
	begun, goOn, done := filepath.Join(d, "begun"), filepath.Join(d, "go-on"), filepath.Join(d, "done")
	p := open(t, zonedir.Options{
		Directory: e.directory, Reload: sh(`: >"$1"; while ! [ -e "$2" ]; do sleep 0.01; done; : >"$3"`, begun, goOn, done),
	})
	batch := put(fetch(t, p, "example.com."), address)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() {
		waitFor(t, begun)
		cancel()
		if err := os.WriteFile(goOn, nil, 0o644); err != nil {
			t.Error(err)
		}
	})
	if _, err := p.Apply(ctx, batch.Base.Zone.Origin(), batch); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(done); err != nil {
		t.Error(err)
	}
	if !fetch(t, p, "example.com.").Zone.Has(address.Key) {
		t.Error("the zone was not written")
	}
}

// waitFor returns when a file is there.
func waitFor(t testing.TB, file string) {
	deadline := time.Now().Add(30 * time.Second)
	for {
		if _, err := os.Stat(file); err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Errorf("%s is still not there", file)
			return
		}
		time.Sleep(time.Millisecond)
	}
}
