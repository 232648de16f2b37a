package document

import (
	"time"

	"github.com/zoneward/zoneward/zonefile"
)

// ReviewState is what became of a pull request that was planned.
type ReviewState string

// The states.
const (
	ReviewOpen   ReviewState = "open"
	ReviewClosed ReviewState = "closed" // and not merged
	ReviewMerged ReviewState = "merged"
)

// ReviewStates are all states, in the order of a pull request's life.
var ReviewStates = [...]ReviewState{ReviewOpen, ReviewClosed, ReviewMerged}

// Review is the plan of a pull request at one of its heads, as it was shown to those who review it.
type Review struct {
	Pull int    `json:"pull"`
	URL  string `json:"url"` // of the pull request
	// Context is that of the commit status that has the plan: a repository may have several configurations.
	Context string      `json:"context"`
	State   ReviewState `json:"state"`
	// Base is the tip of the branch that it is to go to, as it was then, and Head the commit that was planned.
	Base string `json:"base"`
	Head string `json:"head"`
	// Plan is the id of all of it, and Zones have those of its zones.
	Plan   zonefile.Digest `json:"plan"`
	Zones  []PlanID        `json:"zones"`
	MadeAt time.Time       `json:"made_at"`
	// Merged is the commit by which the base has it, nil if it is not merged.
	Merged   *string    `json:"merged"`
	ClosedAt *time.Time `json:"closed_at"`
}

// Reviews are the plans of pull requests, the newest first, version 1.
type Reviews struct {
	Version int      `json:"version"`
	Reviews []Review `json:"reviews"`
}
