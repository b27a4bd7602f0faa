package jupyter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/go-zeromq/zmq4"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/proctree"
)

// Command tells how to start a kernel.
type Command struct {
	Argv []string // as in kernel.json, with {connection_file} where the file's path goes
	Env  []string // whole environment
	Dir  string   // working directory: Jupyter uses the notebook's own
	Temp string   // existing directory, of this kernel alone, for all temporary files; the caller removes it
}

// Kernel is a running kernel. Its methods are for one goroutine at a time.
type Kernel struct {
	codec
	cmd                   *exec.Cmd
	shell, control, stdin zmq4.Socket
	sockets               []zmq4.Socket
	in                    chan message
	log                   *tail
	cancel                context.CancelFunc // closes the sockets
	exited                chan struct{}      // closed when the process has ended
	exitErr               error              // valid then
	temp                  string
}

// A StartError tells why a kernel didn't start, and what it said last.
type StartError struct {
	Err error
	Log string // last lines of the kernel's own log, or the one with the reason
}

func (e *StartError) Error() string {
	if e.Log == "" {
		return e.Err.Error()
	}
	if !strings.Contains(e.Log, "\n") {
		return e.Err.Error() + "; it said last: " + e.Log
	}
	return e.Err.Error() + "; it said last:\n" + e.Log
}

func (e *StartError) Unwrap() error { return e.Err }

// startTimeout is generous: on a cold disk a kernel takes seconds.
const startTimeout = 60 * time.Second

// Start starts a kernel and returns when it answers on every channel.
func Start(ctx context.Context, c Command) (*Kernel, error) {
	k := &Kernel{
		codec:  codec{key: []byte(newID()), session: newID()},
		in:     make(chan message, 1024),
		log:    &tail{max: 16 << 10},
		exited: make(chan struct{}),
		temp:   c.Temp,
	}
	conn, err := connect(c.Temp, string(k.key))
	if err != nil {
		return nil, err
	}
	file := filepath.Join(c.Temp, "kernel-"+newID()+".json")
	data, err := json.Marshal(conn)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		return nil, err
	}
	argv := make([]string, len(c.Argv))
	for i, a := range c.Argv {
		argv[i] = strings.ReplaceAll(a, "{connection_file}", file)
	}
	k.cmd = exec.Command(argv[0], argv[1:]...)
	k.cmd.Dir, k.cmd.Env = c.Dir, append(slices.Clone(c.Env), "TMPDIR="+c.Temp, "GOTMPDIR="+c.Temp)
	k.cmd.Stdout, k.cmd.Stderr = k.log, k.log
	k.cmd.WaitDelay = time.Second // what the kernel started may hold its log open
	proctree.Lead(k.cmd)
	if err := k.cmd.Start(); err != nil {
		return nil, fmt.Errorf("can't start the kernel: %w", err)
	}
	go func() {
		k.exitErr = k.cmd.Wait()
		close(k.exited)
	}()

	ctx, cancel := context.WithTimeoutCause(ctx, startTimeout, fmt.Errorf("the kernel didn't answer within %v", startTimeout))
	defer cancel()
	if err := k.open(ctx, conn); err != nil {
		k.Kill()
		if full := writable(c.Temp); full != nil {
			return nil, fmt.Errorf("%w: %w", err, full)
		}
		return nil, &StartError{err, k.log.last()}
	}
	return k, nil
}

// writable returns an error where no more can be written to a folder, which kernels
// don't say plainly.
func writable(dir string) error {
	f, err := os.CreateTemp(dir, "room")
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, 1<<16))
	return errors.Join(err, f.Close(), os.Remove(f.Name()))
}

