package notebook

import (
	"fmt"
	"html"
	"reflect"
	"strconv"

	"gonum.org/v1/gonum/mat"

	"github.com/wasserwerk-go/wasserwerk/lib/derive"
	"github.com/wasserwerk-go/wasserwerk/lib/figure"
	"github.com/wasserwerk-go/wasserwerk/lib/relation"
)

// A bundle is one output in several forms, of which a viewer shows the one it
// likes best. Every bundle has a plain text.
type bundle struct {
	plain    string
	html     string
	markdown string
	svg      string
	png      []byte
	id       string // of a display that will be replaced; else ""
}

// Show displays values below the cell, in order: a *figure.Figure or Animation, an
// Inequality or Identity or a slice of them, a derive.Result or Ledger, an
// Exercise, a *transport.Plan, a Table, a matrix, or any plain value. It fails
// if it can't, and after showing a step of a derivation that failed.
func Show(values ...any) {
	for i, v := range values {
		b, err := render(v)
		if err != nil {
			fail(fmt.Sprintf("notebook: Show: argument %d: %v", i+1, err))
		}
		if err := display(b); err != nil {
			fail("notebook: Show: " + err.Error())
		}
		if v, ok := v.(interface{ Err() error }); ok {
			if err := v.Err(); err != nil {
				fail(err.Error())
			}
		}
	}
}

// Markdown displays text in Markdown, with formulas between dollar signs.
// With arguments, format is as for fmt.Sprintf; without, it is the text itself,
// so that a percent sign needs no escape.
func Markdown(format string, args ...any) {
	if len(args) > 0 {
		format = fmt.Sprintf(format, args...)
	}
	if err := display(bundle{plain: format, markdown: format}); err != nil {
		fail("notebook: Markdown: " + err.Error())
	}
}

// render finds the forms of a value.
func render(v any) (bundle, error) {
	switch v := v.(type) {
	case nil:
		return bundle{}, fmt.Errorf("nil can't be shown")
	case *figure.Figure:
		return renderFigure(v)
	case figure.Figure:
		return renderFigure(&v)
	case *figure.Animation:
		return renderAnimation(v)
	case Table:
		return v.render()
	case *Table:
		if v == nil {
			return bundle{}, fmt.Errorf("nil *notebook.Table")
		}
		return v.render()
	case relation.Inequality:
		return inequalities([]relation.Inequality{v}).render()
	case []relation.Inequality:
		return inequalities(v).render()
	case relation.Identity:
		return identities([]relation.Identity{v}).render()
	case []relation.Identity:
		return identities(v).render()
	case *derive.Result:
		if v == nil {
			return bundle{}, fmt.Errorf("nil *derive.Result")
		}
		return renderStep(v), nil
	case derive.Ledger:
		return renderLedger(v)
	case Exercise:
		return v.render(), nil
	case plan:
		return renderPlan(v)
	case relation.Term:
		return text(string(equation(v))), nil
	case mat.Matrix:
		return renderMatrix(v)
	case float64:
		return text(strconv.FormatFloat(v, 'g', 6, 64)), nil
	case string:
		return text(v), nil
	case error:
		return text("error: " + v.Error()), nil
	case fmt.Stringer:
		if isNil(v) {
			return bundle{}, fmt.Errorf("nil %T can't be shown", v)
		}
		return text(v.String()), nil
	}
	switch k := reflect.TypeOf(v).Kind(); {
	case k == reflect.Func || k == reflect.Chan || k == reflect.UnsafePointer:
		return bundle{}, fmt.Errorf("a %T can't be shown", v)
	case isNil(v) && k == reflect.Pointer:
		return bundle{}, fmt.Errorf("nil %T can't be shown", v)
	}
	return text(fmt.Sprintf("%+v", v)), nil
}

func isNil(v any) bool {
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Interface, reflect.Func, reflect.Chan:
		return r.IsNil()
	}
	return false
}

func text(s string) bundle { return bundle{plain: s} }

// largeSVG is the size in bytes above which a picture is stored as PNG: that
// of some two thousand scattered marks with their error bars.
const largeSVG = 160 << 10

func renderFigure(f *figure.Figure) (bundle, error) {
	alt, err := f.AltText()
	if err != nil {
		return bundle{}, err
	}
	svg, err := f.SVG()
	if err != nil {
		return bundle{}, err
	}
	if len(svg) <= largeSVG {
		return bundle{plain: alt, svg: string(svg)}, nil
	}
	png, err := f.PNG(2)
	if err != nil {
		return bundle{}, err
	}
	return bundle{plain: alt, png: png}, nil
}

// renderAnimation stores the moving picture itself, whatever its size: a PNG
// would be one frame.
func renderAnimation(a *figure.Animation) (bundle, error) {
	if a == nil {
		return bundle{}, fmt.Errorf("nil *figure.Animation")
	}
	alt, err := a.AltText()
	if err != nil {
		return bundle{}, err
	}
	svg, err := a.SVG()
	return bundle{plain: alt, svg: string(svg)}, err
}

// excerpt is how many rows and columns of a large matrix are shown at each end.
const excerpt = 5

func renderMatrix(m mat.Matrix) (bundle, error) {
	if isNil(m) {
		return bundle{}, fmt.Errorf("nil %T can't be shown", m)
	}
	rows, cols := m.Dims()
	if rows == 0 || cols == 0 {
		return text("empty matrix"), nil
	}
	options := []mat.FormatOption{mat.Squeeze()}
	if rows > 2*excerpt || cols > 2*excerpt {
		options = append(options, mat.Excerpt(excerpt))
	}
	s := fmt.Sprintf("%.5g", mat.Formatted(m, options...))
	return bundle{plain: s, html: "<pre>" + html.EscapeString(s) + "</pre>"}, nil
}
