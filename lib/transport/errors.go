package transport

import "fmt"

// NotConvergedError reports that an iteration ended before its residual was as
// small as wanted. What it comes with is the best result that was found.
type NotConvergedError struct {
	Func           string
	Iterations     int
	Residual, Want float64
	Err            error // the context's error, or ErrLimit
}

func (e *NotConvergedError) Error() string {
	return fmt.Sprintf("%s: stopped after %d iterations at the residual %.3g, want %.3g: %v",
		e.Func, e.Iterations, e.Residual, e.Want, e.Err)
}

// Unwrap returns the cause.
func (e *NotConvergedError) Unwrap() error { return e.Err }
