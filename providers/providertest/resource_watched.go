package providertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// watched is a provider whose every answer is looked at.
type watched struct {
	providers.ResourceProvider
	t           *testing.T
	typ         providers.ResourceType
	unspeakable []string
}

// Unwrap returns the provider. What it does beside the contract is not looked at.
func (w *watched) Unwrap() providers.ResourceProvider { return w.ResourceProvider }

// FetchResource is that of the provider, looked at.
func (w *watched) FetchResource(ctx context.Context, what providers.Resource) (*providers.ResourceSnapshot, error) {
	w.t.Helper()
	snapshot, err := w.ResourceProvider.FetchResource(ctx, what)
	w.checkError("FetchResource", err)
	if err != nil {
		return nil, err
	}
	if snapshot == nil {
		return nil, errors.New("neither a snapshot nor an error")
	}
	w.checkSnapshot(snapshot)
	if snapshot.Name != what.Name {
		w.t.Errorf("FetchResource of %s returns %s", what, snapshot)
	}
	return snapshot, nil
}

// Resources is that of the provider, looked at.
func (w *watched) Resources(ctx context.Context, like providers.Resource) ([]*providers.ResourceSnapshot, error) {
	w.t.Helper()
	all, err := w.ResourceProvider.Resources(ctx, like)
	w.checkError("Resources", err)
	if err != nil {
		return nil, err
	}
	for _, snapshot := range all {
		w.checkSnapshot(snapshot)
	}
	if !slices.IsSortedFunc(all, func(a, b *providers.ResourceSnapshot) int { return a.Name.Compare(b.Name) }) {
		w.t.Error("Resources are not in order of their names")
	}
	return all, nil
}

// NormalizeResource is that of the provider, looked at.
func (w *watched) NormalizeResource(r providers.Resource) (providers.Resource, error) {
	w.t.Helper()
	normal, err := w.ResourceProvider.NormalizeResource(r)
	w.checkError("NormalizeResource", err)
	w.checkText("a resource", fmt.Sprintf("%+v %#v", normal, normal))
	return normal, err
}

// CreateResource is that of the provider, looked at.
func (w *watched) CreateResource(ctx context.Context, r providers.Resource) error {
	w.t.Helper()
	err := w.ResourceProvider.CreateResource(ctx, r)
	w.checkError("CreateResource", err)
	return err
}

// UpdateResource is that of the provider, looked at.
func (w *watched) UpdateResource(ctx context.Context, base *providers.ResourceSnapshot, r providers.Resource, fields []string) error {
	w.t.Helper()
	err := w.ResourceProvider.UpdateResource(ctx, base, r, fields)
	w.checkError("UpdateResource", err)
	return err
}

// RemoveResource is that of the provider, looked at.
func (w *watched) RemoveResource(ctx context.Context, base *providers.ResourceSnapshot) error {
	w.t.Helper()
	err := w.ResourceProvider.RemoveResource(ctx, base)
	w.checkError("RemoveResource", err)
	return err
}

// checkError checks that an error is of one kind at most, and that neither it nor what it wraps shows a secret.
func (w *watched) checkError(call string, err error) {
	w.t.Helper()
	if err == nil {
		return
	}
	oneKind(w.t, err)
	if state, ok := errors.AsType[*providers.StateError](err); ok && (state.State == "" || state.Needs == "") {
		w.t.Errorf("%s: the state is %q and needs %q, want both", call, state.State, state.Needs)
	}
	for e := range wrapped(err) {
		w.checkText("the error of "+call, fmt.Sprintf("%+v %#v", e, e))
	}
}

// wrapped returns an error and all that it wraps.
func wrapped(err error) func(yield func(error) bool) {
	return func(yield func(error) bool) {
		for left := []error{err}; len(left) > 0; left = left[1:] {
			if !yield(left[0]) {
				return
			}
			switch w := left[0].(type) { //nolint:errorlint // each of them comes in its turn
			case interface{ Unwrap() error }:
				if next := w.Unwrap(); next != nil {
					left = append(left, next)
				}
			case interface{ Unwrap() []error }:
				left = append(left, w.Unwrap()...)
			}
		}
	}
}

