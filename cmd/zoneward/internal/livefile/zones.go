package livefile

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// zoneReader is a provider of zones as it answered when the file was made.
type zoneReader struct {
	file      *File
	provider  *provider
	normalize func(zonefile.RRset) (zonefile.RRset, error)
	keeps     bool
	err       error // why there is no provider
}

// Zones returns a provider of zones as it was when the file was made. System is that of reconcile.Target: if the file does not have that provider, every answer is an
// error. Normalize is that of the real one, which asks nobody. Keeps says that it may keep zones that it removed: a zone that it does not list can be among them.
func (f *File) Zones(name, system string, normalize func(zonefile.RRset) (zonefile.RRset, error), keeps bool) providers.ZoneReader {
	p, err := f.provider(name, system, false)
	return zoneReader{f, p, normalize, keeps, err}
}

// Zones implements [providers.ZoneReader].
func (z zoneReader) Zones(ctx context.Context) ([]providers.ZoneInfo, error) {
	if err := cmp.Or(ctx.Err(), z.err); err != nil {
		return nil, err
	}
	if z.provider.ListError != nil {
		return nil, z.provider.listError()
	}
	return slices.Clone(z.provider.listed), nil
}

// listError is nil if the provider listed its zones.
func (p *provider) listError() error {
	answer, err := p.ListError.decode()
	if err != nil {
		return err
	}
	return answer
}

// Fetch implements [providers.ZoneReader]. A zone that nobody asked for is not there if the provider lists those that it has, and this one is not among them.
func (z zoneReader) Fetch(ctx context.Context, origin zonefile.Name) (*providers.Snapshot, error) {
	if err := cmp.Or(ctx.Err(), z.err); err != nil {
		return nil, err
	}
	if answer, ok := z.provider.zones[origin]; ok {
		return answer.snapshot, answer.err
	}
	listed := slices.ContainsFunc(z.provider.listed, func(info providers.ZoneInfo) bool { return info.Origin == origin })
	if z.keeps || listed || z.provider.ListError != nil {
		return nil, z.file.missing("what is live of the zone " + origin.String())
	}
	return nil, fmt.Errorf("fetch %s: %w", origin, providers.ErrNoZone)
}

// Normalize implements [providers.ZoneReader].
func (z zoneReader) Normalize(set zonefile.RRset) (zonefile.RRset, error) { return z.normalize(set) }

// signer says how a provider signed zones when the file was made.
type signer struct {
	file     *File
	provider *provider
	err      error // why there is no provider
}

// Signer returns how a provider of zones signed them when the file was made, see Zones.
func (f *File) Signer(name, system string) providers.Signer {
	p, err := f.provider(name, system, false)
	return signer{f, p, err}
}

// Signing implements [providers.Signer].
func (s signer) Signing(ctx context.Context, origin zonefile.Name) (providers.Signing, error) {
	if err := cmp.Or(ctx.Err(), s.err); err != nil {
		return providers.Signing{}, err
	}
	answer, ok := s.provider.zones[origin]
	switch {
	case ok && answer.unsigned != nil:
		return providers.Signing{}, answer.unsigned
	case !ok || answer.signing == nil:
		return providers.Signing{}, s.file.missing("how " + origin.String() + " is signed")
	}
	return *answer.signing, nil
}

// prober is what a file has of name servers.
type prober struct{ file *File }

// Prober returns what parent zones had when the file was made. It asks no name server: what a plan wants to know of one is not known.
func (f *File) Prober() reconcile.Prober { return prober{f} }

// Probe implements [reconcile.Prober].
func (p prober) Probe(context.Context, zonefile.Name, []zonefile.Name, *zonefile.Zone, []zonefile.Key) ([]reconcile.Probe, error) {
	return nil, p.file.missing("what name servers answer")
}

// Parent implements [reconcile.Prober].
func (p prober) Parent(_ context.Context, origin zonefile.Name) (reconcile.ParentView, error) {
	view, ok := p.file.parents[origin]
	if !ok {
		return reconcile.ParentView{}, p.file.missing("what the parent zone has of " + origin.String())
	}
	return view, nil
}

func (l *parentLine) view() (reconcile.ParentView, error) {
	ns, err := l.NS.rrset()
	if err != nil {
		return reconcile.ParentView{}, err
	}
	ds, err := l.DS.rrset()
	return reconcile.ParentView{NS: ns, DS: ds, NegativeTTL: l.NegativeTTL}, err
}
