// Package guard leaves a program that imports it nothing but computing. Before any
// code of the program's own runs, it gives up files and network, further processes,
// and all but some memory and processor time, for good: by Linux's seccomp and limits
// that can't be raised again. It does so where the environment variable GUARD is set, as
// the grader of coursework does for the programs that it builds of students' code, with
// the limits in GUARD_DATA (bytes), GUARD_CPU (seconds) and GUARD_ZERO (0). On other
// systems it does nothing. The program is to be built with CGO_ENABLED=0: what C
// libraries do before any Go runs isn't guarded.
//
// A program that can't be guarded ends with the exit code Failed.
package guard

// Failed is the exit code of a program that couldn't be guarded.
const Failed = 97
