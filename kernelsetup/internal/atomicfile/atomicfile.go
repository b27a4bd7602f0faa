// Package atomicfile replaces files so that nobody ever sees half of one: not
// another program, and not who comes back after a full disk.
package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Write writes data to a file with the given mode, in a folder that it makes if
// need be. What was there before is replaced at the end, or stays.
func Write(file string, data []byte, mode fs.FileMode) error {
	dir := filepath.Dir(file)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	name := filepath.Base(file)
	name = name[:min(len(name), 100)] // file systems bound the length of names
	f, err := os.CreateTemp(dir, "."+strings.ToValidUTF8(name, "")+"-")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(mode), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
