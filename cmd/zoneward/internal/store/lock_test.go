package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// lockForEver locks the zone until the process is killed.
func lockForEver(file string) error {
	s, err := Open(context.Background(), file)
	if err != nil {
		return err
	}
	if _, err := s.Lock(context.Background(), onLive); err != nil {
		return err
	}
	fmt.Println("locked by", os.Getpid())
	select {}
}

// TestLockOfAnotherProcess waits for a process that is then killed.
func TestLockOfAnotherProcess(t *testing.T) {
	file := stateFile(t)
	s := openStore(t, file)
	before := time.Now()
	c := startChild(t, "lock", file)
	if !c.said.Scan() {
		t.Fatal("the child said nothing")
	}
	var pid int
	if _, err := fmt.Sscanf(c.said.Text(), "locked by %d", &pid); err != nil {
		t.Fatal(err)
	}

	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := s.Lock(ctx, onLive)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("%v; want that the time is over", err)
	}
	var rest string
	who := fmt.Sprintf("example.com. on live is being written by process %d (%s) since ", pid, filepath.Base(os.Args[0]))
	rest, ok := strings.CutPrefix(err.Error(), who)
	stamp, _, _ := strings.Cut(rest, ": ")
	if since, parseErr := time.Parse(time.RFC3339, stamp); !ok || parseErr != nil || since.Before(before.Truncate(time.Second)) || since.After(time.Now()) {
		t.Errorf("error %q; want %q, and the time when it began", err, who)
	}

	c.kill()
	ctx, cancel = context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	release, err := s.Lock(ctx, onLive)
	if err != nil {
		t.Fatalf("after the process was killed: %v", err)
	}
	release()
}

// TestLockThroughALink: a file has one folder of locks, also where it is opened by a symbolic link to it.
func TestLockThroughALink(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "data", "state.db")
	if err := os.Mkdir(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	link, folder := filepath.Join(dir, "state.db"), filepath.Join(dir, "folder")
	for name, target := range map[string]string{link: filepath.Join("data", "state.db"), folder: "data"} {
		if err := os.Symlink(target, name); err != nil {
			t.Fatal(err)
		}
	}
	through := openStore(t, link) // which makes the file that it leads to
	release, err := through.Lock(t.Context(), onLive)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	for _, name := range []string{file, link, filepath.Join(folder, "state.db")} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		if again, err := openStore(t, name).Lock(ctx, onLive); err == nil {
			again()
			t.Errorf("%s: two have the lock", name)
		}
	}
	if _, err := os.Stat(link + ".locks"); err == nil {
		t.Error("there is a folder of locks beside the link")
	}
}
