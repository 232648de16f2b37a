package scaidnstest

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/zoneward/zoneward/providers/internal/rest"
	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
)

// store is a PowerDNS that has zones. https://doc.powerdns.com/authoritative/http-api/ is how it is talked to. It remembers the zones that it has read until
// something is written, because a client that writes records one by one would have a large one be read for each of them.
type store struct {
	api  *rest.Client
	path string

	mu     sync.Mutex
	writes int // that were begun or done
	read   map[string]served
}

// served is what PowerDNS has of a zone. Names in it are absolute, with the dot.
type served struct {
	Serial uint32    `json:"serial"`
	RRsets []pdnsSet `json:"rrsets"`
	Kind   string    `json:"kind"`
	Keys   []pdnsKey `json:"-"`
}

type pdnsSet struct {
	Name    string       `json:"name"`
	Type    string       `json:"type"`
	TTL     int64        `json:"ttl"`
	Change  string       `json:"changetype,omitempty"`
	Records []pdnsRecord `json:"records"`
}

type pdnsRecord struct {
	Content  string `json:"content"`
	Disabled bool   `json:"disabled"`
}

// pdnsKey is a DNSSEC key. The API gives the private part of one only if it is asked for that one.
type pdnsKey struct {
	ID         int      `json:"id,omitempty"`
	Type       string   `json:"keytype"` // ksk, zsk, csk
	Active     bool     `json:"active"`
	Published  bool     `json:"published"`
	Algorithm  string   `json:"algorithm,omitempty"`
	DNSKEY     string   `json:"dnskey,omitempty"` // RDATA
	DS         []string `json:"ds,omitempty"`     // RDATA
	PrivateKey string   `json:"privatekey,omitempty"`
}

func newStore(server *dnsserver.PowerDNSServer) (*store, error) {
	transport := &http.Transport{DisableKeepAlives: true} // no goroutine stays: the fake can be asked in a bubble of testing/synctest
	api, err := rest.New(rest.Options{
		BaseURL: server.URL, HTTP: &http.Client{Transport: transport},
		Secret: rest.Secret{Header: "X-API-Key", Value: func() (string, error) { return server.APIKey, nil }},
	})
	return &store{api: api, path: "/api/v1/servers/" + server.ServerID, read: map[string]served{}}, err
}

// zonePath returns the path of a zone. PowerDNS has a slash in a name as =2F in its ids.
func (s *store) zonePath(name string) string {
	return s.path + "/zones/" + url.PathEscape(strings.ReplaceAll(name, "/", "=2F")+".")
}

func (s *store) do(ctx context.Context, method, path string, in, out any) error {
	if method != http.MethodGet {
		s.forget()
		defer s.forget()
	}
	_, err := s.api.Do(ctx, rest.Request{Method: method, Path: path, In: in, Out: out})
	return err
}

// forget forgets what was read, because something is written.
func (s *store) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes++
	clear(s.read)
}

// known returns what is remembered of a zone, and how much was written then.
func (s *store) known(name string) (z served, writes int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	z, ok = s.read[name]
	return z, s.writes, ok
}

// remember remembers a zone, unless something was written since so much was.
func (s *store) remember(name string, z served, writes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.writes == writes {
		s.read[name] = z
	}
}

// zone returns what there is of a zone, without its keys. It must not be changed.
func (s *store) zone(ctx context.Context, name string) (served, error) {
	z, writes, ok := s.known(name)
	if ok {
		return z, nil
	}
	if err := s.do(ctx, http.MethodGet, s.zonePath(name), nil, &z); err != nil {
		return served{}, err
	}
	s.remember(name, z, writes)
	return z, nil
}

// patch makes changes, all or none.
func (s *store) patch(ctx context.Context, name string, sets []pdnsSet) error {
	return s.do(ctx, http.MethodPatch, s.zonePath(name), map[string]any{"rrsets": sets}, nil)
}

