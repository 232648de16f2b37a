package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/zoneedit"
	"github.com/zoneward/zoneward/zonefile"
	"github.com/zoneward/zoneward/zonefile/zonefmt"
)

// fmtFlags are the flags of fmt.
type fmtFlags struct {
	list, diff, write, check bool
	origin, input            string
}

// reports reports whether what is said is which files would change, and not the formatted text.
func (f fmtFlags) reports() bool { return f.list || f.diff || f.write || f.check }

func (c *common) fmtCommand() *cobra.Command {
	var flags fmtFlags
	cmd := &cobra.Command{
		Use:   "fmt [FILE|DIR ...]",
		Short: "Format zone files",
		Long: `Formats master files and YAML: columns, indentation, blank lines. What a file says stays as it is, and so do its comments and the order of its records.

Without FILE and DIR it works on all zone files of the source directory in the configuration; a DIR has those that its names say are of zones, the files of domains, and what
they include. "-" is standard input. The formatted text of one file is written to standard output, unless -l, -d, -w or --check says what to do.`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.formatFiles(cmd.Context(), flags, args)
		},
	}
	cmd.Flags().BoolVarP(&flags.list, "list", "l", false, "list the files that would change, or with -w that have changed")
	cmd.Flags().BoolVarP(&flags.diff, "diff", "d", false, "show what would change as a unified diff")
	cmd.Flags().BoolVarP(&flags.write, "write", "w", false, "write what is formatted into the files")
	cmd.Flags().BoolVar(&flags.check, "check", false, "list as -l does, unless -d is given, and exit with 2 if a file would change")
	cmd.Flags().StringVar(&flags.origin, "origin", "", "the zone `NAME` that a FILE is of, if its own name does not say it")
	cmd.Flags().StringVar(&flags.input, "input", "", "the `FORMAT` of a FILE, if its own name does not say it: bind, yaml")
	return cmd
}

// formatFiles formats the files that are meant.
func (c *common) formatFiles(ctx context.Context, flags fmtFlags, args []string) error {
	files, err := c.filesToFormat(ctx, flags, args)
	if err != nil {
		return err
	}
	defer files.close()
	if !flags.reports() && len(files.all) != 1 && (len(files.all) > 0 || files.code == exitDone) {
		return &usageError{fmt.Errorf("%s to format: the text of one can be shown", render.Count(len(files.all), "file", "files")), "-l lists those that would change, -d shows how, -w writes them"}
	}
	code := files.code
	for _, file := range files.all {
		if err := ctx.Err(); err != nil {
			return err
		}
		changed, err := c.formatOne(flags, file)
		switch {
		case err != nil:
			c.tellFormat(file, err)
			code = exitError
		case changed && flags.check:
			code = worst(code, exitChanges)
		}
	}
	if code != exitDone {
		return exitStatus(code)
	}
	return nil
}

// tellFormat says why a file was not formatted.
func (c *common) tellFormat(file fileToFormat, err error) {
	if syntax, ok := errors.AsType[*zonefmt.SyntaxError](err); ok {
		fmt.Fprint(c.stderr, render.Problems(syntax.Problems))
		return
	}
	fmt.Fprintf(c.stderr, "error: %s: %s\n", render.Shown(file.name), render.Lines(err.Error()))
}

// formatOne formats a file, and reports whether that changes it.
func (c *common) formatOne(flags fmtFlags, file fileToFormat) (changed bool, err error) {
	text, err := file.text()
	if err != nil {
		return false, err
	}
	formatted, err := file.formatted(text)
	if err != nil {
		return false, err
	}
	if !flags.reports() {
		c.writeFormatted(formatted)
		return formatted != text, nil
	}
	if formatted == text {
		return false, nil
	}
	if flags.write {
		if err := file.save(text, formatted); err != nil {
			return true, err
		}
	}
	if flags.list || flags.check && !flags.diff {
		fmt.Fprintln(c.stdout, render.Shown(file.name))
	}
	if flags.diff {
		c.writeFormatted(zoneedit.Between(file.name, text, formatted).Unified(file.name))
	}
	return true, nil
}

// writeFormatted writes text of a file to standard output: as it is, unless that is a terminal.
func (c *common) writeFormatted(text string) {
	if isTerminal(c.stdout.file) {
		text = render.Lines(text)
	}
	fmt.Fprint(c.stdout, text)
}

// formatted returns the text of a file when it is formatted. It has been read, and says the same.
func (f fileToFormat) formatted(text string) (string, error) {
	format := zonefmt.BIND
	if f.yaml {
		format = zonefmt.YAML
	}
	formatted, err := format(text, zonefmt.Options{File: f.name})
	if err != nil || formatted == text {
		return formatted, err
	}
	before, err := f.parsed(text)
	if err != nil {
		return "", err
	}
	after, err := f.parsed(formatted)
	if err != nil {
		return "", err
	}
	if before != nil && !zonefmt.Same(before, after) {
		return "", zonefmt.ErrMeaning
	}
	return formatted, nil
}

// fragmentHead is put in front of a master file of which nobody knows where it is included: records have a TTL and an owner then.
const fragmentHead = "$TTL 1\n@ TXT \"\"\n"

// parsed reads the zone that a file is of, or is included by, with another text in its place. It is nil for a file in YAML that is of no zone.
func (f fileToFormat) parsed(text string) (*zonefile.File, error) {
	origin := f.origin
	switch {
	case origin.IsZero() && f.yaml:
		return nil, nil
	case origin.IsZero():
		origin, text = zonefile.Root, fragmentHead+text
	}
	fsys := zoneedit.Overlay(f.fsys(), map[string]string{f.path: text})
	if f.yaml {
		return zonefile.ParseYAML(fsys, f.path, zonefile.YAMLOptions{Origin: origin})
	}
	return zonefile.ParseBIND(fsys, f.zone, zonefile.BINDOptions{Origin: origin})
}

// readAtMost reads all of a stream, of which there may not be more than a zone file may have.
func readAtMost(r io.Reader) (string, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxZoneFile+1))
	if err == nil && len(text) > maxZoneFile {
		err = fmt.Errorf("more than %d octets, which is the limit", maxZoneFile)
	}
	return string(text), err
}
