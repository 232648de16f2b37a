package httpfault

import (
	"maps"
	"net/http"
)

// Answer is a whole answer.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// ask returns the answer of h to r.
func ask(h http.Handler, r *http.Request) *Answer {
	a := &Answer{Header: http.Header{}}
	h.ServeHTTP(recorder{a}, r)
	return a
}

// send answers with a. If it has a Content-Length that is more than its body, the server ends the connection behind what there is.
func (a *Answer) send(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.Header)
	if a.Status != 0 {
		w.WriteHeader(a.Status)
	}
	_, _ = w.Write(a.Body) // whoever is gone does not read it
}

// recorder is the http.ResponseWriter that an answer is written to.
type recorder struct{ answer *Answer }

// Header returns the header of the answer.
func (r recorder) Header() http.Header { return r.answer.Header }

// WriteHeader sets the status. The first one counts.
func (r recorder) WriteHeader(status int) {
	if r.answer.Status == 0 {
		r.answer.Status = status
	}
}

// Write appends to the body.
func (r recorder) Write(p []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	r.answer.Body = append(r.answer.Body, p...)
	return len(p), nil
}
