package powerdns

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// appendGatewayText appends the gateway and the key of IPSECKEY (RFC 4025 §3), which for PowerDNS has nothing in the place of no gateway.
func appendGatewayText(dst []byte, b, rdata string) ([]byte, error) {
	var err error
	switch kind := rdata[1]; {
	case kind == 0:
	case kind == 1 && len(b) >= 4:
		dst, b = appendFixedText(dst, 'a', b[:4]), b[4:]
	case kind == 2 && len(b) >= 16:
		dst, b = netip.AddrFrom16([16]byte([]byte(b[:16]))).AppendTo(dst), b[16:]
	case kind == 3:
		if dst, b, err = appendNameText(dst, b); err != nil {
			return nil, err
		}
	default:
		return nil, errMalformed
	}
	if b == "" {
		return dst, nil
	}
	if rdata[1] != 0 {
		dst = append(dst, ' ')
	}
	return base64.StdEncoding.AppendEncode(dst, []byte(b)), nil
}

// appendLocationText appends LOC (RFC 1876 §2) as PowerDNS writes it: without leading zeros, with all four lengths.
func appendLocationText(dst []byte, b string) ([]byte, error) {
	if len(b) != 16 || b[0] != 0 {
		return nil, errMalformed
	}
	angle := func(v uint32, positive, negative byte) {
		letter, n := positive, int64(v)-1<<31
		if n <= 0 { // what is on the equator is south of it for PowerDNS
			letter, n = negative, -n
		}
		dst = fmt.Appendf(dst, "%d %d %d.%03d %c ", n/3_600_000, n/60_000%60, n/1000%60, n%1000, letter)
	}
	angle(uint32(number(b[4:8])), 'N', 'S')
	angle(uint32(number(b[8:12])), 'E', 'W')
	altitude := int64(number(b[12:16])) - 10_000_000
	if altitude+10_000_000 > 1<<31-1 {
		return nil, errors.New("PowerDNS cannot hold an altitude of more than 21374836.47 m")
	}
	if altitude < 0 {
		dst = append(dst, '-')
	}
	dst = fmt.Appendf(dst, "%d.%02dm", max(altitude, -altitude)/100, max(altitude, -altitude)%100)
	for _, size := range []byte(b[1:4]) {
		mantissa, exponent := int64(size>>4), size&15
		if exponent > 8 {
			return nil, errors.New("PowerDNS cannot hold a size or precision of 10000 km and more")
		}
		for range exponent {
			mantissa *= 10
		}
		dst = fmt.Appendf(dst, " %d.%02dm", mantissa/100, mantissa%100)
	}
	return dst, nil
}

// The keys of SVCB whose values have a form of their own (RFC 9460 §7), and their names for PowerDNS 4.7.
var parameterNames = []string{"mandatory", "alpn", "no-default-alpn", "port", "ipv4hint", "ech", "ipv6hint"}

func parameterName(key uint64) string {
	if key < uint64(len(parameterNames)) {
		return parameterNames[key]
	}
	return "key" + strconv.FormatUint(key, 10)
}

// appendParametersText appends the parameters of SVCB.
func appendParametersText(dst []byte, b string, alias bool) ([]byte, error) {
	if alias && b != "" {
		return nil, errors.New("PowerDNS cannot hold parameters beside the priority 0")
	}
	for i := 0; b != ""; i++ {
		if len(b) < 4 || len(b) < 4+int(number(b[2:4])) {
			return nil, errMalformed
		}
		key, value := number(b[:2]), b[4:4+int(number(b[2:4]))]
		b = b[4+len(value):]
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = append(dst, parameterName(key)...)
		if key == 2 {
			continue
		}
		dst = append(dst, '=')
		var err error
		if dst, err = appendParameterText(dst, key, value); err != nil {
			return nil, err
		}
	}
	return dst, nil
}

// appendParameterText appends the value of a parameter.
func appendParameterText(dst []byte, key uint64, value string) ([]byte, error) {
	sizes := map[uint64]int{0: 2, 3: 2, 4: 4, 6: 16}
	size, list := sizes[key]
	switch {
	case key == 1:
		return appendProtocolsText(dst, value)
	case key == 5:
		return append(base64.StdEncoding.AppendEncode(append(dst, '"'), []byte(value)), '"'), nil
	case !list:
		return appendQuoted(dst, value), nil
	}
	if len(value)%size != 0 {
		return nil, errMalformed
	}
	for i := 0; i < len(value); i += size {
		if i > 0 {
			dst = append(dst, ',')
		}
		item := value[i : i+size]
		switch key {
		case 0:
			dst = append(dst, parameterName(number(item))...)
		case 3:
			dst = strconv.AppendUint(dst, number(item), 10)
		default:
			addr, _ := netip.AddrFromSlice([]byte(item))
			dst = addr.AppendTo(dst)
		}
	}
	return dst, nil
}

// appendProtocolsText appends the value of alpn: strings with their length in front.
func appendProtocolsText(dst []byte, value string) ([]byte, error) {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-./_"
	for i := 0; value != ""; i++ {
		if len(value) < 1+int(value[0]) {
			return nil, errMalformed
		}
		id := value[1 : 1+int(value[0])]
		value = value[1+len(id):]
		if strings.Trim(id, plain) != "" {
			return nil, fmt.Errorf("PowerDNS cannot hold the protocol %q in alpn: letters, digits and - . / _ only", id)
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, id...)
	}
	return dst, nil
}
