package scaidnstest

import (
	"context"
	"fmt"
	"net/http"
	"slices"
)

// What the SOA and the NS records of a new zone have.
const (
	soaContent = "ns1.scaidns.example. hostmaster.scaidns.example. %d 10800 3600 604800 3600"
	ns1        = "ns1.scaidns.example."
	ns2        = "ns2.scaidns.example."
)

// newServed returns what PowerDNS has of a new zone.
func newServed(z *zone) served {
	if z.typ == Secondary {
		return served{Kind: slave}
	}
	return served{Kind: native, RRsets: []pdnsSet{
		{Name: z.name + ".", Type: "SOA", TTL: 3600, Records: []pdnsRecord{{Content: fmt.Sprintf(soaContent, 1)}}},
		{Name: z.name + ".", Type: "NS", TTL: z.defaultTTL, Records: []pdnsRecord{{Content: ns1}, {Content: ns2}}},
	}}
}

// activate has a zone served, with what is stored of it or as a new one.
func (s *Server) activate(ctx context.Context, z *zone) error {
	if err := s.move(ctx, z, s.live); err != nil {
		return err
	}
	z.status = Active
	return nil
}

// move has a PowerDNS have a zone: in the place of the one that has it, with what was put aside, or as a new one.
func (s *Server) move(ctx context.Context, z *zone, to *store) error {
	if z.store == to {
		return nil
	}
	if err := z.putAside(ctx); err != nil {
		return err
	}
	content := newServed(z)
	if z.aside != nil {
		content = *z.aside
	}
	if err := to.create(ctx, z.name, content); err != nil {
		return err
	}
	z.store, z.aside = to, nil
	return nil
}

// putAside takes a zone from the PowerDNS that has it, and keeps it.
func (z *zone) putAside(ctx context.Context) error {
	if z.store == nil {
		return nil
	}
	content, err := z.store.take(ctx, z.name)
	if err != nil {
		return err
	}
	z.store, z.aside = nil, &content
	return nil
}

// keptZoneOf is anyZoneOf, if a soft-deleted zone is asked for as the options want it. The request may have those other parameters.
func (s *Server) keptZoneOf(c *call, others ...string) (*zone, error) {
	if !s.opts.AskForDeleted {
		if err := c.checkQuery(others); err != nil {
			return nil, err
		}
		return s.anyZoneOf(c)
	}
	deleted, _, err := c.flag("include_deleted")
	if err != nil {
		return nil, err
	}
	if deleted {
		return s.anyZoneOf(c)
	}
	return s.zoneOf(c)
}

func (s *Server) deleteZone(c *call) (reply, error) {
	hard, _, err := c.flag("hard")
	if err != nil {
		return reply{}, err
	}
	z, err := s.keptZoneOf(c, "hard")
	if err != nil {
		return reply{}, err
	}
	switch {
	case hard:
		err = s.purge(c.ctx, z)
	case z.status == Deleted:
		err = errNoZone
	default:
		err = s.retire(c.ctx, z)
	}
	if err != nil {
		return reply{}, err
	}
	return noContent()
}

// retire deletes a zone softly: what PowerDNS has of it is put aside.
func (s *Server) retire(ctx context.Context, z *zone) error {
	z.priorStore = z.store
	if z.store != s.live || !s.opts.ServeDeleted {
		if err := z.putAside(ctx); err != nil {
			return err
		}
	}
	z.prior, z.status, z.updated = z.status, Deleted, s.opts.Now()
	return nil
}

// purge removes all that there is of a zone.
func (s *Server) purge(ctx context.Context, z *zone) error {
	if z.store != nil {
		if err := z.store.remove(ctx, z.name); err != nil {
			return err
		}
	}
	s.zones = slices.DeleteFunc(s.zones, func(other *zone) bool { return other == z })
	return nil
}

func (s *Server) restoreZone(c *call) (reply, error) {
	z, err := s.keptZoneOf(c)
	if err != nil {
		return reply{}, err
	}
	switch {
	case z.status != Deleted:
		return reply{}, refuse(http.StatusConflict, "Domain is not deleted")
	case z.prior == Pending && s.opts.RestorePending == RestoreRefused:
		return reply{}, refuse(http.StatusConflict, "Domain was never validated")
	case slices.ContainsFunc(s.zones, func(other *zone) bool { return other.name == z.name && other.status != Deleted }):
		return reply{}, refuse(http.StatusConflict, "Domain already exists")
	}
	if err := s.restore(c.ctx, z); err != nil {
		return reply{}, err
	}
	return s.detail(c, z)
}

func (s *Server) restore(ctx context.Context, z *zone) error {
	if z.priorStore != nil {
		if err := s.move(ctx, z, z.priorStore); err != nil {
			return err
		}
	}
	z.status, z.updated = z.prior, s.opts.Now()
	if z.prior == Pending && s.opts.RestorePending == RestoredInactive {
		z.status = Inactive
	}
	if s.opts.RestoreRenames {
		z.id = s.newID("d")
		clear(z.records)
	}
	return nil
}
