package main

import (
	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
)

// The JSON form of how what domains have beside their zones was found, version 1.
type (
	statusJSON struct {
		Version   int                  `json:"version"`
		Resources []resourceStatusJSON `json:"resources"`
		Zones     []zoneStatusJSON     `json:"zones"` // with something to say beside their resources
		Alerts    []problemJSON        `json:"alerts"`
	}
	resourceStatusJSON struct {
		Domain   string                  `json:"domain"`
		Provider string                  `json:"provider"`
		Kind     providers.ResourceKind  `json:"kind"`
		Name     string                  `json:"name"`
		Phase    providers.ResourcePhase `json:"phase"`
		State    string                  `json:"state"`
		Reason   string                  `json:"reason"`
		Observed []observedJSON          `json:"observed"`
		Checked  *checkedJSON            `json:"checked"` // null if its provider was not asked to look at it
	}
	observedJSON struct {
		Name  string   `json:"name"`
		Text  string   `json:"text"`
		Value *float64 `json:"value"` // the same as a number, null if it is none
		Alert string   `json:"alert"` // why a person should look at it
	}
	checkedJSON struct {
		Phase providers.ResourcePhase `json:"phase"` // as they were before
		State string                  `json:"state"`
		Error *string                 `json:"error"` // why the provider did not look
	}
	zoneStatusJSON struct {
		Zone     string         `json:"zone"`
		Target   string         `json:"target"`
		State    *stateJSON     `json:"state"`
		Deferred []deferredJSON `json:"deferred"` // what has to wait
		Holds    []holdJSON     `json:"holds"`
		Error    *string        `json:"error"`
	}
)

func (s domainsStatus) document() statusJSON {
	doc := statusJSON{Version: 1, Resources: make([]resourceStatusJSON, len(s.resources)), Zones: make([]zoneStatusJSON, len(s.zones)), Alerts: problemsDocument(s.alerts())}
	for i, r := range s.resources {
		doc.Resources[i] = r.document()
	}
	for i, z := range s.zones {
		zone := zoneStatusJSON{
			Zone: z.Zone.String(), Target: z.Target, State: stateDocument(z.State), Deferred: make([]deferredJSON, len(z.Deferred)),
			Holds: make([]holdJSON, len(z.Holds)), Error: textOf(z.Err),
		}
		for j, d := range z.Deferred {
			zone.Deferred[j] = deferredJSON{subjects([]reconcile.Change{d.Change})[0], d.For, timeOf(d.Until)}
		}
		for j, hold := range z.Holds {
			zone.Holds[j] = holdJSON(hold)
		}
		doc.Zones[i] = zone
	}
	return doc
}

func (r resourceStatus) document() resourceStatusJSON {
	doc := resourceStatusJSON{
		Domain: r.Zone.String(), Provider: r.Target, Kind: r.Kind, Name: r.Name.String(),
		Phase: r.Status.Phase, State: r.Status.State, Reason: r.Status.Reason, Observed: make([]observedJSON, len(r.Observed)),
	}
	for i, o := range r.Observed {
		doc.Observed[i] = observedJSON{Name: o.Name, Text: o.Text, Alert: o.Alert}
		if o.Metric {
			doc.Observed[i].Value = &o.Value
		}
	}
	if r.checked {
		doc.Checked = &checkedJSON{r.before.Phase, r.before.State, textOf(r.checkErr)}
	}
	return doc
}
