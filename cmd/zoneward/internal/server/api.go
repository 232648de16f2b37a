package server

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/zoneward/zoneward/reconcile"
)

// apiRoot is what the address of everything in the API begins with.
const apiRoot = "/api/v1/"

const (
	// atOnce is how many requests with a good token are worked on at the same time, and slowAtOnce how many of those that may take long.
	atOnce, slowAtOnce = 64, 8
	// quickTime is how long a request may take, and slowTime one that waits for providers or name servers. Providers are slow, not dead: see
	// reconcile.Applier.BatchTimeout.
	quickTime, slowTime = 30 * time.Second, 15 * time.Minute
	// bodyTime is how long a body may take to arrive.
	bodyTime = 15 * time.Second
	// writeTime is how long an answer may take to leave.
	writeTime = time.Minute
)

// API answers /api/v1/, docs/api.md, to those who have a token, or an identity that counts. As long as nobody can have either, there is no API.
type API struct {
	engine Engine
	log    *slog.Logger
	tokens atomic.Pointer[tokenSet]
	// identities are those of others that count.
	identities atomic.Pointer[oidcSet]
	keys       *keyReader
	failures   *failures
	places     chan struct{} // taken by those that are worked on
	slow       chan struct{}
	// proposals is taken by those that are planned.
	proposals chan struct{}
	cross     *http.CrossOriginProtection
	mux       *http.ServeMux

	// writing is held for reading by the requests that go on when their sender has gone, and for writing from the end on: the program waits for them.
	writing  sync.RWMutex
	finished sync.Once
}

// NewAPI returns an API that takes no tokens and no identities.
func NewAPI(engine Engine, log *slog.Logger) *API {
	a := &API{
		engine: engine, log: log, failures: newFailures(), keys: newKeyReader(), places: make(chan struct{}, atOnce), slow: make(chan struct{}, slowAtOnce),
		proposals: make(chan struct{}, proposalsAtOnce), cross: http.NewCrossOriginProtection(), mux: http.NewServeMux(),
	}
	a.tokens.Store(&tokenSet{})
	a.identities.Store(&oidcSet{})
	byPath := map[string]methods{}
	for _, r := range routes() {
		if byPath[r.path] == nil {
			byPath[r.path] = methods{}
		}
		byPath[r.path][r.method] = r
	}
	for path, methods := range byPath {
		a.mux.Handle(path, a.answers(methods))
	}
	a.mux.Handle("/", a.answers(nil))
	return a
}

// SetTokens puts tokens in the place of those that there are: from the next request on only these count. If one of them is wrong the error says so, and those
// that there are stay.
func (a *API) SetTokens(tokens []Token) error {
	set, err := newTokenSet(tokens)
	if err != nil {
		return err
	}
	a.tokens.Store(&set)
	return nil
}

// SetOIDC says whose identity tokens count, likewise. It asks no issuer for anything: the first token does.
func (a *API) SetOIDC(rules []OIDCRule) error {
	set, err := newOIDCSet(rules, a.identities.Load(), func(issuer string) *issuerKeys { return newIssuerKeys(issuer, a.keys.keys, a.log) })
	if err != nil {
		return err
	}
	a.identities.Store(set)
	return nil
}

// Finish waits until no request is writing any more, and lets no other begin.
func (a *API) Finish() { a.finished.Do(a.writing.Lock) }

// call is a request that is allowed to be made.
type call struct {
	*http.Request
	w     http.ResponseWriter
	id    string // of the request
	token Token
	query *query
	note  []any // what the log says of it besides, as keys and values
}

// sees reports whether the token is for a zone on a target.
func (c *call) sees(ref reconcile.Ref) bool { return c.token.sees(ref.Zone) }

// callKey is where the context of a request has its call.
type callKey struct{}

// ServeHTTP answers a request: whoever it is from is looked at before what it is about.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{w: w, id: newRequestID()}
	c.guard()
	if len(*a.tokens.Load()) == 0 && len(a.identities.Load().rules) == 0 {
		noAPI("there is no API here: the configuration has no tokens").write(w, c.id)
		return
	}
	if r.Method == http.MethodGet && r.URL.Path == apiRoot+"openapi.yaml" {
		writeOpenAPI(w)
		return
	}
	if a.cross.Check(r) != nil {
		forbidden("the request comes from a page of another site").write(w, c.id)
		return
	}
	token, refused := a.authenticate(r, time.Now())
	if refused != nil {
		a.refuse(c, r, refused)
		return
	}
	select {
	case a.places <- struct{}{}:
		defer func() { <-a.places }()
	default:
		notNow("too many requests are being worked on").write(w, c.id)
		return
	}
	c.token = token
	a.mux.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callKey{}, c)))
}

