package zonedir

import (
	"fmt"
	"time"

	"github.com/zoneward/zoneward/zonefile"
)

// SerialMode says what the serial of a zone becomes when it is written. In every mode it rises (RFC 1982): where the mode's own number is not
// after the serial of the file, the serial is that of the file and one more.
type SerialMode int

const (
	// Date is the day in UTC and a number from 01, as RFC 1912 §2.2 recommends: 2026112101.
	Date SerialMode = iota
	// Increment is one more than before, and 1 for a new zone.
	Increment
	// UnixTime is the seconds since 1970.
	UnixTime
)

// String returns the mode as configurations write it.
func (m SerialMode) String() string {
	switch m {
	case Date:
		return "date"
	case Increment:
		return "increment"
	case UnixTime:
		return "unixtime"
	}
	return fmt.Sprintf("SerialMode(%d)", int(m))
}

// ParseSerialMode reads what [SerialMode.String] gives.
func ParseSerialMode(text string) (SerialMode, error) {
	for _, m := range []SerialMode{Date, Increment, UnixTime} {
		if text == m.String() {
			return m, nil
		}
	}
	return 0, fmt.Errorf("serial %q: want date, increment or unixtime", text)
}

// after returns the serial that follows current in a zone that is written now.
func (m SerialMode) after(current uint32, now time.Time) uint32 {
	return zonefile.NextSerial(current, m.want(current, now))
}

// first returns the serial of a zone that has none so far. given is the serial that its SOA was stated with, 0 for none:
// secondaries may have the zone with that serial from elsewhere, so the first one is not before it.
func (m SerialMode) first(given uint32, now time.Time) uint32 {
	want := max(m.want(0, now), 1)
	if given != 0 && !zonefile.SerialAfter(want, given) {
		return given
	}
	return want
}

func (m SerialMode) want(current uint32, now time.Time) uint32 {
	switch m {
	case Date:
		year, month, day := now.UTC().Date()
		return uint32(((year*100+int(month))*100+day)*100 + 1)
	case UnixTime:
		return uint32(now.Unix())
	case Increment:
	}
	return current + 1
}
