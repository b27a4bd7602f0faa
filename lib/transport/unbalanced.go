package transport

func (e *entropic) unbalancedGap() float64 { return 0 }
