package scaidnstest_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers/scaidns/scaidnstest"
)

func TestBulkCreate(t *testing.T) {
	t.Parallel()
	_, c, _, records := newZone(t, scaidnstest.Options{})
	good := `{"records":[` + recordBody("www A 192.0.2.1") + `,` + recordBody("v6 AAAA 2001:DB8::1") + `,` + recordBody("www A 192.0.2.2") + `]}`
	made := c.ok("POST", records+"/bulk", good)
	if diff := cmp.Diff([]string{"192.0.2.1", "2001:db8::1", "192.0.2.2"}, made.at("created").each("content")); diff != "" {
		t.Errorf("created, in the order asked for (-want +got):\n%s", diff)
	}
	if made.at("total_created").text() != "3" || made.at("total_errors").text() != "0" || made.at("errors").text() != "[]" {
		t.Errorf("answer is %s", made.text())
	}
	bad := map[string]int{
		recordBody("new A none"):                400, // PowerDNS
		recordBody("new HTTPS 1 ."):             400, // the product
		recordBody("www A 192.0.2.1"):           409, // there
		recordBody("www CNAME example.com."):    409, // coexistence
		recordBody("new. A 192.0.2.1"):          400,
		`{"name":"new","type":"A","content":1}`: 422,
	}
	for record, status := range bad {
		c.want(status, "POST", records+"/bulk", `{"records":[`+recordBody("a A 192.0.2.1")+`,`+record+`]}`)
		if got := c.ok("GET", records, "").at("total").text(); got != "3" {
			t.Errorf("after %s there are %s records, want 3 as before", record, got)
		}
	}
}

func TestBulkCreateContinues(t *testing.T) {
	t.Parallel()
	_, c, _, records := newZone(t, scaidnstest.Options{Created: true})
	body := `{"continue_on_error":true,"records":[` + recordBody("a A 192.0.2.1") + `,` + recordBody("b A none") + `,` + recordBody("c A 192.0.2.3") + `]}`
	answer := c.ok("POST", records+"/bulk", body) // always 200
	if diff := cmp.Diff([]string{"a", "c"}, answer.at("created").each("display_name")); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	if answer.at("total_created").text() != "2" || answer.at("total_errors").text() != "1" || answer.at("errors", 0, "index").text() != "1" {
		t.Errorf("answer is %s", answer.text())
	}
}

func TestBulkLimit(t *testing.T) {
	t.Parallel()
	_, c, _, records := newZone(t, scaidnstest.Options{BulkLimit: 2})
	list := func(n int) string {
		all := make([]string, n)
		for i := range all {
			all[i] = recordBody("n" + string(rune('0'+i)) + " A 192.0.2.1")
		}
		return `{"records":[` + strings.Join(all, ",") + `]}`
	}
	c.want(413, "POST", records+"/bulk", list(3))
	c.ok("POST", records+"/bulk", list(2))
	ids := c.ok("GET", records, "").at("data").each("id")
	c.want(413, "POST", records+"/bulk-delete", `{"record_ids":["a","b","c"]}`)
	c.ok("POST", records+"/bulk-delete", `{"record_ids":["`+strings.Join(ids, `","`)+`"]}`)
}

// TestBulkDelete checks that all of the ids or none are deleted, and under which name they are sent.
func TestBulkDelete(t *testing.T) {
	t.Parallel()
	for _, field := range []string{"", "ids"} {
		s, c, id, records := newZone(t, scaidnstest.Options{BulkDeleteField: field})
		if field == "" {
			field = "record_ids"
		}
		s.Write(t, id, set("www", "A", "192.0.2.1", "192.0.2.2"), set("a", "A", "192.0.2.1"))
		ids := c.ok("GET", records, "").at("data").each("id")
		c.want(422, "POST", records+"/bulk-delete", `{"records":["`+ids[0]+`"]}`)
		c.want(404, "POST", records+"/bulk-delete", `{"`+field+`":["`+ids[0]+`","x"]}`)
		if got := c.ok("GET", records, "").at("total").text(); got != "3" {
			t.Errorf("%s records are left, want 3", got)
		}
		c.ok("POST", records+"/bulk-delete", `{"`+field+`":["`+ids[0]+`","`+ids[2]+`"]}`)
		if diff := cmp.Diff(ids[1:2], c.ok("GET", records, "").at("data").each("id")); diff != "" {
			t.Errorf("left (-want +got):\n%s", diff)
		}
	}
}
