package scaidnstest_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers/scaidns/scaidnstest"
)

// newZone starts a fake with example.com, and returns the path of its records.
func newZone(t testing.TB, opts scaidnstest.Options) (s *scaidnstest.Server, c client, id, records string) {
	t.Helper()
	s, c = start(t, opts)
	id = s.AddZone(t, scaidnstest.Zone{Name: "example.com", DefaultTTL: 600})
	return s, c, id, domains + id + "/records"
}

// TestRecord checks all that is answered about a record.
func TestRecord(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 4, 1, 10, 0, 0, 0, time.UTC)
	_, c, id, records := newZone(t, scaidnstest.Options{Now: func() time.Time { return now }})
	made := c.ok("POST", records, `{"name":"www","type":"A","content":"192.0.2.10","ttl":300}`)
	want := `{"content":"192.0.2.10","created_at":"2026-04-01T10:00:00Z","disabled":false,"display_name":"www","domain_id":"` + id + `",` +
		`"id":"` + made.at("id").text() + `","name":"www.example.com","ttl":300,"type":"A"}`
	if diff := cmp.Diff(want, made.text()); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, c.ok("GET", records+"/"+made.at("id").text(), "").text()); diff != "" {
		t.Errorf("record, read again (-want +got):\n%s", diff)
	}
	list := `{"data":[` + want + `],"domain_id":"` + id + `","domain_name":"example.com","total":1}`
	if diff := cmp.Diff(list, c.ok("GET", records, "").text()); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
	now = now.Add(time.Hour)
	changed := c.ok("PATCH", records+"/"+made.at("id").text(), `{"content":"192.0.2.11"}`)
	if got := changed.at("created_at").text(); got != "2026-04-01T10:00:00Z" {
		t.Errorf("created_at is %s after a change", got)
	}
}

func TestListRecords(t *testing.T) {
	t.Parallel()
	s, c, id, records := newZone(t, scaidnstest.Options{})
	s.Write(t, id, set("@", "MX", "10 mail.example.com."), set("www", "A", "192.0.2.1", "192.0.2.2"), set("www", "AAAA", "2001:db8::1"),
		set("sub", "NS", "ns.sub.example.com."), set("*.w", "TXT", `"a b"`))
	tests := []struct{ query, want string }{
		{"", "@ MX,www A,www A,www AAAA,*.w TXT"},
		{"include_system=false", "@ MX,www A,www A,www AAAA,*.w TXT"},
		{"include_system=true", "@ SOA,@ NS,@ NS,@ MX,www A,www A,www AAAA,sub NS,*.w TXT"},
		{"type=A", "www A,www A"},
		{"type=NS", ""},
		{"type=NS&include_system=true", "@ NS,@ NS,sub NS"},
		{"name=W", "www A,www A,www AAAA,*.w TXT"},
		{"name=www.example.com", "www A,www A,www AAAA"},
		{"type=a", ""},
	}
	for _, tt := range tests {
		t.Run(tt.query, func(t *testing.T) {
			for _, how := range []string{"GET ", "POST /search"} {
				method, path, _ := strings.Cut(how, " ")
				list := c.ok(method, records+path+"?"+tt.query, "")
				names, types := list.at("data").each("display_name"), list.at("data").each("type")
				got := map[string]int{}
				for i := range names {
					got[names[i]+" "+types[i]]++
				}
				want := map[string]int{}
				for record := range strings.SplitSeq(tt.want, ",") {
					want[record]++
				}
				delete(want, "")
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s: records (-want +got):\n%s", how, diff)
				}
			}
		})
	}
	if got := c.ok("POST", records+"/search?content=mail", "").at("data").each("content"); !cmp.Equal(got, []string{"10 mail.example.com."}) {
		t.Errorf("search for mail finds %q", got)
	}
	c.want(422, "GET", records+"?page=1", "")
	if got := c.ok("GET", domains+"types", "").text(); !strings.HasPrefix(got, `["A","AAAA","MX"`) {
		t.Errorf("types are %s", got)
	}
}

