package scaidns

import (
	"context"
	"time"
)

// Hurry has p wait no time, only count how often it would.
func Hurry(p *Provider) *int {
	n := new(int)
	p.wait = func(ctx context.Context, _ time.Duration) error {
		*n++
		return ctx.Err()
	}
	return n
}
