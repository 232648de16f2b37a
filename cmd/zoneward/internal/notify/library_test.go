package notify

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zoneward/zoneward/providers"
)

// secretURLs have a credential wherever a service has one. Each has T0PS3CRET in every secret part.
var secretURLs = map[string]string{
	"slack":      "https://hooks.slack.com/services/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T",
	"slack bot":  "slack://xoxb:T0PS3CRET012-T0PS3CRET0123-T0PS3CRET1YL3g1T5L4cK70k3N@C001CH4NN3L",
	"discord":    "discord://T0PS3CRET@123456",
	"teams":      "https://prod-00.logic.azure.com/workflows/T0PS3CRET/invoke?sig=T0PS3CRET",
	"webhook":    "webhook+https://user:T0PS3CRET@hook.example/T0PS3CRET?key=T0PS3CRET",
	"telegram":   "telegram://110201543:T0PS3CRETvGWJxfSeofSAs0K5PALDsaw1@telegram?chats=@channel",
	"mattermost": "mattermost://bot@127.0.0.1:1/T0PS3CRET/channel?disabletls=yes",
	"rocketchat": "rocketchat://chat.example/T0PS3CRET/T0PS3CRET2/channel",
	"zulip":      "zulip://bot@example.com:T0PS3CRET@example.com?stream=x&topic=y",
	"googlechat": "googlechat://chat.googleapis.com/v1/spaces/x/messages?key=T0PS3CRET&token=T0PS3CRET",
	"lark":       "lark://open.larksuite.com/T0PS3CRET",
	"wecom":      "wecom://T0PS3CRET",
	"matrix":     "matrix://:T0PS3CRET@127.0.0.1:1/?rooms=!r:h&disableTLS=yes",
	"ntfy":       "ntfy://user:T0PS3CRET@127.0.0.1:1/topic?scheme=http",
	"gotify":     "gotify://127.0.0.1:1/AT0PS3CRETAAAAA?disabletls=yes",
	"pushover":   "pushover://shoutrrr:T0PS3CRET@T0PS3CRETuser",
	"pushbullet": "pushbullet://o.T0PS3CRETaaaaaaaaaaaaaaaaaaaaaaa/device",
	"opsgenie":   "opsgenie://api.opsgenie.com/T0PS3CRET-faa2-4ba2-a551q-1afdf565c889",
	"pagerduty":  "pagerduty://events.pagerduty.com/deadbeefdeadbeefdeadbeefdeadbeef",
	"ifttt":      "ifttt://T0PS3CRET@event?events=event&value1=x",
	"join":       "join://shoutrrr:T0PS3CRET@join?devices=a",
	"bark":       "bark://:T0PS3CRET@127.0.0.1:1/?scheme=http",
	"notifiarr":  "notifiarr://T0PS3CRET?channel=123456789",
	"generic":    "generic+http://user:T0PS3CRET@127.0.0.1:1/T0PS3CRET?key=T0PS3CRET",
	"smtp":       "smtp://user:T0PS3CRET@127.0.0.1:1/?from=a@example.com&to=b@example.com",
	"no service": "nothing://T0PS3CRET:T0PS3CRET@T0PS3CRET/T0PS3CRET",
	"no URL":     "https://T0PS3CRET\x7f/%zz",
	"no scheme":  "T0PS3CRET",
	"not known":  "https://T0PS3CRET.example/T0PS3CRET",
	"bad slack":  "slack://T0PS3CRET@x",
}

// TestSecrets: an error never has anything of a URL that may be secret, be the receiver down, or repeat what it was sent, or not be one.
func TestSecrets(t *testing.T) {
	parrot := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte("{\"error\": \"" + r.URL.String() + " " + r.Header.Get("Authorization") + "\"}"))
	}))
	defer parrot.Close()
	for _, where := range []string{"", strings.TrimPrefix(parrot.URL, "http://")} {
		toTests.serve(t, where)
		for name, target := range secretURLs {
			rule := Rule{URL: providers.NewSecret("x", func() (string, error) { return target, nil })}
			s, err := opener{client: newClient(&http.Client{Transport: toTests})}.open(&rule, new(atomic.Int32))
			if err == nil {
				err = s.send(t.Context(), message{title: say("test")})
			}
			if _, ok := errors.AsType[*failure](err); !ok {
				t.Errorf("%s: error %v, want a failure", name, err)
			} else if strings.Contains(err.Error(), "T0PS3CRET") || strings.Contains(err.Error(), "deadbeef") || len(err.Error()) < 5 {
				t.Errorf("%s: the error says %s", name, err)
			}
			checked := rule.Check()
			if checked != nil && strings.Contains(checked.Error(), "T0PS3CRET") {
				t.Errorf("%s: the check says %s", name, checked)
			}
			if bad := strings.HasPrefix(name, "no") && name != "notifiarr" || name == "bad slack"; bad != (checked != nil) {
				t.Errorf("%s: the check says %v", name, checked)
			}
		}
	}
}

// TestStuck: a service that never answers is given up, and few deliveries to it are under way.
func TestStuck(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	var conns []net.Conn
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, conn)
			mu.Unlock()
		}
	})
	where, err := url.Parse("smtp://" + l.Addr().String() + "/?from=a@example.com&to=b@example.com")
	if err != nil {
		t.Fatal(err)
	}
	var stuck atomic.Int32
	for i := range mostStuck + 2 {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		err := library{where, newRedactor(where.String()), &stuck}.send(ctx, message{title: say("test")})
		cancel()
		want := "no answer in time"
		if i >= mostStuck {
			want = "3 deliveries were begun"
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d: error %v, want %s", i, err, want)
		}
	}
	l.Close()
	wg.Wait()
	for _, conn := range conns {
		conn.Close()
	}
	for deadline := time.Now().Add(20 * time.Second); stuck.Load() > 0; {
		if time.Now().After(deadline) {
			t.Fatalf("%d deliveries are stuck for good", stuck.Load())
		}
		time.Sleep(time.Millisecond)
	}
}
