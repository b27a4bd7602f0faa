// Package learn trains networks that predict a score, a noise or a velocity, and networks
// that tell classes apart: dense layers and convolutions with manual gradients, on the
// matrix products of this library, in single or double precision.
//
//	task, err := learn.NewDenoising(data, diffusion.Cosine{}, learn.Denoising{Quantity: learn.V})
//	…
//	net := learn.NewMLP[float32](2, 2, learn.MLPOptions{}, key)
//	for p, err := range learn.Train(ctx, net, task, &learn.Adam[float32]{}, nil, learn.TrainOptions{}, key) {
//		… // draw p.Loss, save, break
//	}
//	model := learn.Model(net, diffusion.Cosine{}, learn.V) // for diffusion's samplers
//
// # Conventions
//
// Batches are slices of rows. The same key gives the same weights, bit for bit, for any
// GOMAXPROCS. A loss is the mean over rows of weight times squared error, per coordinate.
//
// # Files
//
// A Checkpoint is a file in the safetensors format, which PyTorch and others read without
// this library: its tensors are named and laid out as the weights of torch.nn.Linear and
// torch.nn.Conv2d are, and what else is needed to go on stands in its metadata. See
// Checkpoint.
package learn
