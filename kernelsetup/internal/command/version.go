package command

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/gotool"
)

type versionCmd struct{}

func (versionCmd) Run(a *app) error {
	versions, err := gotool.Versions(a.repo)
	if err != nil {
		return err
	}
	version := "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		version = info.Main.Version
	}
	fmt.Fprintf(a.stdout, "wasserwerk %s\nbuilt by   %s for %s/%s\ngonb       %s\n",
		version, runtime.Version(), runtime.GOOS, runtime.GOARCH, versions["github.com/janpfeifer/gonb"])
	return nil
}
