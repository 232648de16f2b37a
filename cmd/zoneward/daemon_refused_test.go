package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestConfigurationThatBecomesGood names a secret whose file comes later, as those of a cluster do: it is in force then though nobody touches it again.
func TestConfigurationThatBecomesGood(t *testing.T) {
	t.Parallel()
	r := startDaemon(t)
	refused := func() string {
		status, err := r.clients["admin"].Status(t.Context())
		if err != nil {
			return err.Error()
		}
		if status.Configuration.Error == nil {
			return ""
		}
		return *status.Configuration.Error
	}
	config, err := os.ReadFile(filepath.Join(r.dir, "zoneward.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	r.write("zoneward.yaml", strings.Replace(string(config), "providers:\n", "providers:\n  more: {type: powerdns, url: \"http://127.0.0.1:1\", api_key: \"${file:key}\"}\n", 1))
	r.until("it is refused", func() bool { return refused() != "" })
	r.write("key", "secret\n")
	r.until("it is in force", func() bool { return refused() == "" })
}
