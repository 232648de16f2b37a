package providertest

import "testing"

// group is a walk that starts with an empty zone.
type group struct {
	name  string
	steps []step
}

// step is a state that the zone is brought to.
type step struct {
	name string
	// zone has the records beside the SOA and the apex NS, one a line: NAME TTL TYPE RDATA, with names relative to the origin.
	zone string
}

// groups are the walks.
var groups = []group{
	{"A", []step{
		{"create", "www 300 A 192.0.2.1"},
		{"other address", "www 300 A 192.0.2.2"},
		{"TTL only", "www 600 A 192.0.2.2"},
		{"second record", "www 600 A 192.0.2.2\nwww 600 A 192.0.2.3"},
		{"change one of many", "www 600 A 192.0.2.2\nwww 600 A 192.0.2.4"},
		{"remove one of many", "www 600 A 192.0.2.4"},
		{"delete", ""},
	}},
	{"CNAME", []step{
		{"A", "www 300 A 192.0.2.1"},
		{"to CNAME", "www 300 CNAME other"},
		{"back to A", "www 300 A 192.0.2.1"},
	}},
}

// testSteps walks one zone through all groups.
func testSteps(t *testing.T, s *subject) {
	for _, g := range groups {
		t.Run(g.name, func(t *testing.T) {
			s.become(t, nil)
			for _, step := range g.steps {
				t.Run(step.name, func(t *testing.T) { s.become(t, parse(t, s.Origin, step.zone)) })
			}
		})
	}
	s.become(t, nil)
}
