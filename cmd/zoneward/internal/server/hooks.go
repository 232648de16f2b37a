package server

import (
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/forge"
)

// maxHookBody is the most octets of a webhook. Forges send more only with pushes of thousands of commits, and the next round sees those.
const maxHookBody = 3 << 20

// HookResult is what became of a webhook, in a word: the label result of zoneward_webhook_requests_total.
type HookResult string

// What can become of a webhook.
const (
	HookAccepted            HookResult = "accepted"
	HookDuplicate           HookResult = "duplicate"
	HookIgnored             HookResult = "ignored" // a ping, and what is neither a push to a branch nor a pull request of ours
	HookUnauthorized        HookResult = "unauthorized"
	HookForbiddenRepository HookResult = "forbidden_repository"
	HookTooLarge            HookResult = "too_large"
	HookRateLimited         HookResult = "rate_limited"
	HookMalformed           HookResult = "malformed"
	HookUnavailable         HookResult = "unavailable" // the secret cannot be read, or the trigger was not taken
)

// Hooks are the webhooks of forges, at /hooks/github and so on. They only ever say that it is time to look at one's own source, or at a pull
// request.
type Hooks struct {
	// Secrets returns the secrets of each forge that webhooks are taken from, several while one is rotated. It is called for each webhook,
	// concurrently. The path of a forge that is not among them is unknown.
	Secrets map[forge.Kind]func() ([]string, error)
	// Repositories are those that a webhook may be of.
	Repositories []forge.Repository
	// Trigger is told of each push, once, concurrently. It must not block. False means that nobody takes it, and has the forge try again.
	Trigger func(forge.Delivery) bool
	// Pull is told likewise of each pull request that goes to a branch which Follows; nil is told of none. What it is told is a hint: it has to ask
	// the forge what the pull request is like.
	Pull func(forge.Delivery) bool
	// Follows reports whether a branch is the one that is applied; nil: any may be. It is called concurrently.
	Follows func(branch string) bool

	// Observe, if it is not nil, is told what became of each webhook.
	Observe func(forge.Kind, HookResult)
	// Log, if it is not nil, is told more than those who send webhooks, and not more than a few lines in a second.
	Log *slog.Logger
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Limits are how many webhooks there may be; what is zero is that of DefaultHookLimits.
	Limits HookLimits
	// Proxies are the addresses of reverse proxies, whose X-Forwarded-For is believed.
	Proxies []netip.Prefix
}

// Register has the mux answer POST at the path of each forge.
func (h Hooks) Register(mux *http.ServeMux) {
	if h.Now == nil {
		h.Now = time.Now
	}
	h.Limits = h.Limits.orDefault()
	r := &hookReceiver{Hooks: h, gate: newHookGate(h.Limits), repeats: newHookRepeats(), lines: newHookLog(h.Log)}
	for kind := range h.Secrets {
		mux.Handle("POST /hooks/"+string(kind), hookHandler{r, kind})
	}
}

// Handler answers the paths of the forges, and nothing else.
func (h Hooks) Handler() http.Handler {
	mux := http.NewServeMux()
	h.Register(mux)
	return mux
}

// hookReceiver is what the handlers of all forges share.
type hookReceiver struct {
	Hooks
	gate    *hookGate
	repeats *hookRepeats
	lines   *hookLog
}

// hookHandler answers the webhooks of one forge.
type hookHandler struct {
	*hookReceiver
	kind forge.Kind
}

// hookAnswer is what a webhook is answered with. Nothing of the request is in it.
type hookAnswer struct {
	result HookResult
	status int
	text   string

	after  time.Duration // when to try again, if not 0
	unread bool          // the body was not read, and nobody is going to
	err    error         // for the log
}

func (h hookHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := h.Now()
	sender := hookSender(r, h.Proxies)
	answer, delivery := h.answer(w, r, sender, now)

	header := w.Header()
	header.Set("Content-Type", "text/plain; charset=utf-8")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
	if answer.after > 0 {
		header.Set("Retry-After", strconv.FormatInt(int64((answer.after+time.Second-1)/time.Second), 10))
	}
	if answer.unread {
		// The server would wait for what is left of the body otherwise.
		header.Set("Connection", "close")
	}
	w.WriteHeader(answer.status)
	_, _ = io.WriteString(w, answer.text+"\n") // who does not listen to the answer is told nothing
	if h.Observe != nil {
		h.Observe(h.kind, answer.result)
	}
	h.lines.tell(r.Context(), now, hookLine{h.kind, sender, answer, delivery})
}

// answer does what a webhook asks for, cheap checks first: nothing is read of a sender who cannot be right, and nothing is parsed of one
// who does not know a secret.
func (h hookHandler) answer(w http.ResponseWriter, r *http.Request, sender netip.Prefix, now time.Time) (hookAnswer, forge.Delivery) {
	known, wait := h.gate.allow(sender, now)
	if wait > 0 {
		return tooMany(wait), forge.Delivery{}
	}
	if refusal := h.refuseUnread(r, now); refusal != nil {
		refusal.unread = true
		return *refusal, forge.Delivery{}
	}
	leave := h.gate.enter(r.Context(), known)
	if leave == nil {
		return tooMany(time.Second), forge.Delivery{}
	}
	delivery, refusal := h.open(w, r, sender, now)
	leave() // the body is gone
	if refusal != nil {
		return *refusal, forge.Delivery{}
	}
	return h.take(delivery, now), delivery
}

