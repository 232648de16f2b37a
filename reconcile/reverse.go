package reconcile

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// reverseZone is a zone that has names for addresses (RFC 1035 §3.5, RFC 3596 §2.5), and for which.
type reverseZone struct {
	origin zonefile.Name
	// first and last are the addresses that it has names for, with all between them. They are of one family.
	first, last netip.Addr
	// classless says that the name of an address is its last octet in the zone, and not what it usually is (RFC 2317).
	classless bool
}

// The zones that all names of addresses are in.
var (
	inAddrARPA = zonefile.MustParseName("in-addr.arpa.")
	ip6ARPA    = zonefile.MustParseName("ip6.arpa.")
)

// IsReverse reports whether a zone is one of those that have names for addresses, by its name.
func IsReverse(zone zonefile.Name) bool { return zone.In(inAddrARPA) || zone.In(ip6ARPA) }

// errNoAddresses is returned for a name that does not say which addresses a zone of that name has names for.
var errNoAddresses = errors.New("its name does not say which addresses it has names for")

// reverseZoneOf returns the reverse zone of that name. One whose name is not for octets or nibbles is a classless one (RFC 2317 §4), if it is in the zone of a /24:
// "0/25" and "0-25" stand for the addresses from 0 on that the prefix has, "0-127" for those from 0 to 127. What may be read in both ways, as "0-31", is the latter.
func reverseZoneOf(origin zonefile.Name) (reverseZone, error) {
	above, bits, size := inAddrARPA, 8, 4
	if origin.In(ip6ARPA) {
		above, bits, size = ip6ARPA, 4, 16
	}
	if !origin.In(above) {
		return reverseZone{}, errNoAddresses
	}
	labels := strings.Split(strings.TrimSuffix(origin.Relative(above), "@"), ".")
	if origin == above {
		labels = nil
	}
	slices.Reverse(labels)
	address, prefix := make([]byte, size), 0
	for i, label := range labels {
		value, ok := reverseLabel(label, bits)
		switch {
		case prefix == 8*size:
			return reverseZone{}, errNoAddresses
		case !ok && bits == 8 && i == 3 && len(labels) == 4:
			return classlessZone(origin, [3]byte(address[:3]), label)
		case !ok:
			return reverseZone{}, errNoAddresses
		}
		address[prefix/8] |= value << (8 - bits - prefix%8)
		prefix += bits
	}
	return zoneOfPrefix(origin, address, prefix, false), nil
}

// reverseLabel returns the octet or nibble that a label stands for. Names have no other form of it: "01" is none.
func reverseLabel(label string, bits int) (byte, bool) {
	base := 10
	if bits == 4 {
		base = 16
	}
	value, err := strconv.ParseUint(label, base, bits)
	return byte(value), err == nil && strconv.FormatUint(value, base) == label
}

// zoneOfPrefix returns a zone that has names for the addresses of a prefix.
func zoneOfPrefix(origin zonefile.Name, address []byte, bits int, classless bool) reverseZone {
	first, _ := netip.AddrFromSlice(address)
	upTo := slices.Clone(address)
	for i := bits; i < 8*len(upTo); i++ {
		upTo[i/8] |= 0x80 >> (i % 8)
	}
	last, _ := netip.AddrFromSlice(upTo)
	return reverseZone{origin: origin, first: first, last: last, classless: classless}
}

// classlessZone returns the zone of a part of a /24 whose first label says which.
func classlessZone(origin zonefile.Name, network [3]byte, label string) (reverseZone, error) {
	from, to, slash := strings.Cut(label, "/")
	if !slash {
		var dash bool
		if from, to, dash = strings.Cut(label, "-"); !dash {
			return reverseZone{}, errNoAddresses
		}
	}
	first, ok := reverseLabel(from, 8)
	until, also := reverseLabel(to, 8)
	if !ok || !also {
		return reverseZone{}, errNoAddresses
	}
	address := func(last byte) netip.Addr { return netip.AddrFrom4([4]byte{network[0], network[1], network[2], last}) }
	prefix := netip.PrefixFrom(address(first), int(until))
	isPrefix := 24 <= until && until <= 32 && prefix.Masked() == prefix
	size := int(until) - int(first) + 1
	isBlock := size > 0 && size&(size-1) == 0 && int(first)%size == 0
	switch {
	case isPrefix && (slash || !isBlock):
		octets := prefix.Addr().As4()
		return zoneOfPrefix(origin, octets[:], prefix.Bits(), true), nil
	case slash || first > until:
		return reverseZone{}, errNoAddresses
	}
	return reverseZone{origin: origin, first: address(first), last: address(until), classless: true}, nil
}

