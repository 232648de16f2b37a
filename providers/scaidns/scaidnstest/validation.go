package scaidnstest

import (
	"cmp"
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// validation is a challenge that shows whose a zone is, https://www.scailabs.ai/en/docs/scaidns/reference/validation.
type validation struct {
	id        string
	kind      validationType
	status    string // pending, failed, expired
	challenge string
	created   time.Time
	expires   time.Time

	published bool   // whether the next check finds it
	failure   string // what the next check says if not, empty for that there is no record
}

type validationType string

const (
	byTXT         validationType = "txt_record"
	byNameservers validationType = "nameservers"
)

// validationTime is how long a challenge is valid.
const validationTime = 72 * time.Hour

type validationJSON struct {
	ID        string         `json:"id"`
	Type      validationType `json:"validation_type"`
	Status    string         `json:"status"`
	Challenge string         `json:"challenge_value"`
	Record    *challengeJSON `json:"dns_record"`
	Expires   string         `json:"expires_at"`
	Created   string         `json:"created_at"`
}

// challengeJSON is the record that is to be published.
type challengeJSON struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Value string `json:"value"`
}

func (s *Server) newValidation(kind validationType) *validation {
	now := s.opts.Now()
	return &validation{
		id: s.newID("v"), kind: kind, status: "pending", challenge: "scaidns-verify=" + strings.ToLower(rand.Text()),
		created: now, expires: now.Add(validationTime),
	}
}

func (v *validation) json(z *zone) validationJSON {
	out := validationJSON{ID: v.id, Type: v.kind, Status: v.status, Challenge: v.challenge, Expires: stamp(v.expires), Created: stamp(v.created)}
	if v.kind == byTXT {
		out.Record = &challengeJSON{challengeName(z), "TXT", v.challenge}
	}
	return out
}

func challengeName(z *zone) string { return "_scaidns-verify." + z.name }

// serves reports whether DNS has the challenge of a zone.
func (s *Server) serves(z *zone, v *validation) bool {
	return s.opts.Lookup != nil && v.kind == byTXT && slices.Contains(s.opts.Lookup(challengeName(z)+"."), v.challenge)
}

// validationOf returns the challenge of a zone, expired if it is by now.
func (s *Server) validationOf(z *zone) *validation {
	if z.validation != nil && !s.opts.Now().Before(z.validation.expires) {
		z.validation.status = "expired"
	}
	return z.validation
}

func (s *Server) readValidation(c *call) (reply, error) {
	z, err := s.zoneOf(c)
	if err != nil {
		return reply{}, err
	}
	v := s.validationOf(z)
	if v == nil {
		return success(nil)
	}
	return success(v.json(z))
}

func (s *Server) createValidation(c *call) (reply, error) {
	in := struct {
		Type validationType `json:"validation_type"`
	}{byTXT}
	if len(c.body) > 0 {
		if err := c.decode(&in, []field{{name: "validation_type", kind: text}}); err != nil {
			return reply{}, err
		}
	}
	if err := choice([]any{"body", "validation_type"}, in.Type, byTXT, byNameservers); err != nil {
		return reply{}, err
	}
	z, err := s.zoneOf(c)
	if err != nil {
		return reply{}, err
	}
	if z.status != Pending {
		return reply{}, refuse(http.StatusConflict, "Domain is already validated")
	}
	z.validation = s.newValidation(in.Type)
	return s.created(z.validation.json(z))
}

// checked is the answer to a check. One that fails is answered 200 too.
type checked struct {
	Valid   bool   `json:"is_valid"`
	Message string `json:"message"`
	ID      string `json:"validation_id"`
}

func (s *Server) checkValidation(c *call) (reply, error) {
	z, err := s.zoneOf(c)
	if err != nil {
		return reply{}, err
	}
	v := s.validationOf(z)
	switch {
	case v == nil:
		return reply{}, refuse(http.StatusNotFound, "No pending validation")
	case v.status == "expired":
		return success(checked{false, "Validation has expired", v.id})
	case !v.published && !s.serves(z, v):
		v.status = "failed"
		return success(checked{false, cmp.Or(v.failure, "No DNS record found for "+challengeName(z)), v.id})
	}
	if err := s.activate(c.ctx, z); err != nil {
		return reply{}, err
	}
	z.validation = nil
	return success(checked{true, "Domain validated", v.id})
}

func (s *Server) cancelValidation(c *call) (reply, error) {
	z, err := s.zoneOf(c)
	if err != nil {
		return reply{}, err
	}
	if z.validation == nil {
		return reply{}, refuse(http.StatusNotFound, "No pending validation")
	}
	z.validation = nil
	return noContent()
}

// PublishChallenge has the next check of a zone's validation find what it looks for.
func (s *Server) PublishChallenge(t testing.TB, id string) {
	t.Helper()
	s.withValidation(t, id, func(v *validation) { v.published = true })
}

// FailValidation has the checks of a zone's validation fail with a message, empty for that there is no record.
func (s *Server) FailValidation(t testing.TB, id, message string) {
	t.Helper()
	s.withValidation(t, id, func(v *validation) { v.published, v.failure, v.status = false, message, "failed" })
}

func (s *Server) withValidation(t testing.TB, id string, change func(*validation)) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	z := s.byID(t, id)
	if z.validation == nil {
		t.Fatalf("domain %s has no validation", z.name)
	}
	change(z.validation)
}

// FinishValidation has a pending zone active, as if its validation had been checked.
func (s *Server) FinishValidation(t testing.TB, id string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	z := s.byID(t, id)
	if err := s.activate(t.Context(), z); err != nil {
		t.Fatal(err)
	}
	z.validation = nil
}
