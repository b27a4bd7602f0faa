package points

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// reader returns one of encoding/csv, after the lines to skip.
func (o Options) reader(r io.Reader) (*csv.Reader, error) {
	b := bufio.NewReader(r)
	if mark, _ := b.Peek(3); string(mark) == "\xef\xbb\xbf" { // as spreadsheets write it
		b.Discard(3)
	}
	for range o.SkipLines {
		if _, err := b.ReadString('\n'); err != nil && err != io.EOF {
			return nil, err
		}
	}
	c := csv.NewReader(b)
	c.Comment = '#'
	c.TrimLeadingSpace = true
	c.ReuseRecord = true
	if o.Comma != 0 {
		c.Comma = o.Comma
	}
	if c.Comma == '\t' {
		c.TrimLeadingSpace = false // or an empty value would vanish
	}
	return c, nil
}

func readCSV(r io.Reader, opt Options) (*mat.Dense, error) {
	c, err := opt.reader(r)
	if err != nil {
		return nil, err
	}
	var data []float64
	columns := 0
	for record := 0; ; record++ {
		fields, err := c.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, misread(err, opt.SkipLines, len(fields), columns)
		}
		columns = len(fields)
		if record == 0 && isHeader(fields) {
			continue
		}
		row := len(data) / columns
		for j, text := range fields {
			v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
			want := ""
			switch {
			case err != nil && errors.Is(err, strconv.ErrRange):
				want = "a number in the range of double precision"
			case err != nil:
				want = "a number"
			case v-v != 0 && !opt.KeepNonFinite:
				want = "a finite number"
			}
			if want != "" {
				line, _ := c.FieldPos(j)
				return nil, &ValueError{Row: row, Column: j, Line: line + opt.SkipLines, Text: text, Want: want}
			}
			data = append(data, v)
		}
	}
	if len(data) == 0 {
		return nil, ErrEmpty
	}
	return mat.NewDense(len(data)/columns, columns, data), nil
}

// misread says what encoding/csv found, with the line in the whole file.
func misread(err error, skipped, got, want int) error {
	var parse *csv.ParseError
	if !errors.As(err, &parse) {
		return &FormatError{"CSV", "reading failed", err}
	}
	line := parse.Line + skipped
	if errors.Is(err, csv.ErrFieldCount) {
		return &FormatError{"CSV", fmt.Sprintf("line %d has %d values, want %d as before", line, got, want), nil}
	}
	return &FormatError{"CSV", fmt.Sprintf("line %d, column %d", line, parse.Column), parse.Err}
}

// isHeader tells whether no value is a number.
func isHeader(fields []string) bool {
	for _, f := range fields {
		f = strings.TrimSpace(f)
		if _, err := strconv.ParseFloat(f, 64); f == "" || err == nil || errors.Is(err, strconv.ErrRange) {
			return false
		}
	}
	return true
}

// writeCSV writes the shortest numbers that read back with the same bits.
func writeCSV(w io.Writer, x mat.Matrix, opt Options) error {
	rows, columns := x.Dims()
	if opt.Header != nil && len(opt.Header) != columns {
		return fmt.Errorf("a header of %d names for %d columns", len(opt.Header), columns)
	}
	c := csv.NewWriter(w)
	if opt.Comma != 0 {
		c.Comma = opt.Comma
	}
	if opt.Header != nil {
		if isHeader(opt.Header) {
			c.Write(opt.Header)
		} else {
			return fmt.Errorf("the header %q would be read as numbers", opt.Header)
		}
	}
	record := make([]string, columns)
	for i := range rows {
		for j := range record {
			record[j] = strconv.FormatFloat(x.At(i, j), 'g', -1, 64)
		}
		c.Write(record)
	}
	c.Flush()
	return c.Error()
}
