package transport

import "fmt"

// NotConvergedError reports a numerical method that stopped short of its
// tolerance. The result that comes with it is the best found.
type NotConvergedError struct {
	Func       string
	Iterations int     // of an iterative method
	Residual   float64 // estimated error of the result
	Want       float64 // the tolerance, where an option sets it
	Err        error   // of an iterative method, the context's error or ErrLimit
}

func (e *NotConvergedError) Error() string {
	s := fmt.Sprintf("%s: not converged", e.Func)
	if e.Iterations > 0 {
		s += fmt.Sprintf(" after %d iterations", e.Iterations)
	}
	s += fmt.Sprintf(": the estimated error is %.3g", e.Residual)
	if e.Want > 0 {
		s += fmt.Sprintf(", want %.3g", e.Want)
	}
	if e.Err != nil {
		s += fmt.Sprintf(": %v", e.Err)
	}
	return s
}

// Unwrap returns the cause.
func (e *NotConvergedError) Unwrap() error { return e.Err }
