/* A worker that times loops in C. It reads a command a line and answers in one:

	about             what it is made of
	list              the names of its series, "operation/type:variant", separated by ";"
	sample NAME       some elements of the result
	time REPS NAME    this thread's nanoseconds a run, and the sum of the result's magnitudes

   The time is that of REPS runs after one that isn't counted. */

#define _GNU_SOURCE
#include <cblas.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LOOP __attribute__((noipa)) static void /* neither inlined nor made for one caller's arguments */
#define TAU 6.283185307179586

#ifdef __AVX512F__
#define VECTOR 64
#else
#define VECTOR 32
#endif

enum {
	FEW = 4096,   /* elements that stay in the first cache */
	MANY = 65536, /* elements or points that don't */
	SIDE = 1024,  /* of a matrix */
	MAXK = 16,    /* components */
	BLOCK = 64,   /* points at a time */
	SAMPLES = 64, /* elements of a sample */
};

struct series {
	char name[64];
	void (*run)(void);
	const void *out; /* its result */
	size_t n, size;  /* elements of that and their size */
};

static struct series all[128];
static size_t count;

static void *room(size_t size)
{
	void *p = aligned_alloc(64, (size + 63) / 64 * 64);
	if (!p)
		abort();
	return memset(p, 0, size);
}

static void add(struct series s, const char *op, const char *how, void (*run)(void), size_t n)
{
	if (count == sizeof all / sizeof *all)
		abort();
	snprintf(s.name, sizeof s.name, "%s/%s:%s", op, s.size == 4 ? "float32" : "float64", how);
	s.run = run;
	s.n = n;
	all[count++] = s;
}

/* Number i of a stream, and the same as a float64 in [0, 1). */
static inline uint64_t splitmix(uint64_t stream, uint64_t i)
{
	uint64_t z = ((stream << 32) + i + 1) * 0x9e3779b97f4a7c15;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static double uniform(uint64_t stream, uint64_t i) { return (double)(splitmix(stream, i) >> 11) * 0x1p-53; }

/* Exponentials that the compiler can inline. They know neither subnormals nor
   infinities, and are there so that no slow baseline wins. */
static inline double polynomial(double x)
{
	x = fmin(fmax(x, -708), 709);
	double n = rint(x * 1.4426950408889634);
	double r = x - n * 0.6931471805599453;
	double p = 2.5100375832561234e-08;
	p = p * r + 2.7620075879983367e-07;
	p = p * r + 2.7557268480310024e-06;
	p = p * r + 2.4801521322368692e-05;
	p = p * r + 0.00019841269863040545;
	p = p * r + 0.0013888888917196719;
	p = p * r + 0.008333333333330065;
	p = p * r + 0.041666666666624164;
	p = p * r + 0.16666666666666669;
	p = p * r + 0.5;
	p = p * r + 1;
	p = p * r + 1;
	int64_t bits = ((int64_t)(int32_t)n + 1023) << 52;
	double scale;
	memcpy(&scale, &bits, sizeof scale);
	return p * scale;
}

static inline float polynomialf(float x)
{
	x = fminf(fmaxf(x, -87), 88);
	float n = rintf(x * 1.44269504f);
	float r = x - n * 0.69314718f;
	float p = 0.001392617611993558f;
	p = p * r + 0.008363173074513711f;
	p = p * r + 0.041666554662050534f;
	p = p * r + 0.1666657702559799f;
	p = p * r + 0.5f;
	p = p * r + 1;
	p = p * r + 1;
	int32_t bits = ((int32_t)n + 127) << 23;
	float scale;
	memcpy(&scale, &bits, sizeof scale);
	return p * scale;
}

/* Box-Muller on hashed counters. The top bits of a hash become a number in
   [1, 2) by their place in the significand, which vectorises where conversion
   doesn't. The logarithm, cosine and sine have loops of their own so that each
   becomes a vector call. n is a multiple of 2 BLOCK. */
LOOP normals(double *restrict dst, uint64_t key, size_t n)
{
	for (size_t i0 = 0; i0 < n; i0 += 2 * BLOCK) {
		double u[2 * BLOCK], radius[BLOCK];
		for (size_t i = 0; i < 2 * BLOCK; i++) {
			uint64_t bits = splitmix(key, i0 + i) >> 12 | (uint64_t)1023 << 52;
			memcpy(&u[i], &bits, sizeof bits);
		}
		for (size_t i = 0; i < BLOCK; i++)
			radius[i] = sqrt(-2 * log(2 - u[i]));
		for (size_t i = 0; i < BLOCK; i++)
			dst[i0 + i] = radius[i] * cos(TAU * u[BLOCK + i]);
		for (size_t i = 0; i < BLOCK; i++)
			dst[i0 + BLOCK + i] = radius[i] * sin(TAU * u[BLOCK + i]);
	}
}

#define real double
#define R(x) x
#define BLAS(x) cblas_d##x
#define POLY 0
#define expo exp
#define FN(x) x##_f64
#include "loops.h"
#include "cases.h"
#undef POLY
#undef expo
#undef FN
#define POLY 1
#define expo polynomial
#define FN(x) x##_f64_poly
#include "loops.h"
#include "cases.h"
#undef real
#undef R
#undef BLAS
#undef POLY
#undef expo
#undef FN

#define real float
#define R(x) x##f
#define BLAS(x) cblas_s##x
#define POLY 0
#define expo expf
#define FN(x) x##_f32
#include "loops.h"
#include "cases.h"
#undef POLY
#undef expo
#undef FN
#define POLY 1
#define expo polynomialf
#define FN(x) x##_f32_poly
#include "loops.h"
#include "cases.h"

static void run_normals(void) { normals(in_f64.out, 12, MANY); }

static double result(const struct series *s, size_t i)
{
	return s->size == 4 ? ((const float *)s->out)[i] : ((const double *)s->out)[i];
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static void sample(const struct series *s)
{
	s->run();
	for (size_t i = 0; i < SAMPLES; i++)
		printf("%.17g ", result(s, i * (s->n / SAMPLES)));
	printf("\n");
}

static void measure(const struct series *s, long reps)
{
	s->run();
	double begin = now();
	for (long r = 0; r < reps; r++)
		s->run();
	double time = now() - begin, sum = 0;
	for (size_t i = 0; i < s->n; i++)
		sum += fabs(result(s, i));
	printf("%.9g %.17g\n", time / reps, sum);
}

static const struct series *find(const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(all[i].name, name))
			return &all[i];
	fprintf(stderr, "no series %s\n", name);
	exit(1);
}

int main(void)
{
	prepare_f64();
	prepare_f64_poly();
	prepare_f32();
	prepare_f32_poly();
	add((struct series){.out = in_f64.out, .size = 8}, "normal", "Box-Muller", run_normals, MANY);
	char line[128], name[sizeof line];
	long reps;
	while (fgets(line, sizeof line, stdin)) {
		if (!strcmp(line, "about\n"))
			printf("gcc %s, %s %s\n", __VERSION__, openblas_get_config(), openblas_get_corename());
		else if (!strcmp(line, "list\n")) {
			for (size_t i = 0; i < count; i++)
				printf("%s;", all[i].name);
			printf("\n");
		} else if (sscanf(line, "sample %[^\n]", name) == 1)
			sample(find(name));
		else if (sscanf(line, "time %ld %[^\n]", &reps, name) == 2)
			measure(find(name), reps);
		else
			return 1;
		fflush(stdout);
	}
	return 0;
}
