//go:build unix

package benchmarks

import (
	"os"
	"runtime"
	"syscall"
	"time"
)

// peak returns the most resident octets that a process had which has ended.
func peak(state *os.ProcessState) int64 {
	r, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	return octets(r)
}

// ownPeak returns the most resident octets that this process had so far.
func ownPeak() int64 {
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) != nil {
		return 0
	}
	return octets(&r)
}

// octets returns ru_maxrss, which macOS alone counts in octets, and others in KiB.
func octets(r *syscall.Rusage) int64 {
	if runtime.GOOS == "darwin" {
		return int64(r.Maxrss)
	}
	return int64(r.Maxrss) << 10
}

// ownCPU returns the processor time that this process has used, user and system.
func ownCPU() time.Duration {
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
