package notify

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/slack"
)

// Slack, Discord, Teams and Telegram have ways to say that text is nothing but text, which shoutrrr does not use, and its Telegram takes no answer for success
// (v0.13.2): so these are posted to from here, at the address that shoutrrr reads from its URL.

// slackChat posts to Slack: to an incoming webhook, or as a bot.
type slackChat struct {
	poster
	config *slack.Config
}

// In a text object of type plain_text nothing is formatted and nobody mentioned. Its text has 3,000 characters at most
// (https://docs.slack.dev/reference/block-kit/composition-objects/text-object).
type slackMessage struct {
	Text        string       `json:"text"` // of the notification on a phone
	Blocks      []slackBlock `json:"blocks"`
	Channel     string       `json:"channel,omitempty"`
	Username    string       `json:"username,omitempty"`
	ThreadTS    string       `json:"thread_ts,omitempty"`
	Markdown    bool         `json:"mrkdwn"`
	Parse       string       `json:"parse"`
	LinkNames   bool         `json:"link_names"`
	UnfurlLinks bool         `json:"unfurl_links"`
	UnfurlMedia bool         `json:"unfurl_media"`
}

type slackBlock struct {
	Type string    `json:"type"`
	Text slackText `json:"text"`
}

type slackText struct {
	Type  string `json:"type"`
	Text  string `json:"text"`
	Emoji bool   `json:"emoji"`
}

// slackEscape keeps <!channel>, <@user> and <URL|text> from being what they look like
// (https://docs.slack.dev/messaging/formatting-message-text#escaping).
func slackEscape(data string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(data)
}

func (s slackChat) send(ctx context.Context, m message) error {
	d := dialect{quote: slackEscape, octets: 2900}
	body := slackMessage{
		Text: d.line(m.title, 500), Parse: "none", Username: s.config.BotName, ThreadTS: s.config.ThreadTS,
		Blocks: []slackBlock{{Type: "section", Text: slackText{Type: "plain_text", Text: d.text(m.whole())}}},
	}
	if s.config.Channel != "webhook" {
		body.Channel = s.config.Channel
	}
	if !s.config.Token.IsAPIToken() {
		_, err := s.postJSON(ctx, s.config.Token.WebhookURL(), body, nil)
		return err
	}
	answer, err := s.postJSON(ctx, "https://slack.com/api/chat.postMessage", body, http.Header{"Authorization": {s.config.Token.Authorization()}})
	if err != nil {
		return err
	}
	return s.judge(answer)
}

// judge returns what the API says, which answers 200 to everything.
func (s slackChat) judge(answer []byte) error {
	var said struct {
		OK    bool   `json:"ok"`
		Error string `json:"error"`
	}
	if err := json.Unmarshal(answer, &said); err == nil && said.OK {
		return nil
	}
	f := &failure{text: s.redact.text("Slack says: " + said.Error), kind: permanent}
	switch said.Error {
	case "", "internal_error", "fatal_error", "service_unavailable", "request_timeout", "ratelimited", "rate_limited", "team_added_to_org":
		f.kind = passing
	case "invalid_blocks", "msg_too_long", "no_text", "invalid_arguments", "msg_blocks_too_long":
		f.kind = refused
	}
	return f
}
