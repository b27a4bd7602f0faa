package points

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"path"
	"sort"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// Images are pictures of one size as points: rows of grey values from 0, black, to 1,
// white, line by line from the top.
type Images struct {
	X             *mat.Dense
	Width, Height int
	Names         []string // of the files, in the order of the rows
	Labels        []int    // the number of each one's folder, or nil
	Classes       []string // the names of the folders, or nil
}

// SizeError reports a picture of another size than those before it.
type SizeError struct {
	Name                  string
	Width, Height         int
	WantWidth, WantHeight int
}

func (e *SizeError) Error() string {
	return fmt.Sprintf("points: %s has %d × %d pixels, those before it %d × %d", e.Name, e.Width, e.Height, e.WantWidth, e.WantHeight)
}

// ReadPNGs reads the .png files of a folder, and of the folders in it, which then are
// classes, in the order of their names. Colours become grey by their luminance (ITU-R BT.601),
// transparent pixels are mixed with black.
//
// It returns a SizeError for pictures of different sizes, a FormatError that names a file
// that isn't a PNG, ErrEmpty, wrapped, if there are none, an error if there are pictures
// beside folders that hold some, and those of the file system.
func ReadPNGs(folder fs.FS) (*Images, error) {
	const fn = "points.ReadPNGs"
	var names []string
	err := fs.WalkDir(folder, ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && strings.EqualFold(path.Ext(name), ".png") {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s: %w", fn, ErrEmpty)
	}
	sort.Strings(names)
	im := &Images{Names: names}
	if err := im.classify(); err != nil {
		return nil, fmt.Errorf("%s: %w", fn, err)
	}
	for i, name := range names {
		f, err := folder.Open(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", fn, err)
		}
		p, err := png.Decode(f)
		f.Close()
		if err != nil {
			return nil, fmt.Errorf("%s: %s is %w", fn, name, &FormatError{Format: "PNG", Reason: "its pixels", Err: err})
		}
		size := p.Bounds().Size()
		if i == 0 {
			im.Width, im.Height = size.X, size.Y
			im.X = mat.NewDense(len(names), size.X*size.Y, nil)
		}
		if size.X != im.Width || size.Y != im.Height {
			return nil, &SizeError{name, size.X, size.Y, im.Width, im.Height}
		}
		greys(im.X.RawRowView(i), p)
	}
	return im, nil
}

// classify numbers the folders, if there are any.
func (im *Images) classify() error {
	if path.Dir(im.Names[0]) == "." && path.Dir(im.Names[len(im.Names)-1]) == "." {
		flat := true
		for _, n := range im.Names {
			flat = flat && path.Dir(n) == "."
		}
		if flat {
			return nil
		}
	}
	number := map[string]int{}
	for _, n := range im.Names {
		dir := path.Dir(n)
		if dir == "." {
			return fmt.Errorf("%s lies beside folders of pictures", n)
		}
		if _, ok := number[dir]; !ok {
			number[dir] = 0
			im.Classes = append(im.Classes, dir)
		}
	}
	sort.Strings(im.Classes)
	for k, c := range im.Classes {
		number[c] = k
	}
	for _, n := range im.Names {
		im.Labels = append(im.Labels, number[path.Dir(n)])
	}
	return nil
}

func greys(dst []float64, p image.Image) {
	b := p.Bounds()
	for y := range b.Dy() {
		for x := range b.Dx() {
			c := color.Gray16Model.Convert(p.At(b.Min.X+x, b.Min.Y+y)).(color.Gray16)
			dst[y*b.Dx()+x] = float64(c.Y) / 0xffff
		}
	}
}
