package scalewaytemtest

import (
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
