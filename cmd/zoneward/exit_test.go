package main

import "testing"

func TestWorst(t *testing.T) {
	order := []exitCode{exitInterrupted, exitUsage, exitError, exitStale, exitHeld, exitChanges, exitDone}
	for i, worse := range order {
		for _, better := range order[i:] {
			if got := worst(better, worse); got != worse {
				t.Errorf("worst(%d, %d) = %d; want %d", better, worse, got, worse)
			}
		}
	}
}
