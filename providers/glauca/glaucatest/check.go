package glaucatest

import (
	"fmt"
	"net/http"
	"slices"
)

// checkJSON is the answer to a question for a price.
type checkJSON struct {
	Domain    string  `json:"domain"`
	Available bool    `json:"available"`
	Reason    *string `json:"reason"`
	Price     *string `json:"price"`
}

func no(domain, reason string) (reply, error) {
	return reply{status: http.StatusOK, body: checkJSON{Domain: domain, Reason: orNull(reason)}}, nil
}

func yes(domain string, pence int) (reply, error) {
	return reply{status: http.StatusOK, body: checkJSON{Domain: domain, Available: true, Price: new(pounds(pence))}}, nil
}

func pounds(pence int) string { return fmt.Sprintf("%d.%02d", pence/100, pence%100) }

// period is a time for which a domain is registered.
type period struct {
	Unit  string `json:"unit"`
	Value int    `json:"value"`
}

// years returns the period in years, and whether there is a price for it: up to ten years (RFC 5731 §3.2.3 leaves the most to the registry), and no months.
func (p period) years() (int, bool) { return p.Value, p.Unit == "y" && p.Value <= 10 }

func (m mode) period(v any) (period, any) {
	f, wrong := newForm(v, mode{lenient: m.lenient})
	if wrong != nil {
		return period{}, wrong
	}
	var p period
	p.Unit, _ = take(f, "unit", required, func(v any) (string, any) {
		if v == "y" || v == "m" {
			return v.(string), nil
		}
		return "", say("%q is not a valid choice.", fmt.Sprint(v))
	})
	p.Value, _ = take(f, "value", required, func(v any) (int, any) {
		n, wrong := integer(v)
		if wrong == nil && n < 1 {
			wrong = say("Ensure this value is greater than or equal to 1.")
		}
		return n, wrong
	})
	return p, f.end()
}

// readCheck reads the body of a check. The name counts where it is required: elsewhere the pages show it, and it is passed over.
func (s *Server) readCheck(c *call, named rule) (string, period, error) {
	f, err := s.body(c, false)
	if err != nil {
		return "", period{}, err
	}
	name, _ := take(f, "domain", named, text)
	p, _ := take(f, "period", required, f.period)
	if wrong := f.end(); wrong != nil {
		return "", period{}, invalid(wrong)
	}
	return name, p, nil
}

// supported reports whether the registrar has the registry of a name.
func (s *Server) supported(name string) bool {
	return hostName(name) && (s.opts.Suffixes == nil ||
		slices.ContainsFunc(s.opts.Suffixes, func(suffix string) bool { return name != suffix && below(name, suffix) }))
}

func (s *Server) checkDomain(c *call) (reply, error) {
	name, p, err := s.readCheck(c, required)
	if err != nil {
		return reply{}, err
	}
	years, priced := p.years()
	switch {
	case !s.supported(name):
		return no(name, "Unsupported or invalid domain")
	case s.domain(name) != nil:
		return no(name, "In use")
	case !priced:
		return no(name, "Invalid period for domain")
	}
	return yes(name, years*s.opts.Prices.Register)
}

func (s *Server) checkTransfer(c *call) (reply, error) {
	name, _, err := s.readCheck(c, required)
	if err != nil {
		return reply{}, err
	}
	d := s.domain(name)
	switch {
	case !s.supported(name):
		return no(name, "Unsupported or invalid domain")
	case d == nil:
		return no(name, "")
	case slices.ContainsFunc(d.statuses(), preventsTransfer):
		return no(name, "Domain not eligible for transfer")
	}
	return yes(name, s.opts.Prices.Transfer)
}

func preventsTransfer(status string) bool {
	return slices.Contains([]string{transferLock, "server_transfer_prohibited", "pending_create", "pending_delete", "pending_transfer"}, status)
}

func (s *Server) checkRenew(c *call) (reply, error) {
	d, err := s.own(c)
	if err != nil {
		return reply{}, err
	}
	_, p, err := s.readCheck(c, optional)
	if err != nil {
		return reply{}, err
	}
	years, priced := p.years()
	switch {
	case d.NoRenew:
		return no(d.Name, "Unsupported by the registry")
	case d.deleted():
		return no(d.Name, "Domain not in state to be renewed")
	case !priced:
		return no(d.Name, "Invalid period for domain")
	}
	return yes(d.Name, years*s.opts.Prices.Renew)
}

func (s *Server) checkRestore(c *call) (reply, error) {
	d, err := s.own(c)
	switch {
	case err != nil:
		return reply{}, err
	case d.NoRestore:
		return no(d.Name, "Unsupported by the registry")
	case !d.deleted():
		return no(d.Name, "Domain not in state to be restored")
	}
	return yes(d.Name, s.opts.Prices.Restore)
}
