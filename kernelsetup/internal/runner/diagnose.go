package runner

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/gocell"
	"github.com/wasserwerk-go/wasserwerk/kernelsetup/internal/jupyter"
)

// failure tells what is wrong with a cell and, where that is known, at which of
// its lines; and at which line of which earlier cell, if the cause is there.
type failure struct {
	line     int
	message  string
	declared place
}

// locate sets where the failure is, given all the places that its report names,
// the innermost first, and the number of the cell that ran.
func (f *failure) locate(cell int, at []place) {
	for _, p := range at {
		if p.cell == cell || p.cell == 0 {
			f.line = p.line
			break
		}
	}
	if len(at) > 0 && at[0].cell != cell && at[0].cell != 0 {
		f.declared = at[0]
	}
}

// diagnose finds out whether a cell, given its number and source, failed, and why. It
// returns nil where it didn't.
func diagnose(cell int, source string, rec *recorder, reply jupyter.Reply, err error) *failure {
	if err != nil {
		if !errors.Is(err, jupyter.ErrTimeout) || rec.failure == nil {
			rec.fail(err.Error())
		}
		return &failure{message: err.Error()}
	}
	if f := unknownMagic(source, rec.messages); f != nil {
		return f
	}
	if reply.OK {
		return failedCommand(source, rec.messages)
	}
	reply.EValue = rec.scrub.Trace(reply.EValue)
	if f := compileError(cell, source, reply); f != nil {
		return f
	}
	return programError(cell, source, rec.text["stderr"].String(), reply)
}

// GoNB answers an unknown magic with this message, and calls the cell a success.
var magicMessage = regexp.MustCompile(`^"(%+\S*)" unknown or not implemented yet\.$`)

func unknownMagic(source string, messages []string) *failure {
	for _, text := range messages {
		m := magicMessage.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		for _, s := range gocell.Read(source).Specials {
			if s.Word() == m[1] {
				return &failure{line: s.Line, message: "unknown magic " + m[1]}
			}
		}
	}
	return nil
}

// GoNB calls a failed shell command a success too; this message, on its own,
// tells. The same words printed by a command are mistaken for it.
var exitMessage = regexp.MustCompile(`^(?:\^C\n)?(exit status \d+|signal: .*)\n$`)

func failedCommand(source string, messages []string) *failure {
	var commands []gocell.Special
	for _, s := range gocell.Read(source).Specials {
		if s.IsCommand() {
			commands = append(commands, s)
		}
	}
	var failed []string
	for _, text := range messages {
		if m := exitMessage.FindStringSubmatch(text); m != nil {
			failed = append(failed, m[1])
		}
	}
	switch {
	case len(failed) == 0 || len(commands) == 0:
		return nil
	case len(failed) >= len(commands): // all of them, so the first one did
		return &failure{line: commands[0].Line, message: fmt.Sprintf("%s: %s", commands[0].Text, failed[0])}
	}
	lines := make([]string, len(commands))
	for i, c := range commands {
		lines[i] = strconv.Itoa(c.Line)
	}
	return &failure{message: fmt.Sprintf("a shell command failed, of those at lines %s: %s", strings.Join(lines, ", "), failed[0])}
}

var (
	cellLine   = regexp.MustCompile(`^Cell(?:\[(\d+)\]:)? Line (\d+)$`)
	parseError = regexp.MustCompile(`(?m)^(?:\S*/)?main(?:_test)?\.go:\d+:\d+: (.+)$`)
	otherError = regexp.MustCompile(`(?m)^\S+\.go:\d+(?::\d+)?: .+$`)
	badImport  = regexp.MustCompile(`(?m)^(?:go: cell imports\n\s+|\S*main(?:_test)?\.go:\d+:\d+: )(\S+): (.+)$`)
)

