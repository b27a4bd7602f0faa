//go:build !unix

package proctree

import "os/exec"

// Lead does nothing where there are no sessions; the kernel doesn't run there.
func Lead(*exec.Cmd) {}

func table() []process { return nil }
func kill(int)         {}
func reap(int)         {}

func environ(int) []string { return nil }
