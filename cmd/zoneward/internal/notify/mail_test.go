package notify

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"mime"
	"net"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers"
)

// mailServer takes mail by SMTP.
type mailServer struct {
	address string
	mu      sync.Mutex
	mails   []string
	rcpt    string // what is answered to RCPT, "250 ok" if it is empty
}

func newMailServer(t *testing.T) *mailServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &mailServer{address: l.Addr().String()}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { s.talk(conn) })
		}
	})
	t.Cleanup(func() { l.Close(); wg.Wait() })
	return s
}

// talk speaks SMTP (RFC 5321) as far as it is needed.
func (s *mailServer) talk(conn net.Conn) {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	in := bufio.NewReader(conn)
	say := func(text string) { _, _ = io.WriteString(conn, text+"\r\n") }
	say("220 mail.example ESMTP")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		switch verb, _, _ := strings.Cut(strings.TrimSpace(strings.ToUpper(line)), " "); verb {
		case "EHLO":
			say("250-mail.example")
			say("250 8BITMIME")
		case "DATA":
			say("354 go on")
			var mail strings.Builder
			for {
				line, err := in.ReadString('\n')
				if err != nil {
					return
				}
				if line == ".\r\n" {
					break
				}
				mail.WriteString(strings.TrimPrefix(line, "."))
			}
			s.mu.Lock()
			s.mails = append(s.mails, mail.String())
			s.mu.Unlock()
			say("250 ok")
		case "RCPT":
			s.mu.Lock()
			answer := s.rcpt
			s.mu.Unlock()
			if answer == "" {
				answer = "250 ok"
			}
			say(answer)
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func (s *mailServer) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	mails := s.mails
	s.mails = nil
	return mails
}

// sendTo sends a message to a URL.
func sendTo(ctx context.Context, target string, m message) error {
	rule := Rule{Name: "x", URL: providers.NewSecret("x", func() (string, error) { return target, nil })}
	s, err := opener{client: newClient(nil)}.open(&rule, new(atomic.Int32))
	if err != nil {
		return err
	}
	return s.send(ctx, m)
}

// TestMail: whatever is in the texts, a mail has the headers that it should have, and one body of text.
func TestMail(t *testing.T) {
	server := newMailServer(t)
	for _, option := range []string{"", "&usehtml=yes", "&UseHTML=Yes"} {
		target := "smtp://" + server.address + "/?from=zoneward@example.com&to=ops@example.com" + option
		for _, text := range evil {
			e := hostile(text)
			if err := sendTo(t.Context(), target, alone(item{Entry{Count: 1}, e})); err != nil {
				t.Fatalf("%.40q: %v", text, err)
			}
			mails := server.take()
			if len(mails) != 1 {
				t.Fatalf("%.40q: there are %d mails", text, len(mails))
			}
			for line := range strings.SplitSeq(mails[0], "\r\n") {
				if len(line) > 998 || strings.ContainsAny(line, "\r\n") {
					t.Errorf("%.40q: a line has %d octets, or a part of a line end: %.100q", text, len(line), line)
				}
			}
			if head, _, _ := strings.Cut(mails[0], "\r\n\r\n"); strings.ContainsFunc(head, func(r rune) bool { return r > 126 }) {
				t.Errorf("%.40q: there is other text than ASCII in a header: %.300q", text, head)
			}
			parsed, err := mail.ReadMessage(strings.NewReader(mails[0]))
			if err != nil {
				t.Fatalf("%.40q: %v", text, err)
			}
			var names []string
			for name, values := range parsed.Header {
				names = append(names, name)
				if len(values) != 1 {
					t.Errorf("%.40q: the header %s is there %d times", text, name, len(values))
				}
			}
			slices.Sort(names)
			if got := fmt.Sprint(names); got != "[Content-Type Date From Mime-Version Subject To]" {
				t.Errorf("%.40q: the headers are %s", text, got)
			}
			if got := parsed.Header.Get("Content-Type"); !strings.HasPrefix(got, "text/plain") {
				t.Errorf("%.40q: it is %s", text, got)
			}
			subject, err := new(mime.WordDecoder).DecodeHeader(parsed.Header.Get("Subject"))
			if err != nil || !strings.HasPrefix(subject, "example.com. on ") || !strings.HasSuffix(subject, " is held") || wrong(subject) != "" {
				t.Errorf("%.40q: the subject is %q, %v", text, subject, err)
			}
			body, err := io.ReadAll(parsed.Body)
			if why := wrong(strings.ReplaceAll(string(body), "\r\n", "\n")); err != nil || why != "" {
				t.Errorf("%.40q: the body: %s %v", text, why, err)
			}
		}
	}
}

// TestMailTLS: mail goes over TLS, unless the URL says that it need not, or the server is on the same host.
func TestMailTLS(t *testing.T) {
	for _, tc := range []struct {
		url  string
		want bool
	}{
		{"smtp://u:p@mail.example:587/?from=a@example.com&to=b@example.com", true},
		{"smtp://mail.example:587/?from=a@example.com&to=b@example.com&requirestarttls=no", false},
		{"smtp://mail.example:587/?from=a@example.com&to=b@example.com&Encryption=None", false},
		{"smtp://127.0.0.1:25/?from=a@example.com&to=b@example.com", false},
		{"smtp://localhost:25/?from=a@example.com&to=b@example.com", false},
	} {
		s, err := opener{client: newClient(nil)}.open(&Rule{URL: providers.NewSecret("x", func() (string, error) { return tc.url, nil })}, new(atomic.Int32))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(s.(library).safe("smtp", serviceOf("smtp")), "requirestarttls=yes"); got != tc.want {
			t.Errorf("%s: TLS is required: %t, want %t", tc.url, got, tc.want)
		}
	}
}

// TestMailRefused: a mailbox that is not there is for good, one that is full for now.
func TestMailRefused(t *testing.T) {
	server := newMailServer(t)
	for answer, want := range map[string]failureKind{"550 no such mailbox": permanent, "452 full": passing} {
		server.mu.Lock()
		server.rcpt = answer
		server.mu.Unlock()
		err := sendTo(t.Context(), "smtp://"+server.address+"/?from=zoneward@example.com&to=ops@example.com", message{title: say("test")})
		f, ok := err.(*failure) //nolint:errorlint // what a sink returns is never wrapped
		if !ok || f.kind != want || !strings.Contains(f.text, answer[4:]) {
			t.Errorf("%s: error %v, of kind %v", answer, err, f)
		}
	}
}
