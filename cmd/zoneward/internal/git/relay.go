package git

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// relay is an HTTP server on the loopback interface that stands for the repository's while git asks it. So git gets no
// credentials, goes nowhere else, and what is said of redirects, sizes and certificates is said once, in visit.
type relay struct {
	url string // of the repository here
	key string // that git shows, and nobody else knows

	visit    *visit
	client   *http.Client
	server   *http.Server
	cancel   context.CancelFunc
	finished sync.WaitGroup

	mu   sync.Mutex // one request at a time
	base *url.URL   // of the repository there, which a redirect may change
	err  error      // the last one
}

const relayHeader = "X-Zoneward-Relay"

func startRelay(ctx context.Context, w *web) (*relay, error) {
	m := new(meter)
	m.allow(maxListBytes)
	v, err := w.visit(ctx, m)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &relay{key: rand.Text(), visit: v, base: w.url, url: "http://" + listener.Addr().String() + "/repository"}
	r.client = &http.Client{Transport: v, CheckRedirect: r.redirect}
	ctx, r.cancel = context.WithCancel(ctx)
	r.server = &http.Server{
		Handler: r, ReadHeaderTimeout: 10 * time.Second,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	r.finished.Go(func() { _ = r.server.Serve(listener) })
	return r, nil
}

// env has the key for git, where only who may read the memory of git can read it.
func (r *relay) env() []string {
	return []string{"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=http.extraHeader", "GIT_CONFIG_VALUE_0=" + relayHeader + ": " + r.key}
}

func (r *relay) close() {
	r.cancel()
	_ = r.server.Close()
	r.finished.Wait()
	// A handler may be at work yet.
	r.mu.Lock()
	defer r.mu.Unlock()
}

func (r *relay) received() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.visit.meter.count
}

func (r *relay) allow(most int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.visit.meter.allow(most)
}

// why is what went wrong on the way to the server and back, if that was it.
func (r *relay) why() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.visit.meter.err(); err != nil {
		return err
	}
	if r.err != nil {
		return r.visit.explain(r.err)
	}
	return r.visit.refusal()
}

// redirect follows a redirect of the first request only, as git does: others have a body that may be there to be
// misled.
func (r *relay) redirect(req *http.Request, via []*http.Request) error {
	if via[0].Method != http.MethodGet {
		return errors.New("redirected after the first request")
	}
	return r.visit.checkRedirect(req, via)
}

// What git asks a server, beside which it has no business.
const infoRefs = "/info/refs"

func (r *relay) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if subtle.ConstantTimeCompare([]byte(req.Header.Get(relayHeader)), []byte(r.key)) != 1 {
		http.Error(w, "not for you", http.StatusForbidden)
		return
	}
	at, ok := strings.CutPrefix(req.URL.Path, "/repository")
	first := req.Method == http.MethodGet && at == infoRefs && req.URL.RawQuery == "service=git-upload-pack"
	if !ok || !first && (req.Method != http.MethodPost || at != "/git-upload-pack") {
		http.NotFound(w, req)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.pass(w, req, at, first); err != nil {
		if req.Context().Err() == nil && !errors.Is(err, errGitGone) { // otherwise it is git that says why
			r.err = err
		}
		panic(http.ErrAbortHandler)
	}
}

// pass sends a request on, and what is answered back.
func (r *relay) pass(w http.ResponseWriter, req *http.Request, at string, first bool) error {
	// A server may answer before the last octet of the request was read here: net/http would close that body then, and the request with it.
	if err := http.NewResponseController(w).EnableFullDuplex(); err != nil {
		return err
	}
	to := r.base.JoinPath(at)
	to.RawQuery = req.URL.RawQuery
	out, err := http.NewRequestWithContext(req.Context(), req.Method, to.String(), req.Body)
	if err != nil {
		return err
	}
	out.ContentLength = req.ContentLength
	for _, name := range []string{"Accept", "Content-Type", "Content-Encoding", "Git-Protocol", "User-Agent"} {
		if value := req.Header.Get(name); value != "" {
			out.Header.Set(name, value)
		}
	}
	res, err := r.client.Do(out)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode >= http.StatusMultipleChoices && res.StatusCode < http.StatusBadRequest {
		// One whose body cannot be sent twice is not followed, nor asked about.
		return errors.New("redirected after the first request")
	}
	if base, ok := strings.CutSuffix(res.Request.URL.Path, infoRefs); first && ok {
		moved := *res.Request.URL
		moved.Path, moved.RawPath, moved.RawQuery = base, "", ""
		r.base = &moved
	}
	for _, name := range []string{"Content-Type", "Cache-Control"} {
		if value := res.Header.Get(name); value != "" {
			w.Header().Set(name, value)
		}
	}
	w.WriteHeader(res.StatusCode)
	_, err = io.Copy(flushing{w}, res.Body)
	return err
}

// errGitGone is the error of passing something on to a git that does not listen any more.
var errGitGone = errors.New("git does not listen")

// flushing passes on what comes when it comes.
type flushing struct{ w http.ResponseWriter }

func (f flushing) Write(p []byte) (int, error) {
	n, err := f.w.Write(p)
	if err == nil {
		err = http.NewResponseController(f.w).Flush()
	}
	if err != nil {
		err = fmt.Errorf("%w: %w", errGitGone, err)
	}
	return n, err
}
