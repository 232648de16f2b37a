package notify

import (
	"context"

	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/discord"
)

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
	inTitle := dialect{quote: func(data string) string { return shownByNumber(data, markdownCharacters) }} // which counts in a title too
	body := discordMessage{
		// A title has 256 characters at most, a description 4,096.
		Embeds: []discordEmbed{{
			Title: inTitle.line(m.title, 250), Description: dialect{quote: codeQuote, octets: 3800}.text(m.lines), Color: colour(m.severity),
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
