package reconcile

import (
	"context"
	"maps"
	"slices"

	"github.com/zoneward/zoneward/reconcile/domainfile"
	"github.com/zoneward/zoneward/zonefile"
)

// Finding is what reading the file of one zone, or that which declares the resources of a domain, came to.
type Finding struct {
	Zone zonefile.Name // or the domain; the zero Name for a file that is of none
	// Targets are those of the zone, or the providers of the resources.
	Targets []string
	Source  string // the file, below Folder
	// Files are all files that were read for it, those that it includes too, relative to the source directory.
	Files           []string
	Problems        []zonefile.Problem
	RRsets, Records int
	// File is the zone as it was read, nil for the file of a domain, and one that could not be read. Its places are relative to the source directory.
	File *zonefile.File
	// Declares says that the file declares resources, which it has that many of, and no zone.
	Declares  bool
	Resources int
	Err       error // why the file could not be read at all
}

// Check reads all zone files of a tree, and those that declare resources, and returns what was found in each: zones by name and file, then domains by
// file. It asks no provider. The notices are about files that go nowhere.
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
		f.Files = append([]string{zone.source}, zone.beside...)
		if zone.file != nil {
			f.File, f.Files = zone.file, zone.file.Files()
			f.Problems = p.Located(zone.file.Problems)
			f.RRsets, f.Records = zone.file.Zone.Len(), zone.file.Zone.Records()
		}
		findings = append(findings, f)
	}
	return append(findings, p.checkDomains(state.domains, only)...), state.notices, nil
}

// checkDomains returns what reading the files that declare resources came to.
func (p *Planner) checkDomains(all domains, only Selection) []Finding {
	var findings []Finding
	for _, file := range all.parsed {
		f := Finding{
			Zone: file.Domain, Targets: providersOf(file), Source: p.under(zonefile.Position{File: file.Path}).File, Files: []string{file.Path},
			Problems: p.Located(file.Problems), Declares: true, Resources: len(file.Declarations),
		}
		meant := func(provider string) bool { return only.Has(Ref{file.Domain, provider}) }
		if only.Has(Ref{Zone: file.Domain}) || slices.ContainsFunc(f.Targets, meant) {
			findings = append(findings, f)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(all.unparsed)) {
		domain, _ := domainfile.DomainOf(path)
		f := Finding{Zone: domain, Source: p.under(zonefile.Position{File: path}).File, Files: []string{path}, Declares: true, Err: all.unparsed[path]}
		if only.Has(Ref{Zone: domain}) {
			findings = append(findings, f)
		}
	}
	slices.SortFunc(findings, func(a, b Finding) int {
		return zonefile.Position{File: a.Source}.Compare(zonefile.Position{File: b.Source})
	})
	return findings
}

// providersOf returns the providers of what a file declares, in order.
func providersOf(file *domainfile.File) []string {
	var names []string
	for _, d := range file.Declarations {
		names = append(names, d.Provider)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
