package notify

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/discord"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/slack"
)

// The chats here have ways to say that text is nothing but text, which shoutrrr does not use: so they are posted to from here, at the address that shoutrrr reads from
// its URL.

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
		Text: d.line(m.title), Parse: "none", Username: s.config.BotName, ThreadTS: s.config.ThreadTS,
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

// discordChat posts to a webhook of Discord.
type discordChat struct {
	poster
	config *discord.Config
}

type discordMessage struct {
	Embeds          []discordEmbed  `json:"embeds"`
	AllowedMentions discordMentions `json:"allowed_mentions"`
	Username        string          `json:"username,omitempty"`
	AvatarURL       string          `json:"avatar_url,omitempty"`
}

type discordEmbed struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	Color       int    `json:"color"`
}

// discordMentions with an empty list lets a message mention nobody
// (https://discord.com/developers/docs/resources/message#allowed-mentions-object).
type discordMentions struct {
	Parse []string `json:"parse"`
}

func (c discordChat) send(ctx context.Context, m message) error {
	title := dialect{quote: same}.line(m.title)
	if short, more := shorten(title, 250); more > 0 { // 256 characters
		title = short + "..."
	}
	body := discordMessage{
		// Markdown counts in a title too.
		Embeds: []discordEmbed{{
			Title: shownByNumber(title, markdownCharacters), Description: dialect{quote: codeQuote, octets: 3800}.text(m.lines), Color: colour(m.severity),
		}},
		AllowedMentions: discordMentions{Parse: []string{}}, Username: c.config.Username, AvatarURL: c.config.Avatar,
	}
	_, err := c.postJSON(ctx, discord.CreateAPIURLFromConfig(c.config), body, nil)
	return err
}

func colour(s Severity) int {
	switch s {
	case Error:
		return 0xd60510
	case Warning:
		return 0xffc441
	case Info:
	}
	return 0x2488ff
}

// teamsFlow posts to a workflow of Teams that was made by "When a Teams webhook request is received".
type teamsFlow struct {
	poster
	url string
}

// A TextRun is shown as it is, where a TextBlock has markdown (https://adaptivecards.io/explorer/TextRun.html).
type teamsRun struct {
	Type   string `json:"type"`
	Text   string `json:"text"`
	Weight string `json:"weight,omitempty"`
	Color  string `json:"color,omitempty"`
}

type teamsBlock struct {
	Type    string     `json:"type"`
	Inlines []teamsRun `json:"inlines"`
	Spacing string     `json:"spacing,omitempty"`
}

type teamsCard struct {
	Schema  string       `json:"$schema"`
	Type    string       `json:"type"`
	Version string       `json:"version"`
	Body    []teamsBlock `json:"body"`
}

type teamsAttachment struct {
	ContentType string    `json:"contentType"`
	Content     teamsCard `json:"content"`
}

type teamsMessage struct {
	Type        string            `json:"type"`
	Attachments []teamsAttachment `json:"attachments"`
}

func (t teamsFlow) send(ctx context.Context, m message) error {
	d := dialect{quote: same, octets: 12 << 10, lines: 60} // a message has 28 KB at most
	colours := map[Severity]string{Info: "Accent", Warning: "Warning", Error: "Attention"}
	card := teamsCard{
		Schema: "http://adaptivecards.io/schemas/adaptive-card.json", Type: "AdaptiveCard", Version: "1.3",
		Body: []teamsBlock{{Type: "RichTextBlock", Inlines: []teamsRun{{Type: "TextRun", Text: d.line(m.title), Weight: "Bolder", Color: colours[m.severity]}}}},
	}
	for text := range strings.SplitSeq(d.text(m.lines), "\n") {
		if text != "" {
			card.Body = append(card.Body, teamsBlock{Type: "RichTextBlock", Inlines: []teamsRun{{Type: "TextRun", Text: text}}, Spacing: "None"})
		}
	}
	body := teamsMessage{Type: "message", Attachments: []teamsAttachment{{ContentType: "application/vnd.microsoft.card.adaptive", Content: card}}}
	_, err := t.postJSON(ctx, t.url, body, nil)
	return err
}
