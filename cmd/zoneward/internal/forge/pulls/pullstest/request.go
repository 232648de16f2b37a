package pullstest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Request is a request that came.
type Request struct {
	Method string
	Path   string // escaped, with that of the API's root
	Query  string // in the order of the names
	Body   string
	Status int // of the answer; 0 if there was none
}

// String returns the request on one line, for golden files: the method, the path, the query and the body, and what was answered.
func (r Request) String() string {
	text := r.Method + " " + r.Path
	if r.Query != "" {
		text += "?" + r.Query
	}
	if r.Body != "" {
		text += " " + r.Body
	}
	return fmt.Sprintf("%s -> %d", text, r.Status)
}

// Requests returns the requests that came so far, in the order in which they came.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Fault is how the server goes wrong.
type Fault struct {
	// Method and Path say which requests: of that method, with that in the path. Empty is any.
	Method, Path string
	// Skip is how many of them go well before.
	Skip int
	// Times is how many of them go wrong; 0 is one, and -1 is all from then on.
	Times int

	// Status is answered instead of what was asked for, with Header and Body; 0 leaves the answer as it is.
	Status int
	Header map[string]string
	Body   string
	// Done: what was asked for is done all the same.
	Done bool
	// Cut: the connection ends in the middle of the answer.
	Cut bool
	// Delay is how long nothing comes, if the client waits for that. What was asked for is done after it.
	Delay time.Duration
	// Hook, if set, is called before anything is done.
	Hook func()
}

// Fail has requests go wrong. Of several faults that are for one request the first counts.
func (s *Server) Fail(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.Times == 0 {
		f.Times = 1
	}
	s.faults = append(s.faults, &f)
}

// fault returns what goes wrong with a request, the zero value for nothing.
func (s *Server) fault(r *http.Request) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if f.Times == 0 || f.Method != "" && f.Method != r.Method || !strings.Contains(r.URL.EscapedPath(), f.Path) {
			continue
		}
		if f.Skip > 0 {
			f.Skip--
			continue
		}
		if f.Times > 0 {
			f.Times--
		}
		return *f
	}
	return Fault{}
}

const maxBody = 8 << 20

// record remembers the requests, and has those go wrong that are to.
func (s *Server) record(routes http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			http.Error(w, "the body is too large", http.StatusRequestEntityTooLarge)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		s.mu.Lock()
		s.requests = append(s.requests, Request{Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.Query().Encode(), Body: string(body)})
		at := len(s.requests) - 1
		s.mu.Unlock()
		answered := func(status int) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.requests[at].Status = status
		}

		f := s.fault(r)
		if f.Hook != nil {
			f.Hook()
		}
		if f.Delay > 0 {
			select {
			case <-time.After(f.Delay):
			case <-r.Context().Done():
				return
			}
		}
		good := &buffer{header: http.Header{}, status: http.StatusOK}
		if f.Status == 0 || f.Done {
			routes.ServeHTTP(good, r)
		}
		if f.Status != 0 {
			good = &buffer{header: http.Header{}, status: f.Status}
			good.header.Set("Content-Type", "application/json; charset=utf-8")
			_, _ = good.WriteString(f.Body)
		}
		for name, value := range f.Header {
			good.header.Set(name, value)
		}
		answered(good.status)
		good.send(w, f.Cut)
	})
}

// buffer is an answer that was not sent yet.
type buffer struct {
	bytes.Buffer
	header http.Header
	status int
}

func (b *buffer) Header() http.Header    { return b.header }
func (b *buffer) WriteHeader(status int) { b.status = status }

func (b *buffer) send(w http.ResponseWriter, cut bool) {
	for name, values := range b.header {
		w.Header()[name] = values
	}
	if b.status != http.StatusNoContent {
		w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	}
	w.WriteHeader(b.status)
	if !cut {
		_, _ = w.Write(b.Bytes()) // who has gone does not want it
		return
	}
	_, _ = w.Write(b.Bytes()[:b.Len()/2])
	panic(http.ErrAbortHandler)
}

// answerJSON writes an answer.
func answerJSON(w http.ResponseWriter, status int, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(text) // to a buffer
}

// decode reads a body strictly: JSON that says it is, with members that are known.
func decode(r *http.Request, into any) error {
	if media := r.Header.Get("Content-Type"); media != "application/json" {
		return fmt.Errorf("the body says it is %q", media)
	}
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if d.More() {
		return fmt.Errorf("something stands behind the JSON")
	}
	return nil
}

// unknownQuery returns the names in the query that are not among those that are known.
func unknownQuery(r *http.Request, known ...string) []string {
	var unknown []string
	for name := range r.URL.Query() {
		if !slices.Contains(known, name) {
			unknown = append(unknown, name)
		}
	}
	return unknown
}

// paged is which part of a list was asked for.
type paged struct {
	page, size int
}

// pageOf reads page and the parameter for the size as forges do: what is no number is the usual, and what is too large is the most.
func (s *Server) pageOf(r *http.Request, sizeName string, usual, most int) paged {
	if s.opts.PageSize > 0 {
		most = s.opts.PageSize
	}
	p := paged{1, min(usual, most)}
	if n, err := strconv.Atoi(r.URL.Query().Get("page")); err == nil && n > 0 {
		p.page = n
	}
	if n, err := strconv.Atoi(r.URL.Query().Get(sizeName)); err == nil && n > 0 {
		p.size = min(n, most)
	}
	return p
}

// cut returns the part of a list, and how many pages there are.
func cut[T any](all []T, p paged) (part []T, pages int) {
	from := min((p.page-1)*p.size, len(all))
	return all[from:min(from+p.size, len(all))], max((len(all)+p.size-1)/p.size, 1)
}

// link sets the header Link for a page of a list at an address.
func link(w http.ResponseWriter, address url.URL, p paged, pages int) {
	to := func(page int, rel string) string {
		query := address.Query()
		query.Set("page", strconv.Itoa(page))
		address.RawQuery = query.Encode()
		return fmt.Sprintf("<%s>; rel=%q", address.String(), rel)
	}
	var links []string
	if p.page > 1 {
		links = append(links, to(p.page-1, "prev"), to(1, "first"))
	}
	if p.page < pages {
		links = append(links, to(p.page+1, "next"), to(pages, "last"))
	}
	if len(links) > 0 {
		w.Header().Set("Link", strings.Join(links, ", "))
	}
}

// number reads a part of the path that is a number, 0 if it is none.
func number(r *http.Request, name string) int64 {
	n, err := strconv.ParseInt(r.PathValue(name), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// shape returns the values as convert writes them, and an empty list rather than none.
func shape[T any](all []T, convert func(T) any) []any {
	shaped := []any{}
	for _, each := range all {
		shaped = append(shaped, convert(each))
	}
	return shaped
}
