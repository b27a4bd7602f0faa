// Package chartjs holds the script that draws interactive charts, and finds the
// library that it draws them with. The library itself isn't here: it is Apache
// ECharts, which kernelsetup takes from its npm package into the user's cache.
package chartjs

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"os"
	"path/filepath"
)

// Script is a JavaScript function of an element and a chart as package figure
// describes it.
//
//go:embed chart.js
var Script string

// The library: version and file of the npm package echarts, and the file's hash.
const (
	Version = "5.6.0"
	File    = "dist/echarts.min.js"
	SHA256  = "bf4a223524e40b77c304bec67e1222cf551f14880cf42c69dc046558e11c07b1"
)

// CacheFile returns where the library is kept, "" on a machine without a place
// for such things.
func CacheFile() string {
	cache, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(cache, "wasserwerk", "echarts-"+Version+".min.js")
}

// Library returns the library, if it is there and what it should be.
func Library() (source string, ok bool) {
	data, err := os.ReadFile(CacheFile())
	return string(data), err == nil && Genuine(data)
}

// Genuine reports whether data are the library.
func Genuine(data []byte) bool {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]) == SHA256
}

// Loader returns a script that puts the library into the global variable echarts.
// A module loader on the page would take it for its own, so the names by which the
// library knows one mean nothing here.
func Loader(library string) string {
	return "(function(define,exports,module){" + library + "\n}).call(globalThis);dispatchEvent(new Event(\"wasserwerk:echarts\"));"
}
