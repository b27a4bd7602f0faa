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
	in := make(map[int]bool)
	for grown := true; grown; {
		grown = false
		for _, p := range all {
			if !in[p.pid] && (p.pid == pid || p.session == pid || p.group == pid || in[p.parent]) {
				in[p.pid] = true
				grown = true
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(p process) bool { return !in[p.pid] })
}

// Kill ends the tree that pid leads, without a chance to object. It looks again
// until nothing is left, since what it found may have been starting more. It
// returns the number of processes that it couldn't end within a second.
//
// The leader itself is left for its exec.Cmd to wait for; the others, if they
// fall to this process as orphans, are waited for here.
func Kill(pid int) int {
	left := 0
	for range 100 {
		left = 0
		tree := members(pid, table())
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
