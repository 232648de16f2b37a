// Package scaleway is the provider for Scaleway Domains and DNS, v2beta1: the zones and their records, not the registration of domains.
// https://www.scaleway.com/en/developers/api/domains-and-dns/ describes the API.
//
// A zone is read with a few GETs and written with one PATCH. Scaleway makes a version of the zone of each edit, and compares nothing
// while it writes. So Apply reads the zone in front of the write and refuses if it is not that of the snapshot, and looks at
// the versions afterwards: if there is more than the one that the write made, somebody else got in between. It then reads the zone once
// more, because nothing says that Scaleway carries out a PATCH as a whole or not at all.
//
// The client is a thin one on package rest, and not Scaleway's own scaleway-sdk-go. With that all of this package would be here too, and code that
// keeps the SDK from following redirects with the key, from a proxy of the environment, from answers that are larger than
// memory, and from taking an answer without total_count for an empty zone, and that reads its twelve types of error. Without it that is
// [client], of eight calls. The tests have the SDK as a second client.
package scaleway

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/rest"
	"github.com/zoneward/zoneward/providers/internal/scw"
	"github.com/zoneward/zoneward/zonefile"
)

// DefaultURL is where the API is.
const DefaultURL = scw.DefaultURL

// Options say which account it is.
type Options struct {
	// SecretKey returns the secret key of an API key. It is called for each request.
	SecretKey func() (string, error)
	// ProjectID is the only project whose zones are seen, and the one that zones are created in. Empty is all projects that the key may
	// see, and that of the domain.
	ProjectID string
	// OrganizationID is the only organization whose zones are seen, empty for all that the key may see.
	OrganizationID string
	// URL is the address of the API without a path, empty for DefaultURL.
	URL string
	// HTTP makes the requests, nil for the default transport without a proxy. Redirects are not followed.
	HTTP *http.Client
	// Timeout is the longest that one request may take, 0 for one minute.
	Timeout time.Duration
}

// Provider is what one API key may see. It may be used concurrently.
type Provider struct {
	client  client
	project string
	// wait lets time pass.
	wait func(context.Context, time.Duration) error
}

var (
	_ providers.ZoneProvider = (*Provider)(nil)
	_ providers.ZoneRemover  = (*Provider)(nil)
	_ providers.ZoneExporter = (*Provider)(nil)
	_ providers.Revisions    = (*Provider)(nil)
)

// maxAnswer is the most octets that an answer may have: a page of records, each with about as much data as it may have.
const maxAnswer = 64 << 20

// New returns a provider, or an error if the options cannot be right. It makes no request.
func New(o Options) (*Provider, error) {
	for what, id := range map[string]string{"project": o.ProjectID, "organization": o.OrganizationID} {
		if id != "" && !scw.IsID(id) {
			return nil, fmt.Errorf("scaleway: the %s %q is no UUID, which is what the console shows as its ID", what, id)
		}
	}
	c, err := scw.NewClient(scw.Options{SecretKey: o.SecretKey, URL: o.URL, HTTP: o.HTTP, Timeout: o.Timeout, MaxAnswer: maxAnswer})
	if err != nil {
		return nil, fmt.Errorf("scaleway: %w", err)
	}
	return &Provider{client: client{rest: c, project: o.ProjectID, organization: o.OrganizationID}, project: o.ProjectID, wait: rest.Wait}, nil
}

// Zones implements [providers.ZoneReader]. The list has no serials and no versions: updated_at, which it has, also changes when
// Scaleway is done with a change, and has only seconds. A list of which one name cannot be read is an error: without that zone it would look as if it
// were gone.
func (p *Provider) Zones(ctx context.Context) ([]providers.ZoneInfo, error) {
	zones, err := p.client.zones(ctx, "")
	if err != nil {
		return nil, fmt.Errorf("list zones: %w", listError(err))
	}
	all := make([]providers.ZoneInfo, 0, len(zones))
	seen := make(map[zonefile.Name]bool, len(zones))
	for _, z := range zones {
		origin, err := z.origin()
		if err != nil {
			return nil, fmt.Errorf("list zones: %w", err)
		}
		if seen[origin] {
			return nil, fmt.Errorf("list zones: %w", &scw.TornError{Text: fmt.Sprintf("%s is in it twice, so that another zone may be in it not at all", origin)})
		}
		seen[origin] = true
		info := providers.ZoneInfo{Origin: origin, Kind: providers.Primary}
		if z.secondary() {
			info.Kind = providers.Secondary
		}
		all = append(all, info)
	}
	return all, nil
}

// The TTLs that Scaleway's own Terraform provider takes, in seconds.
// https://registry.terraform.io/providers/scaleway/scaleway/latest/docs/resources/domain_record
const (
	minTTL = 60
	maxTTL = 30 * 24 * 60 * 60
)

// traits are those of every zone. That a PATCH is carried out as a whole is said nowhere, so nothing is promised.
func traits() providers.Traits {
	return providers.Traits{
		Atomicity:      providers.AtomicNone,
		Preconditions:  providers.NoticesAfterwards,
		Types:          types(),
		MinTTL:         minTTL,
		MaxTTL:         maxTTL,
		ApexNSWritable: true,
	}
}

// Normalize implements [providers.ZoneReader]. TTLs are moved into the bounds, and a text of several strings that are one by what it is for becomes one,
// see [oneText].
func (p *Provider) Normalize(set zonefile.RRset) (zonefile.RRset, error) {
	normal, err := normalize(set)
	if err != nil {
		return zonefile.RRset{}, fmt.Errorf("%s: %w: %w", set.Key, providers.ErrUnsupported, err)
	}
	return normal, nil
}
