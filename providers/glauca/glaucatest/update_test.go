package glaucatest_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers/glauca/glaucatest"
)

func TestNameServersAreReplaced(t *testing.T) {
	s, c := start(t, glaucatest.Options{})
	a := c.patch(200, servers("NS3.example.net", "ns1.example.net"))
	if got := a.at("name_servers", 0, "host_object"); got != `"NS3.example.net"` {
		t.Errorf("the answer has %s, want it as it was sent", got)
	}
	if d := cmp.Diff([]string{"ns1.example.net", "ns3.example.net"}, s.NS("example.com")); d != "" {
		t.Errorf("name servers (-want +got):\n%s", d)
	}
	if got := c.read(); got.at("name_servers", 0, "host_object") != `"ns3.example.net"` || got.at("last_updated") != `"2026-11-20T12:00:00Z"` {
		t.Errorf("read back as %s", got.text)
	}
	c.patch(200, servers()) // the API lets one do it
	if got := c.read().at("statuses"); got != `["inactive"]` {
		t.Errorf("statuses are %s", got)
	}
}

// The lock is written as block_transfer and read as a status. The answer to the update has the other statuses as they were.
func TestTransferLock(t *testing.T) {
	_, c := start(t, glaucatest.Options{})
	const lock = `"client_transfer_prohibited"`
	if got := c.patch(200, `{"block_transfer":true}`).at("statuses"); got != `["ok",`+lock+`]` {
		t.Errorf("answered with %s", got)
	}
	if got := c.read().at("statuses"); got != `[`+lock+`]` {
		t.Errorf("read back as %s", got)
	}
	c.patch(200, `{"block_transfer":true}`)
	c.patch(200, `{"block_transfer":false}`)
	if got := c.read(); got.at("statuses") != `["ok"]` || got.at("block_transfer") != "" {
		t.Errorf("read back as %s", got.text)
	}
}

func TestDNSSEC(t *testing.T) {
	s, c := start(t, glaucatest.Options{})
	c.patch(200, anyDS)
	if got := c.read().at("sec_dns"); got != `{"ds_data":[{"algorithm":13,"digest":"`+digest+`","digest_type":2,"key_data":null,"key_tag":6687}],"key_data":null,"max_sig_life":null}` {
		t.Errorf("read back as %s", got)
	}
	c.patch(200, `{"sec_dns":{"max_sig_life":"7 00:00:00","ds_data":[],"key_data":[`+keyItem+`]}}`)
	if got := c.read(); got.at("sec_dns", "ds_data") != "null" || got.at("sec_dns", "key_data", 0, "flags") != "257" || got.at("sec_dns", "max_sig_life") != `"7 00:00:00"` {
		t.Errorf("read back as %s", got.text)
	}
	c.patch(200, `{"sec_dns":null}`)
	if got := c.read().at("sec_dns"); got != "null" || len(s.DS("example.com")) != 0 {
		t.Errorf("read back as %s, the parent zone has %v", got, s.DS("example.com"))
	}
}

// How durations are written, and what they are read back as.
func TestMaxSigLife(t *testing.T) {
	_, c := start(t, glaucatest.Options{})
	for written, want := range map[string]string{
		`"7 00:00:00"`: `"7 00:00:00"`, `"01:30"`: `"00:01:30"`, `90`: `"00:01:30"`, `"86399"`: `"23:59:59"`, `"1 02:03:04"`: `"1 02:03:04"`, `0`: `null`,
	} {
		c.patch(200, strings.Replace(anyDS, `"max_sig_life":null`, `"max_sig_life":`+written, 1))
		if got := c.read().at("sec_dns", "max_sig_life"); got != want {
			t.Errorf("%s: got %s, want %s", written, got, want)
		}
	}
}

