package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge/pulls"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/gate"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/git"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/report"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/review"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/server"
	"github.com/zoneward/zoneward/zonefile"
)

// pullRequests is what an engine has to do with the pull requests of its zones repository.
type pullRequests struct {
	config     *pullsConfig
	host       pulls.Host
	repository *git.Repository
	reviewer   *tellingReviewer
	worker     *review.Worker
	deeds      chan deed
}

// pullRequests returns what has to do with pull requests, nil if the configuration says nothing of them.
func (d *daemon) pullRequests(e *engine) (*pullRequests, error) {
	p := e.config.pulls
	if p == nil {
		return nil, nil
	}
	repository, ok := e.source.(*git.Repository)
	if !ok {
		return nil, &usageError{err: fmt.Errorf("%s: pull_requests: the source is a directory, and pull requests are of a git repository: want source.git", p.at)}
	}
	opts, err := p.options(e.config.source.git)
	if err != nil {
		return nil, &usageError{err: fmt.Errorf("%s: pull_requests: %w", p.at, err)}
	}
	host, err := pulls.Open(p.forge, opts)
	if err != nil {
		return nil, &usageError{err: fmt.Errorf("%s: pull_requests: %w", p.at, err)}
	}
	opts.Timeout, opts.MaxWait = hastyTimeout, hastyWait
	hasty, err := pulls.Open(p.forge, opts)
	if err != nil {
		return nil, &usageError{err: fmt.Errorf("%s: pull_requests: %w", p.at, err)}
	}
	g := &gate.Gate{Host: hasty, Branch: e.config.source.git.branch, Context: gate.StatusContext(p.config), Trust: p.trust}
	prs := &pullRequests{config: p, host: host, repository: repository, deeds: make(chan deed, mostDeeds)}
	prs.reviewer = &tellingReviewer{deeds: prs.deeds, log: d.log, Reviewer: &gate.Reviewer{
		Gate: g, Reviews: d.state, Branch: repository, Log: d.log,
		Arrived: func(ctx context.Context, since, commit string) ([]gate.Arrived, error) {
			return e.arrived(ctx, g, repository, since, commit)
		},
	}}
	worker := review.Options{
		Host: host, Ref: review.HeadRef(p.forge), Repository: repository, Reviews: d.state, Context: g.Context, Log: d.log, Interval: p.interval, IsComment: isCommentOf(p.config),
		Propose: func(ctx context.Context, base, head string) (*report.Report, error) {
			return e.propose(ctx, repository, base, head)
		},
		Touched: func(ctx context.Context, from, to string) ([]zonefile.Name, error) {
			was, err := repository.At(ctx, from)
			if err != nil {
				return nil, err
			}
			is, err := repository.At(ctx, to)
			if err != nil {
				return nil, err
			}
			return e.asking().Touched(ctx, was, is)
		},
	}
	if p.comment {
		worker.Comment = func(r *report.Report) string { return r.Comment(report.MaxComment) }
	}
	prs.worker = review.New(worker)
	return prs, nil
}

// run plans pull requests until ctx is done.
func (p *pullRequests) run(ctx context.Context) {
	if p != nil {
		p.worker.Run(ctx)
	}
}

// counts returns how many pull requests are how far, and false if none are planned.
func (p *pullRequests) counts() (server.Pulls, bool) {
	if p == nil {
		return server.Pulls{}, false
	}
	status := p.worker.Status()
	counts := server.Pulls{Failing: status.Err != nil, Phases: map[string]int{
		string(review.Waiting): 0, string(review.Planning): 0, string(review.Failing): 0, string(review.Current): 0,
	}}
	for _, pull := range status.Pulls {
		counts.Phases[string(pull.Phase)]++
	}
	return counts, true
}

// notify is told of what has happened to a pull request, and reports whether anybody wanted to know.
func (p *pullRequests) notify(e *forge.PullEvent) bool {
	if p == nil || e == nil {
		return false
	}
	p.worker.Notify(*e)
	if e.Action == forge.PullMerged {
		p.reviewer.Forget()
	}
	return true
}

// look has the forge asked about pull requests: the branch, or the configuration if replan says so, has changed.
func (p *pullRequests) look(replan bool) {
	switch {
	case p == nil:
	case replan:
		p.worker.Replan()
	default:
		p.reviewer.Forget()
		p.worker.Look()
	}
}

// How long a forge may take to answer the loop, which waits for that in the place of other zones. A zone of which the forge does not say whether it was reviewed
// is held, and looked at again with the next look at the source.
const (
	hastyTimeout = 10 * time.Second
	hastyWait    = 5 * time.Second
)

// options say which repository on which forge is asked.
func (p *pullsConfig) options(source *gitConfig) (pulls.Options, error) {
	opts := pulls.Options{URL: p.api, Repository: p.repository, UserAgent: "zoneward/" + version()}
	switch {
	case p.token != nil:
		opts.Token = func(context.Context) (string, error) { return p.token.Value() }
	case source.app != nil && p.forge == forge.GitHub:
		app := source.app.options()
		app.Permissions = map[string]string{"contents": "read", "pull_requests": "write", "statuses": "write"}
		var err error
		if opts.Token, opts.Refused, err = app.Tokens(source.url); err != nil {
			return opts, err
		}
	default:
		return opts, errors.New("token is missing")
	}
	return opts, nil
}

// reportedAs returns the path of the configuration that comments and statuses name.
func (c *config) reportedAs() string {
	if c.pulls == nil {
		return defaultConfigFile
	}
	return c.pulls.config
}
