package glauca

import (
	"slices"
	"strings"

	"github.com/zoneward/zoneward/providers"
)

// state is a word that the registry, or Glauca, has for a domain, and what it means for its delegation.
type state struct {
	word   string
	phase  providers.ResourcePhase
	reason string
}

// states are those in which a domain is not ready, the one first that a person has to see if there are several. The words with grace_period are of
// rgp_state (RFC 3915 §3.1), deleted is a field, and all others are statuses (RFC 5731 §2.3).
var states = [...]state{
	{"pending_restore_grace_period", providers.Blocked, "it was deleted, and the registry has not restored it yet: wait for that, and ask Glauca if it takes more than some days"},
	{"redemption_grace_period", providers.Blocked, "it was deleted, and is off the net: have it restored at Glauca, which costs money, before its redemption period is over"},
	{"pending_delete_grace_period", providers.Blocked, "it was deleted, and can be restored no more: register it anew when the registry has let it go"},
	{"deleted", providers.Blocked, "it was deleted, and is off the net: have it restored at Glauca, which costs money, while that can be done"},
	{"pending_delete", providers.Blocked, "the registry is about to delete it: ask Glauca at once whether it can be kept"},
	{"server_hold", providers.Blocked, "the registry has taken it off the net: ask Glauca what it wants, such as a confirmation of the registrant or a payment"},
	{"client_hold", providers.Blocked, "Glauca has taken it off the net: ask there what is wanted, such as a confirmation of the registrant or a payment"},
	{"pending_transfer", providers.Blocked, "it is on its way to another registrar: object to that at Glauca at once if nobody of you has asked for it"},
	{"server_update_prohibited", providers.Blocked, "the registry lets nobody change it: have Glauca lift the registry lock, or say why it is there"},
	{"client_update_prohibited", providers.Blocked, "it is locked at Glauca against changes: have the lock lifted there"},
	{"pending_create", providers.Blocked, "the registry has not registered it yet: that ends by itself, and plan again then"},
	{"pending_renew", providers.Blocked, "the registry has not renewed it yet: that ends by itself, and plan again then"},
	{pendingUpdate, providers.Blocked, "the registry has not carried out the last change yet: that ends by itself, and plan again then"},
	{"inactive", providers.Pending, "it has no name servers, so that nobody finds it: give it some"},
}

// pendingUpdate is the status of a domain with a change that the registry has taken, and not carried out yet.
const pendingUpdate = "pending_update"

// status says whether the delegation can be written. Blocked is whatever keeps a registry from taking an update, also what ends by itself.
func (d domain) status() providers.ResourceStatus {
	words := slices.Concat(d.Statuses, d.GraceStates)
	if d.Deleted {
		words = append(words, "deleted")
	}
	for _, s := range states {
		if slices.Contains(words, s.word) {
			return providers.ResourceStatus{Phase: s.phase, State: s.word, Reason: s.reason}
		}
	}
	if i := slices.IndexFunc(d.Statuses, func(word string) bool { return strings.HasPrefix(word, "pending_") }); i >= 0 {
		return providers.ResourceStatus{
			Phase: providers.Blocked, State: d.Statuses[i], Reason: "the registry has something to do that it has not done yet: wait for that, and ask Glauca what it is",
		}
	}
	if len(d.Statuses) == 0 {
		return providers.ResourceStatus{Phase: providers.Ready, State: "ok"}
	}
	return providers.ResourceStatus{Phase: providers.Ready, State: strings.Join(d.Statuses, ", ")}
}
