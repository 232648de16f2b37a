package report

// The most octets of what is published, with room to spare: GitHub takes comments of 65,536 characters, and summaries of 1 MiB.
const (
	MaxComment = 60_000
	MaxSummary = 950_000
)

// Comment returns the report as the comment of a pull request, of at most limit octets: a line with the [Marker], then markdown, without what is redacted.
// What does not fit is counted, and the id is that of the whole plan. It is empty if there is no room for the marker.
func (r *Report) Comment(limit int) string {
	shown := r.redacted()
	m := Marker{Config: r.Config, Plan: r.Proposal.Plan.ID(), Head: r.Proposal.Head}
	if r.shown == nil && !r.NoPlan && !r.hidesAny() {
		m.Data = packed(r.Proposal.Plan)
	}
	line := m.String() + "\n"
	if m.Data != "" && len(line)+len(compactTable(shown.zones()))+leastBeside > limit {
		m.Data = ""
		line = m.String() + "\n"
	}
	if len(line) > min(limit, maxMarker) {
		return ""
	}
	return line + shown.markdown(limit-len(line))
}

// leastBeside is for how many octets there must be room beside the marker and the table for the marker to have the plan too.
const leastBeside = 20_000
