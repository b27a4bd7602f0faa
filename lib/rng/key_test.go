package rng

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math"
	"math/bits"
	"strings"
	"testing"

	"github.com/wasserwerk-go/wasserwerk/lib/internal/kernel"
)

// TestGolden freezes what every release must reproduce.
func TestGolden(t *testing.T) {
	for f := kernel.Go; f <= kernel.Best(); f++ {
		t.Run(f.String(), func(t *testing.T) {
			defer kernel.Use(f)()
			golden(t)
		})
	}
}

func golden(t *testing.T) {
	k := New(1)
	normal, uniform := make([]float64, 1<<14), make([]float64, 1<<14)
	k.Normal(normal)
	k.Uniform(uniform)
	got := strings.Join([]string{
		k.String(),
		k.Fold(0).String(),
		k.Fold(1).String(),
		k.Named("").String(),
		k.Named("noise").String(),
		k.Named("a label longer than eight bytes").String(),
		fmt.Sprintf("%#x", k.Rand().Uint64()),
		fmt.Sprintf("%x %#x", normal[:3], digest(normal)),
		fmt.Sprintf("%x %#x", uniform[:3], digest(uniform)),
	}, "\n")
	const want = `rng.Key(00000000000000000000000000000001)
rng.Key(e5e66d03a8834a138a5f21cbc2bdc5f3)
rng.Key(ad470687016ff38a1c2795eed662f6fc)
rng.Key(5c71ea7c3970051b09109e1ca5c5506f)
rng.Key(8cb94481fcac384b6e8a7edda06d3ddb)
rng.Key(d6f668081c929d8c12e3af15cb8b6ddb)
0x126b811b6aee7314
[-0x1.1d4b34299dcd9p+00 -0x1.bdace54e50346p-02 -0x1.8d14e9da1072cp+00] 0xc33a484542acfdf7
[0x1.dd7782b5531bfp-01 0x1.d34289518d9ddp-01 0x1.db3329fc02e5cp-03] 0x4a76a37aaf22e6eb`
	if got != want {
		t.Errorf("the streams of New(1) changed: got\n%s\nwant\n%s", got, want)
	}
}

// digest returns the FNV-1a hash of the bits of x.
func digest(x []float64) uint64 {
	h := fnv.New64a()
	for _, v := range x {
		var b [8]byte
		binary.LittleEndian.PutUint64(b[:], math.Float64bits(v))
		h.Write(b[:])
	}
	return h.Sum64()
}

func TestZeroKey(t *testing.T) {
	if (Key{}) != New(0) {
		t.Errorf("the zero Key is %v, want %v", Key{}, New(0))
	}
}

// TestCollisions derives 2²⁰ children of several kinds, all of which must be
// different keys that begin with different draws.
func TestCollisions(t *testing.T) {
	const n = 1 << 18
	keys := make(map[Key]string, 4*n)
	draws := make(map[[2]float64]string, 4*n)
	k := New(7)
	for i := range uint64(n) {
		for name, child := range map[string]Key{
			"Fold":      k.Fold(i),
			"Fold.Fold": k.Fold(i >> 9).Fold(i & 511),
			"Named":     k.Named(fmt.Sprint(i)),
			"New":       New(i),
		} {
			name := fmt.Sprintf("%s %d", name, i)
			if other, ok := keys[child]; ok {
				t.Fatalf("%s and %s are the same key", name, other)
			}
			keys[child] = name
			var x [2]float64
			child.Normal(x[:])
			if other, ok := draws[x]; ok {
				t.Fatalf("%s and %s begin with the same draw", name, other)
			}
			draws[x] = name
		}
	}
}

func TestNamed(t *testing.T) {
	k := New(1)
	seen := make(map[Key]string)
	add := func(name string, key Key) {
		if other, ok := seen[key]; ok {
			t.Errorf("%s and %s are the same key", name, other)
		}
		seen[key] = name
	}
	add("k", k)
	for _, label := range []string{
		"", "\x00", "\x00\x00", "a", "a\x00", "b", "ab", "abcdefg", "abcdefgh", "abcdefgh\x00",
		"abcdefghi", "hgfedcba", "abcdefghabcdefgh", strings.Repeat("x", 1000), strings.Repeat("x", 1001),
	} {
		add(fmt.Sprintf("Named(%q)", label), k.Named(label))
	}
	add("Named(a).Named(b)", k.Named("a").Named("b"))
	add("Named(b).Named(a)", k.Named("b").Named("a"))
	add("Fold(0)", k.Fold(0))
	add("Fold('a')", k.Fold('a'))
	add("New(2).Named(a)", New(2).Named("a"))
}

// TestAvalanche flips each bit of a key and of an index: half of the bits of
// the child must flip.
func TestAvalanche(t *testing.T) {
	const n = 256
	k := New(3)
	for bit := range 192 {
		flips := 0
		for i := range uint64(n) {
			a := k.Fold(i << 8)
			base, other, j := a, a, i
			switch {
			case bit < 64:
				other.hi ^= 1 << bit
			case bit < 128:
				other.lo ^= 1 << (bit - 64)
			default:
				j ^= 1 << (bit - 128)
			}
			x, y := base.Fold(i), other.Fold(j)
			flips += bits.OnesCount64(x.hi^y.hi) + bits.OnesCount64(x.lo^y.lo)
		}
		within(t, fmt.Sprintf("share of bits that bit %d flips", bit), float64(flips)/(128*n), 0.5, 0.5/181) // √(128·256)
	}
}

func TestRand(t *testing.T) {
	k := New(1)
	if a, b := k.Rand().Uint64(), k.Rand().Uint64(); a != b {
		t.Errorf("two generators of one key begin with %#x and %#x", a, b)
	}
	if a, b := k.Rand().Uint64(), k.Fold(0).Rand().Uint64(); a == b {
		t.Errorf("a key and its child begin with %#x", a)
	}
}

func TestText(t *testing.T) {
	k := New(1).Fold(2)
	text, err := json.Marshal(map[string]any{"key": k})
	if err != nil {
		t.Fatal(err)
	}
	var back struct{ Key Key }
	if err := json.Unmarshal(text, &back); err != nil || back.Key != k {
		t.Errorf("%s reads as %v, %v, want %v", text, back.Key, err, k)
	}
	for _, bad := range []string{"", "0", strings.Repeat("0", 31), strings.Repeat("0", 33), strings.Repeat("g", 32)} {
		k := New(5)
		err := k.UnmarshalText([]byte(bad))
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", bad)) || k != New(5) {
			t.Errorf("%q reads as %v, %v", bad, k, err)
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add("0123456789abcdef0123456789ABCDEF")
	f.Add("é")
	f.Fuzz(func(t *testing.T, s string) {
		var k Key
		if k.UnmarshalText([]byte(s)) != nil {
			return
		}
		if text, err := k.MarshalText(); err != nil || string(text) != strings.ToLower(s) {
			t.Errorf("%q reads as %v and is written as %q, %v", s, k, text, err)
		}
	})
}

func ExampleKey() {
	key := New(1)
	noise := key.Named("noise")

	few, many := make([]float64, 2), make([]float64, 1000)
	noise.Fold(7).Normal(few)
	noise.Fold(7).Normal(many)
	fmt.Println(few[1] == many[1])
	fmt.Printf("%.3f\n", few)
	// Output:
	// true
	// [0.532 0.766]
}
