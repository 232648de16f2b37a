package zonedir

import (
	"errors"
	"fmt"
	"iter"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// loadable returns an error that wraps ErrInvalid, with every reason, if a server would refuse to load a file of the zone. The rules about
// name servers are those of BIND, which keeps a zone from being served at all where its parent could not refer to it.
func loadable(zone *zonefile.Zone) error {
	if err := consistent(zone); err != nil {
		return fmt.Errorf("%w: %w", providers.ErrInvalid, err)
	}
	var errs []error
	for server := range serversWithin(zone) {
		if err := serverAddress(zone, server); err != nil {
			errs = append(errs, err)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("%w: %w", providers.ErrInvalid, err)
	}
	return nil
}

// consistent returns an error if the zone is not one that Fetch would read back.
func consistent(zone *zonefile.Zone) error {
	file := &zonefile.File{Zone: zone}
	file.Problems = zonefile.Check(file)
	err := file.Err()
	problems, ok := errors.AsType[*zonefile.ProblemsError](err)
	if !ok {
		return err
	}
	for _, p := range problems.Problems {
		if p.Rule == "cname-and-other-data" {
			return fmt.Errorf("name servers load no file with a CNAME beside other data, and lenient does not change that: "+
				"take out the CNAME, or the data beside it:\n%w", err)
		}
	}
	return fmt.Errorf("name servers load no such file, and lenient does not change that:\n%w", err)
}

// serversWithin yields the name servers of the apex that are in the zone.
func serversWithin(zone *zonefile.Zone) iter.Seq[zonefile.Name] {
	return func(yield func(zonefile.Name) bool) {
		ns, _ := zone.Get(zonefile.Key{Name: zone.Origin(), Type: zonefile.TypeNS})
		for rdata := range ns.RDATA() {
			server, _, err := zonefile.NameFromWire([]byte(rdata))
			if err == nil && server.In(zone.Origin()) && !yield(server) {
				return
			}
		}
	}
}

// serverAddress returns an error if a name server in the zone has no address, or is an alias (RFC 2181 §10.3). One below a zone cut has its
// address in the zone below.
func serverAddress(zone *zonefile.Zone, server zonefile.Name) error {
	for name := server; name != zone.Origin(); {
		if zone.Has(zonefile.Key{Name: name, Type: zonefile.TypeNS}) {
			return nil
		}
		name = name.Parent()
		if zone.Has(zonefile.Key{Name: name, Type: zonefile.TypeDNAME}) {
			return fmt.Errorf("the name server %s of the zone is below the DNAME at %s: "+
				"name another one in the NS at the apex, or take out the DNAME", server, name)
		}
	}
	owner := server
	if !zone.HasName(server) {
		owner = wildcard(zone, server)
	}
	has := func(t zonefile.Type) bool { return zone.Has(zonefile.Key{Name: owner, Type: t}) }
	switch {
	case has(zonefile.TypeA), has(zonefile.TypeAAAA):
		return nil
	case has(zonefile.TypeCNAME):
		return fmt.Errorf("the name server %s of the zone is an alias, by the CNAME at %s (RFC 2181 §10.3): "+
			"put A or AAAA records there, or name another one in the NS at the apex", server, owner)
	}
	return fmt.Errorf("the name server %s of the zone is in the zone, and has no address there: "+
		"add A or AAAA records at that name, or name another one in the NS at the apex", server)
}

// wildcard returns the wildcard that stands for a name that is not in the zone (RFC 4592 §3.3.1), which need not be there.
func wildcard(zone *zonefile.Zone, name zonefile.Name) zonefile.Name {
	encloser := name.Parent()
	for encloser != zone.Origin() && !zone.HasName(encloser) {
		encloser = encloser.Parent()
	}
	w, _ := zonefile.ParseName("*", encloser) // no longer than name, so it cannot be too long
	return w
}
