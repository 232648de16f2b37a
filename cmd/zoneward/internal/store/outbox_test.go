package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/notify"
)

var (
	noon       = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	fewMinutes = notify.Limits{Window: 5 * time.Minute, Pending: 1000}
)

// entry reads "kind subject state" or "kind subject" as an entry for the sink ops, which came some minutes after noon.
func entry(text string, minutes int) notify.Entry {
	words := append(strings.Fields(text), "", "")
	severity := map[string]notify.Severity{"held": notify.Warning, "failed": notify.Error}[words[0]]
	return notify.Entry{
		Sink: "ops", Subject: words[1], Kind: notify.Kind(words[0]), State: words[2], Key: strings.TrimSpace(text), Severity: severity,
		At: noon.Add(time.Duration(minutes) * time.Minute), Content: []byte(text),
	}
}

func silent(e notify.Entry) notify.Entry {
	e.Silent, e.Content = true, nil
	return e
}

// waiting says what waits for the sink ops, with how often it came.
func waiting(t *testing.T, o Outbox) []string {
	t.Helper()
	entries, err := o.Next(t.Context(), "ops", 1000)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		text := string(e.Content)
		if e.Count != 1 {
			text = fmt.Sprintf("%s x%d", text, e.Count)
		}
		all = append(all, text)
	}
	return all
}

func mustPut(t *testing.T, o Outbox, limits notify.Limits, entries ...notify.Entry) {
	t.Helper()
	if err := o.Put(t.Context(), limits, entries...); err != nil {
		t.Fatal(err)
	}
}

// deliver has all that waits for the sink ops delivered.
func deliver(t *testing.T, o Outbox) {
	t.Helper()
	entries, err := o.Next(t.Context(), "ops", 1000)
	if err != nil {
		t.Fatal(err)
	}
	var ids []int64
	for _, e := range entries {
		ids = append(ids, e.ID)
	}
	if err := o.Done(t.Context(), "ops", ids, nil); err != nil {
		t.Fatal(err)
	}
}

func TestOutboxPut(t *testing.T) {
	const gone = "delivered" // what was put in up to here is
	for _, tc := range []struct {
		name string
		put  []any // entries, and gone
		want []string
	}{
		{"in order", []any{entry("applied a", 0), entry("applied b", 0), entry("held c 1", 0)}, []string{"applied a", "applied b", "held c 1"}},
		{"the same within five minutes", []any{entry("applied a", 0), entry("applied a", 3)}, []string{"applied a x2"}},
		{"the same after five minutes", []any{entry("applied a", 0), entry("applied a", 5)}, []string{"applied a", "applied a"}},
		{"the same of something else", []any{entry("applied a", 0), entry("applied b", 1), entry("applied a", 2)}, []string{"applied a x2", "applied b"}},
		{"what was delivered, once more", []any{entry("applied a", 0), gone, entry("applied a", 3)}, nil},
		{"what was delivered, again later, has the count", []any{entry("applied a", 0), gone, entry("applied a", 1), entry("applied a", 2), entry("applied a", 6)}, []string{"applied a x3"}},
		{"what comes in between is not passed over", []any{entry("failed a", 0), entry("recovered a", 1), entry("failed a", 2)}, []string{"failed a", "recovered a", "failed a"}},
		{"a clock that was set back", []any{entry("applied a", 0), gone, entry("applied a", -600), entry("applied a", -599)}, []string{"applied a x2"}},

		{"what stands is told once", []any{entry("held a 1", 0), gone, entry("held a 1", 60), entry("held a 1", 600)}, nil},
		{"in another state it is told", []any{entry("held a 1", 0), gone, entry("held a 2", 60)}, []string{"held a 2"}},
		{"as another kind it is told", []any{entry("held a 1", 0), gone, entry("failed a 1", 60)}, []string{"failed a 1"}},
		{"after it is over it is told", []any{entry("held a 1", 0), entry("applied a", 1), gone, entry("held a 1", 60)}, []string{"held a 1"}},
		{"after it is over unnoticed it is told", []any{entry("held a 1", 0), gone, silent(entry("applied a", 1)), entry("held a 1", 60)}, []string{"held a 1"}},

		{"over without a beginning", []any{entry("recovered a", 0)}, nil},
		{"over, of something else", []any{entry("failed b", 0), entry("recovered a", 0)}, []string{"failed b"}},
		{"over", []any{entry("failed a", 0), gone, entry("recovered a", 60)}, []string{"recovered a"}},
		{"over once", []any{entry("failed a", 0), gone, entry("recovered a", 60), entry("recovered a", 120)}, []string{"recovered a"}},
		{"over while it waits", []any{entry("failed a", 0), entry("recovered a", 60)}, []string{"failed a", "recovered a"}},
		{"noted, and not told", []any{silent(entry("failed a", 0)), entry("recovered a", 60)}, []string{"recovered a"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := openStore(t, stateFile(t)).Outbox()
			for _, one := range tc.put {
				if e, ok := one.(notify.Entry); ok {
					mustPut(t, o, fewMinutes, e)
				} else {
					deliver(t, o)
				}
			}
			if d := cmp.Diff(waiting(t, o), tc.want); d != "" {
				t.Errorf("what waits (-got +want):\n%s", d)
			}
		})
	}
}

