package zonefile

import (
	"encoding/base64"
	"encoding/binary"
	"strconv"
)

// checkHIP checks the lengths in RDATA of HIP (RFC 8005 §5).
func checkHIP(b []byte) error {
	if len(b) < 4 {
		return errShort
	}
	hit, key := int(b[0]), int(binary.BigEndian.Uint16(b[2:]))
	if hit == 0 || key == 0 || 4+hit+key > len(b) {
		return errShort
	}
	for b = b[4+hit+key:]; len(b) > 0; {
		n, err := wireNameSize(b)
		if err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// hip appends all of HIP: an algorithm, a host identity in hex, a public key in base64, and the rendezvous servers (RFC 8005 §6).
func (p *rdataParser) hip(dst []byte) ([]byte, *fault) {
	if len(p.tokens) < 3 {
		return nil, faultAt(p.end, "missing-data", "the data ends where an algorithm, a host identity in hex and a public key in base64 are expected")
	}
	algorithm, identity, key := p.take(), p.take(), p.take()
	n, ok := parseNumber(algorithm.text, 255)
	if !ok || algorithm.quoted {
		return nil, notWanted(algorithm, '1')
	}
	hit, ok := decodeHex(identity.text)
	if !ok || identity.quoted || len(hit) > 255 {
		return nil, notWanted(identity, 'x')
	}
	public, err := base64.StdEncoding.Strict().DecodeString(key.text)
	if err != nil || key.quoted || len(public) == 0 || len(public) > maxRDATA {
		return nil, notWanted(key, 'b')
	}
	dst = append(dst, byte(len(hit)), byte(n), byte(len(public)>>8), byte(len(public)))
	dst = append(append(dst, hit...), public...)
	for len(p.tokens) > 0 && len(dst) <= 2*maxRDATA {
		var f *fault
		if dst, f = p.field(dst, 'N', 0); f != nil {
			return nil, f
		}
	}
	return dst, nil
}

// appendHIPText appends what [rdataParser.hip] reads.
func appendHIPText(dst []byte, b string) ([]byte, bool) {
	if checkHIP([]byte(b)) != nil {
		return dst, false
	}
	hit, key := int(b[0]), int(b[2])<<8|int(b[3])
	dst = append(strconv.AppendUint(dst, uint64(b[1]), 10), ' ')
	dst = append(appendHex(dst, b[4:4+hit]), ' ')
	dst = base64.StdEncoding.AppendEncode(dst, []byte(b[4+hit:4+hit+key]))
	for b = b[4+hit+key:]; b != ""; {
		var ok bool
		if dst, b, ok = appendNameText(append(dst, ' '), b); !ok {
			return dst, false
		}
	}
	return dst, true
}
