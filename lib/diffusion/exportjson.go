package diffusion

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
)

// Description is a schedule and a grid as numbers, for other programs. Its JSON
// is made by encoding/json.
type Description struct {
	Schedule   string          `json:"schedule"`             // the type's name
	Parameters Schedule        `json:"parameters,omitempty"` // with defaults filled in; nil for other types than this package's closed forms
	Convention string          `json:"convention"`
	Tau        float64         `json:"tau"`
	Grid       []DescribedTime `json:"grid"`
}

// DescribedTime holds a schedule's coefficients at one time; an infinite number
// is null in JSON.
type DescribedTime struct {
	T           Number `json:"t"`
	M           Number `json:"m"`
	DM          Number `json:"dm"`
	Var         Number `json:"var"`
	DVar        Number `json:"dvar"`
	LogSNR      Number `json:"log_snr"`
	DLogSNR     Number `json:"dlog_snr"`
	Drift       Number `json:"drift"`
	Temperature Number `json:"temperature"`
}

// Number is a float64 that JSON has as null where it is infinite.
type Number float64

// MarshalJSON implements json.Marshaler.
func (n Number) MarshalJSON() ([]byte, error) {
	if math.IsInf(float64(n), 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

const convention = "x_t = m x_0 + sqrt(var) eps, t from the data to the noise; dm and dvar are derivatives in t; " +
	"log_snr = ln(m^2/var); dx = drift x dt + sqrt(2 temperature) dB; null is infinite"

// Describe returns the schedule's coefficients at the times of a grid. It
// returns an error if the grid isn't one (CheckGrid).
func Describe(s Schedule, times []float64) (*Description, error) {
	if err := checkGrid("diffusion.Describe", s, times); err != nil {
		return nil, err
	}
	typ := reflect.TypeOf(s)
	for typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	d := &Description{Schedule: typ.Name(), Parameters: resolved(s), Convention: convention, Tau: s.Tau()}
	for _, t := range times {
		c := s.At(t)
		d.Grid = append(d.Grid, DescribedTime{
			T: Number(t), M: Number(c.M), DM: Number(c.DM), Var: Number(c.Var), DVar: Number(c.DVar),
			LogSNR: Number(c.LogSNR()), DLogSNR: Number(c.DLogSNR()), Drift: Number(c.Drift()), Temperature: Number(c.T()),
		})
		if row := reflect.ValueOf(d.Grid[len(d.Grid)-1]); anyNaN(row) {
			return nil, fmt.Errorf("diffusion.Describe: the schedule has a NaN at t = %v: %+v", t, c)
		}
	}
	return d, nil
}

func anyNaN(row reflect.Value) bool {
	for i := range row.NumField() {
		if math.IsNaN(row.Field(i).Float()) {
			return true
		}
	}
	return false
}

// resolved returns the schedule with its defaults filled in, nil if it isn't one
// of the closed forms.
func resolved(s Schedule) Schedule {
	switch s := s.(type) {
	case CondOT:
		return CondOT{s.Tau()}
	case Polynomial:
		return Polynomial{s.power(), s.Tau()}
	case VE:
		return VE{orDefault(s.SigmaMin, 0.01), orDefault(s.SigmaMax, 50), s.Tau()}
	case VESong:
		return VESong{orDefault(s.SigmaMin, 0.01), orDefault(s.SigmaMax, 50), s.Tau()}
	case EDM:
		return EDM{s.Tau()}
	case VPLinear:
		return VPLinear{orDefault(s.BetaMin, 0.1), orDefault(s.BetaMax, 20), s.Tau()}
	case SubVP:
		return SubVP{orDefault(s.BetaMin, 0.1), orDefault(s.BetaMax, 20), s.Tau()}
	case Cosine:
		return Cosine{s.Tau()}
	case NicholDhariwal:
		return NicholDhariwal{s.offset(), s.Tau()}
	case LinearVP:
		return LinearVP{s.Tau()}
	case LogSNRUniform:
		hi, lo := s.ends()
		return LogSNRUniform{hi, lo, s.Tau()}
	case VPGeodesic:
		return VPGeodesic{s.sd(), s.Tau()}
	}
	return nil
}
