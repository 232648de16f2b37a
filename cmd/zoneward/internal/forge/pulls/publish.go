package pulls

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Publication is a comment that a pull request is to have: exactly one of its kind, that is.
type Publication struct {
	Number int64
	// Body is the comment, with a marker in it.
	Body string
	// Match reports whether a body has the marker, with the same configuration. A marker in somebody else's comment is nothing.
	Match func(body string) bool
	// Newer reports whether the body a says something newer than the body b, both of which Match takes. nil: whoever comes last is the newest.
	Newer func(a, b string) bool
	// OnlyIfExists: a comment that is there is updated, and none is made.
	OnlyIfExists bool
}

// Outcome is what came of a publication.
type Outcome struct {
	Action  Action
	Comment Comment // that is there now; zero if Action is Absent
}

// Action is what was done to have one comment.
type Action string

// What was done.
const (
	Created    Action = "created"
	Edited     Action = "edited"
	Unchanged  Action = "unchanged"  // it is there and the same
	Superseded Action = "superseded" // what is there is newer, and was left
	Absent     Action = "absent"     // there is none, and none was wanted
)

const (
	// mostLooks is how often the comments are looked at. Each look but the first follows a write; it takes three to settle two comments into one.
	mostLooks = 8
	// mostCreated is how often a comment is written that may have been written already and cannot be seen.
	mostCreated = 3
	// uncertainPause is how long the next look waits for a comment of which nobody knows whether it was written.
	uncertainPause = 2 * time.Second
)

// Publish has a pull request show the publication, in one comment.
//
// The comment is found by its author, who is [Host.Self], and by Match. It is edited in place, and one that has the body already is not touched. If there is none, or it
// was deleted meanwhile, it is created. Of several, which two runs at once can leave, the oldest stays and has the newest body, and the others are
// outdated. After each write it looks again, so that any number of publishers at once leave one comment, with the body of one of them.
//
// A body that is not newer than the one that is there is not written over it. A forge has no way to say «if it is still the same», so this holds unless a run looks
// before a newer one writes, and writes after that has looked again: those of one pull request had better run one at a time.
//
// A comment that was perhaps written, as after 502, is looked for before it is written again.
func Publish(ctx context.Context, host Host, p Publication) (Outcome, error) {
	return publish(ctx, host, p, sleep)
}

func publish(ctx context.Context, host Host, p Publication, sleep func(context.Context, time.Duration) error) (Outcome, error) {
	if err := wantNumber(p.Number); err != nil {
		return Outcome{}, err
	}
	if !p.Match(p.Body) {
		return Outcome{}, fmt.Errorf("comment of pull request %d: it does not have its own marker", p.Number)
	}
	self, err := host.Self(ctx)
	if err != nil {
		return Outcome{}, err
	}
	r := &reconciler{host: host, p: p, self: self, sleep: sleep, gone: map[int64]bool{}, done: Unchanged}
	for range mostLooks {
		if settled, err := r.look(ctx); settled || err != nil {
			return r.outcome, err
		}
	}
	return Outcome{}, fmt.Errorf("comment of pull request %d: it is written by somebody else each time that it was written", p.Number)
}

// reconciler brings the comments of one pull request to what one publication wants, look by look.
type reconciler struct {
	host  Host
	p     Publication
	self  string
	sleep func(context.Context, time.Duration) error

	created  *Comment       // that was written here: a list may not have it yet
	attempts int            // to create one
	wrote    bool           // the body was written here
	gone     map[int64]bool // comments that were not there any more when they were to be written
	done     Action
	outcome  Outcome
}

