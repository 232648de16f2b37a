package scaidnstest_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers/scaidns/scaidnstest"
)

func TestIDs(t *testing.T) {
	t.Parallel()
	forms := map[scaidnstest.IDs][2]string{
		scaidnstest.UUIDs:       {`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`, `^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`},
		scaidnstest.PrefixedIDs: {`^d_[0-9a-f]{12}$`, `^r_[0-9a-f]{12}$`},
	}
	for form, want := range forms {
		_, c, id, records := newZone(t, scaidnstest.Options{IDs: form})
		record := c.ok("POST", records, recordBody("www A 192.0.2.1")).at("id").text()
		for i, id := range []string{id, record} {
			if !regexp.MustCompile(want[i]).MatchString(id) {
				t.Errorf("id %s does not match %s", id, want[i])
			}
		}
	}
}

// TestRecordIDs checks what changes the id of a record.
func TestRecordIDs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		ids  scaidnstest.RecordIDs
		want string // what changes it
	}{
		{"by content", scaidnstest.RecordIDsByContent, "content"},
		{"kept", scaidnstest.RecordIDsKept, ""},
		{"by RRset", scaidnstest.RecordIDsByRRset, "ttl content sibling"},
		{"by serial", scaidnstest.RecordIDsBySerial, "ttl content sibling elsewhere"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, c, id, records := newZone(t, scaidnstest.Options{RecordIDs: tt.ids})
			s.Write(t, id, set("www", "A", "192.0.2.1"))
			recordID := func() string {
				return c.ok("GET", records+"?type=A&name=www", "").at("data", 0, "id").text()
			}
			before := recordID()
			if again := recordID(); again != before {
				t.Errorf("id is %s, then %s", before, again)
			}
			var changed []string
			try := func(what string, change func(path string)) {
				old := recordID()
				change(records + "/" + old)
				if recordID() != old {
					changed = append(changed, what)
					c.want(404, "GET", records+"/"+old, "")
				}
			}
			patch := func(body string) func(string) {
				return func(path string) {
					changed := c.ok("PATCH", path, body).at("id").text()
					if got := recordID(); got != changed {
						t.Errorf("PATCH %s answers the id %s, then it is %s", body, changed, got)
					}
				}
			}
			try("ttl", patch(`{"ttl":77}`))
			try("content", patch(`{"content":"192.0.2.9"}`))
			try("sibling", func(string) {
				s.Write(t, id, scaidnstest.RRset{Name: "www", Type: "A", TTL: 77, Records: []scaidnstest.Record{{Content: "192.0.2.9"}, {Content: "192.0.2.8", Disabled: true}}})
				s.Write(t, id, scaidnstest.RRset{Name: "www", Type: "A", TTL: 78, Records: []scaidnstest.Record{{Content: "192.0.2.9"}}})
			})
			try("elsewhere", func(string) { s.Write(t, id, set("elsewhere", "TXT", `"x"`)) })
			if got := strings.Join(changed, " "); got != tt.want {
				t.Errorf("changed by %q, want %q", got, tt.want)
			}
		})
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	tests := []struct {
		opts scaidnstest.Options
		want string
	}{
		{scaidnstest.Options{}, "example.com www.example.com example.com"},
		{scaidnstest.Options{Names: scaidnstest.AbsoluteNamesWithDot}, "example.com. www.example.com. example.com"},
		{scaidnstest.Options{Names: scaidnstest.RelativeNames}, "@ www example.com"},
		{scaidnstest.Options{ZoneNamesWithDot: true}, "example.com www.example.com example.com."},
	}
	for _, tt := range tests {
		s, c, id, records := newZone(t, tt.opts)
		s.Write(t, id, set("@", "MX", "10 mail.example.com."), set("www", "A", "192.0.2.1"))
		list := c.ok("GET", records, "")
		names := list.at("data").each("name")
		slices.SortFunc(names, func(a, b string) int { return len(a) - len(b) })
		got := strings.Join(append(names, list.at("domain_name").text()), " ")
		if got != tt.want {
			t.Errorf("names are %s, want %s", got, tt.want)
		}
		if got := list.at("domain_name").text(); got != c.ok("GET", domains+id, "").at("name").text() {
			t.Errorf("the name of the zone is not the one of its records, %s", got)
		}
	}
}

