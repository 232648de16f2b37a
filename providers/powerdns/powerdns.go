// Package powerdns is the provider for the HTTP API of the PowerDNS Authoritative Server, 4.7 and later.
//
// A zone is read with one GET and written with one PATCH, which PowerDNS carries out as a whole or not at all. The API compares nothing
// while it writes. So Apply reads the zone in front of the write and refuses if it is not that of the snapshot, and
// looks at the serial that the write made, which is another than expected if somebody got in between.
//
// What is disabled in PowerDNS is kept: it is in Snapshot.Disabled, and goes along with each write of its RRset.
//
// The version of a zone is its serial, where that is an old one and each change through the API would make it one of today.
package powerdns

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/rest"
	"github.com/zoneward/zoneward/zonefile"
)

// maxPatch is the most octets of one PATCH. PowerDNS takes 2 MB unless webserver-max-bodysize says otherwise.
const maxPatch = 1_500_000

// Options say which server it is.
type Options struct {
	// URL is the address of the server's webserver, without a path of the API: "http://127.0.0.1:8081".
	URL string
	// ServerID is the server's name in the API, empty for "localhost", which is what it always is without a proxy.
	ServerID string
	// APIKey returns the key. It is called for each request.
	APIKey func() (string, error)
	// HTTP makes the requests, nil for the default transport without a proxy. Redirects are not followed.
	HTTP *http.Client
	// Kind is that of zones that are created: "Native", which is also what empty means, "Master" or "Producer".
	Kind string
	// Timeout is the longest that one request may take, 0 for two minutes. PowerDNS 4.7 with SQLite takes about 6 seconds for a zone of
	// 200,000 records.
	Timeout time.Duration
}

// Provider is one PowerDNS server. It may be used concurrently.
type Provider struct {
	client client
	kind   string
	// writing is held by the one call that writes. With SQLite a PowerDNS that gets a second write meanwhile answers 500 to one of them.
	writing *semaphore.Weighted
	// What tells the time, and lets it pass.
	now  func() time.Time
	wait func(context.Context, time.Duration) error
}

var (
	_ providers.ZoneProvider = (*Provider)(nil)
	_ providers.ZoneRemover  = (*Provider)(nil)
)

// New returns a provider, or an error if the options cannot be right. It makes no request.
func New(o Options) (*Provider, error) {
	u, err := url.Parse(o.URL)
	if err == nil && namesAPI(u.Path) {
		return nil, fmt.Errorf("powerdns: url %q: give the address without the path of the API, /api/v1", u.Redacted())
	}
	if o.APIKey == nil {
		return nil, errors.New("powerdns: no API key")
	}
	if o.ServerID == "" {
		o.ServerID = "localhost"
	}
	if o.Timeout == 0 {
		o.Timeout = 2 * time.Minute
	}
	kind, err := createdKind(o.Kind)
	if err != nil {
		return nil, fmt.Errorf("powerdns: %w", err)
	}
	c, err := rest.New(rest.Options{
		BaseURL: o.URL, HTTP: o.HTTP, Timeout: o.Timeout, Secret: rest.Secret{Header: "X-API-Key", Value: o.APIKey},
	})
	if err != nil {
		return nil, fmt.Errorf("powerdns: %w", err)
	}
	return &Provider{
		client: client{rest: c, path: "/api/v1/servers/" + url.PathEscape(o.ServerID)},
		kind:   kind, writing: semaphore.NewWeighted(1), now: time.Now, wait: rest.Wait,
	}, nil
}

// turn waits until no other call writes, and returns what ends the turn. What a write depends on is looked at within it: before, it would become as
// old as all writes take that are waiting in front.
func (p *Provider) turn(ctx context.Context) (end func(), err error) {
	if err := p.writing.Acquire(ctx, 1); err != nil {
		return nil, fmt.Errorf("wait for another write to end: %w", err)
	}
	return func() { p.writing.Release(1) }, nil
}

// namesAPI reports whether a path ends with that of the API, which is added to it.
func namesAPI(path string) bool {
	path = strings.TrimRight(path, "/")
	return strings.HasSuffix(path, "/api") || strings.HasSuffix(path, "/api/v1")
}

