package server

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
)

// TestIdentities takes the tokens of jobs for what their rule says.
func TestIdentities(t *testing.T) {
	f, keys := newFakeIssuer(t), testKeys()
	x := newTester(t)
	operate := f.rule(ClaimRule{"sub", []string{"repo:example/zones:ref:*"}}, ClaimRule{"ref", []string{"refs/heads/main", "refs/heads/release/*"}})
	operate.Role = RoleOperate
	team := f.rule(ClaimRule{"repository_owner", []string{"team-a"}})
	team.Role = RoleOperate
	for _, pattern := range []string{"team-a.example", "*.team-a.example"} {
		zone, err := ParseZonePattern(pattern)
		if err != nil {
			t.Fatal(err)
		}
		team.Zones = append(team.Zones, zone)
	}
	x.identities(operate, team, f.rule())

	reconcile := func(token string) int { return x.as(token, http.MethodPost, apiRoot+"reconcile", "{}").Code }
	for name, test := range map[string]struct {
		token string
		want  int
	}{
		"main":                      {f.token(t, nil), 200},
		"a release":                 {f.token(t, map[string]any{"ref": "refs/heads/release/1/x"}), 200},
		"another branch looks only": {f.token(t, map[string]any{"ref": "refs/heads/x"}), 403},
		"a team":                    {f.token(t, map[string]any{"repository_owner": "team-a", "sub": "repo:team-a/x:pull_request", "repository": "team-a/x"}), 200},
		"another key":               {sign(t, jwt.SigningMethodES256, keys.ec, map[string]any{"kid": "ec"}, f.claims(nil)), 200},
		"several audiences":         {f.token(t, map[string]any{"aud": []string{"x", "https://zoneward.example.com"}}), 200},
		"no type":                   {sign(t, jwt.SigningMethodRS256, keys.rsa, map[string]any{"kid": "rsa", "typ": nil}, f.claims(nil)), 200},
		"no nbf":                    {f.token(t, map[string]any{"nbf": nil}), 200},
		"its clock is ahead":        {f.token(t, map[string]any{"iat": time.Now().Add(20 * time.Second).Unix(), "nbf": time.Now().Add(20 * time.Second).Unix()}), 200},
		"its clock is behind":       {f.token(t, map[string]any{"exp": time.Now().Add(-20 * time.Second).Unix()}), 200},
	} {
		if got := reconcile(test.token); got != test.want {
			t.Errorf("%s: %d, want %d; the log:\n%s", name, got, test.want, x.logged())
		}
	}
	if asked := f.requests(); len(asked) != 2 {
		t.Errorf("the issuer was asked for %s; want its configuration and its keys, once", asked)
	}
	logged := x.logged()
	for _, want := range []string{`"actor":"oidc:repo:example/zones:ref:refs/heads/main (api)"`, `"issuer":"` + f.url + `"`} {
		if !strings.Contains(logged, want) {
			t.Errorf("the log has no %s:\n%s", want, logged)
		}
	}
	zones := decode[document.ZoneStatuses](t, x.as(f.token(t, map[string]any{"repository_owner": "team-a", "sub": "repo:team-a/x:pull_request", "repository": "team-a/x"}), http.MethodGet, apiRoot+"zones", "").Body.String())
	if len(zones.Zones) == 0 || slices.ContainsFunc(zones.Zones, func(z document.ZoneStatus) bool { return !strings.HasSuffix(z.Zone, "team-a.example.") }) {
		t.Errorf("the team sees %+v", zones.Zones)
	}
	x.ask(http.StatusOK, "reader", http.MethodGet, apiRoot+"status", "") // tokens still count
	x.identities()
	if w := x.as(f.token(t, nil), http.MethodGet, apiRoot+"status", ""); w.Code != http.StatusUnauthorized {
		t.Errorf("after the rules were taken out: %d", w.Code)
	}
}