func TestCreated(t *testing.T) {
	t.Parallel()
	for status, opts := range map[int]scaidnstest.Options{200: {}, 201: {Created: true}} {
		_, c, _, records := newZone(t, opts)
		zone := c.want(status, "POST", domains, `{"name":"example.net","domain_type":"primary"}`)
		c.want(status, "POST", domains+zone.at("id").text()+"/validation", "")
		c.want(status, "POST", records, recordBody("www A 192.0.2.1"))
		c.want(status, "POST", records+"/bulk", `{"records":[`+recordBody("a A 192.0.2.1")+`]}`)
		c.want(200, "POST", records+"/search", "")
	}
}

func TestListing(t *testing.T) {
	t.Parallel()
	tests := []struct {
		opts  scaidnstest.Options
		query string
		want  string // length of data, total, page, pages
	}{
		{scaidnstest.Options{PageSize: 2}, "", "5 5"},
		{scaidnstest.Options{Listing: scaidnstest.Truncated, PageSize: 2}, "", "2 5"},
		{scaidnstest.Options{Listing: scaidnstest.Paged, PageSize: 2}, "", "2 5 1 3"},
		{scaidnstest.Options{Listing: scaidnstest.Paged, PageSize: 2}, "?page=3", "1 5 3 3"},
		{scaidnstest.Options{Listing: scaidnstest.Paged}, "?page_size=3&page=2", "2 5 2 2"},
	}
	for _, tt := range tests {
		s, c, id, records := newZone(t, tt.opts)
		s.Write(t, id, set("www", "A", "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5"))
		list := c.ok("GET", records+tt.query, "")
		got := fmt.Sprint(len(list.at("data").each("id"))) + " " + list.at("total").text()
		if tt.opts.Listing == scaidnstest.Paged {
			got += " " + list.at("page").text() + " " + list.at("total_pages").text()
		}
		if got != tt.want {
			t.Errorf("%+v %s: %s, want %s", tt.opts, tt.query, got, tt.want)
		}
	}
}

func TestRecordCount(t *testing.T) {
	t.Parallel()
	for want, opts := range map[string]scaidnstest.Options{"4": {}, "1": {UserRecordCount: true}} {
		s, c, id, _ := newZone(t, opts)
		s.Write(t, id, set("www", "A", "192.0.2.1"))
		if got := c.ok("GET", domains+id, "").at("record_count").text(); got != want {
			t.Errorf("record_count is %s, want %s", got, want)
		}
	}
}

// TestTTLs checks the TTLs that are answered after those of single records were set, and the one that is served.
func TestTTLs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		ttls             scaidnstest.TTLs
		changed, created string
	}{
		{scaidnstest.TTLOfRRset, "60 60", "50 50 50"},
		{scaidnstest.TTLPerRecord, "60 300", "60 300 50"},
	}
	for _, tt := range tests {
		s, c, id, records := newZone(t, scaidnstest.Options{TTLs: tt.ttls})
		s.Write(t, id, set("www", "A", "192.0.2.1", "192.0.2.2"))
		read := func() string {
			data := c.ok("GET", records, "").at("data")
			contents, ttls := data.each("content"), data.each("ttl")
			byContent := map[string]string{}
			for i := range contents {
				byContent[contents[i]] = ttls[i]
			}
			slices.Sort(contents)
			out := make([]string, len(contents))
			for i, content := range contents {
				out[i] = byContent[content]
			}
			return strings.Join(out, " ")
		}
		served := func(want string) {
			t.Helper()
			for _, line := range query(t, s, "www.example.com", "A") {
				if got := strings.Fields(line)[1]; got != want {
					t.Errorf("served TTL is %s, want %s", got, want)
				}
			}
		}
		first := c.ok("POST", records+"/search?content=192.0.2.1", "").at("data", 0, "id").text()
		if got := c.ok("PATCH", records+"/"+first, `{"ttl":60}`).at("ttl").text(); got != "60" {
			t.Errorf("PATCH answers the TTL %s", got)
		}
		served("60")
		if got := read(); got != tt.changed {
			t.Errorf("TTLs are %s, want %s", got, tt.changed)
		}
		c.ok("POST", records, `{"name":"www","type":"A","content":"192.0.2.3","ttl":50}`)
		served("50")
		if got := read(); got != tt.created {
			t.Errorf("TTLs are %s, want %s", got, tt.created)
		}
		s.Write(t, id, set("www", "A", "192.0.2.1", "192.0.2.2", "192.0.2.3"))
		if got := read(); got != "300 300 300" {
			t.Errorf("TTLs are %s after somebody else has written, want 300", got)
		}
	}
}

