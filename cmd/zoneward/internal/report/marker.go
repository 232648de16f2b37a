package report

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"

	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// Marker is what the first line of a comment says to programs, hidden from people:
//
//	<!-- zoneward:plan {"config":"zoneward.yaml","plan":"sha256:...","head":"1a2b3c...","data":"..."} -->
//
// Whoever can write comments can write one. It says which comment is about what if its author is oneself, and nothing else.
type Marker struct {
	Config string          `json:"config"` // the path of the configuration, see [Report]
	Plan   zonefile.Digest `json:"plan"`   // the id of the whole plan
	Head   string          `json:"head"`   // the commit that the plan is of
	// Data is the plan, packed, empty if it is too large or has something that is not shown. See [Marker.Reviewed].
	Data string `json:"data,omitempty"`
}

const (
	markerBegin = "<!-- zoneward:plan "
	markerEnd   = " -->"
	// maxData is the most octets of the data of a marker.
	maxData = 16 << 10
	// maxMarker is the most octets of a line with a marker.
	maxMarker = 2 * maxData
	// maxPlan is the most octets of the JSON of a plan in a marker.
	maxPlan = 4 << 20
)

// String returns the line of a comment, without its end. It is a comment of HTML and ends where it should, whatever is in the marker: "<" and ">" (json.Marshal),
// the second of two hyphens, and what is not ASCII are escaped in it.
func (m Marker) String() string {
	doc, err := json.Marshal(m)
	if err != nil {
		panic(fmt.Sprintf("marker: %v", err)) // it is made of strings
	}
	var b strings.Builder
	b.WriteString(markerBegin)
	last := rune(0)
	for _, c := range string(doc) {
		switch {
		case c == '-' && last == '-', 0x7f <= c && c <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, c)
			c = 0
		case c > 0xffff:
			high, low := utf16.EncodeRune(c)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			b.WriteRune(c)
		}
		last = c
	}
	return b.String() + markerEnd
}

// ParseMarker returns the marker of a comment. It stands in its first line, alone: in any other it is what somebody has written.
func ParseMarker(body string) (m Marker, ok bool) {
	line, _, _ := strings.Cut(body, "\n")
	line = strings.TrimSuffix(line, "\r") // some forges change line ends
	doc, begins := strings.CutPrefix(line, markerBegin)
	doc, ends := strings.CutSuffix(doc, markerEnd)
	if !begins || !ends || len(line) > maxMarker || strings.Contains(doc, "--") || strings.ContainsAny(doc, "<>") {
		return Marker{}, false
	}
	if err := json.Unmarshal([]byte(doc), &m); err != nil || m.Config == "" || m.Plan.IsZero() {
		return Marker{}, false
	}
	return m, true
}

// packed returns a plan for the data of a marker: base64url of gzip of its JSON, with no more than its id needs. It is empty if that is too long.
func packed(p *reconcile.Plan) string {
	bare := func(c reconcile.Change) reconcile.Change {
		c.Source, c.Cause = zonefile.Position{}, reconcile.CauseUnknown
		return c
	}
	plan := &reconcile.Plan{CreatedAt: p.CreatedAt, Zones: make([]reconcile.ZonePlan, len(p.Zones))}
	for i, z := range p.Zones {
		zone := reconcile.ZonePlan{Ref: z.Ref, ID: z.ID, Err: z.Err}
		for _, c := range z.Changes {
			zone.Changes = append(zone.Changes, bare(c))
		}
		for _, d := range z.Deferred {
			d.Change = bare(d.Change)
			zone.Deferred = append(zone.Deferred, d)
		}
		plan.Zones[i] = zone
	}
	var doc, compact, gzipped bytes.Buffer
	if err := plan.WriteJSON(&doc); err != nil {
		return ""
	}
	if err := json.Compact(&compact, doc.Bytes()); err != nil || compact.Len() > maxPlan {
		return ""
	}
	w := gzip.NewWriter(&gzipped)
	if _, err := w.Write(compact.Bytes()); err != nil {
		return ""
	}
	if err := w.Close(); err != nil || base64.RawURLEncoding.EncodedLen(gzipped.Len()) > maxData {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(gzipped.Bytes())
}

// errNoData says that a marker has no plan.
var errNoData = errors.New("the comment does not have the plan, only its id")

// Reviewed returns the plan that the marker has, if its id is that of the marker. It is as a plan that [reconcile.ReadPlan] reads, without its places, guards
// and times: it serves to say what is different, see [Differences].
func (m Marker) Reviewed() (*reconcile.Plan, error) {
	if m.Data == "" {
		return nil, errNoData
	}
	if len(m.Data) > maxData {
		return nil, fmt.Errorf("the plan of a comment: more than %d octets", maxData)
	}
	gzipped, err := base64.RawURLEncoding.DecodeString(m.Data)
	if err != nil {
		return nil, fmt.Errorf("the plan of a comment: %w", err)
	}
	r, err := gzip.NewReader(bytes.NewReader(gzipped))
	if err != nil {
		return nil, fmt.Errorf("the plan of a comment: %w", err)
	}
	doc, err := io.ReadAll(io.LimitReader(r, maxPlan+1))
	if err != nil {
		return nil, fmt.Errorf("the plan of a comment: %w", err)
	}
	if len(doc) > maxPlan {
		return nil, fmt.Errorf("the plan of a comment: more than %d octets", maxPlan)
	}
	plan, err := reconcile.ReadPlan(bytes.NewReader(doc))
	if err != nil {
		return nil, fmt.Errorf("the plan of a comment: %w", err)
	}
	if plan.ID() != m.Plan {
		return nil, errors.New("the plan of a comment is not the one whose id it has")
	}
	return plan, nil
}
