package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
	"github.com/zoneward/zoneward/providers/scaidns/scaidnstest"
	"github.com/zoneward/zoneward/providers/scaleway/scalewaytest"
)

// root is the repository's.
const root = "../.."

// TestReadmeQuickstart runs what the README shows first, and compares all that comes out of it.
func TestReadmeQuickstart(t *testing.T) {
	const command = "go run ./cmd/zoneward apply --yes -c examples/quickstart/zoneward.yaml"
	readme := readFile(t, root+"/README.md")
	var shown string
	for _, block := range codeBlocks(readme, "console") {
		if strings.HasPrefix(block.text, "$ "+command+"\n") {
			shown = block.text
		}
	}
	if shown == "" {
		t.Fatalf("README.md has no console block that begins with: $ %s", command)
	}
	copyExample(t, "quickstart", t.TempDir())
	var got strings.Builder
	for range 2 {
		stdout, stderr := zoneward(t, exitDone, nil, strings.Fields(command)[3:]...)
		if stderr != "" {
			t.Errorf("standard error: %s", stderr)
		}
		got.WriteString("$ " + command + "\n" + stdout)
	}
	if diff := cmp.Diff(steady(got.String()), steady(shown)); diff != "" {
		t.Errorf("README.md shows something else (- is what comes out, + what it shows):\n%s", diff)
	}
}

// steady returns what apply wrote with everything replaced that is another each time: serials, which have the date in them, and times.
func steady(text string) string {
	text = regexp.MustCompile(`serial [0-9]+`).ReplaceAllString(text, "serial N")
	return regexp.MustCompile(`in [0-9.]+(µs|ms|s)\b`).ReplaceAllString(text, "in T")
}

// TestExamplesAreValid checks all examples, each where it says that nothing is needed for it.
func TestExamplesAreValid(t *testing.T) {
	configs, err := filepath.Glob(root + "/examples/*/zoneward.yaml")
	if err != nil || len(configs) < 5 {
		t.Fatalf("examples: %s, %v", configs, err)
	}
	for _, config := range configs {
		example := filepath.Base(filepath.Dir(config))
		t.Run(example, func(t *testing.T) {
			copyExample(t, example, t.TempDir())
			stdout, stderr := zoneward(t, exitDone, nil, "validate", "-c", "examples/"+example+"/zoneward.yaml")
			if !strings.HasSuffix(stdout, ": 0 errors, 0 warnings\n") || stderr != "" {
				t.Errorf("validate says:\n%s%s", stdout, stderr)
			}
		})
	}
}

// TestExamplesApply applies the examples that write to a directory, twice.
func TestExamplesApply(t *testing.T) {
	for example, files := range map[string][]string{
		"quickstart":    {"live/example.com.zone", "live/example.org.zone"},
		"split-horizon": {"live/inside/corp.example.zone", "live/inside/example.com.zone", "live/inside/example.org.zone", "live/outside/example.com.zone", "live/outside/example.org.zone"},
		"reverse-zones": {"live/128_29.2.0.192.in-addr.arpa.zone", "live/2.0.192.in-addr.arpa.zone", "live/8.b.d.0.1.0.0.2.ip6.arpa.zone", "live/example.com.zone"},
		"octodns":       {"live/ns1/example.com.zone", "live/ns1/example.org.zone", "live/ns2/example.com.zone", "live/ns2/example.org.zone"},
	} {
		t.Run(example, func(t *testing.T) {
			folder := copyExample(t, example, t.TempDir())
			config := filepath.Join(folder, "zoneward.yaml")
			zoneward(t, exitDone, nil, "apply", "--yes", "-c", config)
			zoneward(t, exitDone, nil, "plan", "--detailed-exitcode", "-c", config)
			var got []string
			for _, pattern := range []string{"live/*.zone", "live/*/*.zone"} {
				found, err := filepath.Glob(filepath.Join(folder, pattern))
				if err != nil {
					t.Fatal(err)
				}
				for _, file := range found {
					got = append(got, strings.TrimPrefix(filepath.ToSlash(file), filepath.ToSlash(folder)+"/"))
				}
			}
			if diff := cmp.Diff(got, files); diff != "" {
				t.Errorf("files (-got +want):\n%s", diff)
			}
		})
	}
}

// TestExamplePowerDNS applies the example to a real server. Only the address is another.
func TestExamplePowerDNS(t *testing.T) {
	server := dnsserver.PowerDNS(t, dnsserver.PowerDNSOptions{})
	server.CreateZone(t, "Native", dnsserver.Zone{Origin: "docs.example"})
	config := filepath.Join(copyExample(t, "powerdns", t.TempDir()), "zoneward.yaml")
	replaceInFile(t, config, "http://127.0.0.1:8081", server.URL)
	applied(t, map[string]string{"PDNS_API_KEY": server.APIKey}, config)
}

// TestExampleScaiDNS applies the example to a fake, with a key whose zones need no validation.
func TestExampleScaiDNS(t *testing.T) {
	server := scaidnstest.New(t, scaidnstest.Options{})
	config := filepath.Join(copyExample(t, "scaidns", t.TempDir()), "zoneward.yaml")
	replaceInFile(t, config, "https://scaidns.scailabs.ai", server.URL)
	applied(t, map[string]string{"SCAIDNS_API_KEY": server.MintKey(scaidnstest.Key{SkipsValidation: true})}, config)
	for name, typ := range map[string]string{"www.example.com.": "AAAA", "example.com.": "DNSKEY", "20.2.0.192.in-addr.arpa.": "PTR"} {
		if _, got := dnsserver.Query(t, server.DNS, name, typ); len(got) == 0 {
			t.Errorf("%s %s is not served", name, typ)
		}
	}
}

