package notebook

import (
	"bytes"
	"crypto/sha256"
	"encoding/gob"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
)

// Memo returns f(params), from the store if it was computed before: by the same
// code, the declarations of the cells that f reaches and the library itself, from
// the same parameters. A notebook keeps declarations from cell to cell, not
// values, so this is how a result of many seconds is had in several cells.
//
// f is a function that is declared in a cell and draws on nothing but its
// parameters: no clock, no file, no variable that changes. Parameters and results
// are what encoding/gob can hold.
//
// The store is the folder WASSERWERK_MEMO or, without it, one in the user's cache;
// "off" computes anew each time. Memo fails if f is no such
// function, or its result can't be stored.
func Memo[P, T any](params P, f func(P) T) T {
	v, err := memo(params, f)
	if err != nil {
		fail("notebook: Memo: " + err.Error())
	}
	return v
}

func memo[P, T any](params P, f func(P) T) (v T, err error) {
	dir, err := memoDir()
	if err != nil || dir == "" {
		return f(params), err
	}
	name, file, err := declared(f)
	if err != nil {
		return v, err
	}
	code, err := reachable(file, name)
	if err != nil {
		return v, err
	}
	library, err := librarySum()
	if err != nil {
		return v, err
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s\x00%s\x00%x\x00%s\x00%T\x00", runtime.Version(), runtime.GOARCH, library, code, v)
	if err := gob.NewEncoder(h).Encode(&params); err != nil {
		return v, fmt.Errorf("parameters of type %T: %w", params, err)
	}
	store := filepath.Join(dir, hex.EncodeToString(h.Sum(nil))+".gob")
	if data, err := os.ReadFile(store); err == nil {
		if err := gob.NewDecoder(bytes.NewReader(data)).Decode(&v); err == nil {
			return v, nil
		}
		v = *new(T) // half of a file, as of a full disk
	}
	v = f(params)
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(&v); err != nil {
		return v, fmt.Errorf("a result of type %T: %w", v, err)
	}
	return v, keep(store, b.Bytes())
}

// keep writes a file so that no reader sees half of it.
func keep(name string, data []byte) error {
	dir := filepath.Dir(name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".new-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if _, err = f.Write(data); err == nil {
		err = f.Close()
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

// memoDir returns the folder of the store, "" if there is to be none.
func memoDir() (string, error) {
	switch dir := os.Getenv("WASSERWERK_MEMO"); dir {
	case "off":
		return "", nil
	case "":
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", nil // a machine without a home
		}
		return filepath.Join(cache, "wasserwerk", "memo"), nil
	default:
		return dir, nil
	}
}

// declared returns the name of a function declared at top level, and its file.
func declared(f any) (name, file string, err error) {
	v := reflect.ValueOf(f)
	if v.Kind() != reflect.Func || v.IsNil() {
		return "", "", fmt.Errorf("nil function")
	}
	fn := runtime.FuncForPC(v.Pointer())
	name = filepath.Ext(fn.Name())
	file, _ = fn.FileLine(v.Pointer())
	if len(name) < 2 || bytes.Count([]byte(filepath.Base(fn.Name())), []byte(".")) != 1 {
		return "", "", fmt.Errorf("%s isn't declared in a plain cell, so its code has no name to go by", fn.Name())
	}
	return name[1:], file, nil
}
