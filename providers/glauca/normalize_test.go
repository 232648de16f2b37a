package glauca_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/providers/glauca/glaucatest"
	"github.com/zoneward/zoneward/zonefile"
)

// longKey is a key that is longer than the API takes, as those of RSA are.
var longKey = "257 3 8 " + base64.StdEncoding.EncodeToString(make([]byte, 192))

func TestNormalize(t *testing.T) {
	_, p := start(t, glaucatest.Options{})
	for _, tt := range []struct{ field, value, want string }{
		{"name_servers", "NS2.Example.net, ns1.example.net., ns1.example.net", "ns1.example.net., ns2.example.net."},
		{"name_servers", "", ""}, // not known yet
		{"ds", "12345 ECDSAP256SHA256 SHA-256 " + strings.ToUpper(digestA), "12345 13 2 " + digestA},
		{"ds", "2 13 2 " + digestA + ", 12345 13 2 " + digestB[:10] + " " + digestB[10:], "12345 13 2 " + digestB + ", 2 13 2 " + digestA},
		{"ds", "", ""},
		{"key_data", "257 3 ED25519 " + keyA[:8] + " " + keyA[8:], "257 3 15 " + keyA},
		{"transfer_lock", "true", "true"},
		{"registrant", "04bbf0c4-baa8-42cd-be43-3501f3503eda", "04bbf0c4-baa8-42cd-be43-3501f3503eda"},
		{"admin", "", ""},
	} {
		t.Run(tt.field+" "+tt.value, func(t *testing.T) {
			got, err := p.NormalizeResource(example.With(map[string]string{tt.field: tt.value}))
			if err != nil {
				t.Fatal(err)
			}
			diff(t, "fields", map[string]string{tt.field: tt.want}, got.Fields)
		})
	}
}

func TestNormalizeRefuses(t *testing.T) {
	_, p := start(t, glaucatest.Options{})
	for _, tt := range []struct{ name, field, value, words string }{
		{"name of a name server", "name_servers", "ns_1.example.net.", "ns_1"},
		{"name server with one label", "name_servers", "localhost", "localhost"},
		{"a DS that is none", "ds", "none", ""},
		{"a digest that is too short", "ds", "1 13 2 abab", "length"},
		{"a CDS that asks for none", "ds", "0 0 0 00", "asks for no DS"},
		{"a key that is none", "key_data", "257 3 15", ""},
		{"a key that is too long", "key_data", longKey, "256 characters"},
		{"a lock", "transfer_lock", "yes", "neither true nor false"},
		{"no registrant", "registrant", "", "contact"},
		{"a contact by its name", "tech", "Jane Doe", "Jane Doe"},
		{"another field", "colour", "red", "no such field"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := p.NormalizeResource(example.With(map[string]string{tt.field: tt.value}))
			wants(t, err, providers.ErrInvalid, tt.words)
			if f, ok := errors.AsType[*providers.FieldError](err); !ok || f.Field != tt.field {
				t.Errorf("got %v, want a FieldError of %s", err, tt.field)
			}
		})
	}
	t.Run("DS and keys", func(t *testing.T) {
		_, err := p.NormalizeResource(example.With(map[string]string{"ds": "1 13 2 " + digestA, "key_data": "257 3 15 " + keyA}))
		wants(t, err, providers.ErrInvalid, "key_data", "either of them")
	})
	t.Run("secrets", func(t *testing.T) {
		r := example
		r.Secrets = map[string]providers.Secret{"auth_info": {}}
		_, err := p.NormalizeResource(r)
		wants(t, err, providers.ErrUnsupported, "auth_info")
	})
	for _, name := range []string{"*.example.com.", "_dmarc.example.com.", "com.", ".", "a-.example."} {
		t.Run(name, func(t *testing.T) {
			_, err := p.NormalizeResource(providers.Resource{Kind: providers.Delegation, Name: zonefile.MustParseName(name)})
			wants(t, err, providers.ErrInvalid, "not the name of a domain")
		})
	}
}
