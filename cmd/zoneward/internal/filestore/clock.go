package filestore

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/zoneward/zoneward/reconcile"
)

// clockJSON is the file of the clocks.
type clockJSON struct {
	Version int           `json:"version"`
	Wall    time.Time     `json:"wall"`
	Steady  time.Duration `json:"steady"` // nanoseconds
	Boot    text          `json:"boot"`
	Doubted time.Time     `json:"doubted,omitzero"`
	Jumps   []jumpJSON    `json:"jumps,omitempty"`
}

type jumpJSON struct {
	Before time.Time     `json:"before"`
	After  time.Time     `json:"after"`
	By     time.Duration `json:"by"` // nanoseconds
}

// SetClock notes how the clocks stood.
func (s *Store) SetClock(ctx context.Context, c reconcile.Clock) error {
	doc := clockJSON{formatVersion, c.Wall.UTC(), c.Steady, text(c.Boot), c.Doubted.UTC(), nil}
	for _, j := range c.Jumps {
		doc.Jumps = append(doc.Jumps, jumpJSON{j.Before.UTC(), j.After.UTC(), j.By})
	}
	content, err := json.Marshal(doc)
	if err != nil {
		return s.failed(err)
	}
	return s.change(ctx, func() error {
		return cmp.Or(s.folder.write(clockFile, append(content, '\n')), s.folder.sync("."))
	})
}

// Clock returns how the clocks stood.
func (s *Store) Clock(ctx context.Context) (c reconcile.Clock, err error) {
	err = s.read(ctx, func() error { c, err = s.clock(); return err })
	return c, err
}

func (s *Store) clock() (reconcile.Clock, error) {
	content, err := s.folder.content(clockFile)
	if errors.Is(err, fs.ErrNotExist) {
		return reconcile.Clock{}, nil
	}
	var doc clockJSON
	if err == nil {
		err = json.Unmarshal(content, &doc)
	}
	if err == nil {
		err = checkVersion(doc.Version)
	}
	if err != nil {
		return reconcile.Clock{}, fmt.Errorf("%s: %w", clockFile, err)
	}
	c := reconcile.Clock{Wall: doc.Wall, Steady: doc.Steady, Boot: string(doc.Boot), Doubted: doc.Doubted}
	for _, j := range doc.Jumps {
		c.Jumps = append(c.Jumps, reconcile.Jump(j))
	}
	return c, nil
}
