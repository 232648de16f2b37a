package providertest_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/zoneward/zoneward/providers"
)

// editingType has the type be what edit makes of it.
func editingType(edit func(*providers.ResourceType)) func(*brokenResources) {
	return func(b *brokenResources) {
		b.typ = func(typ providers.ResourceType) providers.ResourceType {
			edit(&typ)
			return typ
		}
	}
}

// brokenTypes do not add up.
var brokenTypes = map[string]resourceBreakage{
	"unknown kind": {breaks: editingType(func(typ *providers.ResourceType) { typ.Kind = "parcel" }), fails: "Type", says: "no kind"},
	"no removal":   {breaks: editingType(func(typ *providers.ResourceType) { typ.Removal = 0 }), fails: "Type", says: "no removal"},
	"a field twice": {
		breaks: editingType(func(typ *providers.ResourceType) { typ.Fields = append(typ.Fields, typ.Fields[1]) }),
		fails:  "Type", says: `the name "canonical"`,
	},
	"a field without a rule": {
		breaks: editingType(func(typ *providers.ResourceType) {
			typ.Fields = append(slices.Clone(typ.Fields), providers.FieldSpec{Name: "colour"})
		}),
		fails: "Type", says: "the rule of colour",
	},
	"exclusive within what changes": {
		breaks: editingType(func(typ *providers.ResourceType) { typ.Fields[1].Exclusive = "letsencrypt" }), fails: "Type", says: "exclusive within",
	},
	"a default that is not normal": {
		breaks: editingType(func(typ *providers.ResourceType) { typ.Fields[2].Default = "1" }), fails: "Type", says: "the default of letsencrypt",
	},
	"an output twice": {
		breaks: editingType(func(typ *providers.ResourceType) { typ.Outputs = append(typ.Outputs, "acme") }), fails: "Type", says: `the name "acme"`,
	},
	"another type each time": {
		breaks: func(b *brokenResources) {
			n := 0
			b.typ = func(typ providers.ResourceType) providers.ResourceType {
				n++
				typ.Outputs = append(typ.Outputs, fmt.Sprint(n))
				return typ
			}
		},
		fails: "Type", says: "another each time",
	},
}

// editingForm has NormalizeResource return what edit makes of the fields that it returns.
func editingForm(edit func(declared, normal map[string]string)) func(*brokenResources) {
	return func(b *brokenResources) {
		b.normalize = func(r providers.Resource) (providers.Resource, error) {
			normal, err := b.ResourceProvider.NormalizeResource(r)
			if err == nil {
				normal.Fields = maps.Clone(normal.Fields)
				edit(r.Fields, normal.Fields)
			}
			return normal, err
		}
	}
}

// failingForm has NormalizeResource return what says makes of its errors.
func failingForm(says func(error) error) func(*brokenResources) {
	return func(b *brokenResources) {
		b.normalize = func(r providers.Resource) (providers.Resource, error) {
			normal, err := b.ResourceProvider.NormalizeResource(r)
			if err != nil {
				return normal, says(err)
			}
			return normal, nil
		}
	}
}

// brokenForms normalize in other ways than the contract has it.
var brokenForms = map[string]resourceBreakage{
	"normalizing otherwise each time": {
		breaks: editingForm(func(declared, normal map[string]string) {
			if _, ok := declared["servers"]; ok {
				normal["servers"] = declared["servers"] + ", z"
			}
		}),
		fails: "Normalize", says: "otherwise the second time",
	},
	"normalizing in place": {
		breaks: editingForm(func(declared, normal map[string]string) { maps.Copy(declared, normal) }),
		fails:  "Normalize", says: "changes what it is given",
	},
	"declaring more": {
		breaks: editingForm(func(_, normal map[string]string) { normal["letsencrypt"] = "true" }),
		fails:  "Normalize", says: "that nobody declares",
	},
	"declaring less": {
		breaks: editingForm(func(_, normal map[string]string) { delete(normal, "servers") }),
		fails:  "Normalize", says: "loses the field servers",
	},
	"not saying which secret it is": {
		breaks: func(b *brokenResources) {
			b.normalize = func(r providers.Resource) (providers.Resource, error) {
				secrets := r.Secrets
				r.Secrets = nil
				normal, err := b.ResourceProvider.NormalizeResource(r)
				normal.Secrets = secrets
				return normal, err
			}
		},
		fails: "Normalize", says: "no field that says which ones they are",
	},
	"saying the same of all secrets": {
		breaks: editingForm(func(_, normal map[string]string) {
			if _, ok := normal["key"]; ok {
				normal["key"] = "set"
			}
		}),
		fails: "Normalize", says: "what cannot be read of other secrets is the same",
	},
	"asking somebody": {
		breaks: func(b *brokenResources) {
			b.normalize = func(r providers.Resource) (providers.Resource, error) {
				normal, err := b.ResourceProvider.NormalizeResource(r)
				if _, busy := errors.AsType[*providers.BusyError](failsToList(b)); busy {
					normal = r
				}
				return normal, err
			}
		},
		fails: "Normalize/nobody is asked",
	},
	"taking what is bad": {
		breaks: func(b *brokenResources) {
			failingForm(func(error) error { return nil })(b)
			b.create = func(context.Context, providers.Resource) error { return nil }
		},
		fails: "Normalize/bad boolean",
	},
	"naming no field": {
		breaks: failingForm(func(error) error { return providers.ErrInvalid }), fails: "Normalize/bad boolean", says: "want a FieldError",
	},
	"naming no kind": {
		breaks: failingForm(func(err error) error {
			field, _ := errors.AsType[*providers.FieldError](err)
			return &providers.FieldError{Field: field.Field, Err: errors.New("bad")}
		}),
		fails: "Normalize/bad boolean", says: "want one that wraps",
	},
}

// failsToList asks the fake for its resources.
func failsToList(b *brokenResources) error {
	_, err := b.ResourceProvider.Resources(context.Background(), providers.Resource{Kind: providers.App})
	return err
}
