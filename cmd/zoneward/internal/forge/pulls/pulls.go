// Package pulls asks a forge about pull requests, and tells it what came of their plans: in one comment, and as the status of a commit.
//
// A [Host] is one repository on one forge. There is one for each kind of forge, and what is above it, such as [Publish], knows none of them. Merge requests are
// called pull requests, and their notes comments.
//
// Everything that a forge answers comes from outside: it is bounded in size and time, and what has the wrong shape is an error. Text in it (titles, bodies,
// names of branches, logins) is as its authors wrote it, and is not to be shown as it is. The token is sent to the API and nowhere else.
package pulls

import (
	"context"
	"iter"
	"time"
)

// Host is a repository on a forge, and who asks there. Its methods may be called concurrently.
//
// They return an error that wraps one of [ErrNotFound], [ErrForbidden], [ErrToken], [ErrInvalid], [ErrBusy] and [ErrAnswer] where the forge says no, and the
// context's where that ends. What only reads, and what is the same if it is done twice, is tried again for a while if the forge is busy. CreateComment is not:
// an [*Error] that is Uncertain says that the comment may be there.
type Host interface {
	// Self returns the login that the token acts as. Comments and statuses that it makes have it as their author and creator.
	Self(ctx context.Context) (string, error)

	// Pull returns a pull request.
	Pull(ctx context.Context, number int64) (Pull, error)
	// OpenPulls returns the pull requests that are open, the newest first. After an error there are no more.
	OpenPulls(ctx context.Context) iter.Seq2[Pull, error]
	// PullsOf returns the pull requests that brought a commit, or would, as far as the forge says: Gitea knows of those that were merged as it. None is no error.
	PullsOf(ctx context.Context, commit string) ([]Pull, error)

	// Comments returns all comments of a pull request, the oldest first. After an error there are no more.
	Comments(ctx context.Context, number int64) iter.Seq2[Comment, error]
	// CreateComment writes a comment. It asks the forge once and no more.
	CreateComment(ctx context.Context, number int64, body string) (Comment, error)
	// EditComment gives a comment another body.
	EditComment(ctx context.Context, number int64, c Comment, body string) (Comment, error)
	// Outdate gives a comment the body, which says that it does not count any more, and hides it as outdated where the forge can. That it cannot be hidden is no error.
	Outdate(ctx context.Context, number int64, c Comment, body string) error

	// Statuses returns the newest status of each context that a commit has, in the order of the contexts.
	Statuses(ctx context.Context, commit string) ([]Status, error)
	// SetStatus sets the status of a context of a commit. The description is cut to [MaxDescription] characters, and made one line. Creator and Created are the forge's to say.
	SetStatus(ctx context.Context, commit string, s Status) error

	// Labels returns the labels that a pull request has now, with who gave it them, in the order of their names.
	Labels(ctx context.Context, number int64) ([]Label, error)
	// Access returns what somebody may do with the repository. Who is not known there may do nothing.
	Access(ctx context.Context, login string) (Access, error)
}

// Pull is a pull request.
type Pull struct {
	Number int64
	Title  string
	URL    string // of the page that people look at
	Author string // the login; "" if the account is gone
	State  PullState
	Base   Branch // where it goes to
	Head   Branch // what it brings
	// MergeCommit is what it was merged as: the merge commit, the one that it was squashed to, or the newest one that was put on top of the base. "" unless State is Merged.
	MergeCommit string
}

// Fork reports whether the head is in another repository than the base, or in one that is gone.
func (p Pull) Fork() bool { return p.Head.Repository != p.Base.Repository }

// MergedAs reports whether the pull request was merged as the commit.
func (p Pull) MergedAs(commit string) bool {
	return p.State == Merged && p.MergeCommit != "" && p.MergeCommit == commit
}

// PullState is how far a pull request is.
type PullState string

// The states of pull requests.
const (
	Opened PullState = "open"
	Closed PullState = "closed" // without having been merged
	Merged PullState = "merged"
)

// Branch is one end of a pull request.
type Branch struct {
	Repository string // what identifies it on the forge: owner/name, or GitLab's number; "" if it is gone
	Name       string // main
	Commit     string // 40 or 64 hexadecimal digits in lower case. That of the base is its tip as the forge had it when it looked last, which may be a while ago
}

// Comment is a comment of a pull request.
type Comment struct {
	ID      int64
	Author  string // the login; "" if the account is gone
	Body    string
	URL     string
	Created time.Time

	node string // its id in GitHub's GraphQL
}

// State is that of a commit status.
type State string

// The states. What a forge has beside them is read as Error, since it is no success.
const (
	StatePending State = "pending"
	StateSuccess State = "success"
	StateFailure State = "failure"
	StateError   State = "error"
)

// MaxDescription is the most characters that the description of a status has.
// https://docs.github.com/en/rest/commits/statuses#create-a-commit-status takes no more.
const MaxDescription = 140

// Status is what somebody says about a commit.
type Status struct {
	Context     string // what it is about: zoneward/plan
	State       State
	Description string
	URL         string // of more about it; "" for none
	Creator     string // the login; "" if the forge does not say
	Created     time.Time
}

// Label is a label of a pull request.
type Label struct {
	Name string
	By   string    // the login of who gave it last; "" if the forge does not say
	At   time.Time // when; zero if the forge does not say
}

// Access is what somebody may do with a repository. More is greater.
type Access int

// The kinds of access.
const (
	AccessNone Access = iota
	AccessRead
	AccessWrite // may push, and so label and merge
	AccessAdmin
)
