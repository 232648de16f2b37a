package scaidns

import (
	"context"
	"fmt"

	"github.com/zoneward/zoneward/providers"
)

// inBulk takes many steps by some requests. One that is too large is made again with half of its records.
func (w *writer) inBulk(steps []step, request func([]step) error) error {
	for len(steps) > 0 {
		n := together(steps, w.bulk)
		err := request(steps[:n])
		if tooLarge(err) && n > 1 {
			w.bulk = n / 2
			continue
		}
		if tooLarge(err) {
			return fmt.Errorf("%w: %w", providers.ErrInvalid, err)
		}
		if err != nil {
			return err
		}
		w.took(steps[:n]...)
		steps = steps[n:]
	}
	return nil
}

// together returns how many steps are taken at once: at most so many, and those of one RRset together if that is possible.
func together(steps []step, most int) int {
	if len(steps) <= most {
		return len(steps)
	}
	for n := most; n > 0; n-- {
		if steps[n-1].deed != steps[n].deed {
			return n
		}
	}
	return most
}

// create makes records.
func (w *writer) create(ctx context.Context, steps []step) error {
	return w.inBulk(steps, func(some []step) error {
		if len(some) == 1 {
			return w.take(ctx, some[0])
		}
		all := make([]record, len(some))
		for i, st := range some {
			var err error
			if all[i], err = w.record(*st.to); err != nil {
				return err
			}
		}
		return w.createAll(ctx, all)
	})
}

// createAll makes records in one request, which the documentation says to be atomic. A refusal promises that nothing was written, so the serial is looked at
// in case it is not.
func (w *writer) createAll(ctx context.Context, all []record) error {
	made, err := w.provider.client.createRecords(ctx, w.id, all)
	if err != nil && refused(err) && !tooLarge(err) {
		if why := w.moved(ctx); why != "" {
			return partial(ctx, why, err)
		}
	}
	switch {
	case err != nil:
		return conflicting(err)
	case made.Created == nil:
		return fmt.Errorf("the answer to a creation of %d records does not say how many were made", len(all))
	case *made.Created == len(all) && made.Errors == 0:
		return nil
	}
	err = fmt.Errorf("%w: %d of %d records were made, and %d not: it says %q", providers.ErrInvalid, *made.Created, len(all), made.Errors,
		w.provider.client.shown(words(made.Details)))
	if *made.Created > 0 {
		return partial(ctx, "some of the records are made", err)
	}
	if why := w.moved(ctx); why != "" {
		return partial(ctx, why, err)
	}
	return err
}

// moved returns why a request by which nothing was to be written may have written something: the serial has moved, or cannot be read. It is empty if neither is
// so, and if something was written before, when it makes no difference.
func (w *writer) moved(ctx context.Context) string {
	if w.wrote {
		return ""
	}
	before := w.content.snapshot.Serial
	switch serial, err := w.provider.client.serial(ctx, w.id); {
	case err != nil:
		return fmt.Sprintf("the serial could not be read (%s)", err)
	case serial != before:
		return fmt.Sprintf("the serial has moved from %d to %d", before, serial)
	}
	return ""
}

// remove removes records for good.
func (w *writer) remove(ctx context.Context, steps []step) error {
	if w.provider.client.deleteField == "" || len(steps) < 2 {
		return w.takeEach(ctx, steps)
	}
	return w.inBulk(steps, func(some []step) error {
		if w.wrote {
			// Ids may change with every write, and what is said of one that is not there is not documented.
			if err := w.list(ctx); err != nil {
				return err
			}
		}
		var ids []string
		for _, st := range some {
			if id, ok := w.content.find(*st.from); ok {
				ids = append(ids, id)
			}
		}
		if len(ids) == 0 {
			return nil
		}
		return w.provider.client.deleteRecords(ctx, w.id, ids)
	})
}
