# Reference values of the schedules' coefficients: m and sigma from their definitions at 60 digits, at the float64 values of
# t and of the parameters; derivatives by mpmath's numerical differentiation, everything else from the definitions.
import json
from mpmath import mp, mpf, exp, sqrt, cos, sin, pi, log, diff, nstr, tan
mp.dps = 60

def vplinear(p):
    lo, hi = mpf(p.get("BetaMin", .1)), mpf(p.get("BetaMax", 20.))
    B = lambda s: lo*s + (hi-lo)*s*s/2
    return (lambda s: exp(-B(s)/2)), (lambda s: sqrt(1-exp(-B(s))))
def subvp(p):
    m, sg = vplinear(p)
    return m, (lambda s: sg(s)**2)
def cosine(p): return (lambda s: cos(pi*s/2)), (lambda s: sin(pi*s/2))
def nd(p):
    d = mpf(p.get("Offset", .008)); u = lambda s: (s+d)/(1+d)*pi/2
    m = lambda s: cos(u(s))/cos(u(mpf(0)))
    return m, (lambda s: sqrt(1-m(s)**2))
def ve(p):
    lo, hi = mpf(p.get("SigmaMin", .01)), mpf(p.get("SigmaMax", 50.))
    return (lambda s: mpf(1)), (lambda s: lo*sqrt((hi/lo)**(2*s)-1))
def vesong(p):
    lo, hi = mpf(p.get("SigmaMin", .01)), mpf(p.get("SigmaMax", 50.))
    return (lambda s: mpf(1)), (lambda s: lo*(hi/lo)**s)
def edm(p): return (lambda s: mpf(1)), (lambda s: s)   # in units of t itself
def condot(p): return (lambda s: 1-s), (lambda s: s)
def poly(p):
    n = mpf(p.get("N", 2.)); return (lambda s: (1-s)**n), (lambda s: 1-(1-s)**n)
def linearvp(p): return (lambda s: 1-s), (lambda s: sqrt(1-(1-s)**2))
def logsnr(p):
    hi, lo = mpf(p.get("Max", 20.)), mpf(p.get("Min", -20.)); l = lambda s: hi + s*(lo-hi)
    return (lambda s: sqrt(1/(1+exp(-l(s))))), (lambda s: sqrt(1/(1+exp(l(s)))))
def geodesic(p):
    s0 = mpf(p.get("SD", .5)); q = lambda s: (1-s)*s0+s
    m = lambda s: sqrt((1-q(s)**2)/(1-s0**2))
    return m, (lambda s: sqrt(1-m(s)**2))

kinds = {"VPLinear": vplinear, "SubVP": subvp, "Cosine": cosine, "NicholDhariwal": nd, "VE": ve, "VESong": vesong, "EDM": edm,
         "CondOT": condot, "Polynomial": poly, "LinearVP": linearvp, "LogSNRUniform": logsnr, "VPGeodesic": geodesic}
params = {k: [{}] + ([{"Duration": 3.}] if k != "EDM" else [{"SigmaMax": 7.}]) for k in kinds}
params["VPLinear"] += [{"BetaMin": 3., "BetaMax": .5}]
params["SubVP"] += [{"BetaMin": .01, "BetaMax": 9.}]
params["NicholDhariwal"] += [{"Offset": 1e-4}, {"Offset": 2.}]
params["VE"] += [{"SigmaMin": .3, "SigmaMax": 1.5}]
params["VESong"] += [{"SigmaMin": .3, "SigmaMax": 1.5}]
params["Polynomial"] += [{"N": 1.}, {"N": 3.}, {"N": .5}]
params["LogSNRUniform"] += [{"Max": 5., "Min": -3.}]
params["VPGeodesic"] += [{"SD": .1}, {"SD": 2.}]
units = [1e-9, 1e-6, 1e-3, .03, .1, .25, .4, .6, .75, .9, .97, .999, 1-1e-6, 1-1e-9]
out = []
for k, f in kinds.items():
    for p in params[k]:
        m, sg = f(p)
        tau = mpf(p.get("SigmaMax", 80.)) if k == "EDM" else mpf(p.get("Duration", 1.))
        unit = mpf(1) if k == "EDM" else tau
        rows = []
        for u in units:
            t = u*float(tau)
            s = mpf(t)/unit
            with mp.workdps(200):
                M, S = m(s), sg(s)
                DM, DS = diff(m, s)/unit, diff(sg, s)/unit
            r = {"m": M, "dm": DM, "var": S**2, "dvar": 2*S*DS, "sigma": S, "dsigma": DS, "T": S*DS-DM/M*S**2, "drift": DM/M,
                 "logsnr": log(M**2/S**2), "dlogsnr": 2*(DM/M-DS/S)}
            rows.append({"t": t, **{a: float(nstr(b, 25)) for a, b in r.items()}})
        out.append({"id": f"{k}/{len([o for o in out if o['kind']==k])}", "kind": k, "input": p, "want": rows})
print('{"about": "independent reference values (mpmath): coefficients of noise schedules",\n "cases": [')
print(",\n".join("  "+json.dumps(o) for o in out))
print("]}")
