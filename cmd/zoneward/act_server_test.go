//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
)

// testActServer: a daemon makes the plan for a job that says who it is and has no key; the job writes it into the comment.
func testActServer(t *testing.T, tools actTools) {
	const identity = "a.job.identity"
	a := newActions(t, tools)
	var asked document.ProposeRequest
	var audience string
	mux := http.NewServeMux()
	mux.HandleFunc("GET /identity", func(w http.ResponseWriter, r *http.Request) {
		audience = r.FormValue("audience")
		if r.Header.Get("Authorization") != "Bearer hush-job" {
			http.Error(w, "who?", http.StatusUnauthorized)
			return
		}
		_, _ = io.WriteString(w, `{"value": "`+identity+`"}`)
	})
	mux.HandleFunc("POST /api/v1/proposals", func(w http.ResponseWriter, r *http.Request) {
		if err := json.NewDecoder(r.Body).Decode(&asked); err != nil || r.Header.Get("Authorization") != "Bearer "+identity {
			http.Error(w, "no", http.StatusForbidden)
			return
		}
		code, report, said := runAt(nil, "ci", "plan", "--repository", a.work, "-c", a.work+"/zoneward.yaml", "--base", "main", "--head", asked.Head, "--format", "json")
		if code != exitDone {
			http.Error(w, said, http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, report)
	})
	daemon := httptest.NewServer(mux)
	defer daemon.Close()

	files := exampleZones(t, t.TempDir(), "server.yml")
	flow := ".github/workflows/server.yml"
	files[flow] = strings.Replace(files[flow], "https://zoneward.example.com", daemon.URL, 1)
	a.begin(t, files)
	a.env = []string{"ACTIONS_ID_TOKEN_REQUEST_URL=" + daemon.URL + "/identity", "ACTIONS_ID_TOKEN_REQUEST_TOKEN=hush-job"}
	a.git(t, "switch", "-q", "-c", "topic")
	head := a.commit(t, "change", map[string]string{"zones/example.com.zone": "$TTL 300\n@ NS ns1.example.net.\nwww A 192.0.2.1\n"})
	number := a.open(t, "topic", "")
	a.mergeOf(t, "topic")
	job := a.run(t, "server.yml", "pull_request", a.pullEvent(t, number, "topic", a.forge.Repository()))
	if !job.ok || job.outputs["create"] != "3" {
		t.Fatalf("%q\n%s", job.outputs, job.log)
	}
	if asked.Head != head || asked.Pull != int(number) || asked.Ref != fmt.Sprintf("refs/pull/%d/head", number) || audience != daemon.URL {
		t.Errorf("the daemon was asked for %+v, by a job whose token is for %q", asked, audience)
	}
	comments, statuses := a.forge.Comments(number), a.forge.Statuses(head)
	if len(comments) != 1 || !strings.Contains(comments[0].Body, "www") {
		t.Errorf("comments: %+v", comments)
	}
	if len(statuses) != 1 || statuses[0].Context != "zoneward/plan" || !strings.Contains(statuses[0].Description, job.outputs["plan-id"]) {
		t.Errorf("statuses: %+v", statuses)
	}
	if strings.Contains(job.log, identity) || strings.Contains(job.log, "hush-job") {
		t.Error("a secret is in the log")
	}
}
