package main

import (
	"cmp"
	"os"
	"os/user"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
)

// maxActor is the most octets that the name of an actor has.
const maxActor = 200

// actor returns who applies, for the audit log: what $ZONEWARD_ACTOR says; in CI who started the job, as its forge has it; otherwise what self
// returns. It is a claim, not a proof: whoever can start the program can set the environment. It has at most 200 octets, all of which print.
func actor(lookup func(string) (string, bool), self func() string) string {
	variables := []string{"ZONEWARD_ACTOR"}
	if ci, _ := lookup("CI"); ci == "true" {
		// GITHUB_ACTOR stays the one who pushed when somebody else runs the job again.
		variables = append(variables, "GITHUB_TRIGGERING_ACTOR", "GITHUB_ACTOR", "GITEA_ACTOR", "GITLAB_USER_LOGIN")
	}
	for _, variable := range variables {
		value, _ := lookup(variable)
		if name := actorName(value); name != "" {
			return name
		}
	}
	return actorName(self())
}

// actorName returns text without what does not print, and not longer than an actor may be.
func actorName(text string) string {
	name := strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !render.IsPlain(r) {
			return -1
		}
		return r
	}, text))
	if len(name) <= maxActor {
		return name
	}
	end := maxActor
	for !utf8.RuneStart(name[end]) {
		end--
	}
	return name[:end]
}

// userAtHost returns who runs the program, and on which machine.
func userAtHost() string {
	// A container often has neither a name for its user nor $USER.
	name := "uid " + strconv.Itoa(os.Getuid())
	if u, err := user.Current(); err == nil {
		name = cmp.Or(u.Username, name)
	}
	if host, err := os.Hostname(); err == nil && host != "" {
		return name + "@" + host
	}
	return name
}
