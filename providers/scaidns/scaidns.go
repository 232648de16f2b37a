// Package scaidns is the provider for ScaiDNS, https://www.scailabs.ai/en/docs/scaidns/, a DNS service in front of PowerDNS that can also be
// run by oneself.
//
// The API has records one by one, compares nothing while it writes, and creates records together but changes and deletes them one after the
// other. So Apply reads the zone in front of the write and refuses if it is not that of the snapshot, resolves the ids of records just
// before it needs them, and reads the zone again behind the write, where it sees what somebody else wrote in between.
//
// What is disabled is kept: it is in Snapshot.Disabled. What is removed as a zone is kept too, and CreateZone brings it back.
//
// Much of the API is not documented. What is done about that is in docs/providers/scaidns.md.
package scaidns

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/rest"
	"github.com/zoneward/zoneward/zonefile"
)

// Options say which ScaiDNS it is, and what may be done there.
type Options struct {
	// URL is its address, without a path of the API: "https://scaidns.scailabs.ai".
	URL string
	// APIKey returns the key ("sdk_live_..."). It is called for each request.
	APIKey func() (string, error)
	// AllowHardDelete has PurgeZone remove for good what ScaiDNS keeps of a zone.
	AllowHardDelete bool
	// ManageApexNS has the NS of the apex be written like other records.
	ManageApexNS bool
	// BulkDeleteField is the field that has the ids in a request to delete many records, which the documentation does not tell. Records
	// are deleted one by one if it is empty.
	BulkDeleteField string
	// PageSize is how many zones are listed at once, 0 for 100, which is the most.
	PageSize int
	// HTTP makes the requests, nil for the default transport without a proxy. Redirects are not followed.
	HTTP *http.Client
	// Timeout is the longest that one request may take, 0 for a minute.
	Timeout time.Duration
}

// Provider is one tenant of a ScaiDNS: what a key has access to. It may be used concurrently.
type Provider struct {
	client          client
	allowHardDelete bool
	manageApexNS    bool
	// wait lets time pass before a read that is made again.
	wait func(context.Context, time.Duration) error
}

var (
	_ providers.ZoneProvider   = (*Provider)(nil)
	_ providers.ZonePurger     = (*Provider)(nil)
	_ providers.ZoneExporter   = (*Provider)(nil)
	_ providers.ZoneConfigurer = (*Provider)(nil)
	_ providers.Signer         = (*Provider)(nil)
)

// maxPageSize is the most that a list of zones can be asked for at once.
const maxPageSize = 100

// New returns a provider, or an error if the options cannot be right. It makes no request.
func New(o Options) (*Provider, error) {
	u, err := url.Parse(o.URL)
	if err == nil && namesAPI(u.Path) {
		return nil, fmt.Errorf("scaidns: url %q: give the address without the path of the API, /api/v1", u.Redacted())
	}
	if o.APIKey == nil {
		return nil, errors.New("scaidns: no API key")
	}
	if o.PageSize < 0 || o.PageSize > maxPageSize {
		return nil, fmt.Errorf("scaidns: page size %d: want 1 to %d", o.PageSize, maxPageSize)
	}
	c, err := rest.New(rest.Options{
		BaseURL: o.URL, HTTP: o.HTTP, Timeout: o.Timeout, Secret: rest.Secret{Header: "X-API-Key", Value: o.APIKey},
	})
	if err != nil {
		return nil, fmt.Errorf("scaidns: %w", err)
	}
	return &Provider{
		client:          client{rest: c, key: o.APIKey, pageSize: cmp.Or(o.PageSize, maxPageSize), deleteField: o.BulkDeleteField},
		allowHardDelete: o.AllowHardDelete, manageApexNS: o.ManageApexNS, wait: rest.Wait,
	}, nil
}

// namesAPI reports whether a path ends with that of the API, which is added to it.
func namesAPI(path string) bool {
	path = strings.TrimRight(path, "/")
	return strings.HasSuffix(path, "/api") || strings.HasSuffix(path, "/api/v1") || strings.HasSuffix(path, "/domains")
}

// traits are those of every zone.
func (p *Provider) traits() providers.Traits {
	return providers.Traits{
		Atomicity:      providers.AtomicNone,
		Preconditions:  providers.NoticesAfterwards,
		Types:          writableTypes(),
		MaxTTL:         zonefile.MaxTTL,
		ApexNSWritable: p.manageApexNS,
		CanDisable:     true,
		Properties:     settableProperties(),
	}
}

// Normalize implements [providers.ZoneReader]. What ScaiDNS takes it returns as it was given.
func (p *Provider) Normalize(set zonefile.RRset) (zonefile.RRset, error) {
	if err := holds(set); err != nil {
		return zonefile.RRset{}, fmt.Errorf("%s: %w: %w", set.Key, providers.ErrUnsupported, err)
	}
	return set, nil
}
