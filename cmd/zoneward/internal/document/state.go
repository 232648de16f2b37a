package document

import (
	"fmt"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
)

// State is a state of a zone at its provider in which nothing can be written to it, as a plan has it.
type State struct {
	Name    string   `json:"name"`
	Needs   string   `json:"needs"`
	Outputs []Output `json:"outputs"`
}

// Output is what has to be published elsewhere.
type Output struct {
	For   string     `json:"for"`
	Name  string     `json:"name"`
	Type  string     `json:"type"`
	RRset *RRset     `json:"rrset"`
	Until *time.Time `json:"until"`
}

// OfState returns nil for nil.
func OfState(s *reconcile.State) *State {
	if s == nil {
		return nil
	}
	doc := &State{s.Name, s.Needs, make([]Output, len(s.Outputs))}
	for i, o := range s.Outputs {
		key := o.RRset.Key
		doc.Outputs[i] = Output{o.Name, key.Name.String(), OfType(key), OfRRset(&o.RRset), OfTime(o.Until)}
	}
	return doc
}

// State is the reverse of OfState.
func (s *State) State() (*reconcile.State, error) {
	if s == nil {
		return nil, nil
	}
	state := &reconcile.State{Name: s.Name, Needs: s.Needs}
	for _, o := range s.Outputs {
		key, err := keyOf(o.Name, o.Type)
		if err != nil {
			return nil, err
		}
		set, err := o.RRset.RRset(key)
		if err != nil {
			return nil, err
		}
		if set == nil {
			return nil, fmt.Errorf("%s: the output has no records", key)
		}
		state.Outputs = append(state.Outputs, providers.Output{Name: o.For, RRset: *set, Until: timeOf(o.Until)})
	}
	return state, nil
}

// Hold is what holds a plan.
type Hold struct {
	Guard  reconcile.Guard `json:"guard"`
	Reason string          `json:"reason"`
}

// OfHolds returns an empty list for none.
func OfHolds(holds []reconcile.Hold) []Hold {
	docs := make([]Hold, len(holds))
	for i, h := range holds {
		docs[i] = Hold(h)
	}
	return docs
}

// holdsOf is the reverse of OfHolds.
func holdsOf(docs []Hold) ([]reconcile.Hold, error) {
	var all []reconcile.Hold
	for _, doc := range docs {
		all = append(all, reconcile.Hold(doc))
	}
	return all, checkGuards(all)
}

// Deferred is a change that has to wait.
type Deferred struct {
	Subject
	For   string     `json:"for"`
	Until *time.Time `json:"until"` // null if that is not known
}

// OfDeferred returns an empty list for none.
func OfDeferred(all []reconcile.Deferred) []Deferred {
	docs := make([]Deferred, len(all))
	for i, d := range all {
		docs[i] = Deferred{OfSubject(d.Change), d.For, OfTime(d.Until)}
	}
	return docs
}

// deferredOf is the reverse of OfDeferred.
func deferredOf(docs []Deferred) ([]reconcile.Deferred, error) {
	var all []reconcile.Deferred
	for _, doc := range docs {
		c, err := doc.Change()
		if err != nil {
			return nil, err
		}
		all = append(all, reconcile.Deferred{Change: c, For: doc.For, Until: timeOf(doc.Until)})
	}
	return all, nil
}
