package scalewaytest

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/zoneward/zoneward/providers/internal/scwtest"
	"github.com/zoneward/zoneward/zonefile"
)

const maxTTL = 1<<31 - 1

// types returns the types of records that there can be.
func types() []string {
	return []string{
		"A", "AAAA", "ALIAS", "CAA", "CNAME", "DNAME", "DS", "HINFO", "HTTPS", "LOC", "MX", "NAPTR", "NS", "PTR", "RP", "SRV", "SSHFP", "SVCB", "TLSA", "TXT", "URI",
	}
}

// normal returns a record as it is read back: targets absolute, TXT in quotes, the priority of MX and SRV at the start of their data.
func normal(r Record, zone string) (Record, error) {
	if !slices.Contains(types(), r.Type) {
		return r, scwtest.InvalidArgument("type", "constraint", fmt.Sprintf("%q is not a type of record", r.Type))
	}
	if r.Name != "" {
		if err := checkName("name", r.Name); err != nil {
			return r, err
		}
	}
	r.Name = strings.ToLower(r.Name)
	if r.TTL > maxTTL {
		return r, scwtest.InvalidArgument("ttl", "constraint", fmt.Sprintf("at most %d", maxTTL))
	}
	if r.configs() > 1 {
		return r, scwtest.InvalidArgument("records", "constraint", "at most one of geo_ip_config, http_service_config, weighted_config and view_config")
	}
	data, err := normalData(r, zone)
	if err != nil {
		return r, scwtest.InvalidArgument("data", "constraint", fmt.Sprintf("%q is not the data of a record of type %s: %v", r.Data, r.Type, err))
	}
	r.Data = data
	if r.Type == "MX" || r.Type == "SRV" {
		priority, _, _ := strings.Cut(data, " ")
		n, err := strconv.ParseUint(priority, 10, 16)
		if err != nil {
			return r, scwtest.InvalidArgument("priority", "constraint", "want 0 to 65535")
		}
		r.Priority = uint32(n)
	}
	return r, nil
}

// normalData returns the data of a record as it is read back.
func normalData(r Record, zone string) (string, error) {
	data := strings.TrimSpace(r.Data)
	switch r.Type {
	case "A", "AAAA":
		address, err := netip.ParseAddr(data)
		switch {
		case err != nil:
			return "", err
		case address.Is4() != (r.Type == "A") || address.Zone() != "":
			return "", fmt.Errorf("an address of the other kind")
		}
		return address.String(), nil
	case "CNAME", "NS", "PTR", "DNAME", "ALIAS":
		data = absolute(data, zone)
	case "MX":
		data = withTarget(r, zone, data, 2)
	case "SRV":
		data = withTarget(r, zone, data, 4)
	case "TXT":
		if !strings.HasPrefix(data, `"`) {
			return quoted(data), nil
		}
	}
	kind, err := zonefile.ParseType(r.Type)
	if err != nil {
		return "", err
	}
	rdata, err := zonefile.ParseRDATA(kind, data, zonefile.MustParseName(zone+"."))
	if err != nil {
		return "", err
	}
	if r.Type == "TXT" {
		return zonefile.FormatRDATA(kind, string(rdata)), nil
	}
	return data, nil
}

// withTarget returns data of n fields of which the last is a target, with the record's priority in front if there is one field less.
func withTarget(r Record, zone, data string, n int) string {
	fields := strings.Fields(data)
	if len(fields) == n-1 {
		fields = slices.Insert(fields, 0, strconv.FormatUint(uint64(r.Priority), 10))
	}
	if len(fields) == n {
		fields[n-1] = absolute(fields[n-1], zone)
	}
	return strings.Join(fields, " ")
}

// absolute returns a target with the dot at its end. One of a single label is completed with the zone; "." stays.
func absolute(target, zone string) string {
	switch {
	case target == "" || strings.HasSuffix(target, "."):
		return target
	case !strings.Contains(target, "."):
		return target + "." + zone + "."
	}
	return target + "."
}

// quoted returns text as character strings (RFC 1035 §3.3) of at most 255 octets.
func quoted(text string) string {
	var parts []string
	for {
		part := text[:min(len(text), 255)]
		text = text[len(part):]
		parts = append(parts, `"`+strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(part)+`"`)
		if text == "" {
			return strings.Join(parts, " ")
		}
	}
}

// checkName returns an error if name, which is relative to something, is no name: with a dot at its end, an empty label or other characters
// than letters, digits, hyphen, underscore, and an asterisk at the start.
func checkName(argument, name string) error {
	bad := func(help string) error {
		return scwtest.InvalidArgument(argument, "format", fmt.Sprintf("%q: %s", name, help))
	}
	if len(name) > 253 {
		return bad("longer than 253 characters")
	}
	for i, label := range strings.Split(name, ".") {
		switch {
		case label == "" || len(label) > 63:
			return bad("a label has 1 to 63 characters")
		case label == "*" && i == 0:
		case strings.ContainsFunc(label, func(c rune) bool {
			return c != '-' && c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z')
		}):
			return bad("letters, digits, - and _ only")
		}
	}
	return nil
}