// TestCreateRecord checks what a record may be: that is what PowerDNS takes.
func TestCreateRecord(t *testing.T) {
	t.Parallel()
	s, c, id, records := newZone(t, scaidnstest.Options{})
	s.Write(t, id, set("www", "A", "192.0.2.1"), set("alias", "CNAME", "www.example.com."))
	tests := []struct {
		name   string
		record string // name, type, content
		status int
		want   string // what is served, or what is wrong
	}{
		{"apex", `@ MX 10 mail.example.com.`, 200, "example.com. 600 IN MX 10 mail.example.com."},
		{"relative", `a.b A 192.0.2.1`, 200, "a.b.example.com. 600 IN A 192.0.2.1"},
		{"wildcard", `*.w A 192.0.2.1`, 200, "*.w.example.com. 600 IN A 192.0.2.1"},
		{"case", `Upper A 192.0.2.1`, 200, "upper.example.com. 600 IN A 192.0.2.1"},
		{"name in full is relative", `x.example.com A 192.0.2.1`, 200, "x.example.com.example.com. 600 IN A 192.0.2.1"},
		{"content written in another way", `v6 AAAA 2001:DB8:0::1`, 200, "v6.example.com. 600 IN AAAA 2001:db8::1"},
		{"text", `t TXT "v=spf1 -all"`, 200, `t.example.com. 600 IN TXT "v=spf1 -all"`},
		{"name with a dot at the end", `x.example.com. A 192.0.2.1`, 400, "Invalid record name"},
		{"type that is not in the list", `h HTTPS 1 . alpn=h2`, 400, "Invalid record type: HTTPS"},
		{"type in lower case", `h a 192.0.2.1`, 400, "Invalid record type: a"},
		{"text without quotes", `t2 TXT v=spf1`, 400, `should start with quote (")`},
		{"relative target", `m MX 10 mail`, 400, "Not in expected format"},
		{"address that is none", `b A 300.0.2.1`, 400, "300.0.2.1"},
		{"SOA", `@ SOA a. b. 1 2 3 4 5`, 400, "managed by the system"},
		{"again", `www A 192.0.2.1`, 409, "Record already exists"},
		{"address beside a CNAME", `alias A 192.0.2.1`, 409, "Conflicts with pre-existing RRset"},
		{"CNAME beside an address", `www CNAME example.com.`, 409, "Conflicts with pre-existing RRset"},
		{"second CNAME", `alias CNAME example.com.`, 400, "more than one"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			body := recordBody(tt.record)
			a := c.do("POST", records, body)
			if a.status != tt.status {
				t.Fatalf("%d %s, want %d", a.status, a.text, tt.status)
			}
			if a.status != 200 {
				if got := a.json(t).at("detail", "message").text(); !strings.Contains(got, tt.want) {
					t.Errorf("message is %s, want %q in it", got, tt.want)
				}
				if a.status == 409 && a.json(t).at("detail", "conflicts", 0).text() == "" {
					t.Errorf("no conflicts in %s", a.text)
				}
				return
			}
			fields := strings.Fields(tt.want)
			if diff := cmp.Diff([]string{tt.want}, query(t, s, fields[0], fields[3])); diff != "" {
				t.Errorf("served (-want +got):\n%s", diff)
			}
			found := c.ok("GET", records+"/"+a.json(t).at("id").text(), "")
			if diff := cmp.Diff(a.json(t).value, found.value); diff != "" {
				t.Errorf("record, read again (-made +read):\n%s", diff)
			}
		})
	}
}

// recordBody returns the JSON of "NAME TYPE CONTENT".
func recordBody(record string) string {
	f := strings.SplitN(record, " ", 3)
	body, err := json.Marshal(map[string]string{"name": f[0], "type": f[1], "content": f[2]})
	if err != nil {
		panic(err) // texts are JSON
	}
	return string(body)
}

// TestUpdateRecord checks that the other records of an RRset stay as they are.
func TestUpdateRecord(t *testing.T) {
	t.Parallel()
	s, c, id, records := newZone(t, scaidnstest.Options{})
	s.Write(t, id, set("www", "A", "192.0.2.1", "192.0.2.2"))
	first := func() string {
		return c.ok("POST", records+"/search?content=192.0.2.1", "").at("data", 0, "id").text()
	}
	tests := []struct {
		body   string
		status int
		want   string
	}{
		{`{}`, 200, "300 192.0.2.1|300 192.0.2.2"},
		{`{"disabled":true}`, 200, "300 192.0.2.2"},
		{`{"disabled":false,"ttl":60}`, 200, "60 192.0.2.1|60 192.0.2.2"},
		{`{"content":"192.0.2.2"}`, 409, "60 192.0.2.1|60 192.0.2.2"},
		{`{"content":"none"}`, 400, "60 192.0.2.1|60 192.0.2.2"},
		{`{"content":"192.0.2.12"}`, 200, "60 192.0.2.12|60 192.0.2.2"},
	}
	for _, tt := range tests {
		c.want(tt.status, "PATCH", records+"/"+first(), tt.body)
		var got []string
		for _, line := range query(t, s, "www.example.com", "A") {
			f := strings.Fields(line)
			got = append(got, f[1]+" "+f[4])
		}
		if diff := cmp.Diff(tt.want, strings.Join(got, "|")); diff != "" {
			t.Errorf("served after %s (-want +got):\n%s", tt.body, diff)
		}
	}
}

