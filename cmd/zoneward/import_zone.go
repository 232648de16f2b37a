package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
	"github.com/zoneward/zoneward/zonefile/layout"
	"github.com/zoneward/zoneward/zonefile/zonefmt"
)

// zoneImporter makes zone files of what a provider has.
type zoneImporter struct {
	provider string
	target   reconcile.Target
	format   string // of the files
	soa      bool   // the SOA is stated
	rules    []reconcile.Rule
	policy   reconcile.Policy      // of zones that no rule is for
	reading  zonefile.ParseOptions // how files of the zones repository are read
}

// importedZone is what came of a zone.
type importedZone struct {
	ref      reconcile.Ref
	file     string // its name
	text     string
	records  int
	notes    []string           // what a person should know that looks at no comment
	problems []zonefile.Problem // that the file has
	refusals []string           // what it states and the provider would not take
	ruleless bool               // no rule of the configuration is for it
	err      error
}

// refused returns the problems that keep the zone from being planned: providers serve what no file may state.
func (z importedZone) refused() []zonefile.Problem {
	return slices.DeleteFunc(slices.Clone(z.problems), func(p zonefile.Problem) bool { return p.Severity != zonefile.Error })
}

func (i zoneImporter) ref(origin zonefile.Name) reconcile.Ref {
	return reconcile.Ref{Zone: origin, Target: i.provider}
}

// file returns the name of the file of a zone, which is the zone's by that name.
func (i zoneImporter) file(origin zonefile.Name) (string, error) {
	extension := map[string]string{formatBIND: ".zone", formatYAML: ".yaml"}[i.format]
	file := zonefile.FileName(origin) + extension
	if of, ok := zonefile.OriginOf(file); !ok || of != origin {
		return "", fmt.Errorf("%s: a file called %s is not taken for that zone; --format %s writes one that is", origin, file, formatBIND)
	}
	return file, nil
}

// read reads a live zone, and makes its file.
func (i zoneImporter) read(ctx context.Context, zone *importedZone) {
	fail := func(err error) { zone.err = fmt.Errorf("%s: %w", zone.ref, err) }
	live, err := i.target.Reader.Fetch(ctx, zone.ref.Zone)
	if err != nil {
		fail(err)
		return
	}
	signing := providers.Signing{}
	if i.target.Signer != nil {
		if signing, err = i.target.Signer.Signing(ctx, zone.ref.Zone); err != nil && !errors.Is(err, providers.ErrUnsupported) {
			fail(fmt.Errorf("ask how it is signed: %w", err))
			return
		}
	}
	policy := i.policy
	rule, ok := reconcile.RuleFor(i.rules, zone.ref)
	if zone.ruleless = !ok; ok {
		policy = rule.Policy
	}
	doc := i.arrange(zone, live, signing, policy)
	if err := i.write(zone, doc); err != nil {
		fail(err)
	}
}

// write makes the text of a zone's file, and reads it back: what it says is the zone, or there is none.
func (i zoneImporter) write(zone *importedZone, doc layout.Document) (err error) {
	if zone.text, err = i.text(zone.file, doc); err != nil {
		return err
	}
	zone.records = doc.Zone.Records()
	options := i.reading
	options.Origin = zone.ref.Zone
	file, err := zonefile.Parse(zonefile.OneFile(zone.file, zone.text), zone.file, options)
	if err != nil {
		return fmt.Errorf("read back what was to be written: %w", err)
	}
	zone.problems = file.Problems
	if !file.Zone.Equal(doc.Zone) {
		// What no file may state is not in what was read, and is told as problems of it.
		if zone.refused() == nil {
			return errors.New("the zone file does not read back as the zone, and is not written")
		}
	}
	return nil
}

// text returns the text of the file of that name, as zoneward fmt leaves it.
func (i zoneImporter) text(file string, doc layout.Document) (string, error) {
	if i.format != formatYAML {
		return zonefmt.BIND(layout.BIND(doc), zonefmt.Options{File: file})
	}
	var b strings.Builder
	if err := zonefile.FormatYAML(&b, doc.Zone, zonefile.YAMLFormat{DefaultTTL: i.reading.DefaultTTL, Semicolons: i.reading.Semicolons}); err != nil {
		return "", err
	}
	return zonefmt.YAML(layout.Commented(doc, "#", b.String()), zonefmt.Options{File: file})
}

// commentSign returns what begins a comment in zone files of a format.
func commentSign(format string) string {
	if format == formatYAML {
		return "#"
	}
	return ";"
}
