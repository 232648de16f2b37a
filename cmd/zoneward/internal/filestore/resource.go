package filestore

import (
	"maps"
	"slices"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
)

// The JSON form of what a change does to a resource.
type (
	resourceJSON struct {
		Kind       providers.ResourceKind `json:"kind"`
		Fields     []fieldJSON            `json:"fields,omitempty"`
		References map[string]text        `json:"references,omitempty"`
	}
	fieldJSON struct {
		Name  text `json:"name"`
		Old   text `json:"old"`
		New   text `json:"new"`
		After text `json:"after,omitempty"`
	}
)

func resourceToJSON(r *reconcile.ResourceChange) *resourceJSON {
	if r == nil {
		return nil
	}
	return &resourceJSON{r.Kind, each(r.Fields, func(f reconcile.FieldChange) fieldJSON {
		return fieldJSON{text(f.Name), text(f.Old), text(f.New), text(f.After)}
	}), textsToJSON(r.References)}
}

func (doc *resourceJSON) change() (*reconcile.ResourceChange, error) {
	if doc == nil {
		return nil, nil
	}
	references, err := textsOf(doc.References)
	return &reconcile.ResourceChange{Kind: doc.Kind, References: references, Fields: each(doc.Fields, func(f fieldJSON) reconcile.FieldChange {
		return reconcile.FieldChange{Name: string(f.Name), Old: string(f.Old), New: string(f.New), After: string(f.After)}
	})}, err
}

// givenUp returns what retiring the resource of a tombstone does to it.
func givenUp(t reconcile.Tombstone) *reconcile.ResourceChange {
	r := &reconcile.ResourceChange{Kind: t.Resource, References: t.References}
	for _, name := range slices.Sorted(maps.Keys(t.Settings)) {
		r.Fields = append(r.Fields, reconcile.FieldChange{Name: name, Old: t.Settings[name]})
	}
	return r
}

// textsToJSON returns nil for nil.
func textsToJSON(texts map[string]string) map[string]text {
	if texts == nil {
		return nil
	}
	doc := map[string]text{}
	for key, value := range texts {
		doc[escaped(key)] = text(value)
	}
	return doc
}

// textsOf reads what textsToJSON returned.
func textsOf(doc map[string]text) (map[string]string, error) {
	if doc == nil {
		return nil, nil
	}
	texts := map[string]string{}
	for key, value := range doc {
		key, err := unescaped(key)
		if err != nil {
			return nil, err
		}
		texts[key] = string(value)
	}
	return texts, nil
}
