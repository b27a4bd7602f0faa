package transport

import "math"

// A corner of a convex polygon, which lists its corners counterclockwise, and the
// site beyond the edge from here to the next, −1 at the border of the domain.
type corner struct {
	x, y   float64
	beyond int32
	done   bool // no other site is better here
}

// clip appends to dst the part of the polygon with a·x + b·y ≤ c. The edge that
// this makes has the given site beyond it.
func clip(dst, poly []corner, a, b, c float64, beyond int32) []corner {
	if len(poly) == 0 {
		return dst
	}
	at := poly[len(poly)-1]
	f := a*at.x + b*at.y - c
	for _, next := range poly {
		g := a*next.x + b*next.y - c
		switch {
		case f < 0 && g > 0:
			dst = append(dst, at, between(at, next, f/(f-g), beyond))
		case f <= 0 && g > 0: // at is where the new edge begins
			at.beyond = beyond
			dst = append(dst, at)
		case f <= 0:
			dst = append(dst, at)
		case g < 0:
			dst = append(dst, between(at, next, f/(f-g), at.beyond))
		}
		at, f = next, g
	}
	return dst
}

func between(p, q corner, t float64, beyond int32) corner {
	return corner{p.x + t*(q.x-p.x), p.y + t*(q.y-p.y), beyond, false}
}

// A patch is what an integral over a convex polygon of constant density gives.
type patch struct {
	mass   float64
	mx, my float64 // ∫x, ∫y
	cost   float64 // ∫|x − s|²
}

// add adds the polygon's integrals, of cost to the point (sx, sy). All terms of a
// sum have the same sign, but for those of the first moments.
func (p *patch) add(poly []corner, density, sx, sy float64) {
	for k := 2; k < len(poly); k++ {
		a, b, c := poly[0], poly[k-1], poly[k]
		t := 0.5 * density * ((b.x-a.x)*(c.y-a.y) - (b.y-a.y)*(c.x-a.x))
		if !(t > 0) {
			continue
		}
		p.mass += t
		p.mx += t * (a.x + b.x + c.x) / 3
		p.my += t * (a.y + b.y + c.y) / 3
		p.cost += t / 12 * (square(a.x-sx, a.y-sy) + square(b.x-sx, b.y-sy) + square(c.x-sx, c.y-sy) +
			square(a.x+b.x+c.x-3*sx, a.y+b.y+c.y-3*sy))
	}
}

func square(x, y float64) float64 { return x*x + y*y }

// laguerre finds the cells of the diagram of sites pⱼ with heights qⱼ,
//
//	{u : u·pⱼ − qⱼ ≥ u·pₖ − qₖ for all k}.
//
// It is a tree of the sites by place. Of each node it knows a paraboloid above the
// points (p, −q), so that it can tell how much u·p − q may be. That holds its
// worth however the heights are tilted or stretched.
type laguerre struct {
	px, py, q []float64 // in the order of the tree
	id        []int32   // the site of each
	place     []int32   // of each site
	nodes     []laguerreNode
}

type laguerreNode struct {
	lo, hi         int32   // the sites
	left, right    int32   // or 0 for a leaf
	x0, x1, y0, y1 float64 // the box
	mx, my         float64 // the mean m of p
	gx, gy         float64 // −q ≤ top − g·(p − m) − bend·|p − m|²
	bend, top      float64
}

const laguerreLeaf = 6

func newLaguerre(px, py []float64) *laguerre {
	n := len(px)
	t := &laguerre{
		px: make([]float64, n), py: make([]float64, n), q: make([]float64, n),
		id: make([]int32, n), place: make([]int32, n),
	}
	for i := range t.id {
		t.id[i] = int32(i)
	}
	t.build(px, py, 0, int32(n))
	for k, i := range t.id {
		t.px[k], t.py[k], t.place[i] = px[i], py[i], int32(k)
	}
	return t
}

func (t *laguerre) build(px, py []float64, lo, hi int32) int32 {
	at := int32(len(t.nodes))
	v := laguerreNode{lo: lo, hi: hi, x0: math.Inf(1), x1: math.Inf(-1), y0: math.Inf(1), y1: math.Inf(-1)}
	for _, i := range t.id[lo:hi] {
		v.x0, v.x1 = min(v.x0, px[i]), max(v.x1, px[i])
		v.y0, v.y1 = min(v.y0, py[i]), max(v.y1, py[i])
	}
	t.nodes = append(t.nodes, v)
	if hi-lo > laguerreLeaf {
		key := px
		if v.y1-v.y0 > v.x1-v.x0 {
			key = py
		}
		items := make([]item[int32], hi-lo)
		for k, i := range t.id[lo:hi] {
			items[k] = item[int32]{i, key[i]}
		}
		w := workspaces.Get().(*workspace)
		sortItems(w, items, make([]item[int32], len(items)))
		workspaces.Put(w)
		for k, v := range items {
			t.id[lo+int32(k)] = v.tag
		}
		mid := (lo + hi) / 2
		left := t.build(px, py, lo, mid)
		right := t.build(px, py, mid, hi)
		t.nodes[at].left, t.nodes[at].right = left, right
	}
	return at
}

