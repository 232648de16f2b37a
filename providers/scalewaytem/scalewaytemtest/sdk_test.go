package scalewaytemtest_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	tem "github.com/scaleway/scaleway-sdk-go/api/tem/v1alpha1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/zoneward/zoneward/providers/scalewaytem/scalewaytemtest"
)

// The official SDK as a client of the fake. Where they disagree the SDK is right.

func sdk(t *testing.T, f *scalewaytemtest.Fake, secret string) *tem.API {
	t.Helper()
	client, err := scw.NewClient(
		scw.WithAPIURL("http://api.example.com"), scw.WithAuth("SCWXXXXXXXXXXXXXXXXX", secret), scw.WithDefaultProjectID(f.Project),
		scw.WithDefaultRegion(scw.RegionFrPar), scw.WithHTTPClient(&http.Client{Transport: memory{f}}),
	)
	if err != nil {
		t.Fatal(err)
	}
	return tem.NewAPI(client)
}

func TestSDKLife(t *testing.T) {
	var z zone
	f := scalewaytemtest.New(t, scalewaytemtest.Options{Lookup: lookup(&z)})
	api := sdk(t, f, f.Token)
	made, err := api.CreateDomain(&tem.CreateDomainRequest{DomainName: "mail.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	if made.ProjectID != f.Project || made.OrganizationID != f.Organization || made.Region != scw.RegionFrPar || made.Status != tem.DomainStatusUnchecked ||
		made.CreatedAt == nil || made.Reputation.Status != tem.DomainReputationStatusExcellent || made.Reputation.Score != 100 || made.Statistics == nil {
		t.Errorf("created: %+v", made)
	}
	r := made.Records
	z.put(
		scalewaytemtest.Record{Name: r.Dkim.Name, Type: "TXT", Value: r.Dkim.Value}, scalewaytemtest.Record{Name: r.Dmarc.Name, Type: "TXT", Value: r.Dmarc.Value},
		scalewaytemtest.Record{Name: r.Spf.Name, Type: "TXT", Value: r.Spf.Value}, scalewaytemtest.Record{Name: r.Mx.Name, Type: "MX", Value: r.Mx.Value},
	)
	asked, err := api.CheckDomain(&tem.CheckDomainRequest{DomainID: made.ID})
	if err != nil || asked.Records.Dkim != nil || asked.Reputation != nil || asked.Status != tem.DomainStatusUnchecked || asked.NextCheckAt == nil {
		t.Errorf("check: %+v, %v", asked, err)
	}
	got, err := api.GetDomain(&tem.GetDomainRequest{DomainID: made.ID})
	if err != nil || got.Status != tem.DomainStatusChecked || got.LastValidAt == nil || got.Records.Dkim == nil {
		t.Errorf("get: %+v, %v", got, err)
	}
	last, err := api.GetDomainLastStatus(&tem.GetDomainLastStatusRequest{DomainID: made.ID})
	if err != nil || last.DomainName != "mail.example.com" || last.SpfRecord.Status != tem.DomainLastStatusRecordStatusValid ||
		last.DkimRecord.LastValidAt == nil || last.MxRecord.Error != nil || !last.AutoconfigState.Autoconfigurable || last.AutoconfigState.Reason != nil {
		t.Errorf("verification: %+v, %v", last, err)
	}
	on, err := api.UpdateDomain(&tem.UpdateDomainRequest{DomainID: made.ID, Autoconfig: new(true)})
	if err != nil || !on.Autoconfig || on.Status != tem.DomainStatusAutoconfiguring || on.Records.Dkim == nil {
		t.Errorf("update: %+v, %v", on, err)
	}
	gone, err := api.RevokeDomain(&tem.RevokeDomainRequest{DomainID: made.ID})
	if err != nil || gone.Status != tem.DomainStatusRevoked || gone.RevokedAt == nil || gone.Autoconfig {
		t.Errorf("revoke: %+v, %v", gone, err)
	}
	if _, err := api.GetDomain(&tem.GetDomainRequest{DomainID: made.ID}); !is[*scw.ResourceNotFoundError](err) {
		t.Errorf("get of a domain that is revoked: %v", err)
	}
	again, err := api.CreateDomain(&tem.CreateDomainRequest{DomainName: "mail.example.com"})
	if err != nil || again.ID == made.ID || again.DkimConfig == made.DkimConfig {
		t.Errorf("created again: %+v, %v", again, err)
	}
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func TestSDKList(t *testing.T) {
	f := scalewaytemtest.New(t, scalewaytemtest.Options{})
	other := f.AddProject(f.Organization)
	for i := range 5 {
		f.AddDomain(fmt.Sprintf("d%d.example.com", i), "")
	}
	f.AddDomain("d0.example.com", other)
	f.AddDomain("foreign.example.com", f.AddProject(f.AddOrganization()))
	f.SetStatus("d1.example.com", scalewaytemtest.Checked, "")
	f.SetStatus("d2.example.com", scalewaytemtest.Locked, "")
	f.Revoke("d3.example.com")
	api := sdk(t, f, f.Token)
	all := []string{"d0.example.com unchecked", "d1.example.com checked", "d2.example.com locked", "d3.example.com revoked", "d4.example.com unchecked"}
	for _, tt := range []struct {
		name  string
		in    tem.ListDomainsRequest
		want  []string
		calls int
	}{
		{"all, page by page", tem.ListDomainsRequest{PageSize: new(uint32(2))}, append(all[:5:5], "d0.example.com unchecked"), 3},
		{"a project", tem.ListDomainsRequest{ProjectID: &f.Project}, all, 1},
		{"the organization", tem.ListDomainsRequest{OrganizationID: &f.Organization, ProjectID: &other}, all[:1], 1},
		{"a name", tem.ListDomainsRequest{Name: new("d0.example.com"), ProjectID: &f.Project}, all[:1], 1},
		{"a name in two projects", tem.ListDomainsRequest{Name: new("d0.example.com")}, []string{all[0], all[0]}, 1},
		{"part of a name", tem.ListDomainsRequest{Name: new("example.com")}, nil, 1},
		{"statuses", tem.ListDomainsRequest{Status: []tem.DomainStatus{tem.DomainStatusChecked, tem.DomainStatusLocked}}, all[1:3], 1},
		{"revoked", tem.ListDomainsRequest{Status: []tem.DomainStatus{tem.DomainStatusRevoked}}, all[3:4], 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f.Faults.Log().Reset()
			list, err := api.ListDomains(&tt.in, scw.WithAllPages())
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, d := range list.Domains {
				got = append(got, d.Name+" "+d.Status.String())
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			if n := f.Faults.Log().Count(scalewaytemtest.List); n != tt.calls || int(list.TotalCount) != len(tt.want) {
				t.Errorf("%d calls, want %d; total_count %d, want %d", n, tt.calls, list.TotalCount, len(tt.want))
			}
		})
	}
}

// What the SDK waits for, with a clock that nobody waits for.
func TestSDKWaitsForDomain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := scalewaytemtest.New(t, scalewaytemtest.Options{})
		api := sdk(t, f, f.Token)
		began := time.Now()
		made, err := api.CreateDomain(&tem.CreateDomainRequest{DomainName: "example.com", Autoconfig: true})
		if err != nil || made.Status != tem.DomainStatusAutoconfiguring {
			t.Fatalf("%+v, %v", made, err)
		}
		got, err := api.WaitForDomain(&tem.WaitForDomainRequest{DomainID: made.ID, Timeout: new(time.Hour)})
		if err != nil || got.Status != tem.DomainStatusChecked {
			t.Errorf("%+v, %v", got, err)
		}
		if took := time.Since(began); took < 20*time.Minute || took > 21*time.Minute {
			t.Errorf("took %v", took)
		}
	})
}

