package scaidns_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/providertest/httpfault"
	"github.com/zoneward/zoneward/providers/scaidns"
	"github.com/zoneward/zoneward/providers/scaidns/scaidnstest"
	"github.com/zoneward/zoneward/zonefile"
)

// A zone that waits for its validation is served once ScaiDNS has found the record, and not before.
func TestProveZone(t *testing.T) {
	t.Parallel()
	h := newHouse(t, variant{validate: true})
	if err := h.p.CreateZone(t.Context(), providers.ZoneSpec{Origin: origin}); err != nil {
		t.Fatal(err)
	}
	prover, ok := providers.As[providers.ZoneProver](h.p)
	if !ok {
		t.Fatal("the provider looks for no proof")
	}
	if err := prover.ProveZone(t.Context(), origin); err != nil {
		t.Fatal(err)
	}
	_, err := h.p.Fetch(t.Context(), origin)
	wants(t, err, providers.ErrBlocked, "pending_validation")
	h.PublishChallenge(t, h.idOf(t, origin))
	if err := prover.ProveZone(t.Context(), origin); err != nil {
		t.Fatal(err)
	}
	if _, err := h.p.Fetch(t.Context(), origin); err != nil {
		t.Errorf("after the proof: %v", err)
	}
	err = prover.ProveZone(t.Context(), zonefile.MustParseName("nobody.example."))
	wants(t, err, providers.ErrNoZone, "nobody.example.")
}

// A new zone waits for its validation, and says for which record.
func TestPending(t *testing.T) {
	t.Parallel()
	h := newHouse(t, variant{validate: true})
	spec := providers.ZoneSpec{Origin: origin, Properties: map[string]string{"settings": `{"a":1}`, "dnssec": "ED25519"}}
	if err := h.p.CreateZone(t.Context(), spec); err != nil {
		t.Fatal(err)
	}
	id := h.idOf(t, origin)
	path := "/api/v1/domains/" + id + "/validation"
	_, err := h.p.Fetch(t.Context(), origin)
	state, ok := errors.AsType[*providers.StateError](err)
	if !ok {
		t.Fatalf("got %v, want a StateError", err)
	}
	wants(t, err, providers.ErrBlocked, "_scaidns-verify.zone.example. TXT", "pending_validation")
	diff(t, "outputs", 1, len(state.Outputs))
	output := state.Outputs[0]
	diff(t, "name", "validation", output.Name)
	diff(t, "key", "_scaidns-verify.zone.example. TXT", output.RRset.Key.String())
	var v struct {
		Record struct{ Value string } `json:"dns_record"`
	}
	call(t, h, "GET", path, nil, &v)
	diff(t, "text", []string{fmt.Sprintf("%q", v.Record.Value)}, output.RRset.Text())
	if output.Until.IsZero() {
		t.Error("the record is wanted for ever")
	}

	for _, tt := range []struct {
		name, body, text string
		outputs          int
	}{
		{"none", `null`, "begin its validation", 0},
		{"expired", `{"status":"expired","dns_record":{"name":"_scaidns-verify.zone.example","type":"TXT","value":"x"}}`, "begin its validation", 0},
		{"by name servers", `{"status":"pending","validation_type":"nameservers"}`, "name servers", 0},
		{"failed", `{"status":"failed","dns_record":{"name":"_scaidns-verify.zone.example.","type":"TXT","value":"\"x\""}}`, "publish the record", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			defer h.Faults.Add(httpfault.Rule{Pattern: "GET /api/v1/domains/{zone}/validation", Fault: answer(200, tt.body)}).Lift()
			_, err := h.p.Fetch(t.Context(), origin)
			wants(t, err, providers.ErrBlocked, tt.text)
			state, _ := errors.AsType[*providers.StateError](err)
			diff(t, "outputs", tt.outputs, len(state.Outputs))
		})
	}
	h.FinishValidation(t, id)
	diff(t, "settings", `{"a":1}`, h.fetch(t).Properties["settings"])
}

// Where ScaiDNS does not begin the validation of a new zone by itself, that is done.
func TestBeginValidation(t *testing.T) {
	t.Parallel()
	h := newHouse(t, variant{validate: true})
	const path = "/api/v1/domains/{zone}/validation"
	rule := h.Faults.Add(httpfault.Rule{Pattern: "GET " + path, Fault: answer(200, "null")})
	if err := h.p.CreateZone(t.Context(), providers.ZoneSpec{Origin: origin}); err != nil {
		t.Fatal(err)
	}
	diff(t, "validations", 1, h.Faults.Log().Count("POST "+path))
	rule.Lift()
	if err := h.p.CreateZone(t.Context(), providers.ZoneSpec{Origin: zonefile.MustParseName("other.example.")}); err != nil {
		t.Fatal(err)
	}
	diff(t, "validations", 1, h.Faults.Log().Count("POST "+path))

	h.Faults.Add(httpfault.Rule{Pattern: "GET " + path, Fault: answer(403, `{"detail":"Permission denied: domains:read"}`)})
	err := h.p.CreateZone(t.Context(), providers.ZoneSpec{Origin: zonefile.MustParseName("third.example.")})
	wants(t, err, providers.ErrPartial, "its validation was not begun", "domains:read")
}

