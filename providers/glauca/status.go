package glauca

import (
	"slices"
	"strings"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/rest"
)

// state is a word that the registry, or Glauca, has for a domain that cannot be written, and what there is to do.
type state struct {
	word, reason string
}

// states are those in which a domain is blocked, the one first that a person has to see if there are several. The words with grace_period are of
// rgp_state, and so are those of RFC 3915 §3.1 that they stand for; deleted is a field, and all others are statuses (RFC 5731 §2.3).
var states = [...]state{
	{"pending_restore_grace_period", notRestored},
	{"pending_restore", notRestored},
	{"redemption_grace_period", inRedemption},
	{"redemption_period", inRedemption},
	{"pending_delete_grace_period", "it was deleted, and can be restored no more: register it anew when the registry has let it go"},
	{"deleted", "it was deleted, and is off the net: have it restored at Glauca, which costs money, while that can be done"},
	{"pending_delete", "the registry is about to delete it: ask Glauca at once whether it can be kept"},
	{"server_hold", "the registry has taken it off the net: ask Glauca what it wants, such as a confirmation of the registrant or a payment"},
	{"client_hold", "Glauca has taken it off the net: ask there what is wanted, such as a confirmation of the registrant or a payment"},
	{"pending_transfer", "it is on its way to another registrar: object to that at Glauca at once if nobody of you has asked for it"},
	{"server_update_prohibited", "the registry lets nobody change it: have Glauca lift the registry lock, or say why it is there"},
	{"client_update_prohibited", "it is locked at Glauca against changes: have the lock lifted there"},
	{"pending_create", "the registry has not registered it yet: that ends by itself, and plan again then"},
	{"pending_renew", "the registry has not renewed it yet: that ends by itself, and plan again then"},
	{pendingUpdate, "the registry has not carried out the last change yet: that ends by itself, and plan again then"},
}

// What two words mean each.
const (
	notRestored  = "it was deleted, and the registry has not restored it yet: wait for that, and ask Glauca if it takes more than some days"
	inRedemption = "it was deleted, and is off the net: have it restored at Glauca, which costs money, before its redemption period is over"
)

// pendingUpdate is the status of a domain with a change that the registry has taken, and not carried out yet.
const pendingUpdate = "pending_update"

// status says whether the delegation can be written. Blocked is whatever keeps a registry from taking an update, also what ends by itself.
func (d domain) status() providers.ResourceStatus {
	words := slices.Concat(d.Statuses, d.GraceStates)
	if d.Deleted {
		words = append(words, "deleted")
	}
	for _, s := range states {
		if has(words, s.word) {
			return providers.ResourceStatus{Phase: providers.Blocked, State: s.word, Reason: s.reason}
		}
	}
	if i := slices.IndexFunc(words, unfinished); i >= 0 {
		return providers.ResourceStatus{
			Phase: providers.Blocked, State: rest.OneLine(words[i]), Reason: "the registry has something to do that it has not done yet: wait for that, and ask Glauca what it is",
		}
	}
	if has(words, "inactive") {
		return providers.ResourceStatus{Phase: providers.Pending, State: "inactive", Reason: "it has no name servers, so that nobody finds it: give it some"}
	}
	if len(d.Statuses) == 0 {
		return providers.ResourceStatus{Phase: providers.Ready, State: "ok"}
	}
	return providers.ResourceStatus{Phase: providers.Ready, State: line(d.Statuses)}
}

// has reports whether a word is among others: in the spelling of the API, "pending_delete", or in that of the RFCs, "pendingDelete".
func has(words []string, word string) bool {
	return slices.ContainsFunc(words, func(one string) bool { return folded(one) == folded(word) })
}

// unfinished reports whether a word, known or not, is for something that the registry has not done yet.
func unfinished(word string) bool {
	return strings.HasPrefix(folded(word), "pending") || strings.Contains(folded(word), "redemption")
}

func folded(word string) string { return strings.ReplaceAll(strings.ToLower(word), "_", "") }
