"""How often the verdict engine errs, and how often it decides, on claims that are known.

    python tests/benchmarks/error_rates.py [--samples 1000]

All pairs of n networks; a network has a tenth of a pair's variance (0.00 to 0.13 were measured),
and the four parts of a claim share half of theirs. Per cent of the claims, of 1,000 each:

    networks                                  5     10     20     40  to 20  to 40
    false, on the bound: supported          2.0    2.7    2.8    4.4    2.5    3.2
    one of four false: supported            2.0    4.1    3.7    3.6    2.6    3.0
    not equivalent: supported               2.0    2.7    2.8    4.4    2.5    3.2
    true, on the bound: refuted             2.4    2.3    4.8    4.3    2.1    2.9
    four true: refuted or mixed             1.8    1.8    2.8    2.6    3.0    2.1
    each of four true: refuted              1.8    1.8    2.8    2.6    3.0    2.1
    true by 0.5: supported                 15.0   50.6   88.7   99.8   70.8   99.3
    true by 1: supported                   43.0   96.7  100.0  100.0  100.0  100.0
    four true by 1: supported              11.2   89.8  100.0  100.0   99.7  100.0
    four true by 2: supported              81.5  100.0  100.0  100.0  100.0  100.0
    false by 1: refuted                    44.7   96.4  100.0  100.0  100.0  100.0
    one of four by 1: refuted              16.1   81.7  100.0  100.0   99.4  100.0
    false, on the bound: supported, skew    4.9    5.3    4.8    6.6    5.5    7.4
    true, on the bound: refuted, skew       1.0    1.5    2.1    2.5    1.2    1.2

"to 20" looks at 5, 10 and 20 networks, "to 40" at 10, 20 and 40. Where the numbers are plainly
skewed (exponential ones, at the end) a false claim on its bound is found supported in up to 7.4 %.
"""

import argparse
import sys
from pathlib import Path

from basinbench.reports.judging.claim import Looks

sys.path.append(str(Path(__file__).parent.parent / "support" / "records"))
from known_claims import CASES, rate


def main() -> None:
    parser = argparse.ArgumentParser(description="Error rates of the verdict engine")
    parser.add_argument("--samples", type=int, default=1000)
    samples = parser.parse_args().samples
    columns = [(5, None), (10, None), (20, None), (40, None), (20, Looks((5, 10, 20)))]
    columns.append((40, Looks()))
    head = [f"n = {n}" if looks is None else f"looks to {n}" for n, looks in columns]
    print(f"{'':34}" + " ".join(f"{each:>11}" for each in head))
    for case in CASES:
        rates = [rate(case, n, looks, samples) for n, looks in columns]
        print(f"{case.name:34}" + " ".join(f"{100 * each:11.1f}" for each in rates), flush=True)
    for case in (CASES[0], CASES[3]):
        rates = [rate(case, n, looks, samples, skewed=True) for n, looks in columns]
        name = f"{case.name}, skew"
        print(f"{name:34}" + " ".join(f"{100 * each:11.1f}" for each in rates), flush=True)


if __name__ == "__main__":
    main()