// The errors that a client brings about by itself arrive as the types that the SDK has for them.
func TestSDKErrors(t *testing.T) {
	f := scalewaytemtest.New(t, scalewaytemtest.Options{MaxDomains: 2, RefuseTransient: true})
	api := sdk(t, f, f.Token)
	id := f.AddDomain("example.com", "")
	busy := f.AddDomain("example.net", "")
	f.SetAutoconfig("example.net", true)
	f.SetStatus("example.com", scalewaytemtest.Locked, "")
	get := func(secret string) error {
		_, err := sdk(t, f, secret).GetDomain(&tem.GetDomainRequest{DomainID: id})
		return err
	}
	_, unknown := api.GetDomain(&tem.GetDomainRequest{DomainID: "11111111-1111-1111-1111-111111111111"})
	_, malformed := api.GetDomain(&tem.GetDomainRequest{DomainID: "example.com"})
	_, region := api.GetDomain(&tem.GetDomainRequest{Region: scw.RegionNlAms, DomainID: id})
	_, locked := api.CheckDomain(&tem.CheckDomainRequest{DomainID: id})
	_, transient := api.RevokeDomain(&tem.RevokeDomainRequest{DomainID: busy})
	_, quota := api.CreateDomain(&tem.CreateDomainRequest{DomainName: "example.org"})
	_, there := api.CreateDomain(&tem.CreateDomainRequest{DomainName: "example.com"})
	for name, ok := range map[string]bool{
		"not_found":             is[*scw.ResourceNotFoundError](unknown),
		"invalid_arguments":     is[*scw.InvalidArgumentsError](malformed),
		"region":                is[*scw.InvalidArgumentsError](region),
		"permissions_denied":    is[*scw.PermissionsDeniedError](get(f.AddToken(scalewaytemtest.Token{Organization: f.Organization, Projects: []string{"other"}}))),
		"denied_authentication": is[*scw.DeniedAuthenticationError](get(f.AddToken(scalewaytemtest.Token{Expires: start}))),
		"locked":                is[*scw.ResourceLockedError](locked),
		"transient_state":       is[*scw.TransientStateError](transient),
		"quotas_exceeded":       is[*scw.QuotasExceededError](quota),
		"there already":         is[*scw.ResponseError](there),
	} {
		if !ok {
			t.Error(name)
		}
	}
}

// The statuses are those that the SDK has.
func TestSDKStatuses(t *testing.T) {
	f := scalewaytemtest.New(t, scalewaytemtest.Options{})
	api := sdk(t, f, f.Token)
	f.AddDomain("example.com", "")
	for _, status := range tem.DomainStatus("").Values() {
		if _, err := api.ListDomains(&tem.ListDomainsRequest{Status: []tem.DomainStatus{status}}); err != nil {
			t.Errorf("%s: %v", status, err)
		}
		f.SetStatus("example.com", scalewaytemtest.Status(status), "")
	}
	if got := api.Regions(); len(got) != 1 || string(got[0]) != scalewaytemtest.Region {
		t.Errorf("regions %v", got)
	}
}
