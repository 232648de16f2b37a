package scaidns

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// kindOf returns the domain_type of a zone that is made, which its name says if it is not given. The error wraps ErrUnsupported.
func kindOf(origin zonefile.Name, given string) (string, error) {
	under := typePrimary
	switch {
	case origin.Below(zonefile.MustParseName("in-addr.arpa.")):
		under = typeIPv4
	case origin.Below(zonefile.MustParseName("ip6.arpa.")):
		under = typeIPv6
	}
	switch given {
	case "":
		return under, nil
	case typePrimary:
		return given, nil
	case typeIPv4, typeIPv6:
		if given != under {
			return "", fmt.Errorf("%w: kind %q: the name of the zone is not that of such a one", providers.ErrUnsupported, given)
		}
		return given, nil
	}
	return "", fmt.Errorf("%w: kind %q: a zone is made as %s, %s or %s", providers.ErrUnsupported, given, typePrimary, typeIPv4, typeIPv6)
}

// normalCIDR reads the prefix of a reverse zone.
func normalCIDR(origin zonefile.Name, kind, text string) (string, error) {
	if kind == typePrimary {
		return "", errors.New("only reverse zones have it")
	}
	prefix, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		return "", err
	case prefix != prefix.Masked():
		return "", fmt.Errorf("%s has bits behind its prefix: it is %s", text, prefix.Masked())
	}
	if of, ok := prefixOf(origin); ok && prefix != of {
		return "", fmt.Errorf("%s, and the zone is that of %s", text, of)
	}
	return prefix.String(), nil
}

// prefixOf returns the prefix that a reverse zone is for by its name (RFC 1035 §3.5, RFC 3596 §2.5), and whether it has such a name: those of
// RFC 2317 are not.
func prefixOf(origin zonefile.Name) (netip.Prefix, bool) {
	var octets [16]byte
	form := struct {
		base, width, size int // of a label: its number system and bits; of an address: its octets
	}{10, 8, 4}
	text, ok := strings.CutSuffix(origin.String(), ".in-addr.arpa.")
	if !ok {
		if text, ok = strings.CutSuffix(origin.String(), ".ip6.arpa."); !ok {
			return netip.Prefix{}, false
		}
		form.base, form.width, form.size = 16, 4, 16
	}
	labels := strings.Split(text, ".")
	bits := len(labels) * form.width
	if bits > form.size*8 {
		return netip.Prefix{}, false
	}
	for i, label := range labels {
		n, err := strconv.ParseUint(label, form.base, form.width)
		if err != nil || strconv.FormatUint(n, form.base) != label {
			return netip.Prefix{}, false
		}
		at := bits - (i+1)*form.width // the last label is the first of the address
		octets[at/8] |= byte(n) << (8 - form.width - at%8)
	}
	addr := netip.AddrFrom16(octets)
	if form.size == 4 {
		addr = netip.AddrFrom4([4]byte(octets[:4]))
	}
	return netip.PrefixFrom(addr, bits), true
}
