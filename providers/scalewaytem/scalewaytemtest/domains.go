package scalewaytemtest

import (
	"net/http"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/providers/internal/scwtest"
	"github.com/zoneward/zoneward/zonefile"
)

// listDomains answers GET /domains.
func (f *Fake) listDomains(c *scwtest.Call) (any, error) {
	for _, status := range c.Query["status"] {
		if !slices.Contains(statuses(), Status(status)) {
			return nil, scwtest.InvalidArgument("status", "format", "no such status")
		}
	}
	organization, project := c.Query.Get("organization_id"), c.Query.Get("project_id")
	if organization != "" && organization != c.Token.Organization || project != "" && !f.Sees(c.Token, project) {
		return nil, scwtest.PermissionsDenied("domain", "read")
	}
	var all []domainJSON
	for _, d := range f.domains {
		switch {
		case !f.Sees(c.Token, d.project),
			project != "" && project != d.project,
			c.Query.Has("name") && c.Query.Get("name") != d.name,
			c.Query.Has("status") && !slices.Contains(c.Query["status"], string(d.status)),
			f.opts.HideRevoked && !d.live():
		default:
			all = append(all, f.json(d))
		}
	}
	return scwtest.Page(c, "domains", all, f.opts.PageSize)
}

// createDomain answers POST /domains.
func (f *Fake) createDomain(c *scwtest.Call) (any, error) {
	var in struct {
		ProjectID  string `json:"project_id"`
		DomainName string `json:"domain_name"`
		Autoconfig bool   `json:"autoconfig"`
		AcceptTOS  *bool  `json:"accept_tos"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	if in.ProjectID == "" {
		return nil, scwtest.InvalidArgument("project_id", "required", "")
	}
	if err := scwtest.CheckID("project_id", in.ProjectID); err != nil {
		return nil, err
	}
	if err := checkName(in.DomainName); err != nil {
		return nil, err
	}
	if !f.Sees(c.Token, in.ProjectID) {
		return nil, scwtest.PermissionsDenied("domain", "write")
	}
	if err := f.mayCreate(c, in.DomainName, in.ProjectID); err != nil {
		return nil, err
	}
	d := f.add(in.DomainName, in.ProjectID)
	f.setAutoconfig(d, in.Autoconfig)
	return f.json(d), nil
}

// mayCreate returns an error if a project can have no domain with a name. The name of the DKIM record is the project's, so that others can have it as well.
func (f *Fake) mayCreate(c *scwtest.Call, name, project string) error {
	n := 0
	for _, d := range f.domains {
		switch {
		case !d.live():
		case d.name == name && d.project == project && f.opts.DuplicateInvalid:
			return scwtest.InvalidArgument("domain_name", "constraint", "the project has this domain already")
		case d.name == name && d.project == project:
			return scwtest.Message(http.StatusConflict, "domain already exists")
		case f.OrganizationOf(d.project) == c.Token.Organization:
			n++
		}
	}
	if f.opts.MaxDomains > 0 && n >= f.opts.MaxDomains {
		return scwtest.QuotasExceeded("domains", f.opts.MaxDomains, n)
	}
	return nil
}

// checkName returns an error if a name is not that of a domain, in lower case and without a dot at the end.
func checkName(name string) error {
	bad := func(reason, help string) error { return scwtest.InvalidArgument("domain_name", reason, help) }
	if name == "" {
		return bad("required", "")
	}
	_, err := zonefile.ParseName(name+".", zonefile.Root)
	switch {
	case err != nil:
		return bad("format", err.Error())
	case strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-.") != "":
		return bad("format", "want lower-case letters, digits and hyphens")
	case !strings.Contains(name, "."):
		return bad("constraint", "a domain has two labels at least")
	}
	return nil
}

// add makes a domain.
func (f *Fake) add(name, project string) *domain {
	d := &domain{
		id: f.NewID(), name: name, project: project, status: Unchecked, created: f.opts.Now(), dkim: f.newDKIM(),
		reputation: &reputation{status: "excellent", score: 100},
	}
	f.domains = append(f.domains, d)
	return d
}

// domainOf returns the domain that a call is for.
func (f *Fake) domainOf(c *scwtest.Call, action string) (*domain, error) {
	id := c.Args[1]
	if err := scwtest.CheckID("domain_id", id); err != nil {
		return nil, err
	}
	i := slices.IndexFunc(f.domains, func(d *domain) bool { return d.id == id })
	switch {
	case i < 0 || f.OrganizationOf(f.domains[i].project) != c.Token.Organization:
		return nil, scwtest.NotFound("domain", id)
	case !f.Sees(c.Token, f.domains[i].project):
		return nil, scwtest.PermissionsDenied("domain", action)
	}
	return f.domains[i], nil
}

// readable returns the domain that a call wants to see.
func (f *Fake) readable(c *scwtest.Call) (*domain, error) {
	d, err := f.domainOf(c, "read")
	if err == nil && !d.live() && !d.readable {
		return nil, scwtest.NotFound("domain", d.id)
	}
	return d, err
}

// writable returns the domain that a call wants to do something to, which is not revoked.
func (f *Fake) writable(c *scwtest.Call) (*domain, error) {
	d, err := f.domainOf(c, "write")
	switch {
	case err != nil:
		return nil, err
	case !d.live():
		return nil, scwtest.NotFound("domain", d.id)
	case d.status == Locked:
		return nil, scwtest.Locked("domain", d.id)
	case d.transient() && f.opts.RefuseTransient:
		return nil, scwtest.TransientState("domain", d.id, string(d.status))
	}
	return d, nil
}

// getDomain answers GET /domains/{id}.
func (f *Fake) getDomain(c *scwtest.Call) (any, error) {
	d, err := f.readable(c)
	if err != nil {
		return nil, err
	}
	return f.json(d), nil
}

// updateDomain answers PATCH /domains/{id}.
func (f *Fake) updateDomain(c *scwtest.Call) (any, error) {
	var in struct {
		Autoconfig *bool `json:"autoconfig"`
	}
	if err := c.Decode(&in); err != nil {
		return nil, err
	}
	d, err := f.writable(c)
	if err != nil {
		return nil, err
	}
	if in.Autoconfig != nil {
		f.setAutoconfig(d, *in.Autoconfig)
	}
	return f.json(d), nil
}

// revokeDomain answers POST /domains/{id}/revoke. There is no way back. A second time does nothing, and is answered alike.
func (f *Fake) revokeDomain(c *scwtest.Call) (any, error) {
	if err := c.Decode(&struct{}{}); err != nil {
		return nil, err
	}
	d, err := f.domainOf(c, "write")
	if err != nil {
		return nil, err
	}
	at := kept
	if d.live() {
		if d, err = f.writable(c); err != nil {
			return nil, err
		}
		f.revoke(d)
		at = fresh
	}
	out := f.actionJSON(d)
	out.RevokedAt, out.SPFConfig = at(d.revoked), ""
	return out, nil
}

func (f *Fake) revoke(d *domain) {
	d.status, d.revoked, d.readable = Revoked, f.opts.Now(), f.opts.RevokedReadable
	d.forget()
}