// open connects the sockets and waits until the kernel is heard on all of them.
func (k *Kernel) open(ctx context.Context, conn *connection) error {
	sockctx, cancel := context.WithCancel(context.Background())
	k.cancel = cancel
	opts := []zmq4.Option{
		zmq4.WithID(zmq4.SocketIdentity(k.session)), // stdin requests come back to the shell's identity
		zmq4.WithDialerRetry(5 * time.Millisecond), zmq4.WithDialerMaxRetries(-1),
	}
	k.shell, k.control, k.stdin = zmq4.NewDealer(sockctx, opts...), zmq4.NewDealer(sockctx, opts...), zmq4.NewDealer(sockctx, opts...)
	iopub := zmq4.NewSub(sockctx, opts...)
	k.sockets = []zmq4.Socket{k.shell, k.control, k.stdin, iopub}

	dialled := make(chan error, 1)
	go func() {
		for i, port := range []int{conn.ShellPort, conn.ControlPort, conn.StdinPort, conn.IOPubPort} {
			if err := k.sockets[i].Dial(conn.endpoint(port)); err != nil {
				dialled <- err
				return
			}
		}
		dialled <- iopub.SetOption(zmq4.OptionSubscribe, "")
	}()
	select {
	case err := <-dialled:
		if err != nil {
			return fmt.Errorf("can't connect to the kernel: %w", err)
		}
	case <-k.exited:
		return k.died()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	for i, name := range []string{"shell", "control", "stdin", "iopub"} {
		go k.receive(sockctx, k.sockets[i], name)
	}
	return k.ready(ctx)
}

// ready asks for the kernel's information until the answer comes and something
// was heard on iopub too: a subscription takes effect late, and outputs sent
// before it are lost.
func (k *Kernel) ready(ctx context.Context) error {
	answered, published := false, false
	var again <-chan time.Time
	for !answered || !published {
		if again == nil {
			if _, err := k.send(k.shell, "kernel_info_request", nil, struct{}{}); err != nil {
				return fmt.Errorf("can't talk to the kernel: %w", err)
			}
			again = time.After(100 * time.Millisecond)
		}
		select {
		case m := <-k.in:
			answered = answered || m.Header.MsgType == "kernel_info_reply"
			published = published || m.channel == "iopub"
		case <-again:
			again = nil
		case <-k.exited:
			return k.died()
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

func (k *Kernel) receive(ctx context.Context, s zmq4.Socket, channel string) {
	for {
		raw, err := s.Recv()
		if err != nil {
			return
		}
		m, err := k.decode(raw.Frames)
		if err != nil {
			continue // not for us
		}
		m.channel = channel
		select {
		case k.in <- m:
		case <-ctx.Done():
			return
		}
	}
}

func (k *Kernel) send(s zmq4.Socket, msgType string, parent *header, content any) (id string, err error) {
	frames, id, err := k.encode(msgType, parent, content)
	if err != nil {
		return "", err
	}
	return id, s.SendMulti(zmq4.NewMsgFrom(frames...))
}

// ErrDied is matched by the error of every call that finds the kernel's process
// ended.
var ErrDied = errors.New("the kernel ended")

func (k *Kernel) died() error {
	var exit *exec.ExitError
	if errors.As(k.exitErr, &exit) {
		return fmt.Errorf("%w (%v)", ErrDied, exit)
	}
	return ErrDied
}

// PID returns the process id of the kernel.
func (k *Kernel) PID() int { return k.cmd.Process.Pid }

// Temp returns the Temp of its Command.
func (k *Kernel) Temp() string { return k.temp }

// Shutdown asks the kernel to end, and ends whatever is left of it after grace.
func (k *Kernel) Shutdown(grace time.Duration) {
	if _, err := k.send(k.control, "shutdown_request", nil, map[string]bool{"restart": false}); err == nil {
		timer := time.NewTimer(grace)
		defer timer.Stop()
	wait:
		for {
			select {
			case <-k.in: // the kernel may be blocked on a full channel
			case <-k.exited:
				break wait
			case <-timer.C:
				break wait
			}
		}
	}
	k.Kill()
}

// Kill ends the kernel and all that it started, at once.
func (k *Kernel) Kill() {
	proctree.Kill(k.PID(), "TMPDIR="+k.temp)
	<-k.exited
	if k.cancel != nil {
		k.cancel()
		for _, s := range k.sockets {
			go s.Close() // waits for a socket that never connected
		}
	}
}

// connection is the content of a connection file.
type connection struct {
	SignatureScheme string `json:"signature_scheme"`
	Transport       string `json:"transport"`
	IP              string `json:"ip"`
	ShellPort       int    `json:"shell_port"`
	ControlPort     int    `json:"control_port"`
	StdinPort       int    `json:"stdin_port"`
	IOPubPort       int    `json:"iopub_port"`
	HBPort          int    `json:"hb_port"`
	Key             string `json:"key"`
}

// connect chooses where to meet. Unix sockets in a private directory are out of
// others' reach and can't be taken by another program between choosing and
// binding; where they don't work (the path is too long, or the file system has
// none) ports on the loopback do.
func connect(dir, key string) (*connection, error) {
	c := &connection{SignatureScheme: "hmac-sha256", Key: key}
	base := filepath.Join(dir, "s"+newID()[:8])
	if l, err := net.Listen("unix", base+"-0"); err == nil {
		_ = l.Close()
		c.Transport, c.IP = "ipc", base
		c.ShellPort, c.ControlPort, c.StdinPort, c.IOPubPort, c.HBPort = 1, 2, 3, 4, 5
		return c, nil
	}
	c.Transport, c.IP = "tcp", "127.0.0.1"
	for _, port := range []*int{&c.ShellPort, &c.ControlPort, &c.StdinPort, &c.IOPubPort, &c.HBPort} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("no port to meet the kernel on: %w", err)
		}
		defer l.Close() // held until all five are chosen, so that they differ
		*port = l.Addr().(*net.TCPAddr).Port
	}
	return c, nil
}

func (c *connection) endpoint(port int) string {
	if c.Transport == "ipc" {
		return fmt.Sprintf("ipc://%s-%d", c.IP, port)
	}
	return fmt.Sprintf("tcp://%s:%d", c.IP, port)
}