// checkSnapshot checks that a snapshot adds up with the type, and shows no secret.
func (w *watched) checkSnapshot(s *providers.ResourceSnapshot) {
	w.t.Helper()
	if s.Kind != w.typ.Kind || s.Name.IsZero() || s.ID == "" {
		w.t.Errorf("the snapshot is of the kind %q, with the name %q and the id %q; want %q, and both", s.Kind, s.Name, s.ID, w.typ.Kind)
	}
	if len(s.Secrets) > 0 {
		w.t.Errorf("the snapshot of %s has secrets", s)
	}
	for name, value := range s.Fields {
		spec, ok := w.typ.Field(name)
		switch {
		case !ok:
			w.t.Errorf("the snapshot of %s has a field %s, and the type has none", s, name)
		case spec.Rule == providers.WriteOnly:
			w.t.Errorf("the snapshot of %s has %s, which cannot be read", s, name)
		case spec.Set && value != providers.JoinSet(providers.SplitSet(value)):
			w.t.Errorf("%s of %s is %q, which is not in order", name, s, value)
		}
	}
	for name, holder := range s.Holders {
		if spec, _ := w.typ.Field(name); spec.Exclusive == "" || holder.IsZero() || holder == s.Name {
			w.t.Errorf("%s of %s is said to be that of %q", name, s, holder)
		}
	}
	w.checkStatus(s)
	w.checkOutputs(s)
	seen := map[string]bool{}
	for _, o := range s.Observed {
		if o.Name == "" || seen[o.Name] {
			w.t.Errorf("an observation of %s has the name %q, want another for each", s, o.Name)
		}
		seen[o.Name] = true
	}
	w.checkText("the snapshot", fmt.Sprintf("%+v %#v %q %+v", s, s.Fields, s.Outputs, s.Observed))
}

// checkStatus checks that a status says why a resource is not ready, and only then.
func (w *watched) checkStatus(s *providers.ResourceSnapshot) {
	w.t.Helper()
	switch s.Status.Phase {
	case providers.Ready:
		if s.Status.Reason != "" {
			w.t.Errorf("%s is ready, and has a reason not to be: %s", s, s.Status.Reason)
		}
	case providers.Pending, providers.Blocked:
		if s.Status.Reason == "" {
			w.t.Errorf("%s is %s, and does not say why", s, s.Status.Phase)
		}
	default:
		w.t.Errorf("%s is %q, which is no phase", s, s.Status.Phase)
	}
	if s.Status.State == "" {
		w.t.Errorf("the status of %s lacks the provider's word for it", s)
	}
}

// checkOutputs checks that outputs are among those of the type, and can be published.
func (w *watched) checkOutputs(s *providers.ResourceSnapshot) {
	w.t.Helper()
	seen := map[string]bool{}
	for _, output := range s.Outputs {
		if !slices.Contains(w.typ.Outputs, output.Name) || seen[output.Name] {
			w.t.Errorf("%s wants %q published, which the type does not name, or another output has for its name", s, output.Name)
		}
		seen[output.Name] = true
		set := output.RRset
		if set.IsZero() || set.Len() == 0 || set.Key.Name.IsZero() {
			w.t.Errorf("the output %s of %s is %q, want an RRset with a name", output.Name, s, set)
			continue
		}
		// With another origin: names have to be absolute.
		again, err := zonefile.ParseRRset(set.Key, set.TTL, zonefile.MustParseName("elsewhere.invalid."), set.Text()...)
		if err != nil || again != set {
			w.t.Errorf("the output %s of %s cannot be written in a zone file: %v\n%s", output.Name, s, err, set)
		}
	}
}

// checkText checks that a text shows no secret.
func (w *watched) checkText(what, text string) {
	w.t.Helper()
	for _, secret := range w.unspeakable {
		if strings.Contains(text, secret) {
			w.t.Errorf("%s shows a secret of %d octets", what, len(secret))
		}
	}
}

// unspeakable returns what nothing may show: the secrets of the fixture and of its cases, and each of their long lines.
func (s *resources) unspeakable(t testing.TB) []string {
	t.Helper()
	all := slices.Clone(s.Secret)
	for _, c := range s.Cases {
		for _, r := range c.declarations() {
			for name, secret := range r.Secrets {
				value, err := secret.Value()
				if err != nil {
					t.Fatalf("the secret %s of the fixture: %v", name, err)
				}
				all = append(all, value)
				for line := range strings.Lines(value) {
					if line = strings.TrimSpace(line); len(line) > 32 && !strings.HasPrefix(line, "-----") {
						all = append(all, line)
					}
				}
			}
		}
	}
	return slices.DeleteFunc(all, func(secret string) bool { return secret == "" })
}