// guard sets what every answer has: nothing in it is for a browser to show, keep, or run.
func (c *call) guard() {
	h := c.w.Header()
	h.Set("X-Request-Id", c.id)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
}

// refuse answers a request that is not authenticated.
func (a *API) refuse(c *call, r *http.Request, refused *refusal) {
	now := time.Now()
	p := tokenNeeded(refused.says)
	if refused.later {
		p = notNow("the keys of the issuer of the identity token cannot be read")
		p.retry = keysGap
	}
	if a.failures.note(hookSender(r, nil), now) {
		p = tooManyFailures()
	}
	if unsaid, ok := a.failures.say(now); ok {
		a.log.Warn("api request refused", "request", c.id, "remote", r.RemoteAddr, "reason", refused.why, "unsaid", unsaid)
	}
	p.write(c.w, c.id)
}

// newRequestID returns 16 hex digits.
func newRequestID() string {
	var octets [8]byte
	_, _ = rand.Read(octets[:]) // it never fails: see crypto/rand
	return hex.EncodeToString(octets[:])
}

// methods are the routes of an address by their method.
type methods map[string]route

// answers answers the requests for an address.
func (a *API) answers(m methods) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, _ := r.Context().Value(callKey{}).(*call)
		route, ok := m[r.Method]
		switch {
		case m == nil:
			noAPI("there is nothing at this address").write(w, c.id)
		case !ok:
			methodNotAllowed(plain(r.Method, longestName), strings.Join(slices.Sorted(maps.Keys(m)), ", ")).write(w, c.id)
		case c.token.Role < route.role:
			needsRole(c.token, route.role).write(w, c.id)
		default:
			c.Request, c.query = r, newQuery(r.URL.RawQuery)
			a.answer(c, route)
		}
	})
}

// answer does what a request is for, and answers it.
func (a *API) answer(c *call, r route) {
	began := time.Now()
	if r.role > RoleRead {
		if !a.writing.TryRLock() {
			notNow("the daemon is ending").write(c.w, c.id)
			return
		}
		defer a.writing.RUnlock()
	}
	status, document, err := a.work(c, r)
	if err == nil {
		err = writeDocument(c.w, status, document)
	}
	var p *problem
	if err != nil {
		var unsaid bool
		if p, unsaid = problemOf(err); unsaid {
			a.log.Error("api request failed", "request", c.id, "actor", c.token.actor(), "operation", r.operation, "err", err)
		}
		p.write(c.w, c.id)
		status = p.status
	}
	if r.method != http.MethodGet {
		if c.token.issuer != "" {
			c.note = append(c.note, "issuer", c.token.issuer)
		}
		a.log.Info("api request", append([]any{
			"request", c.id, "actor", c.token.actor(), "remote", c.RemoteAddr, "operation", r.operation, "status", status, "took", time.Since(began),
		}, c.note...)...)
	}
}

// work does what a request is for, in the time that it has.
func (a *API) work(c *call, r route) (int, any, error) {
	control := http.NewResponseController(c.w)
	limit := quickTime
	if r.slow {
		select {
		case a.slow <- struct{}{}:
			defer func() { <-a.slow }()
		default:
			return 0, nil, notNow("too many requests that take long are being worked on")
		}
		limit = slowTime
	}
	last := time.Now().Add(limit + writeTime)
	_ = control.SetWriteDeadline(last) // where there are no deadlines, as in a test, nobody is waiting
	if r.method != http.MethodGet {
		last = time.Now().Add(bodyTime) // net/http takes it back when the body is there
	}
	_ = control.SetReadDeadline(last) // one that passes ends the context of the request too, on which what only reads depends
	ctx := c.Context()
	if r.role > RoleRead {
		var done context.CancelFunc
		ctx, done = lasting(ctx)
		defer done()
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	c.Request = c.WithContext(ctx)
	document, err := r.answer(a, c)
	return r.status, document, err
}

// programKey is where the context of a request has that of the program.
type programKey struct{}

// lasting returns a context that does not end when the sender of a request goes away, since what is half done helps nobody, and ends with the program.
func lasting(ctx context.Context) (context.Context, context.CancelFunc) {
	lasting, cancel := context.WithCancel(context.WithoutCancel(ctx))
	program, ok := ctx.Value(programKey{}).(context.Context)
	if !ok {
		return lasting, cancel
	}
	stop := context.AfterFunc(program, cancel)
	return lasting, func() {
		stop()
		cancel()
	}
}

// text is a document that is JSON already.
type text []byte

// writeDocument answers with a document. An error is one of making it: nothing was sent then.
func writeDocument(w http.ResponseWriter, status int, document any) error {
	body, ok := document.(text)
	if !ok {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		if err := enc.Encode(document); err != nil {
			return err
		}
		body = b.Bytes()
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body) // nobody is left to tell
	return nil
}
