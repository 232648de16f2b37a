package document

import "github.com/zoneward/zoneward/providers"

// Domains is what "status" writes: how what domains have beside their zones was found.
type Domains struct {
	Version   int              `json:"version"`
	Resources []ResourceStatus `json:"resources"`
	Zones     []BlockedZone    `json:"zones"` // with something to say beside their resources
	Alerts    []Problem        `json:"alerts"`
}

// ResourceStatus is how one resource was found.
type ResourceStatus struct {
	Domain   string                  `json:"domain"`
	Provider string                  `json:"provider"`
	Kind     providers.ResourceKind  `json:"kind"`
	Name     string                  `json:"name"`
	Phase    providers.ResourcePhase `json:"phase"`
	State    string                  `json:"state"`
	Reason   string                  `json:"reason"`
	Observed []Observation           `json:"observed"`
	Checked  *Checked                `json:"checked"` // null if its provider was not asked to look at it
}

// Observation is something that is known of a resource.
type Observation struct {
	Name  string   `json:"name"`
	Text  string   `json:"text"`
	Value *float64 `json:"value"` // the same as a number, null if it is none
	Alert string   `json:"alert"` // why a person should look at it
}

// Checked is how a resource was before its provider was asked to look at it.
type Checked struct {
	Phase providers.ResourcePhase `json:"phase"`
	State string                  `json:"state"`
	Error *string                 `json:"error"` // why the provider did not look
}

// BlockedZone is a zone on a target, or a domain at a provider, of which something waits, is held, or is wrong.
type BlockedZone struct {
	Zone     string     `json:"zone"`
	Target   string     `json:"target"`
	State    *State     `json:"state"`
	Deferred []Deferred `json:"deferred"` // what has to wait
	Holds    []Hold     `json:"holds"`
	Error    *string    `json:"error"`
}

// ServerStatus is what "status" writes of a running daemon: how it is, beside what the command writes otherwise.
type ServerStatus struct {
	Domains
	Daemon DaemonStatus `json:"daemon"`
	// States are those of zones on targets that are not live as the zones repository says, or of all that were asked for by name.
	States []ZoneStatus `json:"states"`
}
