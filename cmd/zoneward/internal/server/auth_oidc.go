package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/zoneward/zoneward/reconcile"
)

// OIDCRule says which identity tokens count, and for what: those that an issuer has signed for an audience, with claims that are as they should be.
// https://openid.net/specs/openid-connect-core-1_0.html#IDToken
type OIDCRule struct {
	// Issuer is what the claim iss is, character by character. Below it the keys are found: https, or http on this machine by its address.
	Issuer string
	// Audience is what the claim aud is, or has.
	Audience string
	Role     Role
	// Zones are those that it is for, nil for all.
	Zones []ZonePattern
	// Claims are what the other claims have to be. One of them at least says whose job it is: an issuer signs for everybody's.
	Claims []ClaimRule
}

// ClaimRule is what a claim has to be.
type ClaimRule struct {
	Name string
	// Any are the values that it may have; see reconcile.Glob.
	Any []string
}

// whoseJob are the claims of GitHub, Forgejo and GitLab that no job of another repository, organization or group can have.
// https://docs.github.com/en/actions/reference/security/oidc, https://forgejo.org/docs/latest/user/actions/security-openid-connect/ and
// https://docs.gitlab.com/ci/secrets/id_token_authentication/. Those of workflows that others may call, such as job_workflow_ref, are not among them.
func whoseJob() []string {
	return []string{
		"sub", "repository", "repository_id", "repository_owner", "repository_owner_id", "workflow_ref",
		"project_path", "project_id", "namespace_path", "namespace_id",
	}
}

// anybodys are claims of GitHub that jobs of any repository can have. An organization says itself which claims the subjects of its jobs begin with:
// https://docs.github.com/en/actions/reference/security/oidc#customizing-the-token-claims
func anybodys() []string {
	return []string{
		"actor", "actor_id", "base_ref", "context", "environment", "event_name", "head_ref", "job_workflow_ref", "job_workflow_sha", "ref", "ref_protected", "ref_type",
		"repository_visibility", "runner_environment", "sha", "workflow", "workflow_sha",
	}
}

// check returns what is wrong with a rule.
func (r OIDCRule) check() error {
	if err := checkIssuer(r.Issuer); err != nil {
		return err
	}
	switch {
	case r.Audience == "" || len(r.Audience) > longestClaim:
		return fmt.Errorf("the issuer %s: audience is missing, or too long: what the tokens are for, such as the address of this daemon", r.Issuer)
	case r.Role < RoleRead || r.Role > RoleAdmin:
		return fmt.Errorf("the issuer %s: no role", r.Issuer)
	case r.Zones != nil && len(r.Zones) == 0:
		return fmt.Errorf("the issuer %s: zones has none; leave it out if it is for all", r.Issuer)
	}
	for i, claim := range r.Claims {
		switch {
		case slices.Contains([]string{"", "iss", "aud", "exp", "nbf", "iat", "jti"}, claim.Name):
			return fmt.Errorf("the issuer %s: the claim %q is checked by itself", r.Issuer, claim.Name)
		case slices.ContainsFunc(r.Claims[:i], func(c ClaimRule) bool { return c.Name == claim.Name }):
			return fmt.Errorf("the issuer %s: the claim %s comes twice", r.Issuer, claim.Name)
		case len(claim.Any) == 0 || slices.Contains(claim.Any, ""):
			return fmt.Errorf("the issuer %s: the claim %s has no value, or an empty one", r.Issuer, claim.Name)
		}
	}
	if !slices.ContainsFunc(r.Claims, ClaimRule.saysWhose) {
		return fmt.Errorf("the issuer %s: claims let everybody's jobs in: want one of %s, with its asterisks not in front of the first slash", r.Issuer, strings.Join(whoseJob(), ", "))
	}
	return nil
}

// saysWhose reports whether only the jobs of somebody in particular have a claim like that. What is in front of the first asterisk has to name an owner as a whole,
// such as example/ and repo:example/, since evil-example and example-evil are others.
func (c ClaimRule) saysWhose() bool {
	return slices.Contains(whoseJob(), c.Name) && !slices.ContainsFunc(c.Any, func(pattern string) bool {
		front, _, star := strings.Cut(pattern, "*")
		if first, _, _ := strings.Cut(front, ":"); c.Name == "sub" && slices.Contains(anybodys(), first) {
			return true
		}
		// A subject may have colons where others have slashes: repository_owner:example:*.
		return star && !strings.Contains(front, "/") && (c.Name != "sub" || strings.Count(front, ":") < 2)
	})
}

// checkIssuer returns what is wrong with the address of an issuer.
func checkIssuer(issuer string) error {
	if strings.Contains(issuer, "@") {
		return errors.New("the issuer: a user or password stands in the address")
	}
	u, err := url.Parse(issuer)
	if err != nil || u.Hostname() == "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || len(issuer) > longestClaim {
		return fmt.Errorf("the issuer %q: want an address such as https://token.actions.githubusercontent.com", issuer)
	}
	addr, err := netip.ParseAddr(u.Hostname())
	if u.Scheme != "https" && (u.Scheme != "http" || err != nil || !addr.IsLoopback()) {
		return fmt.Errorf("the issuer %s: want https: whoever answers in its place could sign for everybody", issuer)
	}
	return nil
}

// CheckOIDC returns an error that says what is wrong with rules.
func CheckOIDC(rules []OIDCRule) error {
	var errs []error
	for _, r := range rules {
		errs = append(errs, r.check())
	}
	return errors.Join(errs...)
}

// longestClaim is the most octets of a claim that is looked at. OpenID Connect has a subject have at most 255; a long branch makes a longer one at GitHub.
const longestClaim = 512

// mismatch returns why claims are not those that the rule wants, "" if they are.
func (r OIDCRule) mismatch(claims jwt.MapClaims) string {
	audience, err := claims.GetAudience()
	if err != nil || !slices.Contains(audience, r.Audience) {
		return fmt.Sprintf("aud is %s", shownClaim(claims["aud"]))
	}
	for _, want := range r.Claims {
		value, ok := claimText(claims[want.Name])
		if !ok || !slices.ContainsFunc(want.Any, func(pattern string) bool { return reconcile.Glob(pattern, value) }) {
			return fmt.Sprintf("%s is %s", want.Name, shownClaim(claims[want.Name]))
		}
	}
	return ""
}

// claimText returns a claim that is text, a number, or true or false, as text.
func claimText(claim any) (string, bool) {
	var text string
	switch claim := claim.(type) {
	case string:
		text = claim
	case json.Number:
		text = claim.String()
	case bool:
		text = fmt.Sprint(claim)
	default:
		return "", false
	}
	return text, len(text) <= longestClaim
}

// shownClaim returns a claim for the log.
func shownClaim(claim any) string {
	if claim == nil {
		return "not there"
	}
	return fmt.Sprintf("%.200q", fmt.Sprint(claim))
}

// identity returns what a token of the rule allows, and to whom.
func (r OIDCRule) identity(claims jwt.MapClaims) (Token, error) {
	subject, err := claims.GetSubject()
	if err != nil || subject == "" || len(subject) > longestClaim || plain(subject, len(subject)) != subject {
		return Token{}, errors.New("the claim sub is missing, too long, or has characters that do not print")
	}
	at, err := claims.GetIssuedAt()
	if err != nil || at == nil {
		return Token{}, errors.New("the claim iat is missing")
	}
	return Token{Name: "oidc:" + subject, Role: r.Role, Zones: r.Zones, issuer: r.Issuer}, nil
}

// oidcLeeway is how far the clock of an issuer may be from ours.
const oidcLeeway = 30 * time.Second
