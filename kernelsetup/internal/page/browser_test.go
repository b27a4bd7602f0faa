package page

import (
	"bytes"
	"context"
	"encoding/json"
	"html"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// browser runs Chromium without a window on a page from a file. args come
// before the page's address.
func browser(t *testing.T, page string, args ...string) []byte {
	t.Helper()
	program := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			program = path
			break
		}
	}
	if program == "" {
		if os.Getenv("WASSERWERK_NO_SKIP") != "" {
			t.Fatal("no Chromium on the path, and WASSERWERK_NO_SKIP is set")
		}
		t.Skip("no Chromium on the path to look at the page with")
	}
	// Parts of the browser may live on for a moment and write here.
	profile, err := os.MkdirTemp("", "page-browser-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for range 50 {
			if os.RemoveAll(profile) == nil {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
	})
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	args = append([]string{
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--hide-scrollbars", "--user-data-dir=" + profile,
	}, append(args, "file://"+page)...)
	cmd := exec.CommandContext(ctx, program, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", program, err, stderr.Bytes())
	}
	return out
}

func writePage(t *testing.T, page string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func screenshot(t *testing.T, page string, args ...string) image.Image {
	t.Helper()
	file := filepath.Join(t.TempDir(), "shot.png")
	browser(t, writePage(t, page), append(args, "--screenshot="+file)...)
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// The feet of upright letters, typed and typeset, stand on one line, though the
// formula reaches below it unseen.
func TestFormulasStandOnTheBaseline(t *testing.T) {
	t.Parallel()
	const scale = 4
	page := mustRender(t, markdownCell(`HHH $\mathrm{HHH}\vphantom{\frac{1}{g}}$`))
	img := screenshot(t, page, "--window-size=600,300", "--force-device-scale-factor=4")
	ink := func(x, y int) bool {
		return color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y < 128
	}
	// The paragraph is what stands lowest; a gap of half a letter parts its
	// halves.
	b := img.Bounds()
	bottoms := []int{0}
	gap, inked := 0, false
	lowest := 0
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			if ink(x, y) {
				lowest = y
			}
		}
	}
	for x := b.Min.X; x < b.Max.X; x++ {
		bottom := 0
		for y := lowest - 10*scale; y <= lowest; y++ {
			if ink(x, y) {
				bottom = y
			}
		}
		switch {
		case bottom > 0:
			if inked && gap > 4*scale {
				bottoms = append(bottoms, 0)
			}
			gap, inked = 0, true
			last := &bottoms[len(bottoms)-1]
			*last = max(*last, bottom)
		default:
			gap++
		}
	}
	if len(bottoms) != 2 {
		t.Fatalf("%d runs of letters found, want the typed and the typeset", len(bottoms))
	}
	if d := bottoms[1] - bottoms[0]; d < -scale/2 || d > scale/2 {
		t.Errorf("the formula stands %v pixels below the baseline", float64(d)/scale)
	}
}

func TestPageFollowsTheColourScheme(t *testing.T) {
	t.Parallel()
	page := mustRender(t, markdownCell("$x$"))
	for scheme, want := range map[string]color.RGBA{"1": {0xff, 0xff, 0xff, 0xff}, "0": {0x17, 0x19, 0x1c, 0xff}} {
		img := screenshot(t, page, "--window-size=600,300", "--blink-settings=preferredColorScheme="+scheme)
		if got := color.RGBAModel.Convert(img.At(2, 2)); got != want {
			t.Errorf("scheme %s: the paper is %v, want %v", scheme, got, want)
		}
		// The formula takes the colour of the text: something on the page
		// stands out as far as that.
		most := 0
		for y := 100; y < 300; y++ {
			for x := range 600 {
				g := int(color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y) - int(color.GrayModel.Convert(want).(color.Gray).Y)
				most = max(most, g, -g)
			}
		}
		if most < 100 {
			t.Errorf("scheme %s: the formula stands out from the paper by %d of 255", scheme, most)
		}
	}
}

// TestSampleInNarrowWindow asks the browser about the whole sample, 360 pixels
// wide.
func TestSampleInNarrowWindow(t *testing.T) {
	t.Parallel()
	const frame = `<body><iframe width="360" height="800" src="sample.html"></iframe><pre id="result"></pre><script>
onload = () => {
  const page = document.querySelector('iframe').contentDocument;
  const box = (e) => e.getBoundingClientRect();
  const all = (s) => [...page.querySelectorAll(s)];
  document.getElementById('result').textContent = JSON.stringify({
    width: page.documentElement.scrollWidth,
    formulas: all('svg.math').length,
    flat: all('svg.math').filter((e) => !e.closest('details') && (box(e).width < 2 || box(e).height < 2)).map((e) => e.getAttribute('aria-label')),
    empty: all('svg.math use').filter((e) => !e.closest('details') && e.getBBox().width == 0).map((e) => e.getAttribute('href')),
    unloaded: all('img').filter((e) => !e.complete || e.naturalWidth == 0).map((e) => e.alt),
    tags: all('.tag').map((e) => box(e).right),
    small: all('p, li, td').filter((e) => parseFloat(getComputedStyle(e).fontSize) < 12).length,
  });
};
</script>`
	dir := t.TempDir()
	for name, s := range map[string]string{"sample.html": sample(t), "frame.html": frame} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(s), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	dom := string(browser(t, filepath.Join(dir, "frame.html"), "--allow-file-access-from-files", "--virtual-time-budget=5000", "--dump-dom"))
	_, result, _ := strings.Cut(dom, `<pre id="result">`)
	result, _, _ = strings.Cut(result, "</pre>")
	var got struct {
		Width, Formulas, Small int
		Flat, Empty, Unloaded  []string
		Tags                   []float64
	}
	if err := json.Unmarshal([]byte(html.UnescapeString(result)), &got); err != nil {
		t.Fatalf("%v in %.200s", err, result)
	}
	if got.Width > 360 {
		t.Errorf("the page is %d pixels wide, want 360", got.Width)
	}
	if got.Formulas < 30 || len(got.Flat) > 0 || len(got.Empty) > 0 {
		t.Errorf("of %d formulas these have no size: %q, and these outlines: %q", got.Formulas, got.Flat, got.Empty)
	}
	if len(got.Unloaded) > 0 {
		t.Errorf("pictures that don't show: %q", got.Unloaded)
	}
	for _, x := range got.Tags {
		if x > 360 {
			t.Errorf("a tag ends at %v pixels", x)
		}
	}
	if len(got.Tags) != 5 || got.Small > 0 {
		t.Errorf("%d tags, want 5; %d small texts, want none", len(got.Tags), got.Small)
	}
}