// lift sets the heights.
func (t *laguerre) lift(q []float64) {
	for k, i := range t.id {
		t.q[k] = q[i]
	}
	for n := range t.nodes {
		v := &t.nodes[n]
		px, py, q := t.px[v.lo:v.hi], t.py[v.lo:v.hi], t.q[v.lo:v.hi]
		// The slope of q by least squares, and then its bend; any will do.
		var mx, my, mq, xx, xy, yy, xq, yq float64
		for k := range q {
			mx, my, mq = mx+px[k], my+py[k], mq+q[k]
		}
		count := float64(len(q))
		mx, my, mq = mx/count, my/count, mq/count
		for k := range q {
			x, y, h := px[k]-mx, py[k]-my, q[k]-mq
			xx, xy, yy, xq, yq = xx+x*x, xy+x*y, yy+y*y, xq+x*h, yq+y*h
		}
		spread := (xx + yy) / count
		ridge := 1e-6 * (xx + yy)
		xx, yy = xx+ridge, yy+ridge
		v.mx, v.my, v.gx, v.gy, v.bend = mx, my, 0, 0, 0
		if det := xx*yy - xy*xy; det > 0 {
			// Where the slope is a place u of the domain, the site may be best
			// there. More would add no more than rounding.
			v.gx = min(max((xq*yy-yq*xy)/det, -1), 1)
			v.gy = min(max((yq*xx-xq*xy)/det, -1), 1)
		}
		var sr, ss float64
		for k := range q {
			x, y := px[k]-mx, py[k]-my
			s := x*x + y*y - spread
			sr, ss = sr+s*(q[k]-mq-v.gx*x-v.gy*y), ss+s*s
		}
		if ss > 1e-6*spread*spread {
			v.bend = max(sr/ss, 0)
		}
		v.top = math.Inf(-1)
		for k := range q {
			x, y := px[k]-mx, py[k]-my
			v.top = max(v.top, v.gx*x+v.gy*y+v.bend*(x*x+y*y)-q[k])
		}
	}
}

// most returns a bound on u·p − q in the node.
func (v *laguerreNode) most(x, y float64) float64 {
	return v.top + x*v.mx + y*v.my + steepest(x-v.gx, v.bend, v.x0-v.mx, v.x1-v.mx) + steepest(y-v.gy, v.bend, v.y0-v.my, v.y1-v.my)
}

// steepest returns the largest g·t − bend·t² for lo ≤ t ≤ hi.
func steepest(g, bend, lo, hi float64) float64 {
	t := hi
	if g < 2*bend*hi {
		if t = lo; g > 2*bend*lo {
			return g * g / (4 * bend)
		}
	}
	return t * (g - bend*t)
}

// value returns u·p − q of a site.
func (t *laguerre) value(site int32, x, y float64) float64 {
	k := t.place[site]
	return x*t.px[k] + y*t.py[k] - t.q[k]
}

// best returns the site of largest value at a point, the given one unless
// another's is larger than that.
func (t *laguerre) best(site int32, x, y float64) int32 {
	value := t.value(site, x, y)
	var stack [64]int32 // nodes halve
	stack[0] = 0
	for top := 1; top > 0; {
		top--
		v := &t.nodes[stack[top]]
		if v.most(x, y) <= value {
			continue
		}
		if v.left == 0 {
			for k := v.lo; k < v.hi; k++ {
				if f := x*t.px[k] + y*t.py[k] - t.q[k]; f > value {
					site, value = t.id[k], f
				}
			}
			continue
		}
		near, far := v.left, v.right
		if t.nodes[near].most(x, y) < t.nodes[far].most(x, y) {
			near, far = far, near
		}
		stack[top], stack[top+1] = far, near
		top += 2
	}
	return site
}

// cell returns the part of the domain that is the site's. It begins with all of
// it, and cuts off what is better for others until none is better at any corner:
// where one site is better than another is a half-plane, so that none is better
// anywhere. It is quick if the edges of a similar cell are known.
func (t *laguerre) cell(site int32, domain, similar []corner) []corner {
	poly := append(make([]corner, 0, 16), domain...)
	other := make([]corner, 0, 16)
	cut := make([]int32, 0, 16)
	k := t.place[site]
	without := func(j int32) {
		cut = append(cut, j)
		l := t.place[j]
		other = clip(other[:0], poly, t.px[l]-t.px[k], t.py[l]-t.py[k], t.q[l]-t.q[k], j)
		poly, other = other, poly
	}
	for _, c := range similar {
		if c.beyond >= 0 {
			without(c.beyond)
		}
	}
	for at := 0; at < len(poly); {
		if poly[at].done {
			at++
			continue
		}
		j := t.best(site, poly[at].x, poly[at].y)
		if j == site || contains(cut, j) { // better only for rounding
			poly[at].done = true
			at++
			continue
		}
		without(j)
		at = 0
	}
	if len(poly) < 3 {
		return nil
	}
	return poly
}

func contains(s []int32, v int32) bool {
	for _, u := range s {
		if u == v {
			return true
		}
	}
	return false
}
