/* The loops that the kernels are measured against, as a C programmer writes
   them who leaves vectors to the compiler. Included four times, for

	real  float or double; R(x) is a constant or function with its suffix
	expo  the exponential
	FN    which makes names of all that

   Points are stored by coordinates: number i of n has coordinate k at k n + i. */

LOOP FN(exps)(real *restrict dst, const real *restrict x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		dst[i] = expo(x[i]);
}

LOOP FN(silus)(real *restrict y, real *restrict dy, const real *restrict x, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		real s = 1 / (1 + expo(-x[i]));
		y[i] = x[i] * s;
		dy[i] = s * (1 + x[i] * (1 - s));
	}
}

/* Arguments are computed twice rather than stored, here and below. */
LOOP FN(lse)(real *restrict dst, const real *restrict a, const real *restrict c, size_t n, size_t m, real eps)
{
	real scale = 1 / eps;
	for (size_t i = 0; i < n; i++, c += m) {
		real max = -FLT_MAX, sum = 0;
		for (size_t j = 0; j < m; j++)
			max = R(fmax)(max, a[j] - c[j]);
		for (size_t j = 0; j < m; j++)
			sum += expo((a[j] - c[j] - max) * scale);
		dst[i] = max * scale + R(log)(sum);
	}
}

/* The cost is the squared distance in the plane. */
LOOP FN(lse_plane)(real *restrict dst, const real *restrict a, const real *restrict x, const real *restrict y,
	size_t n, size_t m, real eps)
{
	real scale = 1 / eps;
	for (size_t i = 0; i < n; i++) {
		real max = -FLT_MAX, sum = 0, x0 = x[i], x1 = x[n + i];
		for (size_t j = 0; j < m; j++) {
			real d0 = x0 - y[j], d1 = x1 - y[m + j];
			max = R(fmax)(max, a[j] - (d0 * d0 + d1 * d1));
		}
		for (size_t j = 0; j < m; j++) {
			real d0 = x0 - y[j], d1 = x1 - y[m + j];
			sum += expo((a[j] - (d0 * d0 + d1 * d1) - max) * scale);
		}
		dst[i] = max * scale + R(log)(sum);
	}
}

/* A mixture of k Gaussians in the plane: logarithms of the weights over the
   normalisations, means, and precision matrices P. */
struct FN(mixture) {
	size_t k;
	real logw[MAXK], mx[MAXK], my[MAXK], pxx[MAXK], pxy[MAXK], pyy[MAXK];
};

/* P (mu - x) of component j, and the logarithm of its density. With iso, P is
   pxx times the identity. */
struct FN(pull) { real x, y, logp; };

static inline struct FN(pull) FN(pull)(const struct FN(mixture) *q, size_t j, real x, real y, int iso)
{
	real dx = q->mx[j] - x, dy = q->my[j] - y;
	struct FN(pull) p;
	p.x = iso ? q->pxx[j] * dx : q->pxx[j] * dx + q->pxy[j] * dy;
	p.y = iso ? q->pxx[j] * dy : q->pxy[j] * dx + q->pyy[j] * dy;
	p.logp = q->logw[j] - R(0.5) * (iso ? q->pxx[j] * (dx * dx + dy * dy) : p.x * dx + p.y * dy);
	return p;
}

/* The score: the mean of the pulls, weighted with the densities. One point at
   a time, vectors along the components. */
static inline void FN(score)(const struct FN(mixture) *q, real *restrict score, const real *restrict x, size_t n, int iso)
{
	for (size_t i = 0; i < n; i++) {
		real logp[MAXK], max = -FLT_MAX, sum = 0, sx = 0, sy = 0;
		for (size_t j = 0; j < q->k; j++) {
			logp[j] = FN(pull)(q, j, x[i], x[n + i], iso).logp;
			max = R(fmax)(max, logp[j]);
		}
		for (size_t j = 0; j < q->k; j++) {
			struct FN(pull) p = FN(pull)(q, j, x[i], x[n + i], iso);
			real w = expo(logp[j] - max);
			sum += w;
			sx += w * p.x;
			sy += w * p.y;
		}
		score[i] = sx / sum;
		score[n + i] = sy / sum;
	}
}

