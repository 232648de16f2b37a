package main

import (
	"context"
	"errors"
	"slices"

	"github.com/zoneward/zoneward/providers"
	"github.com/zoneward/zoneward/reconcile"
)

// exitCode is how the program ends. docs/command-line.md has this table for people.
type exitCode int

const (
	exitDone        exitCode = 0   // done, or nothing to do
	exitError       exitCode = 1   // something went wrong
	exitChanges     exitCode = 2   // changes are pending: plan --detailed-exitcode
	exitHeld        exitCode = 3   // a guard holds a plan
	exitStale       exitCode = 4   // the plan is out of date, or somebody else wrote in between
	exitUsage       exitCode = 64  // the command line or the configuration is wrong
	exitInterrupted exitCode = 130 // Ctrl-C
)

// exitOrder is which of several codes counts: the first of these.
var exitOrder = []exitCode{exitInterrupted, exitUsage, exitError, exitStale, exitHeld, exitChanges, exitDone}

// worst returns the code that counts of several.
func worst(codes ...exitCode) exitCode {
	for _, code := range exitOrder {
		if slices.Contains(codes, code) {
			return code
		}
	}
	return exitDone
}

// exitStatus is an error that ends the program with a code and says nothing more: what there is to say has been said.
type exitStatus exitCode

// Error returns nothing that a person should see.
func (s exitStatus) Error() string { return "exit" }

// usageError is an error of the command line or the configuration.
type usageError struct {
	err  error
	hint string
}

// Error returns the error without the hint.
func (e *usageError) Error() string { return e.err.Error() }

// Unwrap returns the error without the hint.
func (e *usageError) Unwrap() error { return e.err }

// codeOf is the only place where an error becomes an exit code.
func codeOf(err error) exitCode {
	if err == nil {
		return exitDone
	}
	if status, ok := errors.AsType[exitStatus](err); ok {
		return exitCode(status)
	}
	if _, ok := errors.AsType[*usageError](err); ok {
		return exitUsage
	}
	switch {
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.Is(err, reconcile.ErrStale), errors.Is(err, providers.ErrConflict):
		return exitStale
	}
	return exitError
}

// endOfPlan returns the exit status that a plan gives, nil for 0. Changes and holds count with detailed only.
func endOfPlan(plan *reconcile.Plan, detailed bool) error {
	summary := plan.Summary()
	switch {
	case summary.Errors > 0:
		return exitStatus(exitError)
	case detailed && summary.Held > 0:
		return exitStatus(exitHeld)
	case detailed && summary.Changes()+summary.Deferred > 0:
		return exitStatus(exitChanges)
	}
	return nil
}

// codeOfOutcome is the code that one zone gives.
func codeOfOutcome(o reconcile.Outcome) exitCode {
	switch o.Status {
	case reconcile.Applied, reconcile.Unchanged:
		return exitDone
	case reconcile.Held:
		return exitHeld
	case reconcile.Stale, reconcile.Conflict:
		return exitStale
	case reconcile.Interrupted:
		return exitInterrupted
	case reconcile.Failed:
		return exitError
	}
	return exitError
}
