package zonefile

import "testing"

func TestParseUnicodeName(t *testing.T) {
	for text, want := range map[string]string{
		"bücher":             "xn--bcher-kva.example.com.",
		"BÜCHER.EXAMPLE.":    "xn--bcher-kva.example.",
		"ｗｗｗ":                "www.example.com.",
		"_dmarc.bücher":      "_dmarc.xn--bcher-kva.example.com.",
		"_dmarc.עברית":       "_dmarc.xn--5dbqzzl.example.com.",
		`a\.b.*.bücher`:      `a\.b.*.xn--bcher-kva.example.com.`,
		`a\\.bücher`:         `a\\.xn--bcher-kva.example.com.`,
		`\.bücher.x.bücher.`: "",
		`bü\.cher`:           "",
		`\bücher`:            "",
		"＠":                  "",
		"＊.q":                "",
		"q.＊":                "",
		"c℀d":                "",
		"a．b":                "",
		"a。b":                "",
		"＼.b":                "",
		"\u00ad":             "",
		"a..ü":               "",
		"א1b":                "",
	} {
		got, err := ParseUnicodeName(text, example)
		switch {
		case want == "" && err == nil:
			t.Errorf("%q is read as %s", text, got)
		case want != "" && err != nil:
			t.Errorf("%q: %v", text, err)
		case want != "" && got.String() != want:
			t.Errorf("%q is read as %s, want %s", text, got, want)
		}
	}
}

func TestUnicode(t *testing.T) {
	for text, want := range map[string]string{
		"xn--bcher-kva.example.":                "bücher.example.",
		`a\.b._dmarc.xn--5dbqzzl.example.`:      `a\.b._dmarc.עברית.example.`,
		"xn--bcher-kva.xn--abc-.xn--a.example.": "bücher.xn--abc-.xn--a.example.",
		"www.example.":                          "www.example.",
	} {
		name := MustParseName(text)
		got, differs := name.Unicode()
		if got != want || differs != (want != text) {
			t.Errorf("%s is %s, %v; want %s", text, got, differs, want)
		}
		if back, err := ParseUnicodeName(got, Root); err != nil || back != name {
			t.Errorf("%s is read as %s, %v", got, back, err)
		}
	}
}
