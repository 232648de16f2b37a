package manifests

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// directives are those that the unit may have: systemd only warns about one that it does not know, and goes on without.
// https://www.freedesktop.org/software/systemd/man/247/systemd.directives.html
var directives = map[string]string{
	"Unit": "After Description Documentation Wants",
	"Service": "AmbientCapabilities CapabilityBoundingSet ExecStart Group KillMode LoadCredential LockPersonality MemoryDenyWriteExecute " +
		"NoNewPrivileges PrivateDevices PrivateTmp PrivateUsers ProtectClock ProtectControlGroups ProtectHome ProtectHostname " +
		"ProtectKernelLogs ProtectKernelModules ProtectKernelTunables ProtectProc ProtectSystem RemoveIPC Restart RestartPreventExitStatus " +
		"RestartSec RestrictAddressFamilies RestrictNamespaces RestrictRealtime RestrictSUIDSGID StateDirectory StateDirectoryMode " +
		"SystemCallArchitectures SystemCallErrorNumber SystemCallFilter TimeoutStopSec Type UMask User WorkingDirectory",
	"Install": "WantedBy",
}

// unit returns the values of a unit file by section and directive: "Service.User". The syntax is that of systemd.syntax(7), without
// lines that are continued.
func unit(t *testing.T, text string) map[string][]string {
	t.Helper()
	values, section := map[string][]string{}, ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		name, value, assigned := strings.Cut(line, "=")
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "["):
			if section = strings.Trim(line, "[]"); directives[section] == "" {
				t.Errorf("there is no section %s", line)
			}
		case !assigned || !slices.Contains(strings.Fields(directives[section]), name):
			t.Errorf("%s: not known in the section %s", line, section)
		default:
			values[section+"."+name] = append(values[section+"."+name], value)
		}
	}
	return values
}

func TestSystemdUnit(t *testing.T) {
	got := unit(t, readFile(t, "examples/systemd/zoneward.service"))
	for directive, want := range map[string]string{
		"Service.Type":                    "exec", // the program tells nobody when it is ready
		"Service.ExecStart":               "/usr/local/bin/zoneward run -c /etc/zoneward/zoneward.yaml",
		"Service.User":                    "zoneward",
		"Service.StateDirectory":          "zoneward",
		"Service.StateDirectoryMode":      "0700",
		"Service.UMask":                   "0077",
		"Service.Restart":                 "on-failure",
		"Service.CapabilityBoundingSet":   "",
		"Service.LockPersonality":         "true",
		"Service.MemoryDenyWriteExecute":  "true",
		"Service.NoNewPrivileges":         "true",
		"Service.PrivateDevices":          "true",
		"Service.PrivateTmp":              "true",
		"Service.ProtectHome":             "true",
		"Service.ProtectSystem":           "strict",
		"Service.RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX",
		"Service.SystemCallFilter":        "@system-service ~@privileged @resources",
		"Install.WantedBy":                "multi-user.target",
	} {
		if values, set := got[directive]; !set || strings.Join(values, " ") != want {
			t.Errorf("%s: got %q, want %q", directive, values, want)
		}
	}
	stop, err := time.ParseDuration(strings.Join(got["Service.TimeoutStopSec"], " ") + "s")
	if err != nil || stop <= drain {
		t.Errorf("TimeoutStopSec is %s (%v), want more than %s", stop, err, drain)
	}
	if user := "u " + got["Service.User"][0] + " "; !strings.Contains(readFile(t, "examples/systemd/zoneward.sysusers"), user) {
		t.Errorf("sysusers does not make the user: %q", user)
	}
}

// TestSystemdCredentials checks that the configuration names those credentials that the unit loads.
func TestSystemdCredentials(t *testing.T) {
	var loaded, named []string
	for _, credential := range unit(t, readFile(t, "examples/systemd/zoneward.service"))["Service.LoadCredential"] {
		name, file, _ := strings.Cut(credential, ":")
		if !strings.HasPrefix(file, "/etc/zoneward/secrets/") {
			t.Errorf("%s is read from %s", name, file)
		}
		loaded = append(loaded, name)
	}
	pattern := regexp.MustCompile(`\$\{file:/run/credentials/zoneward\.service/([^}]+)\}`)
	for _, found := range pattern.FindAllStringSubmatch(readFile(t, "examples/systemd/etc/zoneward.yaml"), -1) {
		named = append(named, found[1])
	}
	if !slices.Equal(loaded, named) {
		t.Errorf("the unit loads %s, and the configuration names %s", loaded, named)
	}
}

// TestSystemdAnalyze has systemd look at the unit, where it is installed: a container has none, and needs none for anything else here.
func TestSystemdAnalyze(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// It looks whether the program is there.
	text := replaced(t, readFile(t, "examples/systemd/zoneward.service"), "/usr/local/bin/zoneward", self)
	file := writeFile(t, "zoneward.service", text)
	if got := command(t, "", nil, analyze, "verify", "--man=no", "--recursive-errors=no", file); got != "" {
		t.Errorf("verify says:\n%s", got)
	}
	// Tenths, from 0 to 100: a service without any of this has 96. It fails above the threshold.
	command(t, "", nil, analyze, "security", "--offline=true", "--no-pager", "--threshold=20", file)
}
