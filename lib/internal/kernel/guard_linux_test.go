package kernel

import (
	"runtime/debug"
	"syscall"
	"testing"
	"unsafe"
)

// guarded returns n entries between two pages that can't be touched. They end
// exactly at the second if end is set, and else begin at the end of the first:
// the test fails by a fault if a kernel reads or writes beyond that.
func guarded[T Float](t testing.TB, n int, end bool) []T {
	var one T
	page, size := syscall.Getpagesize(), n*int(unsafe.Sizeof(one))
	room := (size + page) / page * page // at least a byte more
	all, err := syscall.Mmap(-1, 0, room+2*page, syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Munmap(all); err != nil {
			t.Error(err)
		}
	})
	for _, edge := range [][]byte{all[:page], all[page+room:]} {
		if err := syscall.Mprotect(edge, syscall.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	start := page
	if end {
		start += room - size
	}
	return unsafe.Slice((*T)(unsafe.Pointer(&all[start])), n)
}

func TestGuarded(t *testing.T) {
	for _, n := range []int{0, 1, 130, 512, 513} {
		for _, end := range []bool{false, true} {
			s := guarded[float64](t, n, end)
			for i := range s {
				s[i] = 1
			}
			i := -1
			if end {
				i = n
			}
			if !faults(unsafe.Add(unsafe.Pointer(unsafe.SliceData(s)), 8*i)) {
				t.Errorf("entry %d of %d can be read", i, n)
			}
		}
	}
}

// faults tells whether reading the memory is a fault.
func faults(p unsafe.Pointer) (fault bool) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() { fault = recover() != nil }()
	sink = *(*float64)(p)
	return false
}

var sink float64
