package zonefile

import (
	"fmt"
	"testing"
)

func TestTextSet(t *testing.T) {
	s := newTextSet(0)
	for i := range 1000 {
		if !s.add(fmt.Sprint(i)) {
			t.Fatalf("%d is there before it is added", i)
		}
	}
	for i := range 1000 {
		if s.add(fmt.Sprint(i)) {
			t.Fatalf("%d is not there", i)
		}
	}
}

func TestStatedKeys(t *testing.T) {
	s := newStatedKeys()
	key := func(i int) Key { return Key{MustParseName(fmt.Sprintf("n%d.example.", i/2)), Type(1 + i%2)} }
	for i := range 1000 {
		if _, again := s.add(key(i), yamlPlace{line: uint32(i)}); again {
			t.Fatalf("%s is there before it is added", key(i))
		}
	}
	for i := range 1000 {
		if first, again := s.add(key(i), yamlPlace{line: 5000}); !again || first.line != uint32(i) {
			t.Fatalf("%s: got line %d, %v", key(i), first.line, again)
		}
	}
	s.forget()
	if _, again := s.add(key(0), yamlPlace{}); again || s.count != 1001 {
		t.Errorf("it is not forgotten, or %d is not what was added", s.count)
	}
}

// A name in other letters, or in another file, is the same name.
func TestYAMLStatesARecordOnce(t *testing.T) {
	for name, text := range map[string]string{
		"letters": "www:\n  type: A\n  value: 192.0.2.1\nWWW:\n  type: A\n  value: 192.0.2.1\n",
		"escapes": "www:\n  type: A\n  value: 192.0.2.1\n'\\119ww':\n  type: A\n  value: 192.0.2.1\n",
		"a list":  "www:\n  - type: A\n    value: 192.0.2.1\n  - type: A\n    value: 192.0.2.1\n",
	} {
		f := parseYAML(t, text)
		if len(f.Problems) != 1 || f.Problems[0].Rule != "duplicate-rrset" {
			t.Errorf("%s: got %v", name, f.Problems)
		}
	}
	f := parseYAMLFiles(t, "example.com.", filesOf(map[string]string{"example.com./a.yaml": yamlRecordOf("A", "192.0.2.1"), "example.com./b.yaml": yamlRecordOf("A", "192.0.2.1")}))
	if len(f.Problems) != 1 || f.Problems[0].Rule != "duplicate-rrset" {
		t.Errorf("files: got %v", f.Problems)
	}
}
