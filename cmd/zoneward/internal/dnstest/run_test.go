package dnstest

import (
	"context"
	"strings"
	"testing"

	"github.com/zoneward/zoneward/zonefile"
)

// panicking is an Answerer that panics when it is asked about www.
type panicking struct{ Answerer }

func (p panicking) Views(ctx context.Context, question zonefile.Key) []View {
	if question.Name == zonefile.MustParseName("www.example.com.") {
		panic("nobody knows")
	}
	return p.Answerer.Views(ctx, question)
}

// TestPanicFailsTheTest, and the others are run.
func TestPanicFailsTheTest(t *testing.T) {
	suite := suiteOf(t, "www.example.com A 192.0.2.1", "mail.example.com A 192.0.2.25")
	got := suite.Run(t.Context(), panicking{NewZones(parseZone(t, "example.com", "live", exampleCom))})
	if len(got) != 2 || got[0].Status != Failed || !strings.Contains(got[0].Got, "nobody knows") || got[1].Status != Passed {
		t.Errorf("%+v; want one that has failed, and one that has passed", got)
	}
}
