package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/git"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/reconcile/domainfile"
	"github.com/zoneward/zoneward/zonefile"
)

// importResources writes the files of domains that declare what a provider of resources has.
func (c *common) importResources(ctx context.Context, w *workspace, from providers.ResourceReader, flags importFlags) error {
	var domain zonefile.Name
	if flags.domain != "" {
		var err error
		if domain, err = zonefile.ParseUnicodeName(flags.domain, zonefile.Root); err != nil {
			return &usageError{err: fmt.Errorf("--domain: %w", err)}
		}
	}
	if _, ok := from.ResourceType().Field("app"); flags.app != "" && !ok {
		return &usageError{err: fmt.Errorf("--app: %s has no applications", flags.provider)}
	}
	known, err := c.declaredDomains(ctx, w)
	if err != nil {
		return err
	}
	like := providers.Resource{Kind: from.ResourceType().Kind}
	if flags.app != "" {
		like = like.With(map[string]string{"app": flags.app})
	}
	listing := c.progress("listing what " + flags.provider + " has")
	all, err := from.Resources(ctx, like)
	listing.done()
	if err != nil {
		return fmt.Errorf("list what %s has: %w", flags.provider, err)
	}
	files, notes := known.undeclared(flags.provider, from.ResourceType(), all, domain)
	for _, note := range notes {
		fmt.Fprintln(c.stderr, "note: "+render.Shown(note))
	}
	if flags.out == "" {
		c.writeDomainFiles(files)
		return nil
	}
	return c.saveDomainFiles(flags.out, files, known.files)
}

// declaredDomains are what the zones repository has: the zones and domains that a resource can belong to, and what is declared.
type declaredDomains struct {
	names        map[zonefile.Name]bool
	files        map[zonefile.Name]string // of domains, as people know them
	zoneFiles    map[zonefile.Name]string // of zones
	declarations []domainfile.Declaration
}

// declaredDomains reads what the zones repository has. It may be empty: that is where an import begins.
func (c *common) declaredDomains(ctx context.Context, w *workspace) (declaredDomains, error) {
	known := declaredDomains{names: map[zonefile.Name]bool{}, files: map[zonefile.Name]string{}, zoneFiles: map[zonefile.Name]string{}}
	if err := c.readSource(ctx, w); errors.Is(err, git.ErrEmpty) {
		return known, nil
	} else if err != nil {
		return known, err
	}
	w.planner.Targets, w.planner.Resources = w.config.declared()
	findings, _, err := w.planner.Check(ctx, w.tree, reconcile.Selection{})
	if errors.Is(err, reconcile.ErrNoZones) {
		return known, nil
	}
	for _, f := range findings {
		known.names[f.Zone] = true
		if f.Declares {
			known.files[f.Zone] = f.Source
		} else {
			known.zoneFiles[f.Zone] = f.Source
		}
		if !f.Declares || f.Err != nil {
			continue
		}
		file, err := domainfile.Parse(w.tree.FS, f.Files[0], w.planner.Domains)
		if err != nil {
			return known, err
		}
		known.declarations = append(known.declarations, file.Declarations...)
	}
	return known, err
}

// has reports whether a resource of a provider is declared.
func (d declaredDomains) has(provider string, r providers.Resource) bool {
	return slices.ContainsFunc(d.declarations, func(other domainfile.Declaration) bool {
		return other.Provider == provider && other.Resource.Kind == r.Kind && other.Resource.Name == r.Name
	})
}

// domainOf returns the domain that a resource belongs to: a delegation to itself, and others to the nearest name above that is known, or to other if they
// are in that.
func (d declaredDomains) domainOf(r providers.Resource, other zonefile.Name) zonefile.Name {
	if r.Kind == providers.Delegation {
		return r.Name
	}
	for name := r.Name; !name.IsRoot(); name = name.Parent() {
		if d.names[name] {
			return name
		}
	}
	switch {
	case !other.IsZero() && r.Name.In(other):
		return other
	case r.Name.IsWildcard():
		return r.Name.Parent()
	}
	return r.Name
}

