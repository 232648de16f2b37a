package forge

import (
	"fmt"
	"net/http"
	"time"
)

// genericSeal returns the signature of whoever else sends webhooks: the HMAC of the body in X-Signature or X-Zoneward-Signature. With
// X-Zoneward-Timestamp, a Unix time that has to be about now, what is signed is that time, a dot, and the body. A body is a JSON object,
// and so neither of the two can be taken for the other.
func genericSeal(header http.Header, now time.Time) (*seal, error) {
	timestamp, err := only(header, "X-Zoneward-Timestamp")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	prefix := ""
	if timestamp != "" {
		if err := fresh("X-Zoneward-Timestamp", timestamp, now); err != nil {
			return nil, err
		}
		prefix = timestamp + "."
	}
	return macSeal(header, prefix, macHeader{"X-Zoneward-Signature", "sha256="}, macHeader{"X-Signature", "sha256="})
}

// readGeneric reads {"repository": URL}, with ref, before and after if the sender has them, and event for something else than a push.
func readGeneric(m Message) (Delivery, error) {
	id, err := headerText(m.Header, "X-Zoneward-Delivery")
	if err != nil {
		return Delivery{}, err
	}
	root, err := readObject(m.Body, "event", "repository", "ref", "before", "after")
	if err != nil {
		return Delivery{}, err
	}
	texts, err := root.texts("event", "repository", "ref", "before", "after")
	if err != nil {
		return Delivery{}, err
	}
	event := texts[0]
	switch event {
	case "":
		event = "push"
	case "push", "ping":
	default:
		return Delivery{}, fmt.Errorf("%w: %.40q", ErrIgnored, event)
	}
	d, err := claim{http: texts[1], ref: texts[2], before: texts[3], after: texts[4]}.delivery(event)
	d.ID, d.Ping = id, event == "ping"
	return d, err
}
