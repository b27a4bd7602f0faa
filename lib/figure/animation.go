package figure

import (
	"bytes"
	"fmt"
	"math"
	"reflect"
)

// Animation shows figures one after the other, over and over, as one SVG without
// scripts. They should have the same ranges, as [Multiples] gives them: what all
// frames have in common is stored once. Readers who prefer no motion, and viewers
// without style sheets, see the last frame.
type Animation struct {
	Frames  []*Figure
	Seconds float64 // for one round; 0 is a third of a second for each frame
	Alt     string  // default: how many frames there are, and the last one's
}

// AltText describes the animation.
func (a *Animation) AltText() (string, error) {
	if len(a.Frames) == 0 {
		return "", fmt.Errorf("figure: animation without frames")
	}
	if a.Alt != "" {
		return a.Alt, nil
	}
	last, err := a.Frames[len(a.Frames)-1].AltText()
	return fmt.Sprintf("Animation of %d frames; the last: %s", len(a.Frames), last), err
}

// SVG returns the animation as SVG. It returns an error if a frame can't be drawn,
// or frames differ in size.
func (a *Animation) SVG() ([]byte, error) {
	alt, err := a.AltText()
	if err != nil {
		return nil, err
	}
	seconds := a.Seconds
	if seconds == 0 {
		seconds = float64(len(a.Frames)) / 3
	}
	if !(seconds > 0) || math.IsInf(seconds, 1) {
		return nil, fmt.Errorf("figure: animation of %v seconds", seconds)
	}
	scenes := make([]*scene, len(a.Frames))
	all := &scene{}
	for i, f := range a.Frames {
		if scenes[i], err = f.scene(); err != nil {
			return nil, fmt.Errorf("frame %d: %w", i, err)
		}
		s := scenes[i]
		s.shapes = s.merged()
		if s.width != scenes[0].width || math.Abs(s.height-scenes[0].height) > 1e-6 {
			return nil, fmt.Errorf("figure: frame %d is %v by %v points large, the first %v by %v", i, s.width, s.height, scenes[0].width, scenes[0].height)
		}
		all.shapes = append(all.shapes, s.shapes...)
	}
	n := len(scenes)
	var b bytes.Buffer
	scenes[0].open(&b, "", alt)
	b.WriteString(all.adaptive())
	share := 100 / float64(n)
	fmt.Fprintf(&b, "<style>@keyframes ww{0%%{visibility:visible}%.4g%%,100%%{visibility:hidden}}.ww .f{visibility:hidden;animation:ww %.4gs steps(1,end) infinite}"+
		"@media (prefers-reduced-motion:reduce){.ww .f{animation:none}.ww .l{visibility:visible}}</style>\n", share, seconds)
	definitions(&b, scenes...)
	common := shared(scenes)
	for _, p := range common {
		p.svg(&b)
	}
	for i, s := range scenes {
		class, hidden := "f", ` visibility="hidden"`
		if i == n-1 {
			class, hidden = "f l", ""
		}
		fmt.Fprintf(&b, `<g class="%s"%s style="animation-delay:%.4gs">`+"\n", class, hidden, seconds*float64(i)/float64(n))
		for _, p := range s.shapes {
			if !contains(common, p) {
				p.svg(&b)
			}
		}
		b.WriteString("</g>\n")
	}
	b.WriteString("</g>\n</svg>\n")
	return b.Bytes(), nil
}

// shared returns the shapes that all scenes have.
func shared(scenes []*scene) []shape {
	var out []shape
	for _, p := range scenes[0].shapes {
		every := true
		for _, s := range scenes[1:] {
			every = every && contains(s.shapes, p)
		}
		if every {
			out = append(out, p)
		}
	}
	return out
}

func contains(shapes []shape, p shape) bool {
	for _, q := range shapes {
		if q.kind == p.kind && q.color == p.color && len(q.path) == len(p.path) && reflect.DeepEqual(p, q) {
			return true
		}
	}
	return false
}
