package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
)

// webhook sends events as JSON to a URL.
type webhook struct {
	poster
	url      string
	secret   string // empty to sign nothing
	instance string
}

// webhookEvent is an event in the shape of those that Flux sends (https://fluxcd.io/flux/components/notification/events/).
type webhookEvent struct {
	InvolvedObject      involvedObject    `json:"involvedObject"`
	Severity            string            `json:"severity"`
	Timestamp           time.Time         `json:"timestamp"`
	Message             string            `json:"message"`
	Reason              string            `json:"reason"`
	Metadata            map[string]string `json:"metadata,omitempty"`
	ReportingController string            `json:"reportingController"`
	ReportingInstance   string            `json:"reportingInstance,omitempty"`
}

type involvedObject struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Namespace  string `json:"namespace,omitempty"` // the target
	Name       string `json:"name,omitempty"`
}

// Signature is the header that has the signature of a webhook's body.
const Signature = "X-Signature"

// Delivery is the header that has the id of a delivery: the same when it is repeated.
const Delivery = "X-Zoneward-Delivery"

func (w webhook) send(ctx context.Context, m message) error {
	content, err := json.Marshal(w.event(m))
	if err != nil {
		return &failure{text: err.Error(), kind: refused}
	}
	header := http.Header{}
	if m.delivery != "" {
		header.Set(Delivery, m.delivery)
	}
	if w.secret != "" {
		header.Set(Signature, sign(content, w.secret))
	}
	_, err = w.post(ctx, w.url, content, header)
	return err
}

// sign returns what the header has of a body: HMAC-SHA256 in hexadecimal.
func sign(body []byte, secret string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// event returns a message as a receiver gets it: of one event with what is known of it, of losses as text alone.
func (w webhook) event(m message) webhookEvent {
	plain := dialect{quote: same, octets: 32 << 10}
	out := webhookEvent{
		InvolvedObject: involvedObject{APIVersion: "zoneward/v1", Kind: "Daemon"}, Severity: m.severity.String(), Message: plain.text(m.whole()),
		Reason: "NotDelivered", Timestamp: time.Now().UTC(), ReportingController: "zoneward", ReportingInstance: w.instance,
	}
	if len(m.events) != 1 {
		return out
	}
	e := m.events[0]
	out.Reason, out.Timestamp = camel(string(e.Kind)), e.At.UTC()
	switch {
	case !e.Zone.IsZero():
		out.InvolvedObject = involvedObject{APIVersion: "zoneward/v1", Kind: "Zone", Namespace: e.Target, Name: strings.TrimSuffix(e.Zone.String(), ".")}
	case e.Kind == SourceFailed || e.Kind == SourceRecovered:
		out.InvolvedObject.Kind = "Source"
	}
	out.Metadata = map[string]string{}
	for name, value := range map[string]string{"revision": e.Commit, "author": e.Author, "plan": e.Plan, "aspect": e.Aspect, "delivery": m.delivery} {
		if value != "" {
			out.Metadata[name] = render.Shown(value)
		}
	}
	for name, n := range e.Counts {
		out.Metadata[name] = strconv.Itoa(n)
	}
	return out
}

// camel returns "DriftFound" for "drift-found".
func camel(text string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(text, "-") {
		if word != "" {
			b.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	return b.String()
}

// same is how data is quoted where text is text.
func same(data string) string { return data }
