package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/reconcile/domainfile"
)

// fieldsOf returns the fields that the resource of a tombstone had. What begins with # in its settings is the provider's own, and none of them.
func fieldsOf(t reconcile.Tombstone) map[string]string {
	fields := maps.Clone(t.Settings)
	maps.DeleteFunc(fields, func(name, _ string) bool { return strings.HasPrefix(name, "#") })
	return fields
}

// declarationOf returns what a domain file has to say so that the resource of a tombstone is as it was. What it published is not in the tombstone.
func declarationOf(t reconcile.Tombstone) domainfile.Declaration {
	d := domainfile.Declaration{
		Provider: t.Target, Resource: providers.Resource{Kind: t.Resource, Name: t.Key.Name, Fields: fieldsOf(t), Secrets: map[string]providers.Secret{}},
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
	var had []string
	fields := fieldsOf(t)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		had = append(had, fmt.Sprintf("%s %s", name, render.Word(fields[name])))
	}
	if len(had) > 0 {
		about = append(about, render.Shown("it had "+strings.Join(had, ", ")))
	}
	return "# " + strings.Join(about, "\n# ") + "\n" + render.Lines(declarationText(t))
}
