package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
	"github.com/zoneward/zoneward/zonefile"
)

// AppliedResources returns the resources of a domain at a provider as they were last applied.
func (s *Store) AppliedResources(ctx context.Context, ref reconcile.Ref) ([]reconcile.AppliedResource, error) {
	var all []reconcile.AppliedResource
	err := s.read(ctx, func(tx *sql.Tx) error {
		return query(ctx, tx, func(rows *sql.Rows) error {
			var r reconcile.AppliedResource
			var content []byte
			if err := rows.Scan(nameInto{&r.Name}, &r.Kind, &content); err != nil {
				return err
			}
			if err := unpackResource(content, &r); err != nil {
				return fmt.Errorf("the applied %s %s of %s: %w", r.Kind, r.Name, ref, err)
			}
			all = append(all, r)
			return nil
		}, `SELECT r.name, r.kind, r.content FROM applied_resource r JOIN applied_zone z ON z.id = r.zone_id WHERE z.zone = ? AND z.target = ?`,
			nameText(ref.Zone), ref.Target)
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b reconcile.AppliedResource) int { return a.Name.Compare(b.Name) })
	return all, nil
}

// SetAppliedResources notes that resources are what is applied.
func (s *Store) SetAppliedResources(ctx context.Context, ref reconcile.Ref, state reconcile.AppliedState, resources []reconcile.AppliedResource) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		id, err := putAppliedState(ctx, tx, ref, state, time.Now())
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM applied_resource WHERE zone_id = ?`, id); err != nil {
			return err
		}
		for _, r := range resources {
			if err := putResource(ctx, tx, id, r); err != nil {
				return err
			}
		}
		return nil
	})
}

// putResource puts what is applied of a resource in the place of what was.
func putResource(ctx context.Context, tx *sql.Tx, id int64, r reconcile.AppliedResource) error {
	content, err := packResource(r)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO applied_resource (zone_id, name, kind, content) VALUES (?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET kind = excluded.kind, content = excluded.content`, id, nameText(r.Name), string(r.Kind), content)
	return err
}

// resource returns what is applied of the resource of that name, nil if nothing is.
func resource(ctx context.Context, tx *sql.Tx, id int64, name zonefile.Name) (*reconcile.AppliedResource, error) {
	r := reconcile.AppliedResource{Name: name}
	var content []byte
	err := tx.QueryRowContext(ctx, `SELECT kind, content FROM applied_resource WHERE zone_id = ? AND name = ?`, id, nameText(name)).Scan(&r.Kind, &content)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err == nil {
		err = unpackResource(content, &r)
	}
	if err != nil {
		return nil, fmt.Errorf("the applied resource %s: %w", name, err)
	}
	return &r, nil
}

// packResource returns what of a resource is in no column.
func packResource(r reconcile.AppliedResource) ([]byte, error) {
	e := newEncoder()
	e.settings(r.Fields)
	e.settings(r.References)
	e.settings(r.Watched)
	return e.pack()
}

func unpackResource(packed []byte, r *reconcile.AppliedResource) error {
	d, err := unpack(packed)
	if err != nil {
		return err
	}
	r.Fields, r.References, r.Watched = d.settings(), d.settings(), d.settings()
	return d.end()
}

// resource writes what a change does to a resource.
func (e *encoder) resource(r reconcile.ResourceChange) {
	e.word(string(r.Kind))
	e.number(uint64(len(r.Fields)))
	for _, f := range r.Fields {
		e.word(f.Name)
		for _, text := range []string{f.Old, f.New, f.After} {
			e.text(text)
		}
	}
	e.settings(r.References)
}

func (d *decoder) resource() *reconcile.ResourceChange {
	r := &reconcile.ResourceChange{Kind: providers.ResourceKind(d.word())}
	for range d.count() {
		r.Fields = append(r.Fields, reconcile.FieldChange{Name: d.word(), Old: d.text(), New: d.text(), After: d.text()})
	}
	r.References = d.settings()
	return r
}
