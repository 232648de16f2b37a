package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// TestConfigurationWhileSomethingIsWritten: one configuration after another comes while a zone is being written. The tokens of the last one count at once, and that it
// is refused is not forgotten when the one before it is in force at last.
func TestConfigurationWhileSomethingIsWritten(t *testing.T) {
	r := startDaemon(t)
	file := filepath.Join(r.dir, "zoneward.yaml")
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	slow := strings.Replace(string(content), "directory: live,", `directory: live, reload: ["sh", "-c", "while test ! -e `+r.dir+`/go; do sleep 0.1; done"],`, 1)
	without := func(config, token string) string {
		var lines []string
		for line := range strings.Lines(config) {
			if !strings.Contains(line, "name: "+token+",") {
				lines = append(lines, line)
			}
		}
		return strings.Join(lines, "")
	}
	refused := func(who string) bool {
		_, err := r.clients[who].Status(t.Context())
		return err != nil
	}
	r.write("zoneward.yaml", without(slow, "team"))
	r.until("the team has no token any more", func() bool { return refused("team") })
	zone := zonefile.MustParseName("a.example.")
	wait := r.plan(zone, reconcile.Create)
	applied := make(chan error, 1)
	go func() {
		_, err := r.approve("admin", wait.ID)
		applied <- err
	}()
	r.until("the zone is being written", func() bool { return r.live("a.example") != "" })

	r.write("zoneward.yaml", without(without(slow, "team"), "operator"))
	r.until("the operator has no token any more", func() bool { return refused("operator") })
	configuration := func() document.Configuration {
		status, err := r.clients["admin"].Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return status.Configuration
	}
	isRefused := func() bool {
		err := configuration().Error
		return err != nil && strings.Contains(*err, "nonsense")
	}
	before := configuration().ReadAt
	r.write("zoneward.yaml", "version: 1\nnonsense: true\n")
	for end := time.Now().Add(2 * configInterval); !isRefused() && time.Now().Before(end); { // it is looked at now, or afterwards
		time.Sleep(20 * time.Millisecond)
	}
	r.write("go", "")
	if err := <-applied; err != nil {
		t.Errorf("what was being written: %v", err)
	}
	r.until("the configuration before is in force", func() bool { return configuration().ReadAt.After(before) })
	r.until("the last configuration is refused", isRefused)
	if !refused("operator") || !refused("team") {
		t.Error("a token counts again that was taken away")
	}
}
