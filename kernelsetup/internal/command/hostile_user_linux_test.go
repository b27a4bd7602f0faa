package command

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// asAnother holds the arguments of a command that this program, started again as
// another user, is to run in the place of tests.
const asAnother = "WASSERWERK_TEST_AS_ANOTHER_USER"

func init() {
	if args := os.Getenv(asAnother); args != "" {
		os.Exit(Main(context.Background(), strings.Split(args, "\n"), os.Stdout, os.Stderr))
	}
}

// another runs the command as a user who may do little. The superuser, who runs tests
// in containers, may do all, and would see nothing refused.
func another(t *testing.T, args ...string) result {
	t.Helper()
	cmd := exec.Command("/proc/self/exe") // whose folder another user may not enter
	cmd.Env = append(os.Environ(), asAnother+"="+strings.Join(args, "\n"))
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Skipf("no command can be run as another user here: %v", err)
	}
	if left := glob(filepath.Join(os.Getenv("TMPDIR"), "*")); len(left) > 0 {
		t.Errorf("temporary files are left: %v", left)
	}
	return result{cmd.ProcessState.ExitCode(), out.String(), said.String()}
}

func TestWithoutPermission(t *testing.T) {
	repo := checkout(t)
	for dir := range strings.SplitSeq("../..,..", ",") { // they are nobody else's business
		if err := os.Chmod(filepath.Join(repo, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	text := notebook(t, "open.ipynb", "%%\nfmt.Println(1)")
	notebook(t, "closed.ipynb", "%%\nfmt.Println(1)")
	if err := errors.Join(os.Chmod("closed.ipynb", 0), os.Chmod(os.Getenv("TMPDIR"), 0o777), os.Chmod(".", 0o555)); err != nil {
		t.Fatal(err)
	}
	if r := another(t, "lint", "./open.ipynb"); r.code != exitOK {
		t.Skipf("another user sees nothing of this folder: %s", r.stderr)
	}
	for _, args := range []string{"lint ./closed.ipynb", "page ./closed.ipynb", "strip ./closed.ipynb", "diff ./closed.ipynb ./open.ipynb", "page ./open.ipynb", "strip --write ./open.ipynb", "pair ./open.ipynb"} {
		oneLine(t, another(t, strings.Fields(args)...), exitCannotRun, "permission denied")
	}
	if r := another(t, "strip", "./open.ipynb"); r.code != exitOK || r.stdout == "" {
		t.Errorf("strip: %+v", r)
	}
	if now, err := os.ReadFile("open.ipynb"); err != nil || string(now) != text {
		t.Errorf("the notebook was changed (%v)", err)
	}
	if err := os.Chmod(".", 0o755); err != nil {
		t.Fatal(err)
	}
	halves(t)
	if _, err := os.Stat(".build"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf(".build was made (%v)", err)
	}
}
