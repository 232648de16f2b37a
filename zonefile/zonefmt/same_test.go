package zonefmt

import (
	"testing"
	"testing/fstest"
)

func TestSame(t *testing.T) {
	tests := []struct {
		name, a, b string
		want       bool
	}{
		{"in other columns", "a 60 A 192.0.2.1", "a   60   A   192.0.2.1 ; a", true},
		{"another TTL", "a 60 A 192.0.2.1", "a 61 A 192.0.2.1", false},
		{"a record less", "a 60 A 192.0.2.1\nb 60 A 192.0.2.1", "a 60 A 192.0.2.1", false},
		{"another warning", "a 60 A 192.0.2.1\na 60 A 192.0.2.1", "a 60 A 192.0.2.1", false},
		{"the same error, told otherwise", "a 60 A 192.0.2.1\n$ttl", "a 60 A 192.0.2.1\n\n$TTL", true},
		{"another error", "a 60 A 192.0.2.1\n$TTL", "a 60 A 192.0.2.1\n$TTL x", false},
		{"an error less", "a 60 A 192.0.2.1\n$TTL", "a 60 A 192.0.2.1", false},
		{"an error beside another record", "a 60 A 192.0.2.1\n$TTL", "a 60 A 192.0.2.2\n$TTL", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := source{"zone", fstest.MapFS{}, "zone"}
			if got := Same(read(t, s, test.a), read(t, s, test.b)); got != test.want {
				t.Errorf("got %t", got)
			}
		})
	}
}
