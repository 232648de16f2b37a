package notify

import (
	"html"
	"strings"
)

// markdownCharacters are those that mean something in the markdown of chats.
const markdownCharacters = "`*_~|[]<>@#\\"

// codeQuote quotes data as code, in which markdown is no markdown, and nobody is mentioned.
func codeQuote(data string) string {
	if strings.TrimSpace(data) == "" {
		return "(empty)"
	}
	return "`" + shownByNumber(data, "`") + "`"
}

// carefulQuote is codeQuote for chats that look for mentions and HTML in code too.
func carefulQuote(data string) string { return codeQuote(shownByNumber(data, "@<>")) }

// htmlQuote is codeQuote for markdown with HTML in it.
func htmlQuote(data string) string { return html.EscapeString(codeQuote(shownByNumber(data, "@"))) }

// guardedQuote is for services whose text may have mentions, links or HTML in it, and that have no way to quote.
func guardedQuote(data string) string { return shownByNumber(data, "`<>[]@") }

// service is how a service of shoutrrr is written to.
type service struct {
	dialect
	// title is the most octets of a title, which goes apart from the text; 0 if it does not.
	title int
	// without are options of its URL that would have the text taken for markup, in lower case.
	without []string
}

// serviceOf returns how a service is written to. One that is not known gets text that nothing takes for markup.
func serviceOf(scheme string) service {
	switch scheme {
	case "smtp":
		return service{dialect: dialect{quote: same, octets: 100 << 10}, title: 200, without: []string{"usehtml"}}
	case "generic":
		return service{dialect: dialect{quote: same, octets: 16 << 10}}
	case "signal":
		return service{dialect: dialect{quote: same, octets: 2000}}
	case "ntfy": // 4,096 octets
		return service{dialect: dialect{quote: same, octets: 4000}}
	case "gotify", "bark", "pushbullet", "join":
		return service{dialect: dialect{quote: same, octets: 4000}, title: 200}
	case "pushover", "pagerduty": // 1,024 characters
		return service{dialect: dialect{quote: same, octets: 1000}}
	case "ifttt":
		return service{dialect: dialect{quote: guardedQuote, octets: 2000}}
	case "mattermost":
		return service{dialect: dialect{quote: codeQuote, octets: 3900}}
	case "rocketchat":
		return service{dialect: dialect{quote: carefulQuote, octets: 4900}}
	case "zulip":
		return service{dialect: dialect{quote: codeQuote, octets: 9900}}
	case "notifiarr":
		return service{dialect: dialect{quote: carefulQuote, octets: 1900}}
	case "teams": // of what has no title shoutrrr makes a summary, which it cuts anywhere
		return service{dialect: dialect{quote: htmlQuote, octets: 12 << 10, lines: 60}, title: 200}
	case "googlechat", "hangouts", "lark":
		return service{dialect: dialect{quote: guardedQuote, octets: 4000}}
	case "wecom":
		return service{dialect: dialect{quote: guardedQuote, octets: 2000}}
	case "opsgenie": // 130 characters for what it calls the message
		return service{dialect: dialect{quote: guardedQuote, octets: 10 << 10}, title: 120}
	}
	return service{dialect: dialect{quote: guardedQuote, octets: 2000}}
}
