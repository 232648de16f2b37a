package store

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// childRole says in the environment of a child process what it is to do, childFile with which store.
const (
	childRole = "ZONEWARD_TEST_ROLE"
	childFile = "ZONEWARD_TEST_STATE"
)

func TestMain(m *testing.M) {
	var err error
	switch file := os.Getenv(childFile); os.Getenv(childRole) {
	case "write":
		err = writeForEver(file)
	case "review":
		err = reviewForEver(file)
	case "lock":
		err = lockForEver(file)
	default:
		os.Exit(m.Run())
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// child is this program in a role, as another process.
type child struct {
	cmd  *exec.Cmd
	said *bufio.Scanner // its standard output
}

// startChild starts a child, which is killed when the test ends if it was not before.
func startChild(t *testing.T, role, file string) *child {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childRole+"="+role, childFile+"="+file)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c := &child{cmd: cmd, said: bufio.NewScanner(out)}
	t.Cleanup(c.kill)
	return c
}

// kill kills the child and waits for its end.
func (c *child) kill() {
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
}

// writeForEver retires one RRset after the other until it is killed, and says what it was told is on disk.
func writeForEver(file string) error {
	ctx := context.Background()
	s, err := Open(ctx, file)
	if err != nil {
		return err
	}
	for round := 0; ; round++ {
		in, done := creation(1 + round%300)
		in.Stones = []reconcile.Tombstone{{
			ID: fmt.Sprintf("%016x", time.Now().UnixNano()), Ref: onLive, Kind: reconcile.KindRRset, Key: host(0).Key, RRset: host(0),
			BuriedAt: time.Now(), PurgeAt: time.Now().Add(time.Hour),
		}}
		id, err := s.Begin(ctx, in)
		if err != nil {
			return err
		}
		fmt.Println("begun", id, in.Stones[0].ID)
		if err := s.Conclude(ctx, id, done); err != nil {
			return err
		}
		fmt.Println("concluded", id, in.Stones[0].ID)
	}
}

// TestKilledWriter kills a process that writes, at any moment: the store opens, what the process was told is on disk is there, and the audit log is
// as it was written.
func TestKilledWriter(t *testing.T) {
	kills := 20
	if os.Getenv("ZONEWARD_SOAK") == "1" {
		kills = 200
	}
	file := stateFile(t)
	zone := zonefile.NewZone(example)
	if err := openStore(t, file).SetApplied(t.Context(), onLive, reconcile.AppliedState{}, zone); err != nil {
		t.Fatal(err)
	}
	begun, concluded := map[int64]string{}, map[int64]bool{}
	for i := range kills {
		c := startChild(t, "write", file)
		timer := time.AfterFunc(30*time.Second, func() { _ = c.cmd.Process.Kill() }) // for a child that says nothing
		for lines := 0; c.said.Scan(); lines++ {
			hear(t, c.said.Text(), begun, concluded)
			if lines == 5 {
				timer.Reset(time.Duration(i*7919%20_000) * time.Microsecond)
			}
		}
		timer.Stop()
		c.kill()
		if len(begun) == 0 {
			t.Fatal("nothing was written")
		}
		checkKilled(t, file, begun, concluded)
	}
	t.Logf("%d kills: %d intents, %d of them concluded", kills, len(begun), len(concluded))
}

// hear notes what a writer says.
func hear(t *testing.T, line string, begun map[int64]string, concluded map[int64]bool) {
	t.Helper()
	words := strings.Fields(line)
	if len(words) != 3 || len(words[2]) != 16 {
		return // it was killed in the middle of a line
	}
	id, err := strconv.ParseInt(words[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	switch words[0] {
	case "begun":
		begun[id] = words[2]
	case "concluded":
		concluded[id] = true
	}
}

// checkKilled checks that what a writer has said is in the store, and settles what it left.
func checkKilled(t *testing.T, file string, begun map[int64]string, concluded map[int64]bool) {
	t.Helper()
	s, err := Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	entries := map[int64]reconcile.Entry{}
	for e, err := range s.History(t.Context(), reconcile.HistoryQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		entries[e.Seq] = e
	}
	for id, stone := range begun {
		if _, ok := entries[id]; !ok {
			t.Errorf("intent %d was noted, and is not there", id)
		}
		if got, err := s.Tombstone(t.Context(), stone); err != nil || got.RRset != host(0) {
			t.Errorf("the tombstone %s was buried, and there is %v, %v", stone, got.RRset, err)
		}
		if entries[id].Open && concluded[id] {
			t.Errorf("intent %d was concluded, and is open", id)
		}
	}
	open, err := s.Open(t.Context(), onLive)
	if err != nil || len(open) > 1 {
		t.Errorf("%d intents are open, %v; want one at most", len(open), err)
	}
	for _, in := range open {
		if err := s.Conclude(t.Context(), in.ID, reconcile.Conclusion{Result: reconcile.NotDone, Settled: true}); err != nil {
			t.Error(err)
		}
	}
	if n, err := s.VerifyAudit(t.Context()); err != nil || n != len(entries) {
		t.Errorf("%d entries of %d are as they were written: %v", n, len(entries), err)
	}
	if zone, _, err := s.Applied(t.Context(), onLive); err != nil || zone.Len() > 300 {
		t.Errorf("applied: %v", err)
	}
}
