package powerdns

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/internal/rest"
	"github.com/zoneward/zoneward/zonefile"
)

// The SOA of a zone whose spec has none: PowerDNS's own timers, in seconds.
const (
	defaultTTL     = 3600
	defaultRefresh = 10800
	defaultRetry   = 3600
	defaultExpire  = 604800
	defaultMinimum = 3600
)

// createdKind reads the kind of a zone that is created. PowerDNS itself takes any other word for Native.
func createdKind(text string) (string, error) {
	switch strings.ToLower(text) {
	case "", "native":
		return "Native", nil
	case "master", "primary":
		return "Master", nil
	case "producer":
		return "Producer", nil
	}
	return "", fmt.Errorf("%w: kind %q: a zone is created as Native, Master or Producer", providers.ErrUnsupported, text)
}

// CreateZone implements [providers.ZoneCreator]. The serial is that of the API's soa_edit_api DEFAULT, which the zone then has unless the settings
// of spec have another. Where spec has NS and no SOA, the zone gets an SOA with the first of them, hostmaster and the origin, and the
// timers that are PowerDNS's defaults. Where it has neither, the server makes the SOA, from its default-soa-content, and there
// are no NS.
//
// Settings take further requests. Those that fail do not keep the others from being made; the error wraps ErrPartial and names all that the zone,
// which is there then, lacks.
func (p *Provider) CreateZone(ctx context.Context, spec providers.ZoneSpec) error {
	if err := p.create(ctx, spec); err != nil {
		return fmt.Errorf("create %s: %w", spec.Origin, err)
	}
	return nil
}

func (p *Provider) create(ctx context.Context, spec providers.ZoneSpec) error {
	z, err := p.newZone(spec)
	if err != nil {
		return err
	}
	s, err := decodeSettings(spec.Settings)
	if err != nil {
		return err
	}
	end, err := p.turn(ctx)
	if err != nil {
		return err
	}
	defer end()
	if len(spec.Settings) == 0 {
		return createError(p.client.create(ctx, z))
	}
	s.configure(&z)
	if err := createError(p.client.create(ctx, z)); err != nil {
		return err
	}
	return configure(ctx, p.settingSteps(spec.Origin, s, z.RRsets))
}

// configure takes all steps, and returns an error that says which of them failed. After one that got no answer in time the others are not tried.
func configure(ctx context.Context, steps []settingStep) error {
	var lacks []string
	late := false
	for _, step := range steps {
		if late {
			lacks = append(lacks, step.of)
			continue
		}
		if err := step.do(ctx); err != nil {
			// In words: the kind is ErrPartial, and an error has one kind only.
			lacks = append(lacks, step.of+": "+strings.ReplaceAll(err.Error(), "\n", "; "))
			late = errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
		}
	}
	if len(lacks) == 0 {
		return nil
	}
	err := fmt.Errorf("%w: the zone is made, and lacks %s", providers.ErrPartial, strings.Join(lacks, "; "))
	if ctx.Err() != nil {
		err = errors.Join(err, ctx.Err())
	}
	return err
}

// settingStep is a request that gives a new zone some of its settings.
type settingStep struct {
	of string
	do func(context.Context) error
}

