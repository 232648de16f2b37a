package main

import (
	"runtime"
	"testing"
	"time"
)

func TestReadClock(t *testing.T) {
	before := time.Now()
	first, second := readClock(), readClock()
	if first.Wall.Before(before.Round(0)) || first.Wall.After(time.Now()) || first.Wall != first.Wall.Round(0) {
		t.Errorf("wall is %v; want the time from %v, without a monotonic reading", first.Wall, before)
	}
	if runtime.GOOS != "linux" {
		t.Skipf("%s has no steady clock", runtime.GOOS)
	}
	if first.Boot == "" || first.Boot != second.Boot {
		t.Errorf("the start is %q, then %q; want one name", first.Boot, second.Boot)
	}
	if first.Steady <= 0 || second.Steady < first.Steady {
		t.Errorf("steady is %v, then %v; want it to grow", first.Steady, second.Steady)
	}
	if next := first.Next(second); !next.Doubted.IsZero() {
		t.Errorf("doubted: %v", next)
	}
}
