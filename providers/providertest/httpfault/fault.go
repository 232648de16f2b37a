package httpfault

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// After has a request done first, and then f happen to the answer: After(Lost()) loses the connection when the server has done what it was
// asked to do, After(Proxy(504)) is a proxy that did not wait for it, After(Delay(d)) answers late.
func After(f Fault) Fault {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			done := ask(next, r)
			f(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { done.send(w) })).ServeHTTP(w, r)
		})
	}
}

// Delay passes a request on after d. A client that does not wait for it ends it: it is not passed on then.
func Delay(d time.Duration) Fault {
	return Call(func(r *http.Request) {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
			panic(http.ErrAbortHandler)
		}
	})
}

// Call passes a request on after call has returned. It is for what happens at the same time elsewhere, as another writer between the
// reading and the writing of this one.
func Call(call func(*http.Request)) Fault {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body := readBody(r)
			call(withBody(r, body))
			next.ServeHTTP(w, withBody(r, body))
		})
	}
}

// Alter passes on another body than that of the request.
func Alter(alter func(body []byte) []byte) Fault {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body := alter(readBody(r))
			other := withBody(r, body)
			other.ContentLength = int64(len(body))
			next.ServeHTTP(w, other)
		})
	}
}

// Respond answers in the place of the server.
func Respond(a Answer) Fault {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { a.send(w) })
	}
}

// Status answers with a status and the JSON {"message":"Too Many Requests"}, with what the status is called.
func Status(code int) Fault { return status(code, "") }

// RetryIn answers as [Status] does, with a Retry-After of d in seconds, rounded up (RFC 9110 §10.2.3).
func RetryIn(code int, d time.Duration) Fault {
	return status(code, strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10))
}

// RetryAt answers as [Status] does, with a Retry-After that is a date (RFC 9110 §10.2.3).
func RetryAt(code int, at time.Time) Fault { return status(code, at.UTC().Format(http.TimeFormat)) }

func status(code int, retryAfter string) Fault {
	a := Answer{code, http.Header{"Content-Type": {"application/json"}}, fmt.Appendf(nil, `{"message":%q}`, http.StatusText(code))}
	if retryAfter != "" {
		a.Header.Set("Retry-After", retryAfter)
	}
	return Respond(a)
}

// Proxy answers with a status and a page of HTML, as a proxy does that is in front of the server.
func Proxy(code int) Fault {
	title := fmt.Sprintf("%d %s", code, http.StatusText(code))
	return Respond(Answer{code, http.Header{"Content-Type": {"text/html"}}, fmt.Appendf(nil,
		"<html>\r\n<head><title>%[1]s</title></head>\r\n<body>\r\n<center><h1>%[1]s</h1></center>\r\n<hr><center>proxy</center>\r\n</body>\r\n</html>\r\n", title)})
}

// Redirect answers with a status and the same path and query at base, "http://192.0.2.1:8080".
func Redirect(code int, base string) Fault {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", base+r.URL.RequestURI())
			w.WriteHeader(code)
		})
	}
}

// Lost ends the connection without an answer, and without passing the request on. [http.Transport] asks again by itself if it
// has used the connection before and the request is a GET: each time counts.
func Lost() Fault {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	}
}

// CutOff passes a request on, and ends the connection in the middle of the body of the answer. Of a body of less than two octets
// nothing comes.
func CutOff() Fault {
	return Edit(func(a *Answer) {
		a.Header.Set("Content-Length", strconv.Itoa(max(len(a.Body), 1)))
		a.Body = a.Body[:len(a.Body)/2]
	})
}

// NotJSON passes a request on, and answers with the status and the header that came back, but with text that is not JSON.
func NotJSON() Fault {
	return Edit(func(a *Answer) {
		a.Body = []byte("upstream says: {ok")
	})
}

// Edit passes a request on, and has edit change the answer. The length in the header is that of the body then, unless edit sets one.
func Edit(edit func(*Answer)) Fault {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			a := ask(next, r)
			a.Header.Del("Content-Length")
			edit(a)
			a.send(w)
		})
	}
}

// Half passes a request on, and answers with the first half of the body, as if that were all of it.
func Half() Fault {
	return Edit(func(a *Answer) { a.Body = a.Body[:len(a.Body)/2] })
}

// Huge passes a request on, and answers with that many spaces in front of the body, which JSON allows.
func Huge(octets int) Fault {
	return Edit(func(a *Answer) { a.Body = append(bytes.Repeat([]byte(" "), octets), a.Body...) })
}
