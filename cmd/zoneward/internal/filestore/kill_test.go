package filestore

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// childFolder in the environment has the test binary write to a store until it is killed.
const childFolder = "ZONEWARD_TEST_TOMBSTONES"

func TestMain(m *testing.M) {
	dir := os.Getenv(childFolder)
	if dir == "" {
		os.Exit(m.Run())
	}
	fmt.Fprintln(os.Stderr, writeForEver(dir))
	os.Exit(1)
}

// writeForEver retires one RRset after the other, and says what it was told is on disk.
func writeForEver(dir string) error {
	ctx := context.Background()
	s, err := Open(ctx, dir)
	if err != nil {
		return err
	}
	for round := s.audit.last; ; round++ {
		in := retiring(www.WithName(zonefile.MustParseName(fmt.Sprintf("h%d.example.com.", round%50))))
		in.Stones[0].ID = fmt.Sprintf("%016x", time.Now().UnixNano())
		id, err := s.Begin(ctx, in)
		if err != nil {
			return err
		}
		fmt.Println("begun", in.Stones[0].ID)
		if err := s.Conclude(ctx, id, reconcile.Conclusion{Result: reconcile.Done, Live: []bool{true}}); err != nil {
			return err
		}
		fmt.Println("concluded", in.Stones[0].ID)
	}
}

// TestKilledWriter kills a process that writes, at any moment: the folder opens, what the process was told is on disk is there, nothing stays in the
// dark, and the audit log is as it was written.
func TestKilledWriter(t *testing.T) {
	kills := 20
	if os.Getenv("ZONEWARD_SOAK") == "1" {
		kills = 200
	}
	dir := folderFor(t)
	said := map[string]string{} // the last word on each tombstone
	settled := 0
	for i := range kills {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childFolder+"="+dir)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(30*time.Second, func() { _ = cmd.Process.Kill() }) // for a child that says nothing
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			if word, id, ok := strings.Cut(lines.Text(), " "); ok && len(id) == 16 {
				said[id] = word
			}
			if n == 3 {
				timer.Reset(time.Duration(i*7919%20_000) * time.Microsecond)
			}
		}
		timer.Stop()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		settled += checkKilled(t, dir, said)
	}
	if len(said) < kills {
		t.Fatalf("%d tombstones were written in %d lives", len(said), kills)
	}
	t.Logf("%d kills: %d tombstones, %d settled afterwards", kills, len(said), settled)
}

// checkKilled looks at what a writer has left, concludes what it left open, and returns how much that was.
func checkKilled(t *testing.T, dir string, said map[string]string) (settled int) {
	t.Helper()
	s := openStore(t, dir)
	defer s.Close()
	intents, err := s.Open(t.Context(), onLive)
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range intents {
		for _, stone := range in.Stones {
			if said[stone.ID] == "concluded" {
				t.Errorf("%s is concluded, and its intent open", stone.ID)
			}
		}
		conclude(t, s, in.ID, true)
	}
	stones, err := s.graves.all()
	if err != nil {
		t.Fatal(err)
	}
	for id := range said {
		if stones[id].ID != id {
			t.Errorf("%s was %s, and is gone", id, said[id])
		}
	}
	for id, stone := range stones {
		if stone.State != reconcile.Retired {
			t.Errorf("%s is %s", id, stone.State)
		}
	}
	if n, err := s.VerifyAudit(t.Context()); err != nil || n < len(stones) || int64(n) != s.audit.last {
		t.Errorf("%d entries of the audit log, %v, for %d tombstones", n, err, len(stones))
	}
	return len(intents)
}
