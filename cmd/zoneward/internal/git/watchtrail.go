package git

import (
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// maxTrail bounds the names that are looked up on the way to a path: links can lead in a loop.
const maxTrail = 1000

// trail returns where path, which is absolute, leads, and the points on the way that decide it: each symbolic link,
// what there is in the end, and, where the way ends before that, what is missing. Who watches them learns of a link
// that is set to something else, of what is removed and made again, and of what is made at last; not of a directory
// on the way that is moved, and another put in its place.
func trail(path string) (points map[string]bool, real string) {
	volume := filepath.VolumeName(path)
	top := volume + string(filepath.Separator)
	points, real = make(map[string]bool), top
	rest := elements(path[len(volume):])
	for hops := 0; len(rest) > 0; hops++ {
		elem := rest[0]
		rest = rest[1:]
		if elem == ".." {
			real = filepath.Dir(real)
			continue
		}
		real = filepath.Join(real, elem)
		info, err := os.Lstat(real)
		if err == nil && info.IsDir() && len(rest) > 0 {
			continue
		}
		points[real] = true
		if err != nil || info.Mode()&fs.ModeSymlink == 0 || hops > maxTrail {
			break
		}
		target, err := os.Readlink(real)
		if err != nil {
			break // it was a link a moment ago
		}
		real = filepath.Dir(real)
		if filepath.IsAbs(target) {
			real = top
		}
		rest = slices.Concat(elements(target), rest)
	}
	return points, filepath.Join(real, filepath.Join(rest...))
}

// elements are the names that make up a path, without those that lead nowhere else.
func elements(path string) []string {
	names := strings.FieldsFunc(path, func(r rune) bool { return r == filepath.Separator || r == '/' })
	return slices.DeleteFunc(names, func(name string) bool { return name == "." })
}

// dirsBelow are root and the directories below it that are neither hidden nor left out, each before it is looked
// into. No link is followed.
func dirsBelow(root string, skip func(string) bool) iter.Seq[string] {
	return func(yield func(string) bool) {
		_ = filepath.WalkDir(root, func(at string, d fs.DirEntry, err error) error {
			switch {
			case err != nil, !d.IsDir():
				return nil // gone again, or a file
			case at != root && (hidden(d.Name()) || skip(at)):
				return fs.SkipDir
			case !yield(at):
				return fs.SkipAll
			}
			return nil
		})
	}
}

// isBelow says that path is root or below it, both being without links.
func isBelow(root, path string) bool {
	if root == "" {
		return false
	}
	rel, err := filepath.Rel(root, path)
	return err == nil && filepath.IsLocal(rel)
}
