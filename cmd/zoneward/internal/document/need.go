package document

import (
	"fmt"

	"github.com/zoneward/zoneward/zonefile"
)

// Need is what the zones repository needs so that something that did not come from it stays as it is.
type Need struct {
	File    string         `json:"file"`
	Zone    string         `json:"zone"`
	Changes []StatedChange `json:"changes"`
	Patch   *string        `json:"patch"` // null if it has to be made by hand
	ByHand  *string        `json:"by_hand"`
	// Declaration is what a domain file has to declare, null for a zone file.
	Declaration *string `json:"declaration"`
}

// StatedChange is a change of what a zone file says.
type StatedChange struct {
	Name string `json:"name"`
	Type string `json:"type"`
	Old  *RRset `json:"old"`
	New  *RRset `json:"new"`
}

// OfStatedChanges returns an empty list for none.
func OfStatedChanges(changes []zonefile.Change) []StatedChange {
	docs := make([]StatedChange, len(changes))
	for i, c := range changes {
		docs[i] = StatedChange{c.Key().Name.String(), c.Key().Type.String(), OfRRset(c.Old), OfRRset(c.New)}
	}
	return docs
}

// StatedChangesOf is the reverse of OfStatedChanges.
func StatedChangesOf(docs []StatedChange) ([]zonefile.Change, error) {
	var all []zonefile.Change
	for _, doc := range docs {
		key, err := keyOf(doc.Name, doc.Type)
		if err != nil {
			return nil, err
		}
		var c zonefile.Change
		if c.Old, err = doc.Old.RRset(key); err != nil {
			return nil, err
		}
		if c.New, err = doc.New.RRset(key); err != nil {
			return nil, err
		}
		if c.Old == nil && c.New == nil {
			return nil, fmt.Errorf("%s: neither old nor new", key)
		}
		all = append(all, c)
	}
	return all, nil
}
