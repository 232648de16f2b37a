package scaleway_test

import (
	"encoding/json"
	"time"

	"github.com/zoneward/zoneward/providers/providertest/httpfault"
)

// versionList is the list of the versions of a zone.
type versionList struct {
	Total    int             `json:"total_count"`
	Versions []listedVersion `json:"versions"`
}

type listedVersion struct {
	ID      string    `json:"id"`
	Created time.Time `json:"created_at"`
}

// zoneList is a list of zones.
type zoneList struct {
	Total int              `json:"total_count"`
	Zones []map[string]any `json:"dns_zones"`
}

// editList is a list that is changed on its way.
func editList[T any](edit func(*T)) httpfault.Fault {
	return httpfault.Edit(func(answer *httpfault.Answer) {
		var list T
		if answer.Status != 200 || json.Unmarshal(answer.Body, &list) != nil {
			return // a refusal
		}
		edit(&list)
		text, err := json.Marshal(list)
		if err != nil {
			panic(err)
		}
		answer.Body = text
	})
}

// firstOnly is a PATCH of which all but the first n changes are forgotten, and which is answered as if they were not.
func firstOnly(n int) httpfault.Fault {
	return httpfault.Alter(func(body []byte) []byte {
		var patch map[string]any
		if err := json.Unmarshal(body, &patch); err != nil {
			panic(err)
		}
		patch["changes"] = patch["changes"].([]any)[:n]
		text, err := json.Marshal(patch)
		if err != nil {
			panic(err)
		}
		return text
	})
}
