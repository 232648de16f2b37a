package rendertest

import (
	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// Hostile returns texts that people have put into records to get out of where they are shown.
func Hostile() []string {
	return []string{
		"```", "`x`", "| a | b |", "@octocat", "@org/team", "#1", "GH-1", "org/repo#1", "<!-- marker -->", "<script>", "</code></td>", "&lt;", "[a](http://x.example)",
		"http://x.example", "www.x.example", "a@x.example", "**b**", "~~s~~", "\r\n::error::x", "\n\n# heading", "\x1b[31m", "\u202e\u2066bidi", "zero\u200bwidth",
		"\ufeff", "\x00", "\xff\xfe", "$(id)", "${{ secrets.X }}", ":tada:", "\u2028line", "\\", "EOF",
	}
}

// With returns a plan that has the text of somebody else wherever there may be some.
func With(text string) *reconcile.Plan {
	set, err := zonefile.NewRRset(zonefile.Key{Name: zonefile.MustParseName("www.example.com."), Type: zonefile.TypeTXT}, 300,
		append([]byte{byte(min(len(text), 255))}, text[:min(len(text), 255)]...))
	if err != nil {
		panic(err)
	}
	ref := reconcile.Ref{Zone: zonefile.MustParseName("example.com."), Target: "live"}
	drift := reconcile.Change{Kind: reconcile.KindRRset, Action: reconcile.Retire, Key: set.Key, Old: &set}
	return &reconcile.Plan{Commit: text, Zones: []reconcile.ZonePlan{{
		Ref: ref,
		Changes: []reconcile.Change{{
			Kind: reconcile.KindRRset, Action: reconcile.Restore, Key: set.Key, New: &set, Source: zonefile.Position{File: text, Line: 1}, Stone: text,
		}},
		Holds:    []reconcile.Hold{{Guard: reconcile.GuardSOA, Reason: text}},
		Parts:    text,
		Drift:    []reconcile.Change{drift},
		Pinned:   []reconcile.Pin{{Ref: ref, Key: set.Key, Actor: text, Reason: text}},
		Warnings: []zonefile.Problem{{Position: zonefile.Position{File: text}, Severity: zonefile.Warning, Message: text}},
	}, hostileDomain(text), {
		Ref: reconcile.Ref{Zone: zonefile.MustParseName("example.net."), Target: "live"}, Err: &zonefile.ProblemsError{Problems: []zonefile.Problem{{Message: text}}},
	}}}
}

// hostileDomain is the plan of resources that have text of somebody else wherever there may be some.
func hostileDomain(text string) reconcile.ZonePlan {
	c := OnResource(providers.App, reconcile.Update, "www.example.com.", 1, reconcile.FieldChange{Name: text, Old: text, New: "x"}, reconcile.FieldChange{Name: "certificate", New: text})
	c.Source.File, c.Resource.References = text, map[string]string{"certificate": text}
	whole := OnResource(providers.App, reconcile.Create, "www.example.com.", 1, reconcile.FieldChange{Name: text, New: text}, reconcile.FieldChange{Name: "ds", After: text})
	awaited := reconcile.Change{Kind: reconcile.KindRRset, Action: reconcile.Create, Key: c.Key, From: "dkim of " + text}
	return reconcile.ZonePlan{
		Ref: reconcile.Ref{Zone: zonefile.MustParseName("example.com."), Target: "scalingo"}, Changes: []reconcile.Change{c, whole},
		Deferred: []reconcile.Deferred{{Change: c, For: "once " + text}, {Change: awaited, For: "once " + text, Until: At()}},
		Drift:    []reconcile.Change{c},
		Resources: []reconcile.ResourceView{{
			Kind: providers.App, Name: c.Key.Name, Status: providers.ResourceStatus{Phase: providers.Pending, State: text, Reason: text},
		}},
		Warnings: []zonefile.Problem{{Severity: zonefile.Warning, Message: "app www.example.com. on scalingo: " + text}},
	}
}
