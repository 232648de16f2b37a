package httpfault

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
)

// Transport returns a transport whose requests are answered by h, whatever the host, as over a network that nothing is sent over: it has no sockets and
// keeps no goroutines, so that it can be used with testing/synctest.
//
//	client := &http.Client{Transport: httpfault.Transport(fake)}
//
// A handler that panics with [http.ErrAbortHandler] ends the connection, which is an error without an answer. An answer with a Content-Length that is more than its
// body ends in the middle. A request whose context ends has no answer, and the handler, which has that context too, is left to itself. Answers are held
// back until they are whole. Requests are made once: [http.Transport] makes some of those that it gets no answer to again.
func Transport(h http.Handler) http.RoundTripper { return transport{h} }

type transport struct{ handler http.Handler }

// RoundTrip implements [http.RoundTripper].
func (t transport) RoundTrip(req *http.Request) (*http.Response, error) {
	served, err := asServed(req)
	if err != nil {
		return nil, err
	}
	ctx := req.Context()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	answered := make(chan *Answer, 1)
	go func() {
		defer close(answered)
		defer func() {
			cause := recover()
			if err, _ := cause.(error); cause != nil && !errors.Is(err, http.ErrAbortHandler) {
				panic(cause)
			}
		}()
		answered <- ask(t.handler, served)
	}()
	select {
	case a := <-answered:
		if ctx.Err() != nil { // both were there, and select takes either
			return nil, context.Cause(ctx)
		}
		if a == nil {
			return nil, io.EOF // what a client reads of a connection that was ended
		}
		return a.asReceived(req)
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// asServed returns a request of a client as a server gets it. The body is read and closed.
func asServed(req *http.Request) (*http.Request, error) {
	var wire bytes.Buffer
	if err := req.Write(&wire); err != nil {
		return nil, err
	}
	served, err := http.ReadRequest(bufio.NewReader(&wire))
	if err != nil {
		return nil, err
	}
	return served.WithContext(req.Context()), nil
}

// asReceived returns an answer as a client gets it from a server.
func (a *Answer) asReceived(req *http.Request) (*http.Response, error) {
	status := cmp.Or(a.Status, http.StatusOK)
	header := a.Header.Clone()
	if header.Get("Content-Length") == "" && status != http.StatusNoContent && status != http.StatusNotModified {
		header.Set("Content-Length", strconv.Itoa(len(a.Body)))
	}
	if header.Get("Content-Type") == "" && len(a.Body) > 0 {
		header.Set("Content-Type", http.DetectContentType(a.Body))
	}
	var wire bytes.Buffer
	fmt.Fprintf(&wire, "HTTP/1.1 %d %s\r\n", status, http.StatusText(status))
	if err := header.Write(&wire); err != nil {
		return nil, err
	}
	wire.WriteString("\r\n")
	wire.Write(a.Body)
	return http.ReadResponse(bufio.NewReader(&wire), req)
}
