package main

import (
	"io"
	"os"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
)

// upExampleDomain is the example after it was applied, and applied again.
func upExampleDomain(t *testing.T) exampleDomain {
	e := newExampleDomain(t)
	zoneward(t, exitDone, e.vars, "apply", "--yes", "--wait", "0s", "-c", e.config)
	zoneward(t, exitDone, e.vars, "apply", "--yes", "--wait", "0s", "-c", e.config)
	return e
}

// apply applies what no guard holds, whatever it ends with.
func (e exampleDomain) apply() {
	run([]string{"apply", "--yes", "--wait", "0s", "-c", e.config}, env{
		stdin: strings.NewReader(""), stdout: newOutput(io.Discard), stderr: newOutput(io.Discard),
		lookup: func(name string) (string, bool) {
			value, set := e.vars[name]
			return value, set
		},
	})
}

// TestRotatedKeyOfWhatCameBackIsHeld has mail leave, come back, and change its key: a store that forgot the key when it left would publish the new one unseen.
func TestRotatedKeyOfWhatCameBackIsHeld(t *testing.T) {
	e := upExampleDomain(t)
	text := readFile(t, e.file())
	if err := os.Remove(e.file()); err != nil {
		t.Fatal(err)
	}
	zoneward(t, exitDone, e.vars, "apply", "--yes", "--wait", "0s", "-c", e.config)
	if err := os.WriteFile(e.file(), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	zoneward(t, exitDone, e.vars, "apply", "--yes", "--wait", "0s", "-c", e.config)
	e.mail.RotateDKIM("example.com")
	if stdout, _ := zoneward(t, exitDone, e.vars, "plan", "-c", e.config); !strings.Contains(stdout, "held by mail-key-change") {
		t.Errorf("the plan is\n%s\nwant the new key held", stdout)
	}
}

// TestRecordsStayWhenOthersRemoveTheirResource has somebody revoke the mail domain and unlink the application: their records would be gone before a person has seen it.
func TestRecordsStayWhenOthersRemoveTheirResource(t *testing.T) {
	e := upExampleDomain(t)
	e.mail.Revoke("example.com")
	e.apps.Unlink("my-app", "www.example.com")
	e.apply()
	for name, typ := range map[string]string{"www.example.com.": "CNAME", "_dmarc.example.com.": "TXT", "example.com.": "MX"} {
		if _, got := dnsserver.Query(t, e.zones.DNS, name, typ); len(got) == 0 {
			t.Errorf("%s %s is not served any more", name, typ)
		}
	}
}

// TestNameOfAnotherAppIsServed declares a linked name for another application: its CNAME would be gone, and the name linked to the first one still.
func TestNameOfAnotherAppIsServed(t *testing.T) {
	e := upExampleDomain(t)
	replaceInFile(t, e.file(), "app: my-app, name: www", "app: other-app, name: www")
	e.apply()
	if _, got := dnsserver.Query(t, e.zones.DNS, "www.example.com.", "CNAME"); len(got) == 0 {
		t.Error("www.example.com is not served any more")
	}
}
