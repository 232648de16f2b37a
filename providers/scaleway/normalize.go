package scaleway

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/providers/internal/rest"
	"github.com/zoneward/zoneward/zonefile"
)

// normalize returns set as it is read back, or an error that says why Scaleway cannot hold it, or is not known to.
func normalize(set zonefile.RRset) (zonefile.RRset, error) {
	t := set.Key.Type
	if !slices.Contains(types(), t) {
		return zonefile.RRset{}, errors.New("there are no records of this type at Scaleway")
	}
	if err := holdsName(set.Key.Name); err != nil {
		return zonefile.RRset{}, err
	}
	if set.Len() > 1 && single(t) {
		return zonefile.RRset{}, errors.New("more than one record of this type")
	}
	set = set.WithTTL(min(max(set.TTL, minTTL), maxTTL))
	if t == zonefile.TypeTXT {
		return normalizeText(set)
	}
	for rdata := range set.RDATA() {
		if err := holdsData(t, zonefile.FormatRDATA(t, rdata)); err != nil {
			return zonefile.RRset{}, err
		}
	}
	return set, nil
}

// single reports whether there is at most one record of a type at a name (RFC 1034 §3.6.2, RFC 6672 §2.4).
func single(t zonefile.Type) bool {
	return t == zonefile.TypeCNAME || t == zonefile.TypeDNAME || t == zonefile.TypeALIAS
}

// holdsName returns an error for owner names of which it is not known how the API has them: it has no word of escapes.
func holdsName(name zonefile.Name) error {
	text := strings.TrimPrefix(name.String(), "*.")
	if bad := strings.Trim(text, nameOctets); bad != "" {
		return fmt.Errorf("%q in an owner name, where the API is known to take letters, digits, - and _, and * as the first label", bad)
	}
	return nil
}

// nameOctets are what names are of that mean the same everywhere.
const nameOctets = "abcdefghijklmnopqrstuvwxyz0123456789-_."

// holdsData returns an error if RDATA in presentation form could be read by the API as something else.
func holdsData(t zonefile.Type, text string) error {
	if strings.HasPrefix(text, `\#`) {
		return errors.New("data that has no other form than that of RFC 3597, which the API does not have")
	}
	for _, target := range targets(t, strings.Fields(text)) {
		if bad := strings.Trim(target, nameOctets); bad != "" {
			return fmt.Errorf("%q in the target, where the API is known to take letters, digits, - and _", bad)
		}
		if target != "." && strings.Count(target, ".") == 1 {
			return fmt.Errorf("the target %q has a single label, and the API completes such ones with the name of the zone", target)
		}
	}
	if strings.ContainsRune(text, '\\') {
		return fmt.Errorf("%q has quotes, backslashes, or what is not printable ASCII in it, and the API does not say how it has those", rest.Shorten(text, shownData))
	}
	return nil
}

// targets returns those of the fields of RDATA that are names. A text in quotes, which may be several fields, is in front of the name or behind it.
func targets(t zonefile.Type, fields []string) []string {
	switch t {
	case zonefile.TypeALIAS, zonefile.TypeCNAME, zonefile.TypeDNAME, zonefile.TypeMX, zonefile.TypeNAPTR, zonefile.TypeNS, zonefile.TypePTR, zonefile.TypeSRV:
		return fields[len(fields)-1:]
	case zonefile.TypeHTTPS, zonefile.TypeSVCB:
		return fields[1:2]
	case zonefile.TypeRP:
		return fields
	}
	return nil
}