// TestExampleScaleway applies the example to a fake that has the domain of its zones.
func TestExampleScaleway(t *testing.T) {
	server := scalewaytest.New(t, scalewaytest.Options{})
	server.AddZone("example.com", scalewaytest.Zone{Root: true})
	config := filepath.Join(copyExample(t, "scaleway", t.TempDir()), "zoneward.yaml")
	replaceInFile(t, config, "11111111-1111-1111-1111-111111111111", server.Project)
	replaceInFile(t, config, "type: scaleway", "type: scaleway\n    rate: 1000\n    url: "+server.URL)
	applied(t, map[string]string{"SCW_SECRET_KEY": server.Token}, config)
	if diff := cmp.Diff(server.Zones(), []string{"example.com", "shop.example.com"}); diff != "" {
		t.Errorf("zones (-got +want):\n%s", diff)
	}
}

// TestExampleBIND applies the example to a real server, which has the zone and a key of another name and value, and has named look at
// the configuration that the example gives for it.
func TestExampleBIND(t *testing.T) {
	server := dnsserver.BIND(t, dnsserver.Zone{Origin: "example.com"})
	folder := copyExample(t, "bind", t.TempDir())
	config := filepath.Join(folder, "zoneward.yaml")
	replaceInFile(t, config, "127.0.0.1:53", server.Addr)
	replaceInFile(t, config, "name: zoneward,", "name: "+server.Key.Name+",")
	applied(t, map[string]string{"TSIG_SECRET": server.Key.Secret}, config)

	check := program(t, "named-checkconf")
	if out, err := exec.Command(check, filepath.Join(folder, "named.conf")).CombinedOutput(); err != nil {
		t.Errorf("named-checkconf: %v\n%s", err, out)
	}
}

// applied applies a configuration and checks that nothing is left to do.
func applied(t *testing.T, vars map[string]string, config string) {
	t.Helper()
	zoneward(t, exitDone, vars, "apply", "--yes", "-c", config)
	zoneward(t, exitDone, vars, "plan", "--detailed-exitcode", "-c", config)
}

// zoneward runs a command line in this process, and checks how it ends.
func zoneward(t *testing.T, want exitCode, vars map[string]string, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	got := run(args, env{
		stdin: strings.NewReader(""), stdout: newOutput(&out), stderr: newOutput(&errs),
		lookup: func(name string) (string, bool) {
			value, set := vars[name]
			return value, set
		},
	})
	if got != want {
		t.Fatalf("zoneward %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), got, want, &out, &errs)
	}
	return out.String(), errs.String()
}

// copyExample copies an example, without what a run left there, to where it is in the repository below dir, makes dir the current
// directory and returns the example's folder.
func copyExample(t *testing.T, example, dir string) string {
	t.Helper()
	folder := filepath.Join(dir, "examples", example)
	if err := os.CopyFS(folder, os.DirFS(filepath.Join(root, "examples", example))); err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(folder, "state.db*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(left, filepath.Join(folder, "live")) {
		if err := os.RemoveAll(file); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	return folder
}

func replaceInFile(t *testing.T, file, from, to string) {
	t.Helper()
	text := readFile(t, file)
	if !strings.Contains(text, from) {
		t.Fatalf("%s does not have %s", file, from)
	}
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(text, from, to)), 0o600); err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// codeBlock is a fenced block of a markdown file.
type codeBlock struct {
	line int // of its first line
	text string
}

// codeBlocks returns the blocks of a markdown text that are marked as being in a language.
func codeBlocks(markdown, language string) []codeBlock {
	var blocks []codeBlock
	fence, in := "", false
	for i, line := range strings.SplitAfter(markdown, "\n") {
		text := strings.TrimSpace(line)
		switch {
		case fence != "" && text == fence:
			fence, in = "", false
		case fence == "" && strings.HasPrefix(text, "```"):
			fence = "```"
			if in = text == "```"+language; in {
				blocks = append(blocks, codeBlock{line: i + 2})
			}
		case in:
			blocks[len(blocks)-1].text += line
		}
	}
	return blocks
}

// TestQuickstartDaemon runs the daemon of the README on a copy of the example: what is there goes live, and an edit too.
func TestQuickstartDaemon(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "zones"), os.DirFS(filepath.Join(root, "examples/quickstart/zones"))); err != nil {
		t.Fatal(err)
	}
	config := readFile(t, root+"/examples/quickstart/zoneward.yaml") + "\nserver: {listen: \"127.0.0.1:0\"}\n"
	if err := os.WriteFile(filepath.Join(dir, "zoneward.yaml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	c := &common{env: env{stdout: newOutput(io.Discard), stderr: newOutput(io.Discard), lookup: os.LookupEnv}, configFile: filepath.Join(dir, "zoneward.yaml")}
	go func() { ended <- c.watch(ctx, slog.New(slog.DiscardHandler)) }()
	live := func(want string) bool {
		content, err := os.ReadFile(filepath.Join(dir, "live/example.com.zone"))
		return err == nil && strings.Contains(string(content), want)
	}
	if !eventually(func() bool { return live("192.0.2.10") }) {
		t.Error("the example does not go live")
	}
	zone := filepath.Join(dir, "zones/example.com.zone")
	if err := os.WriteFile(zone, []byte(strings.Replace(readFile(t, zone), "192.0.2.10", "192.0.2.77", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if !eventually(func() bool { return live("192.0.2.77") }) {
		t.Error("an edit does not go live")
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v", err)
	}
}
