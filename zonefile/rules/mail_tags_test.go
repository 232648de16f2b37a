package rules

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseTags(t *testing.T) {
	tests := []struct {
		text  string
		want  tagList
		wrong []string
	}{
		{"v=DKIM1; p=", tagList{{"v", "DKIM1"}, {"p", ""}}, nil},
		{"v=STSv1;id=1;", tagList{{"v", "STSv1"}, {"id", "1"}}, nil},
		{" a = b c \t;\r\n d_1=e=f ; ", tagList{{"a", "b c"}, {"d_1", "e=f"}}, nil},
		{"a=1; a=2", tagList{{"a", "1"}}, []string{"the tag a comes twice"}},
		{"a=1;; b=2", tagList{{"a", "1"}, {"b", "2"}}, []string{"two semicolons in a row"}},
		{"a=1;;", tagList{{"a", "1"}}, []string{"two semicolons in a row"}},
		{"a=1 b; reject", tagList{{"a", "1 b"}}, []string{`"reject" is no NAME=VALUE`}},
		{"-a=1; 1b=2; =3", nil, []string{`"-a" is no name of a tag`, `"1b" is no name of a tag`, `"" is no name of a tag`}},
		{strings.Repeat("x;", 9), nil, []string{`"x" is no NAME=VALUE`, `"x" is no NAME=VALUE`, `"x" is no NAME=VALUE`, `"x" is no NAME=VALUE`, `"x" is no NAME=VALUE`}},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			got, wrong := parseTags(test.text)
			if d := cmp.Diff(got, test.want, cmp.AllowUnexported(tag{})); d != "" {
				t.Errorf("-got +want:\n%s", d)
			}
			if d := cmp.Diff(wrong, test.wrong); d != "" {
				t.Errorf("what is wrong (-got +want):\n%s", d)
			}
		})
	}
}

// What is read of a tag list reads the same when it is written again, and no record makes a check panic.
func FuzzTags(f *testing.F) {
	for _, seed := range []string{
		"v=DMARC1; p=reject; rua=mailto:a@example.com!10m,https://example.com; pct=100; fo=1:d", "v=DKIM1; k=rsa; h=sha1; p=MIGf",
		"k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "v=STSv1; id=x;", ";;=;a=;b", "rua=mailto:@!, :@",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, wrong := parseTags(text)
		if len(wrong) == 0 {
			var parts []string
			for _, tag := range list {
				parts = append(parts, tag.name+"="+tag.value)
			}
			again, wrong := parseTags(strings.Join(parts, "; "))
			if d := cmp.Diff(again, list, cmp.AllowUnexported(tag{})); d != "" || wrong != nil {
				t.Errorf("read again (-got +want), with %q:\n%s", wrong, d)
			}
		}
		wrongDMARC(text, placeDMARC)
		wrongDKIM(text)
		rsaBits(text)
		meant(text)
		if p := protocolOf(text); p != noProtocol && meant(text) != p {
			t.Errorf("%q is of %s, and not meant for it", text, p)
		}
	})
}

func TestProtocols(t *testing.T) {
	tests := []struct {
		text      string
		is, meant protocol
	}{
		{"v=spf1 -all", protocolSPF, protocolSPF},
		{"V=spf1 -all", protocolSPF, protocolSPF},
		{"v=spf1;-all", noProtocol, protocolSPF},
		{"v=spf10", noProtocol, noProtocol},
		{"v = spf1 -all", noProtocol, protocolSPF},
		{"v=DMARC1", protocolDMARC, protocolDMARC},
		{"v = DMARC1 ; p=none", protocolDMARC, protocolDMARC},
		{"v=dmarc1; p=none", noProtocol, protocolDMARC},
		{"v=DMARC1 p=none", noProtocol, protocolDMARC},
		{"V=DMARC1; p=none", noProtocol, protocolDMARC},
		{"\u201cv=DMARC1; p=none\u201d", noProtocol, protocolDMARC},
		{"v=\"DMARC1\"; p=none", noProtocol, protocolDMARC},
		{"v=DKIM1;p=", protocolDKIM, protocolDKIM},
		{"v=STSv1; id=1", protocolMTASTS, protocolMTASTS},
		{"v=TLSRPTv1;rua=mailto:a@example.com", protocolTLSRPT, protocolTLSRPT},
		{"v=BIMI1; l=; a=;", protocolBIMI, protocolBIMI},
		{"verification=spf1", noProtocol, noProtocol},
		{"v=verifydomain MS=1", noProtocol, noProtocol},
		{"", noProtocol, noProtocol},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			if got := protocolOf(test.text); got != test.is {
				t.Errorf("it is of %s, want %s", got, test.is)
			}
			if got := meant(test.text); got != test.meant {
				t.Errorf("it is meant for %s, want %s", got, test.meant)
			}
		})
	}
}
