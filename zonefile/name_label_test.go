package zonefile

import "testing"

func TestFirstLabel(t *testing.T) {
	for name, want := range map[string]string{
		".": "", "example.": "example", "_Acme-challenge.example.com.": "_acme-challenge", `a\.b.example.`: "a.b", `\000\001.example.`: "\x00\x01", `*.example.`: "*",
	} {
		if got := MustParseName(name).FirstLabel(); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}
