//go:build !amd64

package kernel

func detect() Form { return Go }
