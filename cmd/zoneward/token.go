package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoneward/zoneward/cmd/zoneward/internal/render"
	"github.com/zoneward/zoneward/cmd/zoneward/internal/server"
)

func (c *common) tokenCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "token {new}",
		Short: "Make tokens for the API of a daemon",
		RunE: func(*cobra.Command, []string) error {
			return &usageError{fmt.Errorf("token: want new"), "zoneward token --help says more"}
		},
	}
	cmd.AddCommand(c.tokenNewCommand())
	return cmd
}

// tokenFlags are the flags of token new.
type tokenFlags struct {
	name, role string
	patterns   []string
	last       spanFlag
}

func (c *common) tokenNewCommand() *cobra.Command {
	var flags tokenFlags
	cmd := &cobra.Command{
		Use:   "new --name NAME --role ROLE",
		Short: "Make a token, and the line that the configuration needs for it",
		Long: `Makes a token for the API of a daemon, and prints it on standard output, this once: nothing keeps it. What server.tokens in the configuration needs for
it is on standard error: who has the configuration does not have the token. Nothing is changed.`,
		RunE: func(*cobra.Command, []string) error { return c.newToken(flags, time.Now()) },
	}
	cmd.Flags().StringVar(&flags.name, "name", "", "who gets it, for the history: `NAME`")
	cmd.Flags().StringVar(&flags.role, "role", "read", "what it may be used for: read, operate or admin")
	cmd.Flags().StringArrayVar(&flags.patterns, "zone", nil, "for this `ZONE` alone, or *.ZONE for those below it (can be repeated)")
	cmd.Flags().Var(&flags.last, "for", "how long it is good: 90d")
	return cmd
}

// newToken makes a token.
func (c *common) newToken(flags tokenFlags, now time.Time) error {
	text := server.NewToken()
	token := server.Token{Name: flags.name, Hash: server.HashOf(text)}
	var err error
	if token.Role, err = server.ParseRole(flags.role); err != nil {
		return &usageError{err: fmt.Errorf("--role %w", err)}
	}
	line := fmt.Sprintf("{name: %q, role: %s, hash: %q", token.Name, token.Role, token.Hash)
	for i, pattern := range flags.patterns {
		p, err := server.ParseZonePattern(pattern)
		if err != nil {
			return &usageError{err: fmt.Errorf("--zone: %w", err)}
		}
		token.Zones = append(token.Zones, p)
		separator := ", "
		if i == 0 {
			separator = ", zones: ["
		}
		line += separator + fmt.Sprintf("%q", p)
	}
	if len(flags.patterns) > 0 {
		line += "]"
	}
	if flags.last != 0 {
		line += fmt.Sprintf(", expires: %q", render.Stamp(now.Add(time.Duration(flags.last))))
	}
	if err := server.CheckTokens([]server.Token{token}); err != nil {
		return &usageError{err: fmt.Errorf("--name: %w", err)}
	}
	fmt.Fprintln(c.stdout, text)
	fmt.Fprintf(c.stderr, "Under server.tokens in the configuration:\n  - %s}\n", line)
	return nil
}
