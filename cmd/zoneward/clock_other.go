//go:build !linux

package main

import "time"

// steadyClock returns nothing: here the wall clock is all there is.
func steadyClock() (steady time.Duration, boot string) { return 0, "" }
