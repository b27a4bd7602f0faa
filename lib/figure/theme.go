package figure

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Theme is what a picture's card and ink are.
type Theme uint8

const (
	// Adaptive is light, and in SVG dark for readers who prefer that: the card
	// changes with the ink, so either can be read on any page.
	Adaptive Theme = iota
	Light
	Dark
)

// darkColors says what becomes of the light theme's colours on the dark card.
// Those of the palette keep their hue and gain lightness, so that each stands out
// from the card by a contrast of at least 4.5.
var darkColors = map[rgb]rgb{
	paper:              {0x16, 0x19, 0x1D},
	ink:                {0xEC, 0xEC, 0xEC},
	softInk:            {0xC4, 0xC4, 0xC4},
	axisInk:            {0xA8, 0xA8, 0xA8},
	gridInk:            {0x33, 0x38, 0x3E},
	palette[Blue]:      {0x4F, 0xA3, 0xDE},
	palette[Vermilion]: {0xF0, 0x8A, 0x45},
	palette[Green]:     {0x2F, 0xC2, 0x96},
	palette[Purple]:    {0xDD, 0x9D, 0xC1},
	palette[Orange]:    {0xF0, 0xB4, 0x29},
	palette[Sky]:       {0x9B, 0xD4, 0xF5},
	palette[Black]:     {0xF4, 0xF4, 0xF4},
	palette[Grey]:      {0x9B, 0x9B, 0x9B},
}

// darkMixes adds the tints that lines of little weight have, and the sequential
// map.
var darkMixes = sync.OnceValue(func() map[rgb]rgb {
	all := maps.Clone(darkColors)
	for _, c := range palette {
		for step := 1; step < segmentSteps; step++ {
			share := segmentShare(step)
			all[c.mixed(share)] = darkColors[c].over(darkColors[paper], share)
		}
	}
	scale := shadesOf()[Sequential]
	for k, c := range scale {
		all[c] = scale[shades-1-k]
	}
	return all
})

// dark returns a colour on the dark card.
func (c rgb) dark() rgb {
	if d, ok := darkMixes()[c]; ok {
		return d
	}
	return c
}

// themed returns the scene in the colours of a theme.
func (s *scene) themed(t Theme) *scene {
	if t != Dark {
		return s
	}
	out := *s
	out.card = paper.dark()
	out.shapes = slices.Clone(s.shapes)
	for i := range out.shapes {
		if !out.shapes[i].fixed() {
			out.shapes[i].color = out.shapes[i].color.dark()
		}
	}
	return &out
}

// adaptive returns the style sheet by which a light picture becomes a dark one.
func (s *scene) adaptive() string {
	used := map[rgb]bool{paper: true}
	for _, p := range s.shapes {
		if !p.fixed() {
			used[p.color] = true
		}
	}
	var rules []string
	for c := range used {
		if d := c.dark(); d != c {
			from, to := c.hex(), d.hex()
			rules = append(rules, fmt.Sprintf(`.ww [fill="%s"]{fill:%s}.ww [stroke="%s"]{stroke:%s}`, from, to, from, to))
		}
	}
	slices.Sort(rules)
	return "<style>@media (prefers-color-scheme:dark){" + strings.Join(rules, "") + "}</style>\n"
}
