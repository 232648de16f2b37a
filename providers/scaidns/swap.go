package scaidns

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// putBackTimeout is how long it may take to put back what was there, also if the caller has gone.
const putBackTimeout = 30 * time.Second

// swap puts a CNAME in the place of other data, or the reverse. Both cannot be there at once, so that there is a moment without either. If the new cannot be
// made what was there is put back.
func (w *writer) swap(ctx context.Context, group []step) error {
	made := slices.IndexFunc(group, func(st step) bool { return st.from == nil })
	if made < 0 {
		made = len(group)
	}
	err := w.takeEach(ctx, group[:made])
	if err == nil {
		err = w.create(ctx, group[made:])
	}
	if err == nil || !slices.ContainsFunc(group, func(st step) bool { return w.taken[st] }) && refused(err) {
		return err
	}
	name := group[0].deed.Key.Name
	if failed := w.putBack(ctx, group); failed != nil {
		return fmt.Errorf("%w; what was at %s before could not be put back: %s", err, name, failed.Error())
	}
	return fmt.Errorf("%w; what was at %s before is there again", err, name)
}

// putBack undoes the steps of a group that were taken, those too whose answer was lost.
func (w *writer) putBack(ctx context.Context, group []step) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), putBackTimeout)
	defer cancel()
	if err := w.list(ctx); err != nil {
		return err
	}
	var failed []string
	for _, st := range slices.Backward(group) {
		if !w.content.shows(st) {
			continue
		}
		w.wrote = true
		if err := w.take(ctx, st.back()); err != nil {
			failed = append(failed, fmt.Sprintf("%s: %s", st.deed.Key, err.Error()))
			continue
		}
		w.ids.wrote(st.back())
		delete(w.taken, st)
	}
	if failed != nil {
		return fmt.Errorf("%s", strings.Join(failed, "; "))
	}
	return nil
}

// shows reports whether a step was taken by what is there.
func (c *content) shows(st step) bool {
	if st.to != nil {
		_, ok := c.find(*st.to)
		return ok
	}
	_, ok := c.find(*st.from)
	return !ok
}
