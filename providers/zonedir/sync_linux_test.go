package zonedir

import (
	"errors"
	"io"
	"os"
	"syscall"
	"testing"
)

// TestFillSyncs shows that a new file is synced before anybody can rename it: a pipe takes what is written, and cannot be synced.
func TestFillSyncs(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	_, err = fill(w, nil, func(w io.Writer) error {
		_, err := io.WriteString(w, "x")
		return err
	})
	if !errors.Is(err, syscall.EINVAL) {
		t.Errorf("error %v, want that of fsync on a pipe", err)
	}
}
