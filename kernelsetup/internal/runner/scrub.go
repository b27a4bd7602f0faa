package runner

import (
	"path/filepath"
	"regexp"
	"strings"
)

// A Scrubber takes out of error texts what differs from run to run and from
// machine to machine. Files are left named as a build with -trimpath names them.
type Scrubber struct {
	replacer *strings.Replacer
}

// NewScrubber returns a scrubber that shortens the given places: the folder of
// temporary files, the checkout (to its module's path), the module cache, the
// toolchain. Go names a place from the folder of the cell's program where that
// is shorter, so those names go too.
func NewScrubber(temp, repo, module, modCache, goroot string) *Scrubber {
	var pairs []string
	short := func(place, name string) {
		if rel, err := filepath.Rel(filepath.Join(temp, "cell"), place); err == nil {
			pairs = append(pairs, rel+"/", name)
		}
		pairs = append(pairs, place+"/", name)
	}
	pairs = append(pairs, temp+"/", "")
	short(repo, module+"/")
	pairs = append(pairs, repo, module)
	short(modCache, "")
	short(filepath.Join(goroot, "src"), "")
	short(filepath.Join(goroot, "bin"), "")
	return &Scrubber{strings.NewReplacer(pairs...)}
}

var (
	// GoNB names its folder, module and program with a random number.
	cellFolder = regexp.MustCompile(`\bgonb_[0-9a-f]{8}/`)
	cellName   = regexp.MustCompile(`\bgonb_[0-9a-f]{8}\b`)
	trace      = regexp.MustCompile(`(?m)^(goroutine \d+ (gp=\S+ )?(m=\S+ )?(mp=\S+ )?)\[|^fatal error: |\[signal SIG`)
	gonum      = regexp.MustCompile(`\bgoroutine \d+\b`)
	offset     = regexp.MustCompile(`(?m) \+0x[0-9a-f]+$`)
	address    = regexp.MustCompile(`\b0x[0-9a-f]+\b`)
	waiting    = regexp.MustCompile(`, \d+ minutes`)
)

// Trace scrubs the text of an error. A nil Scrubber returns it as it is.
func (s *Scrubber) Trace(text string) string {
	if s == nil {
		return text
	}
	text = s.replacer.Replace(text)
	text = cellFolder.ReplaceAllString(text, "")
	text = cellName.ReplaceAllString(text, "cell")
	if trace.MatchString(text) {
		text = offset.ReplaceAllString(text, "")
		text = gonum.ReplaceAllString(text, "goroutine N")
		text = address.ReplaceAllString(text, "0x…")
		text = waiting.ReplaceAllString(text, "")
	}
	return text
}
