package scaidns

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// maxShown is how much of what ScaiDNS says an error shows, in octets.
const maxShown = 500

// shown returns text of an answer as an error may have it: without the key, however it was escaped in the answer, and not all of it if it is long.
func (c *client) shown(text string) string {
	if key, err := c.key(); err == nil && key != "" {
		text = strings.ReplaceAll(text, key, "REDACTED")
	}
	if len(text) > maxShown {
		text = strings.ToValidUTF8(text[:maxShown], "") + "..."
	}
	return text
}

// wordsOf returns what an error says: the detail of its body. It is empty if the body has none, or is not whole.
func wordsOf(body string) string {
	var answer struct {
		Detail any `json:"detail"`
	}
	if json.Unmarshal([]byte(body), &answer) != nil {
		return ""
	}
	return words(answer.Detail)
}

// words returns a value of JSON in one line. It knows the forms that https://www.scailabs.ai/en/docs/scaidns/concepts/errors has: a text, a message about a
// field with the ids of other records, and a list of what is wrong with the request, each with the place. Others are left as JSON.
func words(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case string:
		return value
	case []any:
		return each(value, "; ")
	case map[string]any:
		if at, ok := value["loc"].([]any); ok && value["msg"] != nil {
			return each(at, ".") + ": " + words(value["msg"])
		}
		if value["message"] != nil {
			conflicts := words(value["conflicts"])
			if all, ok := value["conflicts"].([]any); ok {
				conflicts = each(all, " ")
			}
			return strings.Join(slices.DeleteFunc([]string{words(value["field"]), words(value["message"]), conflicts}, isEmpty), ": ")
		}
	}
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(text)
}

func each(values []any, between string) string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = words(v)
	}
	return strings.Join(all, between)
}

func isEmpty(s string) bool { return s == "" }
