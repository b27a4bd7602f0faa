package sandbox

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// confine gives a program a network, a root folder and processes of its own.
func confine(cmd *exec.Cmd) {
	a := cmd.SysProcAttr
	a.Cloneflags = syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET | syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS
	a.UidMappings = []syscall.SysProcIDMap{{ContainerID: 65534, HostID: os.Getuid(), Size: 1}}
	a.GidMappings = []syscall.SysProcIDMap{{ContainerID: 65534, HostID: os.Getgid(), Size: 1}}
	a.Chroot = filepath.Dir(cmd.Path)
	cmd.Path, cmd.Dir = "/"+filepath.Base(cmd.Path), "/"
}
