package diffusion

import (
	"fmt"
	"math"
	"slices"

	"github.com/wasserwerk-go/wasserwerk/lib/measure"
)

// NegativeTemperatureError reports a schedule whose noise falls behind its
// signal: T = m² d(σ²/m²)/dt / 2 is negative, and no dynamics has the marginals.
type NegativeTemperatureError struct {
	Func string
	Time float64
	T    float64
}

func (e *NegativeTemperatureError) Error() string {
	return fmt.Sprintf("%s: the temperature at t = %v is %v, want ≥ 0: σ/m mustn't decrease", e.Func, e.Time, e.T)
}

// Table is a schedule given at some times, interpolated so that σ/m nowhere
// decreases, and so T ≥ 0, with continuous derivatives. It has the given values
// at the given times; variance-preserving values (m² + σ² = 1) stay so between
// them, and so does a constant m.
//
// The interpolated numbers are ln(m² + σ²), or m if that is constant, and a
// monotone one: the log-SNR where it is finite throughout, otherwise the share
// of noise σ²/(m² + σ²), which is smooth where σ or m starts from 0. Where m
// ends at 0, it does so with a finite slope, unless m² plainly has one of its
// own, as under VPGeodesic; then ṁ is infinite there.
type Table struct {
	t          []float64
	signal     []float64 // m²/(m² + σ²)
	noise      []float64 // σ²/(m² + σ²)
	curve      monotone  // of −λ or of the share of noise
	byLogSNR   bool
	m          float64 // if constant, otherwise 0
	logScale   []float64
	scaleRise  []float64
	scaleSlope []float64
}

// NewTable returns the schedule that has the signal's factor m and the noise's
// standard deviation sigma at times t, which begin at 0 and end at Tau.
//
// It returns an error unless there are at least two times, finite and
// increasing, with m ≥ 0, at most the last 0, and sigma ≥ 0, at most the first 0;
// and a *NegativeTemperatureError if σ/m decreases.
func NewTable(t, m, sigma []float64) (*Table, error) {
	const fn = "diffusion.NewTable"
	if len(t) < 2 || len(m) != len(t) || len(sigma) != len(t) {
		return nil, fmt.Errorf("%s: %d times, %d values of m and %d of sigma, want as many of each, and at least 2", fn, len(t), len(m), len(sigma))
	}
	tab := &Table{t: slices.Clone(t), byLogSNR: sigma[0] > 0 && m[len(m)-1] > 0, m: m[0]}
	for i := range t {
		name := func(arg string) string { return fmt.Sprintf("%s[%d]", arg, i) }
		switch {
		case i == 0 && t[0] != 0:
			return nil, &measure.ValueError{Func: fn, Arg: name("t"), Value: t[0], Want: "0"}
		case i > 0 && !(t[i] > t[i-1] && !math.IsInf(t[i], 1)):
			return nil, &measure.ValueError{Func: fn, Arg: name("t"), Value: t[i], Want: fmt.Sprintf("finite and above t[%d] = %v", i-1, t[i-1])}
		case !(m[i] >= 0 && !math.IsInf(m[i], 1)) || m[i] == 0 && i < len(t)-1:
			return nil, &measure.ValueError{Func: fn, Arg: name("m"), Value: m[i], Want: "positive and finite, or 0 at the last time"}
		case !(sigma[i] >= 0 && !math.IsInf(sigma[i], 1)) || sigma[i] == 0 && i > 0:
			return nil, &measure.ValueError{Func: fn, Arg: name("sigma"), Value: sigma[i], Want: "positive and finite, or 0 at the first time"}
		}
		scale := math.Hypot(m[i], sigma[i])
		a, b := m[i]/scale, sigma[i]/scale
		logScale := 2 * math.Log(scale)
		if math.Abs(logScale) < 4e-15 {
			logScale = 0 // variance-preserving, but for rounding
		}
		tab.signal, tab.noise, tab.logScale = append(tab.signal, a*a), append(tab.noise, b*b), append(tab.logScale, logScale)
		if m[i] != tab.m {
			tab.m = 0
		}
	}
	n := len(t) - 1
	rise := make([]float64, n)
	tab.scaleRise = make([]float64, n)
	for i := range rise {
		tab.scaleRise[i] = tab.logScale[i+1] - tab.logScale[i]
		ratio := 2 * (math.Log(sigma[i+1]/sigma[i]) - math.Log(m[i+1]/m[i]))
		if ratio < -1e-12 {
			h := t[i+1] - t[i]
			return nil, &NegativeTemperatureError{Func: fn, Time: t[i] + h/2, T: sigma[i+1] * sigma[i] * ratio / (2 * h)}
		}
		switch {
		case tab.byLogSNR:
			rise[i] = max(ratio, 0)
		case tab.signal[i] < tab.noise[i]:
			rise[i] = max(tab.signal[i]-tab.signal[i+1], 0)
		default:
			rise[i] = max(tab.noise[i+1]-tab.noise[i], 0)
		}
	}
	tab.curve = newMonotone(tab.t, rise)
	tab.scaleSlope = parabolic(tab.t, tab.scaleRise)
	if m[n] == 0 && tab.curve.slope[n] < 0.5*rise[n-1]/(t[n]-t[n-1]) {
		tab.curve.slope[n] = 0 // m² ends as a parabola, not as a straight line
	}
	return tab, nil
}

// Tau returns the last time.
func (tab *Table) Tau() float64 { return tab.t[len(tab.t)-1] }

