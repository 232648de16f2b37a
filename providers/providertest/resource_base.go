package providertest

import (
	"testing"

	"github.com/zoneward/zoneward/providers"
)

// testResourceBase has calls be about nothing, or about two resources at once.
func testResourceBase(t *testing.T, s *resources) {
	c := s.Cases[0]
	now := s.begin(t, c.Resource)
	base := now.ResourceSnapshot
	var ours providers.Resource
	var fields []string
	for _, declared := range c.declarations() {
		if normal := s.normalize(t, declared); len(fields) == 0 {
			ours, fields = normal, s.changes(now, normal)
		}
	}
	otherKind, otherName := ours, ours
	otherName.Name = s.Absent.Name
	if otherKind.Kind = providers.Mail; s.typ.Kind == providers.Mail {
		otherKind.Kind = providers.App
	}
	for _, call := range []struct {
		name string
		do   func() error
	}{
		{"UpdateResource without a base", func() error { return s.Provider.UpdateResource(timeout(t), nil, ours, fields) }},
		{"UpdateResource to another kind", func() error { return s.Provider.UpdateResource(timeout(t), base, otherKind, fields) }},
		{"UpdateResource to another name", func() error { return s.Provider.UpdateResource(timeout(t), base, otherName, fields) }},
		{"RemoveResource without a base", func() error { return s.Provider.RemoveResource(timeout(t), nil) }},
		{"CheckResource without a base", func() error {
			checker, ok := providers.AsResource[providers.ResourceChecker](s.Provider)
			if !ok {
				return providers.ErrUnsupported
			}
			return checker.CheckResource(timeout(t), nil)
		}},
		{"FetchResource of another kind", func() error {
			_, err := s.Provider.FetchResource(timeout(t), otherKind)
			return err
		}},
	} {
		t.Run(call.name, func(t *testing.T) {
			defer func() {
				if v := recover(); v != nil {
					t.Errorf("%s: panic: %v", call.name, v)
				}
			}()
			wraps(t, call.name, call.do(), providers.ErrInvalid, providers.ErrUnsupported)
		})
		s.sameResource(t, base)
	}
}
