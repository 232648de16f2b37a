package main

import (
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// steadyClock returns the time since the machine was started, with the time that it slept, and the name of that start (random(4), proc(5)).
// Where the system does not tell one of them both are empty. /proc/uptime is no substitute: in some containers it is the container's.
func steadyClock() (steady time.Duration, boot string) {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return 0, ""
	}
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &now); err != nil {
		return 0, ""
	}
	return time.Duration(now.Nano()), strings.TrimSpace(string(id))
}