func TestUnknownStatus(t *testing.T) {
	t.Parallel()
	h := newHouse(t, variant{})
	h.Faults.Add(httpfault.Rule{Pattern: list, Fault: listed(pageJSON(1, 1, 1, zoneJSON("1", "zone.example", "primary", "frozen")))})
	_, err := h.p.Fetch(t.Context(), origin)
	wants(t, err, providers.ErrBlocked, "frozen", "not known here")
}

// What ScaiDNS keeps is restored, if it is clear which zone that is.
func TestRestore(t *testing.T) {
	t.Parallel()
	kept := func(ids ...string) httpfault.Fault {
		var zones []string
		for _, id := range ids {
			zones = append(zones, zoneJSON(id, "zone.example", "primary", "deleted"))
		}
		return listed(pageJSON(1, len(zones), 1, zones...))
	}
	for _, tt := range []struct {
		name   string
		kept   []string // ids, "" for the one that there is
		export string
		kind   error
		text   string
	}{
		{"the only one", []string{""}, "another", nil, ""},
		{"the one of two", []string{"other", ""}, "", nil, ""},
		{"none of two", []string{"other", "third"}, "another", providers.ErrBlocked, "other, third"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHouse(t, variant{})
			id := h.AddZone(t, scaidnstest.Zone{Name: origin.String(), Status: scaidnstest.Deleted})
			for i := range tt.kept {
				if tt.kept[i] == "" {
					tt.kept[i] = id
				}
			}
			if tt.export == "" {
				tt.export = id
			}
			rule := h.Faults.Add(httpfault.Rule{Pattern: list, Fault: kept(tt.kept...)})
			err := h.p.CreateZone(t.Context(), providers.ZoneSpec{Origin: origin, Export: map[string]string{"id": tt.export}})
			rule.Lift()
			if tt.kind != nil {
				wants(t, err, tt.kind, tt.text)
			} else if err != nil {
				t.Fatal(err)
			} else {
				h.fetch(t)
			}
		})
	}
	t.Run("a secondary one", func(t *testing.T) {
		h := newHouse(t, variant{})
		h.Faults.Add(httpfault.Rule{Pattern: list, Fault: listed(pageJSON(1, 1, 1, zoneJSON("1", "zone.example", "secondary", "deleted")))})
		wants(t, h.p.CreateZone(t.Context(), providers.ZoneSpec{Origin: origin}), providers.ErrBlocked, `"secondary"`)
	})
	t.Run("refused", func(t *testing.T) {
		h := newHouse(t, variant{fake: scaidnstest.Options{RestorePending: scaidnstest.RestoreRefused}, validate: true})
		if err := h.p.CreateZone(t.Context(), providers.ZoneSpec{Origin: origin}); err != nil {
			t.Fatal(err)
		}
		call(t, h, "DELETE", "/api/v1/domains/"+h.idOf(t, origin), nil, nil)
		wants(t, h.p.CreateZone(t.Context(), providers.ZoneSpec{Origin: origin}), providers.ErrBlocked, "never validated")
	})
}

// A name that is taken is looked for among all zones.
func TestTaken(t *testing.T) {
	t.Parallel()
	h := newHouse(t, variant{})
	h.AddZone(t, scaidnstest.Zone{Name: origin.String(), Tenant: "other"})
	err := h.p.CreateZone(t.Context(), providers.ZoneSpec{Origin: origin})
	wants(t, err, providers.ErrBlocked, "Domain already exists", "this key does not see")

	// Made by somebody else in the meantime, or with a name that the search does not find.
	mine := zonefile.MustParseName("mine.example.")
	h.AddZone(t, scaidnstest.Zone{Name: mine.String()})
	h.Faults.Add(httpfault.Rule{Pattern: list, Times: 1, Fault: listed(pageJSON(1, 0, 0))})
	wants(t, h.p.CreateZone(t.Context(), providers.ZoneSpec{Origin: mine}), providers.ErrConflict, "there already")
}

