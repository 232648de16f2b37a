package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestSaveOverAnEdit looks that what somebody wrote into a file while it was formatted stays there.
func TestSaveOverAnEdit(t *testing.T) {
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	const read, edited, formatted = "www 60 A 192.0.2.1\n", "www 60 A 192.0.2.2\n", "www     60     A      192.0.2.1\n"
	for _, test := range []struct {
		name, there, want string
		err               error
	}{
		{"as it was read", read, formatted, nil},
		{"edited since", edited, edited, errChanged},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(dir, "example.com.zone")
			if err := os.WriteFile(path, []byte(test.there), 0o644); err != nil {
				t.Fatal(err)
			}
			if err := (fileToFormat{root: root, path: "example.com.zone"}).save(read, formatted); !errors.Is(err, test.err) {
				t.Errorf("got the error %v, want %v", err, test.err)
			}
			if got, err := os.ReadFile(path); err != nil || string(got) != test.want {
				t.Errorf("the file is %q (%v), want %q", got, err, test.want)
			}
			if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
				t.Errorf("there are %v (%v), want one file", entries, err)
			}
		})
	}
}
