// Package lib is a map of the library; it has no code of its own.
//
// Numbers and randomness:
//
//   - [github.com/wasserwerk-go/wasserwerk/lib/relation]: what a theorem
//     compares, and the verdict on it
//   - [github.com/wasserwerk-go/wasserwerk/lib/rng]: splittable random keys
//   - [github.com/wasserwerk-go/wasserwerk/lib/measure]: probability measures
//   - [github.com/wasserwerk-go/wasserwerk/lib/flow]: fields, paths, flows and
//     processes in time
//
// What makes flows, what measures them, and what joins the two:
//
//   - [github.com/wasserwerk-go/wasserwerk/lib/transport]: optimal transport,
//     and its geodesics as flows
//   - [github.com/wasserwerk-go/wasserwerk/lib/diffusion]: noise schedules and
//     the processes that they make of data
//   - [github.com/wasserwerk-go/wasserwerk/lib/thermo]: the dissipation of a
//     flow
//   - [github.com/wasserwerk-go/wasserwerk/lib/bounds]: the speed-accuracy
//     relation and the protocol that is optimal in it
//
// Showing it:
//
//   - [github.com/wasserwerk-go/wasserwerk/lib/derive]: derivations as steps, each
//     with a check and a control
//   - [github.com/wasserwerk-go/wasserwerk/lib/figure]: figures as SVG and PNG
//   - [github.com/wasserwerk-go/wasserwerk/lib/catalogue]: the relations, where
//     they hold and where they don't, and their sources
//   - [github.com/wasserwerk-go/wasserwerk/lib/notebook]: figures, relations,
//     derivations and tables in a GoNB notebook
//   - [github.com/wasserwerk-go/wasserwerk/lib/course]: answers judged, of exercises
//     and of coursework
//
// Each package states its conventions in its documentation: units, factors,
// and the direction of time. A package imports only those above it in this
// list. From outside, packages up to bounds import gonum and little else.
package lib
