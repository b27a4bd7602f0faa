package transport

import "math"

// A tree is a spanning tree of the sources 0 … n−1, the sinks n … n+m−1 and a
// root, with the flow on its arcs: a basis of the transport problem. A node
// stands for the arc between it and its parent.
//
// Masses are whole numbers of a small unit, so that a flow is zero exactly or
// not at all. The tree is strongly feasible: an arc without flow points
// towards the root. With the rule by which arcs leave this rules out cycling
// (Cunningham 1976).
//
// Arcs at the root are artificial. All point to it, and nothing leaves it, so
// their flow is zero for good and their cost is free to choose: it sets the
// potentials of what hangs on them.
type tree struct {
	n     int
	nodes []node
	ranks []rank
	next  []int32 // in preorder, a ring; apart from the ranks, as it is walked most
	// Potentials: −f of the sources, g of the sinks. The reduced cost of an
	// arc is cost + at[source] − at[sink].
	at []float64
	// The largest number on the way from the root to each node when refresh
	// last came by: potentials may be small differences of large ones.
	way []float64
}

// A node has what is looked at on the way to the root.
type node struct {
	flow   int64
	parent int32
	size   int32 // of the node's subtree
}

// A rank has the rest of it.
type rank struct {
	cost float64
	prev int32 // in preorder, as next
	last int32 // of the node's subtree, in preorder
}

// An arc leads from source i to sink j.
type arc struct {
	i, j int32
	cost float64
}

// A shipment is mass on an arc.
type shipment struct {
	arc
	mass int64
}

// newTree returns the tree with the shipments' arcs, which must be a forest,
// and all of whose masses must be positive. Each of its trees hangs on the
// root by its first node, whose potential is kept; the others follow.
func newTree(n, m int, at []float64, forest []shipment) *tree {
	root := int32(n + m)
	t := &tree{
		n: n, at: append(at[:n+m:n+m], 0),
		nodes: make([]node, n+m+1), ranks: make([]rank, n+m+1), next: make([]int32, n+m+1),
		way: make([]float64, n+m+1),
	}
	start := make([]int32, n+m+2)
	for _, s := range forest {
		start[s.i+1]++
		start[n+int(s.j)+1]++
	}
	for u := range n + m {
		start[u+1] += start[u]
	}
	arcs := make([]int32, 2*len(forest))
	fill := append([]int32(nil), start[:n+m]...)
	for k, s := range forest {
		for _, u := range [2]int32{s.i, int32(n) + s.j} {
			arcs[fill[u]] = int32(k)
			fill[u]++
		}
	}
	order := make([]int32, 1, n+m+1)
	order[0] = root
	t.nodes[root].parent = -1
	var stack []int32
	for top := range int32(n + m) {
		if t.nodes[top].size > 0 {
			continue
		}
		t.nodes[top], t.ranks[top].cost = node{parent: root, size: 1}, -t.at[top]
		stack = append(stack, top)
		for len(stack) > 0 {
			u := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			order = append(order, u)
			for _, k := range arcs[start[u]:start[u+1]] {
				s := &forest[k]
				v := s.i + int32(n) + s.j - u
				if v == t.nodes[u].parent {
					continue
				}
				t.nodes[v], t.ranks[v].cost = node{parent: u, size: 1, flow: s.mass}, s.cost
				stack = append(stack, v)
			}
		}
	}
	t.nodes[root].size = 1
	for k := len(order) - 1; k > 0; k-- {
		u := order[k]
		t.nodes[t.nodes[u].parent].size += t.nodes[u].size
	}
	for k, u := range order {
		v := order[(k+1)%len(order)]
		t.next[u], t.ranks[v].prev = v, u
		t.ranks[u].last = order[k+int(t.nodes[u].size)-1]
	}
	t.refresh()
	return t
}

// up reports whether the arc above u points to its parent.
func (t *tree) up(u int32) bool {
	return int(u) < t.n || int(t.nodes[u].parent) == len(t.nodes)-1
}

// refresh computes the potentials from the tree.
func (t *tree) refresh() {
	root := int32(len(t.nodes) - 1)
	t.at[root] = 0
	for u := t.next[root]; u != root; u = t.next[u] {
		p, c := t.nodes[u].parent, t.ranks[u].cost
		if t.up(u) {
			t.at[u] = t.at[p] - c
		} else {
			t.at[u] = t.at[p] + c
		}
		t.way[u] = max(t.way[p], math.Abs(c), math.Abs(t.at[u]))
	}
}

// size returns the size of the terms of an arc's reduced cost, to which its
// rounding errors are proportional.
func (t *tree) size(a arc) float64 {
	j := t.n + int(a.j)
	return math.Abs(a.cost) + max(math.Abs(t.at[a.i]), t.way[a.i]) + max(math.Abs(t.at[j]), t.way[j])
}

// cost returns what the flow costs.
func (t *tree) cost() float64 {
	sum := 0.0
	for u := range t.nodes {
		if f := t.nodes[u].flow; f > 0 {
			sum += float64(f) / whole * t.ranks[u].cost
		}
	}
	return sum
}

// shipments returns the arcs with flow.
func (t *tree) shipments() []shipment {
	var all []shipment
	for u := range t.nodes {
		if w := &t.nodes[u]; w.flow > 0 {
			i, j := t.ends(int32(u))
			all = append(all, shipment{arc{i, j, t.ranks[u].cost}, w.flow})
		}
	}
	return all
}

// ends returns the source and the sink of the arc above u.
func (t *tree) ends(u int32) (i, j int32) {
	i, j = u, t.nodes[u].parent
	if !t.up(u) {
		i, j = j, i
	}
	return i, j - int32(t.n)
}

