package zonefile

import "testing"

func TestGenerateFormats(t *testing.T) {
	tests := []struct {
		text string
		n    int64
		want string
	}{
		{"$", 7, "7"},
		{"a$b$", 7, "a7b7"},
		{"${0}", 7, "7"},
		{"${10}", 7, "17"},
		{"${+10}", 7, "17"},
		{"${-10}", 7, "-3"},
		{"${-10,4}", 7, "-003"},
		{"${0,3}", 7, "007"},
		{"${0,3,d}", 1234, "1234"},
		{"${0,4,x}", 255, "00ff"},
		{"${0,0,X}", 255, "FF"},
		{"${0,3,o}", 8, "010"},
		{"${-8,0,x}", 7, "ffffffff"},
		{"${0,0,n}", 0, "0"},
		{"${0,0,n}", 0x12c, "c.2.1"},
		{"${0,0,N}", 0x12c, "C.2.1"},
		{"${0,1,n}", 0x12c, "c.2.1"},
		{"${0,7,n}", 0x12c, "c.2.1.0"},
		{"${0,3,n}", 7, "7.0"},
		{"${0,4,n}", 7, "7.0."}, // BIND too counts the dots, and ends with one here
		{"$$", 7, `\$`},
		{"$$$", 7, `\$7`},
		{`\$`, 7, `\$`},
		{`\\$`, 7, `\\7`},
		{`$\{0}`, 7, `7\{0}`},
		{`a\`, 7, `a\`},
		{"none", 7, "none"},
	}
	for _, test := range tests {
		got, f := substitute(token{text: test.text}, test.n)
		if f != nil {
			t.Errorf("%s: %v", test.text, f)
		} else if got.text != test.want {
			t.Errorf("%s at %d is %s, want %s", test.text, test.n, got.text, test.want)
		}
	}
	for _, text := range []string{"${", "${}", "${a}", "${0", "${0,}", "${0,-1}", "${0,128}", "${0,1,}", "${0,1,dd}", "${0,1,q}", "${0,1,d,1}", "${ 0}", "${2147483648}"} {
		if got, f := substitute(token{text: text}, 1); f == nil {
			t.Errorf("%s: got %s, want a fault", text, got.text)
		}
	}
}

func TestGenerateDoesNotChangeTheOwner(t *testing.T) {
	f := parseText(t, "$TTL 1\na A 192.0.2.1\n$GENERATE 1-2 b$ A 192.0.2.$\n TXT x\n")
	if err := f.Err(); err != nil {
		t.Fatal(err)
	}
	if _, ok := f.Zone.Get(Key{MustParseName("a.example.com."), TypeTXT}); !ok {
		t.Error("the line behind $GENERATE does not have the owner of the record before it")
	}
}

func TestGenerateCountsTheOctetsOfAll(t *testing.T) {
	const one = "$GENERATE 1-9 a$ TXT xxxxxxxxxxxxxxxxxxxxxxx\n" // makes 9 times 44 octets
	for text, want := range map[string]int{"$TTL 1\n" + one: 0, "$TTL 1\n" + one + one: 1} {
		f := parseFiles(t, map[string]string{"zone": text}, Limits{FileBytes: 600})
		errs := 0
		for _, p := range f.Problems {
			if p.Rule == "generate-limit" {
				errs++
			}
		}
		if errs != want {
			t.Errorf("%q: %d problems, want %d: %v", text, errs, want, f.Problems)
		}
	}
}
