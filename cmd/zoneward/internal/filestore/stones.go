package filestore

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/zoneward/zoneward/reconcile"
)

// graves are the tombstones in a folder.
type graves struct {
	folder
	zones map[string]grave // what was read of each folder in it
}

// grave is what was read of the folder of a zone.
type grave struct {
	modified time.Time
	settled  bool // it would have another time if it had changed since it was read
	stones   []placed
}

// placed is a tombstone, without the export of a zone, and where it is.
type placed struct {
	reconcile.Tombstone
	file string
	// entry is the number that its intent had in the audit log that there was then.
	entry int64
}

// timeGrain is how far the times of two changes of a folder may be apart, and be the same.
const timeGrain = 2 * time.Second

// stoneJSONFile is the file of a tombstone.
type stoneJSONFile struct {
	Version int `json:"version"`
	stoneJSON
	Entry int64 `json:"entry"`
}

// stoneFile matches the name of a tombstone's file.
var stoneFile = regexp.MustCompile(`^[^.].*-([0-9a-f]{16})\.json$`)

// stoneID matches the id of a tombstone.
var stoneID = regexp.MustCompile(`^[0-9a-f]{16}$`)

// fileOf returns where a tombstone is, and the export of a zone.
func fileOf(t reconcile.Tombstone) (file, export string) {
	stem := "zone"
	switch t.Kind {
	case reconcile.KindRRset:
		stem = fileName(t.Key.Name) + "-" + t.Key.Type.String()
	case reconcile.KindResource:
		stem = string(t.Resource) + "-" + fileName(t.Key.Name)
	case reconcile.KindZone, reconcile.KindProperty:
	}
	file = path.Join(folderOf(t.Zone), stem+"-"+t.ID)
	return file + ".json", file + ".zone.txt"
}

// all returns the tombstones by their ids. Beside an error are those that can be read.
func (g *graves) all() (map[string]placed, error) {
	entries, err := fs.ReadDir(g.root.FS(), ".")
	if err != nil {
		return nil, err
	}
	stones := map[string]placed{}
	seen := map[string]grave{}
	var damage []error
	for _, entry := range entries {
		if !entry.IsDir() || strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		zone, err := g.zone(entry.Name())
		damage = append(damage, err)
		seen[entry.Name()] = zone
		for _, stone := range zone.stones {
			if other, twice := stones[stone.ID]; twice {
				damage = append(damage, fmt.Errorf("the tombstone %s is there twice: %s and %s", stone.ID, g.at(other.file), g.at(stone.file)))
				continue
			}
			stones[stone.ID] = stone
		}
	}
	if err := errors.Join(damage...); err != nil {
		return stones, err
	}
	g.zones = seen
	return stones, nil
}

// of returns the tombstones of those zones on targets, of all if there are none. It looks at the folders in which they are buried. What was read of the
// others, to which somebody may have moved one, is taken to be as it was.
func (g *graves) of(wanted []reconcile.Ref) ([]placed, error) {
	if len(wanted) == 0 || g.zones == nil {
		if _, err := g.all(); err != nil {
			return nil, err
		}
	}
	for _, ref := range wanted {
		name := folderOf(ref.Zone)
		zone, err := g.zone(name)
		if err != nil {
			return nil, err
		}
		g.zones[name] = zone
	}
	var stones []placed
	for _, zone := range g.zones {
		for _, stone := range zone.stones {
			if len(wanted) == 0 || slices.Contains(wanted, stone.Ref) {
				stones = append(stones, stone)
			}
		}
	}
	return stones, nil
}

func (g *graves) at(file string) string { return filepath.Join(g.path, filepath.FromSlash(file)) }

// zone reads the tombstones in the folder of a zone, unless it is as it was when it was read. There are none where there is no folder. Beside an
// error are those that can be read.
func (g *graves) zone(name string) (grave, error) {
	info, err := g.root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) || err == nil && !info.IsDir():
		return grave{}, nil
	case err != nil:
		return grave{}, err
	}
	modified := info.ModTime()
	if was, ok := g.zones[name]; ok && was.settled && was.modified.Equal(modified) {
		return was, nil
	}
	read := grave{modified: modified, settled: time.Since(modified) > timeGrain}
	var damage []error
	entries, err := fs.ReadDir(g.root.FS(), name)
	if err != nil {
		return grave{}, err
	}
	for _, entry := range entries {
		match := stoneFile.FindStringSubmatch(entry.Name())
		if match == nil {
			continue
		}
		stone, err := g.read(path.Join(name, entry.Name()))
		if err == nil && stone.ID != match[1] {
			err = fmt.Errorf("it has the id %q, and its name another", stone.ID)
		}
		if err != nil {
			damage = append(damage, fmt.Errorf("the tombstone %s: %w: bring it back as it was, or move it out of %s", g.at(path.Join(name, entry.Name())), err, g.path))
			continue
		}
		read.stones = append(read.stones, stone)
	}
	return read, errors.Join(damage...)
}

