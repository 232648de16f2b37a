package git

import (
	"context"
	"fmt"
)

// Parents returns the commits that a commit comes after, in their order: of a merge the first is the branch that was merged into. Errors wrap
// [ErrNoRevision].
func (r *Repository) Parents(ctx context.Context, revision string) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	done, err := r.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	o, ids, err := r.revisions(ctx, revision)
	if err != nil {
		return nil, fmt.Errorf("parents of %.80q: %w", revision, err)
	}
	c, err := o.commit(ids[0])
	if err != nil {
		return nil, r.failed(ids[0], err)
	}
	var all []string
	for _, id := range c.ParentHashes {
		all = append(all, id.String())
	}
	return all, nil
}
