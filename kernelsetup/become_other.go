//go:build !unix

package main

import "github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/gotool"

// become isn't reached where the kernel can't run.
func become(string, []string) error { return gotool.ErrWindows }
