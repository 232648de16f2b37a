package zonedir

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/zonefile"
)

// header stands at the top of every file, for the person who opens it.
const header = "zoneward writes this file from the zones repository: make changes there.\n" +
	"One that is made here is reported as drift, and the next apply takes it back."

// write has a zone that is complete and has that serial checked, puts its file in the place of the one that is there, and has the server
// load it. The caller has the lock.
func (p *Provider) write(ctx context.Context, z *zoneFile, now current, zone *zonefile.Zone, serial uint32) error {
	if err := z.writable(now); err != nil {
		return err
	}
	check, err := z.command(p.options.Check, z.next())
	if err != nil {
		return err
	}
	reload, err := z.command(p.options.Reload, z.name)
	if err != nil {
		return err
	}
	for _, leftover := range []string{z.next(), z.nextServed()} {
		if err := z.remove(leftover); err != nil {
			return err
		}
	}
	sum, err := z.stage(z.next(), now.info, func(w io.Writer) error {
		return zonefile.FormatBIND(w, zone, zonefile.FormatOptions{Header: header})
	})
	if err != nil {
		return err
	}
	if err := p.prepare(ctx, z, now, check, sum, serial); err != nil {
		return errors.Join(err, z.remove(z.next()))
	}
	if err := z.rename(z.next(), z.name); err != nil {
		return err
	}
	written := fmt.Sprintf("%s is written with serial %d", z.path(z.name), serial)
	if err := z.sync(); err != nil {
		return fmt.Errorf("%s, and may be gone after a crash of the machine: %w: %w", written, providers.ErrPartial, z.located(err))
	}
	if len(reload) > 0 {
		// The file is there now, so the server has to know, whoever does not want to wait for it.
		if err := p.run(context.WithoutCancel(ctx), reload); err != nil {
			return fmt.Errorf("%s, and not served: the reload failed: %w: %w", written, providers.ErrPartial, err)
		}
	}
	if err := z.remove(z.served()); err != nil {
		return fmt.Errorf("%s, and what is kept of the one before is in the way: %w: %w", written, providers.ErrPartial, err)
	}
	return nil
}

// errNotChecked keeps a problem of the command apart from one that it has with the file.
var errNotChecked = errors.New("the new file was not checked, and is not used")

// prepare does what comes before the renaming: the check command, keeping what is served, and a last look at the file that is there.
func (p *Provider) prepare(ctx context.Context, z *zoneFile, now current, check []string, sum digest, serial uint32) error {
	if len(check) > 0 {
		err := p.run(ctx, check)
		switch exit, ok := errors.AsType[*exec.ExitError](err); {
		case ok && exit.Exited():
			return fmt.Errorf("the check refuses the new file: %w: %w", providers.ErrInvalid, err)
		case err != nil:
			return fmt.Errorf("%w: %w", errNotChecked, err)
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	err := z.unchanged(now)
	if err != nil || len(p.options.Reload) == 0 {
		return err
	}
	if err := z.keepServed(now, sum, serial); err != nil {
		return err
	}
	// Copying a large file takes its time, and what was copied is what is served only if nobody edited it.
	if err := z.unchanged(now); err != nil {
		if now.unloaded == nil {
			err = errors.Join(err, z.remove(z.served()))
		}
		return err
	}
	return nil
}

// unchanged returns an error that wraps ErrConflict if the zone's file is not what it was. Somebody may have edited it while the check
// command ran, and the lock keeps out other writers of this kind only.
func (z *zoneFile) unchanged(was current) error {
	switch now, err := z.digest(); {
	case errors.Is(err, providers.ErrNoZone):
		if was.info != nil {
			return fmt.Errorf("%s was removed while the new file was made: %w", z.path(z.name), providers.ErrConflict)
		}
		return nil
	case err != nil:
		return err
	case was.info == nil:
		return fmt.Errorf("%s was made by somebody else while the new file was made: %w", z.path(z.name), providers.ErrConflict)
	case now != was.digest:
		return fmt.Errorf("%s was edited while the new file was made, and is left as it is: %w", z.path(z.name), providers.ErrConflict)
	}
	return nil
}

// command returns the command line for one of the zone's files, nil for no command.
func (z *zoneFile) command(argv []string, name string) ([]string, error) {
	if len(argv) == 0 {
		return nil, nil
	}
	file, err := z.absolute(name)
	if err != nil {
		return nil, err
	}
	return commandLine(argv, z.origin, file)
}

// makeDirectory makes a directory that outlives a crash of the machine, if it is not there.
func makeDirectory(path string) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	parent := filepath.Dir(path)
	if parent != path {
		if err := makeDirectory(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(path, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	d, err := os.Open(parent)
	if err != nil {
		return err
	}
	return syncDirectory(d)
}
