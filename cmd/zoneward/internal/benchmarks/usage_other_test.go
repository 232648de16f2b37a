//go:build !unix

package benchmarks

import (
	"os"
	"time"
)

// Where a system does not say what a process used, it is 0: not known.
func peak(*os.ProcessState) int64 { return 0 }
func ownPeak() int64              { return 0 }
func ownCPU() time.Duration       { return 0 }
