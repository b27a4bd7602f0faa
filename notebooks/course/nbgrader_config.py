# What nbgrader needs to know of Go: a stub that compiles at the end of any function,
# time for the compiler, and output that says nothing of an answer.
c = get_config()  # noqa: F821 (traitlets puts it there)
c.ClearSolutions.code_stub = {
    "go": '// YOUR CODE HERE\npanic("not implemented")',
    "python": "# YOUR CODE HERE\nraise NotImplementedError()",
}
c.ExecutePreprocessor.timeout = 120
c.IgnorePattern.enabled = True
c.IgnorePattern.pattern = r"^(go: (downloading|added|upgraded|finding)|\s*$)"