// TestIdentitiesAlone: there is an API where nobody has a token.
func TestIdentitiesAlone(t *testing.T) {
	f, x := newFakeIssuer(t), newTester(t)
	x.setTokens(nil)
	x.identities(f.rule())
	if w := x.as(f.token(t, nil), http.MethodGet, apiRoot+"status", ""); w.Code != http.StatusOK {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// TestForgedIdentities has tokens that nobody may use.
func TestForgedIdentities(t *testing.T) {
	f, keys := newFakeIssuer(t), testKeys()
	x := newTester(t)
	x.identities(f.rule())
	der, err := x509.MarshalPKIXPublicKey(&keys.rsa.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	good := f.token(t, nil)
	parts := strings.Split(good, ".")
	header := func(others map[string]any) string {
		all := map[string]any{"kid": "rsa"}
		for name, value := range others {
			all[name] = value
		}
		return sign(t, jwt.SigningMethodRS256, keys.rsa, all, f.claims(nil))
	}
	forgedHeader := func(text string) string { return base64url([]byte(text)) + "." + parts[1] + "." + parts[2] }
	forgedClaims := func(others map[string]any) string {
		text, err := json.Marshal(f.claims(others))
		if err != nil {
			t.Fatal(err)
		}
		return parts[0] + "." + base64url(text) + "." + parts[2]
	}
	other := publicJWK(t, &keys.other.PublicKey, "rsa", nil)
	ago := func(d time.Duration) int64 { return time.Now().Add(-d).Unix() }
	for name, test := range map[string]struct{ token, why string }{
		"alg none":                   {sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, map[string]any{"kid": "rsa"}, f.claims(nil)), "signing method none is invalid"},
		"alg none, with a signature": {forgedHeader(`{"alg":"none","kid":"rsa"}`), "signing method none is invalid"},
		"alg NONE":                   {forgedHeader(`{"alg":"NONE","kid":"rsa"}`), "unavailable"},
		"no alg":                     {forgedHeader(`{"kid":"rsa"}`), "unspecified"},
		"alg is a list":              {forgedHeader(`{"alg":["RS256"],"kid":"rsa"}`), "unspecified"},
		"HS256 with the public key":  {sign(t, jwt.SigningMethodHS256, public, map[string]any{"kid": "rsa"}, f.claims(nil)), "signing method HS256 is invalid"},
		"HS256 with the modulus":     {sign(t, jwt.SigningMethodHS256, keys.rsa.N.Bytes(), map[string]any{"kid": "rsa"}, f.claims(nil)), "signing method HS256 is invalid"},
		"RS512":                      {sign(t, jwt.SigningMethodRS512, keys.rsa, map[string]any{"kid": "rsa"}, f.claims(nil)), "signing method RS512 is invalid"},
		"PS256":                      {sign(t, jwt.SigningMethodPS256, keys.rsa, map[string]any{"kid": "rsa"}, f.claims(nil)), "signing method PS256 is invalid"},
		"ES256 under an RSA key":     {sign(t, jwt.SigningMethodES256, keys.ec, map[string]any{"kid": "rsa"}, f.claims(nil)), "no key"},
		"another's key":              {sign(t, jwt.SigningMethodRS256, keys.other, map[string]any{"kid": "rsa"}, f.claims(nil)), "signature is invalid"},
		"other claims":               {forgedClaims(map[string]any{"ref": "refs/heads/x"}), "signature is invalid"},
		"no signature":               {parts[0] + "." + parts[1] + ".", "signature is invalid"},
		"no key id":                  {header(map[string]any{"kid": nil}), "which key"},
		"the key id is a number":     {header(map[string]any{"kid": 1}), "which key"},
		"the key id is a path":       {header(map[string]any{"kid": "../../../../dev/null"}), "no key"},
		"the key id is SQL":          {header(map[string]any{"kid": "x' UNION SELECT 'key';--"}), "no key"},
		"the key id is long":         {header(map[string]any{"kid": strings.Repeat("x", 1000)}), "which key"},
		"a key of its own":           {sign(t, jwt.SigningMethodRS256, keys.other, map[string]any{"kid": "rsa", "jwk": other}, f.claims(nil)), "signature is invalid"},
		"a place of its own":         {sign(t, jwt.SigningMethodRS256, keys.other, map[string]any{"kid": "rsa", "jku": "https://evil.example/keys", "x5u": "https://evil.example/x"}, f.claims(nil)), "signature is invalid"},
		"crit":                       {header(map[string]any{"crit": []string{"b64"}, "b64": false}), "something understood"},
		"an access token":            {header(map[string]any{"typ": "at+jwt"}), "its type"},

		"another issuer":          {f.token(t, map[string]any{"iss": "https://evil.example"}), "not one of server.oidc"},
		"a slash behind":          {f.token(t, map[string]any{"iss": f.url + "/"}), "not one of server.oidc"},
		"a path behind":           {f.token(t, map[string]any{"iss": f.url + "/evil"}), "not one of server.oidc"},
		"a host behind":           {f.token(t, map[string]any{"iss": f.url + ".evil.example"}), "not one of server.oidc"},
		"a host in front":         {f.token(t, map[string]any{"iss": f.url + "@evil.example"}), "not one of server.oidc"},
		"a part of it":            {f.token(t, map[string]any{"iss": f.url[:len(f.url)-1]}), "not one of server.oidc"},
		"upper case":              {f.token(t, map[string]any{"iss": strings.ToUpper(f.url)}), "not one of server.oidc"},
		"no issuer":               {f.token(t, map[string]any{"iss": nil}), "not one of server.oidc"},
		"several issuers":         {f.token(t, map[string]any{"iss": []string{f.url}}), "iss is invalid"},
		"another audience":        {f.token(t, map[string]any{"aud": "https://github.com/example"}), "aud is"},
		"a part of the audience":  {f.token(t, map[string]any{"aud": "https://zoneward.example.co"}), "aud is"},
		"a longer audience":       {f.token(t, map[string]any{"aud": "https://zoneward.example.com.evil.example"}), "aud is"},
		"no audience":             {f.token(t, map[string]any{"aud": nil}), "aud is"},
		"expired":                 {f.token(t, map[string]any{"exp": ago(31 * time.Second)}), "expired"},
		"without an end":          {f.token(t, map[string]any{"exp": nil}), "exp"},
		"its end is text":         {f.token(t, map[string]any{"exp": "2999-01-01"}), "exp is invalid"},
		"of the future":           {f.token(t, map[string]any{"iat": ago(-time.Minute)}), "used before issued"},
		"not yet":                 {f.token(t, map[string]any{"nbf": ago(-time.Minute)}), "not valid yet"},
		"made at no time":         {f.token(t, map[string]any{"iat": nil}), "iat is missing"},
		"no subject":              {f.token(t, map[string]any{"sub": nil}), "sub is missing"},
		"a subject with controls": {f.token(t, map[string]any{"sub": "repo:example/zones\x1b[2J"}), "do not print"},
		"a subject that turns":    {f.token(t, map[string]any{"sub": "repo:example/\u202esenoz"}), "do not print"},
		"an endless subject":      {f.token(t, map[string]any{"sub": strings.Repeat("x", 600)}), "too long"},
		"another repository":      {f.token(t, map[string]any{"repository": "evil/zones"}), `repository is "evil/zones"`},
		"nearly the repository":   {f.token(t, map[string]any{"repository": "example/zones2"}), "repository is"},
		"the repository in upper": {f.token(t, map[string]any{"repository": "Example/Zones"}), "repository is"},
		"several repositories":    {f.token(t, map[string]any{"repository": []string{"example/zones"}}), "repository is"},
		"no repository":           {f.token(t, map[string]any{"repository": nil}), "repository is not there"},
		"a hostile repository":    {f.token(t, map[string]any{"repository": "\x1b[2J\nlevel=INFO \u202e" + strings.Repeat("x", 3000)}), "repository is"},

		"huge":              {good + strings.Repeat("A", longestIdentity), "more than 8192 octets"},
		"empty parts":       {"..", "JSON"},
		"not base64":        {"!." + parts[1] + "." + parts[2], "base64"},
		"not JSON":          {forgedHeader(`{`), "JSON"},
		"null":              {forgedHeader(`null`), "unspecified"},
		"claims are a list": {parts[0] + "." + base64url([]byte("[]")) + "." + parts[2], "JSON"},
		"claims are null":   {parts[0] + "." + base64url([]byte("null")) + "." + parts[2], "not one of server.oidc"},
		"padded":            {parts[0] + "=." + parts[1] + "." + parts[2], "base64"},
		"another encoding":  {good[:len(good)-1] + string(rune(good[len(good)-1])+1), "identity token"},
	} {
		t.Run(name, func(t *testing.T) {
			x := x.on(t)
			x.api.failures = newFailures()
			before := len(x.logged())
			w := x.as(test.token, http.MethodGet, apiRoot+"status", "")
			if w.Code != http.StatusUnauthorized || w.Header().Get("WWW-Authenticate") != `Bearer realm="zoneward", error="invalid_token"` {
				t.Errorf("%d, %s", w.Code, w.Header().Get("WWW-Authenticate"))
			}
			if problem := decode[document.DaemonProblem](t, w.Body.String()); problem.Detail != badIdentity {
				t.Errorf("whoever sends it is told why: %s", problem.Detail)
			}
			logged := x.logged()[before:]
			var line struct{ Reason string }
			if err := json.Unmarshal([]byte(logged), &line); err != nil || !strings.Contains(line.Reason, test.why) || len(line.Reason) > 1000 {
				t.Errorf("the log: %s, %v; want %q", logged, err, test.why)
			}
			if strings.ContainsAny(line.Reason, "\x1b\n\u202e") || strings.Contains(logged, parts[2]) {
				t.Errorf("the log has what others wrote, or a signature: %s", logged)
			}
		})
	}
	if w := x.as(good, http.MethodGet, apiRoot+"status", ""); w.Code != http.StatusOK {
		t.Errorf("the good one: %d", w.Code)
	}
}

// TestIdentitiesOfAnotherIssuer: what one issuer may say of its own jobs does not count of another's.
func TestIdentitiesOfAnotherIssuer(t *testing.T) {
	own, other := newFakeIssuer(t), newFakeIssuer(t)
	x := newTester(t)
	admin := own.rule()
	admin.Role = RoleAdmin
	x.identities(admin, other.rule(ClaimRule{"repository", []string{"other/zones"}}))
	if w := x.as(other.token(t, nil), http.MethodGet, apiRoot+"status", ""); w.Code != http.StatusUnauthorized {
		t.Errorf("a job of the other's repository example/zones: %d", w.Code)
	}
	if w := x.as(other.token(t, map[string]any{"repository": "other/zones"}), http.MethodPost, apiRoot+"reconcile", "{}"); w.Code != http.StatusForbidden {
		t.Errorf("a job of the other's own repository: %d", w.Code)
	}
	if w := x.as(own.token(t, nil), http.MethodPost, apiRoot+"reconcile", "{}"); w.Code != http.StatusOK {
		t.Errorf("a job of ours: %d", w.Code)
	}
}

// TestReasonsAreBounded, however many rules there are.
func TestReasonsAreBounded(t *testing.T) {
	f, x := newFakeIssuer(t), newTester(t)
	x.identities(slices.Repeat([]OIDCRule{f.rule(ClaimRule{"sub", []string{"repo:other/zones:*"}})}, 500)...)
	x.as(f.token(t, nil), http.MethodGet, apiRoot+"status", "")
	if logged := x.logged(); len(logged) > 2*longestDetail {
		t.Errorf("%d octets were logged", len(logged))
	}
}

// TestForgedIdentitiesAreMany are counted like those of other tokens.
func TestForgedIdentitiesAreMany(t *testing.T) {
	f, x := newFakeIssuer(t), newTester(t)
	x.identities(f.rule())
	bad := f.token(t, map[string]any{"repository": "evil/zones"})
	for i := range 2 * failureBurst {
		want := http.StatusUnauthorized
		if i >= failureBurst {
			want = http.StatusTooManyRequests
		}
		if w := x.as(bad, http.MethodGet, apiRoot+"status", ""); w.Code != want {
			t.Errorf("request %d: %d, want %d", i, w.Code, want)
		}
	}
	if w := x.as(f.token(t, nil), http.MethodGet, apiRoot+"status", ""); w.Code != http.StatusOK {
		t.Errorf("a good one from the same address: %d", w.Code)
	}
	if asked := f.requests(); len(asked) != 2 {
		t.Errorf("the issuer was asked for %s", asked)
	}
}

// TestIdentitiesAtOnce has many jobs begin before the keys are there: the issuer is asked once.
func TestIdentitiesAtOnce(t *testing.T) {
	f, x := newFakeIssuer(t), newTester(t)
	x.identities(f.rule())
	token := f.token(t, nil)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if w := x.as(token, http.MethodGet, apiRoot+"status", ""); w.Code != http.StatusOK {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		})
	}
	wg.Wait()
	x.identities(f.rule(), f.rule()) // the configuration is read again
	if w := x.as(token, http.MethodGet, apiRoot+"status", ""); w.Code != http.StatusOK {
		t.Errorf("%d", w.Code)
	}
	if asked := f.requests(); len(asked) != 2 {
		t.Errorf("the issuer was asked for %s; want two things once", asked)
	}
}

