package figure

import "testing"

func TestScripted(t *testing.T) {
	for symbol, want := range map[string]string{
		"W₂²/τ":               "W₂²/τ",
		"$w_D$":               "$w_D$",
		"v_loss²":             `$v_{\mathrm{loss}}^2$`,
		"Tσ_hk^HS":            `$Tσ_{\mathrm{hk}}^{\mathrm{HS}}$`,
		"e^{−2kt} KL₀":        "$e^{-2kt}$ KL₀",
		"W₂(start)·e^1.23":    "W₂(start)·$e^{1.23}$",
		"‖h‖_b ∫‖ν‖_a dt":     `‖h$‖_b$ ∫‖ν$‖_a$ dt`,
		"√w_D + √((1+1/D)τL)": "√$w_D$ + √((1+1/D)τL)",
	} {
		got := scripted(symbol)
		if got != want {
			t.Errorf("%s is %s, not %s", symbol, got, want)
		}
		if _, err := (&Figure{Title: got, Series: []Series{Rule{At: 1}}}).SVG(); err != nil {
			t.Errorf("%s: %v", got, err)
		}
	}
}
