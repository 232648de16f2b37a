package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/filestore"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/store"
	"github.com/zoneward/zoneward/reconcile"
)

// keeper is where what was applied and retired is kept.
type keeper interface {
	reconcile.Store
	io.Closer
}

// keeping says where that is, if it is not the state file of the configuration.
type keeping struct {
	// stateless: there is no state file. What was retired is kept in files in the folder tombstones, and if that is empty nowhere.
	stateless  bool
	tombstones string
}

// statelessFlags adds the flags for those who have no state.
func (c *common) statelessFlags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&c.stateless, "stateless", false, "use no state file: nobody knows what was applied before")
	cmd.Flags().StringVar(&c.tombstones, "tombstones", "", "with --stateless: keep what is retired as files in `DIR`")
	check := cmd.PreRunE
	cmd.PreRunE = func(cmd *cobra.Command, args []string) error {
		if cmd.Flags().Changed("tombstones") {
			switch {
			case !c.stateless:
				return &usageError{errors.New("--tombstones is for --stateless: otherwise the state file has the tombstones"), "give both, or neither"}
			case c.tombstones == "":
				return &usageError{err: errors.New("--tombstones: want the name of a folder")}
			}
		}
		if check != nil {
			return check(cmd, args)
		}
		return nil
	}
}

// needTombstones returns an error if nothing keeps tombstones: there is nothing to look at.
func (k keeping) needTombstones() error {
	if k.stateless && k.tombstones == "" {
		return &usageError{err: errors.New("--stateless: want the tombstones that there are, with --tombstones DIR")}
	}
	return nil
}

// words are the flags as they are given once more.
func (k keeping) words() []string {
	switch {
	case !k.stateless:
		return nil
	case k.tombstones == "":
		return []string{"--stateless"}
	}
	return []string{"--stateless", "--tombstones", k.tombstones}
}

// openState opens the state in a file, or what stands for it: toWrite or toPlan.
type openState func(ctx context.Context, file string, k keeping) (keeper, error)

// toWrite opens the state to write it.
func toWrite(ctx context.Context, file string, k keeping) (keeper, error) {
	switch {
	case !k.stateless:
		return asKeeper(store.Open(ctx, file))
	case k.tombstones == "":
		return &filestore.Nothing{}, nil
	}
	return asKeeper(filestore.Open(ctx, k.tombstones))
}

// toPlan opens the state to read it.
func toPlan(ctx context.Context, file string, k keeping) (keeper, error) {
	switch {
	case !k.stateless:
		return asKeeper(store.OpenToPlan(ctx, file))
	case k.tombstones == "":
		return &filestore.Nothing{}, nil
	}
	return asKeeper(filestore.OpenToPlan(ctx, k.tombstones))
}

// asKeeper returns nil beside an error, where s is a nil pointer.
func asKeeper[S keeper](s S, err error) (keeper, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}

// stateNeeded says which parts of the policies cannot be kept to without a state, nil for none.
func stateNeeded(policies []reconcile.Policy) []string {
	var needed []string
	for _, part := range []struct {
		key string
		in  func(reconcile.Policy) bool
	}{
		{"grace", func(p reconcile.Policy) bool { return p.Grace > 0 }},
		{"drift", func(p reconcile.Policy) bool { return p.Drift.Detect || len(p.Drift.Ignore)+len(p.Drift.TTLs) > 0 }},
		{"ownership: additive", func(p reconcile.Policy) bool { return p.Additive }},
		{"zone_removal: retire", func(p reconcile.Policy) bool { return p.RetireZones }},
	} {
		if slices.ContainsFunc(policies, part.in) {
			needed = append(needed, part.key)
		}
	}
	return needed
}

// refuseNeeds returns an error if a policy cannot be kept to without a state: applying all the same could retire too early, or put right what is to be left.
func (k keeping) refuseNeeds(policies []reconcile.Policy) error {
	needed := stateNeeded(policies)
	if !k.stateless || len(needed) == 0 {
		return nil
	}
	return &usageError{
		fmt.Errorf("--stateless: the policy has what takes a state, which says since when something is gone and what was applied before: %s", strings.Join(needed, ", ")),
		"apply with a state, or with a configuration without that",
	}
}

// tellNeeds adds to a plan what the same policy does with a state, and not in this plan.
func (k keeping) tellNeeds(plan *reconcile.Plan, policies []reconcile.Policy) {
	if needed := stateNeeded(policies); k.stateless && len(needed) > 0 {
		plan.Notices = append(plan.Notices, "with --stateless the plan is made without what is in the state, so it can differ in: "+strings.Join(needed, ", "))
	}
}
