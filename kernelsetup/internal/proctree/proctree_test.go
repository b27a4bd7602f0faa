//go:build unix

package proctree

import (
	"bufio"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// startTree starts a shell that starts a child and an orphan, and returns the
// pids of the shell and of all three.
func startTree(t *testing.T) (leader int, pids []int, wait func() error) {
	t.Helper()
	cmd := exec.Command("/bin/sh", "-c", `sleep 1000 & echo $!; (sleep 1001 & echo $!); echo done; wait`)
	Lead(cmd)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pids = []int{cmd.Process.Pid}
	for lines := bufio.NewScanner(out); lines.Scan() && lines.Text() != "done"; {
		pid, err := strconv.Atoi(lines.Text())
		if err != nil {
			t.Fatal(err)
		}
		pids = append(pids, pid)
	}
	if len(pids) != 3 {
		t.Fatalf("started %v, want three processes", pids)
	}
	return cmd.Process.Pid, pids, cmd.Wait
}

func TestKill(t *testing.T) {
	for _, leaderFirst := range []bool{false, true} {
		leader, pids, wait := startTree(t)
		slices.Sort(pids)
		got := Members(leader)
		slices.Sort(got)
		if !slices.Equal(got, pids) {
			t.Errorf("Members = %v, want %v", got, pids)
		}
		if leaderFirst { // as when somebody else kills the kernel
			_ = syscall.Kill(leader, syscall.SIGKILL)
			_ = wait()
		}
		if left := Kill(leader); left != 0 {
			t.Errorf("Kill left %d processes", left)
		}
		if !leaderFirst {
			_ = wait()
		}
		for _, pid := range pids {
			if err := syscall.Kill(pid, 0); err == nil {
				t.Errorf("process %d of %v still exists (leader killed first: %v)", pid, pids, leaderFirst)
			}
		}
	}
}

func TestMembers(t *testing.T) {
	all := []process{
		{pid: 1, session: 1, group: 1},
		{pid: 10, parent: 1, session: 10, group: 10},
		{pid: 11, parent: 10, session: 10, group: 10},
		{pid: 12, parent: 11, session: 12, group: 12}, // left the session, but its parent lives
		{pid: 13, parent: 1, session: 10, group: 13},  // an orphan
		{pid: 14, parent: 1, group: 10},               // an orphan where sessions aren't told
		{pid: 20, parent: 1, session: 20, group: 20},
	}
	var got []string
	for _, p := range members(10, all) {
		got = append(got, strconv.Itoa(p.pid))
	}
	if want := "10 11 12 13 14"; strings.Join(got, " ") != want {
		t.Errorf("members = %v, want %s", got, want)
	}
}

func TestKillGone(t *testing.T) {
	cmd := exec.Command("/bin/sh", "-c", ":")
	Lead(cmd)
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if left := Kill(cmd.Process.Pid); left != 0 || time.Since(began) > time.Second {
		t.Errorf("Kill of nothing left %d and took %v", left, time.Since(began))
	}
}

// A process that has left the session and lost its parent is found by what it was
// started with.
func TestKillMarked(t *testing.T) {
	if environ(os.Getpid()) == nil {
		t.Skip("this system doesn't show environments")
	}
	mark := "PROCTREE_TEST=" + t.TempDir()
	cmd := exec.Command("/bin/sh", "-c", "setsid sh -c 'setsid sleep 1002 >/dev/null 2>&1 & echo $!' &")
	cmd.Env = append(os.Environ(), mark)
	Lead(cmd)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(out)))
	if err != nil {
		t.Fatal(err)
	}
	if left := Kill(cmd.Process.Pid, "PROCTREE_TEST=another"); left != 0 || syscall.Kill(pid, 0) != nil {
		t.Fatalf("without the mark it is ended, or %d are left", left)
	}
	if left := Kill(cmd.Process.Pid, mark); left != 0 || syscall.Kill(pid, 0) == nil {
		t.Errorf("the process is left, and %d", left)
	}
}
