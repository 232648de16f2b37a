package zonefile

// Limits bounds what reading one zone may cost, so that a hostile file ends in a [Problem] and not in the machine's memory.
// A field that is 0 has the default that is named with it.
type Limits struct {
	FileBytes    int64 // octets of one file, and of all that a master file includes and generates: 256 MiB
	IncludeDepth int   // files that are open within each other by $INCLUDE: 16
	Includes     int   // $INCLUDE directives of a zone, over all its files: 1,000
	Generated    int   // steps of one $GENERATE: 65,536, and sixteen times as many of a zone
	YAMLAliases  int   // nodes that YAML aliases stand for, over all of a zone's files: 1,000,000
}

// withDefaults returns l with the fields that are 0 or less set to their defaults.
func (l Limits) withDefaults() Limits {
	if l.FileBytes <= 0 {
		l.FileBytes = 256 << 20
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
