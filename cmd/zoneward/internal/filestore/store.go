package filestore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/zonelock"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// Store is a reconcile.Store that keeps tombstones and the audit log as files, and how the clocks stood. Applied state, graces, pins, suspensions and
// plans it forgets: those that come with an intent are in the audit log, and never in force.
//
// Several processes may use a folder at the same time, on file systems that have the locks of the operating system.
type Store struct {
	Nothing
	path  string
	write bool

	mu     sync.Mutex
	folder folder // without a root if there is none, and nothing is written
	audit  auditLog
	graves graves
}

var _ reconcile.Store = (*Store)(nil)

// ErrReadOnly is what the methods of a store that was opened to plan, and write, return.
var ErrReadOnly = errors.New("it was opened for reading only")

// Open opens the store in a folder, and makes the folder, open to its owner alone, if it is not there. What somebody was interrupted in is
// an open intent afterwards. It refuses a folder that this process may not write, or with a file that it cannot read.
func Open(ctx context.Context, dir string) (*Store, error) {
	s, err := open(dir, true)
	if err != nil {
		return nil, err
	}
	if err := s.change(ctx, s.adopt); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// OpenToPlan opens the store in a folder for those who only read, so that it may be one that this process cannot write. Where there is no folder it makes
// none, and the store is empty. The methods that write return an error that wraps ErrReadOnly. It refuses a folder whose audit log cannot be read; a
// tombstone that cannot be is an error of those methods that would have to know it.
func OpenToPlan(_ context.Context, dir string) (*Store, error) {
	s, err := open(dir, false)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &Store{path: dir}, nil
	case err != nil:
		return nil, err
	}
	if err := s.failed(s.audit.refresh()); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func open(dir string, write bool) (*Store, error) {
	s := &Store{path: dir, write: write}
	var err error
	if s.folder, err = openFolder(dir, write); err != nil {
		return nil, s.failed(err)
	}
	s.audit.folder, s.graves.folder = s.folder, s.folder
	return s, nil
}

// failed says which folder an error is about.
func (s *Store) failed(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("the tombstones in %s: %w", s.path, err)
}

// Close closes the folder.
func (s *Store) Close() error {
	if s.folder.root == nil {
		return nil
	}
	return s.folder.root.Close()
}

// read runs do, which looks at what is in the folder now. It is not run where there is none.
func (s *Store) read(ctx context.Context, do func() error) error {
	if s.folder.root == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed(do())
}

// change runs do while nobody else writes to the folder, with the audit log as it is now.
func (s *Store) change(ctx context.Context, do func() error) error {
	if !s.write {
		return s.failed(ErrReadOnly)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	release, err := s.folder.lock(ctx)
	if err != nil {
		return s.failed(err)
	}
	defer release()
	if err := s.audit.refresh(); err != nil {
		return s.failed(err)
	}
	return s.failed(do())
}

// adopt begins an intent for tombstones that are buried and belong to none that is open: whoever buried them was interrupted before the intent was noted,
// or the log is gone. The provider is asked then what became of them.
func (s *Store) adopt() error {
	stones, err := s.graves.all()
	if err != nil {
		return err
	}
	for in := range s.audit.opened() {
		for _, stone := range in.Stones {
			delete(stones, stone.ID)
		}
	}
	orphans := map[reconcile.Ref][]reconcile.Tombstone{}
	for _, id := range slices.Sorted(maps.Keys(stones)) {
		if stone := stones[id].Tombstone; stone.State == reconcile.Buried {
			orphans[stone.Ref] = append(orphans[stone.Ref], stone)
		}
	}
	for _, ref := range slices.SortedFunc(maps.Keys(orphans), reconcile.Ref.Compare) {
		in := reconcile.Intent{Ref: ref, Writer: orphans[ref][0].Writer, Plan: orphans[ref][0].Plan, Why: "apply", At: time.Now()}
		for _, stone := range orphans[ref] {
			change := reconcile.Change{Kind: stone.Kind, Action: reconcile.Retire, Key: stone.Key}
			switch stone.Kind {
			case reconcile.KindRRset:
				change.Old = &stone.RRset
			case reconcile.KindResource:
				change.Resource = givenUp(stone)
			case reconcile.KindZone, reconcile.KindProperty: // the key says it all
			}
			in.Changes, in.Stones = append(in.Changes, change), append(in.Stones, stone)
		}
		if err := s.audit.add(lineJSON{Entry: s.audit.last + 1, Intent: intentToJSON(in)}); err != nil {
			return err
		}
	}
	return nil
}

// Overview returns what is open and what stands, and the clock. Of the folders of zones it reads those that are wanted.
func (s *Store) Overview(ctx context.Context, wanted ...reconcile.Ref) (reconcile.Overview, error) {
	o := reconcile.Overview{Standing: map[reconcile.Ref]time.Time{}}
	err := s.read(ctx, func() error {
		if err := s.audit.refresh(); err != nil {
			return err
		}
		for in := range s.audit.opened() {
			if (len(wanted) == 0 || slices.Contains(wanted, in.Ref)) && !slices.Contains(o.Open, in.Ref) {
				o.Open = append(o.Open, in.Ref)
			}
		}
		slices.SortFunc(o.Open, reconcile.Ref.Compare)
		stones, err := s.graves.of(wanted)
		if err != nil {
			return err
		}
		for _, stone := range stones {
			if first, ok := o.Standing[stone.Ref]; stone.State.Standing() && (!ok || stone.PurgeAt.Before(first)) {
				o.Standing[stone.Ref] = stone.PurgeAt
			}
		}
		o.Clock, err = s.clock()
		return err
	})
	return o, err
}

// Begin writes the tombstones of an intent, and then the intent.
func (s *Store) Begin(ctx context.Context, in reconcile.Intent) (id int64, err error) {
	err = s.change(ctx, func() error {
		id = s.audit.last + 1
		if err := s.graves.bury(in.Stones, id); err != nil {
			return err
		}
		if err := s.audit.add(lineJSON{Entry: id, Intent: intentToJSON(in)}); err != nil {
			return errors.Join(err, s.graves.unbury(in.Stones))
		}
		return nil
	})
	return id, err
}

// Conclude says in the files of the tombstones what became of them, and then in the audit log what became of the intent.
func (s *Store) Conclude(ctx context.Context, id int64, c reconcile.Conclusion) error {
	return s.change(ctx, func() error {
		in, open := s.audit.open[id]
		switch {
		case !open && (id < 1 || id > s.audit.last):
			return noIntent(id)
		case !open:
			return concluded(id)
		case c.Live != nil && len(c.Live) != len(in.Changes):
			return fmt.Errorf("intent %d, %s: it is said of %d changes whether they are live, and there are %d", id, in.Ref, len(c.Live), len(in.Changes))
		}
		if err := s.graves.change(ends(in, c), c.At); err != nil {
			return err
		}
		return s.audit.add(lineJSON{Entry: id, Outcome: outcomeToJSON(c)})
	})
}

// ends returns which tombstones come to which state when an intent is concluded.
func ends(in reconcile.Intent, c reconcile.Conclusion) map[string]reconcile.StoneState {
	live := map[zonefile.Key]bool{}
	for i, change := range in.Changes {
		live[change.Key] = live[change.Key] || change.Action == reconcile.Retire && c.Live != nil && c.Live[i]
	}
	states := map[string]reconcile.StoneState{}
	for _, stone := range in.Stones {
		states[stone.ID] = reconcile.Superseded
		if live[stone.Key] {
			states[stone.ID] = reconcile.Retired
		}
	}
	for state, ids := range map[reconcile.StoneState][]string{reconcile.Restored: c.Restored, reconcile.Purged: c.Purged} {
		for _, id := range ids {
			states[id] = state
		}
	}
	return states
}

// Open returns the intents of a zone on a target that were not concluded.
func (s *Store) Open(ctx context.Context, ref reconcile.Ref) ([]reconcile.Intent, error) {
	var intents []reconcile.Intent
	err := s.read(ctx, func() error {
		if err := s.audit.refresh(); err != nil {
			return err
		}
		for in := range s.audit.opened() {
			if in.Ref == ref {
				intents = append(intents, in)
			}
		}
		return nil
	})
	return intents, err
}

// Note adds an entry that is no write.
func (s *Store) Note(ctx context.Context, in reconcile.Intent) error {
	return s.change(ctx, func() error {
		outcome := outcomeToJSON(in.Observed())
		return s.audit.add(lineJSON{Entry: s.audit.last + 1, Intent: intentToJSON(in), Outcome: outcome})
	})
}

// History returns the audit log as it is when it is begun to be read.
func (s *Store) History(ctx context.Context, q reconcile.HistoryQuery) iter.Seq2[reconcile.Entry, error] {
	return func(yield func(reconcile.Entry, error) bool) {
		var entries []reconcile.Entry
		if err := s.read(ctx, func() (err error) { entries, err = s.audit.entries(); return err }); err != nil {
			yield(reconcile.Entry{}, err)
			return
		}
		for _, entry := range slices.Backward(entries) {
			if chosen, ok := choose(q, entry); ok && !yield(chosen, nil) {
				return
			}
		}
	}
}

// choose returns what of an entry a query wants, and whether it wants the entry.
func choose(q reconcile.HistoryQuery, e reconcile.Entry) (reconcile.Entry, bool) {
	switch {
	case !q.Zone.IsZero() && q.Zone != e.Zone, q.Target != "" && q.Target != e.Target, e.Intent.At.Before(q.Since):
		return e, false
	case q.Name.IsZero() && q.Type == 0:
		return e, true
	}
	changes, live := e.Changes, e.Live
	e.Changes, e.Live = nil, nil
	kinds := map[zonefile.Key]reconcile.Kind{} // of what pins are about
	for i, change := range changes {
		kinds[change.Key] = change.Kind
		if !q.Wants(change.Kind, change.Key) {
			continue
		}
		e.Changes = append(e.Changes, change)
		if live != nil {
			e.Live = append(e.Live, live[i])
		}
	}
	e.Stones = slices.DeleteFunc(e.Stones, func(t reconcile.Tombstone) bool { return !q.Wants(t.Kind, t.Key) })
	e.Pins = slices.DeleteFunc(e.Pins, func(p reconcile.Pin) bool { return !q.Wants(kinds[p.Key], p.Key) })
	return e, len(e.Changes) > 0
}

// VerifyAudit goes through the hashes of the audit log. That the last entries were cut off it does not see.
func (s *Store) VerifyAudit(ctx context.Context) (entries int, err error) {
	err = s.read(ctx, func() (err error) { entries, err = s.audit.verify(); return err })
	return entries, err
}

// Tombstones returns tombstones without exports.
func (s *Store) Tombstones(ctx context.Context, q reconcile.TombstoneQuery) ([]reconcile.Tombstone, error) {
	var found []placed
	err := s.read(ctx, func() error {
		all, err := s.graves.all()
		for _, stone := range all {
			if asked(q, stone.Tombstone) {
				found = append(found, stone)
			}
		}
		return err
	})
	slices.SortFunc(found, newestFirst)
	return each(found, func(p placed) reconcile.Tombstone { return p.Tombstone }), err
}

// Tombstone returns the tombstone whose id is id or begins with it, of those that can be read.
func (s *Store) Tombstone(ctx context.Context, id string) (reconcile.Tombstone, error) {
	var t reconcile.Tombstone
	found := false
	err := s.read(ctx, func() error {
		all, damage := s.graves.all()
		stone, err := theOne(all, id)
		if err != nil {
			return errors.Join(err, damage)
		}
		t, found = stone.Tombstone, true
		t.Export, err = s.graves.export(stone)
		return err
	})
	if err == nil && !found {
		err = s.failed(noTombstone(id))
	}
	return t, err
}

// theOne returns the tombstone whose id begins with a part of it.
func theOne(all map[string]placed, part string) (placed, error) {
	var found []string
	for id := range all {
		if len(part) <= len(id) && id[:len(part)] == part {
			found = append(found, id)
		}
	}
	slices.Sort(found)
	switch len(found) {
	case 0:
		return placed{}, noTombstone(part)
	case 1:
		return all[found[0]], nil
	}
	return placed{}, fmt.Errorf("%w: %q is the beginning of more than one, such as %s and %s", reconcile.ErrNoTombstone, part, found[0], found[1])
}

// CloseTombstones notes that tombstones came to their end.
func (s *Store) CloseTombstones(ctx context.Context, ids []string, state reconcile.StoneState, at time.Time) error {
	if state.Standing() {
		return fmt.Errorf("%s is not the end of a tombstone", state)
	}
	if len(ids) == 0 {
		return nil
	}
	return s.change(ctx, func() error {
		all, err := s.graves.all()
		if err != nil {
			return err
		}
		states := map[string]reconcile.StoneState{}
		for _, id := range ids {
			if _, ok := all[id]; !ok {
				return noTombstone(id)
			}
			states[id] = state
		}
		return s.graves.change(states, at)
	})
}

// Lock waits until nobody else writes a zone on a target, in this process or another that has the same folder.
func (s *Store) Lock(ctx context.Context, ref reconcile.Ref) (release func(), err error) {
	if !s.write {
		return nil, s.failed(ErrReadOnly)
	}
	if info, err := s.folder.root.Lstat(locksDir); err == nil && !info.IsDir() {
		return nil, s.failed(fmt.Errorf("%s is no folder: move it away", filepath.Join(s.path, locksDir)))
	}
	return zonelock.Dir(filepath.Join(s.path, locksDir)).Lock(ctx, ref)
}
