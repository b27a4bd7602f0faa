package figure

// An atom's class decides the space around it, as in TeX.
type class uint8

const (
	ordinary class = iota
	operator
	binary
	relational
	opening
	closing
	punctuation
)

type symbol struct {
	r     rune
	class class
}

// symbols holds the macros that stand for one character of the maths font.
var symbols = map[string]symbol{
	"alpha": {'𝛼', ordinary}, "beta": {'𝛽', ordinary}, "gamma": {'𝛾', ordinary}, "delta": {'𝛿', ordinary},
	"epsilon": {'𝜖', ordinary}, "varepsilon": {'𝜀', ordinary}, "zeta": {'𝜁', ordinary}, "eta": {'𝜂', ordinary},
	"theta": {'𝜃', ordinary}, "vartheta": {'𝜗', ordinary}, "iota": {'𝜄', ordinary}, "kappa": {'𝜅', ordinary},
	"lambda": {'𝜆', ordinary}, "mu": {'𝜇', ordinary}, "nu": {'𝜈', ordinary}, "xi": {'𝜉', ordinary},
	"pi": {'𝜋', ordinary}, "rho": {'𝜌', ordinary}, "sigma": {'𝜎', ordinary}, "tau": {'𝜏', ordinary},
	"upsilon": {'𝜐', ordinary}, "phi": {'𝜙', ordinary}, "varphi": {'𝜑', ordinary}, "chi": {'𝜒', ordinary},
	"psi": {'𝜓', ordinary}, "omega": {'𝜔', ordinary},
	"Gamma": {'Γ', ordinary}, "Delta": {'Δ', ordinary}, "Theta": {'Θ', ordinary}, "Lambda": {'Λ', ordinary},
	"Xi": {'Ξ', ordinary}, "Pi": {'Π', ordinary}, "Sigma": {'Σ', ordinary}, "Upsilon": {'Υ', ordinary},
	"Phi": {'Φ', ordinary}, "Psi": {'Ψ', ordinary}, "Omega": {'Ω', ordinary},

	"partial": {'𝜕', ordinary}, "nabla": {'∇', ordinary}, "infty": {'∞', ordinary}, "ell": {'ℓ', ordinary},
	"hbar": {'ℏ', ordinary}, "emptyset": {'∅', ordinary}, "forall": {'∀', ordinary}, "exists": {'∃', ordinary},
	"prime": {'′', ordinary}, "dots": {'…', ordinary}, "ldots": {'…', ordinary}, "cdots": {'⋯', ordinary},
	"top": {'⊤', ordinary}, "bot": {'⊥', ordinary}, "degree": {'°', ordinary},

	"int": {'∫', operator}, "oint": {'∮', operator}, "sum": {'∑', operator}, "prod": {'∏', operator},

	"pm": {'±', binary}, "mp": {'∓', binary}, "times": {'×', binary}, "cdot": {'⋅', binary}, "circ": {'∘', binary},
	"otimes": {'⊗', binary}, "oplus": {'⊕', binary}, "ast": {'∗', binary}, "star": {'⋆', binary},
	"cap": {'∩', binary}, "cup": {'∪', binary}, "wedge": {'∧', binary}, "vee": {'∨', binary}, "setminus": {'∖', binary},

	"le": {'≤', relational}, "leq": {'≤', relational}, "ge": {'≥', relational}, "geq": {'≥', relational},
	"ne": {'≠', relational}, "neq": {'≠', relational}, "ll": {'≪', relational}, "gg": {'≫', relational},
	"approx": {'≈', relational}, "sim": {'∼', relational}, "simeq": {'≃', relational}, "equiv": {'≡', relational},
	"propto": {'∝', relational}, "in": {'∈', relational}, "notin": {'∉', relational}, "subset": {'⊂', relational},
	"to": {'→', relational}, "rightarrow": {'→', relational}, "leftarrow": {'←', relational}, "gets": {'←', relational},
	"leftrightarrow": {'↔', relational}, "mapsto": {'↦', relational}, "Rightarrow": {'⇒', relational},
	"perp": {'⟂', relational}, "parallel": {'∥', relational}, "mid": {'∣', relational},

	"langle": {'⟨', opening}, "rangle": {'⟩', closing}, "lvert": {'|', opening}, "rvert": {'|', closing},
	"lVert": {'‖', opening}, "rVert": {'‖', closing}, "vert": {'|', ordinary}, "Vert": {'‖', ordinary}, "|": {'‖', ordinary},
	"lfloor": {'⌊', opening}, "rfloor": {'⌋', closing}, "lceil": {'⌈', opening}, "rceil": {'⌉', closing},
	"{": {'{', opening}, "}": {'}', closing},
	"%": {'%', ordinary}, "$": {'$', ordinary}, "&": {'&', ordinary}, "#": {'#', ordinary}, "_": {'_', ordinary},
}

