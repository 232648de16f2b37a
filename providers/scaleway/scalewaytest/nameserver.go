package scalewaytest

import "github.com/zoneward/zoneward/providers/internal/scwtest"

// Nameserver is a name server of a zone, with glue addresses if it has any.
type Nameserver struct {
	Name string   `json:"name"`
	IP   []string `json:"ip"`
}

func defaultNameservers() []Nameserver {
	var all []Nameserver
	for _, name := range defaultNS {
		all = append(all, Nameserver{name, []string{}})
	}
	return all
}

// listNameservers answers GET /dns-zones/{zone}/nameservers.
func (s *Server) listNameservers(c *scwtest.Call) (any, error) {
	z, err := s.zoneOf(c, c.Args[0])
	if err != nil {
		return nil, err
	}
	return map[string]any{"ns": z.ns}, nil
}

// setNameservers answers PUT /dns-zones/{zone}/nameservers. The NS records of the apex stay as they are.
func (s *Server) setNameservers(c *scwtest.Call) (any, error) {
	var in struct {
		NS []Nameserver `json:"ns"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	z, err := s.writable(c, c.Args[0])
	if err != nil {
		return nil, err
	}
	if len(in.NS) == 0 {
		return nil, scwtest.InvalidArgument("ns", "required", "")
	}
	for i, n := range in.NS {
		if err := checkName("ns", n.Name); err != nil {
			return nil, err
		}
		in.NS[i].IP = scwtest.Array(n.IP)
	}
	z.ns = in.NS
	s.touched(z)
	return map[string]any{"ns": z.ns}, nil
}
