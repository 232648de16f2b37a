package manifests

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// stages returns the stages of the Dockerfile, of which there are two.
func stages(t *testing.T) (build, final instructions.Stage) {
	t.Helper()
	parsed, err := parser.Parse(strings.NewReader(readFile(t, "Dockerfile")))
	if err != nil {
		t.Fatal(err)
	}
	if len(parsed.Warnings) > 0 {
		t.Errorf("warnings: %+v", parsed.Warnings)
	}
	all, arguments, err := instructions.Parse(parsed.AST, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 2 || len(arguments) != 0 {
		t.Fatalf("got %d stages and %d arguments before them, want 2 and none", len(all), len(arguments))
	}
	return all[0], all[1]
}

// of returns the instructions of one kind, in their order.
func of[T instructions.Command](stage instructions.Stage) []T {
	var all []T
	for _, command := range stage.Commands {
		if c, ok := command.(T); ok {
			all = append(all, c)
		}
	}
	return all
}

func TestDockerfileBuilder(t *testing.T) {
	build, _ := stages(t)
	found := regexp.MustCompile(`^golang:([0-9]+\.[0-9]+)\.[0-9]+-[a-z]+$`).FindStringSubmatch(build.BaseName)
	if found == nil {
		t.Fatalf("the builder is %s, want golang with a whole version", build.BaseName)
	}
	if want := "\ngo " + found[1] + "."; !strings.Contains(readFile(t, "go.mod"), want) {
		t.Errorf("the builder is %s, and go.mod does not have a line that begins with %q", build.BaseName, strings.TrimSpace(want))
	}
}

func TestDockerfileImage(t *testing.T) {
	_, final := stages(t)
	if final.BaseName != "scratch" {
		t.Errorf("the image is made from %s, want scratch", final.BaseName)
	}
	imageUser(t, final)
	if got := of[*instructions.RunCommand](final); len(got) > 0 {
		t.Errorf("nothing can be run in the image: %v", got)
	}
	entry, command := of[*instructions.EntrypointCommand](final), of[*instructions.CmdCommand](final)
	if len(entry) != 1 || entry[0].PrependShell || !slices.Equal(entry[0].CmdLine, []string{"/zoneward"}) {
		t.Errorf("ENTRYPOINT: got %v", entry)
	}
	if len(command) != 1 || command[0].PrependShell || !slices.Equal(command[0].CmdLine, []string{"run", "-c", "/etc/zoneward/zoneward.yaml"}) {
		t.Errorf("CMD: got %v", command)
	}
	if got := of[*instructions.ExposeCommand](final); len(got) != 1 || !slices.Equal(got[0].Ports, []string{"8053"}) {
		t.Errorf("EXPOSE: got %v", got)
	}
	if got := of[*instructions.VolumeCommand](final); len(got) != 1 || !slices.Equal(got[0].Volumes, []string{"/var/lib/zoneward"}) {
		t.Errorf("VOLUME: got %v", got)
	}
}

// TestDockerfileOwnership checks that the program's user owns its volume, and not the program.
func TestDockerfileOwnership(t *testing.T) {
	_, final := stages(t)
	owners := map[string]string{}
	for _, c := range of[*instructions.CopyCommand](final) {
		owners[c.DestPath] = c.Chown
	}
	for path, want := range map[string]string{
		"/zoneward": "", "/etc": "", "/etc/ssl/certs/ca-certificates.crt": "", "/var/lib/zoneward": "65532:65532",
	} {
		if got, copied := owners[path]; !copied || got != want {
			t.Errorf("%s: owner %q (copied: %t), want %q", path, got, copied, want)
		}
	}
}

// TestDockerfileInputs checks that all that goes into the image is of the repository, the builder, or a module with a sum.
func TestDockerfileInputs(t *testing.T) {
	build, final := stages(t)
	for _, stage := range []instructions.Stage{build, final} {
		if got := of[*instructions.AddCommand](stage); len(got) > 0 {
			t.Errorf("ADD fetches and unpacks: %v", got)
		}
		for _, c := range of[*instructions.CopyCommand](stage) {
			if c.From != "build" {
				t.Errorf("%s: is copied from %q, want the stage build", c, c.From)
			}
		}
		for _, c := range of[*instructions.RunCommand](stage) {
			if line := strings.Join(c.CmdLine, " "); regexp.MustCompile(`\b(curl|wget|apt-get|git clone)\b`).MatchString(line) {
				t.Errorf("RUN fetches something: %s", line)
			}
		}
		secret := regexp.MustCompile(`(?i)token|secret|passw|key`)
		for _, c := range of[*instructions.ArgCommand](stage) {
			for _, arg := range c.Args {
				if secret.MatchString(arg.Key) {
					t.Errorf("ARG %s would stay in the image's history", arg.Key)
				}
			}
		}
		for _, c := range of[*instructions.EnvCommand](stage) {
			for _, pair := range c.Env {
				if secret.MatchString(pair.Key) {
					t.Errorf("ENV %s would stay in the image", pair.Key)
				}
			}
		}
	}
}

// TestDockerignore checks that the context has all that git has: of a tree that lacks something, Go says that it is modified.
func TestDockerignore(t *testing.T) {
	var want []string
	for line := range strings.Lines(readFile(t, ".gitignore")) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		pattern, kept := strings.CutPrefix(strings.TrimSuffix(line, "/"), "!")
		if rest, anchored := strings.CutPrefix(pattern, "/"); anchored {
			pattern = rest
		} else {
			pattern = "**/" + strings.TrimPrefix(pattern, "**/")
		}
		if kept {
			pattern = "!" + pattern
		}
		want = append(want, pattern)
	}
	var got []string
	for line := range strings.Lines(readFile(t, ".dockerignore")) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			got = append(got, line)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant what .gitignore has, %q", got, want)
	}
}

// buildLine runs the RUN of the Dockerfile that builds, with dir in the place of /out and the environment that ENV and ARG make, and
// returns what it writes.
func buildLine(t *testing.T, dir, version string) (string, error) {
	t.Helper()
	build, _ := stages(t)
	lines := slices.DeleteFunc(of[*instructions.RunCommand](build), func(c *instructions.RunCommand) bool {
		return !strings.Contains(strings.Join(c.CmdLine, " "), "go build ")
	})
	if len(lines) != 1 {
		t.Fatalf("%d lines of the Dockerfile build, want 1", len(lines))
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-c", strings.ReplaceAll(strings.Join(lines[0].CmdLine, " "), "/out/", dir+"/"))
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "VERSION="+version, "TARGETOS="+runtime.GOOS, "TARGETARCH="+runtime.GOARCH)
	for _, c := range of[*instructions.EnvCommand](build) {
		for _, pair := range c.Env {
			if !strings.HasSuffix(pair.Key, "CACHE") { // the machine that builds has its own
				cmd.Env = append(cmd.Env, pair.Key+"="+pair.Value)
			}
		}
	}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// imageUser returns the numbers of the user and the group that the image runs as.
func imageUser(t *testing.T, image instructions.Stage) (ids [2]int64) {
	t.Helper()
	users := of[*instructions.UserCommand](image)
	if len(users) != 1 {
		t.Fatalf("%d USER instructions, want 1", len(users))
	}
	// Kubernetes can tell that a user is not root by its number only.
	if _, err := fmt.Sscanf(users[0].User, "%d:%d", &ids[0], &ids[1]); err != nil || ids[0] == 0 || ids[1] == 0 {
		t.Errorf("USER is %s, want two numbers that are not 0", users[0].User)
	}
	return ids
}
