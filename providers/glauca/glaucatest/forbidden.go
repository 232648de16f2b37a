package glaucatest

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/providers/providertest/httpfault"
)

// Forbidden returns the calls, in the form of [Server.Calls], that a program must never make by itself: those that end a registration, cost money, or make another
// authorization code. What was refused, or answered by a fault, is among them. It starts anew when the log of [Server.Faults] does.
func (s *Server) Forbidden() []string {
	var calls []string
	for _, x := range s.Faults.Log().All() {
		if isForbidden(x) {
			calls = append(calls, callText(x.Method, x.Path, x.Query))
		}
	}
	return calls
}

var (
	onDomain = regexp.MustCompile(`^/api/domains/[^/]+/?$`)
	costs    = regexp.MustCompile(`^/api/(domains/[^/]+/(renew|restore)|domain_[a-z]+_orders)(/|$)`)
)

func isForbidden(x httpfault.Exchange) bool {
	switch x.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return false
	case http.MethodDelete:
		if onDomain.MatchString(x.Path) {
			return true
		}
	case http.MethodPatch, http.MethodPut:
		var body struct {
			Regenerate any `json:"regen_auth_code"`
		}
		if onDomain.MatchString(x.Path) && json.Unmarshal([]byte(x.Body), &body) == nil && body.Regenerate != nil && body.Regenerate != false {
			return true
		}
	}
	return costs.MatchString(x.Path)
}

// orderJSON is an order, https://docs.glauca.digital/domains/api/objects/domain_restore_order/.
type orderJSON struct {
	URL         string      `json:"url"`
	ID          string      `json:"id"`
	State       string      `json:"state"`
	Domain      string      `json:"domain"`
	DomainObj   string      `json:"domain_obj"`
	DomainURL   string      `json:"domain_obj_url"`
	RedirectURI *string     `json:"redirect_uri"`
	LastError   *string     `json:"last_error"`
	Period      *period     `json:"period,omitempty"`
	Price       json.Number `json:"price"`
	OffSession  bool        `json:"off_session"`
}

// deleteDomain puts a domain into redemption, or ends it for good where the registry cannot restore it.
func (s *Server) deleteDomain(c *call) (reply, error) {
	d, err := s.own(c)
	if err != nil {
		return reply{}, err
	}
	if d.deleted() || slices.ContainsFunc(d.Statuses, func(status string) bool { return strings.HasSuffix(status, "_delete_prohibited") }) {
		return reply{}, denied()
	}
	if d.NoRestore {
		s.remove(d)
		return reply{status: http.StatusNoContent}, nil
	}
	d.redeem()
	d.publish(s.now())
	return reply{status: http.StatusAccepted, body: s.read(c, d)}, nil
}

// restoreDomain takes an order, and has done it at once.
func (s *Server) restoreDomain(c *call) (reply, error) {
	d, f, err := s.order(c)
	switch {
	case err != nil:
		return reply{}, err
	case !d.deleted():
		return reply{}, denied()
	}
	out := s.newOrder(c, f, d, "domain_restore_order", s.opts.Prices.Restore)
	if wrong := f.end(); wrong != nil {
		return reply{}, invalid(wrong)
	}
	d.restore()
	d.publish(s.now())
	return out.created(), nil
}

// renewDomain takes an order, and has done it at once.
func (s *Server) renewDomain(c *call) (reply, error) {
	d, f, err := s.order(c)
	switch {
	case err != nil:
		return reply{}, err
	case d.deleted():
		return reply{}, denied()
	}
	p, _ := take(f, "period", required, f.period)
	years, priced := p.years()
	out := s.newOrder(c, f, d, "domain_renew_order", years*s.opts.Prices.Renew)
	out.Period = &p
	if wrong := f.end(); wrong != nil {
		return reply{}, invalid(wrong)
	}
	if !priced {
		return reply{}, denied()
	}
	d.Expiry = d.Expiry.AddDate(years, 0, 0)
	return out.created(), nil
}

// order returns the domain of an order, and its body.
func (s *Server) order(c *call) (*domain, *form, error) {
	d, err := s.own(c)
	if err != nil {
		return nil, nil, err
	}
	f, err := s.body(c, false)
	return d, f, err
}

// newOrder returns an order as it is when it is made, before anything was done for it.
func (s *Server) newOrder(c *call, f *form, d *domain, kind string, pence int) orderJSON {
	off, given := take(f, "off_session", optional, boolean)
	id := s.newID(kind)
	return orderJSON{
		URL: s.address(c, kind+"s", id), ID: id, State: "started", Domain: d.Name, DomainObj: d.ID, DomainURL: s.address(c, "domains", d.ID),
		Price: json.Number(pounds(pence)), OffSession: off || !given,
	}
}

func (o orderJSON) created() reply {
	return reply{status: http.StatusCreated, body: o, header: http.Header{"Location": {o.URL}}}
}
