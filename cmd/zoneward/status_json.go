package main

import "github.com/zoneward/zoneward/cmd/zoneward/internal/document"

func (s domainsStatus) document() document.Domains {
	doc := document.Domains{
		Version: document.Version, Resources: make([]document.ResourceStatus, len(s.resources)), Zones: make([]document.BlockedZone, len(s.zones)),
		Alerts: document.OfProblems(s.alerts()),
	}
	for i, r := range s.resources {
		doc.Resources[i] = r.document()
	}
	for i, z := range s.zones {
		doc.Zones[i] = document.BlockedZone{
			Zone: z.Zone.String(), Target: z.Target, State: document.OfState(z.State), Deferred: document.OfDeferred(z.Deferred), Holds: document.OfHolds(z.Holds),
			Error: document.OfError(z.Err),
		}
	}
	return doc
}

func (r resourceStatus) document() document.ResourceStatus {
	doc := document.ResourceStatus{
		Domain: r.Zone.String(), Provider: r.Target, Kind: r.Kind, Name: r.Name.String(),
		Phase: r.Status.Phase, State: r.Status.State, Reason: r.Status.Reason, Observed: make([]document.Observation, len(r.Observed)),
	}
	for i, o := range r.Observed {
		doc.Observed[i] = document.Observation{Name: o.Name, Text: o.Text, Alert: o.Alert}
		if o.Metric {
			doc.Observed[i].Value = &o.Value
		}
	}
	if r.checked {
		doc.Checked = &document.Checked{Phase: r.before.Phase, State: r.before.State, Error: document.OfError(r.checkErr)}
	}
	return doc
}
