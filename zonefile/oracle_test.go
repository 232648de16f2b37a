package zonefile

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const goodZones = "testdata/bind/good"

// zoneFiles returns the names of the zones in a folder.
func zoneFiles(t testing.TB, dir string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.zone"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no zones in %s: %v", dir, err)
	}
	for i := range paths {
		paths[i] = filepath.Base(paths[i])
	}
	return paths
}

// readGood reads a zone of example.com. that must have no errors.
func readGood(t testing.TB, dir, file string) *Zone {
	t.Helper()
	f, err := ParseBIND(os.DirFS(dir), file, BINDOptions{Origin: example})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Err(); err != nil {
		t.Fatalf("%s:\n%v", file, err)
	}
	return f.Zone
}

func TestParseBINDReadsWhatBINDReads(t *testing.T) {
	for _, file := range zoneFiles(t, goodZones) {
		t.Run(file, func(t *testing.T) {
			compareZones(t, readGood(t, goodZones, file), compileZone(t, goodZones, file))
		})
	}
}

func TestFormatBINDWritesWhatServersRead(t *testing.T) {
	for _, file := range zoneFiles(t, goodZones) {
		t.Run(file, func(t *testing.T) {
			z := readGood(t, goodZones, file)
			dir := t.TempDir()
			var text bytes.Buffer
			if err := FormatBIND(&text, z, FormatOptions{Header: "Made by a test.\nDo not edit."}); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "out.zone"), text.Bytes(), 0o666); err != nil {
				t.Fatal(err)
			}
			compareZones(t, readGood(t, dir, "out.zone"), z)
			t.Run("BIND", func(t *testing.T) { compareZones(t, compileZone(t, dir, "out.zone"), z) })
			t.Run("NSD", func(t *testing.T) {
				runChecker(t, dir, requireProgram(t, "nsd-checkzone"), "example.com.", "out.zone")
			})
			t.Run("Knot", func(t *testing.T) {
				runChecker(t, dir, requireProgram(t, "kzonecheck"), "-o", "example.com.", "out.zone")
			})
		})
	}
}

// The text of these is not read by all of them.
func TestFormatBINDWritesOddRecordsAsServersReadThem(t *testing.T) {
	f := parseText(t, `$TTL 300
@     SOA   ns. host. 1 2 3 4 5
@     NS    ns.
nsec  NSEC  b A TYPE0
csync CSYNC 1 1 TYPE0 A
key   KEY   49152 3 8
ech   HTTPS 1 . ech=""
`)
	if err := f.Err(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "out.zone"), []byte(formatted(t, f.Zone)), 0o666); err != nil {
		t.Fatal(err)
	}
	compareZones(t, compileZone(t, dir, "out.zone"), f.Zone)
	runChecker(t, dir, requireProgram(t, "nsd-checkzone"), "example.com.", "out.zone")
	runChecker(t, dir, requireProgram(t, "kzonecheck"), "-o", "example.com.", "out.zone")
}

// runChecker runs a program that refuses a zone with its exit code.
func runChecker(t *testing.T, dir, program string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", program, err, out)
	}
}

// compileProgram is BIND's reader of master files.
const compileProgram = "named-compilezone"

// compileZone returns the zone that BIND reads, which must be one.
func compileZone(t testing.TB, dir, file string) *Zone {
	t.Helper()
	z, refusal := runCompileZone(t, dir, file)
	if z == nil {
		t.Fatalf("named-compilezone %s:\n%s", file, refusal)
	}
	return z
}

// runCompileZone returns the zone that BIND reads, and nil if it refuses it; and what it says.
func runCompileZone(t testing.TB, dir, file string) (z *Zone, says string) {
	t.Helper()
	raw := filepath.Join(t.TempDir(), "zone.raw")
	args := []string{"-F", "raw", "-o", raw}
	for _, check := range []string{"i", "k", "m", "M", "n", "r", "S", "T", "W"} {
		value := "ignore"
		if check == "i" {
			value = "none"
		}
		args = append(args, "-"+check, value)
	}
	cmd := exec.CommandContext(t.Context(), requireProgram(t, compileProgram), append(args, example.String(), file)...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if _, refused := errors.AsType[*exec.ExitError](err); refused {
		return nil, string(out)
	} else if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(raw)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err = readRaw(bufio.NewReader(f))
	if err != nil {
		return NewZone(example), fmt.Sprintf("%sand of what it wrote: %v", out, err)
	}
	return z, string(out)
}

// readRaw reads BIND's raw format, version 1: a header, then RRsets with their RDATA in wire form.
func readRaw(r io.Reader) (*Zone, error) {
	var head struct{ Format, Version, Dumped, Flags, Serial, XFR uint32 }
	if err := binary.Read(r, binary.BigEndian, &head); err != nil {
		return nil, err
	}
	b := NewBuilder(example)
	for {
		var set struct {
			Size              uint32
			Class, Type, Sign uint16
			TTL, Records      uint32
		}
		err := binary.Read(r, binary.BigEndian, &set)
		if errors.Is(err, io.EOF) {
			return b.Zone(), nil
		}
		if err != nil {
			return nil, err
		}
		counted := func() []byte {
			var size uint16
			if err == nil {
				err = binary.Read(r, binary.BigEndian, &size)
			}
			octets := make([]byte, size)
			if err == nil {
				_, err = io.ReadFull(r, octets)
			}
			return octets
		}
		name, _, nameErr := NameFromWire(counted())
		if err != nil || nameErr != nil {
			return nil, fmt.Errorf("name: %w %w", err, nameErr)
		}
		for range set.Records {
			rdata := counted()
			if err != nil {
				return nil, err
			}
			if err := b.Add(Key{name, Type(set.Type)}, TTL(set.TTL), rdata); err != nil {
				return nil, err
			}
		}
	}
}

// compareZones fails the test if got is not want.
func compareZones(t testing.TB, got, want *Zone) {
	t.Helper()
	var lines []string
	for c := range Diff(want, got) {
		if c.Old != nil {
			lines = append(lines, "- "+strings.ReplaceAll(c.Old.String(), "\n", "\n- "))
		}
		if c.New != nil {
			lines = append(lines, "+ "+strings.ReplaceAll(c.New.String(), "\n", "\n+ "))
		}
	}
	if lines != nil || got.Digest() != want.Digest() {
		t.Errorf("zones differ (-want +got):\n%s", strings.Join(lines, "\n"))
	}
}
