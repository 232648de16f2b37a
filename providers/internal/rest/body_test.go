package rest_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers/internal/rest"
)

// A refusal that is JSON is kept whole, so that it can be read; of anything else its start is enough.
func TestBodiesOfErrors(t *testing.T) {
	const kept = 256 << 10
	for _, tt := range []struct {
		name string
		body string
		want int // octets of Body
	}{
		{"long JSON", `{"details":["` + strings.Repeat("x", 100<<10) + `"]}`, 100<<10 + 16},
		{"as long as is kept", `"` + strings.Repeat("x", kept-3) + `"`, kept - 1},
		{"longer than is kept", `"` + strings.Repeat("x", kept) + `"`, 4 << 10},
		{"JSON with the credential in it", `{"details":["` + strings.Repeat(secret, 1<<10) + `"]}`, 8<<10 + 16},
		{"the credential where it is cut", `"` + strings.Repeat("x", kept-4) + secret + `"`, 4 << 10},
		{"so many credentials that little is left where it is cut", strings.Repeat("s3cr3t-value", kept)[:2*kept], 4 << 10},
		{"the credential where its start ends", strings.Repeat("x", 4<<10-4) + secret + strings.Repeat("x", 4<<10), 4 << 10},
		{"no JSON", "<html>" + strings.Repeat("x", 100<<10), 4 << 10},
		{"short", "<html>no", 8},
	} {
		t.Run(tt.name, func(t *testing.T) {
			base := start(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusBadRequest)
				_, _ = io.WriteString(w, tt.body)
			})
			_, err := client(t, rest.Options{BaseURL: base}).Do(t.Context(), rest.Request{Method: http.MethodPatch, Out: new(struct{})})
			e, ok := errors.AsType[*rest.Error](err)
			if !ok {
				t.Fatalf("got %v, want a *rest.Error", err)
			}
			if len(e.Body) != tt.want {
				t.Errorf("%d octets of the body are kept, want %d", len(e.Body), tt.want)
			}
			if whole := len(e.Body) > 4<<10; whole && !json.Valid([]byte(e.Body)) {
				t.Error("what is kept is no JSON")
			}
			if strings.Contains(e.Body, secret[:3]) {
				t.Error("the credential is in it")
			}
			if n := len(err.Error()); n > 500 {
				t.Errorf("the error shows %d octets", n)
			}
		})
	}
}

// Nothing of an answer that may have secrets in it gets into the text of an error, whatever is wrong with it. The body of one that refuses something is there if it
// can be parsed.
func TestConfidential(t *testing.T) {
	const auth = "4uth-c0de"
	for _, tt := range []struct {
		name, contentType, body string
		status                  int
		kept                    bool
	}{
		{"not JSON", "application/json", `{"auth_info": "` + auth + `", oops`, http.StatusOK, false},
		{"cut off", "application/json", `{"auth_info": "` + auth + `"`, http.StatusOK, false},
		{"something behind it", "application/json", `{} ` + auth, http.StatusOK, false},
		{"another type", "text/html", `{"auth_info": "` + auth + `"}`, http.StatusOK, false},
		{"a refusal", "application/json", `{"detail": "` + auth + `"}`, http.StatusBadRequest, true},
		{"a refusal of who is busy", "application/json", `{"detail": "` + auth + `"}`, http.StatusTooManyRequests, true},
		{"a refusal that is not JSON", "text/html", auth, http.StatusBadGateway, false},
		{"a redirect", "text/html", auth, http.StatusFound, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			base := start(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", tt.contentType)
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.body)
			})
			_, err := client(t, rest.Options{BaseURL: base}).Do(t.Context(), rest.Request{Method: http.MethodGet, Out: new(struct{}), Confidential: true})
			if err == nil {
				t.Fatal("no error")
			}
			if strings.Contains(err.Error(), auth[:4]) {
				t.Errorf("it is shown: %v", err)
			}
			refusal, refused := errors.AsType[*rest.Error](err)
			if kept := refused && refusal.Body == tt.body; kept != tt.kept || refused && !kept && refusal.Body != "" {
				t.Errorf("the body is kept: %t, want %t: %#v", kept, tt.kept, refusal)
			}
		})
	}
}

func TestOneLine(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"words", "caf\u00e9, 100%", "caf\u00e9, 100%"},
		{"lines and controls", "a\r\nb\x1b[2J\u0085c", "a  b [2J c"},
		{"another direction", "a\u202eb\u2066c", "a b c"},
		{"no UTF-8", "a\xffb", "a\ufffdb"},
		{"as long as may be", strings.Repeat("x", 300), strings.Repeat("x", 300)},
		{"too long", strings.Repeat("x", 301), strings.Repeat("x", 300) + "..."},
		{"too long, a letter of two octets at the end", strings.Repeat("x", 299) + "\u00e9", strings.Repeat("x", 299) + "..."},
	} {
		if got := rest.OneLine(tt.text); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}
