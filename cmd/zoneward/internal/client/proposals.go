package client

import (
	"context"
	"net/http"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
)

// Propose has the daemon plan a change of the zones repository, and returns the report of it as JSON, as it was sent: nobody has looked at it. If the head cannot
// be merged as it is, the error wraps [ErrNeedsUpdate]. It is asked again where that may help, since nothing is done for it.
func (c *Client) Propose(ctx context.Context, what document.ProposeRequest) ([]byte, error) {
	return c.text(ctx, request{what: "have the change planned", method: http.MethodPost, path: []string{"proposals"}, body: what, slow: true, reads: true})
}
