package server

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/zonefile"
)

func TestAuthorization(t *testing.T) {
	x := newTester(t)
	good := x.tokens["reader"]
	for name, tc := range map[string]struct {
		headers []string
		status  int
		says    string // WWW-Authenticate
	}{
		"good":               {[]string{"Bearer " + good}, 200, ""},
		"other case":         {[]string{"bEARER " + good}, 200, ""}, // RFC 9110 §11.1
		"more spaces":        {[]string{"Bearer   " + good}, 200, ""},
		"ends later":         {[]string{"Bearer " + x.tokens["later"]}, 200, ""},
		"missing":            {nil, 401, `Bearer realm="zoneward"`},
		"empty":              {[]string{""}, 401, "invalid_token"},
		"no token":           {[]string{"Bearer "}, 401, "invalid_token"},
		"no scheme":          {[]string{good}, 401, "invalid_token"},
		"other scheme":       {[]string{"Basic " + good}, 401, "invalid_token"},
		"wrong":              {[]string{"Bearer " + NewToken()}, 401, "invalid_token"},
		"truncated":          {[]string{"Bearer " + good[:len(good)-1]}, 401, "invalid_token"},
		"longer":             {[]string{"Bearer " + good + "0"}, 401, "invalid_token"},
		"space behind":       {[]string{"Bearer " + good + " "}, 401, "invalid_token"},
		"token in upper":     {[]string{"Bearer " + strings.ToUpper(good)}, 401, "invalid_token"},
		"another's id":       {[]string{"Bearer " + x.tokens["admin"][:12] + good[12:]}, 401, "invalid_token"},
		"its hash":           {[]string{"Bearer " + HashOf(good).String()}, 401, "invalid_token"},
		"huge":               {[]string{"Bearer " + strings.Repeat("z", 20_000)}, 401, "invalid_token"},
		"two, one is good":   {[]string{"Bearer " + good, "Bearer " + NewToken()}, 401, "invalid_token"},
		"two that are good":  {[]string{"Bearer " + good, "Bearer " + good}, 401, "invalid_token"},
		"two in one":         {[]string{"Bearer " + good + ", Bearer " + good}, 401, "invalid_token"},
		"expired":            {[]string{"Bearer " + x.tokens["expired"]}, 401, "the token has expired"},
		"control characters": {[]string{"Bearer \x1b[2J" + good}, 401, "invalid_token"},
	} {
		t.Run(name, func(t *testing.T) {
			x.api.failures = newFailures()
			r := x.request("", http.MethodGet, apiRoot+"status", "")
			r.Header["Authorization"] = tc.headers
			w := x.do(r)
			if says := w.Header().Get("WWW-Authenticate"); w.Code != tc.status || !strings.Contains(says, tc.says) || (says == "") != (tc.says == "") {
				t.Errorf("%d, %s; want %d and %q", w.Code, says, tc.status, tc.says)
			}
		})
	}
	if logged := x.logged(); strings.Contains(logged, good) || strings.Contains(logged, HashOf(good).String()) || !strings.Contains(logged, "expired token") {
		t.Errorf("the log has a token, or does not say why:\n%s", logged)
	}
	r := x.request("", http.MethodGet, apiRoot+"status?access_token="+good, "")
	if w := x.do(r); w.Code != http.StatusUnauthorized {
		t.Errorf("a token in the address: %d", w.Code)
	}
	r = x.request("", http.MethodGet, apiRoot+"status", "")
	r.AddCookie(&http.Cookie{Name: "token", Value: good})
	r.SetBasicAuth("reader", good)
	if w := x.do(r); w.Code != http.StatusUnauthorized {
		t.Errorf("a token in a cookie: %d", w.Code)
	}
}

// TestTokenEnds has a token come to its end while it is in use.
func TestTokenEnds(t *testing.T) {
	x := newTester(t)
	synctest.Test(t, func(t *testing.T) {
		tokens := x.usualTokens()
		tokens[0].Expires = time.Now().Add(time.Minute)
		x.setTokens(tokens)
		x.ask(http.StatusOK, "reader", http.MethodGet, apiRoot+"status", "")
		time.Sleep(time.Minute)
		x.ask(http.StatusUnauthorized, "reader", http.MethodGet, apiRoot+"status", "")
	})
	x.setTokens(x.usualTokens()[1:])
	x.ask(http.StatusUnauthorized, "reader", http.MethodGet, apiRoot+"status", "")
	x.ask(http.StatusOK, "operator", http.MethodGet, apiRoot+"status", "")
	tokens := x.usualTokens()
	tokens[1].Role = RoleRead
	x.setTokens(tokens)
	x.ask(http.StatusForbidden, "operator", http.MethodPost, apiRoot+"reconcile", "{}")
}

