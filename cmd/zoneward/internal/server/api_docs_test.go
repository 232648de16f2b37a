package server

import (
	"os"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/reconcile"
)

// TestDocumentedAPI compares docs/api.md with the kinds of problem and the routes.
func TestDocumentedAPI(t *testing.T) {
	text, err := os.ReadFile("../../../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	for _, p := range []*problem{
		badRequest(""), tokenNeeded(""), forbidden(""), notFound(""), noAPI(""), methodNotAllowed("", ""), planChanged(&reconcile.Plan{}, nil), bodyTooLarge(), unsupportedMedia(""),
		tooManyFailures(), internal(), notNow(""), needsUpdate(""), noProposals(""),
	} {
		if !strings.Contains(page, "\n### "+p.name+"\n") {
			t.Errorf("docs/api.md has no section %s", p.name)
		}
	}
	for _, r := range routes() {
		if name := r.method + " " + strings.TrimPrefix(r.path, apiRoot); !strings.Contains(page, "`"+name+"`") {
			t.Errorf("docs/api.md does not have %s", name)
		}
	}
}