// TestIssuerIsDown says so: nothing is wrong with the token.
func TestIssuerIsDown(t *testing.T) {
	f, x := newFakeIssuer(t), newTester(t)
	f.answer["/keys"] = func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "secret", http.StatusBadGateway) }
	x.identities(f.rule())
	w := x.as(f.token(t, nil), http.MethodGet, apiRoot+"status", "")
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "60" || strings.Contains(w.Body.String(), f.url) {
		t.Errorf("%d, %s", w.Code, w.Body)
	}
	if logged := x.logged(); !strings.Contains(logged, "keys of an issuer cannot be read") || !strings.Contains(logged, "is answered with 502") {
		t.Errorf("the log: %s", logged)
	}
}

// TestRevokedKey: a key that an issuer has no more is not taken, though it was.
func TestRevokedKey(t *testing.T) {
	f, keys := newFakeIssuer(t), testKeys()
	x := newTester(t)
	x.identities(f.rule())
	token := f.token(t, nil)
	if w := x.as(token, http.MethodGet, apiRoot+"status", ""); w.Code != http.StatusOK {
		t.Fatalf("%d", w.Code)
	}
	f.set(func() { f.keys = []map[string]any{publicJWK(t, &keys.other.PublicKey, "new", nil)} })
	issuer := x.api.identities.Load().issuers[f.url]
	issuer.now = func() time.Time { return time.Now().Add(keysFresh) }
	if w := x.as(token, http.MethodGet, apiRoot+"status", ""); w.Code != http.StatusUnauthorized {
		t.Errorf("signed with a key that was taken back: %d", w.Code)
	}
	rotated := sign(t, jwt.SigningMethodRS256, keys.other, map[string]any{"kid": "new"}, f.claims(nil))
	if w := x.as(rotated, http.MethodGet, apiRoot+"status", ""); w.Code != http.StatusOK {
		t.Errorf("signed with the new key: %d", w.Code)
	}
}

