package server

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge"
)

// hookLog writes no more lines than a person can read, however many webhooks there are: those that are refused take no room from the others.
type hookLog struct {
	log               *slog.Logger
	taken, refused    *rate.Limiter
	mu                sync.Mutex
	untold, untoldBad int
}

// hookLine is what the log is told of a webhook.
type hookLine struct {
	kind     forge.Kind
	sender   netip.Prefix
	answer   hookAnswer
	delivery forge.Delivery
}

func newHookLog(log *slog.Logger) *hookLog {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &hookLog{log: log, taken: rate.NewLimiter(2, 20), refused: rate.NewLimiter(0.5, 20)}
}

// tell writes a line, unless there were too many. The next one says how many were left out.
func (l *hookLog) tell(ctx context.Context, now time.Time, line hookLine) {
	var level slog.Level
	switch line.answer.result {
	case HookAccepted:
		level = slog.LevelInfo
	case HookDuplicate, HookIgnored:
		level = slog.LevelDebug
	case HookUnauthorized, HookForbiddenRepository, HookTooLarge, HookRateLimited, HookMalformed, HookUnavailable:
		level = slog.LevelWarn
	}
	if !l.log.Enabled(ctx, level) {
		return
	}
	limiter, untold := l.taken, &l.untold
	if level == slog.LevelWarn {
		limiter, untold = l.refused, &l.untoldBad
	}
	l.mu.Lock()
	if !limiter.AllowN(now, 1) {
		*untold++
		l.mu.Unlock()
		return
	}
	left := *untold
	*untold = 0
	l.mu.Unlock()

	attrs := []slog.Attr{slog.String("forge", string(line.kind)), slog.String("result", string(line.answer.result)), slog.String("sender", line.sender.String())}
	if id := line.delivery.ID; id != "" {
		attrs = append(attrs, slog.String("delivery", id))
	}
	if r := line.delivery.HTTP; r != (forge.Repository{}) {
		attrs = append(attrs, slog.String("repository", r.String()))
	} else if r := line.delivery.SSH; r != (forge.Repository{}) {
		attrs = append(attrs, slog.String("repository", r.String()))
	}
	branch, commit := line.delivery.Branch, line.delivery.After
	if pull := line.delivery.Pull; pull != nil {
		attrs = append(attrs, slog.Int64("pull", pull.Number), slog.String("action", string(pull.Action)))
		branch, commit = pull.Base.Branch, pull.Head.Commit
	}
	if branch != "" {
		attrs = append(attrs, slog.String("branch", branch))
	}
	if commit != "" {
		attrs = append(attrs, slog.String("commit", commit))
	}
	if line.answer.err != nil {
		attrs = append(attrs, slog.String("err", line.answer.err.Error()))
	}
	if left > 0 {
		attrs = append(attrs, slog.Int("left_out", left))
	}
	if level == slog.LevelWarn {
		l.log.LogAttrs(ctx, level, "webhook refused", attrs...)
		return
	}
	l.log.LogAttrs(ctx, level, "webhook", attrs...)
}
