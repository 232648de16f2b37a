package notify

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"

	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/discord"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/slack"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/telegram"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
)

// sink delivers messages. What it returns is nil or a *failure.
type sink interface {
	send(ctx context.Context, m message) error
}

// opener makes sinks of rules.
type opener struct {
	client   *http.Client
	instance string
}

// Check returns what is wrong with where the rule sends to, as far as that can be told without sending anything. The error has nothing of the URL.
func (r Rule) Check() error {
	o := opener{client: newClient(nil)}
	s, err := o.open(&r, new(atomic.Int32))
	if err != nil {
		return err
	}
	if l, ok := s.(library); ok {
		_, _, _, err = l.prepare(message{title: say("check")})
	}
	return err
}

// open reads the URL and the secret of a rule, and returns what they lead to.
func (o opener) open(r *Rule, stuck *atomic.Int32) (sink, error) {
	text, err := r.URL.Value()
	if err != nil {
		return nil, &failure{text: "its URL cannot be read: " + render.Shown(err.Error()), kind: permanent}
	}
	text = strings.TrimSpace(text)
	secret := ""
	if r.Signed {
		if secret, err = r.Secret.Value(); err != nil {
			return nil, &failure{text: "its secret cannot be read: " + render.Shown(err.Error()), kind: permanent}
		}
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme == "" { // the error has the URL in it
		return nil, &failure{text: "its URL is none: it begins with the name of a service and ://", kind: permanent}
	}
	p := poster{o.client, newRedactor(text, secret)}
	switch scheme := strings.ToLower(u.Scheme); {
	case r.Webhook, scheme == "webhook+https", scheme == "webhook+http":
		u.Scheme = strings.TrimPrefix(scheme, "webhook+")
		if u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
			return nil, &failure{text: "the URL of a webhook begins with https:// or http://", kind: permanent}
		}
		return webhook{p, u.String(), secret, o.instance}, nil
	case scheme == "https":
		return p.pasted(u, stuck)
	case scheme == "slack":
		return p.slack(u)
	case scheme == "discord":
		return p.discord(u)
	case scheme == "telegram":
		return p.telegram(u)
	case scheme == "teams+https" && !isConnector(u):
		u.Scheme = "https"
		return teamsFlow{p, u.String()}, nil
	case scheme == "http":
		return nil, errNotKnown()
	}
	return library{u, p.redact, stuck}, nil
}

func errNotKnown() error {
	return &failure{text: "it is the URL of no chat that is known: give it as webhook for events as JSON, or write it as docs/notifications.md says", kind: permanent}
}

// pasted returns the sink of an incoming webhook, as its service shows the URL.
func (p poster) pasted(u *url.URL, stuck *atomic.Int32) (sink, error) {
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	switch host := strings.ToLower(u.Hostname()); {
	case host == "hooks.slack.com" && len(parts) == 4 && parts[0] == "services":
		return p.slack(&url.URL{Scheme: slack.Scheme, User: url.UserPassword(slack.HookTokenIdentifier, strings.Join(parts[1:], "-")), Host: "webhook"})
	case (host == "discord.com" || host == "discordapp.com") && len(parts) == 4 && parts[0] == "api" && parts[1] == "webhooks":
		return p.discord(&url.URL{Scheme: discord.Scheme, User: url.User(parts[3]), Host: parts[2], RawQuery: u.RawQuery})
	case isConnector(u):
		v := *u
		v.Scheme = "teams+https"
		return library{&v, p.redact, stuck}, nil
	case strings.HasSuffix(host, ".logic.azure.com"), strings.HasSuffix(host, ".api.powerplatform.com"):
		return teamsFlow{p, u.String()}, nil
	}
	return nil, errNotKnown()
}

// isConnector reports whether a URL is that of a connector of Teams, which was there before workflows.
func isConnector(u *url.URL) bool {
	return strings.HasSuffix(strings.ToLower(u.Hostname()), ".webhook.office.com")
}

func (p poster) slack(u *url.URL) (sink, error) {
	config, err := slack.CreateConfigFromURL(u)
	if err != nil {
		return nil, &failure{text: p.redact.text("the URL of Slack: " + err.Error()), kind: permanent}
	}
	return slackChat{p, config}, nil
}

func (p poster) discord(u *url.URL) (sink, error) {
	config := &discord.Config{}
	if err := config.SetURL(u); err != nil {
		return nil, &failure{text: p.redact.text("the URL of Discord: " + err.Error()), kind: permanent}
	}
	return discordChat{p, config}, nil
}

func (p poster) telegram(u *url.URL) (sink, error) {
	config := &telegram.Config{Notification: true}
	if err := config.SetURL(u); err != nil {
		return nil, &failure{text: p.redact.text("the URL of Telegram: " + err.Error()), kind: permanent}
	}
	return telegramChat{p, config}, nil
}
