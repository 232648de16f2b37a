package server

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zoneward/zoneward/reconcile"
)

func TestHealth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHealth(time.Minute)
		status := func(handler http.HandlerFunc) int {
			w := httptest.NewRecorder()
			handler(w, httptest.NewRequest(http.MethodGet, "/", nil))
			return w.Code
		}
		check := func(when string, live, ready int) {
			t.Helper()
			if l, r := status(h.live), status(h.readiness); l != live || r != ready {
				t.Errorf("%s: live %d, ready %d; want %d, %d", when, l, r, live, ready)
			}
		}
		check("at the start", 200, 503)
		h.Look(reconcile.Look{Err: errors.New("no source")})
		check("the source cannot be read", 200, 503)
		h.Look(reconcile.Look{})
		check("after a look", 200, 200)
		h.Look(reconcile.Look{Err: errors.New("no source")})
		check("the source is gone again", 200, 200)
		time.Sleep(61 * time.Second)
		check("the loop does not beat", 503, 200)
		h.Beat()
		check("it beats again", 200, 200)
	})
}
