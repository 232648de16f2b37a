package httpfault

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// CompareGolden compares text, such as that of [Format.Text], with a golden file, and reports how it differs. With update it writes the
// text to the file instead; the directory has to be there. The flag is that of the test's package, which has it once for all its
// golden files:
//
//	var update = flag.Bool("update", false, "write what is asked and answered to the golden files")
func CompareGolden(t testing.TB, file, got string, update bool) {
	t.Helper()
	if update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Error(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Errorf("%v (-update writes it)", err)
		return
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got, -update writes it):\n%s", file, d)
	}
}
