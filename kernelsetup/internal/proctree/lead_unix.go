//go:build unix

package proctree

import (
	"os/exec"
	"syscall"
)

// Lead makes cmd, when started, the leader of a session of its own: its
// descendants are recognised by that, and a terminal's Ctrl-C reaches only the
// program that started it, which can then end the tree in good order.
func Lead(cmd *exec.Cmd) {
	adopt()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
}

func kill(pid int) { _ = syscall.Kill(pid, syscall.SIGKILL) } // gone already is as good

func reap(pid int) { _, _ = syscall.Wait4(pid, nil, syscall.WNOHANG, nil) }
