package memory

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// The values that a zone begins with.
const (
	unsigned    = "off"
	unpublished = "unpublished"
)

// algorithms returns the numbers of the algorithms that a zone can be signed with (RFC 8624 §3.1).
func algorithms() map[string]uint8 {
	return map[string]uint8{"RSASHA256": 8, "ECDSAP256SHA256": 13, "ED25519": 15}
}

func signingProperties() []Property {
	oneOf := func(values ...string) func(string) (string, error) {
		return func(value string) (string, error) {
			if !slices.Contains(values, value) {
				return "", errors.New("want one of " + strings.Join(values, ", "))
			}
			return value, nil
		}
	}
	return []Property{
		{
			Name: providers.PropertyDNSSEC, Initial: unsigned,
			Normalize: oneOf(append(slices.Sorted(maps.Keys(algorithms())), unsigned)...),
		},
		{Name: providers.PropertyDS, Initial: unpublished, Normalize: oneOf(unpublished, "published")},
	}
}

// signed returns the properties that a zone has after some of them were set: another key has another DS.
func (p *Provider) signed(was, is, set map[string]string) (map[string]string, error) {
	if !p.signs {
		return is, nil
	}
	if _, told := set[providers.PropertyDS]; !told && is[providers.PropertyDNSSEC] != was[providers.PropertyDNSSEC] {
		is[providers.PropertyDS] = unpublished
	}
	if is[providers.PropertyDNSSEC] == unsigned && is[providers.PropertyDS] != unpublished {
		return nil, fmt.Errorf("a zone that is not signed has no DS: %w", providers.ErrInvalid)
	}
	return is, nil
}

// Signing returns how a zone is signed. Its DS is made up.
func (s signer) Signing(ctx context.Context, origin zonefile.Name) (providers.Signing, error) {
	signing, err := call(&s.script, providers.OperationSigning, func(f Fault) (providers.Signing, error) { return s.signing(ctx, origin, f) })
	if err != nil {
		return providers.Signing{}, fmt.Errorf("signing of %s: %w", origin, err)
	}
	return signing, nil
}

func (p *Provider) signing(ctx context.Context, origin zonefile.Name, f Fault) (providers.Signing, error) {
	z, err := p.lookUp(ctx, origin)
	if err = cmp.Or(err, f.Err); err != nil {
		return providers.Signing{}, err
	}
	properties := z.seen(f).properties
	algorithm, signed := algorithms()[properties[providers.PropertyDNSSEC]]
	if !signed {
		return providers.Signing{Status: "disabled"}, nil
	}
	status := "active"
	if properties[providers.PropertyDS] == unpublished {
		status = "pending_ds"
	}
	return providers.Signing{
		Signed: true, Status: status, Algorithm: algorithm,
		DS: zonefile.MustParseRRset(origin.String()+" 3600 DS", fmt.Sprintf("12345 %d 2 %x", algorithm, sha256.Sum256([]byte(z.id)))),
	}, nil
}
