package zonefmt

import "github.com/zoneward/zoneward/zonefile"

// Same reports whether two texts of a zone, as they were read, say the same: the records, what else is said of them, and what is wrong with them. Messages about
// errors repeat how something is written, and where; of those the rules count alone.
func Same(a, b *zonefile.File) bool {
	if a.Err() == nil && b.Err() == nil {
		return a.Digest() == b.Digest()
	}
	if a.Zone.Digest() != b.Zone.Digest() || len(a.Problems) != len(b.Problems) {
		return false
	}
	for i, p := range a.Problems {
		if other := b.Problems[i]; p.Rule != other.Rule || p.Severity != other.Severity || p.Position.File != other.Position.File {
			return false
		}
	}
	return true
}
