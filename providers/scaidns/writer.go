package scaidns

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/rest"
	"github.com/zoneward/zoneward/zonefile"
)

// writer takes the steps of a batch.
type writer struct {
	provider *Provider
	id       string // of the zone
	origin   zonefile.Name
	// content is what the zone had when it was last listed: where ids are looked up.
	content *content
	ids     ids
	taken   map[step]bool
	// wrote says that something was written, also if it was undone later.
	wrote bool
	// bulk is how many records go into one request.
	bulk int
}

// maxBulk is the most records of one request: what the example of the documentation has. https://www.scailabs.ai/en/docs/scaidns/tutorials/bulk-operations
const maxBulk = 100

// writeAll takes all steps, up to the first that fails.
func (w *writer) writeAll(ctx context.Context, s *schedule) error {
	if err := w.remove(ctx, s.purges); err != nil {
		return err
	}
	if err := w.create(ctx, s.creates); err != nil {
		return err
	}
	if err := w.takeEach(ctx, s.changes); err != nil {
		return err
	}
	for _, group := range s.swaps {
		if err := w.swap(ctx, group); err != nil {
			return err
		}
	}
	removes := func(st step) bool { return st.to == nil }
	if err := w.takeEach(ctx, slices.DeleteFunc(slices.Clone(s.leaves), removes)); err != nil {
		return err
	}
	return w.remove(ctx, slices.DeleteFunc(slices.Clone(s.leaves), func(st step) bool { return !removes(st) }))
}

// took notes steps that are taken.
func (w *writer) took(steps ...step) {
	for _, st := range steps {
		w.taken[st] = true
		w.ids.wrote(st)
	}
	w.wrote = w.wrote || len(steps) > 0
}

// takeEach takes steps one by one.
func (w *writer) takeEach(ctx context.Context, steps []step) error {
	for _, st := range steps {
		if err := w.take(ctx, st); err != nil {
			return err
		}
		w.took(st)
	}
	return nil
}

// take takes a step, without noting it.
func (w *writer) take(ctx context.Context, st step) error {
	c := &w.provider.client
	switch {
	case st.from == nil:
		r, err := w.record(*st.to)
		if err != nil {
			return err
		}
		return conflicting(c.createRecord(ctx, w.id, r))
	case st.to == nil:
		err := w.withID(ctx, *st.from, func(id string) error { return c.deleteRecord(ctx, w.id, id) })
		if errors.Is(err, errGone) {
			return nil
		}
		return err
	}
	err := w.withID(ctx, *st.from, func(id string) error {
		now, err := c.updateRecord(ctx, w.id, id, editFrom(*st.from, *st.to))
		if err != nil {
			return err
		}
		w.ids.answered(id, now.ID, w.content)
		return w.isAbout(now, *st.to)
	})
	if errors.Is(err, errGone) {
		return fmt.Errorf("%w: %s %s: %w", providers.ErrConflict, st.from.key, zonefile.FormatRDATA(st.from.key.Type, st.from.rdata), err)
	}
	return conflicting(err)
}

var errGone = errors.New("the record is not there any more")

// withID calls do with the id of a record. If it may be that of another record now the zone is listed first. That of a record which is not found has changed
// with another write, or the record is gone: then the zone is listed again, and do is called once more.
func (w *writer) withID(ctx context.Context, e entry, do func(id string) error) error {
	if w.ids.doubtful() {
		if err := w.list(ctx); err != nil {
			return err
		}
	}
	for again := false; ; again = true {
		id, ok := w.content.find(e)
		if !ok {
			return errGone
		}
		err := do(id)
		if again || !refusedWith(err, http.StatusNotFound) {
			return err
		}
		if err := w.list(ctx); err != nil {
			return err
		}
	}
}

// list reads the records again.
func (w *writer) list(ctx context.Context) error {
	c, err := w.provider.content(ctx, w.id, w.origin)
	if err == nil {
		w.ids.compare(w.content, c)
		w.content = c
	}
	return err
}

// isAbout returns an error if the answer to a change is about another record: then that may be what was changed. An answer that says nothing is taken.
func (w *writer) isAbout(r record, e entry) error {
	if r.Name == "" && r.Type == "" && r.Content == "" {
		return nil
	}
	name, errName := parseName(r.Name, w.origin)
	t, errType := zonefile.ParseType(r.Type)
	rdata, errContent := parseContent(t, r.Content)
	if errors.Join(errName, errType, errContent) == nil && e.key == (zonefile.Key{Name: name, Type: t}) && e.rdata == string(rdata) {
		return nil
	}
	return fmt.Errorf("change of %s to %s: the answer is about another record, which may have been changed: %s",
		e.key, zonefile.FormatRDATA(e.key.Type, e.rdata), w.provider.client.shown(fmt.Sprintf("%q %s %q", r.Name, r.Type, r.Content)))
}

// record returns what a record is made from.
func (w *writer) record(e entry) (record, error) {
	name, err := nameText(e.key.Name, w.origin)
	if err != nil {
		return record{}, fmt.Errorf("%w: %w", providers.ErrUnsupported, err)
	}
	return record{Name: name, Type: e.key.Type.String(), Content: zonefile.FormatRDATA(e.key.Type, e.rdata), TTL: new(int64(e.ttl)), Disabled: e.disabled}, nil
}

// editFrom returns what changes a record into another.
func editFrom(from, to entry) recordEdit {
	var e recordEdit
	if to.rdata != from.rdata {
		e.Content = new(zonefile.FormatRDATA(to.key.Type, to.rdata))
	}
	if to.ttl != from.ttl {
		e.TTL = new(int64(to.ttl))
	}
	if to.disabled != from.disabled {
		e.Disabled = &to.disabled
	}
	return e
}

// conflicting gives an error of a write its kind if the record cannot stand beside others. The batch by itself is sound, so those are others than the base has.
func conflicting(err error) error {
	if refusedWith(err, http.StatusConflict) {
		return fmt.Errorf("%w: %w", providers.ErrConflict, err)
	}
	return err
}

// applied returns the operations whose steps are all taken, of a schedule that has them.
func (w *writer) applied(s *schedule, ops []providers.Op) []providers.Op {
	missing := map[zonefile.Key]bool{}
	for st := range s.all() {
		if !w.taken[st] {
			missing[st.deed.Key] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(ops), func(op providers.Op) bool { return missing[op.Change.Key()] })
}

// tooLarge reports whether a request was too large, whoever says it.
func tooLarge(err error) bool {
	e, ok := errors.AsType[*rest.Error](err)
	return ok && e.Status == http.StatusRequestEntityTooLarge
}
