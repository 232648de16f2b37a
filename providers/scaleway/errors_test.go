package scaleway_test

import (
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/scwtest"
	"github.com/zoneward/zoneward/providers/scaleway/scalewaytest"
)

// errBusy stands for a *BusyError among the kinds.
var errBusy = errors.New("busy")

// refusal is one of the errors that the API has, with what becomes of it if the zone is there and as it was. Nil is no kind.
type refusal struct {
	name  string
	err   *scwtest.Error
	read  error
	write error
	text  string
}

// alike is a refusal that means the same for reads and writes.
func alike(name string, err *scwtest.Error, kind error, text string) refusal {
	return refusal{name, err, kind, kind, text}
}

func refusals() []refusal {
	since := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	return []refusal{
		alike("invalid_arguments", scwtest.InvalidArgument("data", "constraint", "not an address"), providers.ErrInvalid, "data: constraint: not an address"),
		alike("permissions_denied", scwtest.PermissionsDenied("domain_zone", "write"), providers.ErrAuth, "write domain_zone"),
		alike("denied_authentication", scwtest.DeniedAuthentication("expired"), providers.ErrAuth, "authentication is denied; expired"),
		alike("quotas_exceeded", scwtest.QuotasExceeded("domain_records", 10, 11), providers.ErrBlocked, "domain_records: 11 of 10"),
		alike("precondition_failed", scwtest.PreconditionFailed("resource_still_in_use", "unlink it"), providers.ErrBlocked, "resource_still_in_use; unlink it"),
		alike("transient_state", scwtest.TransientState("dns_zone", "id", "pending"), errBusy, "dns_zone id; pending"),
		alike("locked", scwtest.Locked("dns_zone", "id"), providers.ErrBlocked, "dns_zone id"),
		alike("resource_expired", scwtest.ResourceExpired("domain", "id", since), providers.ErrBlocked, "domain id; 2026-11-01T00:00:00Z"),
		alike("message with 400", scwtest.Message(400, "no"), providers.ErrInvalid, `"no"`),
		alike("message with 401", scwtest.Message(401, "no"), providers.ErrAuth, `"no"`),
		alike("message with 403", scwtest.Message(403, "no"), providers.ErrAuth, `"no"`),
		alike("message with 404", scwtest.Message(404, "no"), nil, "404"),
		alike("message with 409", scwtest.Message(409, "no"), providers.ErrConflict, `"no"`),
		alike("message with 412", scwtest.Message(412, "no"), providers.ErrBlocked, `"no"`),
		alike("message with 423", scwtest.Message(423, "no"), providers.ErrBlocked, `"no"`),
		alike("message with 429", scwtest.Message(429, "no"), errBusy, `"no"`),
		// The zone is there: what a write does not find is one of its records.
		{"not_found", scwtest.NotFound("dns_zone", zone), nil, providers.ErrConflict, zone},
		{"out_of_stock", scwtest.OutOfStock("domain"), errBusy, nil, "resource is out of stock"},
		// The type counts, whatever the status is.
		alike("quotas_exceeded with 400", &scwtest.Error{Status: 400, Fields: scwtest.QuotasExceeded("domain_records", 10, 11).Fields}, providers.ErrBlocked, ""),
		{"not_found with 400", &scwtest.Error{Status: 400, Fields: scwtest.NotFound("dns_zone", zone).Fields}, nil, providers.ErrConflict, ""},
	}
}

// isKind checks the error for a refusal.
func isKind(t *testing.T, err, kind error, text string) {
	t.Helper()
	if !errors.Is(kind, errBusy) {
		wants(t, err, kind, text)
		return
	}
	if _, busy := errors.AsType[*providers.BusyError](err); !busy {
		t.Errorf("got %v, want a *BusyError", err)
	}
}

func TestRefusalsOfReads(t *testing.T) {
	for _, tt := range refusals() {
		for _, pattern := range []string{scalewaytest.ListRecords, scalewaytest.ListVersions} {
			t.Run(tt.name+"/"+pattern, func(t *testing.T) {
				s, p := start(t, scalewaytest.Options{}, a("www", "192.0.2.1"))
				fail(s, pattern, tt.err.Fault())
				_, err := p.Fetch(t.Context(), origin)
				isKind(t, err, tt.read, tt.text)
			})
		}
	}
}

func TestRefusalsOfWrites(t *testing.T) {
	for _, tt := range refusals() {
		t.Run(tt.name, func(t *testing.T) {
			s, p := start(t, scalewaytest.Options{}, a("www", "192.0.2.1"))
			base := fetched(t, p)
			fail(s, scalewaytest.PatchRecords, tt.err.Fault())
			_, err := p.Apply(t.Context(), origin, puts(base, set("www.zone.example.com. 300 A 192.0.2.2")))
			isKind(t, err, tt.write, tt.text)
			diff(t, "zone", lines(base.Zone), lines(fetched(t, p).Zone))
		})
	}
}

// A wrong url has no list of zones, and that says nothing of any zone.
func TestNoListOfZonesIsNotNoZone(t *testing.T) {
	for name, answer := range map[string]*scwtest.Error{
		"typed": scwtest.NotFound("path", "dns-zones"), "message": scwtest.Message(404, "no such path"),
	} {
		t.Run(name, func(t *testing.T) {
			s, p := start(t, scalewaytest.Options{})
			fail(s, scalewaytest.ListZones, answer.Fault())
			_, err := p.Fetch(t.Context(), origin)
			wants(t, err, nil, "404")
			fail(s, scalewaytest.ListZones, answer.Fault())
			_, err = p.Zones(t.Context())
			wants(t, err, nil, "404")
		})
	}
}

func TestAnswersThatAreNotOfTheAPI(t *testing.T) {
	for _, tt := range []struct {
		name   string
		status int
		kind   string
		body   string
		want   error
		text   string
	}{
		{"page of a proxy", 502, "text/html", "<html>bad gateway</html>", nil, "502"},
		{"page with 404", 404, "text/html", "<html>not here</html>", nil, "404"},
		{"page with 200", 200, "text/html", "<html>log in</html>", nil, "text/html"},
		{"not JSON", 200, "application/json", "upstream says: {ok", nil, "not JSON"},
		{"an empty object", 200, "application/json", "{}", nil, "a list without "},
		{"a list without a total", 200, "application/json", `{"dns_zones":[]}`, nil, "a list without total_count"},
		{"a total without a list", 200, "application/json", `{"total_count":0}`, nil, "a list without dns_zones"},
		{"null for a list", 200, "application/json", `{"total_count":0,"dns_zones":null}`, nil, "a list without dns_zones"},
		{"text with 400", 400, "text/plain", "no", nil, "400"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := answering(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", tt.kind)
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.body)
			})
			_, err := p.Fetch(t.Context(), origin)
			wants(t, err, tt.want, tt.text)
			_, err = p.Zones(t.Context())
			wants(t, err, tt.want, tt.text)
		})
	}
}
