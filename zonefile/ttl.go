package zonefile

import (
	"errors"
	"strconv"
)

// TTL is a time to live in seconds, at most [MaxTTL].
type TTL uint32

// MaxTTL is the largest TTL (RFC 2181 §8).
const MaxTTL TTL = 1<<31 - 1

var (
	errBadTTL   = errors.New("not a TTL: a number of seconds, or numbers with units as in 1h30m (w d h m s)")
	errLargeTTL = errors.New("more than 2147483647 seconds (RFC 2181 §8)")
)

// ParseTTL reads a number of seconds, or numbers with the units w, d, h, m and s as BIND takes them ("1h30m").
func ParseTTL(text string) (TTL, error) {
	seconds, err := parseSeconds(text, uint64(MaxTTL))
	return TTL(seconds), err
}

// parseSeconds is [ParseTTL] with another limit. Its error is errBadTTL, or errLargeTTL for what is more than the limit.
func parseSeconds(text string, limit uint64) (uint64, error) {
	if text == "" {
		return 0, errBadTTL
	}
	var total, number uint64
	digits := false
	for i := range len(text) {
		c := text[i]
		if '0' <= c && c <= '9' {
			number = min(number*10+uint64(c-'0'), limit+1)
			digits = true
			continue
		}
		seconds := uint64(0)
		switch lower(c) {
		case 'w':
			seconds = 7 * 24 * 3600
		case 'd':
			seconds = 24 * 3600
		case 'h':
			seconds = 3600
		case 'm':
			seconds = 60
		case 's':
			seconds = 1
		}
		if seconds == 0 || !digits {
			return 0, errBadTTL
		}
		total = min(total+number*seconds, limit+1)
		number, digits = 0, false
	}
	if digits && total > 0 {
		return 0, errBadTTL // 1h30: BIND refuses a number without a unit behind one with, unless that is 0
	}
	if total+number > limit {
		return 0, errLargeTTL
	}
	return total + number, nil
}

// String returns the seconds in decimal.
func (t TTL) String() string { return strconv.FormatUint(uint64(t), 10) }
