package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/zoneward/zoneward/providers/glauca/glaucatest"
	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
	"github.com/zoneward/zoneward/providers/scaidns/scaidnstest"
	"github.com/zoneward/zoneward/providers/scaleway/scalewaytest"
	"github.com/zoneward/zoneward/providers/scalewaytem/scalewaytemtest"
	"github.com/zoneward/zoneward/providers/scalingo/scalingotest"
)

func TestMain(m *testing.M) {
	err := errors.Join(
		// With the race detector a program sleeps for a second before it ends, and these tests run zoneward a thousand times.
		os.Setenv(raceOptions, strings.TrimSpace(os.Getenv(raceOptions)+" atexit_sleep_ms=0")),
		// They wait for half of their time, for servers and timers. The flag -parallel is read later, and counts.
		flag.Set("test.parallel", strconv.Itoa(2*runtime.GOMAXPROCS(0))),
	)
	if err != nil {
		panic(err)
	}
	testscript.Main(m, map[string]func(){"zoneward": main})
}

// raceOptions in the environment are the options of the race detector (https://go.dev/doc/articles/race_detector#Options).
const raceOptions = "GORACE"

// TestScript runs testdata/script/*.txtar, which are named by subcommand, then case. Beside the commands of testscript they have
//
//	server KIND ZONE...      starts a real server (see startServer) and sets ADDR, and for PowerDNS URL and APIKEY; TSIG and TSIG_NAME are always set
//	foreign FILE             makes an update as somebody else, in nsupdate's language
//	answers NAME TYPE TEXT   waits until the server gives that answer; with ! checks that it does not give it
//	digs PORT QUESTION REGEXP  asks what answers at a port of the machine with dig until the answer matches, with ! until it does not
//	freeport NAME            sets a variable to a port that was free
//	closedport NAME          sets a variable to a port at which connections are refused
//	http URL REGEXP          waits until the status line and body of the answer match
//	terminate                sends SIGTERM to what runs in the background
//	exits CODE COMMAND...    runs a command and compares its exit code
//	fakehttp NAME [READ [WRITE]]  sets a variable to the URL of a server that answers with files (see fakeHTTP)
//	transfer ZONE FILE       writes what the server serves of a zone to a file
//	cutoff NAME ADDRESS OCTETS  sets a variable to the address of a server that passes on the beginning of what another one answers
//	stone NAME OWNER TYPE    sets a variable to the id of the newest tombstone of that RRset, or zone
//	commit NAME REVISION     sets a variable to the commit of a revision in the current repository
//	plan NAME OWNER TYPE NUMBER  sets a variable to the id of the last plan, or an earlier one, by which that RRset was written
//	now NAME                 sets a variable to the time
//	pdns METHOD ZONE REGEXP [FILE]  asks the API of PowerDNS about a zone; its answer matches, with ! it does not
//	sql FILE STATEMENT...    carries out statements in an SQLite file
//	disk DIRECTORY WHAT      makes a directory one on a disk that is small or read-only (see disk)
//	scaidns WHAT...          starts the fake of ScaiDNS, and does things to it behind zoneward's back (see scaidnsCommand)
//	scaleway WHAT...         the same for that of Scaleway (see scalewayCommand)
//	tem|scalingo|glauca WHAT...  the same for those of Scaleway Transactional Email, Scalingo and Glauca (see temCommand, scalingoCommand, glaucaCommand)
//	fault [PATTERN TIMES FAULT...]  has the fake go wrong, or right again (see fault)
//	snapshots VARIABLE,... [FLAG...]  compares the plan that the providers give with the one from a snapshot of them (see snapshots)
//	calls [PATTERN COUNT]    compares how many requests the fake got, or begins to count
//
// UPDATE_SCRIPTS=1 rewrites what they compare with.
func TestScript(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("..", "..", "testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		Setup: func(env *testscript.Env) error {
			env.Values[keyScript] = &script{tb: env.T().(testing.TB)}
			env.Setenv("NO_COLOR", "1")
			env.Setenv(raceOptions, os.Getenv(raceOptions))
			env.Setenv("TSIG", dnsserver.TestKey().Secret)
			env.Setenv("TSIG_NAME", dnsserver.TestKey().Name)
			env.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
			for _, who := range []string{"AUTHOR", "COMMITTER"} {
				env.Setenv("GIT_"+who+"_NAME", "Ann")
				env.Setenv("GIT_"+who+"_EMAIL", "ann@example.com")
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"server": startServer, "foreign": foreignUpdate, "answers": answers, "digs": digs, "freeport": freePort, "closedport": closedPort, "http": httpGet, "terminate": terminate,
			"exits": exits, "fakehttp": fakeHTTP, "transfer": transfer, "cutoff": cutOff, "disk": disk,
			"stone": stoneID, "commit": commitID, "plan": planID, "now": timeNow, "pdns": powerdnsAPI, "sql": sqlExec,
			"scaidns": scaidnsCommand, "scaleway": scalewayCommand, "tem": temCommand, "scalingo": scalingoCommand, "glauca": glaucaCommand,
			"fault": fault, "calls": calls, "snapshots": snapshots,
		},
	})
}

