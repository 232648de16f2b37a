package main

import (
	"bufio"
	"bytes"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
)

// The JSON form of a comparison, version 1.
type (
	diffJSON struct {
		Version int            `json:"version"`
		A       string         `json:"a"`
		B       string         `json:"b"`
		Zones   []zoneDiffJSON `json:"zones"` // those that differ, and those that could not be read
		Equal   int            `json:"equal"`
		Differ  int            `json:"differ"`
		Errors  int            `json:"errors"`
	}
	zoneDiffJSON struct {
		Zone string `json:"zone"`
		// Only is "a" or "b" if one side alone has the zone.
		Only string `json:"only"`
		// Records are those of a zone that one side alone has.
		Records int           `json:"records"`
		Changes []rrsetChange `json:"changes"`
		LeftOut int           `json:"left_out"` // changes that are not among these
		Create  int           `json:"create"`
		Update  int           `json:"update"`
		Delete  int           `json:"delete"`
		Error   *string       `json:"error"`
	}
	rrsetChange struct {
		Name string          `json:"name"`
		Type string          `json:"type"`
		Old  *document.RRset `json:"old"`
		New  *document.RRset `json:"new"`
		A    string          `json:"a"` // where it is stated
		B    string          `json:"b"`
	}
)

// diffStream writes the JSON form of a comparison as it comes, so that what differs in a zone is not in memory. A terminal gets it at the end: until then that is for the progress.
// Nothing is written before the first zone that differs, and what ends by then with an error has written nothing.
type diffStream struct {
	out   *output
	held  bytes.Buffer // for a terminal
	w     *bufio.Writer
	zones *jsonList // nil until the first
}

func newDiffStream(out *output) *diffStream {
	s := &diffStream{out: out}
	if s.w = bufio.NewWriter(out); isTerminal(out.file) {
		s.w = bufio.NewWriter(&s.held)
	}
	return s
}

// begin writes what is in front of the zones, once.
func (s *diffStream) begin(found render.Comparison) {
	if s.zones == nil {
		head, _ := cutJSON(documentOf(found), "zones", "")
		s.zones = newJSONList(s.w, head, "  ")
	}
}

// add writes what came of a zone, unless that is equal, with at most so many changes; 0 is all. found is the comparison so far.
func (s *diffStream) add(found render.Comparison, z zoneComparison, most int) {
	differ := z.Create + z.Update + z.Delete
	if z.Err == nil && z.Only == "" && differ == 0 {
		return
	}
	s.begin(found)
	zone := zoneDiffJSON{
		Zone: document.OfName(z.Zone), Only: string(z.Only), Records: z.Records, Changes: []rrsetChange{},
		Create: z.Create, Update: z.Update, Delete: z.Delete, Error: document.OfError(z.Err),
	}
	if most > 0 {
		zone.LeftOut = max(0, differ-most)
	}
	indent := s.zones.element()
	head, tail := cutJSON(zone, "changes", indent)
	changes := newJSONList(s.w, head, indent+"  ")
	for change := range z.first(most) {
		indent := changes.element()
		_, _ = s.w.WriteString(indentedJSON(changeDocument(change), indent))
	}
	changes.end(tail)
}

// end writes the rest, and returns the first error of writing.
func (s *diffStream) end(found render.Comparison) error {
	s.begin(found)
	_, tail := cutJSON(documentOf(found), "zones", "")
	s.zones.end(tail + "\n")
	if err := s.w.Flush(); err != nil {
		return err
	}
	_, err := s.held.WriteTo(s.out)
	return err
}

// documentOf returns a comparison without its zones.
func documentOf(found render.Comparison) diffJSON {
	return diffJSON{Version: 1, A: found.A, B: found.B, Zones: []zoneDiffJSON{}, Equal: found.Equal, Differ: found.Differing, Errors: found.Failed}
}

func changeDocument(change render.PlacedChange) rrsetChange {
	key := change.Key
	return rrsetChange{document.OfName(key.Name), key.Type.String(), document.OfRRset(change.Old), document.OfRRset(change.New), change.A, change.B}
}