/* BLOCK points at a time, vectors along the points. n is a multiple of BLOCK. */
static inline void FN(score_blocks)(const struct FN(mixture) *q, real *restrict score, const real *restrict x, size_t n, int iso)
{
	for (size_t i0 = 0; i0 < n; i0 += BLOCK) {
		real logp[MAXK][BLOCK], max[BLOCK], sum[BLOCK] = {0}, sx[BLOCK] = {0}, sy[BLOCK] = {0};
		for (size_t i = 0; i < BLOCK; i++)
			max[i] = -FLT_MAX;
		for (size_t j = 0; j < q->k; j++)
			for (size_t i = 0; i < BLOCK; i++) {
				logp[j][i] = FN(pull)(q, j, x[i0 + i], x[n + i0 + i], iso).logp;
				max[i] = R(fmax)(max[i], logp[j][i]);
			}
		for (size_t j = 0; j < q->k; j++)
			for (size_t i = 0; i < BLOCK; i++) {
				struct FN(pull) p = FN(pull)(q, j, x[i0 + i], x[n + i0 + i], iso);
				real w = expo(logp[j][i] - max[i]);
				sum[i] += w;
				sx[i] += w * p.x;
				sy[i] += w * p.y;
			}
		for (size_t i = 0; i < BLOCK; i++) {
			score[i0 + i] = sx[i] / sum[i];
			score[n + i0 + i] = sy[i] / sum[i];
		}
	}
}

LOOP FN(score_iso)(const struct FN(mixture) *q, real *score, const real *x, size_t n) { FN(score)(q, score, x, n, 1); }
LOOP FN(score_full)(const struct FN(mixture) *q, real *score, const real *x, size_t n) { FN(score)(q, score, x, n, 0); }
LOOP FN(score_iso_blocks)(const struct FN(mixture) *q, real *score, const real *x, size_t n) { FN(score_blocks)(q, score, x, n, 1); }
LOOP FN(score_full_blocks)(const struct FN(mixture) *q, real *score, const real *x, size_t n) { FN(score_blocks)(q, score, x, n, 0); }

#if !POLY /* what needs no exponential is there once a type */
LOOP FN(sqdist_plane)(real *restrict dst, const real *restrict x, const real *restrict y, size_t n, size_t m)
{
	for (size_t i = 0; i < n; i++, dst += m) {
		real x0 = x[i], x1 = x[n + i];
		for (size_t j = 0; j < m; j++) {
			real d0 = x0 - y[j], d1 = x1 - y[m + j];
			dst[j] = d0 * d0 + d1 * d1;
		}
	}
}

LOOP FN(sqdist)(real *restrict dst, const real *restrict x, const real *restrict y, size_t n, size_t m, size_t d)
{
	for (size_t i = 0; i < n; i++, dst += m) {
		for (size_t j = 0; j < m; j++)
			dst[j] = 0;
		for (size_t k = 0; k < d; k++)
			for (size_t j = 0; j < m; j++) {
				real t = x[k * n + i] - y[k * m + j];
				dst[j] += t * t;
			}
	}
}

/* The same for eight vectors of columns at a time, copied so that they share
   the first cache, with sums in registers. This the compiler must be told: it
   makes a mess of an array of sums. x has its points in rows. m is a multiple
   of eight vectors, d at most 64. */
typedef real FN(vector) __attribute__((vector_size(VECTOR)));

LOOP FN(sqdist_strips)(real *restrict dst, const real *restrict x, const real *restrict y, size_t n, size_t m, size_t d)
{
	enum { COLUMNS = 8 * VECTOR / sizeof(real) };
	FN(vector) strip[64][8];
	for (size_t j = 0; j < m; j += COLUMNS) {
		for (size_t k = 0; k < d; k++)
			memcpy(strip[k], y + k * m + j, sizeof strip[k]);
		for (size_t i = 0; i < n; i++) {
			FN(vector) sum[8] = {0};
			for (size_t k = 0; k < d; k++) {
				real xk = x[i * d + k];
				for (size_t v = 0; v < 8; v++) {
					FN(vector) t = xk - strip[k][v];
					sum[v] += t * t;
				}
			}
			memcpy(dst + i * m + j, sum, sizeof sum);
		}
	}
}
#endif
