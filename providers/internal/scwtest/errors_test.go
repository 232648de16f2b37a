package scwtest_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/zoneward/zoneward/providers/internal/scwtest"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
)

// Each error arrives as the type that the SDK has for it, with all its fields.
func TestSDKErrors(t *testing.T) {
	since := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, tt := range []struct {
		err    *scwtest.Error
		status int
		want   scw.SdkError // without RawBody
	}{
		{scwtest.InvalidArgument("data", "constraint", "why"), 400, &scw.InvalidArgumentsError{Details: []scw.InvalidArgumentsErrorDetail{{ArgumentName: "data", Reason: "constraint", HelpMessage: "why"}}}},
		{scwtest.NotFound("record", "1"), 404, &scw.ResourceNotFoundError{Resource: "record", ResourceID: "1"}},
		{scwtest.PermissionsDenied("domain", "write"), 403, &scw.PermissionsDeniedError{Details: []struct {
			Resource string `json:"resource"`
			Action   string `json:"action"`
		}{{"domain", "write"}}}},
		{scwtest.DeniedAuthentication("expired"), 401, &scw.DeniedAuthenticationError{Method: "api_key", Reason: "expired"}},
		{scwtest.QuotasExceeded("dns_zones", 2, 3), 403, &scw.QuotasExceededError{Details: []scw.QuotasExceededErrorDetail{{Resource: "dns_zones", Quota: 2, Current: 3}}}},
		{scwtest.PreconditionFailed("resource_still_in_use", "why"), 412, &scw.PreconditionFailedError{Precondition: "resource_still_in_use", HelpMessage: "why"}},
		{scwtest.TransientState("dns_zone", "1", "pending"), 409, &scw.TransientStateError{Resource: "dns_zone", ResourceID: "1", CurrentState: "pending"}},
		{scwtest.Locked("dns_zone", "1"), 423, &scw.ResourceLockedError{Resource: "dns_zone", ResourceID: "1"}},
		{scwtest.ResourceExpired("dns_zone", "1", since), 410, &scw.ResourceExpiredError{Resource: "dns_zone", ResourceID: "1", ExpiredSince: since}},
		{scwtest.OutOfStock("dns_zone"), 503, &scw.OutOfStockError{Resource: "dns_zone"}},
		{scwtest.Message(403, "root zone can't be deleted"), 403, &scw.ResponseError{Message: "root zone can't be deleted", StatusCode: 403, Status: "403 Forbidden"}},
	} {
		t.Run(tt.err.Error(), func(t *testing.T) {
			h := httpfault.New(http.NotFoundHandler())
			h.Add(httpfault.Rule{Fault: tt.err.Fault()})
			server := httptest.NewServer(h)
			defer server.Close()
			client, err := scw.NewClient(scw.WithAPIURL(server.URL), scw.WithoutAuth(), scw.WithHTTPClient(server.Client()))
			if err != nil {
				t.Fatal(err)
			}
			err = client.Do(&scw.ScalewayRequest{Method: "GET", Path: "/"}, nil)
			got, ok := errors.AsType[scw.SdkError](err)
			if !ok {
				t.Fatalf("got %v", err)
			}
			raw := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".RawBody" }, cmp.Ignore())
			if d := cmp.Diff(tt.want, got, raw); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			if status := h.Log().All()[0].Status; status != tt.status {
				t.Errorf("status %d, want %d", status, tt.status)
			}
		})
	}
}

func TestOvercount(t *testing.T) {
	f := newFake(time.Now)
	secret := f.Accounts.AddToken(scwtest.Token{Organization: f.organization})
	h := httpfault.New(f)
	rule := h.Add(httpfault.Rule{Fault: scwtest.Overcount(3)})
	for request, want := range map[string]string{
		"GET /v1/regions/a/things?name=x": `200 {"things":["x"],"total_count":4}`,
		"GET /v1/regions/a/other":         `404 {"message":"no such path"}`, // a refusal is as it was
	} {
		if got := ask(t, h, secret, request); got != want {
			t.Errorf("%s: got %s, want %s", request, got, want)
		}
	}
	rule.Lift()
	if got, want := ask(t, h, secret, "GET /v1/regions/a/things?name=x"), `200 {"things":["x"],"total_count":1}`; got != want {
		t.Errorf("after it: %s", got)
	}
}
