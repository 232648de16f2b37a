package scwtest

import (
	"fmt"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/zoneward/zoneward/providers/providertest/httpfault"
)

// Accounts are the organizations, projects and API keys that a fake knows. They may be used concurrently.
type Accounts struct {
	now func() time.Time

	mu       sync.Mutex
	ids      int
	tokens   map[string]Token
	projects map[string]string // to organizations
}

// NewAccounts returns accounts without any organization. Keys expire by now.
func NewAccounts(now func() time.Time) *Accounts {
	return &Accounts{now: now, tokens: map[string]Token{}, projects: map[string]string{}}
}

// Access is what a token may do.
type Access int

// The accesses.
const (
	FullAccess Access = iota
	ReadOnly
	NoAccess // what other products have
)

// Token is an API key.
type Token struct {
	Organization string
	Projects     []string // that it is for, nil for all of the organization
	Access       Access
	Expires      time.Time // zero for never
}

// NewID returns a UUID that no other thing of the fake has. They are the same in each run.
func (a *Accounts) NewID() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ids++
	return fmt.Sprintf("%08x-0000-4000-8000-%012x", 0xf00d0000+a.ids, a.ids)
}

// AddOrganization returns the id of a new organization.
func (a *Accounts) AddOrganization() string { return a.NewID() }

// AddProject returns the id of a new project of an organization.
func (a *Accounts) AddProject(organization string) string {
	id := a.NewID()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.projects[id] = organization
	return id
}

// AddToken returns the secret key of a new API key.
func (a *Accounts) AddToken(t Token) string {
	secret := a.NewID()
	a.SetToken(secret, t)
	return secret
}

// SetToken changes what the API key with a secret key may do.
func (a *Accounts) SetToken(secret string, t Token) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.tokens[secret] = t
}

// OrganizationOf returns the organization of a project, "" for one that there is not.
func (a *Accounts) OrganizationOf(project string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.projects[project]
}

// Sees reports whether a project is one of a token's.
func (a *Accounts) Sees(t Token, project string) bool {
	return a.OrganizationOf(project) == t.Organization && (t.Projects == nil || slices.Contains(t.Projects, project))
}

var uuid = regexp.MustCompile("^" + httpfault.UUID + "$")

// CheckID returns an error if an id that a client sends is none. It may be left out.
func CheckID(argument, id string) error {
	if id != "" && !uuid.MatchString(id) {
		return InvalidArgument(argument, "format", "want a UUID")
	}
	return nil
}

// authenticate returns the API key of a request.
func (a *Accounts) authenticate(secrets []string) (Token, error) {
	if len(secrets) != 1 || !uuid.MatchString(secrets[0]) {
		return Token{}, DeniedAuthentication("invalid_argument")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	t, ok := a.tokens[secrets[0]]
	switch {
	case !ok:
		return Token{}, DeniedAuthentication("not_found")
	case !t.Expires.IsZero() && !a.now().Before(t.Expires):
		return Token{}, DeniedAuthentication("expired")
	}
	return t, nil
}

// authorize returns an error if t may not read, or write.
func (t Token) authorize(write bool) error {
	switch {
	case t.Access == NoAccess && !write:
		return PermissionsDenied("domain", "read")
	case t.Access != FullAccess && write:
		return PermissionsDenied("domain", "write")
	}
	return nil
}
