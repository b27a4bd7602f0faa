package kernel

// Normal sets dst[j] to entry offset+j of the sequence of standard normals
// that the key hi, lo and the purpose name. Entries 2i and 2i+1 are the
// Box-Muller transform of the Threefry block (i, purpose), so an entry depends
// on the key, the purpose and its index alone. In single precision it is the
// same number, rounded.
func Normal[T Float](dst []T, hi, lo, purpose, offset uint64) {
	s := sequence{hi, lo, purpose, true}
	block, second := offset/2, offset%2 == 1
	switch dst := any(dst).(type) {
	case []float64:
		s.fill(dst, block, second)
	case []float32:
		var part [256]float64
		for len(dst) > 0 {
			n := min(len(dst), len(part))
			s.fill(part[:n], block, second)
			for i, v := range part[:n] {
				dst[i] = float32(v)
			}
			dst = dst[n:]
			block += uint64(len(part) / 2)
		}
	}
}

// Uniform sets dst[j] to entry offset+j of the sequence of numbers uniform in
// (0, 1) that the key hi, lo and the purpose name: the odd multiples of 2⁻⁵³.
// Entries 2i and 2i+1 are the two words of the Threefry block (i, purpose).
func Uniform(dst []float64, hi, lo, purpose, offset uint64) {
	sequence{hi, lo, purpose, false}.fill(dst, offset/2, offset%2 == 1)
}

// A sequence is that of a key and a purpose, of normals or uniforms.
type sequence struct {
	hi, lo, purpose uint64
	normal          bool
}

// fill sets dst to the entries from the first, or second, of the block on.
func (s sequence) fill(dst []float64, block uint64, second bool) {
	const (
		turn = 2 * lanes64 // what the assembly makes at once
		few  = 2           // are made faster in Go
	)
	if second && len(dst) > 0 {
		_, dst[0] = s.pair(block)
		dst = dst[1:]
		block++
	}
	for len(dst) >= turn {
		n := min(len(dst)/turn*turn, chunk)
		s.groups(dst[:n], block)
		dst = dst[n:]
		block += uint64(n / 2)
	}
	if len(dst) > few && form != Go {
		var last [turn]float64
		s.groups(last[:], block)
		copy(dst, last[:])
		return
	}
	for ; len(dst) >= 2; dst = dst[2:] {
		dst[0], dst[1] = s.pair(block)
		block++
	}
	if len(dst) == 1 {
		dst[0], _ = s.pair(block)
	}
}

func (s sequence) groups(dst []float64, block uint64) {
	if s.normal {
		normal64(dst, s.hi, s.lo, s.purpose, block)
	} else {
		uniform64(dst, s.hi, s.lo, s.purpose, block)
	}
}

// pair returns entries 2·block and 2·block+1.
func (s sequence) pair(block uint64) (float64, float64) {
	x0, x1 := threefry13(s.hi, s.lo, block, s.purpose)
	if s.normal {
		return polar(x0, x1)
	}
	return unit(x0), unit(x1)
}
