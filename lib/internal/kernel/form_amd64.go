package kernel

import "golang.org/x/sys/cpu"

func detect() Form {
	x := cpu.X86
	switch {
	case !x.HasAVX2 || !x.HasFMA:
		return Go
	case x.HasAVX512F && x.HasAVX512DQ && x.HasAVX512VL && x.HasAVX512BW:
		return AVX512
	}
	return AVX2
}