func TestSystemRecords(t *testing.T) {
	t.Parallel()
	tests := []struct {
		access             scaidnstest.SystemRecords
		soa, apexNS, subNS int // status
	}{
		{scaidnstest.NSWritable, 400, 200, 200},
		{scaidnstest.AllWritable, 200, 200, 200},
		{scaidnstest.NoApexWritable, 400, 400, 200},
	}
	for _, tt := range tests {
		s, c, _, records := newZone(t, scaidnstest.Options{SystemRecords: tt.access})
		soa := c.ok("GET", records+"?include_system=1&type=SOA", "").at("data", 0, "id").text()
		c.want(tt.soa, "PATCH", records+"/"+soa, `{"content":"ns1.scaidns.example. hostmaster.scaidns.example. 7 10800 3600 604800 60"}`)
		c.want(tt.apexNS, "POST", records, recordBody("@ NS ns3.scaidns.example."))
		c.want(tt.subNS, "POST", records, recordBody("sub NS ns.sub.example.com."))
		ns := c.ok("POST", records+"/search?include_system=1&type=NS&content=ns1.scaidns", "").at("data", 0, "id").text()
		c.want(tt.apexNS, "PATCH", records+"/"+ns, `{"ttl":60}`)
		if got := len(query(t, s, "example.com", "NS")); (got == 3) != (tt.apexNS == 200) {
			t.Errorf("%d NS records are served", got)
		}
	}
}

// TestStorePending checks that what is stored of a pending zone is served when it is active.
func TestStorePending(t *testing.T) {
	t.Parallel()
	create := `{"name":"example.com","domain_type":"primary"}`
	_, c := start(t, scaidnstest.Options{})
	id := c.ok("POST", domains, create).at("id").text()
	c.want(409, "POST", domains+id+"/records", recordBody("www A 192.0.2.1"))
	c.want(409, "GET", domains+id+"/soa", "")
	c.want(409, "GET", domains+id+"/export", "")
	if got := c.ok("GET", domains+id+"/records?include_system=1", "").at("total").text(); got != "0" {
		t.Errorf("a pending zone has %s records", got)
	}

	s, c := start(t, scaidnstest.Options{StorePending: true})
	id = c.ok("POST", domains, create).at("id").text()
	c.ok("POST", domains+id+"/records", recordBody("www A 192.0.2.1"))
	c.want(400, "POST", domains+id+"/records", recordBody("www A none"))
	serial := c.ok("GET", domains+id+"/soa", "").at("serial").text()
	if got := query(t, s, "www.example.com", "A"); len(got) != 0 {
		t.Errorf("a pending zone is served: %q", got)
	}
	c.want(204, "DELETE", domains+id, "")
	c.ok("POST", domains+id+"/restore", "")
	s.FinishValidation(t, id)
	if got := query(t, s, "www.example.com", "A"); len(got) != 1 {
		t.Errorf("served is %q", got)
	}
	if got := c.ok("GET", domains+id+"/soa", "").at("serial").text(); got != serial {
		t.Errorf("serial is %s, was %s", got, serial)
	}
}

