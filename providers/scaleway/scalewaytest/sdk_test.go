package scalewaytest_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	domain "github.com/scaleway/scaleway-sdk-go/api/domain/v2beta1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/zoneward/zoneward/providers/scaleway/scalewaytest"
)

// The official SDK as a client of the fake. Where they disagree the SDK is right.

func sdk(t *testing.T, s *scalewaytest.Server, token string) *domain.API {
	t.Helper()
	client, err := scw.NewClient(
		scw.WithAPIURL(s.URL), scw.WithAuth("SCWXXXXXXXXXXXXXXXXX", token), scw.WithDefaultProjectID(s.Project), scw.WithHTTPClient(&http.Client{}),
	)
	if err != nil {
		t.Fatal(err)
	}
	return domain.NewAPI(client)
}

// listed returns the records of example.com as lines, as the SDK lists them page by page.
func listed(t *testing.T, api *domain.API) []string {
	t.Helper()
	list, err := api.ListDNSZoneRecords(&domain.ListDNSZoneRecordsRequest{DNSZone: "example.com", PageSize: new(uint32(2))}, scw.WithAllPages())
	if err != nil {
		t.Fatal(err)
	}
	return sdkLines(list.Records)
}

func sdkLines(records []*domain.Record) []string {
	var all []string
	for _, r := range records {
		all = append(all, line(r.Name, r.TTL, r.Type.String(), r.Priority, r.Data))
	}
	return all
}

func TestSDKChangesRecords(t *testing.T) {
	s := scalewaytest.New(t, scalewaytest.Options{})
	s.AddZone("example.com", scalewaytest.Zone{})
	api := sdk(t, s, s.Token)
	change := func(changes ...*domain.RecordChange) []*domain.Record {
		t.Helper()
		out, err := api.UpdateDNSZoneRecords(&domain.UpdateDNSZoneRecordsRequest{DNSZone: "example.com", Changes: changes, DisallowNewZoneCreation: true})
		if err != nil {
			t.Fatal(err)
		}
		return out.Records
	}
	added := change(&domain.RecordChange{Add: &domain.RecordChangeAdd{Records: []*domain.Record{
		{Name: "", Type: domain.RecordTypeMX, Data: "mail", Priority: 10, TTL: 300},
		{Name: "", Type: domain.RecordTypeTXT, Data: `v=spf1 -all`, TTL: 300},
		{Name: "www", Type: domain.RecordTypeA, Data: "192.0.2.1", TTL: 300, Priority: 7, Comment: new("by hand")},
	}}})
	if d := cmp.Diff([]string{" 300 MX 10 10 mail.example.com.", ` 300 TXT 0 "v=spf1 -all"`, "www 300 A 7 192.0.2.1"}, sdkLines(added)); d != "" {
		t.Errorf("records that were added (-want +got):\n%s", d)
	}
	if www := added[2]; www.Comment == nil || *www.Comment != "by hand" || www.ID == "" || www.UpdatedAt == nil {
		t.Errorf("record: %+v", www)
	}
	change(
		&domain.RecordChange{Delete: &domain.RecordChangeDelete{IDFields: &domain.RecordIdentifier{Name: "", Type: domain.RecordTypeTXT}}},
		&domain.RecordChange{Set: &domain.RecordChangeSet{
			IDFields: &domain.RecordIdentifier{Name: "www", Type: domain.RecordTypeA},
			Records: []*domain.Record{
				{Name: "www", Type: domain.RecordTypeA, Data: "192.0.2.2", TTL: 60}, {Name: "www", Type: domain.RecordTypeA, Data: "192.0.2.3", TTL: 60},
			},
		}},
	)
	want := []string{
		" 300 MX 10 10 mail.example.com.", " 1800 NS 0 ns0.dns.example.", " 1800 NS 0 ns1.dns.example.", "www 60 A 0 192.0.2.2", "www 60 A 0 192.0.2.3",
	}
	if d := cmp.Diff(want, listed(t, api)); d != "" {
		t.Errorf("records (-want +got):\n%s", d)
	}
}