func (g *graves) read(file string) (placed, error) {
	content, err := g.content(file)
	if err != nil {
		return placed{}, err
	}
	var doc stoneJSONFile
	if err := json.Unmarshal(content, &doc); err != nil {
		return placed{}, err
	}
	if err := checkVersion(doc.Version); err != nil {
		return placed{}, err
	}
	stone, err := doc.stone()
	return placed{stone, file, doc.Entry}, err
}

// export returns the zone file of the tombstone of a zone.
func (g *graves) export(p placed) (string, error) {
	if p.Kind != reconcile.KindZone {
		return "", nil
	}
	content, err := g.content(strings.TrimSuffix(p.file, ".json") + ".zone.txt")
	return string(content), err
}

// bury writes the tombstones of the intent that will have a number in the audit log, all or none of them.
func (g *graves) bury(stones []reconcile.Tombstone, entry int64) (err error) {
	if len(stones) == 0 {
		return nil
	}
	there, err := g.all()
	if err != nil {
		return err
	}
	for _, t := range stones {
		if !stoneID.MatchString(t.ID) {
			return fmt.Errorf("bury %s of %s: %q is no id", t.Key, t.Ref, t.ID)
		}
		if other, twice := there[t.ID]; twice {
			return fmt.Errorf("bury %s of %s as %s: that is %s", t.Key, t.Ref, t.ID, g.at(other.file))
		}
		there[t.ID] = placed{Tombstone: t}
	}
	var written []string
	defer func() {
		if err == nil {
			return
		}
		for _, name := range written {
			err = errors.Join(err, g.remove(name))
		}
	}()
	for _, t := range stones {
		t.State, t.StateAt = reconcile.Buried, t.BuriedAt
		file, export := fileOf(t)
		if err := g.mkdir(path.Dir(file)); err != nil {
			return err
		}
		if t.Kind == reconcile.KindZone {
			written = append(written, export)
			if err := g.write(export, []byte(t.Export)); err != nil {
				return err
			}
		}
		written = append(written, file)
		if err := g.put(placed{t, file, entry}); err != nil {
			return err
		}
	}
	return g.syncOf(written)
}

// unbury removes the tombstones of an intent that came to nothing before it was noted.
func (g *graves) unbury(stones []reconcile.Tombstone) error {
	var errs []error
	for _, t := range stones {
		file, export := fileOf(t)
		errs = append(errs, g.remove(file))
		if t.Kind == reconcile.KindZone {
			errs = append(errs, g.remove(export))
		}
	}
	return errors.Join(errs...)
}

// put writes the file of a tombstone.
func (g *graves) put(p placed) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(stoneJSONFile{formatVersion, stoneToJSON(p.Tombstone), p.entry}); err != nil {
		return err
	}
	return g.write(p.file, b.Bytes())
}

// syncOf syncs the folders that files are in.
func (g *graves) syncOf(files []string) error {
	var folders []string
	for _, file := range files {
		folders = append(folders, path.Dir(file))
	}
	slices.Sort(folders)
	for _, name := range slices.Compact(folders) {
		if err := g.sync(name); err != nil {
			return err
		}
	}
	return nil
}

// change gives tombstones the states that they are in by now.
func (g *graves) change(states map[string]reconcile.StoneState, at time.Time) error {
	if len(states) == 0 {
		return nil
	}
	there, err := g.all()
	if err != nil {
		return err
	}
	var written []string
	for id, state := range states {
		stone, ok := there[id]
		if !ok || !stone.State.Standing() || stone.State == state {
			continue // it was removed by hand, or came to its end before
		}
		stone.State, stone.StateAt = state, at
		if err := g.put(stone); err != nil {
			return err
		}
		written = append(written, stone.file)
	}
	return g.syncOf(written)
}

// asked reports whether a query is about a tombstone.
func asked(q reconcile.TombstoneQuery, t reconcile.Tombstone) bool {
	return (q.Zone.IsZero() || q.Zone == t.Zone) && (q.Target == "" || q.Target == t.Target) &&
		(q.Name.IsZero() || q.Name == t.Key.Name) && (q.Type == 0 || q.Type == t.Key.Type) && (q.Closed || t.State.Standing())
}

// newestFirst orders tombstones, and those of one time by what they are about.
func newestFirst(a, b placed) int {
	return cmp.Or(b.BuriedAt.Compare(a.BuriedAt), cmp.Compare(b.entry, a.entry), a.Compare(b.Ref), a.Key.Compare(b.Key), strings.Compare(a.ID, b.ID))
}
