// Package reconcile brings what providers serve to what the zones repository says.
//
// A [Planner] reads the desired state from a [Tree], fetches the live state, and makes a [Plan]: for each zone and target the changes in a
// safe order, the digest of the live state that they were made from, and the holds that guards put on them. It holds nothing that
// can write. An [Applier] carries a plan out: it fetches again, compares, writes, reads back and compares again. A [Loop] does both for ever.
//
// The package knows providers only by their contract, and git, SQL and HTTP not at all: it owns the small interfaces
// that it needs, [Source] and [Store].
package reconcile
