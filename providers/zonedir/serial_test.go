package zonedir_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/zonedir"
	"github.com/zoneward/zoneward/zonefile"
)

// noon is what the clock says in these tests: 2026-11-21 in UTC, and the day after it in the time zone that it is in.
func noon() time.Time {
	return time.Date(2026, 11, 22, 1, 0, 0, 0, time.FixedZone("", 14*3600))
}

func TestSerial(t *testing.T) {
	for _, test := range []struct {
		name      string
		mode      zonedir.SerialMode
		now, want uint32
	}{
		{"date of an old file", zonedir.Date, 2026112007, 2026112101},
		{"date of today", zonedir.Date, 2026112101, 2026112102},
		{"date in the future", zonedir.Date, 2026112203, 2026112204},
		{"date after unix time", zonedir.Date, 1700000000, 2026112101},
		{"date, a hundred times", zonedir.Date, 2026112199, 2026112200},
		{"date behind 2^31", zonedir.Date, 4000000000, 4000000001},
		{"date half round", zonedir.Date, 2026112101 + 1<<31, 2026112102 + 1<<31},
		{"date more than half round", zonedir.Date, 2026112102 + 1<<31, 2026112101},
		{"increment", zonedir.Increment, 41, 42},
		{"increment at the end", zonedir.Increment, 1<<32 - 1, 1},
		{"increment from 0", zonedir.Increment, 0, 1},
		{"unix time", zonedir.UnixTime, 5, 1795258800},
		{"unix time in the same second", zonedir.UnixTime, 1795258800, 1795258801},
		{"unix time after a date", zonedir.UnixTime, 2026112101, 2026112102},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := t.TempDir()
			write(t, filepath.Join(d, "example.com.zone"), strings.Replace(minimal, " 1 ", fmt.Sprintf(" %d ", test.now), 1))
			p := open(t, zonedir.Options{Directory: d, Serial: test.mode, Now: noon})
			result := apply(t, p, put(fetch(t, p, "example.com."), address))
			if got := fetch(t, p, "example.com.").Serial; got != test.want || result.Serial != test.want {
				t.Errorf("from %d to %d, and %d in the result, want %d", test.now, got, result.Serial, test.want)
			}
			if test.now != 0 && !zonefile.SerialAfter(test.want, test.now) {
				t.Errorf("the test is wrong: %d is not after %d", test.want, test.now)
			}
		})
	}
}

func TestFirstSerial(t *testing.T) {
	for _, test := range []struct {
		name         string
		mode         zonedir.SerialMode
		stated, want uint32
	}{
		{"date", zonedir.Date, 0, 2026112101},
		{"date after what is stated", zonedir.Date, 2024010101, 2026112101},
		{"stated is ahead of the date", zonedir.Date, 2030010101, 2030010101},
		{"increment", zonedir.Increment, 0, 1},
		{"increment from what is stated", zonedir.Increment, 2024010101, 2024010101},
		{"unix time", zonedir.UnixTime, 0, 1795258800},
		{"stated is ahead of unix time", zonedir.UnixTime, 2024010101, 2024010101},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := open(t, zonedir.Options{Directory: t.TempDir(), Serial: test.mode, Now: noon})
			spec := providers.ZoneSpec{Origin: zonefile.MustParseName("example.com."), Apex: []zonefile.RRset{
				zonefile.MustParseRRset("example.com. 300 NS", "ns.invalid."),
			}}
			if test.stated != 0 {
				spec.Apex = append(spec.Apex, zonefile.MustParseRRset("example.com. 300 SOA", fmt.Sprintf("ns.invalid. a.invalid. %d 1 1 1 1", test.stated)))
			}
			if err := p.CreateZone(t.Context(), spec); err != nil {
				t.Fatal(err)
			}
			if got := fetch(t, p, "example.com.").Serial; got != test.want {
				t.Errorf("serial %d, want %d", got, test.want)
			}
		})
	}
}

func TestSerialMode(t *testing.T) {
	for _, m := range []zonedir.SerialMode{zonedir.Date, zonedir.Increment, zonedir.UnixTime} {
		if got, err := zonedir.ParseSerialMode(m.String()); err != nil || got != m {
			t.Errorf("ParseSerialMode(%q): %v, %v", m.String(), got, err)
		}
	}
	_, err := zonedir.ParseSerialMode("epoch")
	wants(t, err, nil, `serial "epoch": want date, increment or unixtime`)
}
