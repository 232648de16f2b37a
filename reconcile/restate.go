package reconcile

import (
	"errors"
	"io/fs"

	"github.com/zoneward/zoneward/zonefile"
)

// Restatement is what the zones repository has to say of a zone so that what a restore or rollback makes live is what it wants.
type Restatement struct {
	// File is the zone's file below the source directory, or where it would be.
	File string
	// Beside are the files that are read with it as one zone.
	Beside []string
	// Stated is what the file says, nil if it is not there.
	Stated *zonefile.File
	// Changes turn that into what it has to say. RRsets that the target would read back as they are to be are not among them.
	Changes []zonefile.Change
	// Err says why it is not known what the file says, nil if it is.
	Err error
}

// Restatement returns what the zones repository has to say so that the plan, which does not come from it, stays in force. For a plan that comes
// from the repository there are no changes.
func (z *ZonePlan) Restatement() Restatement {
	d := z.desired
	if d == nil {
		return Restatement{}
	}
	r := Restatement{File: d.source, Beside: d.beside, Changes: z.restated}
	switch {
	case d.unread != nil && !errors.Is(d.unread, fs.ErrNotExist):
		r.Err = d.unread
	case d.gone:
		if r.File == "" {
			r.File = zonefile.FileName(z.Zone) + ".zone"
		}
	case d.pointed != nil:
		r.Stated, r.Err = d.pointed.stated.file, d.file.Err()
	default:
		r.Stated, r.Err = d.file, d.file.Err()
	}
	return r
}

// restate returns the changes of the zone file that come with an edit: where it says something else of what is restored than want, and where it has
// what stands in the way.
func (in zoneInput) restate(own ownership, have, want *zonefile.Zone, e edit) []zonefile.Change {
	concerned := func(key zonefile.Key) bool {
		if _, edited := e.want[key]; edited || e.zone != nil {
			return true
		}
		return have.Has(key) && !want.Has(key) || !want.Has(key) && inTheWay(key, want)
	}
	var changes []zonefile.Change
	for c := range zonefile.Diff(in.file.Zone, want) {
		key := c.Key()
		switch {
		case key.Type.Signing() || own.elsewhere(key) || !concerned(key) || sameSide(c.Old, c.New):
			continue
		case c.Old == nil && own.usual(key) && !in.gone:
			continue // the file leaves it to the provider
		}
		if c.Old != nil && c.New != nil {
			if normal, err := in.normalize(*c.Old); err == nil && sameSide(&normal, c.New) {
				continue
			}
		}
		if in.pointed.has(key) { // the file does not state it
			if c.Old = nil; c.New == nil {
				continue
			}
		}
		changes = append(changes, c)
	}
	return changes
}
