package page

import (
	"regexp"
	"slices"
	"strings"
)

// unsafeStyle finds what makes a style load something or leave its place.
var unsafeStyle = regexp.MustCompile(`(?i)url|image|expression|@|\\|/\*|position|behavior|binding`)

// keptStyle matches the names of properties that change how an element looks, or
// how large it is, and don't move it out of the place that the text gives it.
var keptStyle = regexp.MustCompile(`^(?:color|opacity|background(?:-color)?|(?:border|padding|margin|font|list-style|column|columns|flex)(?:-[a-z]+)*|` +
	`(?:min-|max-)?(?:width|height)|aspect-ratio|box-sizing|display|visibility|overflow(?:-[a-z]+)?|float|clear|object-fit|` +
	`text-(?:align|transform|decoration)(?:-[a-z]+)?|vertical-align|line-height|letter-spacing|white-space|word-break|hyphens|direction|tab-size|` +
	`table-layout|caption-side|empty-cells|(?:row-)?gap|(?:align|justify|place)-(?:items|content|self)|grid-template-columns|break-[a-z]+|page-break-[a-z]+)$`)

// plainValue matches values without negative numbers, which move what has them,
// and without functions but those of colours.
var plainValue = regexp.MustCompile(`(?i)^(?:[^-(){}]|-+[a-z]|(?:rgb|hsl)a?\([^-(){}]*\))*$`)

// keyword matches values that are no lengths.
var keyword = regexp.MustCompile(`(?i)^[a-z\s-]*$`)

// cleanStyle returns of an author's style what only changes looks.
func cleanStyle(style string) string {
	declarations := strings.Split(style, ";")
	kept := slices.DeleteFunc(slices.Clone(declarations), func(d string) bool { return !safeDeclaration(d) })
	if len(kept) == len(declarations) {
		return style
	}
	return strings.TrimSpace(strings.Join(kept, ";"))
}

func safeDeclaration(d string) bool {
	name, value, ok := strings.Cut(d, ":")
	if !ok {
		return strings.TrimSpace(d) == ""
	}
	name = strings.ToLower(strings.TrimSpace(name))
	switch {
	case unsafeStyle.MatchString(d) || !keptStyle.MatchString(name) || !plainValue.MatchString(value):
		return false
	case name == "vertical-align":
		return keyword.MatchString(value)
	}
	return true
}

// ownClasses are the names that the page's parts have in its style sheet, and to
// its script: an author's element that had one would be taken for the page's.
var ownClasses = func() map[string]bool {
	own := make(map[string]bool)
	for _, m := range regexp.MustCompile(`\.([a-z][a-z0-9-]*)`).FindAllStringSubmatch(styleSheet, -1) {
		own[m[1]] = true
	}
	// goldmark writes these, which comes here as the author's.
	delete(own, "footnotes")
	delete(own, "contains-task-list")
	return own
}()

// authorsClasses returns those of an element's classes that aren't the page's.
func authorsClasses(class string) string {
	names := strings.Fields(class)
	kept := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return ownClasses[name] })
	if len(kept) == len(names) {
		return class
	}
	return strings.Join(kept, " ")
}
