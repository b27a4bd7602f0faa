// Package kernel holds the vector loops that transport, diffusion and learning
// spend their time in.
package kernel

//go:generate go -C gen run .
