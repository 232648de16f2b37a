package zonefile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

var errLocation = errors.New("not a location (RFC 1876 §2)")

// Units and bounds of LOC (RFC 1876 §2): angles are in thousandths of a second of arc from the equator or the prime meridian,
// which are at 2^31; heights and sizes in centimetres, heights from 100,000 m below the ellipsoid.
const (
	arcZero       = 1 << 31
	arcDegree     = 3600 * 1000
	arcMinute     = 60 * 1000
	maxLatitude   = 90
	maxLongitude  = 180
	altitudeBase  = 100_000 * 100
	maxPrecision  = 90_000_000*100 + 99
	locationSize  = 16
	defaultSize   = 0x12 // 1 m
	defaultHoriz  = 0x16 // 10,000 m
	defaultVert   = 0x13 // 10 m
	arcDecimals   = 3
	meterDecimals = 2
)

// checkLocation checks RDATA of LOC. Of a version other than 0 nothing is known.
func checkLocation(b []byte) error {
	if len(b) == 0 {
		return errShort
	}
	if b[0] != 0 {
		return nil
	}
	if len(b) != locationSize {
		return errLocation
	}
	for _, precision := range b[1:4] {
		if precision>>4 > 9 || precision&15 > 9 {
			return errLocation
		}
	}
	for i, limit := range []int64{maxLatitude, maxLongitude} {
		arc := int64(binary.BigEndian.Uint32(b[4+4*i:])) - arcZero
		if max(arc, -arc) > limit*arcDegree {
			return errLocation
		}
	}
	return nil
}

// location appends all of LOC (RFC 1876 §3).
func (p *rdataParser) location(dst []byte) ([]byte, *fault) {
	latitude, f := p.arc(maxLatitude, "N", "S")
	if f != nil {
		return nil, f
	}
	longitude, f := p.arc(maxLongitude, "E", "W")
	if f != nil {
		return nil, f
	}
	if len(p.tokens) == 0 {
		return nil, faultAt(p.end, "missing-data", "the data ends where an altitude in meters is expected")
	}
	t := p.take()
	altitude, ok := parseAltitude(t.text)
	if !ok || t.quoted {
		return nil, faultAt(t.pos, "bad-value", "%s is not an altitude in meters from -100000.00m to 42849672.95m", shown(t.text))
	}
	sizes := [3]byte{defaultSize, defaultHoriz, defaultVert}
	for i := range sizes {
		if len(p.tokens) == 0 {
			break
		}
		t := p.take()
		if sizes[i], ok = parsePrecision(t.text); !ok || t.quoted {
			return nil, faultAt(t.pos, "bad-value", "%s is not a size in meters from 0.00m to 90000000.00m", shown(t.text))
		}
	}
	dst = append(dst, 0, sizes[0], sizes[1], sizes[2])
	dst = binary.BigEndian.AppendUint32(dst, latitude)
	dst = binary.BigEndian.AppendUint32(dst, longitude)
	return binary.BigEndian.AppendUint32(dst, altitude), nil
}

// arc reads degrees, perhaps minutes, perhaps seconds, and the letter of the direction: with plus away from zero, with minus before it.
func (p *rdataParser) arc(limit uint64, plus, minus string) (uint32, *fault) {
	bad := func(pos int) *fault {
		return faultAt(pos, "bad-value", "want 0 to %d degrees, then perhaps minutes and seconds (three decimals at most), and %s or %s", limit, plus, minus)
	}
	total := uint64(0)
	for i := 0; ; i++ {
		if len(p.tokens) == 0 {
			return 0, bad(p.end)
		}
		t := p.take()
		if i > 0 && !t.quoted {
			switch t.text {
			case plus:
				return uint32(arcZero + total), nil
			case minus:
				return uint32(arcZero - total), nil
			}
		}
		var n uint64
		var ok bool
		switch i {
		case 0:
			n, ok = parseNumber(t.text, limit)
			n *= arcDegree
		case 1:
			n, ok = parseNumber(t.text, 59)
			n *= arcMinute
		case 2:
			n, ok = parseFixedPoint(t.text, arcDecimals, arcMinute-1)
		}
		if total += n; !ok || t.quoted || total > limit*arcDegree {
			return 0, bad(t.pos)
		}
	}
}

// parseFixedPoint reads a number with at most so many decimals, as a multiple of the last of them. There are digits on one side of the dot.
func parseFixedPoint(text string, decimals int, limit uint64) (uint64, bool) {
	whole, fraction, _ := strings.Cut(text, ".")
	if whole+fraction == "" || len(fraction) > decimals {
		return 0, false
	}
	return parseNumber(whole+fraction+"000"[:decimals-len(fraction)], limit)
}

// withoutPlus returns a number without the plus in front of its first digit. There is none in front of a dot or another sign, as in BIND.
func withoutPlus(text string) string {
	if rest, ok := strings.CutPrefix(text, "+"); ok && rest != "" && isDigit(rest[0]) {
		return rest
	}
	return text
}

// parseAltitude reads meters as centimetres above the lowest altitude.
func parseAltitude(text string) (uint32, bool) {
	text = withoutPlus(strings.TrimSuffix(text, "m"))
	if below, negative := strings.CutPrefix(text, "-"); negative {
		n, ok := parseFixedPoint(below, meterDecimals, altitudeBase)
		return uint32(altitudeBase - n), ok
	}
	n, ok := parseFixedPoint(text, meterDecimals, 1<<32-1-altitudeBase)
	return uint32(altitudeBase + n), ok
}

// parsePrecision reads meters as a digit and a power of ten of centimetres, and drops what they cannot say, as BIND does.
func parsePrecision(text string) (byte, bool) {
	n, ok := parseFixedPoint(withoutPlus(strings.TrimSuffix(text, "m")), meterDecimals, maxPrecision)
	exponent := byte(0)
	for ; n > 9; n /= 10 {
		exponent++
	}
	return byte(n)<<4 | exponent, ok
}

// appendLocationText appends what [rdataParser.location] reads. It reports false for what that cannot say,
// such as versions other than 0.
func appendLocationText(dst []byte, b string) ([]byte, bool) {
	raw := []byte(b)
	if checkLocation(raw) != nil || raw[0] != 0 {
		return dst, false
	}
	for i, letters := range []string{"NS", "EW"} {
		arc, letter := int64(binary.BigEndian.Uint32(raw[4+4*i:]))-arcZero, letters[0]
		if arc < 0 {
			arc, letter = -arc, letters[1]
		}
		seconds := arc % arcMinute
		dst = fmt.Appendf(dst, "%d %d %d.%03d %c ", arc/arcDegree, arc%arcDegree/arcMinute, seconds/1000, seconds%1000, letter)
	}
	altitude, sign := int64(binary.BigEndian.Uint32(raw[12:]))-altitudeBase, ""
	if altitude < 0 {
		altitude, sign = -altitude, "-"
	}
	dst = fmt.Appendf(dst, "%s%d.%02dm", sign, altitude/100, altitude%100)
	for _, precision := range raw[1:4] {
		size := int64(precision >> 4)
		if size == 0 && precision != 0 {
			return dst, false // no meters, said in an odd way
		}
		for range precision & 15 {
			size *= 10
		}
		dst = fmt.Appendf(dst, " %d.%02dm", size/100, size%100)
	}
	return dst, true
}
