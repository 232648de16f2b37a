package storetest

import (
	"fmt"
	"time"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// The zones, targets and RRsets of the tests.
var (
	example = zonefile.MustParseName("example.com.")
	other   = zonefile.MustParseName("other.example.")

	onLive  = reconcile.Ref{Zone: example, Target: "live"}
	onOther = reconcile.Ref{Zone: example, Target: "other"}
	distant = reconcile.Ref{Zone: other, Target: "live"}

	www1  = zonefile.MustParseRRset("www.example.com. 300 A", "192.0.2.1", "192.0.2.2")
	www2  = zonefile.MustParseRRset("www.example.com. 60 A", "192.0.2.9")
	mail  = zonefile.MustParseRRset("mail.example.com. 300 A", "192.0.2.3")
	mail6 = zonefile.MustParseRRset("mail.example.com. 300 AAAA", "2001:db8::3")
	text  = zonefile.MustParseRRset("example.com. 3600 TXT", `"one"`, `"two"`)

	// zoneKey is the key of the whole zone.
	zoneKey = zonefile.Key{Name: example}
)

// at returns a time of the day on which the tests are, with as many digits as a store keeps.
func at(hour, minute int) time.Time {
	return time.Date(2026, 3, 4, hour, minute, 5, 123456000, time.UTC)
}

func digest(first byte) zonefile.Digest { return zonefile.Digest{first, 31: 255} }

func writer() reconcile.Writer {
	return reconcile.Writer{Actor: "ci", Commit: "c0ffee", Author: "Ann <ann@example.com>"}
}

// intent is one with changes for onLive.
func intent(changes ...reconcile.Change) reconcile.Intent {
	return reconcile.Intent{Ref: onLive, Writer: writer(), System: "sys", Plan: digest(1), Why: "apply", At: at(10, 0), Changes: changes}
}

// concluded is what became of an intent with changes that are live, or not.
func concluded(live ...bool) reconcile.Conclusion {
	c := reconcile.Conclusion{At: at(10, 30), Result: reconcile.NotDone, Live: live, Mark: "after"}
	n := 0
	for _, l := range live {
		if l {
			n++
		}
	}
	switch {
	case n == len(live):
		c.Result = reconcile.Done
	case n > 0:
		c.Result = reconcile.Partly
	}
	return c
}

func create(set zonefile.RRset) reconcile.Change {
	return reconcile.Change{
		Kind: reconcile.KindRRset, Action: reconcile.Create, Key: set.Key, New: &set, Cause: reconcile.CauseGit,
		Source: zonefile.Position{File: "zones/example.com.zone", Line: 12, Column: 3},
	}
}

func update(from, to zonefile.RRset) reconcile.Change {
	return reconcile.Change{Kind: reconcile.KindRRset, Action: reconcile.Update, Key: from.Key, Old: &from, New: &to, Cause: reconcile.CauseBoth}
}

func retire(set zonefile.RRset) reconcile.Change {
	return reconcile.Change{
		Kind: reconcile.KindRRset, Action: reconcile.Retire, Key: set.Key, Old: &set, Source: zonefile.Position{File: "zones/example.com.zone"},
	}
}

func restore(set zonefile.RRset, stone string) reconcile.Change {
	return reconcile.Change{Kind: reconcile.KindRRset, Action: reconcile.Restore, Key: set.Key, New: &set, Stone: stone}
}

func purge(set zonefile.RRset, stone string) reconcile.Change {
	return reconcile.Change{Kind: reconcile.KindRRset, Action: reconcile.Purge, Key: set.Key, Old: &set, Stone: stone}
}

func zoneChange(action reconcile.Action, stone string) reconcile.Change {
	return reconcile.Change{Kind: reconcile.KindZone, Action: action, Key: zoneKey, Stone: stone}
}

// stoneID returns the id of the n-th tombstone of a test. They begin alike, with the digits of n at the end.
func stoneID(n int) string { return fmt.Sprintf("%016x", 0x5707e00000000000+n) }

// stone is the tombstone of an RRset, as it is written.
func stone(n int, set zonefile.RRset) reconcile.Tombstone {
	return reconcile.Tombstone{
		ID: stoneID(n), Ref: onLive, Kind: reconcile.KindRRset, Key: set.Key, RRset: set, Writer: writer(), Plan: digest(1),
		BuriedAt: at(9, n), PurgeAt: at(9, n).AddDate(0, 1, 0), State: reconcile.Buried, StateAt: at(9, n), Hidden: n%2 == 1,
	}
}

// zoneStone is the tombstone of the zone.
func zoneStone(n int) reconcile.Tombstone {
	t := stone(n, zonefile.RRset{})
	t.Kind, t.Key = reconcile.KindZone, zoneKey
	t.Export = "$ORIGIN example.com.\nwww 300 A 192.0.2.1\n"
	t.Settings = map[string]string{"kind": "Native", "dnssec": "", "": "odd"}
	return t
}

func pin(set zonefile.RRset) reconcile.Pin {
	return reconcile.Pin{Ref: onLive, Key: set.Key, Stated: digest(7), Until: at(23, 0), Since: at(9, 0), Actor: "ann", Reason: "needed until noon"}
}

func suspension(scope reconcile.Scope, reason string) reconcile.Suspension {
	return reconcile.Suspension{Scope: scope, Reason: reason, Actor: "ann", Since: at(8, 0), Until: at(20, 0), File: digest(3)}
}
