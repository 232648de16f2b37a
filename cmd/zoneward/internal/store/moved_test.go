package store

import (
	"os"
	"strings"
	"testing"
)

// TestFileIsTaken: what is written to a file that has no name any more is gone when the program ends, so nothing is; and nothing is read from another one.
func TestFileIsTaken(t *testing.T) {
	tests := map[string]struct {
		take func(file string) error
		want string
	}{
		"removed": {os.Remove, "it was removed"},
		"moved":   {func(file string) error { return os.Rename(file, file+".old") }, "it was removed"},
		"replaced": {func(file string) error {
			content, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			if err := os.WriteFile(file+".new", content, 0o600); err != nil {
				return err
			}
			return os.Rename(file+".new", file)
		}, "another file was put in its place"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			file := stateFile(t)
			s := openStore(t, file)
			setOne(t, s, "before")
			if err := test.take(file); err != nil {
				t.Fatal(err)
			}
			_, _, read := s.Applied(t.Context(), onLive)
			for what, err := range map[string]error{"read": read, "write": s.Forget(t.Context(), onLive)} {
				if err == nil || !strings.Contains(err.Error(), file) || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "start the program anew") {
					t.Errorf("%s: %v; want the file, %q, and what to do", what, err, test.want)
				}
			}
		})
	}
}
