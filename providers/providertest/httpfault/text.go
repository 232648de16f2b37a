package httpfault

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// Format says how exchanges are written as text that is the same each time, for golden files. The zero Format shows no headers and
// replaces nothing.
type Format struct {
	// Headers are the names of the request headers and the answer headers that are shown, if they are there.
	Headers []string
	// Replace are called one after the other with the whole text. They take out secrets, and what is never the same twice:
	//
	//	httpfault.Format{Replace: []func(string) string{
	//		strings.NewReplacer(secret, "SECRET").Replace,
	//		httpfault.Numbered(httpfault.UUID, "id"),
	//		httpfault.Numbered(httpfault.Time, "time"),
	//	}}
	Replace []func(string) string
}

// Patterns for [Numbered].
const (
	UUID = `[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`
	Time = `\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[-+]\d\d:\d\d)` // RFC 3339
)

// Text returns exchanges as text. JSON is indented, with its keys in the order in which they were sent; other bodies are as they are.
//
//	PATCH /zones/example.com?force=1
//	Content-Type: application/json
//
//	{
//	  "serial": 1
//	}
//
//	200 OK
//
//	{}
//
// A line of dashes goes between two exchanges. The status of a connection that was lost is "no answer".
func (f Format) Text(exchanges []Exchange) string {
	var parts []string
	for _, x := range exchanges {
		uri := x.Path
		if x.Query != "" {
			uri += "?" + x.Query
		}
		status := "no answer"
		if x.Status != 0 {
			status = fmt.Sprintf("%d %s", x.Status, http.StatusText(x.Status))
		}
		parts = append(parts, f.message(x.Method+" "+uri, x.Header, x.Body)+"\n"+f.message(status, x.AnswerHeader, x.Answer))
	}
	text := strings.Join(parts, strings.Repeat("-", 40)+"\n")
	for _, replace := range f.Replace {
		text = replace(text)
	}
	return text
}

func (f Format) message(first string, header http.Header, body string) string {
	var b strings.Builder
	b.WriteString(first + "\n")
	names := slices.Clone(f.Headers)
	slices.Sort(names)
	for _, name := range names {
		for _, value := range header.Values(name) {
			fmt.Fprintf(&b, "%s: %s\n", http.CanonicalHeaderKey(name), value)
		}
	}
	if body != "" {
		b.WriteString("\n" + strings.TrimSuffix(indent(body), "\n") + "\n")
	}
	return b.String()
}

// indent returns JSON indented, and what is not JSON as it is.
func indent(body string) string {
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(body), "", "  "); err != nil {
		return body
	}
	return b.String()
}

// Numbered returns a function that replaces what a regular expression matches by name-1, name-2 and so on: the same text by the same
// number, in the order in which they first come. It panics if the expression is none.
func Numbered(expression, name string) func(string) string {
	re := regexp.MustCompile(expression)
	return func(text string) string {
		numbers := map[string]string{}
		return re.ReplaceAllStringFunc(text, func(found string) string {
			if _, ok := numbers[found]; !ok {
				numbers[found] = fmt.Sprintf("%s-%d", name, len(numbers)+1)
			}
			return numbers[found]
		})
	}
}
