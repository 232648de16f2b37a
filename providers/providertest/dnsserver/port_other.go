//go:build !linux

package dnsserver

// claimPort claims nothing here. A port that two tests pick is seen when a server cannot bind it, or when another answers.
func claimPort(int) (release func(), err error) { return func() {}, nil }
