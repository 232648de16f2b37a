package scalingo

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/zoneward/zoneward/providers/internal/rest"
	"github.com/zoneward/zoneward/zonefile"
)

// appsPath is where the applications are, https://developers.scalingo.com/apps and /domains.
const appsPath = "/v1/apps"

// client makes the calls of the API that are needed. What lists have is all that there is: they have no pages.
type client struct{ tokens *tokens }

// app is an application.
type app struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	BaseURL shown  `json:"base_url"` // that of the platform
}

// host returns the name that the platform gives the application, which other names are to lead to; the zero Name if it does not say.
func (a app) host() zonefile.Name {
	base, err := url.Parse(string(a.BaseURL))
	if err != nil || base.Hostname() == "" {
		return zonefile.Name{}
	}
	name, err := zonefile.ParseName(base.Hostname()+".", zonefile.Name{})
	if err != nil {
		return zonefile.Name{}
	}
	return name
}

// edit is what is set of a domain. What is nil stays as it is.
type edit struct {
	Name        *string `json:"name,omitempty"` // for a link
	Canonical   *bool   `json:"canonical,omitempty"`
	LetsEncrypt *bool   `json:"letsencrypt_enabled,omitempty"`
	// PEM. Both are set together, and both empty is none.
	Certificate *string `json:"tlscert,omitempty"`
	Key         *string `json:"tlskey,omitempty"`
}

// secret returns what of it nobody else may see.
func (e edit) secret() string {
	if e.Certificate == nil || e.Key == nil {
		return ""
	}
	return *e.Certificate + "\n" + *e.Key
}

// request is a request to the API.
type request struct {
	rest.Request
	secret string // what of the body nobody else may see
	want   int    // the status of an answer that is none of an error
}

// do makes a request. One that is refused because of the bearer token is made once more with another.
func (c client) do(ctx context.Context, r request) error {
	var refused *bearerClient
	for {
		s, err := c.tokens.client(ctx, refused)
		switch {
		case err != nil && r.Method != http.MethodGet:
			return rest.Untouched(ctx, err)
		case err != nil:
			return err
		}
		resp, err := s.api.Do(ctx, r.Request)
		switch {
		case err != nil && resp.Status == http.StatusUnauthorized && refused == nil:
			refused = s
			continue
		case err != nil:
			return apiError(err, r.secret)
		case resp.Status != r.want:
			return fmt.Errorf("%s %s%s: answered with %d, want %d", r.Method, s.api, r.Path, resp.Status, r.want)
		}
		return nil
	}
}

// get reads what is at a path.
func (c client) get(ctx context.Context, path string, out any) error {
	return c.do(ctx, request{Request: rest.Request{Method: http.MethodGet, Path: path, Out: out}, want: http.StatusOK})
}

// apps returns the applications of the account in the region.
func (c client) apps(ctx context.Context) ([]app, error) {
	var out struct {
		Apps *[]app `json:"apps"`
	}
	if err := c.get(ctx, appsPath, &out); err != nil {
		return nil, err
	}
	if out.Apps == nil {
		return nil, fmt.Errorf("GET %s: the answer has no list of applications", appsPath)
	}
	for _, a := range *out.Apps {
		if !appName.MatchString(a.Name) {
			return nil, fmt.Errorf("GET %s: an application with the name %q", appsPath, rest.OneLine(a.Name))
		}
	}
	return *out.Apps, nil
}

// app returns an application by its name, or its id.
func (c client) app(ctx context.Context, named string) (app, error) {
	var out struct {
		App app `json:"app"`
	}
	if err := c.get(ctx, appPath(named), &out); err != nil {
		return app{}, noApp(named, err)
	}
	if out.App.Name != named && out.App.ID != named || !appName.MatchString(out.App.Name) {
		return app{}, fmt.Errorf("GET %s: the answer is about the application %q", appPath(named), rest.OneLine(out.App.Name))
	}
	return out.App, nil
}

// domains returns all domains of an application.
func (c client) domains(ctx context.Context, app string) ([]domain, error) {
	var out struct {
		Domains *[]domain `json:"domains"`
	}
	if err := c.get(ctx, domainsPath(app), &out); err != nil {
		return nil, noApp(app, err)
	}
	if out.Domains == nil {
		return nil, fmt.Errorf("GET %s: the answer has no list of domains", domainsPath(app))
	}
	return *out.Domains, nil
}

// domain returns a domain of an application.
func (c client) domain(ctx context.Context, app string, of domain) (domain, error) {
	var out domainAnswer
	path := domainPath(app, of.ID)
	if err := c.get(ctx, path, &out); err != nil {
		return domain{}, noApp(app, err)
	}
	if err := out.isAbout(of); err != nil {
		return domain{}, fmt.Errorf("GET %s: %w", path, err)
	}
	return *out.Domain, nil
}

// link gives an application a domain.
func (c client) link(ctx context.Context, app string, e edit) error {
	path := domainsPath(app)
	return c.write(ctx, app, domain{Name: *e.Name}, e, rest.Request{Method: http.MethodPost, Path: path}, http.StatusCreated)
}

// update changes a domain of an application.
func (c client) update(ctx context.Context, app string, of domain, e edit) error {
	return c.write(ctx, app, of, e, rest.Request{Method: http.MethodPatch, Path: domainPath(app, of.ID)}, http.StatusOK)
}

// write sets something of a domain, and checks that the answer is about that.
func (c client) write(ctx context.Context, app string, of domain, e edit, r rest.Request, want int) error {
	var out domainAnswer
	r.In, r.Out = map[string]edit{"domain": e}, &out
	if err := c.do(ctx, request{r, e.secret(), want}); err != nil {
		return noApp(app, err)
	}
	if err := out.isAbout(of); err != nil {
		return fmt.Errorf("%s %s: %w", r.Method, r.Path, err)
	}
	return nil
}

// unlink takes a domain from an application. A domain that is "still CNAME-ed" is not found either.
func (c client) unlink(ctx context.Context, app string, of domain) error {
	r := rest.Request{Method: http.MethodDelete, Path: domainPath(app, of.ID)}
	return noApp(app, c.do(ctx, request{Request: r, want: http.StatusNoContent}))
}

func appPath(app string) string { return appsPath + "/" + url.PathEscape(app) }

func domainsPath(app string) string { return appPath(app) + "/domains" }

// domainPath returns the path of a domain. Ids are the server's; the form of an application's name is that of [checkApp].
func domainPath(app, id string) string { return domainsPath(app) + "/" + url.PathEscape(id) }
