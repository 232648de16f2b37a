package notify

import (
	"context"
	"strings"
)

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
		Body: []teamsBlock{{Type: "RichTextBlock", Inlines: []teamsRun{{Type: "TextRun", Text: d.line(m.title, 500), Weight: "Bolder", Color: colours[m.severity]}}}},
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