// create makes a zone as it is in z, with its serial.
func (s *store) create(ctx context.Context, name string, z served) error {
	in := map[string]any{"name": name + ".", "kind": z.Kind, "nameservers": []string{}, "soa_edit_api": ""}
	if z.Kind == slave {
		in["masters"] = []string{"192.0.2.1"} // nobody is there
	} else {
		in["rrsets"] = z.RRsets
	}
	if err := s.do(ctx, http.MethodPost, s.path+"/zones", in, nil); err != nil {
		return err
	}
	if z.Kind == slave && len(z.RRsets) > 0 {
		if err := s.patch(ctx, name, replacing(z.RRsets)); err != nil {
			return err
		}
	}
	for _, key := range z.Keys {
		if _, err := s.addKey(ctx, name, pdnsKey{Type: key.Type, Active: key.Active, Published: key.Published, PrivateKey: key.PrivateKey}); err != nil {
			return err
		}
	}
	// With the default from the start, PowerDNS would set a serial of its own.
	return s.do(ctx, http.MethodPut, s.zonePath(name), map[string]any{"soa_edit_api": "DEFAULT", "api_rectify": true}, nil)
}

// take removes a zone and returns all that create needs to make it again.
func (s *store) take(ctx context.Context, name string) (served, error) {
	z, err := s.zone(ctx, name)
	if err != nil {
		return served{}, err
	}
	keys, err := s.keys(ctx, name)
	if err != nil {
		return served{}, err
	}
	for _, key := range keys {
		var whole pdnsKey
		if err := s.do(ctx, http.MethodGet, s.keyPath(name, key.ID), nil, &whole); err != nil {
			return served{}, err
		}
		z.Keys = append(z.Keys, whole)
	}
	return z, s.remove(ctx, name)
}

func (s *store) remove(ctx context.Context, name string) error {
	return s.do(ctx, http.MethodDelete, s.zonePath(name), nil, nil)
}

// export returns the zone as a master file, without disabled records.
func (s *store) export(ctx context.Context, name string) (string, error) {
	var out struct {
		Zone string `json:"zone"`
	}
	err := s.do(ctx, http.MethodGet, s.zonePath(name)+"/export", nil, &out)
	return out.Zone, err
}

func (s *store) keyPath(name string, id int) string {
	return fmt.Sprintf("%s/cryptokeys/%d", s.zonePath(name), id)
}

// keys returns the DNSSEC keys of a zone, without their private parts.
func (s *store) keys(ctx context.Context, name string) ([]pdnsKey, error) {
	var keys []pdnsKey
	err := s.do(ctx, http.MethodGet, s.zonePath(name)+"/cryptokeys", nil, &keys)
	return keys, err
}

// addKey adds a key, one with its private part or one that PowerDNS makes, see [generatedKey].
func (s *store) addKey(ctx context.Context, name string, newKey any) (pdnsKey, error) {
	var key pdnsKey
	err := s.do(ctx, http.MethodPost, s.zonePath(name)+"/cryptokeys", newKey, &key)
	return key, err
}

// generatedKey asks for a key that PowerDNS makes.
type generatedKey struct {
	Type      string `json:"keytype"`
	Active    bool   `json:"active"`
	Published bool   `json:"published"`
	Algorithm int    `json:"algorithm"`
	Bits      int    `json:"bits,omitempty"`
}

func (s *store) removeKey(ctx context.Context, name string, id int) error {
	return s.do(ctx, http.MethodDelete, s.keyPath(name, id), nil, nil)
}

// setKey says whether a key signs. It stays published.
func (s *store) setKey(ctx context.Context, name string, id int, active bool) error {
	return s.do(ctx, http.MethodPut, s.keyPath(name, id), map[string]any{"active": active, "published": true}, nil)
}

const (
	native = "Native"
	slave  = "Slave"
)

// replacing returns the changes that set RRsets. One without records is deleted.
func replacing(sets []pdnsSet) []pdnsSet {
	out := make([]pdnsSet, len(sets))
	for i, set := range sets {
		set.Change = "REPLACE"
		if len(set.Records) == 0 {
			set.Change = "DELETE"
		}
		out[i] = set
	}
	return out
}
