package zonefmt

import (
	"errors"
	"testing"
	"testing/fstest"
)

// fuzz checks what is true of every text that is formatted as a file of that name, with the corpus of the repository to begin with.
func fuzz(f *testing.F, file string) {
	for _, s := range corpus(f) {
		if isYAML(s.file) == isYAML(file) {
			f.Add(s.text())
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		formatted, err := formatFile(file, text)
		if err != nil {
			if errors.Is(err, ErrMeaning) {
				t.Fatal(err)
			}
			return
		}
		s := source{file, fstest.MapFS{file: {Data: []byte(text)}}, file}
		if !Same(read(t, s, formatted), read(t, s, text)) {
			t.Errorf("it says something else:\n%s", formatted)
		}
		tidy(t, file, file, formatted)
	})
}

func FuzzBIND(f *testing.F) { fuzz(f, "example.com.zone") }

func FuzzYAML(f *testing.F) { fuzz(f, "example.com.yaml") }
