/* The loops of loops.h on their inputs; included after it, for the same names.
   Stream i of random numbers and its range are the same in every worker. */

static struct {
	real *out, *numbers, *potential, *cost, *x, *rows, *y, *points, *a, *b;
	struct FN(mixture) iso, full;
} FN(in);

static real *FN(random)(uint64_t stream, size_t n, double lo, double width)
{
	real *x = room(n * sizeof(real));
	for (size_t i = 0; i < n; i++)
		x[i] = (real)(lo + width * uniform(stream, i));
	return x;
}

/* Precisions have at least 1 on the diagonal and at most 1/2 beside it. */
static struct FN(mixture) FN(mixture)(int iso)
{
	struct FN(mixture) q = {.k = MAXK};
	double total = 0;
	for (size_t j = 0; j < MAXK; j++)
		total += 0.5 + uniform(9, j);
	for (size_t j = 0; j < MAXK; j++) {
		double xx = 1 + uniform(11, 3 * j), xy = uniform(11, 3 * j + 1) - 0.5, yy = 1 + uniform(11, 3 * j + 2);
		double det = iso ? xx * xx : xx * yy - xy * xy;
		q.logw[j] = log((0.5 + uniform(9, j)) / total * sqrt(det) / TAU);
		q.mx[j] = 8 * uniform(10, 2 * j) - 4;
		q.my[j] = 8 * uniform(10, 2 * j + 1) - 4;
		q.pxx[j] = xx;
		q.pxy[j] = xy;
		q.pyy[j] = yy;
	}
	return q;
}

static void FN(run_exp)(void) { FN(exps)(FN(in).out, FN(in).numbers, FEW); }
static void FN(run_silu)(void) { FN(silus)(FN(in).out, FN(in).out + MANY, FN(in).numbers, MANY); }
static void FN(run_lse)(void) { FN(lse)(FN(in).out, FN(in).potential, FN(in).cost, SIDE, SIDE, 0.5); }
static void FN(run_lse_plane)(void) { FN(lse_plane)(FN(in).out, FN(in).potential, FN(in).x, FN(in).y, SIDE, SIDE, 0.0625); }
static void FN(run_iso)(void) { FN(score_iso)(&FN(in).iso, FN(in).out, FN(in).points, MANY); }
static void FN(run_iso_blocks)(void) { FN(score_iso_blocks)(&FN(in).iso, FN(in).out, FN(in).points, MANY); }
static void FN(run_full)(void) { FN(score_full)(&FN(in).full, FN(in).out, FN(in).points, MANY); }
static void FN(run_full_blocks)(void) { FN(score_full_blocks)(&FN(in).full, FN(in).out, FN(in).points, MANY); }

#if !POLY
static void FN(run_sqdist2)(void) { FN(sqdist_plane)(FN(in).out, FN(in).x, FN(in).y, SIDE, SIDE); }
static void FN(run_sqdist64)(void) { FN(sqdist)(FN(in).out, FN(in).x, FN(in).y, SIDE, SIDE, 64); }
static void FN(run_sqdist64_strips)(void) { FN(sqdist_strips)(FN(in).out, FN(in).rows, FN(in).y, SIDE, SIDE, 64); }

static void FN(gemm)(int ta, int tb, int m, int n, int k)
{
	BLAS(gemm)(CblasRowMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans, m, n, k,
		1, FN(in).a, ta ? m : k, FN(in).b, tb ? k : n, 0, FN(in).out, n);
}

static void FN(run_gemm)(void) { FN(gemm)(0, 0, 512, 128, 128); }
static void FN(run_gemm_tn)(void) { FN(gemm)(1, 0, 128, 128, 512); }
static void FN(run_gemm_nt)(void) { FN(gemm)(0, 1, 512, 128, 128); }
static void FN(run_gemm_large)(void) { FN(gemm)(0, 0, 1024, 1024, 1024); }
#endif

static void FN(prepare)(void)
{
	FN(in).out = room(SIDE * SIDE * sizeof(real));
	FN(in).numbers = FN(random)(1, MANY, -16, 32);
	FN(in).potential = FN(random)(2, SIDE, 0, 1);
	FN(in).cost = FN(random)(3, SIDE * SIDE, 0, 8);
	FN(in).x = FN(random)(4, 64 * SIDE, 0, 1);
	FN(in).rows = room(64 * SIDE * sizeof(real));
	for (size_t i = 0; i < SIDE; i++)
		for (size_t k = 0; k < 64; k++)
			FN(in).rows[i * 64 + k] = FN(in).x[k * SIDE + i];
	FN(in).y = FN(random)(5, 64 * SIDE, 0, 1);
	FN(in).points = FN(random)(6, 2 * MANY, -4, 8);
	FN(in).a = FN(random)(7, SIDE * SIDE, -1, 2);
	FN(in).b = FN(random)(8, SIDE * SIDE, -1, 2);
	FN(in).iso = FN(mixture)(1);
	FN(in).full = FN(mixture)(0);

	struct series s = {.out = FN(in).out, .size = sizeof(real)};
#define ADD(op, how, f, n) add(s, op, how, FN(f), n)
	const char *how = POLY ? "polynomial" : "libmvec", *blocks = POLY ? "polynomial, blocks" : "libmvec, blocks";
	ADD("exp", how, run_exp, FEW);
	ADD("silu", how, run_silu, 2 * MANY);
	ADD("lse", how, run_lse, SIDE);
	ADD("lse-plane", how, run_lse_plane, SIDE);
	ADD("score-iso", how, run_iso, 2 * MANY);
	ADD("score-iso", blocks, run_iso_blocks, 2 * MANY);
	ADD("score-full", how, run_full, 2 * MANY);
	ADD("score-full", blocks, run_full_blocks, 2 * MANY);
#if !POLY
	ADD("sqdist-2", "rows", run_sqdist2, SIDE * SIDE);
	ADD("sqdist-64", "rows", run_sqdist64, SIDE * SIDE);
	ADD("sqdist-64", "strips", run_sqdist64_strips, SIDE * SIDE);
	ADD("gemm-nn", "OpenBLAS", run_gemm, 512 * 128);
	ADD("gemm-tn", "OpenBLAS", run_gemm_tn, 128 * 128);
	ADD("gemm-nt", "OpenBLAS", run_gemm_nt, 512 * 128);
	ADD("gemm-large", "OpenBLAS", run_gemm_large, SIDE * SIDE);
#endif
#undef ADD
}
