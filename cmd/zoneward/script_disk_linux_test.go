package main

import (
	"os"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"
)

// disk makes a directory one on a disk of so many KiB, or one that can only be read: disk DIRECTORY 1000, disk DIRECTORY readonly. Where this process may
// not, it ends the script without a failure.
func disk(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: disk DIRECTORY KIB, or disk DIRECTORY readonly")
	}
	dir := ts.MkAbs(args[0])
	mount := func(source, kind string, flags uintptr, data string) {
		if err := syscall.Mount(source, dir, kind, flags, data); err != nil {
			scriptOf(ts).tb.Skipf("mounting takes root, and is needed to have such a disk: %v", err)
		}
		ts.Defer(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	}
	if args[1] != "readonly" {
		mount("tmpfs", "tmpfs", 0, "size="+args[1]+"k")
		return
	}
	if os.Geteuid() != 0 {
		ts.Check(os.Chmod(dir, 0o500))
		ts.Defer(func() { _ = os.Chmod(dir, 0o700) })
		return
	}
	mount(dir, "", syscall.MS_BIND, "")
	ts.Check(syscall.Mount("", dir, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY, ""))
}
