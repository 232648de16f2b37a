package scaleway

import (
	"context"
	"errors"
	"fmt"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/scw"
	"github.com/zoneward/zoneward/zonefile"
)

// refused gives the error of a PATCH its kind. Those that promise that nothing was written are only returned if there is no new version and nothing
// of the batch is live: that a PATCH is carried out as a whole or not at all is said nowhere.
func (p *Provider) refused(ctx context.Context, w write, err error) (providers.Result, error) {
	switch {
	case !scw.Promises(err):
		return providers.Result{}, err
	case scw.AtTheDoor(err):
		return providers.Result{}, apiError(err)
	}
	reason := p.zoneError(ctx, w.origin, err)
	if errors.Is(reason, providers.ErrNoZone) {
		return providers.Result{}, reason
	}
	now, unread := p.look(ctx, w.origin)
	if unread != nil {
		return providers.Result{}, scw.Unsure(ctx, fmt.Sprintf("%s; and then the zone could not be read, which would say whether nothing was written: %s", reason, unread))
	}
	text, kind := w.found(now, notFound(err))
	switch {
	case kind == nil:
		return providers.Result{}, reason
	case errors.Is(kind, providers.ErrPartial):
		return providers.Result{Applied: w.live(now)}, fmt.Errorf("%w%s: %s%s", kind, text, reason.Error(), p.restorePoint(ctx, w, now.history))
	}
	return providers.Result{}, fmt.Errorf("%w%s: %s", kind, text, reason.Error())
}

// notFound reports whether the server says that something is not there. If the zone is, that is a record.
func notFound(err error) bool {
	r, _ := scw.RefusalOf(err)
	return r.Type == "not_found"
}

// found returns some words, and the kind of error, for what a zone shows after a PATCH that was refused, nil if it is as it was. Missing is whether it was
// refused because a record is not there.
func (w write) found(now state, missing bool) (text string, kind error) {
	more, touched := now.history.since(w.before), w.touched(now)
	if missing && len(touched) == 1 && touched[0].New == nil {
		touched = nil // that is what is not there, because somebody else deleted it
	}
	switch {
	case len(touched) > 0:
		return fmt.Sprintf(", or by somebody else at the same time: it was refused, and %s is not what it was", touched[0].Key()), providers.ErrPartial
	case len(more) > 0:
		return ": it was refused, nothing of it is live, and somebody else has written at the same time", providers.ErrConflict
	case missing:
		return ": a record that was to be changed is not there any more", providers.ErrConflict
	}
	return "", nil
}

// touched returns the changes of the batch to what is not what it was.
func (w write) touched(now state) []zonefile.Change {
	var changes []zonefile.Change
	for _, op := range w.ops {
		key := op.Change.Key()
		before, there := w.base.Zone.Get(key)
		if set, ok := now.zone.Get(key); ok != there || set != before {
			changes = append(changes, op.Change)
		}
	}
	return changes
}
