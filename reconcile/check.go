package reconcile

import (
	"context"
	"slices"

	"github.com/zoneward/zoneward/zonefile"
)

// Finding is what reading the file of one zone came to.
type Finding struct {
	Zone    zonefile.Name
	Targets []string
	Source  string // the file, below Folder
	// Files are all files that were read for it, those that it includes too, relative to the source directory.
	Files           []string
	Problems        []zonefile.Problem
	RRsets, Records int
	Err             error // why the file could not be read at all
}

// Check reads all zone files of a tree and returns what was found in each, by zone and file. It asks no provider.
// The notices are about files that go nowhere.
func (p *Planner) Check(ctx context.Context, tree Tree, only Selection) (findings []Finding, notices []string, err error) {
	state, err := p.read(ctx, tree, only)
	if err != nil {
		return nil, nil, err
	}
	state.zones = slices.DeleteFunc(state.zones, func(d *desiredZone) bool { return d.optional })
	type source struct {
		zone zonefile.Name
		file string
	}
	seen := map[source]int{}
	for _, zone := range state.zones {
		s := source{zone.Zone, zone.source}
		if i, ok := seen[s]; ok {
			findings[i].Targets = append(findings[i].Targets, zone.Target)
			continue
		}
		seen[s] = len(findings)
		f := Finding{Zone: zone.Zone, Targets: []string{zone.Target}, Source: p.under(zonefile.Position{File: zone.source}).File, Err: p.located(zone.err)}
		f.Files = []string{zone.source}
		if zone.file != nil {
			f.Files = zone.file.Files()
			f.Problems = p.problems(zone.file.Problems)
			f.RRsets, f.Records = zone.file.Zone.Len(), zone.file.Zone.Records()
		}
		findings = append(findings, f)
	}
	return findings, state.notices, nil
}