// accents holds the macros that put a mark above their argument.
var accents = map[string]rune{
	"tilde": '\u0303', "hat": '\u0302', "dot": '\u0307', "ddot": '\u0308', "bar": '\u0304', "vec": '\u20d7',
	"widetilde": '\u0303', "widehat": '\u0302',
}

// functions holds the macros that are words set upright.
var functions = map[string]string{
	"ln": "ln", "log": "log", "exp": "exp", "sin": "sin", "cos": "cos", "tan": "tan", "sinh": "sinh", "cosh": "cosh",
	"tanh": "tanh", "min": "min", "max": "max", "inf": "inf", "sup": "sup", "lim": "lim", "det": "det", "tr": "tr",
	"argmin": "argmin", "argmax": "argmax", "erf": "erf", "Var": "Var", "Cov": "Cov", "KL": "KL",
}

// spaces holds the macros that are blank, in ems.
var spaces = map[string]float64{
	",": 3. / 18, ":": 4. / 18, ";": 5. / 18, " ": 5. / 18, "!": -3. / 18, "quad": 1, "qquad": 2,
}

// An alphabet is a run of letters in another hand.
type alphabet uint8

const (
	italic alphabet = iota
	upright
	bold
	calligraphic
	doubleStruck
	sansSerif
)

var alphabets = map[string]alphabet{
	"mathrm": upright, "operatorname": upright, "mathit": italic, "mathbf": bold, "boldsymbol": bold,
	"mathcal": calligraphic, "mathscr": calligraphic, "mathbb": doubleStruck, "mathsf": sansSerif,
}

// Unicode placed some letters of the mathematical alphabets elsewhere, before
// it had the block.
var strays = map[alphabet]map[rune]rune{
	italic: {'h': 'ℎ'},
	calligraphic: {
		'B': 'ℬ', 'E': 'ℰ', 'F': 'ℱ', 'H': 'ℋ', 'I': 'ℐ', 'L': 'ℒ', 'M': 'ℳ', 'R': 'ℛ', 'e': 'ℯ', 'g': 'ℊ', 'o': 'ℴ',
	},
	doubleStruck: {'C': 'ℂ', 'H': 'ℍ', 'N': 'ℕ', 'P': 'ℙ', 'Q': 'ℚ', 'R': 'ℝ', 'Z': 'ℤ'},
}

// letter returns r in the alphabet a, and r itself where a has no such letter.
func (a alphabet) letter(r rune) rune {
	if s, ok := strays[a][r]; ok {
		return s
	}
	capital, small := rune(0), rune(0)
	switch a {
	case italic:
		capital, small = 0x1D434, 0x1D44E
	case bold:
		capital, small = 0x1D400, 0x1D41A
	case calligraphic:
		capital, small = 0x1D49C, 0x1D4B6
	case doubleStruck:
		capital, small = 0x1D538, 0x1D552
	}
	switch {
	case capital == 0:
		return r
	case 'A' <= r && r <= 'Z':
		return capital + r - 'A'
	case 'a' <= r && r <= 'z':
		return small + r - 'a'
	case a == bold && '0' <= r && r <= '9':
		return 0x1D7CE + r - '0'
	case a == bold && 0x1D6FC <= r && r <= 0x1D71B: // italic small Greek, to bold italic
		return r + 0x1D736 - 0x1D6FC
	}
	return r
}
