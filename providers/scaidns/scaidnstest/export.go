package scaidnstest

import (
	"net/http"
	"strconv"
	"strings"
)

// soaJSON is the SOA of a zone. The names of its fields but serial are not documented.
type soaJSON struct {
	ZoneID  string `json:"domain_id"`
	MName   string `json:"mname"`
	RName   string `json:"rname"`
	Serial  uint32 `json:"serial"`
	Refresh uint32 `json:"refresh"`
	Retry   uint32 `json:"retry"`
	Expire  uint32 `json:"expire"`
	Minimum uint32 `json:"minimum"`
	TTL     int64  `json:"ttl"`
}

func (s *Server) readSOA(c *call) (reply, error) {
	z, err := s.zoneOf(c)
	if err != nil {
		return reply{}, err
	}
	if z.store == nil {
		return reply{}, errNotActive(z.status)
	}
	content, err := z.store.zone(c.ctx, z.name)
	if err != nil {
		return reply{}, err
	}
	for _, set := range content.RRsets {
		if set.Type == "SOA" && len(set.Records) == 1 {
			return success(soaOf(z, set))
		}
	}
	return reply{}, refuse(http.StatusNotFound, "SOA record not found")
}

// soaOf reads an SOA as PowerDNS writes it: MNAME RNAME SERIAL REFRESH RETRY EXPIRE MINIMUM.
func soaOf(z *zone, set pdnsSet) soaJSON {
	f := append(strings.Fields(set.Records[0].Content), make([]string, 7)...)
	number := func(i int) uint32 {
		n, _ := strconv.ParseUint(f[i], 10, 32) // 0 where PowerDNS has none
		return uint32(n)
	}
	return soaJSON{z.id, f[0], f[1], number(2), number(3), number(4), number(5), number(6), set.TTL}
}

func (s *Server) export(c *call) (reply, error) {
	z, text, err := s.zoneFile(c)
	if err != nil {
		return reply{}, err
	}
	return success(map[string]string{"domain_id": z.id, "domain_name": s.zoneName(z), "format": "bind", "zone_file": text})
}

func (s *Server) download(c *call) (reply, error) {
	z, text, err := s.zoneFile(c)
	if err != nil {
		return reply{}, err
	}
	disposition := `attachment; filename="` + strings.ReplaceAll(z.name, "/", "_") + `.zone"`
	return reply{status: http.StatusOK, body: plain(text), header: http.Header{"Content-Disposition": {disposition}}}, nil
}

func (s *Server) zoneFile(c *call) (*zone, string, error) {
	z, err := s.zoneOf(c)
	if err != nil {
		return nil, "", err
	}
	if z.store == nil {
		return nil, "", errNotActive(z.status)
	}
	text, err := z.store.export(c.ctx, z.name)
	return z, text, err
}
