//go:build unix

package frontends

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/proctree"
)

// A server is JupyterLab in a place.
type server struct {
	root  string // of its addresses
	token string
	cmd   *exec.Cmd
	log   bytes.Buffer // to be read once it has ended
}

// serve starts JupyterLab. It is to be stopped.
func (p *place) serve(t *testing.T) *server {
	t.Helper()
	lab := need(t, "jupyter-lab")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().(*net.TCPAddr)
	l.Close()
	s := &server{root: fmt.Sprintf("http://%v/", addr), token: "token-of-a-test"}
	p.env = append(p.env, "JUPYTER_TOKEN="+s.token)
	s.cmd = p.start(t, &s.log, lab, "--no-browser", "--allow-root", "--ip=127.0.0.1", fmt.Sprintf("--port=%d", addr.Port),
		"--ServerApp.port_retries=0", "--ServerApp.root_dir="+p.dir,
		// Nothing is asked of the network.
		"--LabApp.extension_manager=readonly", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate", "--LabApp.news_url=None")
	for began := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		if _, err = s.do("GET", "api/status", nil); err == nil {
			return s
		}
		if time.Since(began) > time.Minute || syscall.Kill(s.cmd.Process.Pid, 0) != nil {
			s.kill()
			t.Fatalf("JupyterLab doesn't start: %v; it said\n%s", err, s.log.String())
		}
	}
}

func (s *server) kill() {
	proctree.Kill(s.cmd.Process.Pid)
	_ = s.cmd.Wait()
}

// stop ends the server as Ctrl-C in its terminal does, and then it ends its kernels.
func (s *server) stop(t *testing.T) {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	late := time.AfterFunc(30*time.Second, func() { proctree.Kill(s.cmd.Process.Pid) })
	err := s.cmd.Wait()
	if !late.Stop() || err != nil {
		t.Errorf("JupyterLab ended with %v; it said\n%s", err, s.log.String())
	}
}

// page returns the address of a notebook's page.
func (s *server) page(name string) string {
	return s.root + "lab/tree/" + url.PathEscape(name) + "?reset&token=" + s.token
}

// do asks the server for something.
func (s *server) do(method, path string, body []byte) ([]byte, error) {
	req, err := http.NewRequest(method, s.root+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "token "+s.token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: %s: %.500s", method, path, resp.Status, data)
	}
	return data, err
}

// resave opens a notebook and saves it, as JupyterLab does when nothing was
// changed in between.
func (s *server) resave(name string) error {
	path := "api/contents/" + url.PathEscape(name)
	data, err := s.do("GET", path+"?content=1", nil)
	if err != nil {
		return err
	}
	var model struct {
		Type    string          `json:"type"`
		Format  string          `json:"format"`
		Content json.RawMessage `json:"content"`
		Message string          `json:"message,omitempty"` // that it isn't valid
	}
	if err := json.Unmarshal(data, &model); err != nil {
		return err
	}
	if model.Type != "notebook" || model.Message != "" {
		return fmt.Errorf("%s: a %s: %s", name, model.Type, model.Message)
	}
	if data, err = json.Marshal(model); err != nil {
		return err
	}
	_, err = s.do("PUT", path, data)
	return err
}
