// Package share writes what others need to open a project's notebooks without
// installing anything: the recipe of an image for Binder and Docker, in which all
// that is installed has a version and a checksum.
package share

import (
	"bytes"
	_ "embed"
	"fmt"
	"path"
	"text/template"

	"golang.org/x/mod/semver"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/gotool"
)

var (
	//go:embed Dockerfile.tmpl
	dockerfile string

	// Written by the program lock, beside it. Go's wheel there is at least as new as go.mod asks.
	//go:embed requirements.txt
	requirements []byte
)

// goVersion is that of Go in requirements.txt.
const goVersion = "1.26.6"

// Files returns the files of the recipe, by their paths in the project, whose go.mod
// asks for a version of Go.
func Files(p gotool.Project, goMod string) (map[string][]byte, error) {
	if semver.Compare("v"+goMod, "v"+goVersion) > 0 {
		return nil, fmt.Errorf("the image has Go %s, and go.mod asks for %s", goVersion, goMod)
	}
	var b bytes.Buffer
	err := template.Must(template.New("").Parse(dockerfile)).Execute(&b, struct{ Name, Command string }{path.Base(p.Module), p.Command()})
	return map[string][]byte{
		".binder/Dockerfile":              b.Bytes(),
		".binder/Dockerfile.dockerignore": []byte(".build\n.git\n"),
		".binder/requirements.txt":        requirements,
	}, err
}
