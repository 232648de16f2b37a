package reconcile

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/sync/errgroup"

	"github.com/zoneward/zoneward/zonefile"
)

// Rule says which zones go where. For each zone and target the first rule that matches the zone and names the target counts.
type Rule struct {
	// Match has patterns for zone names without the dot at the end, see [Glob]: "example.com", "*.example", "*".
	Match []string
	// File is the zone's file relative to the source directory, with "{origin}" for the zone's name. It is empty if the file is
	// the one in the source directory, or a folder below it, that is called as the zone is.
	File string
	// Beside are further files in the form of File, which are read with it as one zone. There are none without a File.
	Beside []string
	// Targets are the names of the providers that the zone is written to.
	Targets []string
	// CreateZone says that a zone that a target does not have is created there, nil for what is usual with the target.
	CreateZone *bool
	// Kind is the provider's word for the kind of zone that is created.
	Kind string
	// Properties are those that the zones have, see providers.ZoneConfigurer. What is not named stays as it is.
	Properties map[string]string
	// AutoPTR says which PTR records the reverse zones have beside those of their files, nil for none.
	AutoPTR *AutoPTR
	// Policy of the zones of this rule.
	Policy Policy
}

// matches reports whether the rule is about that zone, and whether it names it without an asterisk.
func (r Rule) matches(zone zonefile.Name) bool {
	text := strings.TrimSuffix(zone.String(), ".")
	return slices.ContainsFunc(r.Match, func(pattern string) bool { return Glob(strings.TrimSuffix(pattern, "."), text) })
}

// desiredZone is what the zones repository says about a zone on a target.
type desiredZone struct {
	Ref
	rule   Rule
	source string         // the file or split directory, relative to the source directory
	beside []string       // the files that are read with it as one zone
	file   *zonefile.File // nil if err is not
	parsed *parsed        // what file is of, nil if it was made
	err    error
	// optional says that err is no error for a zone that was never applied: the rule is for more zones than it has files for.
	optional bool
	// gone says that the repository does not have the zone, and the file stands for that: it is empty. unread is why, if it has it and it could not
	// be read.
	gone   bool
	unread error
	// unit is what is declared of resources, nil for a zone.
	unit *resourceUnit
	// ending are the tombstones that end now, whether their retention is over or not.
	ending []Tombstone
	// gives is what resources give the zone, and stated the zone without that; both nil if they give nothing.
	gives  *published
	stated *desiredZone
	// clashes are the problems of what resources are going to give it.
	clashes []zonefile.Problem
	// parent is what is known of its delegation, nil if that is not declared.
	parent *parentSide
	// pointed is what it has as a reverse zone that its file does not state, and file has it; nil for none.
	pointed *pointed
	// neighbours are those of a reverse zone while it is planned.
	neighbours *neighbours

	once sync.Once
	sum  zonefile.Digest
}

// broken reports whether the zone has no plan until its file is changed.
func (d *desiredZone) broken() bool {
	if d.stated != nil {
		return d.stated.broken()
	}
	return d.err != nil || d.file.Err() != nil
}

// made reports whether a live zone has nothing but an SOA and NS at its apex and what the zone file states: as somebody leaves it who is
// interrupted after the zone was created.
func (d *desiredZone) made(live *zonefile.Zone) bool {
	for set := range live.All() {
		if !isApex(set.Key, d.Zone) && !set.Key.Type.Signing() && !d.file.Zone.Has(set.Key) {
			return false
		}
	}
	return true
}

// digest returns the digest of all that the zones repository has for the zone's plan.
func (d *desiredZone) digest() zonefile.Digest {
	if d.stated != nil {
		return d.stated.digest()
	}
	d.once.Do(func() {
		if d.unit != nil && d.err == nil {
			d.sum = d.unit.digest
			return
		}
		if d.err != nil {
			d.sum = sha256.Sum256([]byte(d.err.Error()))
			return
		}
		if d.pointed != nil {
			d.sum = d.pointed.digest
			return
		}
		if d.parsed != nil {
			d.sum = d.parsed.digest()
			return
		}
		d.sum = d.file.Digest()
	})
	return d.sum
}

