package main

import (
	"os/exec"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/zoneward/zoneward/providers/providertest/dnsserver"
)

// digs asks what answers at a port of 127.0.0.1, in dig's language, until its answer matches; with ! until it does not.
func digs(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: digs PORT QUESTION REGEXP")
	}
	dig := dnsserver.Program(scriptOf(ts).tb, "dig")
	want, err := regexp.Compile("(?m)" + args[2])
	ts.Check(err)
	var last string
	if !eventually(func() bool {
		answer, err := exec.Command(dig, append([]string{"@127.0.0.1", "-p", args[0], "+tries=1", "+time=1"}, strings.Fields(args[1])...)...).CombinedOutput()
		last = string(answer)
		return err == nil && want.Match(answer) != neg
	}) {
		ts.Fatalf("%s: want %s; the last answer was\n%s", args[1], want, last)
	}
}