func TestDeleteRecord(t *testing.T) {
	t.Parallel()
	s, c, id, records := newZone(t, scaidnstest.Options{})
	s.Write(t, id, set("www", "A", "192.0.2.1", "192.0.2.2"))
	ids := c.ok("GET", records, "").at("data").each("id")
	c.want(204, "DELETE", records+"/"+ids[0], "")
	c.want(404, "DELETE", records+"/"+ids[0], "")
	if got := query(t, s, "www.example.com", "A"); len(got) != 1 {
		t.Errorf("served are %q, want one", got)
	}
	c.want(204, "DELETE", records+"/"+ids[1], "")
	if got := c.ok("GET", records, "").at("total").text(); got != "0" {
		t.Errorf("%s records are left", got)
	}
	soa := c.ok("GET", records+"?include_system=true&type=SOA", "").at("data", 0, "id").text()
	c.want(400, "DELETE", records+"/"+soa, "")
}

// TestSecondary checks that a secondary zone can be read and not written.
func TestSecondary(t *testing.T) {
	t.Parallel()
	s, c := start(t, scaidnstest.Options{})
	id := s.AddZone(t, scaidnstest.Zone{Name: "example.com", Type: scaidnstest.Secondary})
	records := domains + id + "/records"
	s.Write(t, id, set("www", "A", "192.0.2.1"))
	record := c.ok("GET", records, "").at("data", 0, "id").text()
	c.want(409, "POST", records, recordBody("a A 192.0.2.1"))
	c.want(409, "POST", records+"/bulk", `{"records":[],"continue_on_error":true}`)
	c.want(409, "PATCH", records+"/"+record, `{"disabled":true}`)
	c.want(409, "DELETE", records+"/"+record, "")
}

// TestInactive checks that an inactive zone can be read and not written.
func TestInactive(t *testing.T) {
	t.Parallel()
	s, c, id, records := newZone(t, scaidnstest.Options{})
	s.Write(t, id, set("www", "A", "192.0.2.1"))
	s.SetStatus(t, id, scaidnstest.Inactive)
	if got := c.ok("GET", records, "").at("total").text(); got != "1" {
		t.Errorf("total is %s", got)
	}
	c.ok("GET", domains+id+"/export", "")
	c.want(409, "POST", records, recordBody("a A 192.0.2.1"))
	record := c.ok("GET", records, "").at("data", 0, "id").text()
	c.want(409, "DELETE", records+"/"+record, "")
}

// TestSetStatus checks that only active zones are served, and that a zone is as it was when it is active again.
func TestSetStatus(t *testing.T) {
	t.Parallel()
	s, c, id, records := newZone(t, scaidnstest.Options{})
	s.Write(t, id, set("www", "A", "192.0.2.1"))
	before := c.ok("GET", records+"?include_system=true", "").value
	for _, status := range []scaidnstest.Status{scaidnstest.Inactive, scaidnstest.Pending, scaidnstest.Deleted, scaidnstest.Pending} {
		s.SetStatus(t, id, status)
		if got := c.ok("GET", domains+"?include_deleted=true", "").at("data", 0, "status").text(); got != string(status) {
			t.Errorf("status is %s, want %s", got, status)
		}
		if got := query(t, s, "www.example.com", "A"); len(got) != 0 {
			t.Errorf("%s: served is %q", status, got)
		}
		if status == scaidnstest.Pending {
			s.SetStatus(t, id, scaidnstest.Active)
			if got := query(t, s, "www.example.com", "A"); len(got) != 1 {
				t.Errorf("active again: served is %q", got)
			}
		}
	}
	if diff := cmp.Diff(before, c.ok("GET", records+"?include_system=true", "").value); diff != "" {
		t.Errorf("records (-before +after):\n%s", diff)
	}
}
