package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/reconcile"
)

// progress says on standard error how far a command has come, once it has taken a while: on a terminal with a line for each zone on its way and one for
// all of them, which are cleared away at the end, elsewhere with a plain line now and then. Its methods may be called concurrently.
type progress struct {
	doing string // such as "planning"
	began time.Time

	mu     sync.Mutex
	total  int // zones, as far as they are known
	ended  int // of them
	flight []flying
	waits  []string // what is waited for, nil while something is done

	end  time.Time       // until when is waited at most
	told map[string]bool // what was waited for so far, nil on a terminal
	w    io.Writer       // for lines where there is no terminal

	stop func()
}

// flying is a zone on its way.
type flying struct {
	ref   reconcile.Ref
	phase reconcile.Phase
	since time.Time // when it came into its phase
}

const (
	// liveAfter is how long nothing is shown on a terminal, plainEvery how long there is from line to line elsewhere.
	liveAfter  = time.Second
	plainEvery = 10 * time.Second
	// mostFlying is how many zones get a line of their own.
	mostFlying = 8
	// narrowest and lowest are the least columns and rows of a terminal in which lines can be moved about.
	narrowest, lowest = 40, mostFlying + 4
)

// progress begins to say how far a command has come with what it is doing. The caller ends it with done.
func (e env) progress(doing string) *progress {
	p := &progress{doing: doing, began: time.Now()}
	if kind, _ := e.lookup("TERM"); kind != "dumb" && isTerminal(e.stderr.file) {
		if columns, rows, err := term.GetSize(int(e.stderr.file.Fd())); err == nil && columns >= narrowest && rows >= lowest {
			p.stop = p.live(e.stderr.file)
			return p
		}
	}
	p.told, p.w = map[string]bool{}, e.stderr
	p.stop = p.plain()
	return p
}

// done ends it. Afterwards nothing of it is on the terminal, and others may write there.
func (p *progress) done() { p.stop() }

// follow shows how far a planner has come, or an applier that has it. The caller calls done.
func (e env) follow(planner *reconcile.Planner, doing string) (done func()) {
	_, done = e.following(planner, doing, 0)
	return done
}

// following is follow for what may have to wait, for so long at most.
func (e env) following(planner *reconcile.Planner, doing string, wait time.Duration) (p *progress, done func()) {
	p = e.progress(doing)
	p.end = p.began.Add(wait)
	planner.Progress = p.zone
	return p, func() {
		planner.Progress = nil
		p.done()
	}
}

// waiting notes that nothing can be done for now, and what is waited for. Where there is no terminal a line says each reason once.
func (p *progress) waiting(still []reconcile.Deferred, _ time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.total, p.ended, p.flight, p.waits = 0, 0, nil, []string{}
	for _, d := range still {
		if what := render.Shown(d.For); !slices.Contains(p.waits, what) && (d.Until.IsZero() || d.Until.Before(p.end)) {
			p.waits = append(p.waits, what)
		}
	}
	if len(p.waits) == 0 {
		p.waits = append(p.waits, "for name servers and providers to have what was applied")
	}
	if p.told == nil {
		return
	}
	for _, what := range p.waits {
		if !p.told[what] {
			p.told[what] = true
			p.printf("waiting until %s at most: %s\n", p.end.UTC().Format("15:04:05Z"), what)
		}
	}
}

// printf writes where there is no terminal. A stream that cannot be written to any more is no reason to stop the work.
func (p *progress) printf(format string, args ...any) { _, _ = fmt.Fprintf(p.w, format, args...) }

// zone notes where a zone is on its way.
func (p *progress) zone(ref reconcile.Ref, phase reconcile.Phase) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waits = nil
	i := slices.IndexFunc(p.flight, func(f flying) bool { return f.ref == ref })
	switch phase {
	case reconcile.Queued:
		p.total++
	case reconcile.Planned, reconcile.Finished:
		p.ended++
		if i >= 0 {
			p.flight = slices.Delete(p.flight, i, i+1)
		}
	case reconcile.Locking, reconcile.Fetching, reconcile.Writing, reconcile.Reading, reconcile.Verifying:
		now := flying{ref, phase, time.Now()}
		if i >= 0 {
			p.flight[i] = now // it keeps its line
		} else {
			p.flight = append(p.flight, now)
		}
	}
}

