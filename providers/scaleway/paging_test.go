package scaleway_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers/providertest/httpfault"
	"github.com/zoneward/zoneward/providers/scaleway"
	"github.com/zoneward/zoneward/providers/scaleway/scalewaytest"
)

// listing returns a provider for a server whose list of zones is what page says: its total, and how many there are on a page. It gives up
// after a few.
func listing(t *testing.T, page func(n int) (total, zones int)) (*scaleway.Provider, *int) {
	t.Helper()
	asked := new(int)
	return answering(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if *asked++; *asked > 20 {
			w.WriteHeader(http.StatusTeapot)
			return
		}
		n, err := strconv.Atoi(r.FormValue("page"))
		if err != nil {
			panic(err)
		}
		total, count := page(n)
		var zones []string
		for i := range count {
			zones = append(zones, fmt.Sprintf(`{"domain":"d%d-%d.example","status":"active"}`, n, i))
		}
		_, _ = fmt.Fprintf(w, `{"total_count":%d,"dns_zones":[%s]}`, total, strings.Join(zones, ","))
	}), asked
}

// A list that does not add up is found out at the first page that does not.
func TestPagesThatDoNotAddUp(t *testing.T) {
	for _, tt := range []struct {
		name  string
		page  func(n int) (total, zones int)
		asked int
		want  string
	}{
		{"a page that is not full", func(int) (int, int) { return 1 << 40, 99 }, 1, "99 dns_zones, and total_count is 1099511627776"},
		{"a total that nothing can have", func(int) (int, int) { return 1 << 40, 100 }, 1, "total_count is 1099511627776"},
		{"a negative total", func(int) (int, int) { return -1, 100 }, 1, "total_count is -1"},
		{"a page that is too full", func(int) (int, int) { return 200, 101 }, 1, "101 dns_zones on a page of 100"},
		{"a total that grows", func(n int) (int, int) { return 100*n + 1, 100 }, 2, "total_count was 101, and is 201"},
		{"a total that shrinks", func(n int) (int, int) { return 300 - 100*(n-1), 100 }, 2, "total_count was 300, and is 200"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, asked := listing(t, tt.page)
			_, err := p.Zones(t.Context())
			wants(t, err, nil, tt.want)
			diff(t, "requests", tt.asked, *asked)
		})
	}
}

// Whatever the list of zones has that is no zone of its own is an error: without it, it would look as if a zone were gone.
func TestZonesThatCannotBeRead(t *testing.T) {
	for _, tt := range []struct{ zones, want string }{
		{`null`, "a zone without a domain"},
		{`{"domain":"","status":"active"}`, "a zone without a domain"},
		{`{"domain":"a..b","status":"active"}`, "a..b"},
		{`{"domain":"example.com","subdomain":"x"},{"domain":"x.example.com","subdomain":""}`, "x.example.com. is in it twice"},
	} {
		t.Run(tt.zones, func(t *testing.T) {
			p := answering(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				_, _ = fmt.Fprintf(w, `{"total_count":%d,"dns_zones":[%s]}`, max(1, strings.Count(tt.zones, `"domain"`)), tt.zones)
			})
			_, err := p.Zones(t.Context())
			wants(t, err, nil, tt.want)
		})
	}
}

// A version without an ID would be the newest one of a zone that has none.
func TestVersionWithoutID(t *testing.T) {
	s, p := start(t, scalewaytest.Options{}, a("www", "192.0.2.1"))
	s.Faults.Add(httpfault.Rule{Pattern: scalewaytest.ListVersions, Fault: editList(func(list *versionList) { list.Versions[0].ID = "" })})
	_, err := p.Fetch(t.Context(), origin)
	wants(t, err, nil, "a version without an ID")
}

// Neither a long answer nor long data in it make a long error.
func TestLongData(t *testing.T) {
	for what, size := range map[string]int{"data": 1 << 20, "answer": 65 << 20} {
		t.Run(what, func(t *testing.T) {
			s, p := start(t, scalewaytest.Options{}, a("www", "192.0.2.1"))
			s.Faults.Add(httpfault.Rule{Pattern: scalewaytest.ListRecords, Fault: httpfault.Edit(func(answer *httpfault.Answer) {
				answer.Body = fmt.Appendf(nil, `{"total_count":1,"records":[{"name":"%[1]s","type":"A","data":"%[1]s","ttl":300}]}`, strings.Repeat("x", size/2))
			})})
			_, err := p.Fetch(t.Context(), origin)
			if err == nil || len(err.Error()) > 1000 {
				t.Errorf("the error has %d octets", len(fmt.Sprint(err)))
			}
			if what == "answer" {
				wants(t, err, nil, "larger than the 67108864 octets")
			}
		})
	}
}
