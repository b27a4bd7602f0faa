//go:build linux && (amd64 || arm64)

package guard

import (
	"os"
	"runtime"
	"strconv"
	"syscall"
	"unsafe"
)

func init() {
	if os.Getenv("GUARD") == "" {
		return // nobody asked for it
	}
	limit := func(resource int, variable string) {
		n, err := strconv.ParseUint(os.Getenv(variable), 10, 63)
		if err != nil {
			fail(variable + " isn't a number")
		}
		if err := syscall.Setrlimit(resource, &syscall.Rlimit{Cur: n, Max: n}); err != nil {
			fail(variable + ": " + err.Error())
		}
	}
	limit(syscall.RLIMIT_DATA, "GUARD_DATA")
	limit(syscall.RLIMIT_CPU, "GUARD_CPU")
	limit(syscall.RLIMIT_CORE, "GUARD_ZERO")
	limit(syscall.RLIMIT_FSIZE, "GUARD_ZERO")
	lock()
}

func fail(why string) {
	_, _ = os.Stderr.WriteString("guard: " + why + "\n")
	os.Exit(Failed)
}

// Of the system's headers.
const (
	prSetNoNewPrivs = 38
	filterMode      = 1 // SECCOMP_SET_MODE_FILTER
	allThreads      = 1 // SECCOMP_FILTER_FLAG_TSYNC
	cloneThread     = 0x10000

	load   = 0x20 // BPF_LD | BPF_W | BPF_ABS
	equal  = 0x15 // BPF_JMP | BPF_JEQ | BPF_K
	anyBit = 0x45 // BPF_JMP | BPF_JSET | BPF_K
	answer = 0x06 // BPF_RET | BPF_K

	allow = 0x7fff0000
	deny  = 0x00050000 | 1  // EPERM
	none  = 0x00050000 | 38 // ENOSYS
	kill  = 0x80000000
)

type instruction struct {
	code    uint16
	yes, no uint8
	k       uint32
}

type program struct {
	length uint16
	filter *instruction
}

// lock allows the system calls that computing takes and refuses all others.
func lock() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if _, _, errno := syscall.RawSyscall6(syscall.SYS_PRCTL, prSetNoNewPrivs, 1, 0, 0, 0, 0); errno != 0 {
		fail("no new privileges: " + errno.Error())
	}
	f := []instruction{
		{load, 0, 0, 4}, // the architecture
		{equal, 1, 0, architecture},
		{answer, 0, 0, kill},
		{load, 0, 0, 0}, // the number of the call
	}
	for _, n := range allowed {
		f = append(f, instruction{equal, 0, 1, n}, instruction{answer, 0, 0, allow})
	}
	f = append(f,
		// A thread of this process, but no other process.
		instruction{equal, 0, 4, syscall.SYS_CLONE},
		instruction{load, 0, 0, 16},
		instruction{anyBit, 0, 1, cloneThread},
		instruction{answer, 0, 0, allow},
		instruction{answer, 0, 0, deny},
		instruction{equal, 0, 1, clone3},
		instruction{answer, 0, 0, none},
		// Signals to itself.
		instruction{equal, 0, 4, syscall.SYS_TGKILL},
		instruction{load, 0, 0, 16},
		instruction{equal, 0, 1, uint32(os.Getpid())},
		instruction{answer, 0, 0, allow},
		instruction{answer, 0, 0, deny},
		instruction{answer, 0, 0, deny},
	)
	p := program{uint16(len(f)), &f[0]}
	if _, _, errno := syscall.RawSyscall(seccomp, filterMode, allThreads, uintptr(unsafe.Pointer(&p))); errno != 0 {
		fail("system calls: " + errno.Error())
	}
	runtime.KeepAlive(f)
}