// refuseUnread returns the answer to a request that need not be read, and nil for others.
func (h hookHandler) refuseUnread(r *http.Request, now time.Time) *hookAnswer {
	unsupported := func(text string) *hookAnswer {
		return &hookAnswer{result: HookMalformed, status: http.StatusUnsupportedMediaType, text: text}
	}
	if encoding := r.Header.Values("Content-Encoding"); len(encoding) > 0 {
		return unsupported("send the body without a content encoding")
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return unsupported("choose application/json as the content type of the webhook")
	}
	if r.ContentLength > maxHookBody {
		return tooLarge()
	}
	if err := h.kind.Signed(r.Header, now); err != nil {
		return unauthorized(err)
	}
	return nil
}

// open reads a webhook, or returns the answer to one that cannot be taken.
func (h hookHandler) open(w http.ResponseWriter, r *http.Request, sender netip.Prefix, now time.Time) (forge.Delivery, *hookAnswer) {
	// Not every ResponseWriter has a deadline; that of the server has one, and its own ReadTimeout as well.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(h.Limits.BodyTime))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxHookBody))
	if err != nil {
		return forge.Delivery{}, unreadable(err)
	}
	secrets, err := h.Secrets[h.kind]()
	if err == nil && !slices.ContainsFunc(secrets, func(s string) bool { return s != "" }) {
		err = errors.New("the secret is empty")
	}
	if err != nil {
		return forge.Delivery{}, unavailable(err)
	}
	delivery, err := h.kind.Open(forge.Message{Header: r.Header, Body: body, Received: now}, secrets)
	if errors.Is(err, forge.ErrSignature) {
		return forge.Delivery{}, unauthorized(err)
	}
	h.gate.prove(sender, now) // what is wrong now is wrong behind a signature that is right
	switch {
	case errors.Is(err, forge.ErrIgnored):
		return forge.Delivery{}, &hookAnswer{result: HookIgnored, status: http.StatusAccepted, text: "ignored", err: err}
	case err != nil:
		return forge.Delivery{}, &hookAnswer{result: HookMalformed, status: http.StatusBadRequest, text: "malformed", err: err}
	}
	return delivery, nil
}

func tooMany(wait time.Duration) hookAnswer {
	return hookAnswer{result: HookRateLimited, status: http.StatusTooManyRequests, text: "too many requests", after: wait, unread: true}
}

func tooLarge() *hookAnswer {
	return &hookAnswer{result: HookTooLarge, status: http.StatusRequestEntityTooLarge, text: "too large", unread: true}
}

func unauthorized(err error) *hookAnswer {
	return &hookAnswer{result: HookUnauthorized, status: http.StatusUnauthorized, text: "signature", err: err}
}

func unavailable(err error) *hookAnswer {
	return &hookAnswer{result: HookUnavailable, status: http.StatusServiceUnavailable, text: "unavailable", after: 10 * time.Second, err: err}
}

// unreadable is the answer to a body that cannot be read.
func unreadable(err error) *hookAnswer {
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return tooLarge()
	}
	answer := &hookAnswer{result: HookMalformed, status: http.StatusBadRequest, text: "body", unread: true, err: err}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		answer.status = http.StatusRequestTimeout
	}
	return answer
}

// take does what a webhook asks for whose sender knows a secret.
func (h hookHandler) take(d forge.Delivery, now time.Time) hookAnswer {
	if d.Ping && d.HTTP == (forge.Repository{}) && d.SSH == (forge.Repository{}) {
		return hookAnswer{result: HookIgnored, status: http.StatusOK, text: "pong"}
	}
	if !slices.ContainsFunc(h.Repositories, d.Names) {
		return hookAnswer{result: HookForbiddenRepository, status: http.StatusForbidden, text: "repository"}
	}
	if d.Ping {
		return hookAnswer{result: HookIgnored, status: http.StatusOK, text: "pong"}
	}
	trigger := h.Trigger
	if d.Pull != nil {
		if trigger = h.Pull; trigger == nil || h.Follows != nil && !h.Follows(d.Pull.Base.Branch) {
			return hookAnswer{result: HookIgnored, status: http.StatusAccepted, text: "ignored"}
		}
	}
	if !h.repeats.add(d.Fingerprints, now) {
		return hookAnswer{result: HookDuplicate, status: http.StatusOK, text: "duplicate"}
	}
	if !trigger(d) {
		h.repeats.forget(d.Fingerprints) // the forge is to try again
		return *unavailable(errors.New("nobody takes the trigger"))
	}
	return hookAnswer{result: HookAccepted, status: http.StatusAccepted, text: "accepted"}
}
