package git

import (
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/go-git/go-billy/v5/osfs"
	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/storage/filesystem"
)

const (
	cacheBytes   = 32 << 20 // of objects that others are deltas of
	maxMetaBytes = 64 << 20 // of a commit or a tree
)

// openStorage opens the repository at dir: a bare one, one with a work tree, or a linked work tree.
func openStorage(dir string) (*filesystem.Storage, error) {
	repo, err := gogit.PlainOpenWithOptions(dir, &gogit.PlainOpenOptions{EnableDotGitCommonDir: true})
	if err != nil {
		return nil, err
	}
	st, ok := repo.Storer.(*filesystem.Storage)
	if !ok {
		return nil, fmt.Errorf("%s: storage of an unknown kind: %T", dir, repo.Storer)
	}
	// The storage that go-git makes has a cache of three times the size, and finds no object by an absolute
	// alternate (git clone --shared).
	return filesystem.NewStorageWithOptions(st.Filesystem(), cache.NewObjectLRU(cacheBytes), filesystem.Options{
		AlternatesFS: osfs.New("/"),
	}), nil
}

// objects reads commits, trees and blobs of the repository at a directory. It may be used concurrently. Others may
// add to the repository and repack it meanwhile.
type objects struct {
	place *place
	made  map[plumbing.Hash][]object.TreeEntry // trees that no repository has, by the ids that they would have; set before use

	mu      sync.Mutex // go-git's storage is for one goroutine
	storage *filesystem.Storage
	damaged error // the last object that could not be read
}

// damageError says that something which ought to be in the repository could not be read.
type damageError struct {
	what string
	err  error
}

func (e *damageError) Error() string { return fmt.Sprintf("%s: %v", e.what, e.err) }
func (e *damageError) Unwrap() error { return e.err }

// damageIn is the *damageError that err wraps, or nil.
func damageIn(err error) error {
	if damage, ok := errors.AsType[*damageError](err); ok {
		return damage
	}
	return nil
}

// place is where a repository is. One that is moved is moved under the lock, so that whoever reads finds it in one
// place or in the other.
type place struct {
	mu  sync.RWMutex
	dir string
}

func openObjects(dir string) (*objects, error) { return openPlace(&place{dir: dir}) }

func openPlace(p *place) (*objects, error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	st, err := openStorage(p.dir)
	if err != nil {
		return nil, err
	}
	return &objects{place: p, storage: st}, nil
}

// damage is nil as long as every object could be read.
func (o *objects) damage() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.damaged
}

// read returns the content of an object, which hashes to its id. Errors wrap [ErrTooLarge] or are a *damageError.
func (o *objects) read(t plumbing.ObjectType, id plumbing.Hash, limit int64) ([]byte, error) {
	var data []byte
	err := o.lookUp(id, func(obj plumbing.EncodedObject) error {
		var err error
		data, err = contentOf(obj, t, id, limit)
		return err
	})
	return data, err
}

// size returns the size of a blob. Errors are as of read.
func (o *objects) size(id plumbing.Hash) (int64, error) {
	var size int64
	err := o.lookUp(id, func(obj plumbing.EncodedObject) error {
		size = obj.Size()
		return nil
	})
	return size, err
}

func (o *objects) lookUp(id plumbing.Hash, use func(plumbing.EncodedObject) error) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.place.mu.RLock()
	defer o.place.mu.RUnlock()
	try := func() (err error) {
		obj, err := o.storage.EncodedObject(plumbing.AnyObject, id)
		if err != nil {
			return err
		}
		return use(obj)
	}
	err := try()
	if err == nil || isTooLarge(err) {
		return err
	}
	// The storage knows the packs that were there when it first looked, and somebody may have repacked or moved them
	// since.
	if st, openErr := openStorage(o.place.dir); openErr == nil {
		o.storage = st
		err = try()
	}
	if err != nil && !isTooLarge(err) {
		err = &damageError{"object " + id.String(), err}
		o.damaged = err
	}
	return err
}

type sizeError struct{ size, limit int64 }

func (e *sizeError) Error() string {
	return fmt.Sprintf("%v: %d bytes, and %d are allowed", ErrTooLarge, e.size, e.limit)
}
func (e *sizeError) Unwrap() error { return ErrTooLarge }

func contentOf(obj plumbing.EncodedObject, t plumbing.ObjectType, id plumbing.Hash, limit int64) (data []byte, err error) {
	if obj.Type() != t {
		return nil, fmt.Errorf("is a %s, not a %s", obj.Type(), t)
	}
	if obj.Size() > limit {
		return nil, &sizeError{obj.Size(), limit}
	}
	r, err := obj.Reader()
	if err != nil {
		return nil, err
	}
	data = make([]byte, obj.Size())
	_, err = io.ReadFull(r, data)
	if closeErr := r.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return nil, err
	}
	// go-git checks a pack as it comes, not as it is read again.
	if plumbing.ComputeHash(t, data) != id {
		return nil, fmt.Errorf("the content does not hash to its id")
	}
	return data, nil
}

func (o *objects) commit(id plumbing.Hash) (*object.Commit, error) {
	obj, err := o.decoded(plumbing.CommitObject, id)
	if err != nil {
		return nil, err
	}
	var c object.Commit
	if err := c.Decode(obj); err != nil {
		return nil, fmt.Errorf("commit %s: %w", id, err)
	}
	return &c, nil
}

func (o *objects) tree(id plumbing.Hash) ([]object.TreeEntry, error) {
	if entries, ok := o.made[id]; ok {
		return entries, nil
	}
	obj, err := o.decoded(plumbing.TreeObject, id)
	if err != nil {
		return nil, err
	}
	var t object.Tree
	if err := t.Decode(obj); err != nil {
		return nil, fmt.Errorf("tree %s: %w", id, err)
	}
	return t.Entries, nil
}

func (o *objects) decoded(t plumbing.ObjectType, id plumbing.Hash) (plumbing.EncodedObject, error) {
	data, err := o.read(t, id, maxMetaBytes)
	if err != nil {
		return nil, err
	}
	obj := new(plumbing.MemoryObject)
	obj.SetType(t)
	_, err = obj.Write(data)
	return obj, err
}

// blob is the content of a file at a commit, read when it is asked for.
type blob struct {
	objects *objects
	hash    plumbing.Hash
	limit   int64
}

func (b blob) read() ([]byte, error) { return b.objects.read(plumbing.BlobObject, b.hash, b.limit) }
func (b blob) size() (int64, error)  { return b.objects.size(b.hash) }
func (b blob) id() (string, error)   { return b.hash.String(), nil }
