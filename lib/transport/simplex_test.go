package transport

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// checkTree checks everything that a tree promises: preorder, sizes, flows
// that balance the masses, potentials, and that an arc without flow points to
// the root.
func checkTree(t *testing.T, tr *tree, a, b []int64) {
	t.Helper()
	root := int32(len(tr.nodes) - 1)
	children := make([][]int32, len(tr.nodes))
	need := append(slices.Clone(a), b...)
	for j := range b {
		need[len(a)+j] *= -1
	}
	need = append(need, 0)
	for u := range root {
		w := tr.nodes[u]
		children[w.parent] = append(children[w.parent], u)
		if w.flow < 0 || w.flow == 0 && !tr.up(u) {
			t.Fatalf("node %d: flow %d, up %v: not strongly feasible", u, w.flow, tr.up(u))
		}
		sign, d := int64(1), tr.at[w.parent]-tr.at[u]-tr.ranks[u].cost
		if !tr.up(u) {
			sign, d = -1, tr.at[u]-tr.at[w.parent]-tr.ranks[u].cost
		}
		need[u] -= sign * w.flow
		need[w.parent] += sign * w.flow
		if math.Abs(d) > 1e-9 {
			t.Fatalf("node %d: reduced cost %g in the tree", u, d)
		}
	}
	for u, v := range need {
		if v != 0 {
			t.Fatalf("node %d keeps %d", u, v)
		}
	}
	seen := 0
	var walk func(u int32) (last int32)
	at := root
	walk = func(u int32) int32 {
		if at != u {
			t.Fatalf("preorder comes to %d, want %d", at, u)
		}
		before := seen
		seen++
		at = tr.next[u]
		last := u
		for range children[u] {
			if tr.nodes[at].parent != u {
				t.Fatalf("%d follows, which is no child of %d", at, u)
			}
			last = walk(at)
		}
		if w, r := tr.nodes[u], tr.ranks[u]; r.last != last || int(w.size) != seen-before || tr.ranks[tr.next[u]].prev != u {
			t.Fatalf("node %d: last %d and size %d, want %d and %d", u, r.last, w.size, last, seen-before)
		}
		return last
	}
	walk(root)
	if seen != len(tr.nodes) || at != root {
		t.Fatalf("preorder has %d of %d nodes", seen, len(tr.nodes))
	}
}

func TestTree(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 2))
		n, m := 1+r.IntN(12), 1+r.IntN(12)
		a, b := slices.Repeat([]int64{1}, n), slices.Repeat([]int64{1}, m)
		for range 2 * m { // many partial sums are equal
			a[r.IntN(n)]++
		}
		for range 2*m + n - m {
			b[r.IntN(m)]++
		}
		prices := &table{n: n, m: m, ld: m, hi: n, data: make([]float64, n*m)}
		for k := range prices.data {
			prices.data[k] = float64(r.IntN(50))
		}
		tr := cornerTree(prices, a, b)
		checkTree(t, tr, a, b)
		for range 200 {
			i, j := r.IntN(n), r.IntN(m)
			in := arc{int32(i), int32(j), prices.row(i)[j]}
			if tr.at[i]-tr.at[n+j]+in.cost != 0 { // not in the tree
				tr.pivot(in)
				checkTree(t, tr, a, b)
			}
		}
	}
}
