package rules

import (
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// Bounds of SOA timers, in seconds. They are wider than RFC 1912 §2.2 has them, which was written before NOTIFY (RFC 1996): what is outside does harm.
const (
	minRefresh = 5 * 60
	maxRefresh = 24 * 3600
	minRetry   = 60
	minExpire  = 7 * 24 * 3600
	maxMinimum = 24 * 3600
)

func checkTimers(p *pass, s zonefile.RRset) {
	soa, err := zonefile.ParseSOA(s)
	if err != nil {
		return // there are two
	}
	if soa.Refresh < minRefresh || soa.Refresh > maxRefresh {
		p.report(s.Key, "refresh is %d seconds, and should be 5 minutes to a day (%d to %d)", soa.Refresh, minRefresh, maxRefresh)
	}
	if soa.Retry < minRetry || soa.Retry >= soa.Refresh {
		p.report(s.Key, "retry is %d seconds, and should be a minute at least, and less than refresh (%d)", soa.Retry, soa.Refresh)
	}
	if soa.Expire < minExpire {
		p.report(s.Key, "expire is %d seconds: secondaries that cannot reach the primary for so long answer nothing more; a week (%d) is the least, 2 to 4 are usual", soa.Expire, minExpire)
	}
	if soa.Minimum > maxMinimum {
		p.report(s.Key, "minimum is %d seconds: a name that is asked for before it exists is missing for so long; a day (%d) is the most (RFC 2308 §5)", soa.Minimum, maxMinimum)
	}
}

func checkSOANames(p *pass, s zonefile.RRset) {
	soa, err := zonefile.ParseSOA(s)
	if err != nil {
		return
	}
	mailbox := soa.RName.String()
	if strings.Contains(mailbox, `\@`) {
		p.report(s.Key, `the mailbox %s has an "@": a dot stands in its place (RFC 1035 §8)`, mailbox)
	}
	for _, name := range []zonefile.Name{soa.MName, soa.RName} {
		if before := relative(string(name.AppendWire(nil)), p.originWire()); repeats(before, p.originWire()) {
			p.report(s.Key, "%s ends with the name of the zone twice: does the name in the file lack the dot at its end?", name)
		}
	}
	if a := (answer{name: soa.MName}); p.addressOf(a).IsValid() {
		p.report(s.Key, "the primary %s is an address, where the name of a server belongs", soa.MName)
	}
}
