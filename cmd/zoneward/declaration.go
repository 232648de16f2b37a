package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/reconcile/domainfile"
)

// declarationOf returns what a domain file has to say so that the resource of a tombstone is as it was. What it published is not in the tombstone.
func declarationOf(t reconcile.Tombstone) domainfile.Declaration {
	d := domainfile.Declaration{
		Provider: t.Target, Resource: providers.Resource{Kind: t.Resource, Name: t.Key.Name, Fields: t.Settings, Secrets: map[string]providers.Secret{}},
	}
	for name, reference := range t.References {
		d.Resource.Secrets[name] = providers.NewSecret(reference, nil) // only its reference is written
	}
	return d
}

// declarationText returns that as the text of a domain file that has nothing else.
func declarationText(t reconcile.Tombstone) string {
	return string(domainfile.Format(&domainfile.File{Domain: t.Zone, Declarations: []domainfile.Declaration{declarationOf(t)}}))
}

// domainFile returns what a tombstone of a resource keeps as a domain file. What there is to know of it stands in comments at the top.
func domainFile(t reconcile.Tombstone, about []string) string {
	var fields []string
	for _, name := range slices.Sorted(maps.Keys(t.Settings)) {
		fields = append(fields, fmt.Sprintf("%s %s", name, fieldWord(t.Settings[name])))
	}
	if len(fields) > 0 {
		about = append(about, shown("it had "+strings.Join(fields, ", ")))
	}
	return "# " + strings.Join(about, "\n# ") + "\n" + shownLines(declarationText(t))
}