// Zones implements [providers.ZoneReader] with one request. Variants of zones (PowerDNS 5, "example.com..inside") are left out.
//
// The list does not say which zones have the soa_edit_api DEFAULT. So all primary zones are listed with the version that they would have then, and
// the snapshots of others have none that it could be equal to. See [Provider.Fetch] for what that leaves unseen.
func (p *Provider) Zones(ctx context.Context) ([]providers.ZoneInfo, error) {
	var all []providers.ZoneInfo
	now := p.now()
	err := p.client.zones(ctx, func(z zone) error {
		if strings.Contains(z.Name, "..") {
			return nil
		}
		origin, err := zonefile.ParseName(z.Name, zonefile.Name{})
		if err != nil {
			return err
		}
		info := providers.ZoneInfo{Origin: origin, Kind: providers.Secondary, Serial: z.Serial}
		if primary(z.Kind) {
			info.Kind, info.Version = providers.Primary, version(z.Serial, now)
		}
		all = append(all, info)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list zones: %w", err)
	}
	return all, nil
}

// primary reports whether zones of a kind have their content here. Kinds that are not known do not.
func primary(kind string) bool {
	switch strings.ToLower(kind) {
	case "native", "master", "primary", "producer":
		return true
	}
	return false
}

// writable returns an error unless z is about that zone, and the zone has its content here.
func (z zone) writable(origin zonefile.Name) error {
	if name, err := zonefile.ParseName(z.Name, zonefile.Name{}); err != nil || name != origin {
		return fmt.Errorf("%w: the answer is about the zone %q", providers.ErrBlocked, z.Name)
	}
	if !primary(z.Kind) {
		return fmt.Errorf("%w: it is of the kind %q, whose content comes from another server", providers.ErrBlocked, z.Kind)
	}
	return nil
}

// Fetch implements [providers.ZoneReader] with one request.
//
// The snapshot has a version if the zone's soa_edit_api is DEFAULT and its serial is of the day before yesterday or earlier, or of no day: each
// change through the API makes a later one of it, and each update over DNS does where SOA-EDIT-DNSUPDATE is not set, DEFAULT or INCREASE. It
// says nothing of changes that leave the serial alone, or set it back: in the database (pdnsutil add-record is such a one), updates over
// DNS with another SOA-EDIT-DNSUPDATE, and all that comes after the soa_edit_api was taken away.
func (p *Provider) Fetch(ctx context.Context, origin zonefile.Name) (*providers.Snapshot, error) {
	_, snapshot, err := p.fetch(ctx, origin, func(rrset) {})
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", origin, err)
	}
	return snapshot, nil
}

// fetch reads a zone that may be written, and calls also with each RRset.
func (p *Provider) fetch(ctx context.Context, origin zonefile.Name, also func(rrset)) (zone, *providers.Snapshot, error) {
	content, now := newContent(origin), p.now()
	z, err := p.client.wholeZone(ctx, origin, func(r rrset) error {
		also(r)
		return content.add(r)
	})
	if err != nil {
		return zone{}, nil, p.zoneError(ctx, err)
	}
	if err := z.writable(origin); err != nil {
		return zone{}, nil, err
	}
	snapshot, err := content.snapshot()
	if err != nil {
		return zone{}, nil, err
	}
	// The serial is that of the SOA among the records, which were all read at one time.
	if z.editing().rule() == byDate {
		snapshot.Version = version(snapshot.Serial, now)
	}
	return z, snapshot, nil
}

// traits are those of every zone.
func traits() providers.Traits {
	return providers.Traits{
		Atomicity:      providers.AtomicBatch,
		Preconditions:  providers.NoticesAfterwards,
		Limits:         providers.BatchLimits{Bytes: maxPatch},
		MaxTTL:         zonefile.MaxTTL,
		SOAWritable:    true,
		ApexNSWritable: true,
		CanDisable:     true,
	}
}

// Normalize implements [providers.ZoneReader]. What PowerDNS 4.7 takes it returns as it was given.
func (p *Provider) Normalize(set zonefile.RRset) (zonefile.RRset, error) {
	if err := holds(set); err != nil {
		return zonefile.RRset{}, fmt.Errorf("%s: %w", set.Key, err)
	}
	return set, nil
}

// zoneError gives an error of a request about a zone its kind. What is not there may be the zone, or all of the API.
func (p *Provider) zoneError(ctx context.Context, err error) error {
	e, ok := errors.AsType[*rest.Error](err)
	// A page of a proxy with this status says nothing about the zone.
	if !ok || e.Status != http.StatusNotFound || strings.HasPrefix(e.ContentType, "text/html") {
		return err
	}
	if wrong := p.client.checkServer(ctx); wrong != nil {
		return fmt.Errorf("%w; after %s", wrong, err.Error())
	}
	return fmt.Errorf("%w: %w", providers.ErrNoZone, err)
}