// At returns the coefficients at time t.
func (tab *Table) At(t float64) measure.Coeffs {
	mustBeTime("diffusion.Table", t, tab.Tau())
	i, risen, left, slope := tab.curve.at(t)
	var signal, noise float64 // shares
	if tab.byLogSNR {
		logSNR := math.Log(tab.signal[i]/tab.noise[i]) - risen
		signal, noise = sigmoid(logSNR), sigmoid(-logSNR)
		slope *= signal * noise
	} else {
		signal, noise = tab.signal[i]-risen, tab.noise[i]+risen
		if left < risen {
			signal, noise = tab.signal[i+1]+left, tab.noise[i+1]-left
		}
	}
	if tab.m > 0 {
		s2 := tab.m * tab.m
		return measure.Coeffs{M: tab.m, Var: s2 * noise / signal, DVar: s2 * slope / (signal * signal)}
	}
	_, up, _, rate := hermite(tab.t, tab.scaleRise, tab.scaleSlope, t)
	scale := math.Exp(tab.logScale[i] + up)
	m := math.Sqrt(scale * signal)
	c := measure.Coeffs{M: m, Var: scale * noise, DVar: scale * (rate*noise + slope)}
	switch {
	case m > 0:
		c.DM = scale * (rate*signal - slope) / (2 * m)
	case slope > 0:
		c.DM = math.Inf(-1)
	default: // the share of signal falls as the square of the time left
		h := tab.t[i+1] - tab.t[i]
		c.DM = -math.Sqrt(scale*max(3*tab.curve.rise[i]-tab.curve.slope[i]*h, 0)) / h
	}
	return c
}

// Func is a schedule given by a function.
type Func struct {
	tau    float64
	coeffs func(t float64) measure.Coeffs
}

// NewFunc returns the schedule with the given duration and coefficients, once
// CheckSchedule has nothing against it.
func NewFunc(tau float64, coeffs func(t float64) measure.Coeffs) (*Func, error) {
	const fn = "diffusion.NewFunc"
	if !(tau > 0) || math.IsInf(tau, 1) {
		return nil, &measure.ValueError{Func: fn, Arg: "tau", Value: tau, Want: "positive and finite"}
	}
	if coeffs == nil {
		return nil, fmt.Errorf("%s: coeffs is nil", fn)
	}
	f := &Func{tau, coeffs}
	if err := checkSchedule(fn, f); err != nil {
		return nil, err
	}
	return f, nil
}

// NewSignalNoise returns the schedule with signal factor m, standard deviation
// of the noise sigma, and their derivatives, once CheckSchedule has nothing
// against it. Where the function σ̇ is infinite, as where σ² starts with a slope,
// NewFunc with variances is the better form.
func NewSignalNoise(tau float64, m, dm, sigma, dsigma func(t float64) float64) (*Func, error) {
	if m == nil || dm == nil || sigma == nil || dsigma == nil {
		return nil, fmt.Errorf("diffusion.NewSignalNoise: a function is nil")
	}
	return NewFunc(tau, func(t float64) measure.Coeffs {
		s := sigma(t)
		return measure.Coeffs{M: m(t), DM: dm(t), Var: s * s, DVar: 2 * s * dsigma(t)}
	})
}

// Tau returns the duration.
func (f *Func) Tau() float64 { return f.tau }

// At returns the coefficients at time t.
func (f *Func) At(t float64) measure.Coeffs {
	mustBeTime("diffusion.Func", t, f.tau)
	return f.coeffs(t)
}

// CheckSchedule looks at a schedule at some hundred times, close together at
// both ends, and returns an error if m is negative or not finite; if σ² is, or
// both are 0; if a derivative isn't finite inside, or differs from a difference
// quotient by more than 0.1%; and a *NegativeTemperatureError if T < 0.
func CheckSchedule(s Schedule) error { return checkSchedule("diffusion.CheckSchedule", s) }

func checkSchedule(fn string, s Schedule) error {
	tau := s.Tau()
	const n = 128
	for i := 0; i <= n; i++ {
		x := math.Sin(math.Pi / 2 * float64(i) / n)
		t := tau * x * x
		if i == n {
			t = tau
		}
		c := s.At(t)
		bad := func(arg string, v float64, want string) error {
			return &measure.ValueError{Func: fn, Arg: fmt.Sprintf("%s at t = %v", arg, t), Value: v, Want: want}
		}
		inside := i > 0 && i < n
		switch {
		case !(c.M >= 0) || math.IsInf(c.M, 1):
			return bad("m", c.M, "finite and ≥ 0")
		case !(c.Var >= 0) || math.IsInf(c.Var, 1):
			return bad("σ²", c.Var, "finite and ≥ 0")
		case c.M == 0 && c.Var == 0:
			return bad("m² + σ²", 0, "positive")
		case math.IsNaN(c.DM) || inside && math.IsInf(c.DM, 0):
			return bad("ṁ", c.DM, "finite")
		case math.IsNaN(c.DVar) || inside && math.IsInf(c.DVar, 0):
			return bad("dσ²/dt", c.DVar, "finite")
		}
		if temp := c.T(); temp < 0 {
			return &NegativeTemperatureError{Func: fn, Time: t, T: temp}
		}
		if !inside {
			continue
		}
		h := 1e-4 * min(t, tau-t)
		a, b := s.At(t-h), s.At(t+h)
		if q := (b.M - a.M) / (2 * h); math.Abs(q-c.DM) > 1e-3*math.Abs(c.DM)+(1e-14/h+1e-6/tau)*c.M {
			return bad("ṁ", c.DM, fmt.Sprintf("the derivative of m, about %v", q))
		}
		if q := (b.Var - a.Var) / (2 * h); math.Abs(q-c.DVar) > 1e-3*math.Abs(c.DVar)+(1e-14/h+1e-6/tau)*c.Var {
			return bad("dσ²/dt", c.DVar, fmt.Sprintf("the derivative of σ², about %v", q))
		}
	}
	return nil
}
