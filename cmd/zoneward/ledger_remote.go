package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strings"
	"time"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/client"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/document"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/reconcile"
)

// remoteLedger is the ledger of a running daemon.
type remoteLedger struct {
	*common
	daemon *client.Client
	only   reconcile.Selection
}

func (c *common) openRemoteLedger() (*remoteLedger, error) {
	only, err := c.zoneSelection()
	if err != nil {
		return nil, err
	}
	daemon, err := c.openRemote()
	if err != nil {
		return nil, err
	}
	return &remoteLedger{c, daemon, only}, nil
}

func (l *remoteLedger) meant() reconcile.Selection { return l.only }

func (l *remoteLedger) close() { l.daemon.Close() }

func (l *remoteLedger) history(ctx context.Context, query reconcile.HistoryQuery) iter.Seq2[reconcile.Entry, error] {
	return l.daemon.History(ctx, query)
}

func (l *remoteLedger) stones(ctx context.Context, all bool) ([]stone, error) {
	docs, damage := l.daemon.Tombstones(ctx, l.only, all)
	found := make([]stone, len(docs))
	for i, doc := range docs {
		t, err := doc.Tombstone()
		if err != nil {
			return nil, err
		}
		found[i] = stone{t, doc.Due, t.PurgeAt}
	}
	return found, damage
}

func (l *remoteLedger) stone(ctx context.Context, id string) (document.ShownTombstone, string, error) {
	id, err := l.wholeID(ctx, id)
	if err != nil {
		return document.ShownTombstone{}, "", err
	}
	doc, err := l.daemon.Tombstone(ctx, id)
	if err != nil {
		return doc, "", err
	}
	t, err := doc.Tombstone.Tombstone()
	if err != nil {
		return doc, "", err
	}
	if t.Kind == reconcile.KindZone {
		return doc, shownFile(doc.BIND), nil // it has the comments already
	}
	text, err := stoneFile(stone{t, doc.Due, t.PurgeAt})
	return doc, text, err
}

// shownFile is shownLines for a file that somebody else has made, in which tabs part fields.
func shownFile(text string) string {
	fields := strings.Split(text, "\t")
	for i, field := range fields {
		fields[i] = render.Lines(field)
	}
	return strings.Join(fields, "\t")
}

// wholeID returns the id of the tombstone that begins so: a daemon wants all of it.
func (l *remoteLedger) wholeID(ctx context.Context, id string) (string, error) {
	if len(id) == 16 {
		return id, nil
	}
	all, err := l.daemon.Tombstones(ctx, reconcile.Selection{}, true)
	if err != nil {
		return "", err
	}
	var found []string
	for _, t := range all {
		if strings.HasPrefix(t.ID, id) && l.checkID(t.ID) == nil {
			found = append(found, t.ID)
		}
	}
	switch len(found) {
	case 0:
		return "", fmt.Errorf("%w: %s", reconcile.ErrNoTombstone, id)
	case 1:
		return found[0], nil
	}
	return "", fmt.Errorf("%w: the ids of %d begin with %s", reconcile.ErrNoTombstone, len(found), id)
}

func (l *remoteLedger) suspensions(ctx context.Context) ([]reconcile.Suspension, error) {
	return l.daemon.Suspensions(ctx, l.only)
}

func (l *remoteLedger) suspend(ctx context.Context, reason string, until time.Time) ([]reconcile.Suspension, error) {
	return l.daemon.Suspend(ctx, l.only, reason, until)
}

func (l *remoteLedger) resume(ctx context.Context, reason string) (ended, left []reconcile.Suspension, err error) {
	ended, left, err = l.daemon.Resume(ctx, l.only, reason)
	if answer, ok := errors.AsType[*client.Error](err); ok && answer.Status == http.StatusNotFound && !errors.Is(err, client.ErrNoAPI) {
		left, err = l.suspensions(ctx) // nothing is suspended by that name
	}
	return ended, left, err
}
