package main

import (
	"cmp"
	"database/sql"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// stoneID sets a variable to the id of the newest tombstone of an RRset, or of a zone, whose type is "zone". Behind that may be flags of trash list.
func stoneID(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: stone NAME OWNER TYPE [FLAG...]")
	}
	ts.Check(ts.Exec("zoneward", slices.Concat([]string{"trash", "list", "--all", "--format", "json"}, args[3:])...))
	var list struct {
		Tombstones []struct{ ID, Name, Type, Kind string }
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &list))
	for _, t := range list.Tombstones {
		if t.Name == args[1] && cmp.Or(t.Type, t.Kind) == args[2] {
			ts.Setenv(args[0], t.ID)
			return
		}
	}
	ts.Fatalf("no tombstone of %s %s", args[1], args[2])
}

// commitID sets a variable to the id of a commit.
func commitID(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: commit NAME REVISION")
	}
	ts.Check(ts.Exec("git", "rev-parse", args[1]))
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile("stdout")))
}

// planID sets a variable to the id of the plan by which an RRset was written last, or before that: 1 is the last one.
func planID(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: plan NAME OWNER TYPE NUMBER")
	}
	n, err := strconv.Atoi(args[3])
	ts.Check(err)
	ts.Check(ts.Exec("zoneward", "history", args[1], args[2], "--format", "json"))
	var list struct{ Entries []struct{ Plan string } }
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &list))
	if n < 1 || n > len(list.Entries) {
		ts.Fatalf("there are %d entries", len(list.Entries))
	}
	ts.Setenv(args[0], list.Entries[n-1].Plan)
}

// timeNow sets a variable to the time as restore and rollback take it.
func timeNow(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: now NAME")
	}
	ts.Setenv(args[0], time.Now().UTC().Format(time.RFC3339Nano))
}

// sqlExec carries out statements in an SQLite file: what somebody does who has the file.
func sqlExec(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: sql FILE STATEMENT...")
	}
	db, err := sql.Open("sqlite", ts.MkAbs(args[0]))
	ts.Check(err)
	defer db.Close()
	for _, statement := range args[1:] {
		_, err := db.Exec(statement)
		ts.Check(err)
	}
}

// powerdnsAPI asks the API of the PowerDNS that the script started, as somebody else would, and compares what it answers. The path is below that of
// its zones; a file is the body.
func powerdnsAPI(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 && len(args) != 4 {
		ts.Fatalf("usage: pdns METHOD ZONE REGEXP [FILE]")
	}
	var body io.Reader
	if len(args) == 4 {
		body = strings.NewReader(ts.ReadFile(args[3]))
	}
	req, err := http.NewRequest(args[0], ts.Getenv("URL")+"/api/v1/servers/localhost/zones/"+args[1], body)
	ts.Check(err)
	req.Header.Set("X-API-Key", ts.Getenv("APIKEY"))
	resp, err := http.DefaultClient.Do(req)
	ts.Check(err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	ts.Check(err)
	found, err := regexp.Match(args[2], answer)
	ts.Check(err)
	if resp.StatusCode >= 300 || found == neg {
		ts.Fatalf("%s\n%s", resp.Status, answer)
	}
}