// drowned reports whether an arc without flow costs so much more than all with
// flow that potentials lose the digits of these.
func (t *tree) drowned() bool {
	var idle, busy float64
	root := int32(len(t.nodes) - 1)
	for u := range t.nodes {
		if w := &t.nodes[u]; w.flow > 0 {
			busy = max(busy, math.Abs(t.ranks[u].cost))
		} else if w.parent != root && int32(u) != root {
			idle = max(idle, math.Abs(t.ranks[u].cost))
		}
	}
	return busy > 0 && idle > 0x1p20*busy
}

// pivot brings an arc into the tree, sends what it can round the cycle that
// closes, and takes out the last arc that blocks, counted from the top of the
// cycle along the arc.
func (t *tree) pivot(in arc) {
	nodes := t.nodes
	src, dst := in.i, int32(t.n)+in.j

	// The top of the cycle, and the arc that leaves: the one above node out.
	// Flow runs down from the top to src and up from dst.
	top, delta, out, below := t.cycle(src, dst)
	if delta > 0 {
		for u := src; u != top; u = nodes[u].parent {
			if w := &nodes[u]; t.up(u) {
				w.flow -= delta
			} else {
				w.flow += delta
			}
		}
		for u := dst; u != top; u = nodes[u].parent {
			if w := &nodes[u]; t.up(u) {
				w.flow += delta
			} else {
				w.flow -= delta
			}
		}
	}
	// What hung on out will hang on the entering arc by its end u, below v.
	u, v := src, dst
	if below == dst {
		u, v = dst, src
	}
	t.cut(out, top)
	t.turn(u, out)
	w := &nodes[u]
	w.parent, w.flow, t.ranks[u].cost = v, delta, in.cost
	t.graft(u, top)

	shift := t.at[v] - t.at[u]
	if u == src {
		shift -= in.cost
	} else {
		shift += in.cost
	}
	// Only differences between the subtree and the rest matter.
	end := t.next[t.ranks[u].last]
	if 2*int(w.size) > len(nodes) {
		u, end, shift = end, u, -shift
	}
	at, next := t.at, t.next[:len(t.at)]
	for ; u != end; u = next[u] {
		at[u] += shift
	}
}

// cycle returns the top of the cycle that src → dst closes, the flow that it
// takes, the lower end of the arc that blocks, and which of src and dst is
// below that.
func (t *tree) cycle(src, dst int32) (top int32, delta int64, out, below int32) {
	nodes := t.nodes
	u, v := src, dst
	least, leastDst := int64(math.MaxInt64), int64(math.MaxInt64)
	out, outDst := int32(-1), int32(-1)
	for u != v {
		if nodes[u].size < nodes[v].size {
			w := &nodes[u]
			if w.flow < least && t.up(u) { // the lowest of them
				least, out = w.flow, u
			}
			u = w.parent
		} else {
			w := &nodes[v]
			if w.flow <= leastDst && !t.up(v) { // the highest
				leastDst, outDst = w.flow, v
			}
			v = w.parent
		}
	}
	if leastDst <= least {
		return u, leastDst, outDst, dst
	}
	return u, least, out, src
}

// cut takes the subtree of u, as a ring of its own, out of the preorder and
// its size from that of its ancestors below top.
func (t *tree) cut(u, top int32) {
	nodes, ranks := t.nodes, t.ranks
	w := &ranks[u]
	before, after := w.prev, t.next[w.last]
	t.next[before], ranks[after].prev = after, before
	t.next[w.last], w.prev = u, w.last
	for p := nodes[u].parent; p >= 0 && ranks[p].last == w.last; p = nodes[p].parent {
		ranks[p].last = before
	}
	size := nodes[u].size
	for p := nodes[u].parent; p != top; p = nodes[p].parent {
		nodes[p].size -= size
	}
}

// turn makes u the top of the ring that was cut out at old. In preorder come
// first what is below u, then each node p on the way from u to old, with what
// is below p but not below its predecessor c: the nodes from p to before c and
// those after the last of c.
func (t *tree) turn(u, old int32) {
	if u == old {
		return
	}
	nodes, ranks := t.nodes, t.ranks
	all := nodes[old].size
	tail, after := ranks[u].last, t.next[ranks[u].last]
	before, last, size := ranks[u].prev, ranks[u].last, nodes[u].size
	flow, cost := nodes[u].flow, ranks[u].cost
	for c, p := u, nodes[u].parent; c != old; {
		w, r := &nodes[p], &ranks[p]
		above, before2, last2, size2 := w.parent, r.prev, r.last, w.size
		t.next[tail], r.prev = p, tail
		tail = before
		if last2 != last {
			t.next[before], ranks[after].prev = after, before
			tail, after = last2, t.next[last2]
		}
		// The arc between c and p now belongs to p.
		w.parent, w.size = c, all-size
		flow, w.flow = w.flow, flow
		cost, r.cost = r.cost, cost
		before, last, size = before2, last2, size2
		c, p = p, above
	}
	t.next[tail], ranks[u].prev, nodes[u].size = u, tail, all
	for p := old; p != u; p = nodes[p].parent {
		ranks[p].last = tail
	}
	ranks[u].last = tail
}

// graft puts the ring of u into the preorder after its parent.
func (t *tree) graft(u, top int32) {
	nodes, ranks := t.nodes, t.ranks
	w := &ranks[u]
	v := nodes[u].parent
	after := t.next[v]
	t.next[v], w.prev = u, v
	t.next[w.last], ranks[after].prev = after, w.last
	for p := v; p >= 0 && ranks[p].last == v; p = nodes[p].parent {
		ranks[p].last = w.last
	}
	size := nodes[u].size
	for p := v; p != top; p = nodes[p].parent {
		nodes[p].size += size
	}
}
