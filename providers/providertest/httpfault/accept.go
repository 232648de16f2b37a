package httpfault

import (
	"mime"
	"net/http"
	"strings"
)

// AcceptsJSON reports whether the Accept fields of a request let the answer be JSON. Without any it may be anything (RFC 9110 §12.5.1). It is for fakes that are strict.
func AcceptsJSON(header http.Header) bool {
	accept := header.Values("Accept")
	for one := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		kind, _, err := mime.ParseMediaType(one)
		if err == nil && (kind == "application/json" || kind == "application/*" || kind == "*/*") {
			return true
		}
	}
	return len(accept) == 0
}
