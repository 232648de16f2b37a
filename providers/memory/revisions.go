package memory

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// revision is what a zone served before a change.
type revision struct {
	id     string
	at     time.Time
	served *zonefile.Zone
}

// Revisions returns what a zone was before each change.
func (h historian) Revisions(ctx context.Context, origin zonefile.Name) ([]providers.Revision, error) {
	all, err := call(&h.script, providers.OperationRevisions, func(f Fault) ([]revision, error) {
		z, err := h.lookUp(ctx, origin)
		if err = cmp.Or(err, f.Err); err != nil {
			return nil, err
		}
		return slices.Clone(z.revisions), nil
	})
	if err != nil {
		return nil, fmt.Errorf("revisions of %s: %w", origin, err)
	}
	revisions := make([]providers.Revision, 0, len(all))
	for _, r := range slices.Backward(all) {
		revisions = append(revisions, providers.Revision{ID: r.id, At: r.at})
	}
	return revisions, nil
}

// Revision returns what a zone was.
func (h historian) Revision(ctx context.Context, origin zonefile.Name, id string) (*zonefile.Zone, error) {
	served, err := call(&h.script, providers.OperationRevision, func(f Fault) (*zonefile.Zone, error) {
		z, err := h.lookUp(ctx, origin)
		if err = cmp.Or(err, f.Err); err != nil {
			return nil, err
		}
		i := slices.IndexFunc(z.revisions, func(r revision) bool { return r.id == id })
		if i < 0 {
			return nil, fmt.Errorf("it has no such revision: %w", providers.ErrInvalid)
		}
		return h.shown(z.revisions[i].served), nil
	})
	if err != nil {
		return nil, fmt.Errorf("revision %s of %s: %w", id, origin, err)
	}
	return served, nil
}
