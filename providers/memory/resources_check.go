package memory

import (
	"cmp"
	"context"
	"fmt"

	"github.com/zoneward/zoneward/providers"
)

// Unwrap returns the fake as a providers.ResourceChecker if it is one, and nil otherwise. It is for providers.AsResource.
func (p *ResourceProvider) Unwrap() providers.ResourceProvider {
	if p.check == nil {
		return nil
	}
	return resourceChecker{p}
}

// resourceChecker is the fake with one more interface.
type resourceChecker struct{ *ResourceProvider }

var _ providers.ResourceChecker = resourceChecker{}

// Unwrap returns nil: there is nothing below.
func (c resourceChecker) Unwrap() providers.ResourceProvider { return nil }

// CheckResource calls what [Checking] was given, if the resource is there.
func (c resourceChecker) CheckResource(ctx context.Context, base *providers.ResourceSnapshot) error {
	if base == nil {
		return fmt.Errorf("check a resource without a base: %w", providers.ErrInvalid)
	}
	checks := false
	err := c.writing(providers.OperationCheckResource, base.Resource, nil, func(f Fault) error {
		if err := f.beforehand(ctx); err != nil {
			return err
		}
		_, err := c.lookUp(base.Resource)
		checks = err == nil
		return cmp.Or(err, f.Err)
	})
	if checks {
		c.check(base.Name) // without the lock, which it wants
	}
	return err
}
