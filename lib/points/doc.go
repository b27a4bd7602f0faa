// Package points reads and writes samples: matrices whose rows are points, in
// NumPy's formats .npy and .npz and as comma-separated values; and it reads the IDX
// arrays of MNIST and its like, and folders of PNG pictures.
//
//	x, err := points.Read("samples.npy")
//	err = points.Write("samples.csv", x)
//
// # Shapes
//
// The first axis of an array counts the points. An array of one axis is a single
// column. Where there are more than two, all but the first are flattened with the
// last axis the fastest, whatever the order in memory: what
// x.reshape(len(x), -1) gives in NumPy.
//
// # Values
//
// Everything is read as float64: half, single and double precision, integers and
// booleans, of either byte order. An integer that float64 can't hold is an error,
// and so is what isn't a real number. NaN and infinities are refused, by a
// ValueError that names their place, unless Options.KeepNonFinite asks for them.
// Arrays are written in double precision, so that what is written and read again
// has the same bits; so does CSV but for the payload of a NaN.
package points