// undeclared returns the files of domains that declare what a provider has and nobody declares yet, in order of their domains. The notes tell of what they do not have.
func (d declaredDomains) undeclared(provider string, typ providers.ResourceType, all []*providers.ResourceSnapshot, other zonefile.Name) ([]*domainfile.File, []string) {
	byDomain := map[zonefile.Name]*domainfile.File{}
	var notes []string
	declared := 0
	for _, snapshot := range all {
		if d.has(provider, snapshot.Resource) {
			declared++
			continue
		}
		domain := d.domainOf(snapshot.Resource, other)
		if byDomain[domain] == nil {
			byDomain[domain] = &domainfile.File{Domain: domain, Path: zonefile.FileName(domain) + ".domain.yaml"}
		}
		declaration, left := asDeclared(provider, typ, domain, snapshot)
		byDomain[domain].Declarations = append(byDomain[domain].Declarations, declaration)
		notes = append(notes, left...)
	}
	switch {
	case declared > 0:
		notes = append(notes, fmt.Sprintf("%s of %s %s declared already", render.Count(declared, "resource", "resources"), provider, render.Verb(declared, "is", "are")))
	case len(all) == 0:
		notes = append(notes, provider+" has nothing to import")
	}
	return slices.SortedFunc(maps.Values(byDomain), func(a, b *domainfile.File) int { return a.Domain.Compare(b.Domain) }), notes
}

// asDeclared returns what declares a resource as it is. What of it is empty is left out, so that it stays as it is.
func asDeclared(provider string, typ providers.ResourceType, domain zonefile.Name, live *providers.ResourceSnapshot) (d domainfile.Declaration, notes []string) {
	d = domainfile.Declaration{Provider: provider, Resource: providers.Resource{Kind: live.Kind, Name: live.Name}}
	text := func() string {
		return string(domainfile.Format(&domainfile.File{Domain: domain, Declarations: []domainfile.Declaration{d}}))
	}
	for _, spec := range typ.Fields {
		value := live.Fields[spec.Name]
		if value == "" {
			continue
		}
		before, without := d.Resource, text()
		d.Resource = d.Resource.With(map[string]string{spec.Name: value})
		// What the file has no place for, or would read as something else, is not in the text of it.
		if strings.Contains(value, "${") || text() == without {
			d.Resource = before
			notes = append(notes, fmt.Sprintf("%s on %s: not written: %s, which is %q there; it stays as it is unless the file says how it is to be", live.Resource, provider, spec.Name, value))
		}
	}
	return d, notes
}

// writeDomainFiles writes files to standard output, each below its name.
func (c *common) writeDomainFiles(files []*domainfile.File) {
	for i, file := range files {
		text := string(domainfile.Format(file))
		if isTerminal(c.stdout.file) {
			text = render.Lines(text)
		}
		if i > 0 {
			fmt.Fprintln(c.stdout)
		}
		fmt.Fprintf(c.stdout, "# %s\n%s", render.Shown(file.Path), text)
	}
}

// saveDomainFiles writes files into a folder. If one of them is there already, or the domain has another one in the zones repository, none is written.
func (c *common) saveDomainFiles(dir string, files []*domainfile.File, known map[zonefile.Name]string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return &usageError{err: fmt.Errorf("--out: %w", err)}
	}
	defer root.Close()
	var there []error
	for _, file := range files {
		path := filepath.Join(dir, file.Path)
		_, err := root.Lstat(file.Path)
		switch other, has := known[file.Domain]; {
		case !errors.Is(err, fs.ErrNotExist):
			there = append(there, fmt.Errorf("%s is there already, and no file is overwritten", path))
		case has:
			there = append(there, fmt.Errorf("%s: the domain has the file %s already", path, other))
		}
	}
	if len(there) > 0 {
		return &advisedError{errors.Join(there...), "without --out the declarations are on standard output: put into that file what it lacks"}
	}
	for _, file := range files {
		f, err := root.OpenFile(file.Path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err != nil {
			return fmt.Errorf("write the file of a domain: %w", err)
		}
		_, err = f.Write(domainfile.Format(file))
		if err := errors.Join(err, f.Close()); err != nil {
			return fmt.Errorf("write %s: %w", filepath.Join(dir, file.Path), err)
		}
		fmt.Fprintf(c.stdout, "%s: %s\n", render.Shown(filepath.Join(dir, file.Path)), render.Count(len(file.Declarations), "resource", "resources"))
	}
	return nil
}
