package scwtest

import (
	"encoding/json"
	"strconv"

	"github.com/zoneward/zoneward/providers/providertest/httpfault"
)

// Overcount is a list whose total_count is n more than the elements that there are.
func Overcount(n int) httpfault.Fault {
	return httpfault.Edit(func(a *httpfault.Answer) {
		var list map[string]json.RawMessage
		var total int
		if json.Unmarshal(a.Body, &list) != nil || json.Unmarshal(list["total_count"], &total) != nil {
			return // a refusal
		}
		list["total_count"] = json.RawMessage(strconv.Itoa(total + n))
		text, err := json.Marshal(list)
		if err != nil {
			panic(err)
		}
		a.Body = text
	})
}
