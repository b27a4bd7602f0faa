package guard

import "syscall"

const (
	architecture = 0xc000003e
	seccomp      = 317
	clone3       = 435
)

var allowed = []uint32{
	syscall.SYS_READ, syscall.SYS_WRITE, syscall.SYS_CLOSE, syscall.SYS_FSTAT, syscall.SYS_FCNTL,
	syscall.SYS_MMAP, syscall.SYS_MUNMAP, syscall.SYS_MPROTECT, syscall.SYS_MREMAP, syscall.SYS_MADVISE, syscall.SYS_MINCORE, syscall.SYS_BRK,
	syscall.SYS_RT_SIGACTION, syscall.SYS_RT_SIGPROCMASK, syscall.SYS_RT_SIGRETURN, syscall.SYS_SIGALTSTACK,
	syscall.SYS_SCHED_YIELD, syscall.SYS_SCHED_GETAFFINITY, syscall.SYS_FUTEX, syscall.SYS_NANOSLEEP, syscall.SYS_CLOCK_NANOSLEEP,
	syscall.SYS_CLOCK_GETTIME, syscall.SYS_GETTIMEOFDAY, syscall.SYS_GETPID, syscall.SYS_GETTID, syscall.SYS_UNAME,
	syscall.SYS_EPOLL_CREATE1, syscall.SYS_EPOLL_CTL, syscall.SYS_EPOLL_PWAIT, syscall.SYS_EPOLL_WAIT, syscall.SYS_EVENTFD2, syscall.SYS_PIPE2,
	syscall.SYS_EXIT, syscall.SYS_EXIT_GROUP, syscall.SYS_RESTART_SYSCALL,
	318, // getrandom
	441, // epoll_pwait2
}
