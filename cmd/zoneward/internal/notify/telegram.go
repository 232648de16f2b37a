package notify

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/telegram"
)

// telegramChat posts to chats of Telegram as a bot.
type telegramChat struct {
	poster
	config *telegram.Config
}

// Without a parse_mode text is text. It has 4,096 characters at most (https://core.telegram.org/bots/api#sendmessage).
type telegramMessage struct {
	ChatID              string `json:"chat_id"`
	MessageThreadID     int    `json:"message_thread_id,omitempty"`
	Text                string `json:"text"`
	DisableNotification bool   `json:"disable_notification"`
	DisablePreview      bool   `json:"disable_web_page_preview"`
}

// send posts to all chats of the URL. After a failure it posts to all of them again.
func (c telegramChat) send(ctx context.Context, m message) error {
	text := dialect{quote: same, octets: 4000}.text(m.whole())
	for _, chat := range c.config.Chats {
		id, thread, _ := strings.Cut(chat, ":")
		body := telegramMessage{ChatID: id, Text: text, DisableNotification: !c.config.Notification, DisablePreview: true}
		if n, err := strconv.Atoi(thread); err == nil {
			body.MessageThreadID = n
		}
		answer, err := c.postJSON(ctx, "https://api.telegram.org/bot"+c.config.Token+"/sendMessage", body, nil)
		if err != nil {
			return err
		}
		var said struct {
			OK          bool   `json:"ok"`
			Description string `json:"description"`
		}
		if err := json.Unmarshal(answer, &said); err != nil || !said.OK {
			return &failure{text: c.redact.text("Telegram says: " + said.Description)}
		}
	}
	return nil
}
