package catalogue

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Source is a work that the library rests on.
type Source struct {
	Citation string
	Where    string   // DOI or arXiv number, as an address; "" if there is none
	Names    []string // by which a Ref names it, whole
}

// Paper is where equation numbers are from.
var Paper = Source{
	Citation: "K. Ikeda, T. Uda, D. Okanohara and S. Ito, Speed-accuracy relations for diffusion models: wisdom from nonequilibrium thermodynamics and optimal transport, Phys. Rev. X 15, 031031 (2025); arXiv:2407.04495",
	Where:    "https://doi.org/10.1103/x5vj-8jq9",
	Names:    []string{"Ikeda et al. (2025)"},
}

// Bibliography returns all sources, the paper first.
func Bibliography() []Source {
	return append([]Source{Paper}, others...)
}

var others = []Source{
	{"E. Aurell, K. Gawędzki, C. Mejía-Monasterio, R. Mohayaee and P. Muratore-Ginanneschi, Refined second law of thermodynamics for fast random processes, J. Stat. Phys. 147, 487 (2012)", "https://arxiv.org/abs/1201.3207", []string{"Aurell et al. 2012"}},
	{"D. Bakry and M. Émery, Diffusions hypercontractives, Séminaire de probabilités 19, 177 (1985)", "", []string{"Bakry and Émery 1985"}},
	{"A. C. Barato and U. Seifert, Thermodynamic uncertainty relation for biomolecular processes, Phys. Rev. Lett. 114, 158101 (2015)", "https://doi.org/10.1103/PhysRevLett.114.158101", []string{"Barato and Seifert 2015"}},
	{"C. H. Bennett, Efficient estimation of free energy differences from Monte Carlo data, J. Comput. Phys. 22, 245 (1976)", "", []string{"Bennett 1976"}},
	{"G. Biroli, T. Bonnaire, V. de Bortoli and M. Mézard, Dynamical regimes of diffusion models, Nat. Commun. 15, 9957 (2024)", "https://arxiv.org/abs/2402.18491", []string{"Biroli et al. 2024"}},
	{"S. G. Bobkov and F. Götze, Exponential integrability and transportation cost related to logarithmic Sobolev inequalities, J. Funct. Anal. 163, 1 (1999)", "https://doi.org/10.1006/jfan.1998.3326", []string{"Bobkov and Götze 1999"}},
	{"G. E. Crooks, Entropy production fluctuation theorem and the nonequilibrium work relation for free energy differences, Phys. Rev. E 60, 2721 (1999)", "https://doi.org/10.1103/PhysRevE.60.2721", []string{"Crooks 1999"}},
	{"A. Dechant, S. Sasa and S. Ito, Geometric decomposition of entropy production in out-of-equilibrium systems, Phys. Rev. Research 4, L012034 (2022); Phys. Rev. E 106, 024125 (2022)", "https://arxiv.org/abs/2109.12817", []string{"Dechant, Sasa and Ito 2022"}},
	{"A. L. Gibbs and F. E. Su, On choosing and bounding probability metrics, Int. Stat. Rev. 70, 419 (2002)", "https://arxiv.org/abs/math/0209021", []string{"Gibbs and Su 2002"}},
	{"T. R. Gingrich, J. M. Horowitz, N. Perunov and J. L. England, Dissipation bounds all steady-state current fluctuations, Phys. Rev. Lett. 116, 120601 (2016)", "https://doi.org/10.1103/PhysRevLett.116.120601", []string{"Gingrich et al. 2016"}},
	{"D. Guo, S. Shamai and S. Verdú, Mutual information and minimum mean-square error in Gaussian channels, IEEE Trans. Inf. Theory 51, 1261 (2005)", "https://arxiv.org/abs/cs/0412108", []string{"Guo, Shamai and Verdú 2005"}},
	{"C. Jarzynski, Nonequilibrium equality for free energy differences, Phys. Rev. Lett. 78, 2690 (1997)", "https://doi.org/10.1103/PhysRevLett.78.2690", []string{"Jarzynski 1997"}},
	{"R. Jordan, D. Kinderlehrer and F. Otto, The variational formulation of the Fokker-Planck equation, SIAM J. Math. Anal. 29, 1 (1998)", "https://doi.org/10.1137/S0036141096303359", []string{"Jordan, Kinderlehrer and Otto 1998"}},
	{"L. V. Kantorovich, On the translocation of masses, Dokl. Akad. Nauk SSSR 37, 199 (1942)", "", []string{"Kantorovich 1942"}},
	{"M. Nakazato and S. Ito, Geometrical aspects of entropy production in stochastic thermodynamics based on Wasserstein distance, Phys. Rev. Research 3, 043093 (2021)", "https://arxiv.org/abs/2103.00503", []string{"Nakazato and Ito, arXiv:2103.00503"}},
	{"F. Otto and C. Villani, Generalization of an inequality by Talagrand and links with the logarithmic Sobolev inequality, J. Funct. Anal. 173, 361 (2000)", "https://doi.org/10.1006/jfan.1999.3557", []string{"Otto and Villani 2000"}},
	{"Y. Song, J. Sohl-Dickstein, D. P. Kingma, A. Kumar, S. Ermon and B. Poole, Score-based generative modeling through stochastic differential equations, ICLR 2021", "https://arxiv.org/abs/2011.13456", []string{"Song et al. 2021"}},
	{"C. Villani, Optimal transport, old and new, Springer (2009)", "https://doi.org/10.1007/978-3-540-71050-9", []string{"Villani 2009"}},
	{"Textbook inequalities: Grönwall's, Hölder's and Pinsker's", "", []string{"Grönwall's inequality", "Pinsker's inequality", "Hölder's inequality for (87)"}},
	{"Derived in this library", "", []string{"here"}},
}

// equation matches numbers of the paper's equations, such as (81), (36)-(40),
// (64), (68) and (G21) of the paper.
var equation = regexp.MustCompile(`^\([A-Z]?\d+\)((, |-)\([A-Z]?\d+\))*( of the paper)?$`)

// ResolveAll returns the sources that a Ref names, which semicolons separate.
func ResolveAll(ref string) ([]Source, error) {
	var all []Source
	for r := range strings.SplitSeq(ref, "; ") {
		s, err := Resolve(r)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// Resolve returns the one source that a Ref names: equation numbers are the paper's.
func Resolve(ref string) (Source, error) {
	if equation.MatchString(ref) {
		return Paper, nil
	}
	for _, s := range Bibliography() {
		if slices.Contains(s.Names, ref) {
			return s, nil
		}
	}
	return Source{}, fmt.Errorf("catalogue: no source is named %q", ref)
}
