"""A worker that times numpy and scipy. It speaks as the one in C does."""

import sys
import time

import numpy as np
import scipy
from scipy.spatial.distance import cdist
from scipy.special import expit, logsumexp

FEW, MANY, SIDE, K, SAMPLES = 4096, 65536, 1024, 16, 64
CHUNK = 64  # rows at a time where temporaries should stay in a cache

series = {}  # name: run, result


def add(operation, dtype, variant, run, out):
    series[f"{operation}/{np.dtype(dtype)}:{variant}"] = run, out


def uniform(stream, n):
    """The first n numbers of a stream, in [0, 1)."""
    z = (np.uint64(stream << 32) + np.arange(1, n + 1, dtype=np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ z >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ z >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return ((z ^ z >> np.uint64(31)) >> np.uint64(11)) * 2.0**-53


def elementwise(dtype):
    x = (32 * uniform(1, MANY) - 16).astype(dtype)
    few, out = x[:FEW].copy(), np.empty(FEW, dtype)
    add("exp", dtype, "numpy", lambda: np.exp(few, out=out), out)

    both = np.empty((2, MANY), dtype)

    def silu(sigmoid):
        def run():
            for i in range(0, MANY, FEW):
                part, (y, dy) = x[i : i + FEW], both[:, i : i + FEW]
                s = sigmoid(part)
                np.multiply(part, s, out=y)
                np.multiply(s, 1 + part - y, out=dy)

        return run

    def sigmoid(x):
        e = np.exp(-x)
        e += 1
        return np.reciprocal(e, out=e)

    add("silu", dtype, "numpy", silu(sigmoid), both)
    add("silu", dtype, "scipy expit", silu(expit), both)


def log_sum_exp(dtype):
    a = uniform(2, SIDE).astype(dtype)
    c = (8 * uniform(3, SIDE * SIDE)).astype(dtype).reshape(SIDE, SIDE)
    x, y = planes(dtype, 2)
    out = np.empty(SIDE, dtype)

    def rows(v, out):
        top = v.max(axis=1)
        v -= top[:, None]
        np.exp(v, out=v)
        np.log(v.sum(axis=1), out=out)
        out += top

    def by_numpy():
        for i in range(0, SIDE, CHUNK):
            v = a - c[i : i + CHUNK]
            v /= eps
            rows(v, out[i : i + CHUNK])

    def plane():
        for i in range(0, SIDE, CHUNK):
            d0 = x[0, i : i + CHUNK, None] - y[0]
            d1 = x[1, i : i + CHUNK, None] - y[1]
            d0 *= d0
            d1 *= d1
            d0 += d1
            v = np.subtract(a, d0, out=d0)
            v /= small
            rows(v, out[i : i + CHUNK])

    def by_scipy():
        out[:] = logsumexp((a - c) / eps, axis=1)

    eps, small = dtype(0.5), dtype(0.0625)
    add("lse", dtype, "numpy", by_numpy, out)
    add("lse", dtype, "scipy logsumexp", by_scipy, out)
    add("lse-plane", dtype, "numpy", plane, out)


def planes(dtype, d):
    """Two sets of points, by coordinates."""
    return (uniform(s, 64 * SIDE)[: d * SIDE].astype(dtype).reshape(d, SIDE) for s in (4, 5))


def distances(dtype):
    out = np.empty((SIDE, SIDE), dtype)

    def by_coordinates(x, y):
        def run():
            for i in range(0, SIDE, CHUNK):
                part = out[i : i + CHUNK]
                np.subtract(x[0, i : i + CHUNK, None], y[0], out=part)
                part *= part
                for p, q in zip(x[1:], y[1:]):
                    t = p[i : i + CHUNK, None] - q
                    t *= t
                    part += t

        return run

    def by_products(x, y):
        # |x|² - 2xy + |y|²: faster in many dimensions, but near points cancel.
        def run():
            np.matmul(-2 * x, yt, out=out)
            np.add(out, np.einsum("ij,ij->i", x, x)[:, None], out=out)
            np.add(out, np.einsum("ij,ij->i", y, y), out=out)

        yt = y.T
        return run

    for d in 2, 64:
        x, y = planes(dtype, d)
        if d == 2:
            add("sqdist-2", dtype, "numpy", by_coordinates(x, y), out)
        x, y = x.T.copy(), y.T.copy()
        add(f"sqdist-{d}", dtype, "numpy products", by_products(x, y), out)
        if dtype == np.float64:
            # For float32, cdist converts and returns float64.
            add(f"sqdist-{d}", dtype, "scipy cdist", lambda x=x, y=y: cdist(x, y, "sqeuclidean", out=out), out)


def scores(dtype):
    points = (8 * uniform(6, 2 * MANY) - 4).astype(dtype).reshape(2, MANY)
    weights = 0.5 + uniform(9, K)
    mx, my = (8 * uniform(10, 2 * K) - 4).astype(dtype).reshape(K, 2).T.copy()
    u = uniform(11, 3 * K).reshape(K, 3)
    xx, xy, yy = 1 + u[:, 0], u[:, 1] - 0.5, 1 + u[:, 2]
    out = np.empty((2, MANY), dtype)

    def score(iso, chunk):
        det = xx * xx if iso else xx * yy - xy * xy
        logw = np.log(weights / weights.sum() * np.sqrt(det) / (2 * np.pi)).astype(dtype)
        pxx, pxy, pyy = (p.astype(dtype) for p in (xx, xy, yy))
        half = dtype(0.5)

        def run():
            for i in range(0, MANY, chunk):
                dx = mx - points[0, i : i + chunk, None]
                dy = my - points[1, i : i + chunk, None]
                gx = pxx * dx
                if iso:
                    gy = pxx * dy
                else:
                    gx += pxy * dy
                    gy = pxy * dx
                    gy += pyy * dy
                dx *= gx
                dy *= gy
                dx += dy
                dx *= -half
                dx += logw
                dx -= dx.max(axis=1, keepdims=True)
                w = np.exp(dx, out=dx)
                w /= w.sum(axis=1, keepdims=True)
                np.einsum("ij,ij->i", w, gx, out=out[0, i : i + chunk])
                np.einsum("ij,ij->i", w, gy, out=out[1, i : i + chunk])

        return run

    for name, iso in ("score-iso", True), ("score-full", False):
        add(name, dtype, "numpy", score(iso, MANY), out)
        add(name, dtype, "numpy, chunks", score(iso, 1024), out)


def products(dtype):
    a, b = ((2 * uniform(s, SIDE * SIDE) - 1).astype(dtype) for s in (7, 8))

    def gemm(name, m, n, k, left, right):
        out = np.empty((m, n), dtype)
        add(name, dtype, "numpy matmul", lambda: np.matmul(left, right, out=out), out)

    def matrix(x, rows, columns):
        return x[: rows * columns].reshape(rows, columns)

    gemm("gemm-nn", 512, 128, 128, matrix(a, 512, 128), matrix(b, 128, 128))
    gemm("gemm-tn", 128, 128, 512, matrix(a, 512, 128).T, matrix(b, 512, 128))
    gemm("gemm-nt", 512, 128, 128, matrix(a, 512, 128), matrix(b, 128, 128).T)
    gemm("gemm-large", SIDE, SIDE, SIDE, matrix(a, SIDE, SIDE), matrix(b, SIDE, SIDE))


def normals():
    out = np.empty(MANY)
    for bits in np.random.PCG64, np.random.Philox:
        generator = np.random.Generator(bits(12))
        add("normal", np.float64, f"numpy {bits.__name__}", lambda g=generator: g.standard_normal(out=out), out)


def blas():
    config = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return f"{config['name']} {config['version']}"


def sample(name):
    run, out = series[name]
    run()
    out = out.ravel()
    return " ".join(repr(float(v)) for v in out[:: out.size // SAMPLES][:SAMPLES])


def measure(name, reps):
    run, out = series[name]
    run()
    begin = time.thread_time_ns()
    for _ in range(reps):
        run()
    spent = time.thread_time_ns() - begin
    return f"{spent / reps:.9g} {float(np.abs(out).sum(dtype=np.float64))!r}"


def main():
    for dtype in np.float64, np.float32:
        elementwise(dtype)
        log_sum_exp(dtype)
        distances(dtype)
        scores(dtype)
        products(dtype)
    normals()
    for line in sys.stdin:
        command, _, rest = line.rstrip("\n").partition(" ")
        if command == "about":
            print(f"Python {sys.version.split()[0]}, numpy {np.__version__}, scipy {scipy.__version__}, {blas()}")
        elif command == "list":
            print(";".join(series))
        elif command == "sample":
            print(sample(rest))
        elif command == "time":
            reps, _, name = rest.partition(" ")
            print(measure(name, int(reps)))
        sys.stdout.flush()


main()
