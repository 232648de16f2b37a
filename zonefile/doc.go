// Package zonefile has the values that zoneward computes with, and reads and writes zone files.
//
// The values are [Name], [Type], [TTL], [Key], [RRset], [Zone], [Change] and [Digest]. They are canonical by construction:
// owner names are lower case, RDATA is uncompressed wire form with the names that RFC 4034 §6.2 lists in lower case, RRsets are sorted
// and have no duplicates. So two of them are equal when their bytes are, however they were spelled in a file or an API.
//
// [ParseBIND] reads master files (RFC 1035 §5.1), [ParseYAML] the record shapes of octoDNS, [Parse] either of them. All return
// a [File]: the zone, where each RRset was stated, and every [Problem] that was found. [FormatBIND] writes a master file.
//
// The package does no I/O of its own: it is given readers and an fs.FS. It has no clock.
package zonefile
