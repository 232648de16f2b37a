package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/inorder"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// zonesTogether is how many zones are read at once. How many requests a provider gets at once is bounded at the provider.
const zonesTogether = 16

// importZones writes zone files for what a provider of zones has.
func (c *common) importZones(ctx context.Context, w *workspace, target reconcile.Target, flags importFlags) error {
	known, err := c.declaredDomains(ctx, w)
	if err != nil {
		return err
	}
	to := zoneSink(&zoneStream{c, commentSign(flags.format)})
	if flags.out != "" {
		folder, err := openZoneFolder(flags.out)
		if err != nil {
			return err
		}
		defer folder.close()
		to = folder
	}
	var told importReport
	progress := c.progress("importing")
	origins, err := c.zonesToImport(ctx, w, target.Reader, flags, known.zoneFiles, &told)
	if err == nil {
		i := zoneImporter{
			provider: flags.provider, target: target, format: flags.format, soa: flags.soa, rules: w.config.rules, policy: w.config.policy,
			reading: zonefile.ParseOptions{DefaultTTL: w.planner.DefaultTTL, Limits: w.planner.Limits, Semicolons: w.planner.Semicolons},
		}
		i.each(ctx, origins, to, progress, &told)
	}
	progress.done()
	told.write(c)
	if err := cmp.Or(err, ctx.Err()); err != nil {
		return err
	}
	if n := told.ruleless; n > 0 {
		fmt.Fprintf(c.stderr, "note: no rule under zones: in %s sends %s of these to %s, so no plan is about %s yet\n",
			render.Shown(w.config.file), render.Count(n, "zone", "zones"), flags.provider, render.Verb(n, "it", "them"))
	}
	if told.failed {
		return exitStatus(exitError)
	}
	return nil
}

// each reads the zones, some at once, and writes them in their order.
func (i zoneImporter) each(ctx context.Context, origins []zonefile.Name, to zoneSink, progress *progress, told *importReport) {
	for _, origin := range origins {
		progress.zone(i.ref(origin), reconcile.Queued)
	}
	inorder.Each(len(origins), zonesTogether, func(n int) importedZone {
		origin := origins[n]
		progress.zone(i.ref(origin), reconcile.Fetching)
		defer progress.zone(i.ref(origin), reconcile.Planned)
		zone := importedZone{ref: i.ref(origin)}
		if zone.file, zone.err = i.file(origin); zone.err == nil {
			zone.err = cmp.Or(ctx.Err(), to.free(zone.file))
		}
		if zone.err == nil {
			i.read(ctx, &zone)
		}
		return zone
	}, func(_ int, zone importedZone) {
		text := ""
		if zone.err == nil {
			text, zone.err = to.write(zone)
		}
		told.add(text, zone)
	})
}

// importReport is what there is to say of an import when it is done: until then the terminal is for its progress.
type importReport struct {
	results  []string // for standard output
	messages []string // for standard error
	failed   bool
	// ruleless is how many of the zones no rule of the configuration is for.
	ruleless int
}

func (r *importReport) note(text string) { r.messages = append(r.messages, "note: "+text) }

// add adds what came of a zone, and what is still to be written to standard output of it.
func (r *importReport) add(text string, zone importedZone) {
	switch {
	case errors.Is(zone.err, context.Canceled):
		return
	case zone.err != nil:
		r.failed = true
		r.messages = append(r.messages, "error: "+render.Lines(zone.err.Error()))
		return
	}
	if zone.ruleless {
		r.ruleless++
	}
	if text != "" {
		r.results = append(r.results, text)
	}
	for _, note := range zone.notes {
		r.note(render.Shown(note))
	}
	var wrong strings.Builder
	wrong.WriteString(render.Problems(zone.refused()))
	for _, refusal := range zone.refusals {
		if zone.ruleless { // no plan is about it in any case
			r.note(fmt.Sprintf("%s: %s", zone.ref, render.Shown(refusal)))
			continue
		}
		wrong.WriteString(render.Shown(refusal) + "\n")
	}
	if wrong.Len() > 0 {
		r.failed = true
		r.messages = append(r.messages, fmt.Sprintf("error: %s: no plan is made of %s until this is mended there, and here:\n%s",
			zone.ref, render.Shown(zone.file), strings.TrimSuffix(wrong.String(), "\n")))
	}
}

// write writes all of it.
func (r *importReport) write(c *common) {
	for _, text := range r.results {
		fmt.Fprint(c.stdout, text)
	}
	for _, text := range r.messages {
		fmt.Fprintln(c.stderr, text)
	}
}

// zonesToImport returns the zones that are meant, by name, and says which are passed over.
func (c *common) zonesToImport(ctx context.Context, w *workspace, reader providers.ZoneReader, flags importFlags, known map[zonefile.Name]string, told *importReport) ([]zonefile.Name, error) {
	there := func(origin zonefile.Name) string {
		return fmt.Sprintf("%s has the file %s in the zones repository already", render.Name(origin), known[origin])
	}
	if len(w.only.Zones) > 0 {
		origins := slices.SortedFunc(slices.Values(w.only.Zones), zonefile.Name.Compare)
		origins = slices.Compact(origins)
		for _, origin := range origins {
			if known[origin] != "" {
				told.note(there(origin))
			}
		}
		return origins, nil
	}
	listed, err := reader.Zones(ctx)
	if errors.Is(err, providers.ErrUnsupported) {
		return nil, &usageError{fmt.Errorf("import: %s cannot list its zones", flags.provider), "name them: " + c.commandLine("import", "--provider", flags.provider, "--zone", "example.com")}
	}
	if err != nil {
		return nil, fmt.Errorf("list the zones of %s: %w", flags.provider, err)
	}
	slices.SortFunc(listed, func(a, b providers.ZoneInfo) int { return a.Origin.Compare(b.Origin) })
	var origins, has, secondary []zonefile.Name
	for _, info := range listed {
		switch {
		case info.Kind == providers.Secondary:
			secondary = append(secondary, info.Origin)
		case known[info.Origin] != "":
			has = append(has, info.Origin)
		default:
			origins = append(origins, info.Origin)
		}
	}
	if len(has) == 1 {
		told.note(there(has[0]) + ", and is left out; --zone names it")
	} else if len(has) > 1 {
		told.note(fmt.Sprintf("%d zones are in the zones repository already, and are left out; --zone names one: %s", len(has), someNames(has)))
	}
	if n := len(secondary); n > 0 {
		told.note(fmt.Sprintf("%s left out, whose content comes from another server: %s",
			render.Count(n, "secondary zone is", "secondary zones are"), someNames(secondary)))
	}
	if len(listed) == 0 {
		told.note(flags.provider + " has no zones")
	}
	return origins, nil
}

// someNames returns the first of names, and how many more there are.
func someNames(names []zonefile.Name) string {
	const most = 10
	var all []string
	for _, name := range names[:min(most, len(names))] {
		all = append(all, render.Name(name))
	}
	if more := len(names) - most; more > 0 {
		all = append(all, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(all, ", ")
}
