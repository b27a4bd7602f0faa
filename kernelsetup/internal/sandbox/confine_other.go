//go:build !linux

package sandbox

import "os/exec"

func confine(*exec.Cmd) {}
