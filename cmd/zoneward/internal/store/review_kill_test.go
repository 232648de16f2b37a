package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

// reviewZones is how many zones each review of reviewForEver has.
const reviewZones = 50

// reviewForEver keeps one review after the other until it is killed, and says what it was told is on disk.
func reviewForEver(file string) error {
	s, err := Open(context.Background(), file)
	if err != nil {
		return err
	}
	zones := ""
	for i := range reviewZones {
		zones += fmt.Sprintf(" zone%d.example.", i)
	}
	for pull := 1; ; pull++ {
		if err := s.KeepReview(context.Background(), reviewOf(fmt.Sprintf("%d head%s", pull, zones), 0)); err != nil {
			return err
		}
		fmt.Println("kept", pull, "all")
		if err := s.MarkMerged(context.Background(), pull, "head", "c0ffee", noon); err != nil {
			return err
		}
		fmt.Println("merged", pull, "all")
	}
}

// TestKilledReview kills a process that keeps reviews, at any moment: those that it was told are kept are there, each with all its zones, and what it
// was told is merged is.
func TestKilledReview(t *testing.T) {
	for i := range 5 {
		file := stateFile(t)
		c := startChild(t, "review", file)
		timer := time.AfterFunc(30*time.Second, func() { _ = c.cmd.Process.Kill() }) // for a child that says nothing
		kept, merged := 0, 0
		for lines := 0; c.said.Scan(); lines++ {
			if lines == 5 {
				timer.Reset(time.Duration(i*7919%20_000) * time.Microsecond)
			}
			words := strings.Fields(c.said.Text())
			if len(words) != 3 || words[2] != "all" {
				continue // it was killed in the middle of a line
			}
			pull, err := strconv.Atoi(words[1])
			if err != nil {
				t.Fatal(err)
			}
			if words[0] == "kept" {
				kept = pull
			} else {
				merged = pull
			}
		}
		timer.Stop()
		c.kill()

		s := openStore(t, file)
		reviews := mustReviews(t, s, ReviewQuery{Documents: true})
		if kept == 0 || len(reviews) < kept || len(mustReviews(t, s, ReviewQuery{Merged: "c0ffee"})) < merged {
			t.Errorf("%d reviews are there, and %d were kept, %d of them merged", len(reviews), kept, merged)
		}
		for _, r := range reviews {
			if len(r.Zones) != reviewZones || r.Document == nil {
				t.Errorf("the review of %d has %d zones and %d octets", r.Pull, len(r.Zones), len(r.Document))
			}
		}
	}
}
