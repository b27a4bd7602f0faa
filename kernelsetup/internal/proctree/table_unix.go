//go:build unix && !linux

package proctree

import (
	"os/exec"
	"strconv"
	"strings"
)

// adopt does nothing: orphans go to the first process, which waits for them.
func adopt() {}

// table asks ps, which every other Unix has.
func table() []process {
	out, err := exec.Command("ps", "-axo", "pid=,ppid=,pgid=,stat=").Output()
	if err != nil {
		return nil
	}
	var all []process
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		if len(f) < 4 {
			continue
		}
		p := process{zombie: strings.HasPrefix(f[3], "Z")}
		p.pid, _ = strconv.Atoi(f[0])
		p.parent, _ = strconv.Atoi(f[1])
		p.group, _ = strconv.Atoi(f[2])
		all = append(all, p)
	}
	return all
}

func environ(int) []string { return nil }
