// Package house holds the test that keeps the library's packages in order:
// every package has a floor, and imports only packages on lower floors.
package house
