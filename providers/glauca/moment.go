package glauca

import (
	"encoding/json"
	"time"

	"github.com/zoneward/zoneward/providers"
)

// moment is a time that is only shown. One that cannot be read is no error.
type moment struct {
	at   time.Time
	odd  bool
	text string // what there is in its place if it is odd
}

// UnmarshalJSON reads a time.
func (m *moment) UnmarshalJSON(text []byte) error {
	*m = moment{}
	if json.Unmarshal(text, &m.at) != nil {
		*m = moment{odd: true, text: shown(text)}
	}
	return nil
}

// observed observes the time, or what there is in its place.
func (m moment) observed(name string) providers.Observation {
	if m.odd {
		return providers.Observation{Name: name, Text: m.text}
	}
	return providers.ObservedTime(name, m.at)
}