// look looks at the comments once, and does what is to be done. It is settled if there is nothing, and outcome is set then.
func (r *reconciler) look(ctx context.Context) (settled bool, err error) {
	ours, err := r.ours(ctx)
	if err != nil {
		return false, err
	}
	if len(ours) == 0 {
		if r.p.OnlyIfExists {
			r.outcome = Outcome{Action: Absent}
			return true, nil
		}
		return false, r.create(ctx)
	}
	keep, body := ours[0], r.wanted(ours)
	if same(keep.Body, body) && len(ours) == 1 {
		if !same(body, r.p.Body) {
			r.done = Superseded
		}
		r.outcome = Outcome{r.done, keep}
		return true, nil
	}
	if !same(keep.Body, body) {
		if keep, err = r.host.EditComment(ctx, r.p.Number, ours[0], body); err != nil {
			return false, r.unlessGone(ours[0], err)
		}
		if same(body, r.p.Body) {
			r.wrote = true
			if r.done != Created {
				r.done = Edited
			}
		}
	}
	for _, other := range ours[1:] {
		if err := r.unlessGone(other, r.host.Outdate(ctx, r.p.Number, other, outdated(keep))); err != nil {
			return false, err
		}
		if r.created != nil && r.created.ID == other.ID {
			r.created, r.done = nil, Edited
		}
	}
	return false, nil
}

// ours returns the comments that are ours and match, the oldest first.
func (r *reconciler) ours(ctx context.Context) ([]Comment, error) {
	var ours []Comment
	for c, err := range r.host.Comments(ctx, r.p.Number) {
		if err != nil {
			return nil, err
		}
		if strings.EqualFold(c.Author, r.self) && r.p.Match(c.Body) && !r.gone[c.ID] {
			ours = append(ours, c)
		}
	}
	if r.created != nil && !slices.ContainsFunc(ours, func(c Comment) bool { return c.ID == r.created.ID }) {
		ours = append(ours, *r.created)
	}
	slices.SortFunc(ours, func(a, b Comment) int { return int(min(max(a.ID-b.ID, -1), 1)) })
	return ours, nil
}

// wanted returns the body that the comment is to have: the newest of those that are there and the publication's. Of two that are equally new the publication's
// counts, unless it was written already: then the other one came later.
func (r *reconciler) wanted(ours []Comment) string {
	best := ours[0].Body
	for _, c := range ours[1:] {
		if !r.newer(best, c.Body) {
			best = c.Body
		}
	}
	if same(best, r.p.Body) || r.newer(best, r.p.Body) || r.wrote && !r.newer(r.p.Body, best) {
		return best
	}
	return r.p.Body
}

func (r *reconciler) newer(a, b string) bool { return r.p.Newer != nil && r.p.Newer(a, b) }

// create writes the comment. That it may be there is no error: the next look shows it.
func (r *reconciler) create(ctx context.Context) error {
	c, err := r.host.CreateComment(ctx, r.p.Number, r.p.Body)
	r.attempts++
	if failed, is := errors.AsType[*Error](err); is && failed.Uncertain && r.attempts < mostCreated && ctx.Err() == nil {
		r.done = Created
		if r.sleep(ctx, max(uncertainPause, failed.After)) == nil {
			return nil
		}
	}
	if err != nil {
		return err
	}
	if !strings.EqualFold(c.Author, r.self) {
		return fmt.Errorf("comment %d of pull request %d was written as %.80q, and not as %.80q, so that it is not found again: say which login the token has",
			c.ID, r.p.Number, c.Author, r.self)
	}
	r.created, r.wrote, r.done = &c, true, Created
	return nil
}

// unlessGone returns the error, unless it is that the comment is not there any more: that one is left out from now on.
func (r *reconciler) unlessGone(c Comment, err error) error {
	if !errors.Is(err, ErrNotFound) {
		return err
	}
	r.gone[c.ID] = true
	if r.created != nil && r.created.ID == c.ID {
		r.created = nil
	}
	return nil
}

// outdated is what a comment has that does not count, beside one that does.
func outdated(keep Comment) string {
	if keep.URL == "" {
		return "~~outdated~~: another comment counts"
	}
	return "~~outdated~~: <" + keep.URL + "> counts"
}

// same reports whether two bodies are the same but for what forges change: the ends of lines, and space at the end.
func same(a, b string) bool { return normal(a) == normal(b) }

func normal(body string) string { return strings.TrimSpace(strings.ReplaceAll(body, "\r\n", "\n")) }
