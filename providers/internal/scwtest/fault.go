package scwtest

import (
	"encoding/json"

	"github.com/zoneward/zoneward/providers/providertest/httpfault"
)

// Edited passes a request on, and answers with the JSON object that came back as edit leaves it. Numbers are float64 in it. What is no object is
// answered as it is.
func Edited(edit func(object map[string]any)) httpfault.Fault {
	return httpfault.Edit(func(a *httpfault.Answer) {
		var object map[string]any
		if json.Unmarshal(a.Body, &object) != nil {
			return
		}
		edit(object)
		text, err := json.Marshal(object)
		if err != nil {
			panic(err) // a value that is no JSON: a mistake of the test
		}
		a.Body = text
	})
}

// Overcount is a list whose total_count is n more than the elements that there are.
func Overcount(n int) httpfault.Fault {
	return Edited(func(object map[string]any) {
		if total, ok := object["total_count"].(float64); ok {
			object["total_count"] = int(total) + n
		}
	})
}
