package figure

// Color names a colour of the palette of Okabe and Ito, which those who are
// colour-blind can tell apart. Auto takes them in turn.
type Color uint8

const (
	Auto Color = iota
	Blue
	Vermilion
	Green
	Purple
	Orange
	Sky
	Black
	Grey
)

// Dash is a line style. AutoDash takes them in turn, so that curves differ in
// more than colour.
type Dash uint8

const (
	AutoDash Dash = iota
	Solid
	Dashed
	DashDotted
	Dotted
	LongDashed
)

type rgb struct{ r, g, b uint8 }

// palette is indexed by Color. Okabe and Ito's yellow is left out: on white it
// can't be seen.
var palette = []rgb{
	Auto:      {0x00, 0x00, 0x00},
	Blue:      {0x00, 0x72, 0xB2},
	Vermilion: {0xD5, 0x5E, 0x00},
	Green:     {0x00, 0x9E, 0x73},
	Purple:    {0xCC, 0x79, 0xA7},
	Orange:    {0xE6, 0x9F, 0x00},
	Sky:       {0x56, 0xB4, 0xE9},
	Black:     {0x00, 0x00, 0x00},
	Grey:      {0x75, 0x75, 0x75},
}

// dashes is indexed by Dash; lengths of dashes and gaps are in line widths.
var dashes = [][]float64{
	AutoDash:   nil,
	Solid:      nil,
	Dashed:     {4.5, 2.2},
	DashDotted: {5, 2, 1.2, 2},
	Dotted:     {1.2, 1.8},
	LongDashed: {9, 2.2},
}

var (
	paper   = rgb{0xFF, 0xFF, 0xFF}
	ink     = rgb{0x1A, 0x1A, 0x1A}
	softInk = rgb{0x4A, 0x4A, 0x4A}
	axisInk = rgb{0x5A, 0x5A, 0x5A}
	gridInk = rgb{0xE2, 0xE2, 0xE2}
)

// cycle hands out colours and dashes in the order of the series.
type cycle struct{ n int }

func (c *cycle) next(col Color, d Dash) (Color, Dash) {
	i := c.n
	c.n++
	if col == Auto {
		col = Blue + Color(i%int(Black))
	}
	if d == AutoDash {
		d = Solid + Dash(i%int(LongDashed))
	}
	return col, d
}

// Type sizes and lengths in points. A figure of the default width stays
// legible when a telephone shrinks it to 360 pixels.
const (
	titleSize   = 13.5
	labelSize   = 12.0
	tickSize    = 11.0
	legendSize  = 11.0
	captionSize = 10.5
	lineHeight  = 1.3

	margin     = 10.0
	tickLength = 4.0
	curveWidth = 1.8
	ruleWidth  = 1.3
	dotRadius  = 3.0
	minPlot    = 90.0 // least height of the axes
)