// desiredState is what a tree says about zones.
type desiredState struct {
	zones   []*desiredZone // ordered by Ref
	notices []string
	// present are all zones that the tree has, also those that are not meant; of a group those of the group. beside are those of all groups, nil if
	// present has all.
	present, beside map[Ref]bool
	// claimed says of zones that have a file, and none for that target, why.
	claimed map[Ref]string
	// blind are paths that could not be looked into: there may be zones below.
	blind []string
	// domains are what is declared beside zones.
	domains domains
}

// reader finds the zone files of a tree and reads them.
type reader struct {
	rules      []Rule
	limits     zonefile.Limits
	ttl        zonefile.TTL
	semicolons zonefile.Semicolons
	only       func(Ref) bool
	// domains reads the files that declare resources.
	domains func(tree fs.FS, paths []string) domains
	cache   *parseCache                             // nil for none
	judge   func(*zonefile.File) []zonefile.Problem // nil for none
	folder  string                                  // see Planner.Folder
}

// ErrNoZones is returned for a tree in which no file is a zone's: it never means that all zones are gone.
var ErrNoZones = errors.New("no zone files: want {origin}.zone or {origin}.yaml, in the source directory or a folder below it")

// read returns the desired state. A zone that cannot be read is in it with its error, and keeps no other from being read.
func (r reader) read(ctx context.Context, tree fs.FS) (desiredState, error) {
	found, err := findZoneFiles(tree)
	if err != nil {
		return desiredState{}, err
	}
	state, aside, all := r.assign(found, tree)
	state.notices, state.blind = append(found.notices, state.notices...), found.blind
	if all == 0 && (len(found.domains) == 0 || len(r.rules) > 0) {
		return desiredState{}, ErrNoZones
	}
	state.domains = r.domains(tree, found.domains)
	r.cache.begin()
	if err := r.parse(ctx, tree, state.zones); err != nil {
		return state, err
	}
	return state, r.point(ctx, tree, &state, aside)
}

// zoneFiles is what is in a tree.
type zoneFiles struct {
	// of has the files and split directories of each zone, by name.
	of map[zonefile.Name][]string
	// notices are about files that look like a zone's and are none.
	notices []string
	blind   []string // see desiredState
	// domains are the files that declare resources.
	domains []string
}

// findZoneFiles returns what is in a tree.
func findZoneFiles(tree fs.FS) (zoneFiles, error) {
	found := zoneFiles{of: map[zonefile.Name][]string{}}
	add := func(file string, entry fs.DirEntry) {
		if origin, ok := zonefile.OriginOf(file); ok {
			found.of[origin] = append(found.of[origin], file)
			return
		}
		if why := zonefile.NotAZone(file); why != "" {
			found.notices = append(found.notices, fmt.Sprintf("%q: %s", file, why))
		}
		if entry.Type()&fs.ModeSymlink == 0 {
			return
		}
		if _, err := fs.Stat(tree, file); err != nil {
			found.blind = append(found.blind, file)
		}
	}
	err := fs.WalkDir(tree, ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if file == "." {
				return nil
			}
			if base := entry.Name(); strings.HasPrefix(base, ".") || base == "tests" {
				return fs.SkipDir
			}
			if _, ok := zonefile.OriginOf(file); ok {
				add(file, entry)
				return fs.SkipDir
			}
			return nil
		}
		if strings.HasPrefix(entry.Name(), ".") {
			return nil
		}
		if declares(entry.Name()) {
			found.domains = append(found.domains, file)
			return nil
		}
		add(file, entry)
		return nil
	})
	if err != nil {
		return zoneFiles{}, fmt.Errorf("look for zone files: %w", err)
	}
	return found, nil
}

// unprintable reports whether a path could not be shown to anybody as it is.
func unprintable(file string) bool {
	return strings.ContainsFunc(file, func(r rune) bool { return !unicode.IsPrint(r) })
}

