package main

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/git"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/reconcile/domainfile"
	"github.com/zoneward/zoneward/zonefile"
)

// fileToFormat is a file that is formatted: standard input, or in a directory that nothing leads out of.
type fileToFormat struct {
	name   string                 // for people
	input  func() (string, error) // standard input; nil for a file
	root   *os.Root
	path   string        // below root
	yaml   bool          // and no master file
	origin zonefile.Name // of its zone, the zero Name if it is not known
	zone   string        // the path of the master file that it is read by: its own, or that of the zone that includes it
}

// fsys returns the file system that a file is in.
func (f fileToFormat) fsys() fs.FS {
	if f.root == nil {
		return embed.FS{} // which is empty
	}
	return f.root.FS()
}

// text reads the file.
func (f fileToFormat) text() (string, error) {
	if f.input != nil {
		return f.input()
	}
	info, err := f.root.Stat(f.path)
	switch {
	case err != nil:
		return "", reasonOf(err)
	case !info.Mode().IsRegular():
		return "", errors.New("not a regular file")
	}
	file, err := f.root.FS().Open(f.path)
	if err != nil {
		return "", reasonOf(err)
	}
	defer file.Close()
	return readAtMost(file)
}

// reasonOf returns why something could not be done to a file, without its path, which is said in front.
func reasonOf(err error) error {
	if failed, ok := errors.AsType[*fs.PathError](err); ok {
		return failed.Err
	}
	return err
}

// filesToFormat are the files that are meant.
type filesToFormat struct {
	all   []fileToFormat
	code  exitCode // exitError if something could not be looked into, which was said
	roots []*os.Root
	seen  map[string]bool
}

func (f *filesToFormat) close() {
	for _, root := range f.roots {
		_ = root.Close()
	}
}

// open opens a directory for its files.
func (f *filesToFormat) open(dir string) (*os.Root, error) {
	root, err := os.OpenRoot(dir)
	if err == nil {
		f.roots = append(f.roots, root)
	}
	return root, err
}

// add adds a file unless it is there already.
func (f *filesToFormat) add(dir string, file fileToFormat) {
	file.name = filepath.ToSlash(filepath.Join(dir, filepath.FromSlash(file.path)))
	file.zone = cmp.Or(file.zone, file.path)
	if !f.seen[file.name] {
		f.seen[file.name] = true
		f.all = append(f.all, file)
	}
}

// filesToFormat finds the files that are meant. The caller closes them.
func (c *common) filesToFormat(ctx context.Context, flags fmtFlags, args []string) (_ *filesToFormat, err error) {
	files := &filesToFormat{seen: map[string]bool{}}
	defer func() {
		if err != nil {
			files.close()
		}
	}()
	named, err := flags.named()
	if err != nil {
		return nil, err
	}
	if len(args) == 0 {
		return files, c.addSource(ctx, files)
	}
	if slices.Contains(args, "-") {
		if len(args) > 1 || flags.write {
			return nil, &usageError{err: errors.New("-: standard input is formatted alone, to standard output")}
		}
		named.name, named.path, named.zone = "<standard input>", "stdin", "stdin"
		named.input = func() (string, error) { return readAtMost(c.stdin) }
		files.all = []fileToFormat{named}
		return files, nil
	}
	for _, arg := range args {
		if err := files.addArgument(arg, flags, named); err != nil {
			fmt.Fprintf(c.stderr, "error: %s: %s\n", render.Shown(arg), render.Lines(reasonOf(err).Error()))
			files.code = exitError
		}
	}
	return files, nil
}

// named returns what the flags say of a file.
func (f fmtFlags) named() (fileToFormat, error) {
	var file fileToFormat
	switch f.input {
	case "", "bind":
	case "yaml":
		file.yaml = true
	default:
		return file, &usageError{err: fmt.Errorf("--input %q: want bind or yaml", f.input)}
	}
	if f.origin != "" {
		var err error
		if file.origin, err = zonefile.ParseUnicodeName(f.origin, zonefile.Root); err != nil {
			return file, &usageError{err: fmt.Errorf("--origin: %w", err)}
		}
	}
	return file, nil
}

// errNothingToFormat says that a directory is most likely not the one that was meant.
var errNothingToFormat = errors.New("there is no zone file in it: none called {origin}.zone, {origin}.yaml or {origin}.domain.yaml, in folders below it either")

