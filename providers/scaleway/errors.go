package scaleway

import (
	"context"
	"errors"
	"fmt"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/scw"
	"github.com/zoneward/zoneward/zonefile"
)

// apiError gives an error of a request about a zone its kind.
func apiError(err error) error { return scw.WithKind(err, providers.ErrNoZone) }

// listError gives an error of a request for the list of zones its kind. That there is no list says nothing of any zone: the url is wrong.
func listError(err error) error { return scw.WithKind(err, nil) }

// zoneError gives an error of a request about a zone its kind. Scaleway answers 403 also for a zone that is not there, or is somebody else's, and 404
// also for other things than zones: the list of zones, which a key that may not read them does not get, says whether it is the zone.
func (p *Provider) zoneError(ctx context.Context, origin zonefile.Name, err error) error {
	kind := apiError(err)
	missing := errors.Is(kind, providers.ErrNoZone)
	if !missing && !scw.Forbidden(err) {
		return kind
	}
	_, gone := p.zone(ctx, origin)
	switch {
	case errors.Is(gone, providers.ErrNoZone):
		return gone
	case missing:
		return err
	}
	return kind
}

// noZone is the error for a zone that is not in the list.
func (p *Provider) noZone(words string) error {
	where := ""
	for _, limit := range [][2]string{{"project", p.client.project}, {"organization", p.client.organization}} {
		if limit[1] != "" {
			where += fmt.Sprintf("; it was looked for in the %s %s", limit[0], limit[1])
		}
	}
	return fmt.Errorf("%w, or this key may not see it%s%s", providers.ErrNoZone, where, words)
}

// typed reports whether a request was refused with a type of error.
func typed(err error) bool {
	r, _ := scw.RefusalOf(err)
	return r.Type != ""
}