// missing reports whether a tree has nothing at a path. A link that leads nowhere, there or above, is something.
func missing(tree fs.FS, file string) bool {
	for file != "." {
		dir := path.Dir(file)
		entries, err := fs.ReadDir(tree, dir)
		switch {
		case err == nil:
			return !slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == path.Base(file) })
		case !errors.Is(err, fs.ErrNotExist):
			return false
		}
		file = dir
	}
	return false
}

// assign decides which file each zone has on each target. It returns beside the zones that are meant those that only leaves out, and how many there are of both.
func (r reader) assign(found zoneFiles, tree fs.FS) (state desiredState, aside []*desiredZone, all int) {
	claimed := map[string]bool{} // files that a rule names: they are no zone's by their own name
	origins := map[zonefile.Name]bool{}
	for origin := range found.of {
		origins[origin] = true
	}
	for _, rule := range r.rules {
		for _, literal := range rule.Match {
			if strings.Contains(literal, "*") || rule.File == "" {
				continue
			}
			if origin, err := zonefile.ParseUnicodeName(literal, zonefile.Root); err == nil {
				origins[origin] = true
			}
		}
		for _, file := range rule.files() {
			if !strings.Contains(file, originOfRule) {
				claimed[path.Clean(file)] = true
			}
		}
	}
	for origin := range origins {
		for _, rule := range r.rules {
			if rule.matches(origin) {
				for _, file := range rule.filesOf(origin) {
					claimed[file] = true
				}
			}
		}
	}

	state = desiredState{present: map[Ref]bool{}, claimed: map[Ref]string{}}
	for _, origin := range slices.SortedFunc(maps.Keys(origins), zonefile.Name.Compare) {
		free := slices.DeleteFunc(slices.Clone(found.of[origin]), func(file string) bool { return claimed[file] })
		assigned, matched := map[string]bool{}, false
		for _, rule := range r.rules {
			if !rule.matches(origin) {
				continue
			}
			matched = true
			for _, target := range rule.Targets {
				ref := Ref{origin, target}
				if assigned[target] {
					continue
				}
				zone := &desiredZone{Ref: ref, rule: rule}
				switch {
				case rule.File != "":
					// The rule claims the zone on this target also if a file is missing: no other rule's file may take its place.
					files := rule.filesOf(origin)
					zone.source, zone.beside = files[0], files[1:]
					zone.err, zone.optional = rule.stat(tree, origin)
				case len(free) == 0:
					if files := found.of[origin]; len(files) > 0 {
						state.claimed[ref] = fmt.Sprintf("its file %s is there, and a rule with file: has it for other targets", listFiles(files[:1]))
					}
					continue
				case slices.ContainsFunc(free, unprintable):
					// No other file may take its place: who knows which is meant.
					file := free[slices.IndexFunc(free, unprintable)]
					zone.source = strconv.Quote(file)
					zone.err = fmt.Errorf("%q: not read: there are characters in its path that do not print", file)
				case isSplitWithFile(free):
					zone.source, zone.beside = free[0], free[1:]
				case len(free) > 1:
					zone.source = free[0]
					zone.err = &TwoFilesError{Ref: ref, Files: free}
				default:
					zone.source = free[0]
				}
				assigned[target] = true
				if !zone.optional {
					all++
					state.present[ref] = true
				}
				if r.only == nil || r.only(ref) {
					state.zones = append(state.zones, zone)
				} else {
					aside = append(aside, zone)
				}
			}
		}
		if !matched && len(free) > 0 {
			all++
			state.notices = append(state.notices, fmt.Sprintf("%s: no rule under zones: in the configuration matches %s, so it goes nowhere", listFiles(free), origin))
		}
	}
	state.notices = append(state.notices, r.idle(origins)...)
	slices.SortFunc(state.zones, func(a, b *desiredZone) int { return a.Ref.Compare(b.Ref) })
	return state, aside, all
}