func TestSDKZones(t *testing.T) {
	s := scalewaytest.New(t, scalewaytest.Options{})
	s.AddZone("example.com", scalewaytest.Zone{Linked: []string{"vpc"}})
	api := sdk(t, s, s.Token)
	made, err := api.CreateDNSZone(&domain.CreateDNSZoneRequest{Domain: "example.com", Subdomain: "dev"})
	if err != nil {
		t.Fatal(err)
	}
	if made.Domain != "example.com" || made.Subdomain != "dev" || made.Status != domain.DNSZoneStatusActive || made.ProjectID != s.Project || len(made.Ns) != 2 {
		t.Errorf("created %+v", made)
	}
	if _, err := api.CloneDNSZone(&domain.CloneDNSZoneRequest{DNSZone: "dev.example.com", DestDNSZone: "copy.example.com"}); err != nil {
		t.Error(err)
	}
	if out, err := api.RefreshDNSZone(&domain.RefreshDNSZoneRequest{DNSZone: "dev.example.com"}); err != nil || len(out.DNSZones) != 1 {
		t.Errorf("refresh: %+v, %v", out, err)
	}
	if out, err := api.UpdateDNSZone(&domain.UpdateDNSZoneRequest{DNSZone: "copy.example.com", NewDNSZone: new("other.example.com")}); err != nil || out.Subdomain != "other" {
		t.Errorf("rename: %+v, %v", out, err)
	}
	list, err := api.ListDNSZones(&domain.ListDNSZonesRequest{DNSZones: []string{"example.com", "other.example.com"}, PageSize: new(uint32(1))}, scw.WithAllPages())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, z := range list.DNSZones {
		names = append(names, z.Subdomain+"|"+z.Domain)
	}
	if d := cmp.Diff([]string{"|example.com", "other|example.com"}, names); d != "" {
		t.Errorf("zones (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]domain.LinkedProduct{domain.LinkedProductVpc}, list.DNSZones[0].LinkedProducts); d != "" {
		t.Error(d)
	}
	if _, err := api.DeleteDNSZone(&domain.DeleteDNSZoneRequest{DNSZone: "other.example.com"}); err != nil {
		t.Error(err)
	}
	if d := cmp.Diff([]string{"dev.example.com", "example.com"}, s.Zones()); d != "" {
		t.Errorf("zones (-want +got):\n%s", d)
	}
	ns, err := api.UpdateDNSZoneNameservers(&domain.UpdateDNSZoneNameserversRequest{DNSZone: "dev.example.com", Ns: []*domain.Nameserver{{Name: "ns.example.net", IP: []string{"192.0.2.53"}}}})
	if err != nil || len(ns.Ns) != 1 || ns.Ns[0].IP[0] != "192.0.2.53" {
		t.Errorf("nameservers: %+v, %v", ns, err)
	}
	if ns, err := api.ListDNSZoneNameservers(&domain.ListDNSZoneNameserversRequest{DNSZone: "dev.example.com"}); err != nil || len(ns.Ns) != 1 {
		t.Errorf("nameservers: %+v, %v", ns, err)
	}
}

func TestSDKVersions(t *testing.T) {
	s := scalewaytest.New(t, scalewaytest.Options{})
	s.AddZone("example.com", scalewaytest.Zone{})
	api := sdk(t, s, s.Token)
	s.Put("example.com", a("www", "192.0.2.1"))
	good := listed(t, api)
	s.Drop("example.com", "www", "A")
	list, err := api.ListDNSZoneVersions(&domain.ListDNSZoneVersionsRequest{DNSZone: "example.com", PageSize: new(uint32(1))}, scw.WithAllPages())
	if err != nil || len(list.Versions) != 2 || list.Versions[1].CreatedAt == nil {
		t.Fatalf("versions: %+v, %v", list, err)
	}
	first := list.Versions[1].ID // the newest comes first
	records, err := api.ListDNSZoneVersionRecords(&domain.ListDNSZoneVersionRecordsRequest{DNSZoneVersionID: first}, scw.WithAllPages())
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(good, sdkLines(records.Records)); d != "" {
		t.Errorf("records of the version (-want +got):\n%s", d)
	}
	diff, err := api.GetDNSZoneVersionDiff(&domain.GetDNSZoneVersionDiffRequest{DNSZoneVersionID: first})
	if err != nil || len(diff.Changes) != 1 || diff.Changes[0].Add == nil || diff.Changes[0].Add.Records[0].Data != "192.0.2.1" {
		t.Errorf("diff: %+v, %v", diff, err)
	}
	if _, err := api.RestoreDNSZoneVersion(&domain.RestoreDNSZoneVersionRequest{DNSZoneVersionID: first}); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(good, listed(t, api)); d != "" {
		t.Errorf("records after the restore (-want +got):\n%s", d)
	}
}

func TestSDKRaw(t *testing.T) {
	s := scalewaytest.New(t, scalewaytest.Options{})
	s.AddZone("example.com", scalewaytest.Zone{Records: []scalewaytest.Record{a("www", "192.0.2.1"), {Name: "_sip._tcp", Type: "SRV", TTL: 60, Data: "1 2 5060 sip"}}})
	api := sdk(t, s, s.Token)
	file, err := api.ExportRawDNSZone(&domain.ExportRawDNSZoneRequest{DNSZone: "example.com", Format: domain.RawFormatBind})
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(file.Content)
	if err != nil || !strings.Contains(string(text), "_sip._tcp 60 IN SRV 1 2 5060 sip.example.com.\n") {
		t.Errorf("export: %s, %v", text, err)
	}
	before := listed(t, api)
	if _, err := api.ClearDNSZoneRecords(&domain.ClearDNSZoneRecordsRequest{DNSZone: "example.com"}); err != nil {
		t.Fatal(err)
	}
	if got := listed(t, api); len(got) != 2 {
		t.Errorf("after the clear: %q", got)
	}
	imported, err := api.ImportRawDNSZone(&domain.ImportRawDNSZoneRequest{DNSZone: "example.com", BindSource: &domain.ImportRawDNSZoneRequestBindSource{Content: string(text)}})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(before, sdkLines(imported.Records)); d != "" {
		t.Errorf("import (-want +got):\n%s", d)
	}
}

func TestSDKRecordsWithConfigurations(t *testing.T) {
	s := scalewaytest.New(t, scalewaytest.Options{})
	s.AddZone("example.com", scalewaytest.Zone{NoApexNS: true, Records: []scalewaytest.Record{
		{Name: "geo", Type: "A", TTL: 60, Data: "192.0.2.1", GeoIP: &scalewaytest.GeoIPConfig{Default: "192.0.2.1", Matches: []scalewaytest.GeoIPMatch{{Countries: []string{"FR"}, Continents: []string{}, Data: "192.0.2.2"}}}},
		{Name: "http", Type: "A", TTL: 60, Data: "192.0.2.1", HTTPService: &scalewaytest.HTTPServiceConfig{IPs: []string{"192.0.2.1"}, URL: "https://www.example.com/", Strategy: "random"}},
		{Name: "view", Type: "A", TTL: 60, Data: "192.0.2.1", View: &scalewaytest.ViewConfig{Views: []scalewaytest.View{{Subnet: "198.51.100.0/24", Data: "192.0.2.3"}}}},
		{Name: "weight", Type: "A", TTL: 60, Data: "192.0.2.1", Weighted: &scalewaytest.WeightedConfig{WeightedIPs: []scalewaytest.WeightedIP{{IP: "192.0.2.1", Weight: 1}}}},
	}})
	api := sdk(t, s, s.Token)
	list, err := api.ListDNSZoneRecords(&domain.ListDNSZoneRecordsRequest{DNSZone: "example.com"})
	if err != nil || len(list.Records) != 4 {
		t.Fatalf("%+v, %v", list, err)
	}
	r := list.Records
	if r[0].GeoIPConfig.Matches[0].Data != "192.0.2.2" || r[1].HTTPServiceConfig.Strategy != domain.RecordHTTPServiceConfigStrategyRandom ||
		r[2].ViewConfig.Views[0].Subnet != "198.51.100.0/24" || r[3].WeightedConfig.WeightedIPs[0].Weight != 1 {
		t.Errorf("%+v", r)
	}
	// As they were read they can be sent.
	_, err = api.UpdateDNSZoneRecords(&domain.UpdateDNSZoneRecordsRequest{DNSZone: "example.com", Changes: []*domain.RecordChange{
		{Clear: &domain.RecordChangeClear{}}, {Add: &domain.RecordChangeAdd{Records: r}},
	}})
	if err != nil {
		t.Error(err)
	}
}

// What the SDK waits for: a zone that is pending is active after a while.
func TestSDKWaitsForZone(t *testing.T) {
	s := scalewaytest.New(t, scalewaytest.Options{Pending: 3})
	s.AddZone("example.com", scalewaytest.Zone{})
	s.Put("example.com", a("www", "192.0.2.1"))
	z, err := sdk(t, s, s.Token).WaitForDNSZone(&domain.WaitForDNSZoneRequest{DNSZone: "example.com", RetryInterval: new(time.Millisecond)})
	if err != nil || z.Status != domain.DNSZoneStatusActive {
		t.Errorf("%+v, %v", z, err)
	}
	if n := s.Faults.Log().Count(scalewaytest.ListZones); n != 4 {
		t.Errorf("asked %d times, want 4", n)
	}
}

// The fake has the types of the SDK, which are all that the API has.
func TestSDKTypes(t *testing.T) {
	s := scalewaytest.New(t, scalewaytest.Options{})
	s.AddZone("example.com", scalewaytest.Zone{})
	api := sdk(t, s, s.Token)
	for _, kind := range domain.RecordType("").Values() {
		if _, err := api.ListDNSZoneRecords(&domain.ListDNSZoneRecordsRequest{DNSZone: "example.com", Type: kind}); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if !slices.Contains(domain.RecordType("").Values(), domain.RecordTypeHTTPS) {
		t.Error("the SDK lists no types")
	}
}
