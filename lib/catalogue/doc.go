// Package catalogue lists the relations that the library knows, each with an
// instance in which it holds and, where a hypothesis can be dropped, one in which
// it fails; where the equations of the paper are in the library; and the sources
// of all that. The notebook "inequalities" is made from it.
//
// The paper is Ikeda, Uda, Okanohara and Ito, Speed-accuracy relations for
// diffusion models, Phys. Rev. X 15, 031031 (2025). Its equations are numbered as
// in its preprint, arXiv:2407.04495v5, after a public reading note.
package catalogue
