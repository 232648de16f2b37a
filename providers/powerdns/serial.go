package powerdns

import (
	"strconv"
	"strings"
	"time"

	"github.com/zoneward/zoneward/zonefile"
)

// editing says how the API changes the serial of a zone with each change of its records: the zone's soa_edit_api and soa_edit.
// https://doc.powerdns.com/authoritative/dnsupdate.html#soa-edit-dnsupdate-settings has the words.
type editing struct{ api, soa string }

// rule is what an editing does to a serial.
type rule int

const (
	// still leaves it alone, or may: we raise it.
	still rule = iota
	// byDate makes it YYYYMMDD01, or one more than it is if that is more.
	byDate
	// byOne makes it one more.
	byOne
	// upward makes it more, by how much is not known here.
	upward
	// byClock makes it the seconds since 1970, also if that is less.
	byClock
)

func (e editing) rule() rule {
	switch strings.ToUpper(e.api) {
	case "DEFAULT":
		return byDate
	case "INCREASE":
		return byOne
	case "EPOCH":
		return byClock
	case "SOA-EDIT":
		if strings.EqualFold(e.soa, "EPOCH") {
			return byClock
		}
	case "SOA-EDIT-INCREASE":
		if e.soa == "" || strings.EqualFold(e.soa, "NONE") {
			return byOne
		}
		return upward
	}
	return still
}

// counts reports whether a changed serial is what becomes of each change without an SOA, so that after one of ours an unchanged one says that it was not
// made. Two writes within a second leave byClock with one serial.
func (r rule) counts() bool { return r == byDate || r == byOne || r == upward }

// next returns the serials that a change between two times may make of one, nil if that cannot be known. The date is that of
// the server, wherever on earth its clock is set to.
func (r rule) next(serial uint32, from, to time.Time) []uint32 {
	switch r {
	case still, upward, byClock:
		return nil
	case byOne:
		return []uint32{serial + 1}
	case byDate:
		var all []uint32
		for day := from.Add(-12 * time.Hour).UTC(); ; day = day.Add(24 * time.Hour) {
			last := to.Add(14 * time.Hour).UTC()
			if day.After(last) {
				day = last
			}
			if n := max(serial+1, dateSerial(day)); len(all) == 0 || all[len(all)-1] != n {
				all = append(all, n)
			}
			if day.Equal(last) {
				return all
			}
		}
	}
	return nil
}

// dateSerial is the first serial of a day.
func dateSerial(day time.Time) uint32 {
	year, month, date := day.Date()
	return uint32((year*100+int(month))*100+date)*100 + 1
}

// version is the version of a zone that has the rule byDate and, at the time now, that serial: the serial, "" if a change could leave it with that.
//
// What the rule is applied to is the serial that is sent, and whoever sends an old SOA along may make the serial that was there before; a zone
// that is deleted and made again has the first serial of the day once more. But no change makes a serial of an earlier day. Yesterday counts as
// today, since it is still yesterday somewhere on earth, and clocks differ.
func version(serial uint32, now time.Time) string {
	if serial == 0 || serial >= dateSerial(now.UTC().Add(-24*time.Hour)) {
		return ""
	}
	return strconv.FormatUint(uint64(serial), 10)
}

// sent returns the serial to send in an SOA so that the one that is stored then is after current, and after what one write of somebody else
// now makes of that; and whether an SOA has to be sent though nothing else in it changes, so that the serial rises. What is sent
// is raised like any other by the rule. Where that is byClock or upward, two writes within a second may leave the same serial.
func (r rule) sent(current uint32, now time.Time) (serial uint32, needed bool) {
	serial = zonefile.NextSerial(current, current+1)
	switch r {
	case still:
		return zonefile.NextSerial(serial, serial+1), true // an update over DNS makes it one more
	case byClock:
		return current, false
	case byDate, byOne:
		theirs := r.next(current, now, now)
		serial = theirs[len(theirs)-1]
	case upward:
	}
	// PowerDNS would make 0 of the highest serial, which some servers take for no serial at all.
	if serial+1 == 0 {
		serial = 0
	}
	return serial, current+1 == 0
}

// stored returns what becomes of a serial that is sent between two times, 0 if that cannot be known.
func (e editing) stored(serial uint32, from, to time.Time) uint32 {
	r := e.rule()
	if r == still {
		if strings.EqualFold(e.api, "SOA-EDIT") && e.soa != "" {
			return 0
		}
		return serial
	}
	if all := r.next(serial, from, to); len(all) == 1 {
		return all[0]
	}
	return 0
}