// compileError reads the errors of the compiler and of what runs before it.
func compileError(cell int, source string, reply jupyter.Reply) *failure {
	if f := cellErrors(cell, reply.Traceback); f != nil {
		return f
	}
	if m := badImport.FindStringSubmatch(reply.EValue); m != nil {
		f := &failure{line: lineOf(source, strconv.Quote(m[1])), message: m[1] + ": " + m[2]}
		if strings.HasPrefix(m[2], "cannot find module") {
			f.message = "no module in go.mod provides the package " + m[1]
		}
		return f
	}
	if m := parseError.FindStringSubmatch(reply.EValue); m != nil { // behind the cell's end
		return &failure{line: lastLine(source), message: m[1]}
	}
	if errs := otherError.FindAllString(reply.EValue, -1); errs != nil { // in a package that it imports
		return (&failure{message: errs[0]}).more(len(errs) - 1)
	}
	return nil
}

// cellErrors reads the entries of a traceback that have places of cells. Each
// has the place in front, some of the text around it, and the error.
func cellErrors(cell int, traceback []string) *failure {
	var first *failure
	others := 0
	for _, entry := range traceback {
		lines := strings.Split(strings.TrimRight(entry, "\n"), "\n")
		m := cellLine.FindStringSubmatch(lines[0])
		switch {
		case m == nil:
		case first == nil:
			first = &failure{message: strings.TrimSpace(lines[len(lines)-1])}
			first.locate(cell, []place{toPlace(m)})
		default:
			others++
		}
	}
	return first.more(others)
}

// more says that there are n more errors.
func (f *failure) more(n int) *failure {
	if f != nil && n > 0 {
		f.message += fmt.Sprintf(" (and %d more)", n)
	}
	return f
}

var (
	panicMessage = regexp.MustCompile(`(?m)^(panic: .*|fatal error: .*)$`)
	complaint    = regexp.MustCompile(`(?m)^(error: .*)\n((?:\t.*\bcell \[\d+\], line \d+.*\n?)+)`) // of package notebook
	packageLine  = regexp.MustCompile(`^(?:# .*\n)+`)                                               // of the go command, in front of what a linker says
	traceLine    = regexp.MustCompile(`\bcell \[(\d+)\], line (\d+)`)
)

// programError tells how the cell's program ended.
func programError(cell int, source, stderr string, reply jupyter.Reply) *failure {
	f := &failure{message: firstLine(packageLine.ReplaceAllString(reply.EValue, ""))}
	if at := panicMessage.FindStringIndex(stderr); at != nil {
		f.message = stderr[at[0]:at[1]]
		f.locate(cell, places(stderr[at[1]:]))
		return f
	}
	if m := complaint.FindStringSubmatch(stderr); m != nil {
		f.message = m[1]
		f.locate(cell, places(m[2]))
		return f
	}
	switch {
	case strings.HasPrefix(f.message, "exit status"):
		f.message = "the program ended with " + f.message
		if said := lastText(stderr, reply.EValue); said != "" {
			f.message += ": " + said
		}
		if n := strings.Count(source, "os.Exit("); n == 1 {
			f.line = lineOf(source, "os.Exit(")
		}
	case strings.HasPrefix(f.message, "signal:"):
		f.message = "the program was ended by a " + f.message
	}
	return f
}

// places returns those that a trace names.
func places(trace string) (out []place) {
	for _, m := range traceLine.FindAllStringSubmatch(trace, -1) {
		out = append(out, toPlace(m))
	}
	return out
}

// toPlace takes a match of a cell's number, which may be missing, and a line.
func toPlace(m []string) (p place) {
	p.cell, _ = strconv.Atoi(m[1])
	p.line, _ = strconv.Atoi(m[2])
	return p
}

// lastText returns the last line of stderr that isn't the exit status.
func lastText(stderr, status string) string {
	stderr = strings.TrimSuffix(strings.TrimSpace(stderr), strings.TrimSpace(status))
	lines := strings.Split(strings.TrimSpace(stderr), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}

// lineOf returns the line of source that text is at, or 0.
func lineOf(source, text string) int {
	at := strings.Index(source, text)
	if at < 0 {
		return 0
	}
	return 1 + strings.Count(source[:at], "\n")
}

// lastLine returns the last line of source that isn't blank.
func lastLine(source string) int {
	return 1 + strings.Count(strings.TrimRight(source, " \t\r\n"), "\n")
}
