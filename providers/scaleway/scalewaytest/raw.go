package scalewaytest

import (
	"fmt"
	"slices"
	"strings"
	"testing/fstest"

	"github.com/zoneward/zoneward/providers/internal/scwtest"
	"github.com/zoneward/zoneward/zonefile"
)

// exportZone answers GET /dns-zones/{zone}/raw: a file, whose content is base64.
func (s *Server) exportZone(c *scwtest.Call) (any, error) {
	z, err := s.zoneOf(c, c.Args[0])
	if err != nil {
		return nil, err
	}
	if c.Query.Get("format") != "bind" {
		return nil, scwtest.InvalidArgument("format", "constraint", "want bind")
	}
	var b strings.Builder
	fmt.Fprintf(&b, "$ORIGIN %s.\n@ 3600 IN SOA %s. hostmaster.%s. %d 86400 7200 3600000 300\n", z.name(), defaultNS[0], z.domain, z.updated.Unix())
	for _, r := range sorted(z.records) {
		name := r.Name
		if name == "" {
			name = "@"
		}
		fmt.Fprintf(&b, "%s %d IN %s %s\n", name, r.TTL, r.Type, r.Data)
	}
	return map[string]any{"name": z.name() + ".zone", "content_type": "text/plain", "content": []byte(b.String())}, nil
}

// importZone answers POST /dns-zones/{zone}/raw: the records become those of a file. A file without NS records at the apex gets those that every
// zone has; its SOA is not looked at.
func (s *Server) importZone(c *scwtest.Call) (any, error) {
	var in struct {
		ProjectID  string `json:"project_id"`
		BindSource *struct {
			Content string `json:"content"`
		} `json:"bind_source"`
		AXFRSource *struct {
			NameServer string `json:"name_server"`
			TSIGKey    *struct {
				Name      string `json:"name"`
				Key       string `json:"key"`
				Algorithm string `json:"algorithm"`
			} `json:"tsig_key"`
		} `json:"axfr_source"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if err := scwtest.CheckID("project_id", in.ProjectID); err != nil {
		return nil, err
	}
	z, err := s.writable(c, c.Args[0])
	switch {
	case err != nil:
		return nil, err
	case in.ProjectID != "" && in.ProjectID != z.project:
		return nil, s.unknownZone(c, c.Args[0])
	case (in.BindSource == nil) == (in.AXFRSource == nil):
		return nil, scwtest.InvalidArgument("bind_source", "constraint", "exactly one of bind_source and axfr_source")
	case in.AXFRSource != nil:
		return nil, scwtest.InvalidArgument("axfr_source", "constraint", "the fake transfers no zones")
	}
	records, err := s.parseFile(in.BindSource.Content, z.name())
	if err != nil {
		return nil, err
	}
	before := z.records
	z.records = records
	if err := s.allowed(z, before); err != nil {
		z.goBack(before)
		return nil, err
	}
	s.edited(z, before)
	return map[string]any{"records": sorted(z.records)}, nil
}

// parseFile returns the records of a master file.
func (s *Server) parseFile(text, zone string) ([]Record, error) {
	origin, err := zonefile.ParseName(zone+".", zonefile.Root)
	if err != nil {
		return nil, scwtest.InvalidArgument("dns_zone", "format", err.Error())
	}
	const file = "zone"
	parsed, err := zonefile.ParseBIND(fstest.MapFS{file: {Data: []byte(text)}}, file, zonefile.BINDOptions{Origin: origin})
	if err == nil {
		err = parsed.Err()
	}
	if err != nil {
		return nil, scwtest.InvalidArgument("bind_source.content", "format", err.Error())
	}
	var records []Record
	for set := range parsed.Zone.All() {
		if set.Key.Type == zonefile.TypeSOA {
			continue
		}
		name := strings.TrimSuffix(strings.TrimSuffix(set.Key.Name.String(), origin.String()), ".")
		for _, data := range set.Text() {
			r, err := normal(Record{Name: name, Type: set.Key.Type.String(), TTL: uint32(set.TTL), Data: data}, zone)
			if err != nil {
				return nil, err
			}
			records = append(records, s.stamp(r))
		}
	}
	if !slices.ContainsFunc(records, func(r Record) bool { return r.Name == "" && r.Type == "NS" }) {
		records = append(records, s.apexNS()...)
	}
	return records, nil
}