// What a zone cannot be made with is said, and the zone is there.
func TestCreatedInPart(t *testing.T) {
	t.Parallel()
	h := newHouse(t, variant{options: scaidns.Options{ManageApexNS: true}, fake: scaidnstest.Options{SystemRecords: scaidnstest.NoApexWritable}})
	for _, tt := range []struct {
		name string
		spec providers.ZoneSpec
		text string
	}{
		{"NS", providers.ZoneSpec{Apex: []zonefile.RRset{set("ns.example. 300 NS", "ns.example.")}}, "with the NS that ScaiDNS makes"},
		{"keys", providers.ZoneSpec{Export: map[string]string{"id": "1", "dnssec": `{"enabled":true,"status":"active"}`}}, "take its DS out of the parent zone"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.spec.Origin = zonefile.MustParseName(tt.name + ".example.")
			wants(t, h.p.CreateZone(t.Context(), tt.spec), providers.ErrPartial, "the zone is made", tt.text)
			if _, err := h.p.Fetch(t.Context(), tt.spec.Origin); err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("settings", func(t *testing.T) {
		h.Faults.Add(httpfault.Rule{Pattern: "PATCH /", Fault: answer(403, `{"detail":"Permission denied: domains:update"}`)})
		err := h.p.CreateZone(t.Context(), providers.ZoneSpec{Origin: zonefile.MustParseName("settings.example."), Properties: map[string]string{"settings": `{"a":1}`}})
		wants(t, err, providers.ErrPartial, "domains:update")
	})
	t.Run("another name", func(t *testing.T) {
		err := h.p.CreateZone(t.Context(), providers.ZoneSpec{Origin: origin, Apex: []zonefile.RRset{set("www.zone.example. 300 A", "192.0.2.1")}})
		wants(t, err, providers.ErrInvalid, "www.zone.example. A")
	})
}

// An answer to a creation or a restore that is not about the zone does not say what became of it.
func TestCreatedAnother(t *testing.T) {
	t.Parallel()
	fresh, kept := newHouse(t, variant{}), newHouse(t, variant{})
	kept.AddZone(t, scaidnstest.Zone{Name: origin.String(), Status: scaidnstest.Deleted})
	for _, tt := range []struct{ name, body string }{
		{"another name", zoneJSON("1", "other.example", "primary", "active")},
		{"without an id", `{"name":"zone.example","status":"active"}`},
		{"without a status", `{"id":"1","name":"zone.example"}`},
		{"nothing", `{}`},
		{"null", `null`},
		{"still deleted", zoneJSON("1", "zone.example", "primary", "deleted")},
	} {
		for pattern, h := range map[string]*house{"POST /api/v1/domains/{$}": fresh, "POST /api/v1/domains/{zone}/restore": kept} {
			t.Run(tt.name+"/"+pattern, func(t *testing.T) {
				rule := h.Faults.Add(httpfault.Rule{Pattern: pattern, Fault: answer(200, tt.body)})
				defer rule.Lift()
				wants(t, h.p.CreateZone(t.Context(), providers.ZoneSpec{Origin: origin}), nil, "the answer is not about this zone")
				if rule.Hits() != 1 {
					t.Errorf("it was asked %d times", rule.Hits())
				}
			})
		}
	}
}

// Where what is kept is found only if that is asked for, it is.
func TestAskForDeleted(t *testing.T) {
	t.Parallel()
	for _, fake := range []scaidnstest.Options{{}, {AskForDeleted: true}, {AskForDeleted: true, HideDeleted: true}} {
		h := start(t, variant{fake: fake, options: scaidns.Options{AllowHardDelete: true}})
		export, err := h.p.ExportZone(t.Context(), origin)
		if err != nil {
			t.Fatal(err)
		}
		remove := func() {
			if err := h.p.RemoveZone(t.Context(), h.fetch(t)); err != nil {
				t.Fatal(err)
			}
		}
		remove()
		if err := h.p.CreateZone(t.Context(), providers.ZoneSpec{Origin: origin, Export: export}); err != nil {
			t.Fatal(err)
		}
		remove()
		if err := h.p.PurgeZone(t.Context(), origin, export); err != nil {
			t.Fatal(err)
		}
		if err := h.p.PurgeZone(t.Context(), origin, export); err != nil {
			t.Errorf("of what is gone: %v", err)
		}
	}
}

// A zone that is there is not removed for good, also if it was brought back a moment ago.
func TestPurgeRestored(t *testing.T) {
	t.Parallel()
	for _, before := range []bool{true, false} {
		t.Run(fmt.Sprint(before), func(t *testing.T) {
			h := newHouse(t, variant{options: scaidns.Options{AllowHardDelete: true}})
			id := h.AddZone(t, scaidnstest.Zone{Name: origin.String(), Status: scaidnstest.Deleted})
			if before {
				h.SetStatus(t, id, scaidnstest.Active)
			} else {
				h.Faults.Add(httpfault.Rule{Pattern: "GET /api/v1/domains/{zone}", Fault: httpfault.Call(func(*http.Request) { h.SetStatus(t, id, scaidnstest.Active) })})
			}
			wants(t, h.p.PurgeZone(t.Context(), origin, map[string]string{"id": id}), providers.ErrConflict, "the zone is there")
			h.Faults.Lift()
			h.fetch(t)
		})
	}
}