// What is refused in a body, with where and why.
func TestInvalid(t *testing.T) {
	long := strings.Repeat("A", 256)
	sec := func(maxSigLife, ds, keys string) string {
		return `{"sec_dns":{"max_sig_life":` + maxSigLife + `,"ds_data":` + ds + `,"key_data":` + keys + `}}`
	}
	const one = "[" + dsItem + "]"
	item := func(old, new string) string { return sec("null", "["+strings.Replace(dsItem, old, new, 1)+"]", "null") }
	for _, tt := range []struct{ name, body, want string }{
		{"half of sec_dns", `{"sec_dns":{"ds_data":` + one + `}}`, `{"sec_dns":{"key_data":["this field is required"],"max_sig_life":["this field is required"]}}`},
		{"empty sec_dns", `{"sec_dns":{}}`, `{"sec_dns":{"ds_data":["this field is required"],"key_data":["this field is required"],"max_sig_life":["this field is required"],"non_field_errors":["must set one of ds_data or key_data"]}}`},
		{"both", sec("null", one, "["+keyItem+"]"), `{"sec_dns":{"non_field_errors":["can't set both ds_data and key_data"]}}`},
		{"neither", sec("null", "[]", "null"), `{"sec_dns":{"non_field_errors":["must set one of ds_data or key_data"]}}`},
		{"sec_dns as a list", `{"sec_dns":[]}`, `{"sec_dns":{"non_field_errors":["Invalid data. Expected a dictionary, but got list."]}}`},
		{"ds_data as an object", sec("null", dsItem, "null"), `{"sec_dns":{"ds_data":["Expected a list of items but got type \"dict\"."]}}`},
		{"max_sig_life", sec(`"a week"`, one, "null"), `{"sec_dns":{"max_sig_life":["Duration has wrong format. Use one of these formats instead: [DD] [HH:[MM:]]ss[.uuuuuu]."]}}`},
		{"key tag as a text", item("6687", `"6687"`), `{"sec_dns":{"ds_data":{"0":{"key_tag":["A valid integer is required."]}}}}`},
		{"key tag of null", item("6687", "null"), `{"sec_dns":{"ds_data":{"0":{"key_tag":["This field may not be null."]}}}}`},
		{"no algorithm", item(`"algorithm":13,`, ""), `{"sec_dns":{"ds_data":{"0":{"algorithm":["this field is required"]}}}}`},
		{"digest too long", item(digest, long), `{"sec_dns":{"ds_data":{"0":{"digest":["Ensure this field has no more than 255 characters."]}}}}`},
		{"no digest", item(digest, ""), `{"sec_dns":{"ds_data":{"0":{"digest":["This field may not be blank."]}}}}`},
		{"digest as a number", item(`"`+digest+`"`, "1"), `{"sec_dns":{"ds_data":{"0":{"digest":["Not a valid string."]}}}}`},
		{"unknown field of a DS", item(`"algorithm"`, `"alg":8,"algorithm"`), `{"sec_dns":{"ds_data":{"0":{"alg":["Field that would be passed over."]}}}}`},
		{"key of a DS", item(`"key_data":null`, `"key_data":{"flags":257}`), `{"sec_dns":{"ds_data":{"0":{"key_data":{"algorithm":["this field is required"],"protocol":["this field is required"],"public_key":["this field is required"]}}}}}`},
		{"public key too long", sec("null", "null", "["+strings.Replace(keyItem, "bWFnaWM=", long, 1)+"]"), `{"sec_dns":{"key_data":{"0":{"public_key":["Ensure this field has no more than 255 characters."]}}}}`},
		{"no public key", sec("null", "null", `[`+keyItem+`,{"flags":257,"protocol":3,"algorithm":13}]`), `{"sec_dns":{"key_data":{"1":{"public_key":["this field is required"]}}}}`},

		{"name servers of null", `{"name_servers":null}`, `{"name_servers":["This field may not be null."]}`},
		{"name server as a text", `{"name_servers":["ns1.example.net"]}`, `{"name_servers":{"0":{"non_field_errors":["Invalid data. Expected a dictionary, but got str."]}}}`},
		{"name server with one field", `{"name_servers":[{"host_object":"ns1.example.net"}]}`, `{"name_servers":{"0":{"addresses":["This field is required."],"host_name":["This field is required."]}}}`},
		{"name server without a name", `{"name_servers":[{"host_object":null,"host_name":null,"addresses":null}]}`, `{"name_servers":{"0":{"non_field_errors":["Want one of host_object and host_name."]}}}`},
		{"name server with two", `{"name_servers":[{"host_object":"a.example","host_name":"a.example","addresses":null}]}`, `{"name_servers":{"0":{"non_field_errors":["Want one of host_object and host_name."]}}}`},
		{"empty host_object", servers(""), `{"name_servers":{"0":{"host_object":["This field may not be blank."]}}}`},
		{"long host_object", servers(long), `{"name_servers":{"0":{"host_object":["Ensure this field has no more than 255 characters."]}}}`},
		{"addresses of a host_object", `{"name_servers":[{"host_object":"a.example","host_name":null,"addresses":[]}]}`, `{"name_servers":{"0":{"addresses":["Those of a host_object are in name_servers/."]}}}`},
		{"address", `{"name_servers":[{"host_object":null,"host_name":"a.example","addresses":["192.0.2.1","x"]}]}`, `{"name_servers":{"0":{"addresses":{"1":["Enter a valid IPv4 or IPv6 address."]}}}}`},
		{"address with a zone", `{"name_servers":[{"host_object":null,"host_name":"a.example","addresses":["fe80::1%eth0"]}]}`, `{"name_servers":{"0":{"addresses":{"0":["Enter a valid IPv4 or IPv6 address."]}}}}`},

		{"lock of null", `{"block_transfer":null}`, `{"block_transfer":["This field may not be null."]}`},
		{"lock as a text", `{"block_transfer":"true"}`, `{"block_transfer":["Must be a valid boolean."]}`},
		{"no registrant", `{"registrant":null}`, `{"registrant":["This field may not be null."]}`},
		{"unknown registrant", `{"registrant":"contact_9"}`, `{"registrant":["Invalid pk \"contact_9\" - object does not exist."]}`},
		{"another account's contact", `{"tech_contact":"contact_2"}`, `{"tech_contact":["you don't have permission to reference this object"]}`},
		{"contact as a number", `{"tech_contact":1}`, `{"tech_contact":["Incorrect type. Expected pk value, received int."]}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, c := start(t, glaucatest.Options{})
			s.AddContact(glaucatest.Contact{Account: "other"})
			before := c.read().text
			if got := c.patch(400, tt.body).text; got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if after := c.read().text; after != before {
				t.Errorf("something was written: %s", after)
			}
		})
	}
}

// A PUT has all fields that can be written, but the code.
func TestPut(t *testing.T) {
	s, c := start(t, glaucatest.Options{})
	const missing = `["This field is required."]`
	want := `{"admin_contact":` + missing + `,"billing_contact":` + missing + `,"block_transfer":` + missing + `,"name_servers":` + missing +
		`,"registrant":` + missing + `,"sec_dns":` + missing + `,"tech_contact":` + missing + `}`
	if got := c.want(400, "PUT", first, "{}").text; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	whole := `{"registrant":"contact_1","admin_contact":"contact_1","billing_contact":null,"tech_contact":null,"block_transfer":true,` +
		strings.TrimPrefix(strings.TrimSuffix(servers("ns9.example.net"), "}"), "{") + `,` + strings.TrimPrefix(anyDS, "{")
	c.want(400, "PUT", first, strings.Replace(whole, `,"key_data":null}]`, `}]`, 1)) // of a DS, which a PATCH may leave out
	c.want(200, "PUT", first, whole)
	d := s.Domain("example.com")
	if d.Admin != "contact_1" || d.Tech != "" || len(d.NameServers) != 1 || len(d.SecDNS.DS) != 1 || d.Statuses[0] != "client_transfer_prohibited" {
		t.Errorf("%+v", d)
	}
	c.patch(200, strings.Replace(anyDS, `,"key_data":null}]`, `}]`, 1))
}

func TestContactsOfDomain(t *testing.T) {
	for _, tt := range []struct {
		name, body string
		options    glaucatest.Options
		status     int
		want       string // registrant and tech contact
	}{
		{"registrant", `{"registrant":"contact_2"}`, glaucatest.Options{}, 200, "contact_2 "},
		{"registrant that is fixed", `{"registrant":"contact_2"}`, glaucatest.Options{FixedRegistrant: true}, 200, "contact_1 "},
		{"tech", `{"tech_contact":"contact_2"}`, glaucatest.Options{}, 200, "contact_1 contact_2"},
		{"tech that is refused", `{"tech_contact":"contact_2"}`, glaucatest.Options{RefuseContacts: true}, 403, "contact_1 "},
		{"tech as it was", `{"tech_contact":null}`, glaucatest.Options{RefuseContacts: true}, 200, "contact_1 "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, c := start(t, tt.options)
			s.AddContact(glaucatest.Contact{})
			c.patch(tt.status, tt.body)
			if d := s.Domain("example.com"); d.Registrant+" "+d.Tech != tt.want {
				t.Errorf("got %s %s, want %s", d.Registrant, d.Tech, tt.want)
			}
		})
	}
}

// A registry without a lock has the API say nothing about it.
func TestNoTransferLock(t *testing.T) {
	_, c := start(t, glaucatest.Options{NoTransferLock: true})
	if got := c.patch(200, `{"block_transfer":true}`).at("statuses"); got != `["ok"]` {
		t.Errorf("statuses are %s", got)
	}
}
