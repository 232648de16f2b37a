package httpfault

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"sync"
)

// Exchange is a request and what the client got for it.
type Exchange struct {
	Method string
	Path   string // escaped, as it was sent
	Query  string // as it was sent
	Header http.Header
	Body   string

	Status       int // 0 if the connection ended without an answer, and as long as there is none
	AnswerHeader http.Header
	Answer       string // the body, as far as it was sent
}

// FieldNames returns the names of all fields of the JSON that was sent and answered, however deep they are, each once and in order.
func (x Exchange) FieldNames() []string {
	var names []string
	for _, body := range []string{x.Body, x.Answer} {
		var value any
		if json.Unmarshal([]byte(body), &value) == nil {
			names = appendFieldNames(names, value)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func appendFieldNames(names []string, value any) []string {
	switch v := value.(type) {
	case map[string]any:
		for name, of := range v {
			names = appendFieldNames(append(names, name), of)
		}
	case []any:
		for _, of := range v {
			names = appendFieldNames(names, of)
		}
	}
	return names
}

// Log is what was asked and answered, in the order in which it was asked. It may be used concurrently.
type Log struct {
	mu  sync.Mutex
	all []*Exchange
}

// All returns a copy of the log.
func (l *Log) All() []Exchange {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make([]Exchange, len(l.all))
	for i, x := range l.all {
		all[i] = *x
	}
	return all
}

// Match returns the exchanges whose request a pattern of [http.ServeMux] is for, all for an empty one.
func (l *Log) Match(pattern string) []Exchange {
	m := newMatcher(pattern)
	return slices.DeleteFunc(l.All(), func(x Exchange) bool {
		u, err := url.ParseRequestURI(x.Path)
		return err != nil || !m.matches(&http.Request{Method: x.Method, URL: u})
	})
}

// Count returns the number of exchanges that [Log.Match] returns.
func (l *Log) Count(pattern string) int { return len(l.Match(pattern)) }

// Reset empties the log. Exchanges that are under way are not in it.
func (l *Log) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = nil
}

// begin adds a request.
func (l *Log) begin(r *http.Request, body []byte) *Exchange {
	x := &Exchange{
		Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery, Header: r.Header.Clone(), Body: string(body),
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, x)
	return x
}

// end adds the answer to it.
func (l *Log) end(x *Exchange, a *Answer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	x.Status, x.AnswerHeader, x.Answer = a.Status, a.Header.Clone(), string(a.Body)
	if x.Status == 0 {
		x.Status = http.StatusOK // what a server makes of an answer that nothing was written to
	}
}
