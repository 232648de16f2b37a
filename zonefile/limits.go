package zonefile

import "fmt"

// Limits bounds what reading one zone may cost, so that a hostile file ends in a [Problem] and not in the machine's memory.
// A field that is 0 has the default that is named with it. The configuration has them under source.limits.
type Limits struct {
	FileBytes    int64 // octets of one file, and of all that a master file includes and generates: 256 MiB
	EntryBytes   int64 // octets of one record or directive of a master file, from its first line to its last, or of a comment: 1 MiB
	YAMLBytes    int64 // octets of one file in YAML and of all that it includes, if that is less than FileBytes: 16 MiB
	IncludeDepth int   // files that are open within each other by $INCLUDE: 16
	Includes     int   // $INCLUDE directives of a zone, over all its files: 1,000
	Generated    int   // steps of one $GENERATE: 65,536, and sixteen times as many of a zone
	YAMLAliases  int   // nodes that YAML aliases stand for, over all of a zone's files: 1,000,000
}

// The names of the limits in the configuration.
const (
	limitFileBytes    = "file_bytes"
	limitEntryBytes   = "entry_bytes"
	limitYAMLBytes    = "yaml_bytes"
	limitIncludeDepth = "include_depth"
	limitIncludes     = "includes"
	limitGenerated    = "generated"
	limitYAMLAliases  = "yaml_aliases"
)

// beyond says that a limit is reached, and which key of the configuration raises it.
func beyond(limit, format string, args ...any) string {
	return fmt.Sprintf(format, args...) + "; source.limits." + limit + " raises the limit"
}

// octetLimit is how many octets a file may have with all that belongs to it, and which key of the configuration says so.
type octetLimit struct {
	most int64
	key  string
}

// exceeded says that there are more.
func (o octetLimit) exceeded() string {
	return beyond(o.key, "more than %d octets, with all that is included and generated", o.most)
}

// inBIND returns what bounds the octets of a master file.
func (l Limits) inBIND() octetLimit { return octetLimit{l.FileBytes, limitFileBytes} }

// inYAML returns what bounds the octets of a file in YAML, which takes far more memory than a master file: its nodes are forty times as long as the shortest
// text that stands for them, and a hundred and forty times where a parser of all YAML has to read it.
func (l Limits) inYAML() octetLimit {
	if l.FileBytes < l.YAMLBytes {
		return octetLimit{l.FileBytes, limitFileBytes}
	}
	return octetLimit{l.YAMLBytes, limitYAMLBytes}
}

// withDefaults returns l with the fields that are 0 or less set to their defaults.
func (l Limits) withDefaults() Limits {
	for _, x := range []struct {
		field    *int64
		fallback int64
	}{
		{&l.FileBytes, 256 << 20},
		{&l.EntryBytes, 1 << 20},
		{&l.YAMLBytes, 16 << 20},
	} {
		if *x.field <= 0 {
			*x.field = x.fallback
		}
	}
	for _, x := range []struct {
		field    *int
		fallback int
	}{
		{&l.IncludeDepth, 16},
		{&l.Includes, 1000},
		{&l.Generated, 1 << 16},
		{&l.YAMLAliases, 1_000_000},
	} {
		if *x.field <= 0 {
			*x.field = x.fallback
		}
	}
	return l
}
