package reconcile

import (
	"cmp"
	"context"

	"github.com/zoneward/zoneward/zonefile"
)

// Stated is what a tree states of zones.
type Stated struct {
	// Zones are ordered by Ref.
	Zones []StatedZone
	// Declaring are the files that declare resources, below Folder: what these want published in the zones is known to their providers alone.
	Declaring []string
	// Notices are about files that go nowhere.
	Notices []string
}

// StatedZone is what a tree states of a zone for a target.
type StatedZone struct {
	Ref
	Source string // its file, below Folder
	// Zone has the RRsets that the file states for the target, as it states them. As long as the content of the file is the same, and all of it is for the
	// target, it is the same Zone. It is nil if Err is not.
	Zone *zonefile.Zone
	// Err says why there is no Zone. It may be a *zonefile.ProblemsError.
	Err error

	file   *zonefile.File
	folder string
}

// Position returns where the RRset of that key is stated, and the file as a whole for one that is not.
func (z *StatedZone) Position(key zonefile.Key) zonefile.Position {
	if z.file != nil {
		if at := z.file.Position(key); !at.IsZero() {
			return under(z.folder, at)
		}
	}
	return zonefile.Position{File: z.Source}
}

// File returns what was read of the zone, for whatever target: with all that the file states, and the PTR records that the rule of a reverse zone wants. It is nil if nothing could be
// read; its places are below the source directory.
func (z *StatedZone) File() *zonefile.File { return z.file }

// Statements reads what the zones repository states, tree after tree: of a later one only the files whose content is another. It asks no provider.
// It is for one use after another.
type Statements struct {
	planner *Planner
	cache   parseCache
}

// Statements returns a reader of zone files with the rules of p.
func (p *Planner) Statements() *Statements { return &Statements{planner: p} }

// Read reads the zones of a tree that are meant. The error is for what concerns all of them.
func (s *Statements) Read(ctx context.Context, tree Tree, only Selection) (Stated, error) {
	reader := s.planner.reader(only.Has)
	reader.cache = &s.cache
	state, err := reader.read(ctx, tree.FS)
	if err != nil {
		return Stated{}, err
	}
	if err := only.complete(state, nil); err != nil {
		return Stated{}, err
	}
	all := Stated{Notices: state.notices}
	for _, d := range state.zones {
		if !d.optional {
			all.Zones = append(all.Zones, s.planner.stated(d))
		}
	}
	for _, f := range s.planner.checkDomains(state.domains, only) {
		all.Declaring = append(all.Declaring, f.Source)
	}
	return all, nil
}

// stated returns what a zone's file states for its target.
func (p *Planner) stated(d *desiredZone) StatedZone {
	z := StatedZone{Ref: d.Ref, Source: p.under(zonefile.Position{File: d.source}).File, Err: d.err, file: d.file, folder: p.Folder}
	if d.file != nil {
		z.Err = cmp.Or(z.Err, d.file.Err())
	}
	if z.Err != nil {
		z.Err = p.located(z.Err)
		return z
	}
	own := ownership{file: d.file, ref: d.Ref}
	var edits []zonefile.Change
	for set := range d.file.Zone.All() {
		if own.elsewhere(set.Key) {
			edits = append(edits, zonefile.Change{Old: &set})
		}
	}
	if z.Zone = d.file.Zone; edits != nil {
		z.Zone = z.Zone.With(edits)
	}
	return z
}