func TestRecreateDeleted(t *testing.T) {
	t.Parallel()
	create := `{"name":"example.com","domain_type":"primary"}`
	_, c, id, _ := newZone(t, scaidnstest.Options{})
	c.want(204, "DELETE", domains+id, "")
	c.want(409, "POST", domains, create)

	_, c, id, _ = newZone(t, scaidnstest.Options{RecreateDeleted: true})
	c.want(204, "DELETE", domains+id, "")
	again := c.ok("POST", domains, create).at("id").text()
	c.want(409, "POST", domains+id+"/restore", "")
	c.want(204, "DELETE", domains+again+"?hard=true", "")
	c.ok("POST", domains+id+"/restore", "")
}

func TestServeDeleted(t *testing.T) {
	t.Parallel()
	for want, opts := range map[int]scaidnstest.Options{0: {}, 1: {ServeDeleted: true}} {
		s, c, id, records := newZone(t, opts)
		s.Write(t, id, set("www", "A", "192.0.2.1"))
		c.want(204, "DELETE", domains+id, "")
		if got := len(query(t, s, "www.example.com", "A")); got != want {
			t.Errorf("%d records are served, want %d", got, want)
		}
		c.want(404, "GET", records, "")
		c.want(204, "DELETE", domains+id+"?hard=true", "")
		if got := query(t, s, "www.example.com", "A"); len(got) != 0 {
			t.Errorf("after a hard delete %q is served", got)
		}
	}
}

func TestHideDeleted(t *testing.T) {
	t.Parallel()
	for status, opts := range map[int]scaidnstest.Options{200: {}, 404: {HideDeleted: true}} {
		_, c, id, _ := newZone(t, opts)
		c.want(204, "DELETE", domains+id, "")
		c.want(status, "GET", domains+id+"?include_deleted=true", "")
		if got := c.ok("GET", domains+"?include_deleted=true", "").at("total").text(); got != "1" {
			t.Errorf("the list has %s zones", got)
		}
	}
}

func TestRestoreRenames(t *testing.T) {
	t.Parallel()
	for _, renames := range []bool{false, true} {
		for _, ids := range []scaidnstest.RecordIDs{scaidnstest.RecordIDsByContent, scaidnstest.RecordIDsKept} {
			s, c, id, records := newZone(t, scaidnstest.Options{RestoreRenames: renames, RecordIDs: ids})
			s.Write(t, id, set("www", "A", "192.0.2.1"))
			before := c.ok("GET", records, "").at("data", 0, "id").text()
			c.want(204, "DELETE", domains+id, "")
			restored := c.ok("POST", domains+id+"/restore", "").at("id").text()
			after := c.ok("GET", domains+restored+"/records", "").at("data", 0, "id").text()
			if (restored != id) != renames || (after != before) != renames {
				t.Errorf("ids are %s and %s, were %s and %s", restored, after, id, before)
			}
		}
	}
}

func TestRestorePending(t *testing.T) {
	t.Parallel()
	tests := []struct {
		does   scaidnstest.RestorePending
		status int
		want   string
	}{
		{scaidnstest.RestoredPending, 200, "pending_validation"},
		{scaidnstest.RestoredInactive, 200, "inactive"},
		{scaidnstest.RestoreRefused, 409, "deleted"},
	}
	for _, tt := range tests {
		_, c := start(t, scaidnstest.Options{RestorePending: tt.does})
		id := c.ok("POST", domains, `{"name":"example.com","domain_type":"primary"}`).at("id").text()
		c.want(204, "DELETE", domains+id, "")
		c.want(tt.status, "POST", domains+id+"/restore", "")
		if diff := cmp.Diff([]string{tt.want}, c.ok("GET", domains+"?include_deleted=1", "").at("data").each("status")); diff != "" {
			t.Errorf("status (-want +got):\n%s", diff)
		}
	}
}

// TestConfigure checks that options can change while the fake serves.
func TestConfigure(t *testing.T) {
	t.Parallel()
	s, c, _, records := newZone(t, scaidnstest.Options{})
	s.Configure(func(o *scaidnstest.Options) { o.Created, o.BulkLimit = true, 1 })
	c.want(201, "POST", records, recordBody("www A 192.0.2.1"))
	c.want(413, "POST", records+"/bulk", `{"records":[`+recordBody("a A 192.0.2.1")+`,`+recordBody("b A 192.0.2.1")+`]}`)
}
