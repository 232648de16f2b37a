package rules_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSPFLookups(t *testing.T) {
	const lookups = "spf-lookups example.com.zone:2: @ TXT: the SPF record takes "
	tests := []struct {
		name  string
		zones []string
		want  []string // what is found at the apex
	}{
		{
			"ten",
			[]string{"example.com\n" + `@ TXT "v=spf1 a mx ptr a:b.example.net exists:%{i}.example.net include:a.example.net include:b.example.net include:c.example.net include:d.example.net redirect=e.example.net"
@ A 192.0.2.1
@ MX 10 mail.example.net.`},
			nil,
		},
		{
			"eleven",
			[]string{"example.com\n" + `@ TXT "v=spf1 a mx a:b.example.net exists:%{i}.example.net include:a.example.net include:b.example.net include:c.example.net include:d.example.net include:e.example.net ?include:f.example.net -include:g.example.net -all"
@ A 192.0.2.1
@ MX 10 mail.example.net.`},
			[]string{lookups + "at least 11 look-ups"},
		},
		{
			"all that is known",
			[]string{"example.com\n" + `@ TXT "v=spf1 a a a a a a a a a a a -all"
@ A 192.0.2.1`},
			[]string{lookups + "11 look-ups"},
		},
		{
			"none behind all, none for what is ignored",
			[]string{"example.com\n" + `@ TXT "v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 exp=x.example.net x=y -all` + strings.Repeat(" a:x.example.net", 11) + `"`},
			nil,
		},
		{
			"in another zone, by a CNAME, of which the included name is the one that a is about",
			[]string{
				"example.com\n@ TXT \"v=spf1 include:spf.example.com -all\"\nspf CNAME spf.example.net.",
				"example.net\nspf TXT \"v=spf1 " + strings.Repeat("a:h.example.net ", 10) + "-all\"\nh A 192.0.2.1",
			},
			[]string{lookups + "11 look-ups"},
		},
		{
			"a redirect, and not that of a record with all",
			[]string{"example.com\n@ TXT \"v=spf1 redirect=r.example.com\"\nr TXT \"v=spf1 " + strings.Repeat("include:x.example.net ", 9) + "~all redirect=y.example.net\""},
			nil,
		},
		{
			"an exponential one",
			[]string{"example.com\n@ TXT \"v=spf1 include:s0.example.com\"\n" + doubling(20)},
			[]string{lookups + "40 or more look-ups"},
		},
		{
			"many exchanges",
			[]string{"example.com\n@ TXT \"v=spf1 mx -all\"\n" + exchanges(11)},
			[]string{"spf-lookups example.com.zone:2: @ TXT: the SPF mechanism mx leads to example.com., which has more than 10"},
		},
		{
			"two that find nothing",
			[]string{"example.com\n@ TXT \"v=spf1 a a:x.example.com mx:x.example.net exists:%{i}.x.example.com -all\""},
			nil,
		},
		{
			"three that find nothing, one of them in a record that is included",
			[]string{"example.com\n@ TXT \"v=spf1 a mx include:i.example.com -all\"\ni TXT \"v=spf1 exists:x.example.com\""},
			[]string{"spf-void-lookups example.com.zone:2: @ TXT: 3 terms"},
		},
		{
			"itself",
			[]string{"example.com\n@ TXT \"v=spf1 include:example.com -all\""},
			[]string{`spf-include example.com.zone:2: @ TXT: the SPF term "include:example.com" leads back`},
		},
		{
			"the same twice is no loop",
			[]string{"example.com\n@ TXT \"v=spf1 include:i.example.com ?include:i.example.com -all\"\ni TXT \"v=spf1 -all\""},
			nil,
		},
		{
			"a name without a record, and a zone that is not known",
			[]string{"example.com\n@ TXT \"v=spf1 include:x.sub.example.com include:_spf.example.net include:gone.example.com -all\"\nsub NS ns.example.net."},
			[]string{`spf-include example.com.zone:2: @ TXT: the SPF term "include:gone.example.com": gone.example.com. has no TXT record`},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, problem := range across(t, nil, parsed(t, test.zones...)) {
				for _, want := range test.want {
					if strings.HasPrefix(problem, want) {
						problem = want
					}
				}
				if strings.Contains(problem, ": @ TXT") {
					got = append(got, problem)
				}
			}
			if d := cmp.Diff(got, test.want); d != "" {
				t.Errorf("-got +want:\n%s", d)
			}
		})
	}
}

// doubling returns n SPF records, of which each includes the next one twice.
func doubling(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "s%d TXT \"v=spf1 include:s%d.example.com include:s%d.example.com\"\n", i, i+1, i+1)
	}
	fmt.Fprintf(&b, "s%d TXT \"v=spf1 -all\"\n", n)
	return b.String()
}

func exchanges(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "@ MX %d mx%d.example.net.\n", i, i)
	}
	return b.String()
}

// Records that lead to many large ones cost no more than a few of them.
func TestSPFLookupsAreBounded(t *testing.T) {
	var large strings.Builder
	for range 1000 {
		large.WriteString(`"` + strings.Repeat("ip4:192.0.2.1 ", 4) + `" `)
	}
	var zone strings.Builder
	zone.WriteString("example.com\n")
	for i := range 200 {
		fmt.Fprintf(&zone, "l%d TXT ( \"v=spf1 \" %s \"include:l%d.example.com \" )\n", i, large.String(), (i+1)%200)
		fmt.Fprintf(&zone, "s%d TXT \"v=spf1 %s\"\n", i, strings.Repeat(fmt.Sprintf("include:l%d.example.com ", i), 8))
	}
	files := parsed(t, zone.String())
	start := time.Now()
	across(t, nil, files)
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("took %s", took)
	}
}
