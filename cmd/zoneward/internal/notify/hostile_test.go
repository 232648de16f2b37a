package notify

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// evil is what others may have written. Each has EVIL in it.
var evil = []string{
	"``` EVIL ```", "`EVIL`", "@everyone EVIL", "@here EVIL", "@channel EVIL", "@all EVIL", "@room EVIL", "@**all** EVIL",
	"<!channel> EVIL", "<!here|EVIL>", "<@U012AB3CD> EVIL", "<@&123456789> EVIL", "<users/all> EVIL", `<at user_id="all">EVIL</at>`,
	"[EVIL](http://evil.example)", "<http://evil.example|EVIL>", "![EVIL](http://evil.example/x.png)", `<a href="http://evil.example">EVIL</a>`, "<script>EVIL</script>", "<img src=x onerror=EVIL>",
	"EVIL\u202etxt.exe", "E\u200bVIL EVIL \ufeff", "EVIL \u2066x\u2069", "EVIL\u2028line", "EVIL\u00a0\u3164\u2800",
	"EVIL\r\nBcc: evil@evil.example", "EVIL\r\n\r\nbody", "EVIL\r\n.\r\nMAIL FROM:<evil@evil.example>", "EVIL\n\n--boundary\n",
	"::set-output name=x::EVIL", "\x1b[31mEVIL\x1b]0;x\x07", "EVIL\x00", "EVIL\xff\xfe\x80", "EVIL *b* _i_ ~s~ ||spoiler||", "# EVIL", "> EVIL", "- EVIL", "EVIL \\` code",
	`"EVIL","text":"x"`, "{{EVIL}}", "${EVIL}", "%s%d%!EVIL", "&lt;EVIL&gt; &amp;", "EVIL" + strings.Repeat("x", 20000), strings.Repeat("`", 3000) + "EVIL", strings.Repeat("𝔘", 3000) + "EVIL", "EVIL" + strings.Repeat("\n@everyone", 500),
}

// hostile is an event all of whose texts are of the same kind.
func hostile(text string) Event {
	return Event{
		Kind: Held, Severity: Warning, At: time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC), Zone: zonefile.MustParseName("example.com."),
		Target: text, Commit: text, Author: text, Plan: text, Reason: text, Next: text, Lines: []string{text, "+ " + text}, Aspect: text, State: text, Counts: map[string]int{"create": 2},
	}.bounded()
}

// taker is a server that takes whatever is sent by HTTP.
type taker struct {
	*httptest.Server
	mu    sync.Mutex
	texts []string
}

func newTaker(t *testing.T) *taker {
	s := &taker{}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	toTests.serve(t, strings.TrimPrefix(s.URL, "http://"))
	return s
}

// ServeHTTP keeps all texts that a request has, and answers as the services do that want an answer.
func (s *taker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var value any
	switch {
	case json.Unmarshal(body, &value) == nil:
		s.keep(value)
	case strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded"):
		form, err := url.ParseQuery(string(body))
		if err != nil {
			s.texts = append(s.texts, string(body))
		}
		for _, values := range form {
			s.texts = append(s.texts, values...)
		}
	default:
		s.texts = append(s.texts, string(body))
	}
	for _, value := range r.URL.Query() {
		s.texts = append(s.texts, value...)
	}
	for name, values := range r.Header {
		if name == "Title" {
			s.texts = append(s.texts, values...)
		}
	}
	answer := map[string]any{"ok": true, "code": 0, "errcode": 0, "id": 1, "result": map[string]any{}, "active": true, "type": "note", "event_id": "x", "joined_rooms": []string{"!r:h"}, "room_id": "!r:h", "success": true}
	if sent, ok := value.(map[string]any); ok {
		answer["body"], answer["title"] = sent["body"], sent["title"]
	}
	if strings.HasSuffix(r.URL.Path, "/push") { // bark
		answer["code"] = 200
	}
	if r.Host == "discord.com" {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		return
	}
}

// keep keeps the strings in a value, as many levels of JSON as there are.
func (s *taker) keep(value any) {
	switch v := value.(type) {
	case string:
		var inner any
		if strings.HasPrefix(v, "{") && json.Unmarshal([]byte(v), &inner) == nil {
			s.keep(inner)
			return
		}
		s.texts = append(s.texts, v)
	case []any:
		for _, one := range v {
			s.keep(one)
		}
	case map[string]any:
		for _, one := range v {
			s.keep(one)
		}
	}
}

// take returns the texts that came since the last time.
func (s *taker) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	texts := s.texts
	s.texts = nil
	return texts
}

// What a service may make of text: each returns what is wrong with one.
var (
	code    = regexp.MustCompile("`[^`\n]*`")
	isPlain = func(string) string { return "" }
	// isCode: what others wrote is in code.
	isCode = func(text string) string {
		if rest := code.ReplaceAllString(text, ""); strings.Contains(rest, "EVIL") || strings.ContainsAny(rest, "`<@[") {
			return "outside of code is: " + rest
		}
		return ""
	}
	isCareful = func(text string) string {
		if strings.ContainsAny(text, "<>@") {
			return "there is a mention or a tag"
		}
		return isCode(text)
	}
	isEscaped = func(text string) string {
		if strings.ContainsAny(text, "<>") || regexp.MustCompile(`&(?:[^alg#]|$)`).MatchString(text) {
			return "there is a tag or a mention"
		}
		return ""
	}
	isGuarded = func(text string) string {
		if strings.ContainsAny(text, "<>[]@`") {
			return "there is a tag, a mention or a link"
		}
		return ""
	}
)

