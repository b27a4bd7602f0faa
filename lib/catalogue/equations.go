package catalogue

// Equation says where a group of the paper's equations is in the library.
type Equation struct {
	Numbers  string
	What     string
	Function string // "" where it is text only
	Notebook string
}

// Equations returns the index, in the paper's order.
func Equations() []Equation { return equations }

var equations = []Equation{
	{"(1), (2)", "Fokker-Planck and Langevin equations of the noising", "diffusion.Noising", "01-forward-and-reverse"},
	{"(9)-(11)", "reverse stochastic equation and probability flow", "diffusion.Reverse", "01-forward-and-reverse"},
	{"(12)-(15)", "flow matching", "learn.NewMatching", "06-images"},
	{"(18), (19)", "conditional losses", "learn.NewDenoising", "06-images"},
	{"(22)-(24)", "temperature and force of a schedule", "measure.Coeffs.T", "01-forward-and-reverse"},
	{"(26), (27)", "variance-exploding schedules", "diffusion.VE", "01-forward-and-reverse"},
	{"(28)", "conditional optimal transport", "diffusion.CondOT", "01-forward-and-reverse"},
	{"(31), (32)", "variance-preserving schedules, cosine", "diffusion.Cosine", "01-forward-and-reverse"},
	{"(36)-(40)", "entropy production of system and bath", "thermo.EntropyProduction", "03-stochastic-thermodynamics"},
	{"(48)-(50)", "fluctuation theorem", "thermo.EntropyTrajectories", "03-stochastic-thermodynamics"},
	{"(54)-(58)", "Wasserstein distances, duality", "transport.Exact", "02-optimal-transport"},
	{"(59), (60)", "distance between normals", "transport.Bures", "02-optimal-transport"},
	{"(61), (62)", "Benamou and Brenier's formula", "transport.BenamouBrenier", "02-optimal-transport"},
	{"(64), (66)-(70)", "speed, length and thermodynamic speed limits", "thermo.Dissipation", "03-stochastic-thermodynamics"},
	{"(71)-(76)", "uncertainty relation of observables", "thermo.StaticUncertaintyAt", "03-stochastic-thermodynamics"},
	{"(77)-(83)", "the speed-accuracy relations and their hierarchy", "bounds.SpeedAccuracy", "04-speed-accuracy"},
	{"(84)-(91)", "their proof", "bounds.SpeedAccuracy", "04-speed-accuracy"},
	{"(92)", "the optimal protocol", "bounds.Optimal", "07-designing-the-noise-schedule"},
	{"(93)-(95)", "cost of the conditional paths", "bounds.ConditionalCost", "07-designing-the-noise-schedule"},
	{"(96), (97)", "mixtures on the line, and their velocity", "measure.Mixture.Noise", "04-speed-accuracy"},
	{"(99)", "the non-conservative force on the Swiss roll", "thermo.Langevin", "05-swiss-roll"},
	{"(100), (F1)-(F6)", "the relation for a learned velocity", "bounds.LearnedSampled", "06-images"},
	{"(103)", "the error in W₂ and the Lipschitz constant", "bounds.Compare", "08-which-bound"},
	{"(E1)", "conservation of the mismatch", "bounds.Carry", "04-speed-accuracy"},
	{"(G14)-(G18)", "kernel of a linear force", "flow.NewPropagator", "05-swiss-roll"},
	{"(G19)-(G21)", "estimators: plans, costs, mismatch", "bounds.SpeedAccuracySampled", "05-swiss-roll"},
}
