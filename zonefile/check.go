package zonefile

// Check returns the problems of a zone as a whole: what cannot stand together. It is a function of the file's zone and positions.
func Check(f *File) []Problem {
	return nil
}
