// Package proctree starts a process whose descendants can all be found and
// ended again, also those that outlived their parents. A kernel starts
// compilers, shells and the reader's own programs; whatever ends the kernel,
// none of them may stay behind.
package proctree

import (
	"os"
	"slices"
	"time"
)

// process is one line of the process table. Session is 0 where the system
// doesn't tell.
type process struct {
	pid, parent, group, session int
	zombie                      bool
}

// Members returns the live processes of the tree that pid leads, pid included:
// its descendants and all that are in its session or process group.
func Members(pid int) []int {
	var live []int
	for _, p := range members(pid, table()) {
		if !p.zombie {
			live = append(live, p.pid)
		}
	}
	return live
}

func members(pid int, all []process) []process {
	return tree(all, func(p process) bool { return p.ledBy(pid) })
}

func (p process) ledBy(pid int) bool { return p.pid == pid || p.session == pid || p.group == pid }

// tree returns the processes of which in is true, and all their descendants.
func tree(all []process, in func(process) bool) []process {
	found := make(map[int]bool)
	for _, p := range all {
		found[p.pid] = in(p)
	}
	for grown := true; grown; {
		grown = false
		for _, p := range all {
			if !found[p.pid] && found[p.parent] {
				found[p.pid] = true
				grown = true
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(p process) bool { return !found[p.pid] })
}

// Kill ends the tree that pid leads, without a chance to object. It looks again
// until nothing is left, since what it found may have been starting more. It
// returns the number of processes that it couldn't end within a second.
//
// A process that began a session of its own and has lost its parent isn't found by
// that. On Linux it is found by its environment: marks are variables with their
// values, as in TMPDIR=/tmp/k1, that the leader was started with and no process
// outside of its tree has.
//
// The leader itself is left for its exec.Cmd to wait for; the others, if they
// fall to this process as orphans, are waited for here.
func Kill(pid int, marks ...string) int {
	left := 0
	marked := make(map[int]bool) // what has ended has no environment
	for range 100 {
		left = 0
		all := table()
		for _, p := range all {
			if len(marks) > 0 && p.pid != os.Getpid() && !marked[p.pid] {
				marked[p.pid] = slices.ContainsFunc(environ(p.pid), func(v string) bool { return slices.Contains(marks, v) })
			}
		}
		tree := tree(all, func(p process) bool { return p.ledBy(pid) || marked[p.pid] })
		for _, p := range tree {
			switch {
			case !p.zombie:
				left++
				kill(p.pid)
			case p.pid == pid:
			case p.parent == os.Getpid():
				left++
				reap(p.pid)
			case slices.ContainsFunc(tree, func(q process) bool { return q.pid == p.parent }):
				left++ // its parent is about to end and leave it to this process
			}
		}
		if left == 0 {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	return left
}
