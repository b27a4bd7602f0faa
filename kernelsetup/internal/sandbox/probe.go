package sandbox

import (
	"context"
	_ "embed"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// Probe is a program that tries what it should not be able to do, for the builder of
// students' programs to build as it builds these.
//
//go:embed probe/main.go.txt
var Probe string

// Choose finds the strongest kind of native confinement that holds, by running the
// probe at path.
func Choose(ctx context.Context, path string) (Kind, error) {
	if runtime.GOOS != "linux" {
		return None, fmt.Errorf("programs can be confined on Linux only, or as WebAssembly")
	}
	var last error
	for _, k := range []Kind{Namespaces, Guarded} {
		if last = k.Test(ctx, path); last == nil {
			return k, nil
		}
	}
	return None, last
}

// Test runs the probe and returns an error unless all that it tried was refused.
func (k Kind) Test(ctx context.Context, path string) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer listener.Close()
	secret := filepath.Join(filepath.Dir(path), "..", "secret")
	if err := os.WriteFile(secret, []byte("secret"), 0o666); err != nil {
		return err
	}
	defer os.Remove(secret)
	abs, err := filepath.Abs(secret)
	if err != nil {
		return err
	}
	r, err := k.Run(ctx, Program{
		Path: path, Env: []string{"PROBE_FILE=" + abs, "PROBE_ADDRESS=" + listener.Addr().String()},
		Limits: Limits{Time: 20 * time.Second, Memory: Defaults.Memory, Output: 1 << 16},
	})
	if err != nil {
		return err
	}
	if said := strings.TrimSpace(string(r.Stdout)); said != "confined" {
		return fmt.Errorf("a confined program could do this: %s %s", said, r.Why)
	}
	return nil
}