type contextKey int

const keyScript contextKey = 0

// script is what the commands of one script share.
type script struct {
	tb       testing.TB
	server   *dnsserver.Server
	scaidns  *scaidnstest.Server
	scaleway *scalewaytest.Server
	tem      *scalewaytemtest.Fake
	scalingo *scalingotest.Server
	glauca   *glaucatest.Server
	faults   *httpfault.Handler // in front of the fake that was started last
}

func scriptOf(ts *testscript.TestScript) *script { return ts.Value(keyScript).(*script) }

// startServer starts PowerDNS, BIND or Knot: powerdns, powerdns-lmdb, bind, bind-signed, bind-inline, knot, knot-signed.
func startServer(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: server KIND ZONE...")
	}
	s := scriptOf(ts)
	kind, variant, _ := strings.Cut(args[0], "-")
	mode := map[string]dnsserver.Mode{"signed": dnsserver.PolicySigned, "inline": dnsserver.InlineSigned}[variant]
	var zones []dnsserver.Zone
	for _, origin := range args[1:] {
		zones = append(zones, dnsserver.Zone{Origin: origin, Mode: mode})
	}
	switch kind {
	case "powerdns":
		var opts dnsserver.PowerDNSOptions
		if variant == "lmdb" {
			opts.Backend = variant
		}
		pdns := dnsserver.PowerDNS(s.tb, opts)
		for _, zone := range zones {
			pdns.CreateZone(s.tb, "Native", zone)
		}
		ts.Setenv("URL", pdns.URL)
		ts.Setenv("APIKEY", pdns.APIKey)
		s.server = pdns.Server
	case "bind":
		s.server = dnsserver.BIND(s.tb, zones...)
	case "knot":
		s.server = dnsserver.Knot(s.tb, zones...)
	default:
		ts.Fatalf("no such server: %s", args[0])
	}
	ts.Setenv("ADDR", s.server.Addr)
}

func foreignUpdate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: foreign FILE")
	}
	s := scriptOf(ts)
	s.server.Update(s.tb, ts.ReadFile(args[0]))
}

func answers(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: answers NAME TYPE TEXT")
	}
	s := scriptOf(ts)
	var last []string
	given := func() bool {
		_, last = dnsserver.Query(s.tb, s.server.Addr, args[0], args[1])
		return slices.ContainsFunc(last, func(line string) bool { return strings.HasSuffix(line, " IN "+args[1]+" "+args[2]) })
	}
	if neg {
		if given() {
			ts.Fatalf("the answer is there: %s", last)
		}
		return
	}
	if !eventually(given) {
		ts.Fatalf("the answer did not come; the last one was %s", last)
	}
}

// eventually tries until it is so, for 30 seconds at most, and returns whether it is.
func eventually(so func() bool) bool {
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if so() {
			return true
		}
	}
	return so()
}

func freePort(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: freeport NAME")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	defer listener.Close()
	ts.Setenv(args[0], fmt.Sprint(listener.Addr().(*net.TCPAddr).Port))
}

func terminate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: terminate")
	}
	for _, cmd := range ts.BackgroundCmds() {
		ts.Check(cmd.Process.Signal(syscall.SIGTERM))
	}
}

func httpGet(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: http URL REGEXP")
	}
	want, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	var last string
	if !eventually(func() bool {
		resp, err := http.Get(args[0])
		if err != nil {
			last = err.Error()
			return false
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		last = fmt.Sprintf("%s\n%s", resp.Status, body)
		return err == nil && want.MatchString(last)
	}) {
		ts.Fatalf("no answer that matches %s; the last one was %s", want, last)
	}
}
