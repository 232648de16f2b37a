package zonedir

import (
	"context"
	"fmt"
	"io"
	"io/fs"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// ZoneSettings returns no kind and no settings: a file is made again from its RRsets. What else was in it, such as comments, is in the file
// that RemoveZone keeps. Errors are as those of Fetch.
func (p *Provider) ZoneSettings(ctx context.Context, origin zonefile.Name) (kind string, settings map[string]string, err error) {
	if err := p.look(ctx, origin); err != nil {
		return "", nil, fmt.Errorf("settings of %s: %w", origin, err)
	}
	return "", nil, nil
}

// look returns an error if there is no zone.
func (p *Provider) look(ctx context.Context, origin zonefile.Name) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	z, err := p.open(origin)
	if err != nil {
		return err
	}
	defer z.close()
	now, err := p.current(z)
	switch {
	case err != nil:
		return err
	case now.info == nil || now.unloaded != nil && now.unloaded.New:
		return z.missing()
	}
	return nil
}

// RemoveZone has the server drop the zone, by the command Remove, and renames its file to ".example.com.zone.retired": with all that is in it, in the
// place of one that was kept there before. Nobody reads it again but a person. If the server never loaded the file, what it has served
// is kept in its place. RemoveZone waits for other writers as Apply does.
//
// If the command fails the file stays where it is, and so does the zone. If somebody edits the file while it runs the file stays too, and the error wraps
// ErrPartial: the server does not serve the zone any more. If zoneward ends at any moment, the zone is there as before, and can be
// removed again, or its file is kept.
func (p *Provider) RemoveZone(ctx context.Context, base *providers.Snapshot) error {
	if base == nil || base.Zone == nil {
		return fmt.Errorf("remove a zone without a base: %w", providers.ErrInvalid)
	}
	if err := p.removeZone(ctx, base); err != nil {
		return fmt.Errorf("remove zone %s: %w", base.Zone.Origin(), err)
	}
	return nil
}

func (p *Provider) removeZone(ctx context.Context, base *providers.Snapshot) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	z, err := p.open(base.Zone.Origin())
	if err != nil {
		return err
	}
	defer z.close()
	if _, err := z.stat(); err != nil { // before a lock file is made for nothing
		return err
	}
	unlock, err := lock(ctx, z.root, z.lock())
	if err != nil {
		return z.failure(err)
	}
	defer unlock()
	now, err := p.current(z)
	if err == nil {
		err = z.is(now, base)
	}
	if err == nil {
		err = z.writable(now)
	}
	if err != nil {
		return err
	}
	return p.retire(ctx, z, now)
}

// retire has the server drop a zone and moves its file away. The caller has the lock.
func (p *Provider) retire(ctx context.Context, z *zoneFile, now current) error {
	command, err := z.command(p.options.Remove, z.name)
	if err != nil {
		return err
	}
	for _, leftover := range []string{z.next(), z.nextServed()} {
		if err := z.remove(leftover); err != nil {
			return err
		}
	}
	if len(command) > 0 {
		// Before the file is moved: of a zone that is not there any more nobody would tell the server again.
		if err := p.run(ctx, command); err != nil {
			return fmt.Errorf("%s is left where it is, as the server did not drop the zone: %w", z.path(z.name), err)
		}
		if err := p.unedited(z, now); err != nil {
			return err
		}
	}
	if err := z.setAside(now); err != nil {
		return fmt.Errorf("keep %s as %s: %w", z.path(z.name), z.path(z.retired()), z.located(err))
	}
	err = z.remove(z.served())
	if err == nil {
		err = z.located(z.sync())
	}
	if err != nil {
		return fmt.Errorf("%s is moved to %s: %w: %w", z.path(z.name), z.path(z.retired()), providers.ErrPartial, err)
	}
	return nil
}

// unedited returns an error that wraps ErrPartial unless the zone's file is what it was before the server dropped the zone: an editor takes no lock.
func (p *Provider) unedited(z *zoneFile, was current) error {
	now, err := p.current(z)
	switch {
	case err != nil:
		return fmt.Errorf("the server dropped the zone, and %s cannot be looked at again: %w: %w", z.path(z.name), providers.ErrPartial, err)
	case now.version() != was.version():
		return fmt.Errorf("the server dropped the zone, and %s was edited meanwhile: the file is left where it is; plan again, or have the server load it: %w",
			z.path(z.name), providers.ErrPartial)
	}
	return nil
}

// setAside renames the zone's file, or puts what is served in the place where it would be kept. After an error the zone's file is there.
func (z *zoneFile) setAside(now current) error {
	if now.unloaded == nil {
		return z.root.Rename(z.name, z.retired())
	}
	k, err := z.openServed()
	if err != nil {
		return err
	}
	if k == nil {
		return fmt.Errorf("%s was removed: %w", z.path(z.served()), fs.ErrNotExist)
	}
	defer k.Close()
	_, err = z.stage(z.next(), now.info, func(w io.Writer) error {
		_, err := io.Copy(w, k)
		return err
	})
	if err == nil {
		err = z.replace(z.next(), z.retired())
	}
	if err != nil {
		return err
	}
	return z.root.Remove(z.name)
}
