package zonefile

// SharedWith returns f as the file of a zone that others write to as well: others reports of which keys they may have records there that f does not state. f stays as it is.
func (f *File) SharedWith(others func(Key) bool) *File {
	shared := *f
	shared.others = others
	return &shared
}

// LeftToOthers reports whether there may be records of a key that the file does not have: it says itself that they are not its own, or the zone is shared.
func (f *File) LeftToOthers(key Key) bool {
	return f.Options(key).Ignored || f.others != nil && f.others(key)
}
