package scalewaytemtest

import (
	"bytes"

	"github.com/zoneward/zoneward/providers/internal/scwtest"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
)

// Altered passes a request on, and answers with another value of a field of the domain, or of each domain of a list: its id or its name, as if the
// answer were for another one.
func Altered(field string, value any) httpfault.Fault {
	return scwtest.Edited(func(answer map[string]any) {
		domains := []any{answer}
		if list, ok := answer["domains"].([]any); ok {
			domains = list
		}
		for _, d := range domains {
			if d, ok := d.(map[string]any); ok && d["id"] != nil {
				d[field] = value
			}
		}
	})
}

// Truncated passes a request on, and answers with half of the JSON, as if that were all.
func Truncated() httpfault.Fault {
	return httpfault.Edit(func(a *httpfault.Answer) { a.Body = a.Body[:len(a.Body)/2] })
}

// Oversized passes a request on, and answers with the same JSON behind n blanks.
func Oversized(n int) httpfault.Fault {
	return httpfault.Edit(func(a *httpfault.Answer) { a.Body = append(bytes.Repeat([]byte(" "), n), a.Body...) })
}
