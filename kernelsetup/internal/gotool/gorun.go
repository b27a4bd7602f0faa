package gotool

import (
	"os"
	"strings"
	"time"
)

// UnderGoRun is the environment variable that is set where the parent is go run.
const UnderGoRun = "KERNELSETUP_UNDER_GO_RUN"

// RunByGo reports whether this program was compiled and started by go run, which
// keeps programs in a temporary folder or in its build cache.
func (t *Toolchain) RunByGo() bool {
	exe, err := os.Executable()
	return err == nil && (strings.Contains(exe, "go-build") || strings.HasPrefix(exe, t.Cache+string(os.PathSeparator)))
}

// FollowParent calls cancel when the parent, which is go run, has ended: it
// doesn't pass on the signals that end it.
func FollowParent(cancel func()) {
	for parent := os.Getppid(); os.Getppid() == parent; {
		time.Sleep(200 * time.Millisecond)
	}
	cancel()
}
