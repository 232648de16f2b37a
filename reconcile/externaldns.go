package reconcile

import "github.com/zoneward/zoneward/zonefile"

// ExternalDNS says how the TXT records look by which external-dns marks what is its own. The zero ExternalDNS is its default: no prefix and no suffix.
type ExternalDNS struct {
	Prefix, Suffix string
	// WildcardReplacement stands in the names of the TXT records for an asterisk.
	WildcardReplacement string
	// Off takes no notice of them.
	Off bool
}

// owned returns the keys of a live zone that external-dns says are its own, the TXT records by which it says so among them.
func (e ExternalDNS) owned(live *zonefile.Zone) map[zonefile.Key]bool { return nil }
