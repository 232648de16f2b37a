package rules

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestIsSPF(t *testing.T) {
	for text, want := range map[string]bool{
		"v=spf1":            true,
		"v=spf1 -all":       true,
		"V=SpF1 -all":       true,
		"v=spf10 -all":      false,
		"v=spf1-all":        false,
		"v=spf1\t-all":      false,
		" v=spf1 -all":      false,
		"v=spf":             false,
		"spf2.0/pra -all":   false,
		"\"v=spf1 -all\"":   false,
		"v=spf1; -all":      false,
		"":                  false,
		"v=DMARC1; p=none;": false,
	} {
		if got := isSPF(text); got != want {
			t.Errorf("isSPF(%q) = %t, want %t", text, got, want)
		}
	}
}

func TestParseSPFTerm(t *testing.T) {
	tests := []struct {
		text      string
		kind      spfKind
		qualifier byte
		domain    string
	}{
		{"all", spfAll, '+', ""},
		{"-ALL", spfAll, '-', ""},
		{"?all", spfAll, '?', ""},
		{"include:_spf.example.com", spfInclude, '+', "_spf.example.com"},
		{"~include:_spf.example.com.", spfInclude, '~', "_spf.example.com."},
		{"a", spfA, '+', ""},
		{"a/24", spfA, '+', ""},
		{"a//64", spfA, '+', ""},
		{"a/24//64", spfA, '+', ""},
		{"A:example.com/0//128", spfA, '+', "example.com"},
		{"a:%{d2/}.example.com/24", spfA, '+', "%{d2/}.example.com"},
		{"mx:example.com", spfMX, '+', "example.com"},
		{"ptr", spfPTR, '+', ""},
		{"ptr:example.com", spfPTR, '+', "example.com"},
		{"ip4:192.0.2.1", spfIP4, '+', ""},
		{"-ip4:192.0.2.0/24", spfIP4, '-', ""},
		{"ip6:2001:db8::/32", spfIP6, '+', ""},
		{"ip6:::ffff:192.0.2.1", spfIP6, '+', ""},
		{"exists:%{ir}.%{v}._spf.%{d2}", spfExists, '+', "%{ir}.%{v}._spf.%{d2}"},
		{"exists:%{L1r-+,/_=}.x.example", spfExists, '+', "%{L1r-+,/_=}.x.example"},
		{"exists:%%%_%-.example.com", spfExists, '+', "%%%_%-.example.com"},
		{"redirect=_spf.example.com", spfRedirect, 0, "_spf.example.com"},
		{"Exp=explain._spf.%{d}", spfExp, 0, "explain._spf.%{d}"},
		{"ra=postmaster", spfModifier, 0, ""},
		{"x-y.z_1=", spfModifier, 0, ""},
		{"include:xn--bcher-kva.example", spfInclude, '+', "xn--bcher-kva.example"},
		{"include:spf.a--1.example", spfInclude, '+', "spf.a--1.example"},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			want := spfTerm{text: test.text, kind: test.kind, qualifier: test.qualifier, domain: test.domain}
			if d := cmp.Diff(parseSPFTerm(test.text), want, cmp.AllowUnexported(spfTerm{})); d != "" {
				t.Errorf("-got +want:\n%s", d)
			}
		})
	}
}