// idle returns notices about names in rules that no zone has: a slip of the pen, as often as not.
func (r reader) idle(origins map[zonefile.Name]bool) []string {
	var notices []string
	for _, rule := range r.rules {
		for _, name := range rule.Match {
			origin, err := zonefile.ParseUnicodeName(name, zonefile.Root)
			if !strings.Contains(name, "*") && (err != nil || !origins[origin]) {
				notices = append(notices, fmt.Sprintf("the rule for %s under zones: in the configuration matches no zone file", name))
			}
		}
	}
	return notices
}

// listFiles returns paths for people.
func listFiles(files []string) string {
	var all []string
	for _, file := range files {
		if unprintable(file) {
			file = strconv.Quote(file)
		}
		all = append(all, file)
	}
	return strings.Join(all, ", ")
}

// originOfRule stands for the name of the zone in the files of a rule.
const originOfRule = "{origin}"

// files returns the files that the rule names, none if it leaves that to their names.
func (r Rule) files() []string {
	if r.File == "" {
		return nil
	}
	return append([]string{r.File}, r.Beside...)
}

// filesOf returns the files of a zone under the rule, none if it names none.
func (r Rule) filesOf(origin zonefile.Name) []string {
	files := r.files()
	for i, file := range files {
		files[i] = path.Clean(strings.ReplaceAll(file, originOfRule, zonefile.FileName(origin)))
	}
	return files
}

// stat returns an error if one of the files of a zone under the rule is not there, and whether that is no error for a zone that was never
// applied: the rule does not name it, and has no file of its own for it.
func (r Rule) stat(tree fs.FS, origin zonefile.Name) (failed error, optional bool) {
	stated := r.files()
	own := slices.ContainsFunc(stated, func(file string) bool { return strings.Contains(file, originOfRule) })
	optional = !slices.Contains(r.Match, strings.TrimSuffix(origin.String(), "."))
	for i, file := range r.filesOf(origin) {
		_, err := fs.Stat(tree, file)
		if err != nil && failed == nil {
			failed = fmt.Errorf("zone file %s: %w", file, err)
		}
		if !own || strings.Contains(stated[i], originOfRule) {
			optional = optional && err != nil && errors.Is(err, fs.ErrNotExist) && missing(tree, file)
		}
	}
	return failed, optional && failed != nil
}

// isSplitWithFile reports whether the files of a zone are a split directory and a file in YAML beside it, which octoDNS reads as one zone. They
// are in their order.
func isSplitWithFile(files []string) bool {
	if len(files) != 2 || path.Ext(files[0]) != "." {
		return false
	}
	return files[1] == files[0]+"yaml" || files[1] == files[0]+"yml"
}

// TwoFilesError says that a zone has more than one file for a target, and nothing says which is meant.
type TwoFilesError struct {
	Ref   Ref
	Files []string
}

// Error names the files.
func (e *TwoFilesError) Error() string {
	return fmt.Sprintf("%s: %d files are for this zone (%s): remove all but one, or say which with file: in a rule",
		e.Ref, len(e.Files), strings.Join(e.Files, ", "))
}

// parse reads the zones' files, each once for all targets it goes to.
func (r reader) parse(ctx context.Context, tree fs.FS, zones []*desiredZone) error {
	wanted := map[zoneFile][]*desiredZone{}
	for _, zone := range zones {
		if zone.err == nil {
			f := zoneFile{zone.Zone, zone.source, strings.Join(zone.beside, besides)}
			wanted[f] = append(wanted[f], zone)
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallelReads)
	for f, all := range wanted {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			parsed := r.cache.parse(tree, f, zonefile.ParseOptions{Origin: f.zone, DefaultTTL: r.ttl, Limits: r.limits, Semicolons: r.semicolons}, look{othersIn(all), r.judge})
			for _, zone := range all {
				if zone.file, zone.parsed = parsed.file, parsed; parsed.err != nil {
					zone.err = fmt.Errorf("read %s: %w", f.file, parsed.err)
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// parallelReads is how many zone files are read at once: more than there are processors, as some wait for the disk.
const parallelReads = 8
