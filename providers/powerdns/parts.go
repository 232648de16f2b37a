package powerdns

import (
	"fmt"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// Parts implements [providers.Splitter].
func (p *Provider) Parts(origin zonefile.Name, batch providers.Batch) (int, error) {
	w, err := newWrite(origin, batch)
	if err != nil {
		return 0, fmt.Errorf("apply to %s: %w", origin, err)
	}
	return max(len(w.parts), 1), nil
}
