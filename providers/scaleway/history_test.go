package scaleway

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestHistory(t *testing.T) {
	at := func(second int) time.Time { return time.Date(2026, 11, 21, 12, 0, second, 0, time.UTC) }
	for _, tt := range []struct {
		name   string
		listed []version
		order  []string
		newest string
	}{
		{"none", nil, nil, ""},
		{"newest first", []version{{"c", at(3)}, {"b", at(2)}, {"a", at(1)}}, []string{"c", "b", "a"}, "c"},
		{"oldest first", []version{{"a", at(1)}, {"b", at(2)}, {"c", at(3)}}, []string{"c", "b", "a"}, "c"},
		{"no order", []version{{"b", at(2)}, {"c", at(3)}, {"a", at(1)}}, []string{"c", "b", "a"}, "c"},
		{"of one time, newest first", []version{{"c", at(2)}, {"b", at(2)}, {"a", at(1)}}, []string{"c", "b", "a"}, "b+c"},
		{"of one time, oldest first", []version{{"a", at(1)}, {"b", at(2)}, {"c", at(2)}}, []string{"c", "b", "a"}, "b+c"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHistory(tt.listed)
			var order []string
			for _, v := range h {
				order = append(order, v.ID)
			}
			if d := cmp.Diff(tt.order, order); d != "" {
				t.Error(d)
			}
			if h.newest() != tt.newest {
				t.Errorf("the newest is %q, want %q", h.newest(), tt.newest)
			}
		})
	}
}

func TestHistorySince(t *testing.T) {
	before := history{{ID: "b"}, {ID: "a"}}
	// The oldest goes when there are 100.
	if d := cmp.Diff(history{{ID: "c"}}, history{{ID: "c"}, {ID: "b"}}.since(before)); d != "" {
		t.Error(d)
	}
}