func TestParseSPFTermInError(t *testing.T) {
	tests := []struct{ text, wrong string }{
		{"-", "no mechanism behind the qualifier"},
		{"+-all", "no mechanism"},
		{"all:example.com", "nothing can be behind all"},
		{"all.", "no mechanism"},
		{"-all;", "semicolons"},
		{"mx,", "commas"},
		{"-all\"", "quotes"},
		{"ip:192.0.2.1", "write ip4:"},
		{"ipv6:2001:db8::1", "write ip6:"},
		{"192.0.2.1/24", "write ip4:192.0.2.1/24"},
		{"2001:db8::1", "write ip6:2001:db8::1"},
		{"ip4", "ip4:ADDRESS"},
		{"ip4:", "ip4:ADDRESS"},
		{"ip4:192.0.2", "no address"},
		{"ip4:mail.example.com", "no address"},
		{"ip4:192.0.2.1/", "from 0 to 32"},
		{"ip4:192.0.2.1/33", "from 0 to 32"},
		{"ip4:192.0.2.1/024", "from 0 to 32"},
		{"ip4:2001:db8::1", "write ip6:"},
		{"ip6:192.0.2.1", "write ip4:"},
		{"ip6:fe80::1%eth0", "no address"},
		{"ip6:2001:db8::/129", "from 0 to 128"},
		{"a/33", "from 0 to 32"},
		{"a/", "from 0 to 32"},
		{"a//129", "from 0 to 128"},
		{"a/x", "two labels"},
		{"a:", "needs a domain"},
		{"a:mail", "two labels"},
		{"a:example.com/abc", "does not end like a domain name"},
		{"mx:192.0.2.1", "does not end like a domain name"},
		{"include", "include:DOMAIN"},
		{"include:", "include:DOMAIN"},
		{"include:-example", "two labels"},
		{"include:a..example", "no domain name"},
		{"include:" + strings.Repeat("a", 64) + ".example", "no domain name"},
		{"include:example.-com", "does not end like a domain name"},
		{"include:%{d}com", "does not end like a domain name"},
		{"exists", "exists:DOMAIN"},
		{"exists:%{d", "closing brace"},
		{"exists:%{}.example", "without a letter"},
		{"exists:%{x}.example", "no macro \"x\""},
		{"exists:%{c}.example", "no macro \"c\""},
		{"exists:%{d0}.example", "keeps no labels"},
		{"exists:%{d2x}.example", "is no macro"},
		{"exists:50%.example.com", "begins no macro"},
		{"ptr:", "needs a domain"},
		{"redirect=", "needs a domain"},
		{"redirect:example.com", "write redirect="},
		{"-redirect=example.com", "no mechanism"},
		{"include=example.com", "write include:"},
		{"ip4=192.0.2.1", "write ip4:"},
		{"=x", "neither"},
		{"1x=y", "neither"},
		{"v=spf1", "version comes twice"},
		{"inlcude:example.com", "no mechanism"},
		{"a\tmx", "visible ASCII"},
		{"include:bücher.example", "visible ASCII"},
		{"\u00a0-all", "visible ASCII"},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			if got := parseSPFTerm(test.text).wrong; !strings.Contains(got, test.wrong) || got == "" {
				t.Errorf("got %q, want something with %q", got, test.wrong)
			}
		})
	}
}

// A term is what is between spaces, whatever it is: what is read is what is there.
func FuzzSPF(f *testing.F) {
	for _, seed := range []string{
		"", " -all", " include:_spf.example.com a/24//64 mx:%{d2r-}/1 ip4:192.0.2.1/32 ip6:::1/128 exists:%{i}.x.example redirect=a.example exp=b.example x=%%",
		" +all:  %{ / // : = %{s} a:%", " a:\\.example ptr:@.example",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var read []string
		for _, term := range parseSPF(spfVersion + text) {
			read = append(read, term.text)
			if term.wrong == "" && term.kind == spfUnknown {
				t.Errorf("%q is no mechanism, and nothing is wrong with it", term.text)
			}
			if term.lookup() && term.wrong == "" {
				if _, known := term.target(inAddrARPA); !known && !strings.Contains(term.domain, "%") {
					t.Errorf("%q is good, and %q no name", term.text, term.domain)
				}
			}
		}
		want := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' })
		if !slices.Equal(read, want) {
			t.Errorf("the terms are %q, want %q", read, want)
		}
	})
}

func TestSPFTakesLinearTime(t *testing.T) {
	// What took time in proportion to the square would take minutes.
	for _, part := range []string{"a:%{d}/1//1 ", "%{", "a//", "exists:%%", ":", "=", "\"", "include:a."} {
		parseSPF(spfVersion + " " + strings.Repeat(part, 1<<20/len(part)))
	}
}