func TestWrongTokensAreRefused(t *testing.T) {
	x := newTester(t)
	hash := HashOf("x")
	for name, tokens := range map[string][]Token{
		"no name":       {{Role: RoleRead, Hash: hash}},
		"odd name":      {{Name: "a\nb", Role: RoleRead, Hash: hash}},
		"claims to be":  {{Name: "ann (api)", Role: RoleRead, Hash: hash}},
		"long name":     {{Name: strings.Repeat("a", 65), Role: RoleRead, Hash: hash}},
		"no role":       {{Name: "a", Hash: hash}},
		"other role":    {{Name: "a", Role: RoleAdmin + 1, Hash: hash}},
		"no hash":       {{Name: "a", Role: RoleRead}},
		"hash of none":  {{Name: "a", Role: RoleRead, Hash: HashOf("")}},
		"for no zones":  {{Name: "a", Role: RoleRead, Hash: hash, Zones: []ZonePattern{}}},
		"a name twice":  {{Name: "a", Role: RoleRead, Hash: hash}, {Name: "a", Role: RoleRead, Hash: HashOf("y")}},
		"a hash twice":  {{Name: "a", Role: RoleRead, Hash: hash}, {Name: "b", Role: RoleAdmin, Hash: hash}},
		"one is enough": {{Name: "a", Role: RoleRead, Hash: hash}, {}},
	} {
		if err := x.api.SetTokens(tokens); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	x.ask(http.StatusOK, "reader", http.MethodGet, apiRoot+"status", "") // those before go on
	for _, text := range []string{"", "sha256:", "sha256:00", "md5:" + hash.String()[7:], strings.ToUpper(hash.String()), hash.String() + "00", x.tokens["admin"]} {
		if _, err := ParseHash(text); err == nil || text != "" && strings.Contains(err.Error(), text) && len(text) > 10 {
			t.Errorf("%s: %v", text, err)
		}
	}
	if got, err := ParseHash(hash.String()); got != hash || err != nil {
		t.Errorf("%s: %s, %v", hash, got, err)
	}
	for _, text := range []string{"", "Read", "root", "read "} {
		if _, err := ParseRole(text); err == nil {
			t.Errorf("role %q: no error", text)
		}
	}
	a, b := NewToken(), NewToken()
	if len(a) != 76 || !strings.HasPrefix(a, "zw_") || a == b || strings.Count(a, "_") != 2 {
		t.Errorf("tokens %s, %s", a, b)
	}
}

func TestZonePattern(t *testing.T) {
	for _, tc := range []struct {
		pattern, zone string
		want          bool
	}{
		{"*", "example.com.", true},
		{"*", "com.", true},
		{"team-a.example", "team-a.example.", true},
		{"TEAM-A.Example.", "team-a.example.", true},
		{"team-a.example", "a.team-a.example.", false},
		{"team-a.example", "xteam-a.example.", false},
		{"*.team-a.example", "a.team-a.example.", true},
		{"*.team-a.example", "b.a.team-a.example.", true},
		{"*.team-a.example", "team-a.example.", false},
		{"*.team-a.example", "xteam-a.example.", false},
		{"*.team-a.example", `x\.team-a.example.`, false}, // one label that has a dot
		{"*.team-a.example", "team-a.example.evil.example.", false},
		{"bücher.example", "xn--bcher-kva.example.", true},
		{"*.bücher.example", "a.xn--bcher-kva.example.", true},
	} {
		p, err := ParseZonePattern(tc.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.matches(zonefile.MustParseName(tc.zone)); got != tc.want {
			t.Errorf("%s, %s: %t", tc.pattern, tc.zone, got)
		}
	}
	for _, text := range []string{"", "a*", "*a.example", "a.*.example", "**", "*.*", "*.", "a..b"} {
		if p, err := ParseZonePattern(text); err == nil {
			t.Errorf("%q: %v, no error", text, p)
		}
	}
	if (ZonePattern{}).matches(zonefile.Name{}) || (ZonePattern{}).matches(zonefile.Root) {
		t.Error("the zero pattern matches")
	}
}

// TestRestrictedReads looks in everything that can be read for what a token is not for.
func TestRestrictedReads(t *testing.T) {
	x := newTester(t)
	for _, token := range []string{"team-a", "team-a-admin"} {
		for _, path := range []string{
			"status", "zones", "zones?limit=1000", "zones?after=a.team-a.example.+pdns", "plans", "plans?target=pdns", "plans?target=ns1", "tombstones", "tombstones?all=true", "history", "suspensions",
			"zones?zone=team-b.example", "plans?zone=team-b.example", "tombstones?zone=team-b.example", "suspensions?zone=team-b.example", "tombstones?zone=team-b.example&zone=team-a.example",
			"plans?zone=TEAM-B.EXAMPLE.", "plans?zone=b%C3%BCcher.example", "plans?zone=xn--bcher-kva.example",
		} {
			body := x.ask(http.StatusOK, token, http.MethodGet, apiRoot+path, "")
			for _, other := range []string{"team-b", "bcher", "bob", "git.example"} {
				if strings.Contains(body, other) {
					t.Errorf("%s by %s shows %s:\n%s", path, token, other, body)
				}
			}
		}
		for _, path := range []string{"history?zone=team-b.example", "history?zone=TEAM-b.example."} {
			x.ask(http.StatusForbidden, token, http.MethodGet, apiRoot+path, "")
		}
		// One that is not its own is as one that is not there.
		mine, other, none := x.do(x.request(token, http.MethodGet, apiRoot+"tombstones/aaaaaaaaaaaaaaaa", "")), x.do(x.request(token, http.MethodGet, apiRoot+"tombstones/bbbbbbbbbbbbbbbb", "")),
			x.do(x.request(token, http.MethodGet, apiRoot+"tombstones/cccccccccccccccc", ""))
		detail := func(w interface{ String() string }) string {
			return decode[document.DaemonProblem](t, w.String()).Detail
		}
		if mine.Code != 200 || other.Code != 404 || none.Code != 404 || strings.ReplaceAll(detail(other.Body), "b", "c") != strings.ReplaceAll(detail(none.Body), "b", "c") {
			t.Errorf("tombstones by %s: %d, %d %s, %d %s", token, mine.Code, other.Code, other.Body, none.Code, none.Body)
		}
		x.ask(http.StatusBadRequest, token, http.MethodGet, apiRoot+"tombstones/bbbb", "")
	}
	status := decode[document.DaemonStatus](t, x.ask(http.StatusOK, "team-a", http.MethodGet, apiRoot+"status", ""))
	if len(status.Notices)+len(status.Queued)+status.Running != 0 || status.Source.Error == nil || status.Source.FailingSince == nil {
		t.Errorf("status: %+v; want no notices and queue, and that the source fails", status)
	}
	x.engine.damage = fmt.Errorf("tombstone bbbbbbbbbbbbbbbb of team-b.example. is damaged")
	if body := x.ask(http.StatusOK, "team-a", http.MethodGet, apiRoot+"tombstones", ""); strings.Contains(body, "team-b") || !strings.Contains(body, "damaged") {
		t.Errorf("damage: %s", body)
	}
	if body := x.ask(http.StatusOK, "reader", http.MethodGet, apiRoot+"tombstones", ""); !strings.Contains(body, "of team-b.example. is damaged") {
		t.Errorf("damage: %s", body)
	}
}

// TestRestrictedWrites tries to have something done to what a token is not for.
func TestRestrictedWrites(t *testing.T) {
	x := newTester(t)
	post := func(status int, path, body string) {
		t.Helper()
		before := len(x.engine.said())
		x.ask(status, "team-a", http.MethodPost, apiRoot+path, body)
		for _, call := range x.engine.said()[before:] {
			if status != http.StatusOK && !strings.HasPrefix(call, "plan restore") && !strings.Contains(call, "no.team-a") || strings.Contains(call, "team-b") || strings.Contains(call, "bcher") {
				t.Errorf("%s %s: %s", path, body, call)
			}
		}
	}
	post(200, "plans/approve", `{"plans": ["`+id("team-a.example.")+`", "`+id("a.team-a.example.")+`"], "reason": "x"}`)
	post(409, "plans/approve", `{"plans": ["`+id("team-b.example.")+`"], "reason": "x"}`)
	post(409, "plans/approve", `{"plans": ["`+id("team-a.example.")+`", "`+id("team-b.example.")+`"], "reason": "x"}`)
	problem := decode[document.DaemonProblem](t, x.ask(409, "team-a", http.MethodPost, apiRoot+"plans/approve", `{"plans": ["`+id("team-b.example.")+`"], "reason": "x"}`))
	for _, p := range problem.Plans {
		if strings.Contains(p.Zone, "team-b") {
			t.Errorf("the problem names %s", p.Zone)
		}
	}
	for _, zone := range []string{"team-b.example", "TEAM-B.example.", `team\045b.example`, "xn--bcher-kva.example", "Bücher.example", "bücher.example.", "example", ".", "xteam-a.example", `x\.team-a.example`} {
		quoted := strings.ReplaceAll(zone, `\`, `\\`)
		post(403, "reconcile", `{"zones": ["`+quoted+`"]}`)
		post(403, "reconcile", `{"zones": ["team-a.example", "`+quoted+`"]}`)
		post(403, "verify", `{"zones": ["`+quoted+`"]}`)
		post(403, "suspensions", `{"zones": ["`+quoted+`"], "reason": "x"}`)
		post(403, "suspensions", `{"zones": ["team-a.example", "`+quoted+`"], "targets": ["pdns"], "reason": "x"}`)
		post(403, "restore", `{"zone": "`+quoted+`", "name": "www.team-a.example", "type": "A", "apply": false}`)
		x.ask(403, "team-a", http.MethodDelete, apiRoot+"suspensions?reason=x&zone="+strings.ReplaceAll(zone, `\`, "%5C"), "")
	}
	post(404, "restore", `{"tombstone": "bbbbbbbbbbbbbbbb", "apply": false}`)
	post(404, "restore", `{"tombstone": "bbbbbbbbbbbbbbbb", "apply": true, "plans": ["`+id("team-b.example.")+`"]}`)
	post(403, "restore", `{"name": "www.team-a.example", "type": "A", "apply": false}`) // in which zone that is, is not its to find out
	post(400, "restore", `{"zone": "team-a.example", "name": "www.team-b.example", "type": "A", "apply": false}`)
	post(200, "suspensions", `{"zones": ["team-a.example"], "reason": "x"}`)
	post(400, "suspensions", `{"zones": ["no.team-a.example"], "reason": "x"}`)
	if body := x.ask(200, "team-a", http.MethodDelete, apiRoot+"suspensions?zone=team-a.example&reason=x", ""); strings.Contains(body, "team-b") {
		t.Errorf("what still stands has others: %s", body)
	}
	post(403, "suspensions", `{"all": true, "reason": "x"}`)
	post(403, "suspensions", `{"targets": ["pdns"], "reason": "x"}`)
	x.ask(403, "team-a", http.MethodDelete, apiRoot+"suspensions?all=true&reason=x", "")
	x.ask(403, "team-a", http.MethodDelete, apiRoot+"suspensions?target=pdns&reason=x", "")

	// Everything is everything that it is for, by name.
	post(200, "reconcile", `{}`)
	post(200, "verify", `{}`)
	post(200, "reconcile", `{"targets": ["pdns"]}`)
	said := strings.Join(x.engine.said(), "\n")
	for _, want := range []string{"reconcile [team-a.example. a.team-a.example. z.team-a.example.] []", "verify [team-a.example. a.team-a.example. z.team-a.example.] within"} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q:\n%s", want, said)
		}
	}
	tokens := x.usualTokens()
	tokens[3].Zones = []ZonePattern{{name: zonefile.MustParseName("nothing.example.")}}
	x.setTokens(tokens)
	before := len(x.engine.said())
	post(200, "reconcile", `{}`)
	post(200, "verify", `{}`)
	if said := x.engine.said()[before:]; len(said) > 0 {
		t.Errorf("a token that is for nothing that is there: %v", said)
	}
}

// TestFailures guesses from many addresses.
func TestFailures(t *testing.T) {
	x := newTester(t)
	synctest.Test(t, func(t *testing.T) {
		codes := map[int]int{}
		var last string
		for range 1000 {
			r := x.request("", http.MethodGet, apiRoot+"status", "")
			r.Header.Set("Authorization", "Bearer "+NewToken())
			w := httptest.NewRecorder()
			x.api.ServeHTTP(w, r)
			codes[w.Code]++
			last = w.Header().Get("Retry-After")
		}
		if codes[401] != failureBurst || codes[429] != 1000-failureBurst || last != "10" {
			t.Errorf("%v, Retry-After %s", codes, last)
		}
		x.ask(http.StatusOK, "reader", http.MethodGet, apiRoot+"status", "") // from the same address
		for i := range 2 * mostRemotes {
			r := x.request("", http.MethodGet, apiRoot+"status", "")
			r.RemoteAddr = fmt.Sprintf("[2001:db8:%x::%x]:1", i, i)
			x.api.ServeHTTP(httptest.NewRecorder(), r)
		}
		if n := x.api.failures.remotes.Len(); n != mostRemotes {
			t.Errorf("%d addresses are remembered", n)
		}
		if lines := strings.Count(x.logged(), "\n"); lines != failureLines {
			t.Errorf("%d lines were logged", lines)
		}
		time.Sleep(time.Second)
		x.ask(http.StatusUnauthorized, "", http.MethodGet, apiRoot+"status", "")
		if want := fmt.Sprintf(`"unsaid":%d`, 1000+2*mostRemotes-failureLines); !strings.Contains(x.logged(), want) {
			t.Errorf("the log does not have %s", want)
		}
	})
}
