package verify

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"runtime"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/nbformat"
)

var mimes = []string{"text/plain", "text/html", "image/svg+xml", "image/png", "application/json", "image/gif", "x/y"}

// outputs are those of a cell that says text in every way that there is.
func outputs(text string) []nbformat.Output {
	list := []nbformat.Output{stream("stdout", text), stream("stderr", text), {Type: nbformat.Error, EName: text, EValue: text, Traceback: []string{text}}}
	for _, m := range mimes {
		list = append(list, display(m, text))
	}
	return list
}

// What a notebook stores is the same as itself, whatever it is; and what is said
// about differences is one line of plain, short text.
func FuzzOutputs(f *testing.F) {
	for _, s := range []string{
		"1 2.5e3 −4 .5 1. +1e-400 1e999 0x12345678 #1a2b3c x1 1x ½ ² ٣", "NaN +Inf -inf", "\x1b[31m1\x1b[0m\r2\r\n3\n\n", "took 1.5s, 3h2m", "/tmp/x 1", "gonb_0123abcd",
		"<svg viewBox=\"0 0 1 1\"><path d=\"M0 0L1 1\"/></svg>", "<svg><path d='M1e999 0'/></svg>", "<p id=\"abc123\">abc123</p>", "{\"a\": 1e400}", "iVBORw0KGgo=", "", "\n", "\x00\xff", "1-2-3--4e5e6", strings.Repeat("9", 400),
	} {
		f.Add(s, s+"1")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if a, b = strings.ToValidUTF8(a, "?"), strings.ToValidUTF8(b, "?"); len(a)+len(b) > 4000 {
			return
		}
		for i, o := range outputs(a) {
			png := o.Data["image/png"] != nil
			svg := o.Data["image/svg+xml"] != nil
			if d := Outputs([]nbformat.Output{o}, []nbformat.Output{o}, Tolerance{}); len(d) > 0 && !png && !svg {
				t.Fatalf("output %d of %q isn't itself: %v", i, a, d)
			}
			for _, d := range Outputs([]nbformat.Output{o}, outputs(b)[i:i+1], Default) {
				if s := d.String(); strings.ContainsFunc(s, unicode.IsControl) || utf8.RuneCountInString(s) > 1500 { // quoted, of 80 characters each
					t.Fatalf("a difference in %q, output %d: %q", a, i, s)
				}
			}
		}
	})
}

// Whatever stands before a number on other lines, that it is another one is seen,
// and that it is nearly the same isn't.
func FuzzNumberIsSeen(f *testing.F) {
	for _, s := range []string{"", "x\n", "\x1b[", "took 1.5s\r", "/tmp/", "0x", "#", "1e", "<a id=\"", "\u2028", "−", "gonb_"} {
		f.Add(s, 1.5, 2.5)
		f.Add(s, -1e-9, 1e300)
	}
	f.Fuzz(func(t *testing.T, before string, x, y float64) {
		before = strings.ToValidUTF8(before, "?")
		if strings.ContainsAny(before, `"`) || math.IsNaN(x+y) || math.IsInf(x, 0) || math.IsInf(y, 0) || len(before) > 4000 {
			return
		}
		far := !(math.Abs(x-y) <= Default.Abs+Default.Rel*math.Abs(y))
		say := func(v float64) []nbformat.Output { return outputs(fmt.Sprintf("%s\nη = %g\n", before, v)) }
		for i, want := range say(y) {
			m := ""
			for k := range want.Data {
				m = k
			}
			if strings.HasPrefix(m, "image/") {
				continue
			}
			found := Outputs([]nbformat.Output{want}, say(x)[i:i+1], Default)
			if (len(found) > 0) != far {
				t.Fatalf("%g for %g behind %q in output %d %s: %v", x, y, before, i, m, found)
			}
		}
	})
}

// chunk writes a part of a PNG.
func chunk(b *bytes.Buffer, kind string, data []byte) {
	_ = binary.Write(b, binary.BigEndian, uint32(len(data)))
	body := append([]byte(kind), data...)
	b.Write(body)
	_ = binary.Write(b, binary.BigEndian, crc32.ChecksumIEEE(body))
}

// A picture of some bytes that says it is larger than any screen isn't unpacked:
// comparing notebooks runs no code of theirs, and neither should it fill the memory.
func TestPictureThatIsTooLarge(t *testing.T) {
	var b, rows bytes.Buffer
	z := zlib.NewWriter(&rows)
	_, _ = z.Write(make([]byte, 1000))
	_ = z.Close()
	b.WriteString("\x89PNG\r\n\x1a\n")
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, 20_000), 20_000)
	chunk(&b, "IHDR", append(head, 8, 6, 0, 0, 0)) // 8 bits, with alpha: 1.6 GB
	chunk(&b, "IDAT", rows.Bytes())
	chunk(&b, "IEND", nil)
	bomb := display("image/png", base64.StdEncoding.EncodeToString(b.Bytes()))
	other := display("image/png", base64.StdEncoding.EncodeToString(append(b.Bytes(), 0)))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	found := Outputs([]nbformat.Output{bomb}, []nbformat.Output{other}, Default)
	runtime.ReadMemStats(&after)
	if len(found) != 1 {
		t.Errorf("%v: want one difference", found)
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > 256<<20 {
		t.Errorf("a picture of %d bytes took %d MB", b.Len(), took>>20)
	}
}