// wrong returns what is wrong with a text wherever it goes.
func wrong(text string) string {
	if !utf8.ValidString(text) {
		return "it is no UTF-8"
	}
	for _, r := range text {
		if r != '\n' && !render.IsPlain(r) {
			return fmt.Sprintf("it has %U", r)
		}
	}
	return ""
}

// TestHostile sends what is hostile to each service, and looks at what gets there.
func TestHostile(t *testing.T) {
	uuid, hex := "11111111-2222-3333-4444-555555555555", "0123456789abcdef0123456789abcdef"
	for _, tc := range []struct {
		name, url string
		check     func(text string) string
		octets    int // of a text, at most
	}{
		{"slack webhook", "https://hooks.slack.com/services/T00000000/B00000000/abcdefghijklmnopqrstuvwx", isEscaped, 3000},
		{"slack bot", "slack://xoxb:123456789012-1234567890123-4mt0t4l1YL3g1T5L4cK70k3N@C001CH4NN3L", isEscaped, 3000},
		{"discord", "discord://token@webhookid", isDiscord, 4096},
		{"discord webhook", "https://discord.com/api/webhooks/123456/token-token", isDiscord, 4096},
		{"discord with raw JSON", "discord://token@webhookid/raw", isDiscord, 4096},
		{"teams workflow", "https://prod-00.westeurope.logic.azure.com/workflows/x/triggers/manual/paths/invoke?sig=x", isPlain, 20000},
		{"teams connector", "https://test.webhook.office.com/webhookb2/" + uuid + "@" + uuid + "/IncomingWebhook/" + hex + "/" + uuid + "/V2x", isTeams, 20000},
		{"telegram", "telegram://110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1@telegram?chats=@channel", isPlain, 4096},
		{"telegram with markup", "telegram://110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1@telegram?chats=@channel&ParseMode=HTML", isTelegram, 4096},
		{"mattermost", "mattermost://bot@SERVER/token/channel?disabletls=yes", isCode, 4000},
		{"rocketchat", "rocketchat://chat.example/token/token2/channel", isCareful, 5000},
		{"zulip", "zulip://bot@example.com:key@example.com?stream=x&topic=y", isCode, 10000},
		{"googlechat", "googlechat://chat.googleapis.com/v1/spaces/x/messages?key=k&token=t", isGuarded, 4096},
		{"lark", "lark://open.larksuite.com/token", isGuarded, 4096},
		{"wecom", "wecom://key", isGuarded, 2048},
		{"matrix", "matrix://:token@SERVER/?rooms=!r:h&disableTLS=yes", isGuarded, 10000},
		{"ntfy", "ntfy://SERVER/topic?scheme=http", isPlain, 4096},
		{"gotify", "gotify://SERVER/AAAAAAAAAAAAAAA?disabletls=yes", isPlain, 5000},
		{"pushover", "pushover://shoutrrr:token@user", isPlain, 1024},
		{"pushbullet", "pushbullet://o.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/device", isPlain, 5000},
		{"opsgenie", "opsgenie://api.opsgenie.com/eb243592-faa2-4ba2-a551q-1afdf565c889", isGuarded, 15000},
		{"pagerduty", "pagerduty://events.pagerduty.com/" + hex, isPlain, 1024},
		{"ifttt", "ifttt://key@event?events=event&value1=x", isGuarded, 2100},
		{"join", "join://shoutrrr:key@join?devices=a", isPlain, 5000},
		{"bark", "bark://:key@SERVER/?scheme=http", isPlain, 5000},
		{"notifiarr", "notifiarr://key?channel=123456789", isCareful, 2000},
		{"generic", "generic+http://SERVER/hook", isPlain, 20000},
		{"generic as JSON", "generic+http://SERVER/hook?template=json", isPlain, 20000},
	} {
		t.Run(tc.name, func(t *testing.T) {
			server := newTaker(t)
			where := strings.ReplaceAll(tc.url, "SERVER", strings.TrimPrefix(server.URL, "http://"))
			rule := Rule{Name: "x", URL: providers.NewSecret("x", func() (string, error) { return where, nil })}
			o := opener{client: newClient(&http.Client{Transport: toTests})}
			for _, text := range evil {
				e := hostile(text)
				several := []item{{Entry{Count: 1}, e}, {Entry{Count: 3}, e}, {Entry{Count: 1}, Event{Kind: Failed, Severity: Error, Reason: text, At: e.At}}}
				for _, m := range []message{alone(several[0]), digest(several, e.At), digest(several, e.At.Add(1))} {
					s, err := o.open(&rule, new(atomic.Int32))
					if err == nil {
						err = s.send(t.Context(), m)
					}
					if err != nil {
						t.Fatalf("%.40q: %v", text, err)
					}
					found := false
					for _, got := range server.take() {
						found = found || strings.Contains(got, "held")
						if why := wrong(got) + tc.check(got); why != "" {
							t.Errorf("%.40q: %s: %.900s", text, why, got)
						}
						if len(got) > tc.octets {
							t.Errorf("%.40q: a text has %d octets, want %d at most", text, len(got), tc.octets)
						}
					}
					if !found {
						t.Errorf("%.40q: what happened is not said", text)
					}
				}
			}
		})
	}
}

// isDiscord: what others wrote is in code, or nothing of it is markdown.
func isDiscord(text string) string {
	if strings.ContainsAny(text, "`*_~|<>@[]#") {
		return isCode(text)
	}
	return ""
}

// isTeams: what others wrote is in code, and no HTML.
func isTeams(text string) string { return isEscaped(text) + isCode(text) }

// isTelegram: nothing else than text is asked for.
func isTelegram(text string) string {
	if text == "HTML" {
		return "it is sent as HTML"
	}
	return ""
}
