package document_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// texts are what somebody may have written: also what is hostile in a terminal, in JSON, or where lines are counted.
var texts = rapid.OneOf(
	rapid.SampledFrom([]string{"", "alice", "why not", "two\nlines", "\x1b[2J", "\u202egnol", "a \"quoted\" <text> & more", "\x00"}),
	rapid.StringN(0, 20, 60),
)

// targets are names of targets, which print.
var targets = rapid.SampledFrom([]string{"", "ns1", "K\u00f6ln 2", "a:b"})

func oneOf[T any](values ...T) *rapid.Generator[T] { return rapid.SampledFrom(values) }

func some[T any](t *rapid.T, label string, most int, one func(*rapid.T) T) []T {
	var all []T
	for range rapid.IntRange(0, most).Draw(t, label) {
		all = append(all, one(t))
	}
	return all
}

func name(t *rapid.T) zonefile.Name {
	return zonefile.MustParseName(oneOf("example.com.", "www.example.com.", `a\.b\032c.example.org.`, "xn--bcher-kva.example.", ".").Draw(t, "name"))
}

func maybeName(t *rapid.T) zonefile.Name {
	if rapid.Bool().Draw(t, "named") {
		return name(t)
	}
	return zonefile.Name{}
}

func moment(t *rapid.T) time.Time {
	return time.Unix(rapid.Int64Range(1, 4e9).Draw(t, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanoseconds")).UTC()
}

func maybeMoment(t *rapid.T) time.Time {
	if rapid.Bool().Draw(t, "ends") {
		return moment(t)
	}
	return time.Time{}
}

func digest(t *rapid.T) (d zonefile.Digest) {
	copy(d[:], rapid.SliceOfN(rapid.Byte(), len(d), len(d)).Draw(t, "digest"))
	return d
}

func set(t *rapid.T) zonefile.RRset {
	rdata := map[string][]string{
		"A": {"192.0.2.1", "192.0.2.2"}, "TXT": {`"a \"b\" \027[0m"`, `"\195\188" "second"`}, "MX": {"10 mail.example.com."}, "TYPE65400": {`\# 2 0102`},
	}
	typ := rapid.SampledFrom(slices.Sorted(maps.Keys(rdata))).Draw(t, "type")
	number, err := zonefile.ParseType(typ)
	if err != nil {
		panic(err)
	}
	ttl := zonefile.TTL(rapid.IntRange(0, 1<<31-1).Draw(t, "ttl"))
	all := rdata[typ]
	s, err := zonefile.ParseRRset(zonefile.Key{Name: name(t), Type: number}, ttl, zonefile.Root, all[:rapid.IntRange(1, len(all)).Draw(t, "records")]...)
	if err != nil {
		panic(err)
	}
	return s
}

func actions(t *rapid.T) reconcile.Action {
	return oneOf(reconcile.Create, reconcile.Update, reconcile.Retire, reconcile.Restore, reconcile.Purge).Draw(t, "action")
}

func position(t *rapid.T) zonefile.Position {
	return oneOf(zonefile.Position{}, zonefile.Position{File: "zones/example.com.zone", Line: 12}, zonefile.Position{File: "odd\x1b\nname:3", Line: 1, Column: 2}).Draw(t, "position")
}

func change(t *rapid.T) reconcile.Change {
	c := reconcile.Change{
		Action: actions(t), Source: position(t), Cause: reconcile.Cause(texts.Draw(t, "cause")), Stone: oneOf("", "0123456789abcdef").Draw(t, "stone"),
		Kind: oneOf(reconcile.KindRRset, reconcile.KindZone, reconcile.KindProperty, reconcile.KindResource).Draw(t, "kind"),
	}
	switch c.Kind {
	case reconcile.KindRRset:
		old := set(t)
		c.Key = old.Key
		switch rapid.IntRange(0, 3).Draw(t, "sides") {
		case 0:
			c.Old = &old
		case 1:
			c.New = &old
		case 2:
			c.Old, c.New = &old, &old
		case 3: // it is not known before something else was done
			c.Key, c.From = zonefile.Key{Type: c.Key.Type}, "dkim of mail example.com. on tem"
		}
	case reconcile.KindProperty:
		c.Key.Name, c.Property = name(t), reconcile.Property{Name: "description", Old: texts.Draw(t, "old"), New: texts.Draw(t, "new")}
	case reconcile.KindResource:
		c.Key.Name = name(t)
		c.Resource = &reconcile.ResourceChange{Kind: oneOf(providers.Mail, providers.App, providers.Delegation).Draw(t, "resource")}
		c.Resource.Fields = some(t, "fields", 2, func(t *rapid.T) reconcile.FieldChange {
			return reconcile.FieldChange{Name: "name_servers", Old: texts.Draw(t, "old"), New: texts.Draw(t, "new")}
		})
	case reconcile.KindZone:
		c.Key.Name = name(t)
	}
	return c
}

func stone(t *rapid.T) reconcile.Tombstone {
	s := reconcile.Tombstone{
		ID: "0123456789abcdef", Ref: reconcile.Ref{Zone: name(t), Target: targets.Draw(t, "target")}, BuriedAt: moment(t), PurgeAt: moment(t), StateAt: moment(t),
		Hidden: rapid.Bool().Draw(t, "hidden"), Plan: digest(t), Writer: writer(t),
		State: oneOf(reconcile.Buried, reconcile.Retired, reconcile.Restored, reconcile.Superseded, reconcile.Purged).Draw(t, "state"),
		Kind:  oneOf(reconcile.KindRRset, reconcile.KindZone, reconcile.KindResource).Draw(t, "kind"),
	}
	switch s.Kind {
	case reconcile.KindRRset:
		s.RRset = set(t)
		s.Key = s.RRset.Key
	case reconcile.KindResource:
		s.Key.Name, s.Resource = name(t), providers.Mail
	case reconcile.KindZone, reconcile.KindProperty:
		s.Key.Name = s.Zone
	}
	return s
}

func writer(t *rapid.T) reconcile.Writer {
	return reconcile.Writer{Actor: texts.Draw(t, "actor"), Commit: texts.Draw(t, "commit"), Author: texts.Draw(t, "author")}
}

func suspension(t *rapid.T) reconcile.Suspension {
	s := reconcile.Suspension{
		Scope: reconcile.Scope{Zone: maybeName(t), Target: targets.Draw(t, "target")}, Reason: texts.Draw(t, "reason"), Actor: texts.Draw(t, "actor"),
		Since: moment(t), Until: maybeMoment(t),
	}
	if rapid.Bool().Draw(t, "until its file changes") {
		s.File = digest(t)
	}
	return s
}

func entry(t *rapid.T) reconcile.Entry {
	e := reconcile.Entry{Seq: rapid.Int64().Draw(t, "seq"), Open: rapid.Bool().Draw(t, "open")}
	e.Ref, e.Writer, e.System, e.Why = reconcile.Ref{Zone: maybeName(t), Target: targets.Draw(t, "target")}, writer(t), texts.Draw(t, "system"), texts.Draw(t, "why")
	e.Intent.At, e.Changes = moment(t), some(t, "changes", 3, change)
	if rapid.Bool().Draw(t, "planned") {
		e.Plan = digest(t)
	}
	e.Reason = texts.Draw(t, "why it was approved")
	e.Overrides = some(t, "overrides", 2, func(t *rapid.T) reconcile.Guard { return reconcile.Guard(texts.Draw(t, "guard")) })
	e.Stones = some(t, "stones", 2, stone)
	if rapid.Bool().Draw(t, "suspends") {
		e.Suspend = new(suspension(t))
	}
	if e.Open {
		return e
	}
	e.Conclusion.At, e.Result, e.Settled = moment(t), oneOf(reconcile.Done, reconcile.Partly, reconcile.Observed).Draw(t, "result"), rapid.Bool().Draw(t, "settled")
	e.Serial, e.Hash, e.Err = rapid.Uint32().Draw(t, "serial"), digest(t), texts.Draw(t, "error")
	for range e.Changes {
		e.Live = append(e.Live, rapid.Bool().Draw(t, "live"))
	}
	ids := func(t *rapid.T) string { return oneOf("0000000000000001", "0000000000000002").Draw(t, "id") }
	e.Restored, e.Purged = some(t, "restored", 2, ids), some(t, "purged", 2, ids)
	return e
}

func server(t *rapid.T) reconcile.ServerAnswer {
	a := reconcile.ServerAnswer{Server: texts.Draw(t, "server"), Serial: rapid.Uint32().Draw(t, "serial"), Lags: rapid.Bool().Draw(t, "lags")}
	a.Wrong = some(t, "wrong", 2, func(t *rapid.T) string { return texts.Draw(t, "difference") })
	if rapid.Bool().Draw(t, "broken") {
		a.Err = errors.New(texts.Draw(t, "error"))
	}
	return a
}

// outcome returns what became of the plan of a zone, of which some changes are live.
func outcome(t *rapid.T, z *reconcile.ZonePlan) reconcile.Outcome {
	o := reconcile.Outcome{
		Ref: z.Ref, Serial: rapid.Uint32().Draw(t, "serial"), Began: moment(t), Took: time.Duration(rapid.Int64Range(0, 1e12).Draw(t, "took")) * time.Microsecond,
		Written:    oneOf(reconcile.NotWritten, reconcile.PerhapsWritten, reconcile.IsWritten).Draw(t, "written"),
		RolledBack: rapid.Bool().Draw(t, "rolled back"), Settled: rapid.IntRange(0, 3).Draw(t, "settled"),
		Tombstones: some(t, "tombstones", 2, func(*rapid.T) string { return "0123456789abcdef" }),
		Changes:    slices.Clone(z.Changes[:rapid.IntRange(0, len(z.Changes)).Draw(t, "live")]),
		Status: oneOf(reconcile.Applied, reconcile.Unchanged, reconcile.Held, reconcile.Stale, reconcile.Conflict, reconcile.Failed, reconcile.Interrupted).
			Draw(t, "status"),
	}
	o.Refused = some(t, "refused", 2, func(t *rapid.T) reconcile.Refusal {
		return reconcile.Refusal{Changes: some(t, "refused changes", 2, change), Err: errors.New(texts.Draw(t, "refusal"))}
	})
	o.Skipped = some(t, "skipped", 2, change)
	o.Deferred = some(t, "deferred", 2, func(t *rapid.T) reconcile.Deferred {
		return reconcile.Deferred{Change: change(t), For: texts.Draw(t, "for"), Until: maybeMoment(t)}
	})
	o.Holds = some(t, "holds", 2, func(t *rapid.T) reconcile.Hold {
		return reconcile.Hold{Guard: reconcile.GuardTTL, Reason: texts.Draw(t, "reason")}
	})
	if rapid.Bool().Draw(t, "verified") {
		o.Verification = &reconcile.Verification{Servers: some(t, "servers", 2, server), Took: time.Second}
	}
	if rapid.Bool().Draw(t, "blocked") {
		o.State = &reconcile.State{Name: texts.Draw(t, "state"), Needs: texts.Draw(t, "needs")}
		o.State.Outputs = some(t, "outputs", 2, func(t *rapid.T) providers.Output {
			return providers.Output{Name: texts.Draw(t, "output"), RRset: set(t), Until: maybeMoment(t)}
		})
	}
	switch o.Status {
	case reconcile.Stale:
		o.Err = fmt.Errorf("example.com.: %w", reconcile.ErrStale)
	case reconcile.Conflict:
		o.Err = fmt.Errorf("example.com.: %w", providers.ErrConflict)
	case reconcile.Failed:
		o.Err = &reconcile.RefusedError{Ref: o.Ref, Refused: o.Refused, Skipped: o.Skipped}
	case reconcile.Interrupted:
		o.Err = errors.New("context canceled")
	case reconcile.Applied, reconcile.Unchanged, reconcile.Held:
	}
	return o
}
