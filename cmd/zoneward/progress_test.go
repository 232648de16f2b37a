package main

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// screen is a terminal as far as progress needs one: lines, the cursor up, and clearing what is below it.
type screen struct {
	mu    sync.Mutex
	lines []string
	row   int
	most  int // lines that were ever on it
}

var cursorUp = regexp.MustCompile(`^\x1b\[([0-9]+)A`)

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for text := string(p); text != ""; {
		if up := cursorUp.FindStringSubmatch(text); up != nil {
			n, _ := strconv.Atoi(up[1])
			s.row -= n
			text = text[len(up[0]):]
			continue
		}
		if rest, ok := strings.CutPrefix(text, "\x1b[J"); ok {
			s.lines, text = s.lines[:s.row], rest
			continue
		}
		line, rest, _ := strings.Cut(text, "\n")
		if strings.ContainsFunc(line, func(r rune) bool { return !render.IsPlain(r) }) {
			return 0, fmt.Errorf("%q on the terminal", line)
		}
		s.lines = append(s.lines[:s.row], line)
		s.row++
		s.most = max(s.most, len(s.lines))
		text = rest
	}
	return len(p), nil
}

func (s *screen) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.lines, "\n")
}

func refOf(zone string) reconcile.Ref {
	return reconcile.Ref{Zone: zonefile.MustParseName(zone), Target: "live"}
}

func TestProgressOnATerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &screen{}
		p := &progress{doing: "planning", began: time.Now()}
		stop := p.live(s)
		for i := range 20 {
			p.zone(refOf(fmt.Sprintf("z%02d.example.", i)), reconcile.Queued)
		}
		for i := range 12 {
			p.zone(refOf(fmt.Sprintf("z%02d.example.", i)), reconcile.Fetching)
		}
		time.Sleep(liveAfter - time.Millisecond)
		if got := s.text(); got != "" {
			t.Errorf("within a second there is\n%s", got)
		}
		time.Sleep(2 * time.Second)
		want := `  z00.example. on live: fetching, 2s
  z01.example. on live: fetching, 2s
  z02.example. on live: fetching, 2s
  z03.example. on live: fetching, 2s
  z04.example. on live: fetching, 2s
  z05.example. on live: fetching, 2s
  z06.example. on live: fetching, 2s
  z07.example. on live: fetching, 2s
  and 4 more
planning [----------------------] 0 of 20 zones, 2s`
		if d := cmp.Diff(s.text(), want); d != "" {
			t.Error(d)
		}
		for i := range 10 {
			p.zone(refOf(fmt.Sprintf("z%02d.example.", i)), reconcile.Planned)
		}
		p.zone(refOf("z11.example."), reconcile.Writing)
		time.Sleep(500 * time.Millisecond)
		want = `  z10.example. on live: fetching, 3s
  z11.example. on live: writing
planning [==========>-----------] 10 of 20 zones, 3s`
		if d := cmp.Diff(s.text(), want); d != "" {
			t.Error(d)
		}
		stop()
		if got := s.text(); got != "" {
			t.Errorf("at the end there is still\n%s", got)
		}
		if s.most != 10 {
			t.Errorf("%d lines at most; want 10", s.most)
		}
	})
}

func TestProgressThatIsSoonOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &screen{}
		p := &progress{doing: "planning", began: time.Now()}
		stop := p.live(s)
		p.zone(refOf("example.com."), reconcile.Queued)
		time.Sleep(liveAfter / 2)
		stop()
		time.Sleep(liveAfter)
		if s.most != 0 {
			t.Errorf("something was shown, %d lines of it", s.most)
		}
	})
}

func TestProgressElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b strings.Builder
		e := env{stderr: newOutput(&b), lookup: func(string) (string, bool) { return "", false }}
		planner := &reconcile.Planner{}
		done := e.follow(planner, "planning")
		for i := range 3 {
			planner.Progress(refOf(fmt.Sprintf("z%d.example.", i)), reconcile.Queued)
		}
		time.Sleep(9 * time.Second)
		if b.Len() > 0 {
			t.Errorf("after 9 seconds there is %s", b.String())
		}
		planner.Progress(refOf("z0.example."), reconcile.Fetching)
		planner.Progress(refOf("z0.example."), reconcile.Planned)
		time.Sleep(12 * time.Second)
		done()
		time.Sleep(time.Minute)
		if d := cmp.Diff(b.String(), "planning: 1 of 3 zones, 10s\nplanning: 1 of 3 zones, 20s\n"); d != "" {
			t.Error(d)
		}
		if planner.Progress != nil {
			t.Error("the planner still tells")
		}
	})
}

func TestProgressOfNothingThatIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &screen{}
		p := &progress{doing: "reading the zones repository", began: time.Now()}
		stop := p.live(s)
		time.Sleep(3 * time.Second)
		if got := s.text(); got != "reading the zones repository 2s" {
			t.Errorf("there is %q", got)
		}
		stop()
	})
}

func TestProgressOfHostileNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &screen{}
		p := &progress{doing: "planning", began: time.Now()}
		stop := p.live(s)
		long := strings.Repeat("xn--mnchen-3ya.", 12) + "example."
		for _, ref := range []reconcile.Ref{
			refOf(`\027[2J\010.example.`), {Zone: zonefile.MustParseName("example.com."), Target: "\x1b[31m\n\u202etarget"}, refOf(long), refOf("xn--6qqv7i14ofosyrb.example."),
		} {
			p.zone(ref, reconcile.Queued)
			p.zone(ref, reconcile.Verifying)
		}
		time.Sleep(2500 * time.Millisecond)
		lines := strings.Split(s.text(), "\n")
		if len(lines) != 5 {
			t.Fatalf("%d lines; want 5:\n%s", len(lines), s.text())
		}
		for _, line := range lines {
			if width := len([]rune(line)); width > 79 {
				t.Errorf("%d characters wide: %s", width, line)
			}
		}
		if !strings.HasSuffix(lines[2], "…: verifying, 2s") {
			t.Errorf("%s; want the name cut off, and the phase not", lines[2])
		}
		stop()
	})
}

func TestNarrowed(t *testing.T) {
	for _, tc := range []struct {
		text  string
		width int
		want  string
	}{
		{"example.com.", 12, "example.com."},
		{"example.com.", 11, "example.co…"},
		{"例え.example.", 12, "例え.example…"[:len("例え.exampl")] + "…"},
		{"例え", 3, "例…"},
		{"example.com.", 1, "…"},
		{"example.com.", -3, "…"},
	} {
		if got := narrowed(tc.text, tc.width); got != tc.want {
			t.Errorf("%s in %d: %s; want %s", tc.text, tc.width, got, tc.want)
		}
	}
}

// TestProgressToAClosedStream: what cannot be shown does not stop the work.
func TestProgressToAClosedStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		_, _ = r.Close(), w.Close()
		p := &progress{doing: "planning", began: time.Now()}
		stop := p.live(w)
		for i := range 100 {
			p.zone(refOf(fmt.Sprintf("z%d.example.", i)), reconcile.Queued)
			time.Sleep(100 * time.Millisecond)
		}
		stop()
	})
}

// waits are changes that wait, of which one comes after all that apply waits for.
func waits() []reconcile.Deferred {
	return []reconcile.Deferred{
		{For: "once example.com. is signed"}, {For: "once example.com. is signed"}, {For: "once \u202eit is there"}, {For: "once resolvers have forgotten", Until: time.Now().Add(time.Hour)},
	}
}

func TestProgressWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &screen{}
		p := &progress{doing: "applying", began: time.Now(), end: time.Now().Add(10 * time.Minute)}
		stop := p.live(s)
		defer stop()
		p.zone(refOf("example.com."), reconcile.Queued)
		p.zone(refOf("example.com."), reconcile.Writing)
		p.zone(refOf("example.com."), reconcile.Finished)
		p.waiting(waits(), time.Now().Add(time.Minute))
		time.Sleep(2500 * time.Millisecond)
		want := "  waiting until 00:10:00Z at most: once example.com. is signed\n" + `  waiting until 00:10:00Z at most: once \u{202e}it is there` + "\napplying 2s"
		if d := cmp.Diff(s.text(), want); d != "" {
			t.Error(d)
		}
		p.zone(refOf("example.com."), reconcile.Queued)
		p.zone(refOf("example.com."), reconcile.Fetching)
		time.Sleep(time.Second)
		if got := s.text(); strings.Contains(got, "waiting") || !strings.Contains(got, "example.com. on live: fetching") || !strings.Contains(got, "0 of 1 zone,") {
			t.Errorf("when it goes on there is\n%s", got)
		}
	})
}

func TestProgressWaitsElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b strings.Builder
		e := env{stderr: newOutput(&b), lookup: func(string) (string, bool) { return "", false }}
		planner := &reconcile.Planner{}
		p, done := e.following(planner, "applying", 10*time.Minute)
		for range 3 {
			p.waiting(waits(), time.Now().Add(time.Minute))
			time.Sleep(61 * time.Second)
		}
		p.waiting(nil, time.Now().Add(time.Minute))
		time.Sleep(61 * time.Second)
		planner.Progress(refOf("example.com."), reconcile.Queued)
		time.Sleep(10 * time.Second)
		done()
		want := "waiting until 00:10:00Z at most: once example.com. is signed\n" + `waiting until 00:10:00Z at most: once \u{202e}it is there` +
			"\nwaiting until 00:10:00Z at most: for name servers and providers to have what was applied\napplying: 0 of 1 zone, 4m10s\n"
		if d := cmp.Diff(b.String(), want); d != "" {
			t.Error(d)
		}
	})
}
