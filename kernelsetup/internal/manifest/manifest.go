// Package manifest checks data against the checksums that were written down for
// them, in a file as the program sha256sum writes it.
package manifest

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// File is the name of the file that lists checksums.
const File = "SHA256SUMS"

var line = regexp.MustCompile(`^([0-9a-f]{64}) [ *](\S.*)$`)

// Read returns the checksums that dir lists, by file, and nil if it lists none.
func Read(dir string) (map[string]string, error) {
	data, err := os.ReadFile(filepath.Join(dir, File))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	sums := make(map[string]string)
	n := 0
	for text := range strings.Lines(string(data)) {
		n++
		m := line.FindStringSubmatch(strings.TrimRight(text, "\r\n"))
		if m == nil || !filepath.IsLocal(m[2]) {
			return nil, fmt.Errorf("%s, line %d: not a checksum and a file of that folder", filepath.Join(dir, File), n)
		}
		sums[m[2]] = m[1]
	}
	return sums, nil
}

// Check returns an error that names a file of dir whose bytes aren't those that the
// list has the checksum of.
func Check(dir string) error {
	sums, err := Read(dir)
	if err != nil {
		return err
	}
	for file, want := range sums {
		got, err := Sum(filepath.Join(dir, file))
		if err != nil {
			return fmt.Errorf("%s lists a file that can't be read: %w", filepath.Join(dir, File), err)
		}
		if got != want {
			return fmt.Errorf("%s has changed: its SHA-256 is %s, want %s", filepath.Join(dir, file), got, want)
		}
	}
	return nil
}

// Sum returns the SHA-256 of a file.
func Sum(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