// networkZone returns the zone of that name for a network that is no more than a /24, whatever its name says (RFC 2317 §5.2).
func networkZone(origin zonefile.Name, network netip.Prefix) reverseZone {
	octets := network.Masked().Addr().As4()
	return zoneOfPrefix(origin, octets[:], network.Bits(), true)
}

// has reports whether the zone has a name for an address.
func (z reverseZone) has(address netip.Addr) bool {
	return address.BitLen() == z.first.BitLen() && z.first.Compare(address) <= 0 && address.Compare(z.last) <= 0
}

// name returns the name of an address in the zone, which has one.
func (z reverseZone) name(address netip.Addr) zonefile.Name {
	if z.classless {
		name, err := zonefile.ParseName(strconv.Itoa(int(address.As4()[3])), z.origin)
		if err == nil {
			return name
		}
		// The zone's name is too long for it: the usual one is not in the zone, which is a problem of what is put there.
	}
	return reverseName(address)
}

// address returns the address that a name in the zone is for, and false if it is for none.
func (z reverseZone) address(name zonefile.Name) (netip.Addr, bool) {
	if z.classless {
		last, ok := reverseLabel(name.Relative(z.origin), 8)
		octets := z.first.As4()
		octets[3] = last
		address := netip.AddrFrom4(octets)
		return address, ok && z.has(address)
	}
	of, err := reverseZoneOf(name)
	return of.first, err == nil && of.first == of.last && !of.classless && z.has(of.first)
}

// reverseName returns the name of an address (RFC 1035 §3.5, RFC 3596 §2.5).
func reverseName(address netip.Addr) zonefile.Name {
	if address.Is4() {
		a := address.As4()
		return zonefile.MustParseName(fmt.Sprintf("%d.%d.%d.%d.in-addr.arpa.", a[3], a[2], a[1], a[0]))
	}
	const digits = "0123456789abcdef"
	var text strings.Builder
	for _, octet := range slices.Backward(address.AsSlice()) {
		text.Write([]byte{digits[octet&15], '.', digits[octet>>4], '.'})
	}
	return zonefile.MustParseName(text.String() + "ip6.arpa.")
}

// all gives the addresses that the zone has names for. It is for a classless zone, which has no more than 256.
func (z reverseZone) all(yield func(netip.Addr) bool) {
	for address := z.first; address.IsValid() && address.Compare(z.last) <= 0; address = address.Next() {
		if !yield(address) {
			return
		}
	}
}

// reverseZones finds the zones that have names for an address, without going through all of them. What is found is their index.
type reverseZones struct {
	zones []reverseZone
	cuts  []int                  // the lengths of prefixes that there are
	at    map[netip.Prefix][]int // zones by the prefix that they are in: a /24 for those that are classless
	text  string                 // says which addresses they have names for
}

// newReverseZones returns the zones, to be found by address.
func newReverseZones(zones []reverseZone) reverseZones {
	all := reverseZones{zones: zones, at: map[netip.Prefix][]int{}}
	var text strings.Builder
	for i, zone := range zones {
		fmt.Fprintf(&text, "%s-%s ", zone.first, zone.last)
		prefix := zone.prefix()
		all.at[prefix] = append(all.at[prefix], i)
		if !slices.Contains(all.cuts, prefix.Bits()) {
			all.cuts = append(all.cuts, prefix.Bits())
		}
	}
	all.text = text.String()
	return all
}

// prefix returns one that all addresses of the zone are in.
func (z reverseZone) prefix() netip.Prefix {
	if z.classless {
		return netip.PrefixFrom(z.first, 24).Masked()
	}
	bits := z.first.BitLen()
	for prefix := netip.PrefixFrom(z.first, bits); !prefix.Contains(z.last); prefix = netip.PrefixFrom(z.first, bits) {
		bits--
	}
	return netip.PrefixFrom(z.first, bits).Masked()
}

// of gives the zones that have a name for an address.
func (z reverseZones) of(address netip.Addr) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		for _, bits := range z.cuts {
			prefix, err := address.Prefix(bits)
			if err != nil { // of the other family
				continue
			}
			for _, i := range z.at[prefix] {
				if z.zones[i].has(address) && !yield(i) {
					return
				}
			}
		}
	}
}

// has reports whether any zone has a name for an address.
func (z reverseZones) has(address netip.Addr) bool { return some(z.of(address)) }
