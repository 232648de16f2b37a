package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// exits runs a command and compares its exit code, which exec does not look at. As after exec, stdout and stderr are what it wrote.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// fakeHTTP serves an answer that is a file: status line without the protocol, headers, an empty line, the body. It is sent as it is and
// the connection is closed, so that a body may be shorter than its Content-Length says. Reads get READ; other requests get WRITE, which
// is READ if it is left out. Without files nothing is ever answered. The methods and paths that were asked for are in the file
// NAME.requests.
func fakeHTTP(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 3 {
		ts.Fatalf("usage: fakehttp NAME [READ [WRITE]]")
	}
	fake := &fakeServer{log: ts.MkAbs(args[0] + ".requests")}
	for _, file := range args[1:] {
		fake.answers = append(fake.answers, ts.ReadFile(file))
	}
	ts.Check(os.WriteFile(fake.log, nil, 0o600))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv(args[0], "http://"+listener.Addr().String())
	var served sync.WaitGroup
	served.Go(func() { fake.serve(listener) })
	ts.Defer(func() {
		_ = listener.Close()
		served.Wait()
	})
}

type fakeServer struct {
	log     string
	answers []string // to reads, and to writes if that is another

	mu   sync.Mutex // held while the log is written
	open sync.WaitGroup
}

// serve answers until the listener is closed. Connections that were not answered stay open until then.
func (f *fakeServer) serve(listener net.Listener) {
	defer f.open.Wait()
	var held []net.Conn
	defer func() {
		for _, conn := range held {
			_ = conn.Close()
		}
	}()
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		if len(f.answers) == 0 {
			held = append(held, conn)
		}
		f.open.Go(func() { f.answer(conn) })
	}
}

func (f *fakeServer) answer(conn net.Conn) {
	req, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		_ = conn.Close()
		return
	}
	// All of it is read first: closing a connection with something unread in it can take the answer along.
	_, _ = io.Copy(io.Discard, req.Body)
	f.note(req)
	if len(f.answers) == 0 {
		return
	}
	defer conn.Close()
	text := f.answers[0]
	if req.Method != http.MethodGet {
		text = f.answers[len(f.answers)-1]
	}
	head, body, _ := strings.Cut(text, "\n\n")
	_, _ = fmt.Fprintf(conn, "HTTP/1.1 %s\r\nConnection: close\r\n\r\n%s", strings.ReplaceAll(head, "\n", "\r\n"), body)
}

func (f *fakeServer) note(req *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	log, err := os.OpenFile(f.log, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return // the script is over
	}
	defer log.Close()
	_, _ = fmt.Fprintln(log, req.Method, req.URL.Path)
}
