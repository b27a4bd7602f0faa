"""Writes the arrays of this folder with NumPy, and what is in them.

    python3 make.py

Expected values are float.hex of numpy's x.reshape(len(x), -1), as float64.
"""
import json
import sys

import numpy as np

rng = np.random.default_rng(20260101)
plane = rng.normal(size=(5, 2))
solid = rng.normal(size=(3, 2, 4))
arrays = {
    "c64.npy": plane,
    "f64.npy": np.asfortranarray(plane),
    "c32.npy": plane.astype(np.float32),
    "big.npy": plane.astype(">f8"),
    "half.npy": np.array([[1, -2.5], [6e-8, 65504], [1 / 3, -0.0]], dtype=np.float16),
    "line.npy": plane[:, 0].copy(),
    "solid.npy": solid,
    "solidf.npy": np.asfortranarray(solid),
    "int8.npy": np.array([[-128, 127], [0, -1]], dtype=np.int8),
    "uint16big.npy": np.array([[65535, 1], [256, 255]], dtype=">u2"),
    "int64.npy": np.array([[2**53, -(2**53)], [2**62, -(2**63)]]),
    "bool.npy": np.array([[True, False], [False, True]]),
    "nan.npy": np.array([[1.0, 2.0], [3.0, np.nan], [-np.inf, 4.0]]),
    "bytes.npy": np.array([[0, 255]], dtype=np.uint8),
}
expected = {}
for name, x in arrays.items():
    np.save(name, x)
    y = np.load(name)
    expected[name] = [[float(v).hex() for v in row] for row in y.reshape(len(y), -1)]
with open("version2.npy", "wb") as f:
    np.lib.format.write_array(f, plane, version=(2, 0))
expected["version2.npy"] = expected["c64.npy"]
np.savez("two.npz", train=plane, test=solid)
np.savez_compressed("one.npz", plane.astype(np.float32))
expected["two.npz:train"] = expected["c64.npy"]
expected["two.npz:test"] = expected["solid.npy"]
expected["one.npz:"] = expected["c32.npy"]
np.savetxt("plane.txt", plane, header="x y")
np.savetxt("plane.csv", plane, delimiter=",", header="x,y", comments="")
expected["plane.txt"] = expected["plane.csv"] = expected["c64.npy"]
json.dump(expected, open("expected.json", "w"), indent=1)

# What isn't points.
np.save("bad_complex.npy", plane.astype(complex))
np.save("bad_scalar.npy", np.array(1.0))
np.save("bad_struct.npy", np.zeros(2, dtype=[("a", "<f8"), ("b", "<i4")]))
np.save("bad_text.npy", np.array(["a", "b"]))
np.save("bad_exact.npy", np.array([[1, 2], [3, 2**53 + 1]]))
np.save("empty.npy", np.zeros((0, 2)))
np.save("empty_columns.npy", np.zeros((3, 0)))
print("NumPy", np.__version__, file=sys.stderr)
