package glauca_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/glauca/glaucatest"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
	"github.com/zoneward/zoneward/zonefile"
)

func price(name, text string, value float64) providers.Observation {
	return providers.Observation{Name: name, Text: text, Value: value, Metric: true}
}

func TestPrices(t *testing.T) {
	for _, tt := range []struct {
		name   string
		domain glaucatest.Domain
		redeem bool
		want   []providers.Observation
	}{
		{"registered", glaucatest.Domain{}, false, []providers.Observation{
			price("renewal_price", "11.00", 11), {Name: "restore_price", Text: "not offered: Domain not in state to be restored"},
		}},
		{"deleted", glaucatest.Domain{}, true, []providers.Observation{
			{Name: "renewal_price", Text: "not offered: Domain not in state to be renewed"}, price("restore_price", "80.00", 80),
		}},
		{"not at this registry", glaucatest.Domain{NoRenew: true, NoRestore: true}, false, []providers.Observation{
			{Name: "renewal_price", Text: "not offered: Unsupported by the registry"}, {Name: "restore_price", Text: "not offered: Unsupported by the registry"},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, p := with(t, glaucatest.Options{}, tt.domain)
			if tt.redeem {
				s.Redeem(domainName)
			}
			got, err := p.Prices(t.Context(), fetch(t, p))
			if err != nil {
				t.Fatal(err)
			}
			diff(t, "prices", tt.want, got)
		})
	}
}

func TestAvailability(t *testing.T) {
	for _, tt := range []struct {
		domain string
		want   []providers.Observation
	}{
		{"free.example.", []providers.Observation{price("registration_price", "10.00", 10), {Name: "transfer_price", Text: "not offered"}}},
		{"taken.example.", []providers.Observation{{Name: "registration_price", Text: "not offered: In use"}, price("transfer_price", "9.00", 9)}},
		{"locked.example.", []providers.Observation{
			{Name: "registration_price", Text: "not offered: In use"}, {Name: "transfer_price", Text: "not offered: Domain not eligible for transfer"},
		}},
		{"free.invalid.", []providers.Observation{
			{Name: "registration_price", Text: "not offered: Unsupported or invalid domain"}, {Name: "transfer_price", Text: "not offered: Unsupported or invalid domain"},
		}},
	} {
		t.Run(tt.domain, func(t *testing.T) {
			s, p := start(t, glaucatest.Options{Suffixes: []string{"example"}})
			s.AddDomain(glaucatest.Domain{Name: "taken.example", Account: "other"})
			s.AddDomain(glaucatest.Domain{Name: "locked.example", Account: "other", Statuses: []string{"client_transfer_prohibited"}})
			got, err := p.Availability(t.Context(), zonefile.MustParseName(tt.domain))
			if err != nil {
				t.Fatal(err)
			}
			diff(t, "prices", tt.want, got)
		})
	}
}

func TestNoPrice(t *testing.T) {
	said := func(body string) httpfault.Fault {
		return httpfault.Respond(httpfault.Answer{Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(body)})
	}
	for _, tt := range []struct {
		name  string
		fault httpfault.Fault
		want  error
		words string
	}{
		{"forbidden", glaucatest.Detail(http.StatusForbidden, "no"), providers.ErrAuth, ""},
		{"about another domain", said(`{"domain":"other.example","available":true,"reason":null,"price":"1.00"}`), errNoKind, "other.example"},
		{"null", said(`null`), errNoKind, "without domain"},
		{"without an answer", said(`{"domain":"example.com","reason":null,"price":"1.00"}`), errNoKind, "without available"},
		{"without a price", said(`{"domain":"example.com","available":true,"reason":null,"price":null}`), errNoKind, "without a price"},
		{"a price that is none", said(`{"domain":"example.com","available":true,"reason":null,"price":"cheap"}`), errNoKind, "cheap"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, p := with(t, glaucatest.Options{}, glaucatest.Domain{})
			base := fetch(t, p)
			fault(s, glaucatest.CheckRenew, tt.fault)
			_, err := p.Prices(t.Context(), base)
			wants(t, err, tt.want, tt.words, "ask for the prices of delegation example.com.")
			fault(s, glaucatest.CheckDomain, glaucatest.Detail(http.StatusForbidden, "no"))
			_, err = p.Availability(t.Context(), example.Name)
			wants(t, err, providers.ErrAuth, "ask whether example.com. is available")
		})
	}
}

// What the API says is shown on one line that is not too long.
func TestOneLine(t *testing.T) {
	for name, body := range map[string]string{
		"reason": `{"domain":"example.com","available":false,"reason":"` + strings.Repeat("y", 1<<20) + `\u202e","price":null}`,
		"price":  `{"domain":"example.com","available":true,"reason":null,"price":0.` + strings.Repeat("0", 1<<20) + `}`,
	} {
		t.Run(name, func(t *testing.T) {
			s, p := with(t, glaucatest.Options{}, glaucatest.Domain{})
			base := fetch(t, p)
			answer := httpfault.Answer{Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(body)}
			fault(s, glaucatest.CheckRenew, httpfault.Respond(answer))
			all, err := p.Prices(t.Context(), base)
			if err != nil {
				t.Fatal(err)
			}
			if got := all[0].Text; len(got) > 350 || strings.Contains(got, "\u202e") {
				t.Errorf("got %d octets: %.500q", len(got), got)
			}
		})
	}
}