// addArgument adds what an argument names.
func (f *filesToFormat) addArgument(arg string, flags fmtFlags, named fileToFormat) error {
	info, err := os.Stat(arg)
	if err != nil {
		return err
	}
	if info.IsDir() {
		root, err := f.open(arg)
		if err != nil {
			return err
		}
		some, err := f.walk(root, arg, func(string) bool { return false })
		if err == nil && !some {
			err = errNothingToFormat
		}
		return err
	}
	dir, base := filepath.Split(filepath.Clean(arg))
	file := named
	if file.root, err = f.open(cmp.Or(dir, ".")); err != nil {
		return err
	}
	file.path = base
	if flags.input == "" {
		file.yaml = isYAMLFile(base)
	}
	if file.origin.IsZero() {
		file.origin = originOfFile(filepath.ToSlash(arg))
	}
	f.add(dir, file)
	return nil
}

// originOfFile returns the zone that a file is of by its name, or by that of the split directory that it is in, and the zero Name if that is not known.
func originOfFile(file string) zonefile.Name {
	origin, ok := zonefile.OriginOf(path.Base(file))
	if dir := path.Base(path.Dir(file)); isYAMLFile(file) && strings.HasSuffix(dir, ".") && strings.Trim(dir, ".") != "" {
		origin, ok = zonefile.OriginOf(dir)
	}
	if !ok {
		return zonefile.Name{}
	}
	return origin
}

// isYAMLFile reports whether a name is that of a file in YAML.
func isYAMLFile(file string) bool {
	extension := strings.ToLower(path.Ext(file))
	return extension == ".yaml" || extension == ".yml"
}

// addSource adds all zone files of the source directory: those that the rules of the configuration give to zones, and others that are there.
func (c *common) addSource(ctx context.Context, files *filesToFormat) error {
	w, err := c.openBase(ctx, false)
	if err != nil {
		return err
	}
	defer w.close()
	if w.config.source.git != nil {
		return &usageError{errors.New("the source is a git repository, of which nothing here is a copy to work on"), "name the files or the directory to format"}
	}
	w.planner.Targets, w.planner.Resources = w.config.declared()
	if err := c.readSource(ctx, w); err != nil {
		return err
	}
	findings, _, err := w.planner.Check(ctx, w.tree, reconcile.Selection{})
	if err != nil && !errors.Is(err, reconcile.ErrNoZones) {
		return err
	}
	root, err := files.open(w.config.source.path)
	if err != nil {
		return fmt.Errorf("open the source: %w", err)
	}
	for _, found := range findings {
		for i, file := range found.Files {
			if info, err := root.Lstat(file); err != nil || !info.Mode().IsRegular() {
				continue // a split directory, or a link: what it leads to has a name of its own
			}
			f := fileToFormat{root: root, path: file, yaml: isYAMLFile(file)}
			if !found.Declares {
				f.origin = found.Zone
			}
			if i > 0 && !f.yaml {
				f.zone = found.Files[0]
			}
			files.add(w.config.source.dir, f)
		}
	}
	if _, err := files.walk(root, w.config.source.dir, w.config.source.skips); err != nil {
		return err
	}
	slices.SortStableFunc(files.all, func(a, b fileToFormat) int { return strings.Compare(a.name, b.name) })
	if len(files.all) == 0 {
		return fmt.Errorf("read the source: %w", git.ErrEmpty)
	}
	return nil
}

// walk adds the zone files and files of domains below a directory that is shown as dir: as the source directory is searched, in the order of their paths. It reports whether there are
// any, those too that are among the files already, or are links, which are not formatted.
func (f *filesToFormat) walk(root *os.Root, dir string, skip func(path string) bool) (some bool, err error) {
	err = fs.WalkDir(root.FS(), ".", func(file string, entry fs.DirEntry, err error) error {
		base := entry.Name()
		switch {
		case err != nil:
			return err
		case file == ".":
			return nil
		case strings.HasPrefix(base, "."), skip(file), entry.IsDir() && base == "tests":
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		case entry.IsDir():
			return nil
		}
		found := fileToFormat{root: root, path: file, yaml: isYAMLFile(base), origin: originOfFile(file)}
		if _, declares := domainfile.DomainOf(file); !declares && found.origin.IsZero() {
			return nil
		}
		if some = true; !entry.Type().IsRegular() { // nor a link: what it leads to has a name of its own
			return nil
		}
		f.add(dir, found)
		return f.addIncluded(dir, found)
	})
	return some, err
}

// addIncluded adds the files that a master file includes, which are formatted as parts of that zone.
func (f *filesToFormat) addIncluded(dir string, zone fileToFormat) error {
	if zone.yaml {
		return nil
	}
	text, err := zone.text()
	if err != nil || !strings.Contains(strings.ToUpper(text), "$INCLUDE") {
		return nil // whoever formats it says what is wrong
	}
	file, err := zonefile.ParseBIND(zone.root.FS(), zone.path, zonefile.BINDOptions{Origin: zone.origin})
	if err != nil {
		return nil
	}
	for _, included := range file.Files()[1:] {
		f.add(dir, fileToFormat{root: zone.root, path: included, origin: zone.origin, zone: zone.path})
	}
	return nil
}