// TestClaimRules compares claims of all types with patterns.
func TestClaimRules(t *testing.T) {
	claims := (&fakeIssuer{}).claims(nil)
	claims["run_attempt"], claims["nested"], claims["long"] = json.Number("1"), map[string]any{"x": "y"}, strings.Repeat("x", 600)
	for _, test := range []struct {
		name, pattern string
		want          bool
	}{
		{"ref", "refs/heads/main", true},
		{"ref", "refs/heads/*", true},
		{"ref", "refs/tags/*", false},
		{"ref", "heads", false},
		{"ref", "refs/heads/mai?", false},
		{"ref", "refs/heads/[m]ain", false},
		{"run_attempt", "1", true},
		{"private", "true", true},
		{"private", "false", false},
		{"nested", "*", false},
		{"long", "*", false},
		{"missing", "*", false},
	} {
		rule := OIDCRule{Audience: "https://zoneward.example.com", Claims: []ClaimRule{{test.name, []string{"other", test.pattern}}}}
		if wrong := rule.mismatch(claims); (wrong == "") != test.want {
			t.Errorf("%s like %s: %q", test.name, test.pattern, wrong)
		}
	}
}

func TestWrongOIDCRules(t *testing.T) {
	good := func() OIDCRule {
		return OIDCRule{Issuer: "https://token.actions.githubusercontent.com", Audience: "x", Role: RoleRead, Claims: []ClaimRule{{"repository", []string{"example/zones"}}}}
	}
	claims := func(claims ...ClaimRule) OIDCRule { r := good(); r.Claims = claims; return r }
	issuer := func(text string) OIDCRule { r := good(); r.Issuer = text; return r }
	for name, test := range map[string]struct {
		rule OIDCRule
		want string // "" if it is good
	}{
		"good":                         {good(), ""},
		"a path":                       {issuer("https://git.example/api/actions"), ""},
		"a port":                       {issuer("https://git.example:8443/"), ""},
		"this machine":                 {issuer("http://127.0.0.1:1"), ""},
		"this machine by IPv6":         {issuer("http://[::1]:1"), ""},
		"an owner":                     {claims(ClaimRule{"repository", []string{"example/*"}}), ""},
		"a subject":                    {claims(ClaimRule{"sub", []string{"repo:example/zones:*"}}), ""},
		"a subject of colons":          {claims(ClaimRule{"sub", []string{"organization:acme:*"}}), ""},
		"a project of GitLab":          {claims(ClaimRule{"ref_protected", []string{"true"}}, ClaimRule{"project_path", []string{"infra/dns/*", "infra/zones"}}), ""},
		"no issuer":                    {issuer(""), "want an address"},
		"no scheme":                    {issuer("token.actions.githubusercontent.com"), "want an address"},
		"http":                         {issuer("http://token.actions.githubusercontent.com"), "want https"},
		"a name of this machine":       {issuer("http://localhost:1"), "want https"},
		"another scheme":               {issuer("file:///etc/passwd"), "want an address"},
		"ftp":                          {issuer("ftp://127.0.0.1/"), "want https"},
		"a password":                   {issuer("https://user:hunter2@git.example"), "a user or password"},
		"a query":                      {issuer("https://git.example?x=y"), "want an address"},
		"an empty query":               {issuer("https://git.example?"), "want an address"},
		"a fragment":                   {issuer("https://git.example#x"), "want an address"},
		"no audience":                  {OIDCRule{Issuer: good().Issuer, Role: RoleRead, Claims: good().Claims}, "audience is missing"},
		"no role":                      {OIDCRule{Issuer: good().Issuer, Audience: "x", Claims: good().Claims}, "no role"},
		"another role":                 {OIDCRule{Issuer: good().Issuer, Audience: "x", Role: 7, Claims: good().Claims}, "no role"},
		"no zones":                     {OIDCRule{Issuer: good().Issuer, Audience: "x", Role: RoleRead, Zones: []ZonePattern{}, Claims: good().Claims}, "zones has none"},
		"no claims":                    {claims(), "everybody's jobs"},
		"the branch alone":             {claims(ClaimRule{"ref", []string{"refs/heads/main"}}), "everybody's jobs"},
		"a workflow that all may call": {claims(ClaimRule{"job_workflow_ref", []string{"example/zones/.github/workflows/x.yml@main"}}), "everybody's jobs"},
		"any repository":               {claims(ClaimRule{"repository", []string{"*"}}), "everybody's jobs"},
		"a repository of anybody":      {claims(ClaimRule{"repository", []string{"*/zones"}}), "everybody's jobs"},
		"an owner that begins so":      {claims(ClaimRule{"repository", []string{"example*"}}), "everybody's jobs"},
		"one of them is anybody's":     {claims(ClaimRule{"repository", []string{"example/zones", "*/*"}}), "everybody's jobs"},
		"any owner":                    {claims(ClaimRule{"repository_owner", []string{"ex*"}}), "everybody's jobs"},
		"any subject":                  {claims(ClaimRule{"sub", []string{"*"}}), "everybody's jobs"},
		"a subject that has no owner":  {claims(ClaimRule{"sub", []string{"environment:production"}}), "everybody's jobs"},
		"a subject of callers":         {claims(ClaimRule{"sub", []string{"job_workflow_ref:example/zones/.github/workflows/x.yml@*"}}), "everybody's jobs"},
		"a subject of anybody":         {claims(ClaimRule{"sub", []string{"repo:*"}}), "everybody's jobs"},
		"a subject that begins so":     {claims(ClaimRule{"sub", []string{"repo:example*"}}), "everybody's jobs"},
		"a claim that is checked":      {claims(ClaimRule{"aud", []string{"x"}}), "checked by itself"},
		"a claim without a name":       {claims(ClaimRule{"", []string{"x"}}), "checked by itself"},
		"a claim without values":       {claims(ClaimRule{"repository", nil}), "no value"},
		"an empty value":               {claims(ClaimRule{"repository", []string{""}}), "no value"},
		"a claim twice":                {claims(good().Claims[0], good().Claims[0]), "comes twice"},
	} {
		err := CheckOIDC([]OIDCRule{good(), test.rule})
		if got := fmt.Sprint(err); (err == nil) != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("%s: %v; want %q", name, err, test.want)
		} else if strings.Contains(got, "hunter2") {
			t.Errorf("%s: the error has a password: %v", name, err)
		}
	}
}

// FuzzIdentity has nobody in by a text that no issuer has signed.
func FuzzIdentity(f *testing.F) {
	issuer := newFakeIssuer(f)
	good := issuer.token(f, nil)
	parts := strings.Split(good, ".")
	f.Add(good)
	f.Add(parts[0] + "." + parts[1] + ".")
	f.Add(base64url([]byte(`{"alg":"none"}`)) + "." + parts[1] + ".")
	f.Add("..")
	weak, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sign(f, jwt.SigningMethodRS256, weak, map[string]any{"kid": "rsa"}, issuer.claims(nil)))
	set, err := newOIDCSet([]OIDCRule{issuer.rule()}, &oidcSet{}, func(url string) *issuerKeys {
		keys, err := newKeyReader().keys(f.Context(), url)
		return &issuerKeys{issuer: url, keys: keys, at: time.Now(), tried: time.Now(), err: err, now: time.Now, turn: make(chan struct{}, 1)}
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		token, err := set.authenticate(t.Context(), text, time.Now())
		if err == nil && text != good {
			t.Errorf("%q is %+v", text, token)
		}
		if err != nil && (token.Role != 0 || token.Name != "") {
			t.Errorf("%q is refused, and %+v", text, token)
		}
	})
}