// settingSteps returns the requests for the settings that a zone cannot be created with.
func (p *Provider) settingSteps(origin zonefile.Name, s settings, made []rrset) []settingStep {
	var steps []settingStep
	for _, keys := range []tsig{{Master: s.MasterTSIG}, {Slave: s.SlaveTSIG}} {
		if all := slices.Concat(keys.Master, keys.Slave); len(all) > 0 {
			steps = append(steps, settingStep{"the TSIG keys " + strings.Join(all, " "), func(ctx context.Context) error {
				return p.client.configure(ctx, origin, keys)
			}})
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(s.Metadata)) {
		steps = append(steps, settingStep{"the metadata " + kind, func(ctx context.Context) error {
			return p.client.setMetadata(ctx, origin, metadata{kind, s.Metadata[kind]})
		}})
	}
	for _, part := range s.parts(made) {
		steps = append(steps, settingStep{"what is disabled, or said in comments, at " + someOf(part.sets), func(ctx context.Context) error { return p.addExtra(ctx, origin, part) }})
	}
	return steps
}

// addExtra adds disabled records and comments to a new zone. If they are refused together, each RRset is sent by itself.
func (p *Provider) addExtra(ctx context.Context, origin zonefile.Name, all part) error {
	_, err := p.client.patch(ctx, origin, all.body(rrset{}))
	if e, ok := errors.AsType[*rest.Error](err); !ok || e.Status != http.StatusUnprocessableEntity || len(all.sets) == 1 {
		return err
	}
	var refused []error
	for _, set := range all.sets {
		if _, err := p.client.patch(ctx, origin, part{sets: []wireSet{set}}.body(rrset{})); err != nil {
			refused = append(refused, fmt.Errorf("%s: %w", set.of, err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(refused...)
}

// someOf names the first of some RRsets.
func someOf(sets []wireSet) string {
	const most = 5
	var names []string
	for _, set := range sets[:min(most, len(sets))] {
		names = append(names, set.of)
	}
	if more := len(sets) - most; more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", ")
}

func (p *Provider) newZone(spec providers.ZoneSpec) (newZone, error) {
	kind := p.kind
	if spec.Kind != "" {
		var err error
		if kind, err = createdKind(spec.Kind); err != nil {
			return newZone{}, err
		}
	}
	apex, err := apexOf(spec)
	if err != nil {
		return newZone{}, err
	}
	z := newZone{Name: nameText(spec.Origin), Kind: kind, Nameservers: []string{}, RRsets: []rrset{}}
	for _, set := range apex {
		if err := holds(set); err != nil {
			return newZone{}, fmt.Errorf("%s: %w", set.Key, err)
		}
		r, err := toAPI(set.Key, set, zonefile.RRset{})
		if err != nil {
			return newZone{}, err
		}
		r.Change = ""
		z.RRsets = append(z.RRsets, r)
	}
	return z, nil
}

// apexOf returns the RRsets that a zone begins with.
func apexOf(spec providers.ZoneSpec) ([]zonefile.RRset, error) {
	var soa, ns zonefile.RRset
	for _, set := range spec.Apex {
		switch set.Key {
		case zonefile.Key{Name: spec.Origin, Type: zonefile.TypeSOA}:
			soa = set
		case zonefile.Key{Name: spec.Origin, Type: zonefile.TypeNS}:
			ns = set
		default:
			return nil, fmt.Errorf("%w: %s is neither the SOA nor the NS of its apex", providers.ErrInvalid, set.Key)
		}
	}
	switch {
	case ns.IsZero() && soa.IsZero():
		return nil, nil
	case ns.IsZero():
		return []zonefile.RRset{soa}, nil
	case soa.IsZero():
		var err error
		if soa, err = defaultSOA(ns); err != nil {
			return nil, err
		}
	}
	return []zonefile.RRset{soa, ns}, nil
}

// defaultSOA returns an SOA for a zone with such NS.
func defaultSOA(ns zonefile.RRset) (zonefile.RRset, error) {
	origin := ns.Key.Name
	soa := zonefile.SOA{Serial: 1, Refresh: defaultRefresh, Retry: defaultRetry, Expire: defaultExpire, Minimum: defaultMinimum}
	for rdata := range ns.RDATA() {
		var err error
		if soa.MName, _, err = zonefile.NameFromWire([]byte(rdata)); err != nil {
			return zonefile.RRset{}, err
		}
		break
	}
	var err error
	if soa.RName, err = zonefile.ParseName("hostmaster", origin); err != nil {
		return zonefile.RRset{}, fmt.Errorf("%w: the zone needs an SOA: %w", providers.ErrInvalid, err)
	}
	return soa.RRset(origin, defaultTTL), nil
}

// createError gives an error of a creation its kind.
func createError(err error) error {
	e, ok := errors.AsType[*rest.Error](err)
	switch {
	case ok && e.Status == http.StatusConflict:
		return fmt.Errorf("%w: it is there already", providers.ErrConflict)
	case ok && e.Status == http.StatusUnprocessableEntity:
		return fmt.Errorf("%w: it says %q", providers.ErrInvalid, serverText(e))
	}
	return err
}
