package reconcile

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/zoneward/zoneward/zonefile"
)

// Policy says what may be done to a zone on a target without a person.
type Policy struct {
	// MaxDeletes bounds the records that a plan may remove, by retiring RRsets or by updates that drop values, see [Quota.Exceeded]. A zone that is
	// retired is all of its records, and no percentage but 100 allows that.
	MaxDeletes Quota
	// MaxChanges bounds the RRsets that a plan may change in any way, creates included. The zero Quota is no bound.
	MaxChanges Quota
	// Grace is how long an RRset, or a zone, that has left the zones repository is still served.
	Grace time.Duration
	// Retention is how long a tombstone is kept after its RRset was retired.
	Retention time.Duration
	// Ignore has the RRsets that are not ours to touch.
	Ignore []Pattern
	// ExternalDNS says how the TXT records look by which external-dns marks what is its own.
	ExternalDNS ExternalDNS
	// Additive leaves alone all that the applied state does not say we wrote.
	Additive bool
	// RetireZones retires zones that have left the zones repository. Otherwise they are not managed any more. Many at once are held all the same.
	RetireZones bool
	// Drift says what is done about what somebody changed at the provider.
	Drift Drift
	// Freeze are the times when nothing is written.
	Freeze Calendar
	// Protected has the RRsets that no plan updates or retires without a person.
	Protected []Pattern
	// MinTTL and MaxTTL bound the TTLs that a plan may set, in seconds. 0 is no bound.
	MinTTL, MaxTTL zonefile.TTL
	// Verify says what happens when the name servers do not serve what was applied.
	Verify Verify
	// AutoOutputs publishes what a resource wants to be published also if that changes by itself. Otherwise a person is asked.
	AutoOutputs bool
	// Together holds a zone on all of its targets if it is held on one.
	Together bool
	// Approve has a daemon wait for a person before it applies anything, see Planner.Unattended.
	Approve bool
	// Review has a daemon apply what was reviewed, and wait for a person with everything else, see Reviewer.
	Review bool
	// DriftInterval is the time after which the daemon compares the zone with what is live although nothing has changed; 0 is that of the Loop.
	DriftInterval time.Duration
}

// DefaultPolicy is what counts where the configuration says nothing.
func DefaultPolicy() Policy {
	return Policy{MaxDeletes: Percent(30), Retention: 30 * 24 * time.Hour, Together: true}
}

// Drift says what is done about what somebody changed at the provider. The zero Drift puts it right.
type Drift struct {
	// Detect reports it and leaves it.
	Detect bool
	// Ignore has the RRsets of which it is not even reported; TTLs those of which another TTL is not.
	Ignore, TTLs []Pattern
}

// Verify says what happens when the name servers do not serve what was applied.
type Verify struct {
	// Within is how long they have to serve it. 0 is a minute.
	Within time.Duration
	// Rollback brings back what was there before, if at least two servers agree.
	Rollback bool
}

func (v Verify) within() time.Duration { return cmp.Or(v.Within, time.Minute) }

// Quota is a bound on a number: a count, or a percentage of a total. The zero Quota does not bound.
type Quota struct {
	kind  quotaKind
	value float64
}

type quotaKind int

const (
	unbounded quotaKind = iota
	byCount
	byPercentage
)

// Count returns the quota that allows n.
func Count(n int) Quota { return Quota{byCount, float64(n)} }

// Percent returns the quota that allows p percent of the total.
func Percent(p float64) Quota { return Quota{byPercentage, p} }

// minQuotaCount is how many there must be before a percentage counts: a third of a small zone is an everyday change.
const minQuotaCount = 10

// ParseQuota reads "30%" or "500".
func ParseQuota(text string) (Quota, error) {
	if digits, ok := strings.CutSuffix(text, "%"); ok {
		percent, err := strconv.ParseFloat(digits, 64)
		if err != nil || !(percent >= 0 && percent <= 100) {
			return Quota{}, fmt.Errorf("%q is not a percentage from 0%% to 100%%", text)
		}
		return Percent(percent), nil
	}
	count, err := strconv.Atoi(text)
	if err != nil || count < 0 {
		return Quota{}, fmt.Errorf("%q is neither a number nor a percentage such as 30%%", text)
	}
	return Count(count), nil
}

// String returns the quota as [ParseQuota] reads it, "none" for the zero Quota.
func (q Quota) String() string {
	number := strconv.FormatFloat(q.value, 'f', -1, 64)
	switch q.kind {
	case byCount:
		return number
	case byPercentage:
		return number + "%"
	case unbounded:
	}
	return "none"
}

// Exceeded reports whether n of total is more than the quota allows. A percentage that is not 0 counts from ten up.
func (q Quota) Exceeded(n, total int) bool {
	switch q.kind {
	case byCount:
		return float64(n) > q.value
	case byPercentage:
		return (n >= minQuotaCount || q.value == 0) && float64(n)*100 > q.value*float64(total)
	case unbounded:
	}
	return false
}

// exceededByAll reports whether all of something, which is n, is more than the quota allows: of a percentage anything but 100.
func (q Quota) exceededByAll(n int) bool {
	if q.kind == byPercentage {
		return q.value < 100
	}
	return q.Exceeded(n, n)
}

// Pattern matches RRsets of a zone by name and type.
type Pattern struct {
	// Name is matched against the owner name relative to the zone, "@" for the apex: an asterisk stands for any run of characters, dots too.
	Name string
	// Types are the types that match, empty for all.
	Types []zonefile.Type
}

// Matches reports whether p matches the RRset of that key in the zone with that origin.
func (p Pattern) Matches(key zonefile.Key, origin zonefile.Name) bool {
	if len(p.Types) > 0 {
		found := false
		for _, t := range p.Types {
			found = found || t == key.Type
		}
		if !found {
			return false
		}
	}
	return Glob(p.Name, key.Name.Relative(origin))
}

// Glob reports whether pattern matches all of text. An asterisk in it matches any run of characters, also none.
func Glob(pattern, text string) bool {
	head, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == text
	}
	text, ok := strings.CutPrefix(text, head)
	if !ok {
		return false
	}
	for {
		part, next, more := strings.Cut(rest, "*")
		if !more {
			return strings.HasSuffix(text, part)
		}
		i := strings.Index(text, part)
		if i < 0 {
			return false
		}
		text, rest = text[i+len(part):], next
	}
}
