package figure

import (
	"math"
	"sync"
)

// A ColorMap turns numbers into colours between the ends of a figure's
// ColorRange. Equal steps of the number are equal steps of the colour, as seen:
// the maps are curves of constant speed in Ottosson's Oklab
// (https://bottosson.github.io/posts/oklab). In grey they can be read as well.
type ColorMap uint8

const (
	// Sequential runs from pale yellow over green to dark violet on a helix of
	// lightness L = 0.97 − 0.70 t, chroma 0.095 and hue 105° + 185° t. Its least
	// colour isn't that of the card, so nothing and no value look different.
	Sequential ColorMap = iota

	// Diverging runs from blue over grey to red, and grey is always 0: straight
	// lines from L = 0.94 without chroma to L = 0.50, chroma 0.155 and hue 255°
	// below 0, 40° above.
	Diverging

	// Ink runs from paper, L = 0.98, to ink, L = 0.15: for pictures.
	Ink
)

// shades is how many colours a map has; it is odd so that 0 has one in the
// middle of a diverging map.
const shades = 65

type shadeTable [3][shades]rgb

var shadesOf = sync.OnceValue(func() *shadeTable {
	var t shadeTable
	for k := range shades {
		s := float64(k) / (shades - 1)
		t[Sequential][k] = oklab(0.97-0.70*s, 0.095, 105+185*s)
		t[Ink][k] = oklab(0.98-0.83*s, 0, 0)
		hue, u := 255.0, 1-2*s
		if s > 0.5 {
			hue, u = 40, 2*s-1
		}
		t[Diverging][k] = oklab(0.94-0.44*u, 0.155*u, hue)
	}
	return &t
})

// oklab returns the sRGB colour of a lightness, a chroma and a hue in degrees.
func oklab(lightness, chroma, hue float64) rgb {
	b, a := math.Sincos(hue * math.Pi / 180)
	r, g, bl := oklabLinear(lightness, chroma*a, chroma*b)
	return rgb{gamma(r), gamma(g), gamma(bl)}
}

// oklabLinear returns linear sRGB, by the matrices that define Oklab.
func oklabLinear(lightness, a, b float64) (red, green, blue float64) {
	cube := func(x float64) float64 { return x * x * x }
	l := cube(lightness + 0.3963377774*a + 0.2158037573*b)
	m := cube(lightness - 0.1055613458*a - 0.0638541728*b)
	s := cube(lightness - 0.0894841775*a - 1.2914855480*b)
	return 4.0767416621*l - 3.3077115913*m + 0.2309699292*s,
		-1.2684380046*l + 2.6097574011*m - 0.3413193965*s,
		-0.0041960863*l - 0.7034186147*m + 1.7076147010*s
}

// gamma encodes a linear component of sRGB in a byte.
func gamma(x float64) uint8 {
	x = math.Max(0, math.Min(1, x))
	if x <= 0.0031308 {
		x *= 12.92
	} else {
		x = 1.055*math.Pow(x, 1/2.4) - 0.055
	}
	return uint8(math.Round(255 * x))
}

// shade returns the number of v's colour in the figure's map. Beyond the ends
// of the range it is that of the end.
func (p *panel) shade(v float64) int {
	t := 0.5
	if p.z.lo < p.z.hi {
		t = math.Max(0, math.Min(1, p.z.share(v)))
	}
	return int(math.Round(t * (shades - 1)))
}

func (p *panel) shadeColor(k int) rgb { return shadesOf()[p.ColorMap][k] }

// mixed is c on paper, opaque: what share 1 of it is c, and share 0 is paper.
func (c rgb) mixed(share float64) rgb { return c.over(paper, share) }

func (c rgb) over(card rgb, share float64) rgb {
	mix := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + share*(float64(b)-float64(a)))) }
	return rgb{mix(card.r, c.r), mix(card.g, c.g), mix(card.b, c.b)}
}
