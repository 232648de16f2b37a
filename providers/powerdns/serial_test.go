package powerdns

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/rest"
)

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

func TestNextSerials(t *testing.T) {
	noon, night := at("2026-11-21T12:00:00Z"), at("2026-11-21T23:59:59Z")
	for _, tt := range []struct {
		name     string
		edit     editing
		serial   uint32
		from, to time.Time
		want     []uint32
	}{
		{"by one", editing{api: "INCREASE"}, 7, noon, noon, []uint32{8}},
		{"by one, in small letters", editing{api: "soa-edit-increase"}, 7, noon, noon, []uint32{8}},
		{"upward", editing{"SOA-EDIT-INCREASE", "INCEPTION-INCREMENT"}, 7, noon, noon, nil},
		{"by the clock", editing{api: "EPOCH"}, 7, noon, noon, nil},
		{"by the clock of SOA-EDIT", editing{"SOA-EDIT", "EPOCH"}, 7, noon, noon, nil},
		{"still", editing{}, 7, noon, noon, nil},
		{"later than any date", editing{api: "DEFAULT"}, 2026112203, noon, noon, []uint32{2026112204}},
		{"the first of this day, wherever that is", editing{api: "DEFAULT"}, 7, noon, noon, []uint32{2026112101, 2026112201}},
		{"already of this day", editing{api: "DEFAULT"}, 2026112105, noon, noon, []uint32{2026112106, 2026112201}},
		{"before midnight of UTC", editing{api: "DEFAULT"}, 7, night, night, []uint32{2026112101, 2026112201}},
		{"over midnight of UTC", editing{api: "DEFAULT"}, 7, night, night.Add(2 * time.Second), []uint32{2026112101, 2026112201}},
		{"early in UTC", editing{api: "DEFAULT"}, 7, at("2026-11-21T01:00:00Z"), at("2026-11-21T01:00:00Z"), []uint32{2026112001, 2026112101}},
		{"over midnight of the last zone of the earth", editing{api: "DEFAULT"}, 7, at("2026-11-21T11:59:59Z"), at("2026-11-21T12:00:01Z"), []uint32{2026112001, 2026112101, 2026112201}},
		{"a new year", editing{api: "DEFAULT"}, 7, at("2026-12-31T12:00:00Z"), at("2026-12-31T12:00:00Z"), []uint32{2026123101, 2027010101}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, tt.edit.rule().next(tt.serial, tt.from, tt.to)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestStoredSerial(t *testing.T) {
	noon := at("2026-11-21T12:00:00Z")
	for _, tt := range []struct {
		name      string
		edit      editing
		sent      uint32
		want      uint32
		wantCount bool
	}{
		{"still", editing{}, 8, 8, false},
		{"a word that the server does not know", editing{api: "nonsense"}, 8, 8, false},
		{"SOA-EDIT without one", editing{api: "SOA-EDIT"}, 8, 8, false},
		{"SOA-EDIT with one", editing{"SOA-EDIT", "INCREMENT-WEEKS"}, 8, 0, false},
		{"by one", editing{api: "INCREASE"}, 8, 9, true},
		{"by date, where it is certain", editing{api: "DEFAULT"}, 3000000000, 3000000001, true},
		{"by date, where it depends on the place of the server", editing{api: "DEFAULT"}, 8, 0, true},
		{"by the clock", editing{api: "EPOCH"}, 8, 0, false},
		{"upward", editing{"SOA-EDIT-INCREASE", "EPOCH"}, 8, 0, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.edit.stored(tt.sent, noon, noon); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
			if got := tt.edit.rule().counts(); got != tt.wantCount {
				t.Errorf("counts is %t", got)
			}
		})
	}
}

func TestFollows(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer patched
		next   []uint32
		want   bool
	}{
		{"as expected", patched{before: 8, after: 8}, []uint32{8, 2026112101}, true},
		{"as expected on another day", patched{before: 2026112101, after: 2026112101}, []uint32{8, 2026112101}, true},
		{"one too many", patched{before: 9, after: 9}, []uint32{8}, false},
		{"nothing to expect", patched{before: 9, after: 9}, nil, true},
		{"a server that says what was before", patched{before: 7, after: 1795238773}, nil, true},
		{"a server that says that something else was before", patched{before: 6, after: 8}, []uint32{8}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.answer.follows(7, tt.next); got != tt.want {
				t.Errorf("got %t", got)
			}
		})
	}
}

func TestFollowsSOA(t *testing.T) {
	for _, tt := range []struct {
		name          string
		before, after uint32
		want          bool
	}{
		{"a server that says of both what is afterwards", 10, 10, true},
		{"the serial of the base before it", 7, 9, true},
		{"what was sent before it", 8, 9, true},
		{"another serial before it", 6, 9, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := (patched{before: tt.before, after: tt.after}).followsSOA(7, 8); got != tt.want {
				t.Errorf("got %t", got)
			}
		})
	}
}

func TestVersionOfSerial(t *testing.T) {
	now := at("2026-11-21T23:59:59Z")
	for _, tt := range []struct {
		name   string
		serial uint32
		now    time.Time
		want   string
	}{
		{"none", 0, now, ""},
		{"no date", 5, now, "5"},
		{"years ago", 2020010101, now, "2020010101"},
		{"the day before yesterday", 2026111999, now, "2026111999"},
		{"yesterday", 2026112001, now, ""},
		{"today", 2026112101, now, ""},
		{"tomorrow", 2026112201, now, ""},
		{"ahead of any date", 3000000000, now, ""},
		{"the highest", 4294967295, now, ""},
		{"yesterday, in a place where it is tomorrow already", 2026112001, now.In(time.FixedZone("", 14*60*60)), ""},
		{"the day before yesterday, as another one begins", 2026111901, at("2026-11-21T00:00:00Z"), "2026111901"},
		{"the last of the year, on the first", 2026123101, at("2027-01-01T00:00:00Z"), ""},
		{"the last of the year, on the second", 2026123101, at("2027-01-02T00:00:00Z"), "2026123101"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := version(tt.serial, tt.now); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// A serial of the clock rises with the next second, and never if it is from the future.
func TestClock(t *testing.T) {
	now := at("2026-11-21T12:00:00.25Z")
	seconds := uint32(now.Unix())
	for _, tt := range []struct {
		name   string
		serial uint32
		waits  time.Duration
		want   error
	}{
		{"past", seconds - 1, 0, nil},
		{"long past", seconds - 1000, 0, nil},
		{"none", 0, 0, nil},
		{"long past, by the arithmetic of serials", seconds + 1<<31 + 1, 0, nil},
		{"this second", seconds, 850 * time.Millisecond, nil},
		{"a clock that is a little ahead", seconds + 2, 2850 * time.Millisecond, nil},
		{"future", seconds + 3, 0, providers.ErrBlocked},
		{"a date", 2026112101, 0, providers.ErrBlocked},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var waited time.Duration
			p := &Provider{now: func() time.Time { return now }, wait: func(_ context.Context, d time.Duration) error { waited += d; return nil }}
			s := &sender{provider: p, edit: editing{api: "EPOCH"}, serial: tt.serial}
			if err := s.prepare(t.Context(), 0, &write{}); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if waited != tt.waits {
				t.Errorf("waited %s, want %s", waited, tt.waits)
			}
		})
	}
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := rest.Wait(ctx, time.Hour); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}