// TestOutboxRestart: what waits is there after a restart, under the same delivery id, and what was delivered is not.
func TestOutboxRestart(t *testing.T) {
	file := stateFile(t)
	s := openStore(t, file)
	mustPut(t, s.Outbox(), fewMinutes, entry("held a 1", 0), entry("applied b", 0), entry("applied c", 0))
	before, err := s.Outbox().Next(t.Context(), "ops", 10)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Outbox().Done(t.Context(), "ops", []int64{before[0].ID}, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Outbox().Failed(t.Context(), []int64{before[1].ID}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	o := openStore(t, file).Outbox()
	after, err := o.Next(t.Context(), "ops", 10)
	if err != nil {
		t.Fatal(err)
	}
	before[1].Attempts = 1
	if d := cmp.Diff(after, before[1:]); d != "" {
		t.Errorf("what waits after a restart (-got +want):\n%s", d)
	}
	if before[1].Delivery == before[2].Delivery || len(before[1].Delivery) < 16 {
		t.Errorf("the delivery ids are %q and %q", before[1].Delivery, before[2].Delivery)
	}
	standing, err := o.Standing(t.Context())
	if d := cmp.Diff(standing, []string{"a"}); d != "" || err != nil {
		t.Errorf("what stands (-got +want), %v:\n%s", err, d)
	}
}

// TestOutboxIDs: the id of an entry that is gone is never given again, since a delivery that is noted late would be of another one.
func TestOutboxIDs(t *testing.T) {
	o := openStore(t, stateFile(t)).Outbox()
	mustPut(t, o, fewMinutes, entry("applied a", 0))
	entries, err := o.Next(t.Context(), "ops", 1)
	if err != nil {
		t.Fatal(err)
	}
	first := entries[0].ID
	if err := o.Forget(t.Context(), "ops"); err != nil {
		t.Fatal(err)
	}
	mustPut(t, o, fewMinutes, entry("applied b", 0))
	if err := o.Done(t.Context(), "ops", []int64{first}, nil); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(waiting(t, o), []string{"applied b"}); d != "" {
		t.Errorf("what waits (-got +want):\n%s", d)
	}
}

// lossText says what was lost of the sink ops.
func lossText(t *testing.T, o Outbox) []string {
	t.Helper()
	lost, err := o.Lost(t.Context(), "ops")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, l := range lost {
		all = append(all, fmt.Sprintf("%d %s from %s to %s", l.Count, l.Kind, l.First.Format("15:04"), l.Last.Format("15:04")))
	}
	return all
}

// TestOutboxBound: of too many the oldest of the least severity go, and are counted until somebody is told of them.
func TestOutboxBound(t *testing.T) {
	o := openStore(t, stateFile(t)).Outbox()
	limits := notify.Limits{Window: 5 * time.Minute, Pending: 3}
	mustPut(t, o, limits, entry("applied a", 0), entry("failed b", 1), entry("applied c", 2))
	mustPut(t, o, limits, entry("held d 1", 3))
	mustPut(t, o, limits, entry("applied e", 4))
	if d := cmp.Diff(waiting(t, o), []string{"failed b", "held d 1", "applied e"}); d != "" {
		t.Errorf("what waits (-got +want):\n%s", d)
	}
	if d := cmp.Diff(lossText(t, o), []string{"2 applied from 12:00 to 12:02"}); d != "" {
		t.Errorf("what is lost (-got +want):\n%s", d)
	}
	stats, err := o.Stats(t.Context())
	if d := cmp.Diff(stats, []notify.Stats{{Sink: "ops", Pending: 3, Oldest: noon.Add(time.Minute), Lost: 2}}); d != "" || err != nil {
		t.Errorf("the numbers (-got +want), %v:\n%s", err, d)
	}

	told, err := o.Lost(t.Context(), "ops")
	if err != nil {
		t.Fatal(err)
	}
	mustPut(t, o, limits, entry("failed f", 5)) // has another one lost, of which nobody is told
	if err := o.Done(t.Context(), "ops", nil, told); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(lossText(t, o), []string{"1 applied from 12:00 to 12:04"}); d != "" {
		t.Errorf("what is lost (-got +want):\n%s", d)
	}
	other := entry("applied a", 0)
	other.Sink = "audit"
	mustPut(t, o, limits, other)
	if len(waiting(t, o)) != 3 {
		t.Error("an entry of another sink counts")
	}
}

// TestOutboxDrop: of a failure that nobody was told of, nobody is told that it is over, be that known already or not.
func TestOutboxDrop(t *testing.T) {
	o := openStore(t, stateFile(t)).Outbox()
	mustPut(t, o, fewMinutes, entry("failed a", 0), entry("recovered a", 1), entry("failed b", 2))
	entries, err := o.Next(t.Context(), "ops", 10)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Drop(t.Context(), "ops", []int64{entries[0].ID, entries[2].ID}); err != nil {
		t.Fatal(err)
	}
	mustPut(t, o, fewMinutes, entry("recovered b", 3))
	if got := waiting(t, o); got != nil {
		t.Errorf("there wait %q, want nothing", got)
	}
	mustPut(t, o, fewMinutes, entry("failed b", 4))
	if d := cmp.Diff(waiting(t, o), []string{"failed b"}); d != "" {
		t.Errorf("what waits (-got +want):\n%s", d)
	}
}

// TestOutboxTidy: what was delivered does not stay for ever.
func TestOutboxTidy(t *testing.T) {
	file := stateFile(t)
	o := openStore(t, file).Outbox()
	for i := range 50 {
		mustPut(t, o, fewMinutes, entry(fmt.Sprintf("applied zone%d", i), i))
		deliver(t, o)
	}
	mustPut(t, o, fewMinutes, entry("applied last", -6000)) // the clock was set back
	var rows int
	if err := o.store.reader.QueryRowContext(t.Context(), `SELECT count(*) FROM outbox`).Scan(&rows); err != nil {
		t.Fatal(err)
	}
	if rows > 1 {
		t.Errorf("there are %d rows, want the last alone", rows)
	}
}

// TestOutboxAll: of several entries all are put in, or none.
func TestOutboxAll(t *testing.T) {
	o := openStore(t, stateFile(t)).Outbox()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := o.Put(ctx, fewMinutes, entry("applied a", 0)); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that it was cancelled", err)
	}
	bad := entry("applied b", 0)
	bad.Content = nil // the column is NOT NULL
	if err := o.Put(t.Context(), fewMinutes, entry("applied a", 0), bad); err == nil {
		t.Error("an entry without content is taken")
	}
	if got := waiting(t, o); got != nil {
		t.Errorf("there wait %q, want nothing", got)
	}
}

// TestOutboxToPlan: who only reads puts nothing in.
func TestOutboxToPlan(t *testing.T) {
	s, err := OpenToPlan(t.Context(), stateFile(t))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Outbox().Put(t.Context(), fewMinutes, entry("applied a", 0)); !errors.Is(err, ErrReadOnly) {
		t.Errorf("error %v, want ErrReadOnly", err)
	}
}
