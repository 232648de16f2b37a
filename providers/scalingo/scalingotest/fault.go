package scalingotest

import (
	"encoding/json"

	"github.com/zoneward/zoneward/providers/providertest/httpfault"
)

// Lie has edit change each domain of an answer, which is as if the answer were about another one. Answers without domains stay as they are.
func Lie(edit func(domain map[string]any)) httpfault.Fault {
	return httpfault.Edit(func(a *httpfault.Answer) {
		var body map[string]any
		if json.Unmarshal(a.Body, &body) != nil {
			return
		}
		if d, ok := body["domain"].(map[string]any); ok {
			edit(d)
		}
		list, _ := body["domains"].([]any)
		for _, d := range list {
			edit(d.(map[string]any))
		}
		a.Body = answerJSON(a.Status, body).Body
	})
}