// counts returns how many zones there are, and how many are through.
func (p *progress) counts() (total, ended int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.total, p.ended
}

// sum says how far all is at a time: "1200 of 5000 zones, 12s", or the time alone as long as no zone is known.
func (p *progress) sum(now time.Time) string {
	took := now.Sub(p.began).Truncate(time.Second)
	if total, ended := p.counts(); total > 0 {
		return fmt.Sprintf("%d of %s, %s", ended, render.Count(total, "zone", "zones"), took)
	}
	return took.String()
}

// isWaiting reports whether nothing can be done for now.
func (p *progress) isWaiting() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.waits != nil
}

// lines returns a line for each of the zones that have been on their way for longest, and one that counts the rest; or one for each thing that is waited for.
// No line is wider than width.
func (p *progress) lines(now time.Time, width int) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var lines []string
	for i, what := range p.waits {
		if i == mostFlying {
			lines = append(lines, fmt.Sprintf("  and %d more", len(p.waits)-mostFlying))
			break
		}
		lines = append(lines, narrowed(fmt.Sprintf("  waiting until %s at most: %s", p.end.UTC().Format("15:04:05Z"), what), width))
	}
	for i, f := range p.flight {
		if i == mostFlying {
			lines = append(lines, fmt.Sprintf("  and %d more", len(p.flight)-mostFlying))
			break
		}
		phase := string(f.phase)
		if took := now.Sub(f.since).Truncate(time.Second); took >= time.Second {
			phase += ", " + took.String()
		}
		// What is cut off where there is no room is the name.
		name := fmt.Sprintf("%s on %s", render.Name(f.ref.Zone), render.Shown(f.ref.Target))
		lines = append(lines, fmt.Sprintf("  %s: %s", narrowed(name, width-len("  : ")-len(phase)), phase))
	}
	return lines
}

// live shows progress on a terminal. The function that it returns ends that.
func (p *progress) live(terminal io.Writer) (stop func()) {
	begin := make(chan struct{})
	timer := time.AfterFunc(liveAfter, func() { close(begin) })
	container := mpb.New(mpb.WithOutput(terminal), mpb.WithAutoRefresh(), mpb.WithRenderDelay(begin))
	graph := mpb.BarStyle().Build()
	bar := container.MustAdd(0, mpb.BarFillerFunc(func(w io.Writer, stat decor.Statistics) error {
		total, ended := p.counts()
		if total == 0 {
			return nil
		}
		stat.Total, stat.Current = int64(total), int64(ended)
		if err := graph.Fill(w, stat); err != nil {
			return err
		}
		_, err := fmt.Fprint(w, " ")
		return err
	}),
		mpb.BarWidth(24),
		mpb.BarFillerTrim(),
		mpb.PrependDecorators(decor.Name(p.doing+" ")),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return p.sum(time.Now()) })),
		mpb.BarExtender(mpb.BarFillerFunc(func(w io.Writer, stat decor.Statistics) error {
			lines := p.lines(time.Now(), stat.AvailableWidth-1)
			slices.Reverse(lines) // the extender puts the last one on top
			for _, line := range lines {
				if _, err := fmt.Fprintln(w, line); err != nil {
					return err
				}
			}
			return nil
		}), true),
	)
	return func() {
		timer.Stop()
		bar.Abort(true)
		container.Wait()
	}
}

// plain writes a line now and then. The function that it returns ends that.
func (p *progress) plain() (stop func()) {
	ending := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		ticker := time.NewTicker(plainEvery)
		defer ticker.Stop()
		for {
			select {
			case <-ending:
				return
			case now := <-ticker.C:
				if !p.isWaiting() { // what for has been said
					p.printf("%s: %s\n", p.doing, p.sum(now))
				}
			}
		}
	})
	return func() {
		close(ending)
		wg.Wait()
	}
}

// narrowed returns text with as much of its end replaced by an ellipsis as it takes to be no wider than width on a terminal.
func narrowed(text string, width int) string {
	measure := decor.Name("") // knows how wide characters are
	columns := func(s string) int {
		_, n := measure.Format(s)
		return n
	}
	if columns(text) <= width {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if columns(b.String()+string(r)) >= width {
			break
		}
		b.WriteRune(r)
	}
	return b.String() + "…"
}
