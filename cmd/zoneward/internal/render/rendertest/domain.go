package rendertest

import (
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// Fingerprint is that of a certificate.
const Fingerprint = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

// DeclaredAt is where the domain file of these tests declares something.
func DeclaredAt(line int) zonefile.Position {
	return zonefile.Position{File: "zones/example.com.domain.yaml", Line: line}
}

// OnResource is a change of a resource of example.com.
func OnResource(kind providers.ResourceKind, action reconcile.Action, name string, line int, fields ...reconcile.FieldChange) reconcile.Change {
	return reconcile.Change{
		Kind: reconcile.KindResource, Action: action, Key: zonefile.Key{Name: zonefile.MustParseName(name)}, Source: DeclaredAt(line),
		Resource: &reconcile.ResourceChange{Kind: kind, Fields: fields},
	}
}

// Domain has resources of which there is something to say in every way, and the zone that they publish in.
func Domain() *reconcile.Plan {
	at, example := At(), zonefile.MustParseName("example.com.")
	ref := func(target string) reconcile.Ref { return reconcile.Ref{Zone: example, Target: target} }
	field := func(name, from, to string) reconcile.FieldChange {
		return reconcile.FieldChange{Name: name, Old: from, New: to}
	}
	certified := OnResource(providers.App, reconcile.Update, "www.example.com.", 12, field("canonical", "false", "true"),
		field("certificate", "CN=old.example.com", "CN=www.example.com"), field("certificate_sha256", "", Fingerprint))
	certified.Resource.References = map[string]string{"certificate": "${file:/run/secrets/www}"}
	certified.Cause = reconcile.CauseBoth
	restored := OnResource(providers.App, reconcile.Restore, "shop.example.com.", 14, field("app", "", "my-app"), field("canonical", "", "false"))
	restored.Stone = "0123456789abcdef"
	purged := OnResource(providers.Mail, reconcile.Purge, "old.example.com.", 0, field("region", "fr-par", ""))
	purged.Source, purged.Stone = zonefile.Position{}, "fedcba9876543210"
	kept := OnResource(providers.Delegation, reconcile.Retire, "example.com.", 0, field("transfer_lock", "true", ""))
	signed := OnResource(providers.Delegation, reconcile.Update, "example.com.", 3, reconcile.FieldChange{Name: "ds", Old: "12345 13 2 AB", After: "example.com. on scaidns is signed"})
	unlinked := OnResource(providers.App, reconcile.Retire, "blog.example.com.", 0, field("app", "my-app", ""))
	forgotten := at.Add(47*time.Hour + 30*time.Minute)
	dkim := zonefile.MustParseRRset("p1._domainkey.example.com. 3600 TXT", `"v=DKIM1; p=one"`)
	published := reconcile.Change{Kind: reconcile.KindRRset, Action: reconcile.Create, Key: dkim.Key, New: &dkim, Source: DeclaredAt(8), From: "dkim of mail example.com. on tem"}
	awaited := func(output string, line int) reconcile.Deferred {
		c := reconcile.Change{
			Kind: reconcile.KindRRset, Action: reconcile.Create, Key: zonefile.Key{Name: example}, Source: DeclaredAt(line), Cause: reconcile.CauseGit,
			From: output + " of mail news.example.com. on tem",
		}
		return reconcile.Deferred{Change: c, For: "once mail news.example.com. on tem is there"}
	}
	view := func(kind providers.ResourceKind, name string, phase providers.ResourcePhase, state, reason string) reconcile.ResourceView {
		return reconcile.ResourceView{
			Kind: kind, Name: zonefile.MustParseName(name), Status: providers.ResourceStatus{Phase: phase, State: state, Reason: reason},
		}
	}
	warning := func(rule, message string) zonefile.Problem {
		return zonefile.Problem{Position: DeclaredAt(6), Rule: rule, Severity: zonefile.Warning, Message: message}
	}
	return &reconcile.Plan{CreatedAt: at, Zones: []reconcile.ZonePlan{{
		Ref: ref("glauca"),
		Changes: []reconcile.Change{
			OnResource(providers.Delegation, reconcile.Update, "example.com.", 2, field("transfer_lock", "false", "true"),
				field("name_servers", "ns1.example.net., ns2.example.net.", "ns2.example.net., ns3.example.net."), field("registrant", "", "contact_1")),
			kept,
		},
		Deferred: []reconcile.Deferred{
			{Change: signed, For: "once example.com. on scaidns is signed"},
			{Change: signed, For: "once resolvers have forgotten the old name servers (" + forgotten.Format(time.RFC3339) + ")", Until: forgotten},
		},
		Holds: []reconcile.Hold{{Guard: reconcile.GuardDelegationNotServing, Reason: "ns3.example.net. does not answer for example.com.: REFUSED"}},
		Resources: []reconcile.ResourceView{
			view(providers.Delegation, "example.com.", providers.Blocked, "transfer_pending", "it is being moved to another registrar"),
		},
		Warnings: []zonefile.Problem{
			warning("blocked", "delegation example.com. on glauca: it is transfer_pending: it is being moved to another registrar"),
			warning("registrant", `delegation example.com. on glauca: somebody changed the registrant from "c1" to "c2"`),
		},
	}, {
		Ref: ref("scaidns"), NegativeTTL: 300, Changes: []reconcile.Change{published},
		Deferred: []reconcile.Deferred{awaited("dkim", 9), awaited("mx", 9)},
	}, {
		Ref: ref("scalingo"), Changes: []reconcile.Change{certified, restored},
		Deferred: []reconcile.Deferred{{Change: unlinked, For: "once resolvers have forgotten the CNAME blog.example.com. (" + at.Format(time.RFC3339) + ")", Until: at}},
		Waiting:  []reconcile.Waiting{{Kind: reconcile.KindResource, Key: zonefile.Key{Name: zonefile.MustParseName("api.example.com.")}, Since: at, Until: at.Add(time.Hour), Noted: true}},
		Drift: []reconcile.Change{
			OnResource(providers.App, reconcile.Update, "api.example.com.", 16, field("letsencrypt", "false", "true")),
			OnResource(providers.App, reconcile.Create, "gone.example.com.", 18, field("app", "", "my-app")),
		},
		Resources: []reconcile.ResourceView{view(providers.App, "api.example.com.", providers.Ready, "", "")},
	}, {
		Ref: ref("tem"),
		Changes: []reconcile.Change{
			purged,
			OnResource(providers.Mail, reconcile.Retire, "lists.example.com.", 0, field("region", "fr-par", ""), field("autoconfig", "false", "")),
			OnResource(providers.Mail, reconcile.Create, "news.example.com.", 9, field("region", "", "fr-par"), field("project", "", "p1, autoconfig true"), field("autoconfig", "", "false")),
		},
		Resources: []reconcile.ResourceView{view(providers.Mail, "example.com.", providers.Pending, "unchecked", "publish its records")},
		Warnings:  []zonefile.Problem{warning("reputation", "mail example.com. on tem: its reputation is bad"), warning("few", "another warning")},
	}, {
		Ref: reconcile.Ref{Zone: zonefile.MustParseName("example.net."), Target: "scaidns"},
	}}}
}
