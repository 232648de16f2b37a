package scaidns

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/zonefile"
)

// writableTypes are those that https://www.scailabs.ai/en/docs/scaidns/concepts/zones-and-records lists, but for the SOA, whose
// content is the server's business.
func writableTypes() []zonefile.Type {
	return []zonefile.Type{
		zonefile.TypeA, zonefile.TypeAAAA, zonefile.TypeMX, zonefile.TypeCNAME, zonefile.TypeTXT, zonefile.TypeNS, zonefile.TypeSRV,
		zonefile.TypePTR, zonefile.TypeCAA, zonefile.TypeSSHFP, zonefile.TypeTLSA, zonefile.TypeDNAME, zonefile.TypeNAPTR, zonefile.TypeDS,
		zonefile.TypeALIAS,
	}
}

// nameText returns an owner name as the API takes it: relative, "@" for the apex. A name that it would take for another is an error.
func nameText(name, origin zonefile.Name) (string, error) {
	text := name.Relative(origin)
	if read, err := parseName(text, origin); err != nil || read != name {
		return "", fmt.Errorf("%q would be taken for the name of the zone, or one below it", text)
	}
	return text, nil
}

// parseName reads an owner name of the API. The documentation has "@", "www", "www.example.com" and "www.example.com." for it, so a name
// that ends with that of the zone is absolute, whether or not it ends with a dot.
func parseName(text string, origin zonefile.Name) (zonefile.Name, error) {
	if text == "" {
		return zonefile.Name{}, errors.New("a record without a name")
	}
	if text == "@" || strings.HasSuffix(text, ".") {
		return zonefile.ParseName(text, origin)
	}
	if name, err := zonefile.ParseName(text+".", zonefile.Name{}); err == nil && name.In(origin) {
		return name, nil
	}
	return zonefile.ParseName(text, origin)
}

// parseZoneName reads the name of a zone, with or without a dot at its end.
func parseZoneName(text string) (zonefile.Name, error) {
	return zonefile.ParseName(strings.TrimSuffix(text, ".")+".", zonefile.Name{})
}

// zoneText returns the name of a zone as the API has it: without the dot at its end.
func zoneText(origin zonefile.Name) string { return strings.TrimSuffix(origin.String(), ".") }

// parseContent reads the content of a record.
func parseContent(t zonefile.Type, text string) ([]byte, error) {
	if strings.ContainsRune(text, '\ufffd') { // what encoding/json makes of it
		return nil, errors.New("octets that are not UTF-8, which JSON cannot hold")
	}
	if t == zonefile.TypeTXT && !strings.HasPrefix(text, `"`) {
		return nil, fmt.Errorf("text without quotes, %q, which does not show where its strings end", text)
	}
	return zonefile.ParseRDATA(t, text, zonefile.Name{})
}

// holds returns an error if ScaiDNS, or the PowerDNS behind it, cannot hold an RRset.
func holds(set zonefile.RRset) error {
	t := set.Key.Type
	if !slices.Contains(writableTypes(), t) {
		return errors.New("ScaiDNS has no records of this type that can be written")
	}
	if !plainOwner(set.Key.Name) {
		return errors.New("an owner name has letters, digits and -_/ here, and * as the whole of the first label")
	}
	if single(t) && set.Len() > 1 {
		return errors.New("more than one record of this type")
	}
	for rdata := range set.RDATA() {
		if err := holdsContent(t, zonefile.FormatRDATA(t, rdata)); err != nil {
			return err
		}
	}
	return nil
}

// holdsContent returns an error if content is refused, or would not be read back as it was written.
func holdsContent(t zonefile.Type, text string) error {
	target := text[strings.LastIndexByte(text, ' ')+1:] // of the types that end with a name
	switch t {
	case zonefile.TypeNS:
		if target == "." {
			return errors.New(`PowerDNS takes no "." here`)
		}
		return holdsHost(target)
	case zonefile.TypeMX, zonefile.TypeSRV:
		return holdsHost(target)
	case zonefile.TypeCNAME, zonefile.TypePTR, zonefile.TypeDNAME, zonefile.TypeALIAS, zonefile.TypeNAPTR:
		if !plain(target) {
			return fmt.Errorf("the name %s, where only letters, digits and -_/.* are taken", target)
		}
	case zonefile.TypeAAAA:
		if strings.Contains(text, ".") { // PowerDNS writes it with dots and does not take it with dots
			return fmt.Errorf("the IPv4-mapped address %s", text)
		}
	case zonefile.TypeCAA:
		if strings.HasSuffix(text, ` ""`) { // it ends PowerDNS 4.7.3 with LMDB
			return errors.New(`an empty value, for which ";" stands too`)
		}
	}
	return nil
}

// holdsHost returns an error if PowerDNS takes no such host. An underscore is left to it: newer ones can be set to take them.
func holdsHost(name string) error {
	if !plain(name) || strings.ContainsAny(name, "/*") {
		return fmt.Errorf("the host %s, where only letters, digits and hyphens are taken", name)
	}
	for label := range strings.SplitSeq(name, ".") {
		if strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
			return fmt.Errorf("the host %s, where no hyphen is taken at the end of a label", name)
		}
	}
	return nil
}

// plainOwner reports whether an owner name is one that PowerDNS takes.
func plainOwner(name zonefile.Name) bool {
	text := name.String()
	if name.IsWildcard() {
		text = text[1:]
	}
	return plain(text) && !strings.Contains(text, "*")
}

// plain reports whether a name in presentation form has no octets but those of names of hosts, services and classless reverse zones.
func plain(text string) bool {
	return strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_/.*") == ""
}

// single reports whether PowerDNS takes no more than one record of a type at a name, the disabled ones counted.
func single(t zonefile.Type) bool { return t == zonefile.TypeCNAME || t == zonefile.TypeDNAME }
